//! What the log says of a request: its model, operation, rows and time, and never what a client looked for.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, Once},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber,
    span,
};
use tracing_subscriber::{Layer, layer::Context, prelude::*, registry::LookupSpan};

use crate::{
    fixture,
    server::{ask, ask_with},
};

/// Every field of every span and event, with its level: `INFO request rows=1`.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    fn add(&self, level: Level, name: &str, fields: impl FnOnce(&mut dyn Visit)) {
        let mut text = Text(name.to_owned());
        fields(&mut text);
        self.0
            .lock()
            .expect("no test panics while it writes")
            .push((level, text.0));
    }

    /// Everything at a level and the graver ones.
    pub(crate) fn up_to(&self, level: Level) -> String {
        let lines = self.0.lock().expect("a log");
        let shown = lines
            .iter()
            .filter(|(own, _)| *own <= level)
            .map(|(own, text)| format!("{own} {text}"));
        shown.collect::<Vec<_>>().join("\n")
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("text");
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        self.add(*metadata.level(), metadata.name(), |text| {
            attributes.record(text);
        });
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(metadata) = context.metadata(id) {
            self.add(*metadata.level(), metadata.name(), |text| {
                values.record(text);
            });
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        self.add(*metadata.level(), metadata.target(), |text| {
            event.record(text);
        });
    }
}

/// A subscriber that writes to a log.
///
/// One for the whole program listens to everything as well: where nobody may be listening, a place that logs can take
/// another test's subscriber, on its way out, for the last one.
pub(crate) fn listening(log: &Log) -> impl Subscriber + Send + Sync + use<> {
    static EVERYTHING: Once = Once::new();
    EVERYTHING.call_once(|| {
        let everything = tracing_subscriber::registry();
        tracing::subscriber::set_global_default(everything).expect("nobody else sets one");
    });
    tracing_subscriber::registry().with(log.clone())
}

/// What is logged while a path is asked for.
async fn log_of(path: &str) -> Log {
    log_in("main", path).await
}

async fn log_in(api: &str, path: &str) -> Log {
    let db = fixture::database().await;
    let api = fixture::api(api, &db);
    let log = Log::default();
    let request = http::Request::get(path)
        .header("authorization", "Bearer hush")
        .header("host", "test");
    let request = request
        .body(http_body_util::Empty::<bytes::Bytes>::new())
        .expect("a request");
    ask_with(&api, request)
        .with_subscriber(listening(&log))
        .await;
    log
}

#[tokio::test]
async fn a_request_and_its_statements_have_a_span() {
    let log = log_of("/cars/?make=Toyota&search=fun&page_size=1").await;
    let info = log.up_to(Level::INFO);
    for expected in [
        "INFO request otel.kind=\"server\" http.request.method=\"GET\"",
        "otel.name=GET /cars/",
        "http.route=/cars/",
        "model=\"Car\"",
        "operation=\"list\"",
        "rows=1",
        "http.response.status_code=200",
        "microseconds=",
    ] {
        assert!(info.contains(expected), "no {expected} in\n{info}");
    }
    let debug = log.up_to(Level::DEBUG);
    for expected in [
        "DEBUG statement model=\"Car\" operation=\"list\" otel.kind=\"client\" otel.name=list Car db.system.name=\"sqlite\" db.query.text=\"SELECT (SELECT COUNT(*)",
        "DEBUG statement rows=1",
        "DEBUG statement microseconds=",
    ] {
        assert!(debug.contains(expected), "no {expected} in\n{debug}");
    }
}

#[tokio::test]
async fn a_layer_with_a_span_of_its_own_leaves_the_requests_as_it_is() {
    let db = fixture::database().await;
    let owners = fixture::owner_viewset(&db).layer(tower_http::trace::TraceLayer::new_for_http());
    let api = tower_rest::Router::new()
        .register("owners", owners)
        .build()
        .expect("an API");
    let log = Log::default();
    ask(&api, "/owners/1/")
        .with_subscriber(listening(&log))
        .await;
    let info = log.up_to(Level::INFO);
    for expected in [
        "INFO request otel.kind=\"server\"",
        "INFO request model=\"Owner\"",
        "INFO request operation=\"retrieve\"",
        "INFO request rows=1",
        "INFO request http.response.status_code=200",
        "INFO request http.route=/owners/{key}/",
    ] {
        assert_eq!(info.matches(expected).count(), 1, "{expected} in\n{info}");
    }
}

#[tokio::test]
async fn a_route_has_no_keys_and_only_errors_of_the_server_are_errors() {
    for (api, path, route, status) in [
        ("main", "/", "/", 200),
        ("main", "/cars/", "/cars/", 200),
        ("main", "/cars/1/", "/cars/{key}/", 200),
        ("export", "/owners/1/cars/", "/owners/{key}/cars/", 200),
        (
            "export",
            "/owners/1/cars/1/",
            "/owners/{key}/cars/{key}/",
            200,
        ),
        ("export", "/owners/771133/cars/", "/owners/{key}/cars/", 404),
        ("main", "/cars/?nothing=1", "/cars/", 400),
        ("main", "/ghosts/", "/ghosts/", 500),
    ] {
        let info = log_in(api, path).await.up_to(Level::INFO);
        for expected in [
            format!("INFO request http.route={route}\n"),
            format!("INFO request otel.name=GET {route}\n"),
            format!("http.response.status_code={status}"),
        ] {
            assert!(info.contains(&expected), "{path}: no {expected} in\n{info}");
        }
        let is_error = info.contains("otel.status_code=\"ERROR\"");
        assert_eq!(is_error, status == 500, "{path}:\n{info}");
        assert!(!info.contains("771133"), "{info}");
    }
    let nowhere = log_of("/nowhere771133/").await.up_to(Level::INFO);
    assert!(!nowhere.contains("http.route"), "{nowhere}");
}

#[tokio::test]
async fn the_log_does_not_hold_what_was_looked_for() {
    for path in [
        "/cars/?make=Toyota&search=Toyota",
        "/texts/Toyota/",
        "/cars/?Toyota=1",
        "/lenient/?make=Toyota&x=Toyota",
        "/ghosts/?id__in=771133,78&tie=791133",
    ] {
        let info = log_of(path).await.up_to(Level::INFO);
        for secret in ["Toyota", "771133", "791133", "hush"] {
            assert!(!info.contains(secret), "{path}: {secret} is in\n{info}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_inside_is_logged_and_not_answered() {
    let log = log_of("/ghosts/").await.up_to(Level::ERROR);
    assert!(log.contains("no such table: ghosts"), "{log}");
    let log = log_of("/types/4/").await.up_to(Level::WARN);
    assert!(
        log.contains("WARN tower_rest")
            && log.contains("column=\"whole\"")
            && log.contains("expected=\"integer\""),
        "{log}"
    );
    let log = log_of("/lenient/?yaer=1").await.up_to(Level::WARN);
    assert!(log.contains("parameter=\"yaer\""), "{log}");
}

#[tokio::test]
async fn columns_that_can_be_read_are_not_warned_of() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let log = Log::default();
    async {
        for path in [
            "/types/1/",
            "/types/2/",
            "/types/3/",
            "/cars/",
            "/texts/",
            "/odd/",
        ] {
            assert_eq!(ask(&api, path).await.status, 200);
        }
    }
    .with_subscriber(listening(&log))
    .await;
    assert_eq!(log.up_to(Level::WARN), "");
}
