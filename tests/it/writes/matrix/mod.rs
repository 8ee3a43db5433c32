//! The scope matrix: whatever a tenant asks, the answer is byte for byte that of a database without the rows of other
//! tenants, and those rows stay as they are.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tower_rest::{Api, Code, Condition, Error, Head, Keys, Router, Schema, ViewSet};

use super::outcome;
use crate::{
    databases::{Fresh, Kind},
    random,
    server::{Answer, ask, ask_with},
};
use rows::{GLOBAL, ROWS};

const TENANTS: i64 = 3;
const NAMES: [&str; 6] = ["owners", "cars", "parts", "halls", "bays", "tags"];

/// Owners, cars and tags 1 to 6, of the tenants 1, 2, 3, 1, 2, 3; each car has the tag of its number, each tenant's first car has a seller, parts and a bay.
const TABLES: &str = "\
    CREATE TABLE owners (id {id}, tenant integer NOT NULL, name varchar(20) NOT NULL, code varchar(20) UNIQUE); \
    CREATE TABLE cars (id {id}, tenant integer NOT NULL, make varchar(20) NOT NULL, owner_id integer NOT NULL, seller_id integer, \
        FOREIGN KEY (owner_id) REFERENCES owners (id), FOREIGN KEY (seller_id) REFERENCES owners (id)); \
    CREATE TABLE parts (car_id integer NOT NULL, no integer NOT NULL, name varchar(20), PRIMARY KEY (car_id, no), \
        FOREIGN KEY (car_id) REFERENCES cars (id)); \
    CREATE TABLE halls (tenant integer NOT NULL, hall integer NOT NULL, name varchar(20), PRIMARY KEY (tenant, hall)); \
    CREATE TABLE bays (tenant integer NOT NULL, hall integer NOT NULL, bay integer NOT NULL, car_id integer, \
        PRIMARY KEY (tenant, hall, bay), FOREIGN KEY (tenant, hall) REFERENCES halls (tenant, hall), \
        FOREIGN KEY (car_id) REFERENCES cars (id)); \
    CREATE TABLE tags (id {id}, tenant integer NOT NULL, name varchar(20)); \
    CREATE TABLE car_tags (car_id integer NOT NULL, tag_id integer NOT NULL, PRIMARY KEY (car_id, tag_id), \
        FOREIGN KEY (car_id) REFERENCES cars (id), FOREIGN KEY (tag_id) REFERENCES tags (id))";

fn filled(kind: Kind) -> String {
    let id = match kind {
        // Without the word, a key is one more than the largest there is, and tells of it.
        Kind::Sqlite => "integer PRIMARY KEY AUTOINCREMENT",
        Kind::Postgres => "serial PRIMARY KEY",
        Kind::MySql => "integer AUTO_INCREMENT PRIMARY KEY",
    };
    let mut sql = TABLES.replace("{id}", id);
    for id in 1..=2 * TENANTS {
        let tenant = (id - 1) % TENANTS + 1;
        let code = if id > TENANTS { "too" } else { "of" };
        sql.push_str(&format!(
            "; INSERT INTO owners (tenant, name, code) VALUES ({tenant}, 'Ada', '{code} {tenant}')"
        ));
    }
    for id in 1..=2 * TENANTS {
        let tenant = (id - 1) % TENANTS + 1;
        let seller = match id > TENANTS {
            true => "NULL".to_owned(),
            false => (id + TENANTS).to_string(),
        };
        sql.push_str(&format!(
            "; INSERT INTO cars (tenant, make, owner_id, seller_id) VALUES ({tenant}, 'Fiat', {id}, {seller}); \
             INSERT INTO parts VALUES ({id}, 1, 'engine'), ({id}, 2, 'door'); \
             INSERT INTO tags (tenant, name) VALUES ({tenant}, 'red'); INSERT INTO car_tags VALUES ({id}, {id})"
        ));
    }
    for tenant in 1..=TENANTS {
        sql.push_str(&format!(
            "; INSERT INTO halls VALUES ({tenant}, 1, 'North'); \
             INSERT INTO bays VALUES ({tenant}, 1, 1, {tenant}), ({tenant}, 1, 2, NULL)"
        ));
    }
    sql
}

