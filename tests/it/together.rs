//! Requests for single rows and first pages that find no connection free: whoever gets one reads for others too, and each
//! has its own answer.

use std::{iter, time::Duration};

use sea_query::{ColumnDef, Table};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_rest::{Api, Count, Model, Router, Schema, ViewSet};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::ask,
    servers::servers,
};

/// How long the row 1 takes to be read.
const SLOW: Duration = Duration::from_millis(400);

/// What these paths name is the same when it is read together with the others, of a server's tables as they are.
pub(crate) async fn is_the_same_together(fresh: &Fresh, paths: &[&'static str]) {
    let schema = Schema::reflect(&fresh.over_one_connection()).await;
    let api = Router::of(schema.expect("what there is")).build();
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    let api = api.expect("an API");
    // Lists that took long on a busy machine are read together after a while only.
    for _ in 0..20 {
        let log = are_the_same_together(&api, &paths).await;
        if log.contains(" UNION ALL ") {
            return;
        }
    }
    panic!("{}: nobody waited", fresh.kind);
}

/// Asks for each alone, and then for all at once; the log of that.
async fn are_the_same_together(api: &Api, paths: &[String]) -> String {
    let mut alone = Vec::new();
    for path in paths {
        let answer = ask(api, path).await;
        alone.push((path.clone(), answer.status, answer.body));
    }
    let log = Log::default();
    let together = async {
        let mut asking = JoinSet::new();
        let most = alone.len().max(24);
        for (path, status, body) in alone.iter().cycle().take(most).cloned() {
            let api = api.clone();
            let ask = async move {
                let answer = ask(&api, &path).await;
                assert_eq!((answer.status, answer.body), (status, body), "{path}");
            };
            asking.spawn(ask.with_current_subscriber());
        }
        asking.join_all().await;
    };
    together.with_subscriber(listening(&log)).await;
    log.up_to(Level::DEBUG)
}

/// The statements of a log.
fn statements(log: &str) -> impl Iterator<Item = &str> {
    log.lines()
        .filter(|line| line.starts_with("DEBUG statement model"))
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
    cells(fresh, SLOW * 10)
}

/// The same rows, which may take so long.
fn cells(fresh: &Fresh, limit: Duration) -> Api {
    let table = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("cell").text())
        .to_owned();
    let cells = ViewSet::new(Model::from_table("Cell", &table));
    let cells = cells.database(&fresh.over_one_connection());
    cells.time_limit(limit).build().expect("an API")
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
        // The connection, which may be an encrypted one, is open before the first asks for it.
        assert_eq!(ask(&api, "/5/").await.status, 200, "{}", fresh.kind);
        let log = Log::default();
        // Twice the same row, which is read once, and some that are not there.
        let keys = [5, 6, 7, 99, 8, 9, 6, 77, 10, 11, 12, 13, 14];
        let found = asked(&api, &keys).with_subscriber(listening(&log)).await;
        let expected = keys.map(|key| if key > 20 { 404 } else { 200 });
        assert_eq!(found, expected, "{}", fresh.kind);
        let log = log.up_to(Level::DEBUG);
        let numbers: Vec<_> = statements(&log)
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
        // The connection is open before the first waits for it.
        assert_eq!(ask(&api, "/5/").await.status, 200, "{}", fresh.kind);
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

/// Words, forty of a kind, over one connection: counted lists and others.
async fn words(fresh: &Fresh) -> Api {
    let rows: Vec<_> = (1..=400)
        .map(|id| {
            let number = match id % 7 {
                0 => "NULL".to_owned(),
                rest => (rest * 13 % 5).to_string(),
            };
            let word = ["b", "A", "ä", "", "a", "Z", "a b"][id % 6];
            format!("({id}, {}, {number}, '{word}{}')", id % 10, id % 4)
        })
        .collect();
    fresh
        .execute(&format!(
            "CREATE TABLE words (id int PRIMARY KEY, kind int NOT NULL, number int, word varchar(40) NOT NULL); \
             INSERT INTO words VALUES {}",
            rows.join(", ")
        ))
        .await;
    let table = Table::create()
        .table("words")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("kind").integer().not_null())
        .col(ColumnDef::new("number").integer())
        .col(ColumnDef::new("word").string_len(40).not_null())
        .to_owned();
    let words = ViewSet::new(Model::from_table("Word", &table));
    let words = words.database(&fresh.over_one_connection());
    Router::new()
        .register("words", words.clone())
        .register("uncounted", words.count(Count::Off))
        .build()
        .expect("an API")
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_wait_are_read_together_and_each_request_gets_its_own() {
    for fresh in servers().await {
        let api = words(&fresh).await;
        let mut paths = Vec::new();
        for kind in 0..12 {
            for path in ["words", "uncounted"] {
                for rest in [
                    "page_size=7",
                    "page_size=9&page=2&ordering=-number,word",
                    "ordering=word&fields=href,word&page=2",
                    "ordering=number,-word&page_size=100",
                    "page_size=15&page=3",
                    "page_size=15&page=4",
                ] {
                    paths.push(format!("/{path}/?kind={kind}&{rest}"));
                }
            }
        }
        let mut counted = Vec::new();
        // On a busy machine what took long is read alone for a while.
        for _ in 0..10 {
            let log = are_the_same_together(&api, &paths).await;
            let of_several = |line: &&str| line.contains(" UNION ALL ");
            let together = statements(&log).filter(of_several).count();
            counted.push((together, statements(&log).count()));
        }
        let is_shared = |(together, all): &(usize, usize)| *together > 10 && *all < paths.len() / 2;
        match fresh.kind {
            Kind::Postgres => assert!(counted.iter().any(is_shared), "{counted:?}"),
            Kind::Sqlite | Kind::MySql => {
                let apart = counted.iter().all(|(together, _)| *together == 0);
                assert!(apart, "{}: {counted:?}", fresh.kind);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_the_very_same_while_he_waits_is_answered_by_one_statement() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let log = Log::default();
        let asking = async {
            let mut asking = JoinSet::new();
            for (at, path) in iter::once("/1/").chain(["/?id__gt=4"; 20]).enumerate() {
                let api = api.clone();
                let ask = async move { ask(&api, path).await };
                asking.spawn(ask.with_current_subscriber());
                if at == 0 {
                    sleep(SLOW / 4).await;
                }
            }
            asking.join_all().await
        };
        let answers = asking.with_subscriber(listening(&log)).await;
        let lists = answers
            .iter()
            .filter_map(|answer| answer.json()["count"].as_u64());
        assert_eq!(lists.collect::<Vec<_>>(), [16; 20], "{}", fresh.kind);
        let log = log.up_to(Level::DEBUG);
        // One for the slow row and one for all who came while it ran; whoever was held up until then may need his own.
        let count = statements(&log).count();
        assert!((2..=4).contains(&count), "{}: {count}: {log}", fresh.kind);
    }
}

/// Asks for lists of a row each until some are read together: in a while, where others keep the machine busy.
async fn lists_together(api: &Api, kind: Kind, ids: &[i64]) {
    for _ in 0..20 {
        let log = Log::default();
        let asking = async {
            let mut asking = JoinSet::new();
            for id in ids.iter().cycle().take(24) {
                let (api, id) = (api.clone(), *id);
                let ask = async move { (id, ask(&api, &format!("/?id={id}")).await) };
                asking.spawn(ask.with_current_subscriber());
            }
            asking.join_all().await
        };
        for (id, answer) in asking.with_subscriber(listening(&log)).await {
            let expected = if id == 3 { 500 } else { 200 };
            assert_eq!(answer.status, expected, "{kind}: {id}");
            if expected == 200 {
                let list = answer.json();
                let cells = [
                    json!({"id": id, "cell": format!("word {id}"), "href": format!("http://test/{id}/")}),
                ];
                let cells = if id < 20 { &cells[..] } else { &[] };
                assert_eq!(
                    (list["count"].as_u64(), &list["results"]),
                    (Some(cells.len() as u64), &json!(cells))
                );
            }
        }
        if log.up_to(Level::DEBUG).contains(" UNION ALL ") {
            return;
        }
    }
    assert_eq!(kind, Kind::MySql, "no lists were read together");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_read_fails_its_own_requests_alone() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        lists_together(&api, fresh.kind, &[4, 5, 6, 99, 7, 8]).await;
        lists_together(&api, fresh.kind, &[4, 5, 3, 6, 99, 3, 7, 8]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_many_rows_are_not_read_together_with_short_ones() {
    for fresh in servers().await {
        let api = words(&fresh).await;
        let sizes = [1, 200, 150, 2, 240, 120, 3, 255];
        let path = |at: usize| {
            let size = sizes[at % sizes.len()];
            format!("/uncounted/?id__gt={at}&page_size={size}")
        };
        let paths: Vec<_> = (0..48).map(path).collect();
        let log = are_the_same_together(&api, &paths).await;
        for rows in log.lines().filter_map(|line| line.split_once(" rows=")) {
            let rows = rows.1.split(' ').next().unwrap_or_default();
            let rows: u64 = rows.parse().expect("a number");
            assert!(rows <= 256, "{}: {rows}", fresh.kind);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_takes_too_long_is_not_tried_again_by_each_who_asks_for_it() {
    for fresh in servers().await {
        let quick = api(&fresh).await;
        let slow = cells(&fresh, SLOW / 2);
        let log = Log::default();
        let asking = async {
            let mut asking = JoinSet::new();
            for _ in 0..20 {
                let slow = slow.clone();
                let ask = async move { ask(&slow, "/?id=1").await };
                asking.spawn(ask.with_current_subscriber());
            }
            asking.join_all().await
        };
        for answer in asking.with_subscriber(listening(&log)).await {
            let code = answer.json()["code"].clone();
            assert_eq!(
                (answer.status, code),
                (503, json!("timeout")),
                "{}",
                fresh.kind
            );
        }
        let log = log.up_to(Level::DEBUG);
        assert!(statements(&log).count() < 10, "{}: {log}", fresh.kind);
        assert_eq!(ask(&quick, "/?id=1").await.status, 200, "{}", fresh.kind);
    }
}
