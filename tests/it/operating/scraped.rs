//! The metrics of `tower-rest serve --metrics`, as Prometheus scrapes them, on every database.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use tower_rest::{Metric, MetricKind};

use super::samples::{Sample, prometheus_name, sample_names, samples, sanitized, sum};
use crate::{
    databases::{Fresh, Kind, file_of},
    regressions::serving::{Program, serve},
    server::{Answer, get, send},
};

const TABLES: &str = "CREATE TABLE makes (id integer NOT NULL PRIMARY KEY, name varchar(40)); \
    CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, name varchar(40), make_id integer, FOREIGN KEY (make_id) REFERENCES makes (id)); \
    INSERT INTO makes VALUES (1, 'Fiat'); INSERT INTO cars VALUES (1, 'Uno', 1), (2, 'Panda', 1)";

/// A view whose every reading takes a fifth of a second.
const SLEEPS: [(Kind, &str); 2] = [
    (
        Kind::Postgres,
        "CREATE VIEW naps AS SELECT 1 AS id FROM (SELECT pg_sleep(0.2)) AS s",
    ),
    (
        Kind::MySql,
        "CREATE VIEW naps AS SELECT 1 + SLEEP(0.2) AS id",
    ),
];

struct Served {
    kind: Kind,
    fresh: Option<Fresh>,
    _folder: Option<tempfile::TempDir>,
    _program: Program,
    metrics: SocketAddr,
    api: SocketAddr,
}

