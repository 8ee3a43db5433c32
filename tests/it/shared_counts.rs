//! Requests that wait for pages of one list: the one that gets a connection counts the list for all of them, and each has
//! its own page of it.

use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_query::{ColumnDef, ForeignKey, Table};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_rest::{Api, Model, Router, ViewSet};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::{Answer, ask},
    servers::servers,
};

/// How long a condition on the words takes for the first row.
const SLOW: Duration = Duration::from_millis(300);

/// Forty words over one connection, one of which cannot be read, of three owners. Whatever
/// needs the first row of `slow` takes a while; a count that needs that of `endless` is not over in time.
async fn api(fresh: &Fresh) -> Api {
    let (sleeps, fails) = match fresh.kind {
        Kind::Postgres => ("CAST(pg_sleep({}) AS text)", "CAST(1 / (id - 33) AS text)"),
        _ => ("SLEEP({})", "(SELECT word FROM words)"),
    };
    let rows: Vec<_> = (1..=40)
        .map(|id| format!("({id}, {}, 'word {id}')", id % 3))
        .collect();
    let slow = sleeps.replace("{}", "0.3");
    let endless = sleeps.replace("{}", "2");
    fresh
        .execute(&format!(
            "CREATE TABLE owners (id int PRIMARY KEY); INSERT INTO owners VALUES (0), (1), (2); \
             CREATE TABLE words (id int PRIMARY KEY, owner_id int NOT NULL, word varchar(40) NOT NULL); \
             INSERT INTO words VALUES {}; \
             CREATE VIEW slow AS SELECT id, CASE id WHEN 1 THEN {slow} ELSE word END AS word FROM words; \
             CREATE VIEW cells AS SELECT id, owner_id, word, CASE id WHEN 33 THEN {fails} ELSE word END AS fails FROM words; \
             CREATE VIEW endless AS SELECT id, CASE id WHEN 1 THEN {endless} ELSE word END AS word FROM words",
            rows.join(", ")
        ))
        .await;
    let owners = Table::create()
        .table("owners")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let mut owner = ForeignKey::create();
    let cells = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("owner_id").integer().not_null())
        .col(ColumnDef::new("word").string_len(40).not_null())
        .col(ColumnDef::new("fails").text())
        .foreign_key(owner.from("cells", "owner_id").to("owners", "id"))
        .to_owned();
    let words = Table::create()
        .table("words")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let view = |name| {
        Table::create()
            .table(name)
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("word").text())
            .to_owned()
    };
    let database = fresh.over_one_connection();
    let cells = ViewSet::new(Model::from_table("Cell", &cells)).database(&database);
    let owners = ViewSet::new(Model::from_table("Owner", &owners)).database(&database);
    let words = ViewSet::new(Model::from_table("Word", &words)).database(&database);
    let view = |name| {
        let view = ViewSet::new(Model::from_table(name, &view(name))).database(&database);
        view.time_limit(SLOW * 30)
    };
    Router::new()
        .register("owners", owners.nest("cells", cells.clone()))
        .register("cells", cells)
        .register("words", words)
        .register("slow", view("slow"))
        .register("endless", view("endless"))
        .build()
        .expect("an API")
}

/// Asks for the paths while the only connection is used; the first of them is the first that waits. The answers in order,
/// and the statements.
pub(crate) async fn asked_together(api: &Api, paths: &[&str]) -> (Vec<Answer>, Vec<String>) {
    let log = Log::default();
    let asking = async {
        let mut asking = JoinSet::new();
        for (at, path) in iter::once(&HOLDER).chain(paths).enumerate() {
            let (api, path) = (api.clone(), (*path).to_owned());
            let ask = async move { (at, ask(&api, &path).await) };
            asking.spawn(ask.with_current_subscriber());
            if at < 2 {
                sleep(SLOW / 4).await;
            }
        }
        asking.join_all().await
    };
    let mut answers = asking.with_subscriber(listening(&log)).await;
    answers.sort_unstable_by_key(|(at, _)| *at);
    let log = log.up_to(Level::DEBUG);
    let statements = log
        .lines()
        .filter(|line| line.starts_with("DEBUG statement model"));
    let statements = statements.map(str::to_owned).collect();
    let answers = answers.into_iter().skip(1).map(|(_, answer)| answer);
    (answers.collect(), statements)
}

/// Asks for a row that takes a while, without counting.
const HOLDER: &str = "/slow/1/";

