//! Races for one row or one value, on every database: one wins, nobody's change is lost, and nothing is a 500.

use http::Method;
use serde_json::{Value as Json, json};
use sqlx::Row as _;
use tower_rest::{Act, Action, Api, Reply, Result, Router, Schema, ViewSet};

use super::{outcome, send};
use crate::{
    databases::{Fresh, Kind},
    random,
    server::{Answer, ask},
};

const TABLES: &str = "CREATE TABLE sums (id integer NOT NULL PRIMARY KEY, n integer NOT NULL, note varchar(20), \
        code varchar(20) UNIQUE, shelf integer, slot integer, UNIQUE (shelf, slot))";
/// How many race.
const RACERS: usize = 100;

/// Adds one by reading and writing, which would lose increments without a lock.
async fn increment(act: Act) -> Result<Reply> {
    const READ: &str = "SELECT n FROM sums WHERE id = 1";
    let kind = kind_of(&act).await;
    let n: i32 = match kind {
        Kind::Sqlite => {
            let mut lent = act.transaction.sqlite().await?;
            let n = sqlx::query(READ).fetch_one(&mut *lent).await?.get(0);
            let add = sqlx::query("UPDATE sums SET n = ? WHERE id = 1").bind(n + 1);
            add.execute(&mut *lent).await?;
            n
        }
        Kind::Postgres => {
            let mut lent = act.transaction.postgres().await?;
            let read = sqlx::query("SELECT n FROM sums WHERE id = 1 FOR UPDATE");
            let n = read.fetch_one(&mut *lent).await?.get(0);
            let add = sqlx::query("UPDATE sums SET n = $1 WHERE id = 1").bind(n + 1);
            add.execute(&mut *lent).await?;
            n
        }
        Kind::MySql => {
            let mut lent = act.transaction.mysql().await?;
            let read = sqlx::query("SELECT n FROM sums WHERE id = 1 FOR UPDATE");
            let n = read.fetch_one(&mut *lent).await?.get(0);
            let add = sqlx::query("UPDATE sums SET n = ? WHERE id = 1").bind(n + 1);
            add.execute(&mut *lent).await?;
            n
        }
    };
    Ok(Reply::json(&(n + 1)))
}

async fn kind_of(act: &Act) -> Kind {
    if act.transaction.sqlite().await.is_ok() {
        return Kind::Sqlite;
    }
    match act.transaction.postgres().await.is_ok() {
        true => Kind::Postgres,
        false => Kind::MySql,
    }
}

/// One row for each racer, numbered from one.
async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let rows: Vec<_> = (1..=RACERS).map(|id| format!("({id}, 0)")).collect();
    let rows = format!("INSERT INTO sums (id, n) VALUES {}", rows.join(", "));
    fresh.execute(&format!("{TABLES}; {rows}")).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let router = Router::of(schema).configure("sums", |sums: ViewSet| {
        let action = Action::on_object("increment", Method::POST, increment);
        sums.writable().action(action)
    });
    let api = router
        .build()
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

/// The answers to requests that are sent at once.
async fn at_once(api: &Api, requests: Vec<(&'static str, String, Json)>) -> Vec<Answer> {
    let racers = requests.into_iter().map(|(method, path, body)| {
        let api = api.clone();
        tokio::spawn(async move { send(&api, method, &path, &body).await })
    });
    let mut answers = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        answers.push(racer.await.expect("an answer"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_has_the_unique_value_and_the_others_a_409_on_its_members() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let own = |racer: usize| format!("/sums/{racer}/");
        type Racer<'a> = &'a dyn Fn(usize) -> (&'static str, String, Json);
        let races: [(u16, &[&str], Racer<'_>); 5] = [
            (201, &["/code unique"], &|racer| {
                let body = json!({"id": 1000 + racer, "n": 0, "code": "first"});
                ("POST", "/sums/".to_owned(), body)
            }),
            (200, &["/code unique"], &|racer| {
                ("PATCH", own(racer), json!({"code": "second"}))
            }),
            (200, &["/code unique"], &|racer| {
                ("PUT", own(racer), json!({"n": 0, "code": "third"}))
            }),
            (201, &["/id unique"], &|_| {
                ("POST", "/sums/".to_owned(), json!({"id": 5000, "n": 0}))
            }),
            (200, &["/shelf unique", "/slot unique"], &|racer| {
                ("PATCH", own(racer), json!({"shelf": 1, "slot": 1}))
            }),
        ];
        for (race, (status, faults, racer)) in races.into_iter().enumerate() {
            let answers = at_once(&api, (1..=RACERS).map(racer).collect()).await;
            let won = answers.iter().filter(|answer| answer.status == status);
            assert_eq!(won.count(), 1, "{kind}, race {race}");
            for lost in answers.iter().filter(|answer| answer.status != status) {
                let faults = faults.iter().map(|&fault| fault.to_owned()).collect();
                assert_eq!(
                    outcome(lost),
                    (409, faults),
                    "{kind}, race {race}: {}",
                    lost.body
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_deletes_a_row_and_the_others_find_none() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let delete = |_| ("DELETE", "/sums/1/".to_owned(), Json::Null);
        let answers = at_once(&api, (0..RACERS).map(delete).collect()).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(
            (statuses[0], statuses[1], statuses[99]),
            (204, 404, 404),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_deleted_while_it_is_changed_is_changed_or_not_found() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let mut found = [0; 2];
        for id in 1..=30 {
            let path = format!("/sums/{id}/");
            let mut requests: Vec<_> = (0..9)
                .map(|n| ("PATCH", path.clone(), json!({"n": n})))
                .collect();
            requests.insert(4, ("DELETE", path.clone(), Json::Null));
            for answer in at_once(&api, requests).await {
                match answer.status {
                    200 => found[0] += 1,
                    404 => found[1] += 1,
                    status => assert_eq!(status, 204, "{kind}: {}", answer.body),
                }
            }
        }
        assert!(found.iter().all(|times| *times > 10), "{kind}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_of_one_row_add_up_and_keep_the_other_columns() {
    let times = if random::is_long() { 1000 } else { 40 };
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let writers = (0..16).map(|_| {
            let api = api.clone();
            tokio::spawn(async move {
                let mut done = 0;
                while done < times {
                    let answer = send(&api, "POST", "/sums/1/increment/", &Json::Null).await;
                    let is_busy = answer.status == 503;
                    assert!(is_busy || answer.status == 200, "{}", answer.body);
                    done += i32::from(!is_busy);
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        // Beside them, two clients change columns of the same row that the others do not know of.
        for step in 0..times {
            let (note, slot) = (json!({"note": step.to_string()}), json!({"slot": step}));
            let both = vec![note, slot].into_iter();
            let both = both.map(|body| ("PATCH", "/sums/1/".to_owned(), body));
            for answer in at_once(&api, both.collect()).await {
                assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
            }
        }
        for writer in writers {
            writer
                .await
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        let row = ask(&api, "/sums/1/").await.json();
        let last = times - 1;
        assert_eq!(
            (&row["n"], &row["note"], &row["slot"]),
            (&json!(16 * times), &json!(last.to_string()), &json!(last)),
            "{kind}"
        );
    }
}