impl Served {
    async fn start(kind: Kind) -> Self {
        let (url, folder, fresh) = if kind == Kind::Sqlite {
            let (folder, path) = file_of(TABLES).await;
            (path, Some(folder), None)
        } else {
            let fresh = kind.fresh().await;
            fresh.execute(TABLES).await;
            let naps = SLEEPS.iter().find(|(of, _)| *of == kind);
            fresh.execute(naps.expect("a view").1).await;
            (fresh.url.clone().expect("a server"), None, Some(fresh))
        };
        let mut command = serve();
        command.args([&url, "--writable", "--export", "--slow-statements", "0"]);
        command.args(["--addr", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
        command.stderr(std::process::Stdio::null());
        let program = Program::start(command);
        let address = || program.address().parse().expect("an address");
        Self {
            kind,
            fresh,
            _folder: folder,
            metrics: address(),
            api: address(),
            _program: program,
        }
    }

    async fn ask(&self, start: &str, body: &str) -> Answer {
        let request = format!(
            "{start} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        send(self.api, request.as_bytes()).await
    }

    async fn scrape(&self) -> Vec<Sample> {
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let answer = send(self.metrics, request.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        samples(&answer.body)
    }

    /// Scrapes once nothing runs any more: a thread gives its connection back a moment after the answer.
    async fn scrape_at_rest(&self) -> Vec<Sample> {
        let used = [("db_client_connection_state", "used")];
        for _ in 0..100 {
            let samples = self.scrape().await;
            let running = sum(&samples, "db_client_connection_count", &used)
                + sum(&samples, "tower_rest_active_exports", &[])
                + sum(&samples, "http_server_active_requests", &[]);
            if running == 0.0 {
                return samples;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{}: something runs for ten seconds", self.kind);
    }

    /// Sends requests of every kind.
    async fn use_it(&self) {
        for (start, body, status) in [
            ("GET /api/cars/?name=Uno", "", 200),
            ("GET /api/cars/?name=Panda", "", 200),
            ("GET /api/cars/1/", "", 200),
            ("GET /api/cars/77001/", "", 404),
            ("GET /api/cars/?nmae=secret77", "", 400),
            ("GET /api/nowhere77/", "", 404),
            ("BREW77 /api/cars/", "", 405),
            ("GET /api/cars/?page=all&format=csv", "", 200),
            ("POST /api/cars/", r#"{"id": 3, "name": "Tipo"}"#, 201),
            ("PATCH /api/cars/3/", r#"{"name": "Punto"}"#, 200),
            ("PATCH /api/cars/3/", r#"{"name": "Bravo"}"#, 200),
            ("DELETE /api/cars/3/", "", 204),
        ] {
            let answer = self.ask(start, body).await;
            assert_eq!(
                answer.status, status,
                "{}: {start}: {}",
                self.kind, answer.body
            );
        }
    }
}

/// Checks that every sample is of the table, with labels of the table, and none has a value of a client.
fn check_samples(kind: Kind, samples: &[Sample]) {
    let names = sample_names();
    for sample in samples {
        let metric = names.get(&sample.name);
        let metric = metric.unwrap_or_else(|| panic!("{kind}: {sample:?} is not in the table"));
        let labels: BTreeSet<_> = metric.labels.iter().map(|name| sanitized(name)).collect();
        for (label, value) in &sample.labels {
            let is_bucket = metric.kind == MetricKind::Histogram && label == "le";
            assert!(is_bucket || labels.contains(label), "{kind}: {sample:?}");
            assert!(is_bucket || !value.contains("77"), "{kind}: {sample:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_statements_and_connections_are_measured_on_every_database() {
    for kind in Kind::reachable().await {
        let served = Served::start(kind).await;
        // The program itself tries some requests at its start.
        let before = served.scrape().await;
        served.use_it().await;
        let samples = served.scrape_at_rest().await;
        check_samples(kind, &samples);
        let system = match kind {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgresql",
            Kind::MySql => "mysql",
        };
        let of = |name: &str, labels: &[(&str, &str)]| sum(&samples, name, labels);
        let requests = "http_server_request_duration_seconds_count";
        for (method, status, model, operation, number) in [
            ("GET", "200", "cars", "list", 3.0),
            ("GET", "200", "cars", "retrieve", 1.0),
            ("GET", "404", "cars", "retrieve", 1.0),
            ("GET", "400", "cars", "list", 1.0),
            ("GET", "404", "", "", 1.0),
            ("_OTHER", "405", "cars", "", 1.0),
            ("POST", "201", "cars", "create", 1.0),
            ("PATCH", "200", "cars", "update", 2.0),
            ("DELETE", "204", "cars", "delete", 1.0),
        ] {
            let labels = [
                ("http_request_method", method),
                ("http_response_status_code", status),
                ("tower_rest_model", model),
                ("tower_rest_operation", operation),
            ];
            let counted = of(requests, &labels) - sum(&before, requests, &labels);
            assert_eq!(counted, number, "{kind}: {labels:?}");
        }
        assert_eq!(of("http_server_active_requests", &[]), 0.0, "{kind}");
        for (code, number) in [
            ("not_found", 1.0),
            ("unknown_parameter", 1.0),
            ("no_route", 1.0),
        ] {
            let labels = [("error_type", code)];
            let errors = of("tower_rest_errors_total", &labels)
                - sum(&before, "tower_rest_errors_total", &labels);
            assert_eq!(errors, number, "{kind}: {code}");
        }
        for operation in ["list", "retrieve", "export", "insert", "update", "delete"] {
            let labels = [
                ("db_system_name", system),
                ("tower_rest_model", "cars"),
                ("tower_rest_operation", operation),
            ];
            let ran = of("db_client_operation_duration_seconds_count", &labels);
            assert!(ran >= 1.0, "{kind}: {operation}");
            let slow = of("tower_rest_slow_statements_total", &labels);
            assert!(slow >= 1.0 || operation == "export", "{kind}: {operation}");
        }
        for (queue, number) in [("reading", 4.0), ("writing", 4.0), ("export", 1.0)] {
            let labels = [("db_system_name", system), ("tower_rest_queue", queue)];
            let waits = of("db_client_connection_wait_time_seconds_count", &labels);
            assert!(waits >= number, "{kind}: {queue}: {waits}");
            let waiting = of("db_client_connection_pending_requests", &labels);
            assert_eq!(waiting, 0.0, "{kind}: {queue}");
        }
        let state = |state| {
            let labels = [
                ("db_system_name", system),
                ("db_client_connection_state", state),
            ];
            of("db_client_connection_count", &labels)
        };
        assert_eq!(state("used"), 0.0, "{kind}");
        let most = of("db_client_connection_max", &[("db_system_name", system)]);
        assert!((1.0..=most).contains(&state("idle")), "{kind}: {most}");
        assert_eq!(of("tower_rest_active_exports", &[]), 0.0, "{kind}");
        for result in ["hit", "miss"] {
            let looked_up = of("tower_rest_plans_total", &[("tower_rest_result", result)]);
            assert!(looked_up >= 1.0, "{kind}: {result}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_table_is_recorded() {
    let mut seen = BTreeSet::new();
    for kind in Kind::reachable().await {
        let served = Served::start(kind).await;
        served.use_it().await;
        if let Some(fresh) = &served.fresh {
            fresh.kill_all().await;
            assert_eq!(
                served.ask("GET /api/cars/1/", "").await.status,
                200,
                "{kind}"
            );
            // More than there are connections, so that some wait and are answered by others' statements.
            let naps = (0..40).map(|_| get_nap(served.api));
            let answers = futures_util::future::join_all(naps).await;
            assert!(
                answers.iter().all(|status| *status == 200),
                "{kind}: {answers:?}"
            );
        }
        let samples = served.scrape().await;
        check_samples(kind, &samples);
        if kind != Kind::Sqlite {
            let retries = sum(
                &samples,
                "tower_rest_retries_total",
                &[("tower_rest_remedy", "reconnect")],
            );
            assert!(retries >= 1.0, "{kind}: {samples:?}");
            let shared = sum(&samples, "tower_rest_shared_readings_total", &[]);
            assert!(shared >= 1.0, "{kind}");
        }
        let names = sample_names();
        let own = samples.iter().filter_map(|sample| names.get(&sample.name));
        seen.extend(own.map(|metric| prometheus_name(metric)));
    }
    // Without a server nothing is lost, and nothing is shared.
    let of_servers = [
        "tower_rest_retries_total",
        "tower_rest_shared_readings_total",
    ];
    let has_servers = Kind::reachable().await.len() > 1;
    let all: BTreeSet<_> = Metric::ALL
        .iter()
        .map(prometheus_name)
        .filter(|name| has_servers || !of_servers.contains(&&**name))
        .collect();
    assert_eq!(seen, all);
}

async fn get_nap(api: SocketAddr) -> u16 {
    let request = b"GET /api/naps/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = tokio::time::timeout(Duration::from_secs(60), send(api, request));
    answer.await.expect("an answer").status
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_at_their_own_address_and_for_allowed_hosts() {
    let served = Served::start(Kind::Sqlite).await;
    let (api, metrics) = (served.api, served.metrics);
    let local =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(send(api, local("/metrics").as_bytes()).await.status, 404);
    assert_eq!(send(metrics, local("/").as_bytes()).await.status, 404);
    // The name of a foreign page may lead to this machine.
    let foreign = get(metrics, "/metrics").await;
    assert_eq!(
        (foreign.status, foreign.json()["code"].as_str()),
        (400, Some("host_not_allowed"))
    );
    let text = send(metrics, local("/metrics").as_bytes()).await;
    let kind = text.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    for metric in Metric::ALL {
        let name = prometheus_name(metric);
        let help = format!("# HELP {name} {}", metric.meaning);
        let is_there = text.body.contains(&format!("# TYPE {name} "));
        assert!(
            !is_there || text.body.contains(&help),
            "{help}\n{}",
            text.body
        );
    }
}