pub(crate) fn counts(statements: &[String]) -> usize {
    let counts = |statement: &&String| statement.contains("COUNT(");
    statements.iter().filter(counts).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one_list_that_wait_share_one_count() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let paths = [
            "/cells/?id__gt=3&page=last&page_size=7&fields=id",
            "/cells/?id__gt=3&page=last&page_size=7&fields=id",
            "/cells/?id__gt=3&page_size=7&fields=id",
            "/cells/?id__gt=3&page_size=7&fields=id&page=3",
            "/cells/?id__gt=3&page_size=4&fields=href,word&ordering=-word",
            "/cells/?page=99&id__gt=3",
            "/cells/?id__gt=3&page=last&page_size=8&fields=id,word&ordering=owner_id",
        ];
        let mut alone = Vec::new();
        for path in paths {
            let answer = ask(&api, path).await;
            alone.push((path, answer.status, answer.body));
        }
        let (answers, statements) = asked_together(&api, &paths).await;
        let answers = paths.into_iter().zip(answers);
        let answers: Vec<_> = answers
            .map(|(path, answer)| (path, answer.status, answer.body))
            .collect();
        assert_eq!(answers, alone, "{}", fresh.kind);
        assert_eq!(counts(&statements), 1, "{}: {statements:#?}", fresh.kind);
        // That of the row before, of the count, and of five different pages that are there.
        assert_eq!(statements.len(), 7, "{}: {statements:#?}", fresh.kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_below_an_object_and_its_related_rows_share_a_count_too() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let paths = [
            "/owners/1/cells/?fields=id&page=last&page_size=3",
            "/owners/1/cells/?fields=id&page_size=3",
            "/owners/7/cells/?fields=id&page_size=3",
            "/owners/1/cells/?fields=id&page=2&page_size=3",
            "/owners/1/cells/?fields=id&page=20&page_size=3",
        ];
        let (answers, statements) = asked_together(&api, &paths).await;
        let ids = answers.iter().map(|answer| match answer.status {
            200 => answer.json()["results"].to_string(),
            status => format!(
                "{status} {}",
                answer.json()["code"].as_str().expect("a code")
            ),
        });
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [
                r#"[{"id":37},{"id":40}]"#,
                r#"[{"id":1},{"id":4},{"id":7}]"#,
                "404 not_found",
                r#"[{"id":10},{"id":13},{"id":16}]"#,
                "404 no_such_page",
            ],
            "{}",
            fresh.kind
        );
        assert_eq!(counts(&statements), 1, "{}: {statements:#?}", fresh.kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_fails_its_own_request_alone() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let fails = "/cells/?page=4&page_size=10&fields=id,fails";
        let paths = [
            "/cells/?page=last&page_size=10&fields=id",
            "/cells/?page_size=15&fields=id,fails",
            fails,
            "/cells/?page=2&page_size=10&fields=id,fails",
            "/cells/?page_size=10&fields=id",
        ];
        for turn in 0..paths.len() {
            let mut paths = paths;
            paths.rotate_left(turn);
            let (answers, _) = asked_together(&api, &paths).await;
            for (path, answer) in paths.iter().zip(answers) {
                let expected = if *path == fails { 500 } else { 200 };
                assert_eq!(answer.status, expected, "{}: {path}", fresh.kind);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_takes_too_long_is_not_tried_again_by_each() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let last = "/endless/?word__startswith=word&page=last&fields=id";
        let other = "/endless/?word__startswith=word&page=last&page_size=3&fields=id";
        let paths = [last, other, other, last, last, other];
        let (answers, statements) = asked_together(&api, &paths).await;
        for answer in answers {
            let code = answer.json()["code"].clone();
            assert_eq!(
                (answer.status, code),
                (503, json!("timeout")),
                "{}",
                fresh.kind
            );
        }
        assert!(counts(&statements) <= 2, "{}: {statements:#?}", fresh.kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_counts_for_others_may_go_away() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let list = "/slow/?word__startswith=word&fields=id";
        let asking = tokio::spawn({
            let (api, list) = (api.clone(), list.to_owned());
            async move { asked_together(&api, &[&list, &list, &list]).await }
        });
        // Before the others, and so the one that counts when it goes.
        sleep(SLOW / 8).await;
        let left = format!("{list}&page=last");
        let left = timeout(SLOW + SLOW / 2, ask(&api, &left)).await;
        assert!(left.is_err(), "{}: it was answered in time", fresh.kind);
        let (answers, _) = asking.await.expect("answers");
        let counts = answers.iter().map(|answer| answer.json()["count"].clone());
        let counts: Vec<_> = counts.collect();
        assert_eq!(counts, [39, 39, 39], "{}", fresh.kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_count_knows_what_was_written_before_the_question() {
    for fresh in servers().await {
        let api = api(&fresh).await;
        let written = Arc::new(AtomicU64::new(40));
        let mut asking = JoinSet::new();
        for reader in 0..24_u64 {
            let (api, written) = (api.clone(), Arc::clone(&written));
            asking.spawn(async move {
                for turn in 0..20 {
                    let size = 2 + (reader + turn) % 5;
                    let page = if turn % 2 == 0 { "&page=last" } else { "" };
                    let before = written.load(Ordering::SeqCst);
                    let path = format!("/words/?fields=id&page_size={size}{page}");
                    let answer = ask(&api, &path).await;
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    let list = answer.json();
                    let number = |name: &str| list[name].as_u64().expect("a number");
                    let rows = list["results"].as_array().map_or(0, Vec::len) as u64;
                    assert!(number("count") >= before, "{list}: {before} were there");
                    let shown = (number("page") - 1) * size + rows;
                    if number("page") == number("pages") {
                        assert_eq!(number("count"), shown, "{list}");
                    }
                }
            });
        }
        let mut id = 40;
        while !asking.is_empty() {
            id += 1;
            let row = format!("INSERT INTO words VALUES ({id}, 1, 'word {id}')");
            fresh.execute(&row).await;
            written.store(id, Ordering::SeqCst);
            while let Some(done) = asking.try_join_next() {
                done.expect("right answers");
            }
        }
    }
}