/// Takes away the rows of all tenants but one.
fn without_others(tenant: i64) -> String {
    format!(
        "DELETE FROM car_tags WHERE car_id NOT IN (SELECT id FROM cars WHERE tenant = {tenant}); \
         DELETE FROM tags WHERE tenant <> {tenant}; DELETE FROM bays WHERE tenant <> {tenant}; DELETE FROM halls WHERE tenant <> {tenant}; \
         DELETE FROM parts WHERE car_id NOT IN (SELECT id FROM cars WHERE tenant = {tenant}); \
         DELETE FROM cars WHERE tenant <> {tenant}; DELETE FROM owners WHERE tenant <> {tenant}"
    )
}

/// A database, the API of tenants, and an API of all rows.
struct World {
    _fresh: Fresh,
    api: Api,
    all: Api,
}

impl World {
    async fn open(kind: Kind, without: &str) -> Self {
        let fresh = kind.fresh().await;
        fresh.execute(&filled(kind)).await;
        fresh.execute(&fresh.db.idempotency_table()).await;
        if !without.is_empty() {
            fresh.execute(without).await;
        }
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let set = |name: &str| {
            let model = schema.model(name).expect("a table").clone();
            let all = ViewSet::new(model).database(&fresh.db).writable();
            let all = all.bulk_updates(50).bulk_deletes(50).dry_runs();
            all.idempotent(|head| head.header("x-tenant").map(str::to_owned))
        };
        let own = |head: &Head| Ok(Condition::column("tenant").eq(tenant_of(head)?));
        let of_car = move |head: &Head| Ok(Condition::related("car", own(head)?));
        let of_tenant = |head: &Head| Ok(Keys::new().part("tenant", head.header("x-tenant")?));
        let cars = || set("cars").scope(own).writes("tags");
        let owners = set("owners")
            .scope(own)
            .search("code")
            .upserts("code")
            .nest_by("cars", "owner", cars())
            .nest_by("sales", "seller", cars());
        let parts = || set("parts").scope(of_car);
        let halls = set("halls").other_key_columns("tenant");
        let halls = halls.other_keys(of_tenant).nest("bays", set("bays"));
        let router = Router::new()
            .register("owners", owners)
            .register("cars", cars().nest("parts", parts().inline()))
            .register("tags", set("tags").scope(own))
            .register("parts", parts())
            .register("halls", halls);
        let api = router.build();
        let all = Router::of(schema.clone()).build().expect("an API");
        Self {
            _fresh: fresh,
            api: api.unwrap_or_else(|error| panic!("{kind}: {error}")),
            all,
        }
    }

    /// Every row of every table, as text.
    async fn rows(&self) -> BTreeSet<String> {
        let mut rows = BTreeSet::new();
        for name in NAMES {
            let pairs = if name == "cars" { "&expand=tags" } else { "" };
            let path = format!("/{name}/?page_size=1000{pairs}");
            let list = ask(&self.all, &path).await.json();
            let each = list["results"].as_array().expect("rows").iter();
            rows.extend(each.map(|row| format!("{name} {row}")));
        }
        rows
    }

    async fn ask(&self, tenant: i64, line: &str) -> Answer {
        let mut words = line.splitn(3, ' ');
        let method = words.next().expect("a method");
        let (path, body) = (words.next().expect("a path"), words.next());
        let (method, how) = method.split_once('+').unwrap_or((method, ""));
        let content = match how {
            "form" => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        // The key is the line's own: what another tenant has done with it must not be told.
        let key = format!("\"{}\"", line.len());
        let header = match how {
            "merge" => ("prefer", "resolution=merge-duplicates"),
            "ignore" => ("prefer", "resolution=ignore-duplicates"),
            "try" => ("prefer", "tx=rollback"),
            "match" => ("if-match", "*"),
            "none" => ("if-none-match", "*"),
            "key" => ("idempotency-key", key.as_str()),
            _ => ("accept", "application/json"),
        };
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "test")
            .header("x-tenant", tenant)
            .header(header.0, header.1);
        if body.is_some() {
            request = request.header("content-type", content);
        }
        let body = body.unwrap_or_default().to_owned();
        ask_with(&self.api, request.body(body).expect("a request")).await
    }
}

fn tenant_of(head: &Head) -> tower_rest::Result<i64> {
    let tenant = head.header("x-tenant")?.parse();
    tenant.map_err(|_| Error::new(Code::Forbidden, "no such tenant"))
}

