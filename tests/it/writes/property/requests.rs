//! Random requests, which often meet rows that are there and sometimes ask for what cannot be.

use serde_json::{Map, Value as Json, json};

use super::{
    oracle::{Request, Row, World, key_of},
    tables::{Column, NESTED, TABLES, Table, Type},
};
use crate::random::Random;

/// Keys are below this, so that rows meet.
const KEYS: u64 = 9;
const WORDS: &[&str] = &["", "a", "b", "c%", "d'\"", "\u{1F697}é", "~12 5", "null"];

pub(super) fn random(world: &World, random: &mut Random) -> Request {
    let tenant = number(random, 3);
    let table = random.of(TABLES);
    let below = (table.name == NESTED.1 && random.one_in(3)).then(|| {
        let owners = world.of(NESTED.0).iter();
        let own: Vec<_> = owners.filter(|row| row["tenant"] == tenant).collect();
        match own.is_empty() || random.one_in(5) {
            true => number(random, KEYS),
            false => random.of(&own)["id"].as_i64().expect("a key"),
        }
    });
    let method = *random.of(&[
        "GET", "POST", "POST", "POST", "PATCH", "PATCH", "PUT", "DELETE", "GET",
    ]);
    let is_list = method == "POST" || (method == "GET" && random.one_in(2));
    let mut request = Request {
        tenant,
        method,
        table: table.name,
        below,
        key: (!is_list).then(|| key(world, table, tenant, random)),
        filter: None,
        body: None,
    };
    if method == "GET" && is_list && random.one_in(2) {
        let column = random.of(table.columns);
        let value = match column.ty {
            Type::Integer => json!(number(random, KEYS)),
            Type::Boolean => json!(random.one_in(2)),
            Type::Text(_) => json!("a"),
        };
        request.filter = Some((column.name, value));
    }
    if matches!(method, "POST" | "PATCH" | "PUT") {
        request.body = Some(body(world, table, &request, random));
    }
    request
}

/// A number from one.
fn number(random: &mut Random, most: u64) -> i64 {
    i64::try_from(random.below(most)).expect("small") + 1
}

/// The key of a row, mostly one that the tenant sees.
fn key(world: &World, table: &Table, tenant: i64, random: &mut Random) -> String {
    let rows: Vec<_> = world.of(table.name).iter().collect();
    let own: Vec<_> = rows
        .iter()
        .copied()
        .filter(|row| row["tenant"] == tenant)
        .collect();
    match random.below(12) {
        0 => match table.key {
            [_] => random.of(&["x", "01", "1,1", "2147483648"]).to_string(),
            _ => random.of(&["x", "1", "1,01", "1,1,1"]).to_string(),
        },
        1 if !rows.is_empty() => key_of(table, random.of::<&Row>(&rows)),
        2..12 if !own.is_empty() => key_of(table, random.of::<&Row>(&own)),
        _ => {
            let parts: Vec<_> = table
                .key
                .iter()
                .map(|_| number(random, KEYS).to_string())
                .collect();
            parts.join(",")
        }
    }
}

fn body(world: &World, table: &Table, request: &Request, random: &mut Random) -> Map<String, Json> {
    let (mut body, is_new) = (Map::new(), request.method == "POST");
    for column in table.columns {
        let is_key = table.key.contains(&column.name);
        // A new row needs its key: whether a database numbers its rows is no matter here.
        let is_sent = match request.method {
            "POST" if is_key => true,
            _ if is_key => random.one_in(12),
            "PATCH" => random.one_in(3),
            _ if column.nullable || column.default.is_some() => random.one_in(2),
            _ => !random.one_in(25),
        };
        let is_given = request.below.is_some() && column.name == NESTED.2;
        if !is_sent || (is_given && !random.one_in(6)) {
            continue;
        }
        let mut sent = value(world, column, request, random);
        if let (true, Some(key)) = (is_key && !is_new, &request.key) {
            let as_shown = key.parse::<i64>().ok();
            sent = as_shown
                .filter(|_| !random.one_in(4))
                .map_or(sent, |key| json!(key));
        }
        match column.to {
            Some((relation, to)) if random.one_in(2) => {
                if random.one_in(5) {
                    body.insert(column.name.to_owned(), sent.clone());
                    if random.one_in(2) {
                        sent = value(world, column, request, random);
                    }
                }
                body.insert(relation.to_owned(), link(to, &sent, random));
            }
            _ => {
                body.insert(column.name.to_owned(), sent);
            }
        }
    }
    if random.one_in(30) {
        body.insert("nmae".to_owned(), json!(1));
    }
    if random.one_in(30) {
        let href = format!("http://test{}", request.path());
        let href = if random.one_in(3) {
            "x".to_owned()
        } else {
            href
        };
        body.insert("href".to_owned(), json!(href));
    }
    body
}

/// The link of a row, as people may write it, or what is none.
fn link(table: &str, key: &Json, random: &mut Random) -> Json {
    match (key, random.below(12)) {
        (Json::Null, _) => Json::Null,
        (_, 0) => json!(format!("/spots/{key}/")),
        (_, 1) => json!(7),
        (_, 2) => json!(format!("http://elsewhere/{table}/{key}/")),
        (_, 3) => json!(format!("/{table}/{key}")),
        (_, 4..7) => json!(format!("/{table}/{key}/")),
        _ => json!(format!("http://test/{table}/{key}/")),
    }
}

fn value(world: &World, column: &Column, request: &Request, random: &mut Random) -> Json {
    let is_null = if column.nullable { 3 } else { 40 };
    if random.one_in(is_null) {
        return Json::Null;
    }
    if random.one_in(30) {
        let wrong = [
            json!("7 "),
            json!(1.5),
            json!(u64::MAX),
            json!("a\u{0}"),
            json!([]),
            json!({}),
            json!("123456"),
        ];
        return random.of(&wrong).clone();
    }
    match (column.name, column.ty, column.to) {
        ("tenant", ..) => match random.one_in(10) {
            true => json!(number(random, 3)),
            false => json!(request.tenant),
        },
        (_, _, Some((_, table))) => {
            let rows = world.of(table).iter();
            let own: Vec<_> = rows.filter(|row| row["tenant"] == request.tenant).collect();
            match own.is_empty() || random.one_in(6) {
                true => json!(number(random, KEYS)),
                false => random.of(&own)["id"].clone(),
            }
        }
        (_, Type::Integer, _) => json!(number(random, KEYS)),
        (_, Type::Boolean, _) => json!(random.one_in(2)),
        (_, Type::Text(_), _) => json!(random.of(WORDS)),
    }
}
