//! Requests for single rows that find no connection free: whoever gets one reads for others too, and each has its own
//! answer.

use std::time::Duration;

use sea_query::{ColumnDef, Table};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_rest::{Api, Model, Router, Schema, ViewSet};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::ask,
    servers::servers,
};

/// How long the row 1 takes to be read.
const SLOW: Duration = Duration::from_millis(400);

/// Every object of these paths is the same when it is read together with the others, of a server's tables as they are.
pub(crate) async fn is_the_same_together(fresh: &Fresh, paths: &[&'static str]) {
    let schema = Schema::reflect(&fresh.over_one_connection()).await;
    let api = Router::of(schema.expect("what there is"))
        .build()
        .expect("an API");
    let mut alone = Vec::new();
    for path in paths {
        alone.push((*path, ask(&api, path).await.body));
    }
    let log = Log::default();
    let together = async {
        let mut asking = JoinSet::new();
        for (path, alone) in alone.iter().cycle().take(24).cloned() {
            let api = api.clone();
            let ask = async move { assert_eq!(ask(&api, path).await.body, alone, "{path}") };
            asking.spawn(ask.with_current_subscriber());
        }
        asking.join_all().await;
    };
    together.with_subscriber(listening(&log)).await;
    let log = log.up_to(Level::DEBUG);
    assert!(
        log.contains(" UNION ALL "),
        "{}: nobody waited:\n{log}",
        fresh.kind
    );
}

/// Rows over one connection, of which the first is slow, the third cannot be read, and those after the twentieth are not.
async fn api(fresh: &Fresh) -> Api {
    let (sleeps, fails) = match fresh.kind {
        Kind::Postgres => ("CAST(pg_sleep(0.4) AS text)", "CAST(1 / (id - 3) AS text)"),
        _ => ("SLEEP(0.4)", "(SELECT word FROM numbers)"),
    };
    let rows: Vec<_> = (1..=20).map(|id| format!("({id}, 'word {id}')")).collect();
    fresh
        .execute(&format!(
            "CREATE TABLE numbers (id int PRIMARY KEY, word varchar(40)); \
             INSERT INTO numbers VALUES {}; \
             CREATE VIEW cells AS SELECT id, CASE id WHEN 1 THEN {sleeps} WHEN 3 THEN {fails} ELSE word END AS cell \
             FROM numbers",
            rows.join(", ")
        ))
        .await;
    let db = fresh.over_one_connection();
    let table = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("cell").text())
        .to_owned();
    let cells = ViewSet::new(Model::from_table("Cell", &table)).database(&db);
    cells.build().expect("an API")
}

/// Asks for rows while the only connection reads the first; the status of each answer, and that it is of its row.
async fn asked(api: &Api, keys: &[i64]) -> Vec<u16> {
    let mut asking = JoinSet::new();
    for (at, key) in [1].iter().chain(keys).enumerate() {
        let (api, key) = (api.clone(), *key);
        let ask = async move {
            let answer = ask(&api, &format!("/{key}/")).await;
            if answer.status == 200 && key != 1 {
                let object = answer.json();
                assert_eq!(object["id"], key);
                assert_eq!(object["cell"], format!("word {key}"));
            }
            (at, answer.status)
        };
        asking.spawn(ask.with_current_subscriber());
        if at == 0 {
            sleep(SLOW / 4).await;
        }
    }
    let mut answers = asking.join_all().await;
    answers.sort_unstable();
    let [(_, 200), others @ ..] = answers.as_slice() else {
        panic!("the first row is there: {answers:?}");
    };
    others.iter().map(|(_, status)| *status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_wait_are_read_together_and_each_request_gets_its_own() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let log = Log::default();
        // Twice the same row, and some that are not there.
        let keys = [5, 6, 7, 99, 8, 9, 6, 77, 10, 11, 12, 13];
        let found = asked(&api, &keys).with_subscriber(listening(&log)).await;
        let expected = keys.map(|key| if key > 20 { 404 } else { 200 });
        assert_eq!(found, expected, "{}", fresh.kind);
        let log = log.up_to(Level::DEBUG);
        let statements = log
            .lines()
            .filter(|line| line.starts_with("DEBUG statement model"));
        let numbers: Vec<_> = statements
            .map(|line| line.matches(" FROM ").count())
            .collect();
        assert_eq!(numbers, [1, 8, 4], "{}: {log}", fresh.kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_fails_its_own_request_alone() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        for keys in [[3, 4, 5, 6], [4, 5, 3, 6], [3, 3, 4, 3]] {
            let found = asked(&api, &keys).await;
            let expected = keys.map(|key| if key == 3 { 500 } else { 200 });
            assert_eq!(found, expected, "{}: {keys:?}", fresh.kind);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_for_others_may_go_away() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let leaving = api.clone();
        let asked = tokio::spawn({
            let api = api.clone();
            async move { asked(&api, &[1, 5, 6, 7, 8, 9, 10, 11]).await }
        });
        // In the line behind the first: it reads for others when it leaves, at the latest.
        sleep(SLOW / 8).await;
        let left = timeout(SLOW + SLOW / 2, ask(&leaving, "/1/")).await;
        assert!(left.is_err(), "{}: it was answered in time", fresh.kind);
        assert_eq!(asked.await.expect("answers"), [200; 8], "{}", fresh.kind);
    }
}
