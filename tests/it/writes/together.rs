//! Many writers at once: nothing is lost, and those that block each other are run again.

use serde_json::json;

use super::{outcome, send, writable};
use crate::{databases::Kind, server::ask};

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_of_one_row_lose_nothing() {
    const TABLES: &str = "CREATE TABLE sums (id integer NOT NULL PRIMARY KEY, {columns})";
    for kind in Kind::reachable().await {
        let columns: Vec<_> = (0..16)
            .map(|number| format!("c{number} integer NOT NULL DEFAULT 0"))
            .collect();
        let (fresh, api) = writable(kind, &TABLES.replace("{columns}", &columns.join(", "))).await;
        fresh.execute("INSERT INTO sums (id) VALUES (1)").await;
        let writers = (0..16).map(|number| {
            let api = api.clone();
            tokio::spawn(async move {
                for step in 1..=25 {
                    let body = json!({format!("c{number}"): step});
                    let answer = send(&api, "PATCH", "/sums/1/", &body).await;
                    assert_eq!(answer.status, 200, "{}", answer.body);
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer
                .await
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        let sums = ask(&api, "/sums/1/").await.json();
        for number in 0..16 {
            assert_eq!(sums[format!("c{number}")], 25, "{kind}: {sums}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_block_each_other_are_run_again() {
    const TABLES: &str = "CREATE TABLE sums (id integer NOT NULL PRIMARY KEY, n integer NOT NULL); \
        CREATE TABLE a (id integer NOT NULL PRIMARY KEY, n integer); CREATE TABLE b (id integer NOT NULL PRIMARY KEY, n integer); \
        INSERT INTO sums VALUES (1, 0), (2, 0); INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0); ";
    for kind in Kind::reachable().await {
        let one_way =
            "UPDATE sums SET n = n + 1 WHERE id = 1; UPDATE sums SET n = n + 1 WHERE id = 2;";
        let other =
            "UPDATE sums SET n = n + 1 WHERE id = 2; UPDATE sums SET n = n + 1 WHERE id = 1;";
        let trigger = |table: &str, steps: &str| match kind {
            Kind::Sqlite => {
                format!("CREATE TRIGGER t{table} AFTER UPDATE ON {table} BEGIN {steps} END")
            }
            Kind::Postgres => format!(
                "CREATE FUNCTION f{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {steps} RETURN NEW; END $$; \
                 CREATE TRIGGER t{table} AFTER UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION f{table}()"
            ),
            Kind::MySql => format!(
                "CREATE TRIGGER t{table} AFTER UPDATE ON {table} FOR EACH ROW BEGIN {steps} END"
            ),
        };
        let (fresh, api) = writable(kind, TABLES).await;
        fresh.execute(&trigger("a", one_way)).await;
        fresh.execute(&trigger("b", other)).await;
        let writers = ["/a/1/", "/b/1/"].map(|path| {
            let api = api.clone();
            tokio::spawn(async move {
                let mut done = 0;
                for step in 1..=30 {
                    let answer = send(&api, "PATCH", path, &json!({"n": step})).await;
                    let (status, codes) = outcome(&answer);
                    done += i64::from(status == 200);
                    assert!(
                        status == 200 || codes == ["retries_exhausted"],
                        "{}",
                        answer.body
                    );
                }
                done
            })
        });
        let mut done = 0;
        for writer in writers {
            done += writer
                .await
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        let sums = ask(&api, "/sums/").await.json();
        assert_eq!(
            (&sums["results"][0]["n"], &sums["results"][1]["n"]),
            (&json!(done), &json!(done)),
            "{kind}"
        );
        assert!(done > 30, "{kind}: {done}");
    }
}
