//! Pages of a list whose count takes a while: those of one text share one statement where the database reads them well, and
//! counts that are shared leave connections to others.

use std::time::Duration;

use sea_query::{ColumnDef, Table};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tower_rest::{Api, Model, Router, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::ask,
    servers::servers,
    shared_counts::{asked_together, counts},
};

/// 1,500 words, over so many connections. A condition on the words of `slow` takes a while; the count of `endless` takes
/// too long, but not its first pages. The 33rd word of `fails` cannot be read.
async fn api(fresh: &Fresh, connections: u32) -> Api {
    let (sleeps, fails) = match fresh.kind {
        Kind::Postgres => ("CAST(pg_sleep({}) AS text)", "CAST(1 / (id - 33) AS text)"),
        _ => ("SLEEP({})", "(SELECT word FROM words)"),
    };
    let rows: Vec<_> = (1..=1500)
        .map(|id| format!("({id}, 'word {id}')"))
        .collect();
    let view = |name: &str, id: u32, instead: &str| {
        format!(
            "CREATE VIEW {name} AS SELECT id, CASE id WHEN {id} THEN {instead} ELSE word END AS word FROM words"
        )
    };
    let slow = view("slow", 1, &sleeps.replace("{}", "0.3"));
    // Which rows there are takes long to know of the last one.
    let last = sleeps.replace("{}", "1.5");
    let last = format!("CASE WHEN id < 1500 THEN TRUE ELSE {last} IS NOT NULL END");
    let endless = format!("CREATE VIEW endless AS SELECT id, word FROM words WHERE {last}");
    let fails = view("fails", 33, fails);
    let rows = rows.join(", ");
    fresh
        .execute(&format!(
            "CREATE TABLE words (id int PRIMARY KEY, word varchar(40) NOT NULL); \
             INSERT INTO words VALUES {rows}; {slow}; {endless}; {fails}"
        ))
        .await;
    let database = fresh.over_connections(connections);
    let names = ["words", "slow", "endless", "fails"];
    let router = names.into_iter().fold(Router::new(), |router, name| {
        let table = Table::create()
            .table(name)
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("word").text())
            .to_owned();
        let viewset = ViewSet::new(Model::from_table(name, &table)).database(&database);
        router.register(name, viewset.time_limit(Duration::from_secs(9)))
    });
    router.build().expect("an API")
}

/// Pages of eight words of a list: six requests for five pages.
fn pages(list: &str) -> [String; 6] {
    let pages = ["", "&page=3", "&page=5", "&page=2", "&page=3", "&page=4"];
    pages.map(|page| format!("/{list}page_size=8{page}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one_text_that_wait_are_counted_and_read_by_one_statement() {
    for fresh in servers().await {
        let api = api(&fresh, 1).await;
        let pages = pages("words/?id__gt=3&fields=id&");
        let paths: Vec<_> = pages.iter().map(String::as_str).collect();
        let mut alone = Vec::new();
        for path in &paths {
            alone.push(ask(&api, path).await.body);
        }
        let (answers, statements) = asked_together(&api, &paths).await;
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.body).collect();
        assert_eq!(answers, alone, "{}", fresh.kind);
        assert!(alone[1].contains(r#""count":1497"#), "{}", alone[1]);
        assert_eq!(counts(&statements), 1, "{}: {statements:#?}", fresh.kind);
        // The row before, and either one statement or one for each of five pages.
        let expected = match fresh.kind {
            Kind::Postgres => 2,
            _ => 6,
        };
        assert_eq!(
            statements.len(),
            expected,
            "{}: {statements:#?}",
            fresh.kind
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_fails_its_own_request_alone() {
    for fresh in servers().await {
        let api = api(&fresh, 1).await;
        let pages = pages("fails/?id__gt=0&");
        let paths: Vec<_> = pages.iter().map(String::as_str).collect();
        // How many rows the list has is known from the first answer.
        assert_eq!(ask(&api, paths[0]).await.json()["count"], 1500);
        let (answers, _) = asked_together(&api, &paths).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        let expected = [200, 200, 500, 200, 200, 200];
        assert_eq!(statuses, expected, "{}", fresh.kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_whose_count_takes_too_long_are_read_without_it() {
    for fresh in servers().await {
        let api = api(&fresh, 1).await;
        let pages = pages("endless/?id__gt=0&fields=id&");
        let paths: Vec<_> = pages.iter().map(String::as_str).collect();
        let (answers, statements) = asked_together(&api, &paths).await;
        for (path, answer) in paths.iter().zip(answers) {
            assert_eq!(answer.status, 200, "{}: {path}", fresh.kind);
            assert_eq!(
                answer.json()["count"],
                Value::Null,
                "{}: {path}",
                fresh.kind
            );
        }
        assert_eq!(counts(&statements), 1, "{}: {statements:#?}", fresh.kind);
    }
}

/// Asks for the paths, each a moment after the one before. The paths in the order of their answers.
async fn answered_in_order(api: &Api, paths: impl Iterator<Item = String>) -> Vec<String> {
    let mut asking = JoinSet::new();
    for path in paths {
        let api = api.clone();
        asking.spawn(async move {
            assert_eq!(ask(&api, &path).await.status, 200, "{path}");
            path
        });
        sleep(Duration::from_millis(20)).await;
    }
    let mut answered = Vec::new();
    while let Some(path) = asking.join_next().await {
        answered.push(path.expect("an answer"));
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_that_are_shared_leave_a_connection_to_what_is_cheap() {
    for fresh in servers().await {
        let api = api(&fresh, 2).await;
        let lists = |fields: &str| {
            let lists = ["id__gt=0", "id__lt=9999", "id__gte=1"];
            let list = |list| format!("/slow/?word__startswith=word&{list}&fields={fields}");
            lists.map(list).into_iter().chain(["/words/7/".to_owned()])
        };
        // Each connection counts a list, as long as no count was shared.
        let before = answered_in_order(&api, lists("id")).await;
        assert_ne!(before[0], "/words/7/", "{}: {before:?}", fresh.kind);
        for _ in 0..5 {
            let pages = (0..24).map(|at| format!("/words/?page_size=9&page={}", 1 + at % 7));
            let asking = pages.map(|path| {
                let api = api.clone();
                async move { ask(&api, &path).await.json()["count"].clone() }
            });
            for count in asking.collect::<JoinSet<_>>().join_all().await {
                assert_eq!(count, json!(1500), "{}", fresh.kind);
            }
        }
        let after = answered_in_order(&api, lists("id,word")).await;
        assert_eq!(after[0], "/words/7/", "{}: {after:?}", fresh.kind);
    }
}