/// The requests of a tenant that a line stands for.
fn lines(line: &str, tenant: i64) -> Vec<String> {
    let other = tenant % TENANTS + 1;
    let third = other % TENANTS + 1;
    // The rows of the third tenant are like those of the second.
    let rows = match random::is_long() {
        true => vec![tenant, other, third + TENANTS, 99],
        false => vec![tenant, third + TENANTS, 99],
    };
    let all: Vec<_> = (1..=TENANTS).collect();
    let stands: [(&str, &[i64]); 8] = [
        ("{owner}", &rows),
        ("{car}", &rows),
        ("{to}", &rows),
        ("{tenant}", &all),
        ("{t}", &[tenant]),
        ("{own}", &[tenant]),
        ("{second}", &[tenant + TENANTS]),
        ("{others}", &[other]),
    ];
    let mut lines = vec![line.to_owned()];
    for (word, values) in stands {
        let each = lines
            .into_iter()
            .flat_map(|line| match line.contains(word) {
                true => {
                    let values = values.iter();
                    values
                        .map(|value| line.replace(word, &value.to_string()))
                        .collect()
                }
                false => vec![line],
            });
        lines = each.collect();
    }
    lines
}

/// Everything about an answer.
fn shown(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_byte_for_byte_those_without_the_rows_of_others_which_stay() {
    for kind in Kind::reachable().await {
        let (mut statuses, mut wrong) = (BTreeMap::<(String, u16), u32>::new(), Vec::new());
        for tenant in 1..=TENANTS {
            let full = World::open(kind, "").await;
            let own = World::open(kind, &without_others(tenant)).await;
            let others: BTreeSet<_> = {
                let (full, own) = (full.rows().await, own.rows().await);
                full.difference(&own).cloned().collect()
            };
            assert_eq!(
                others.len(),
                2 * (2 + 2 + 4 + 1 + 2 + 2),
                "{kind}: {others:?}"
            );
            for (what, each) in ROWS {
                let each = each.lines().filter(|line| !line.is_empty());
                for line in each.flat_map(|line| lines(line, tenant)) {
                    let (found, expected) =
                        (full.ask(tenant, &line).await, own.ask(tenant, &line).await);
                    *statuses
                        .entry(((*what).to_owned(), found.status))
                        .or_default() += 1;
                    if shown(&found) != shown(&expected) {
                        let (found, expected) = (shown(&found), shown(&expected));
                        wrong.push(format!(
                            "{what}: {tenant}: {line}\n    {found}\n    {expected}"
                        ));
                    }
                }
                let (found, mut expected) = (full.rows().await, own.rows().await);
                expected.extend(others.iter().cloned());
                if found != expected {
                    let differ: Vec<_> = found.symmetric_difference(&expected).collect();
                    wrong.push(format!("{what}: {tenant}: rows differ: {differ:?}"));
                    break;
                }
            }
            wrong.extend(told_by_keys(&full, &own, tenant).await);
            let now = full.rows().await;
            wrong.extend(
                others
                    .iter()
                    .filter(|row| !now.contains(*row))
                    .map(|row| format!("{row} changed")),
            );
        }
        assert!(wrong.is_empty(), "{kind}:\n{}", wrong.join("\n"));
        for (what, _) in ROWS {
            let both = [true, false].map(|is_success| {
                let mut all = statuses.keys().filter(|(of, _)| of == what);
                all.any(|(_, status)| (*status < 300) == is_success)
            });
            assert!(both[0], "{kind}: no success of {what}: {statuses:?}");
            assert!(
                both[1] || what.starts_with("reading"),
                "{kind}: no refusal of {what}"
            );
        }
        assert!(
            !statuses.keys().any(|(_, status)| *status >= 500),
            "{kind}: {statuses:?}"
        );
    }
}

/// The requests that do tell of others' rows tell what the guide says, and no more.
async fn told_by_keys(full: &World, own: &World, tenant: i64) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in GLOBAL.lines().filter(|line| !line.is_empty()) {
        for line in lines(line, tenant) {
            let mut parts = line.split(" -> ");
            let request = parts.next().expect("a request");
            for world in [full, own] {
                let answer = world.ask(tenant, request).await;
                let (status, faults) = outcome(&answer);
                let found = format!("{status} {}", faults.join(", "));
                if Some(found.trim_end()) != parts.next() {
                    wrong.push(format!("{line}\n    {}", shown(&answer)));
                }
                let tells = answer.body.contains("\"tenant\"") && status >= 400;
                if tells || serde_json::from_str::<Json>(&answer.body).is_err() {
                    wrong.push(format!("{line} tells more: {}", answer.body));
                }
            }
        }
    }
    wrong
}
