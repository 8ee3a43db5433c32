//! Random facets and aggregates, compared with counts and sums in memory, and those of rows in memory with a database's.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::subsequence};
use serde_json::{Value, json};
use tower_rest::{Limits, ViewSet};

use super::{
    Asked, Memory, Row, asked, config, database, decimal, fill, get, limits, query_and_oracle,
    rows, stored, things,
};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

/// A value of a column, ordered as the groups are: a null is the largest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(&'static str),
    Flag(bool),
    /// In hundredths.
    Decimal(i64),
    Null,
}

const GROUPS: &[&str] = &[
    "number",
    "text",
    "flag",
    "decimal",
    "moment__year",
    "moment__day",
    "next",
    "name",
    "big",
    "price",
    "kind",
    "size",
];

fn key(row: &Row, name: &str) -> Key {
    match name {
        "id" => Key::Number(row.id),
        "number" => row.number.map_or(Key::Null, Key::Number),
        "text" => row.text.map_or(Key::Null, Key::Text),
        "flag" => row.flag.map_or(Key::Null, Key::Flag),
        "decimal" => row
            .decimal
            .map_or(Key::Null, |text| Key::Decimal(decimal(text))),
        "moment__year" => row.moment.map_or(Key::Null, |_| Key::Number(2014)),
        "moment__day" => row.moment.map_or(Key::Null, |_| Key::Number(1)),
        "next" => row.next().map_or(Key::Null, Key::Number),
        "name" => Key::Text(row.name()),
        "big" => row.big().map_or(Key::Null, Key::Flag),
        "price" => Key::Decimal(row.price().1),
        "kind" => row.kind().map_or(Key::Null, Key::Text),
        "size" => row.size().map_or(Key::Null, Key::Number),
        name => panic!("no key is called {name}"),
    }
}

/// The shown value of a group of equal keys: of equal decimals, the first of their texts.
fn shown(rows: &[&Row], name: &str) -> Value {
    let Some(first) = rows.first() else {
        return Value::Null;
    };
    match key(first, name) {
        Key::Number(number) => number.into(),
        Key::Text(text) => text.into(),
        Key::Flag(flag) => flag.into(),
        Key::Decimal(_) if name == "price" => json!(rows.iter().map(|row| row.price().0).min()),
        Key::Decimal(_) => json!(rows.iter().filter_map(|row| row.decimal).min()),
        Key::Null => Value::Null,
    }
}

const AGGREGATES: &[&str] = &[
    "count",
    "count(text)",
    "count(float)",
    "count_distinct(text)",
    "count_distinct(decimal)",
    "count_distinct(moment)",
    "sum(number)",
    "sum(decimal)",
    "avg(number)",
    "avg(decimal)",
    "min(number)",
    "max(decimal)",
    "min(text)",
    "max(text)",
    "count(kind)",
    "count_distinct(name)",
    "count_distinct(price)",
    "sum(next)",
    "sum(price)",
    "avg(price)",
    "avg(size)",
    "min(name)",
    "max(kind)",
    "min(size)",
];

/// A number of hundredths, without zeros at the end.
fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    let text = format!("{sign}{}.{:02}", number / 100, number % 100);
    trimmed(&text)
}

fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// The average of numbers of hundredths, to six places, rounded half away from zero.
fn average(sum: i64, count: i64) -> String {
    let (millionths, count) = (i128::from(sum) * 10_000, i128::from(count));
    let rounded = (millionths.abs() * 2 + count) / (count * 2);
    let sign = if sum < 0 && rounded > 0 { "-" } else { "" };
    trimmed(&format!(
        "{sign}{}.{:06}",
        rounded / 1_000_000,
        rounded % 1_000_000
    ))
}

/// An aggregate of rows, decimals without zeros at their end, and its place among those of other groups.
fn number(rows: &[&Row], name: &str) -> (Value, Key) {
    let all = |name: &str| -> Vec<Key> {
        let keys = rows.iter().map(|row| key(row, name));
        keys.filter(|key| *key != Key::Null).collect()
    };
    let sum = |name: &str| {
        let keys = all(name);
        let numbers = keys.iter().map(|key| match key {
            Key::Number(number) => number * 100,
            Key::Decimal(number) => *number,
            _ => 0,
        });
        (!keys.is_empty()).then(|| {
            (
                numbers.sum::<i64>(),
                i64::try_from(keys.len()).expect("few"),
            )
        })
    };
    let counted = |count: usize| {
        let count = i64::try_from(count).expect("few");
        (json!(count), Key::Number(count))
    };
    let distinct = |mut keys: Vec<Key>| {
        keys.sort();
        keys.dedup();
        counted(keys.len())
    };
    let of_sum = |sum: Option<(i64, i64)>, shown: fn(i64, i64) -> Value| match sum {
        Some((sum, count)) => (shown(sum, count), Key::Decimal(sum)),
        None => (Value::Null, Key::Null),
    };
    let extreme = |found: Option<Key>| match found {
        Some(Key::Number(number)) => (json!(number), Key::Number(number)),
        Some(Key::Text(text)) => (json!(text), Key::Text(text)),
        Some(Key::Decimal(number)) => (json!(hundredths(number)), Key::Decimal(number)),
        _ => (Value::Null, Key::Null),
    };
    match name {
        "count" => counted(rows.len()),
        "count(text)" => counted(all("text").len()),
        "count(float)" => counted(rows.iter().filter(|row| row.float.is_some()).count()),
        "count_distinct(text)" => distinct(all("text")),
        "count_distinct(decimal)" => distinct(all("decimal")),
        "count_distinct(moment)" => {
            let moments = rows.iter().filter_map(|row| row.moment);
            distinct(moments.map(|(_, nanos)| Key::Number(nanos)).collect())
        }
        "count(kind)" => counted(all("kind").len()),
        "count_distinct(name)" => distinct(all("name")),
        "count_distinct(price)" => distinct(all("price")),
        "sum(next)" => of_sum(sum("next"), |sum, _| json!(sum / 100)),
        "sum(price)" => of_sum(sum("price"), |sum, _| json!(hundredths(sum))),
        "min(name)" => extreme(all("name").into_iter().min()),
        "max(kind)" => extreme(all("kind").into_iter().max()),
        "min(size)" => extreme(all("size").into_iter().min()),
        "sum(number)" => of_sum(sum("number"), |sum, _| json!(sum / 100)),
        "sum(decimal)" => of_sum(sum("decimal"), |sum, _| json!(hundredths(sum))),
        // An average is ordered by what it is before it is rounded.
        "avg(number)" | "avg(decimal)" | "avg(price)" | "avg(size)" => {
            let column = name.trim_start_matches("avg(").trim_end_matches(')');
            match sum(column) {
                Some((sum, count)) => {
                    let precise = i128::from(sum) * 1_000_000_000 / i128::from(count);
                    let place = i64::try_from(precise).expect("few digits");
                    (json!(average(sum, count)), Key::Decimal(place))
                }
                None => (Value::Null, Key::Null),
            }
        }
        "min(number)" => extreme(all("number").into_iter().min()),
        "max(decimal)" => extreme(all("decimal").into_iter().max()),
        "min(text)" => extreme(all("text").into_iter().min()),
        "max(text)" => extreme(all("text").into_iter().max()),
        name => panic!("no aggregate is called {name}"),
    }
}

/// A question: terms of `group_by` and `aggregate`, and of the order by their index, with whether they descend.
#[derive(Clone, Debug)]
struct Summary {
    groups: Vec<&'static str>,
    aggregates: Vec<&'static str>,
    facets: Vec<&'static str>,
    order: Vec<(usize, bool)>,
}

fn summaries() -> impl Strategy<Value = Summary> {
    let groups = subsequence(GROUPS, 0..3).prop_shuffle();
    let aggregates = subsequence(AGGREGATES, 1..6).prop_shuffle();
    let facets = subsequence(FACETS, 1..5).prop_shuffle();
    (groups, aggregates, facets).prop_flat_map(|(groups, aggregates, facets)| {
        let members: Vec<usize> = (0..groups.len() + aggregates.len()).collect();
        let most = members.len().min(3);
        let order = subsequence(members, 0..=most).prop_shuffle();
        let signs = proptest::collection::vec(any::<bool>(), 3);
        (Just(groups), Just(aggregates), Just(facets), order, signs).prop_map(
            |(groups, aggregates, facets, order, signs)| Summary {
                groups,
                aggregates,
                facets,
                order: order.into_iter().zip(signs).collect(),
            },
        )
    })
}

fn member(term: &str) -> String {
    term.replace('(', "_").replace(')', "")
}

impl Summary {
    fn query(&self) -> String {
        let mut query = format!("&aggregate={}", self.aggregates.join(","));
        if !self.groups.is_empty() {
            query.push_str(&format!("&group_by={}", self.groups.join(",")));
        }
        if !self.order.is_empty() {
            let names: Vec<_> = self.groups.iter().chain(&self.aggregates).collect();
            let terms = self.order.iter().map(|(at, descends)| {
                format!("{}{}", if *descends { "-" } else { "" }, member(names[*at]))
            });
            query.push_str(&format!(
                "&ordering={}",
                terms.collect::<Vec<_>>().join(",")
            ));
        }
        query
    }

    /// The groups of rows in order, each with the members that it shows.
    fn of(&self, rows: &[&Row]) -> Vec<Value> {
        let mut groups: BTreeMap<Vec<Key>, Vec<&Row>> = BTreeMap::new();
        if self.groups.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        for row in rows {
            let keys = self.groups.iter().map(|name| key(row, name));
            groups.entry(keys.collect()).or_default().push(row);
        }
        let mut all: Vec<(Vec<Key>, Value)> = Vec::new();
        for (mut places, rows) in groups {
            let mut object = serde_json::Map::new();
            for name in &self.groups {
                object.insert(member(name), shown(&rows, name));
            }
            for name in &self.aggregates {
                let (value, place) = number(&rows, name);
                object.insert(member(name), value);
                places.push(place);
            }
            all.push((places, object.into()));
        }
        // They are in the order of the groups, which a stable sort keeps.
        all.sort_by(|(left, _), (right, _)| {
            let each = self.order.iter().map(|(at, descends)| {
                let rising = left[*at].cmp(&right[*at]);
                if *descends { rising.reverse() } else { rising }
            });
            each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        all.into_iter().map(|(_, object)| object).collect()
    }
}

const FACETS: &[&str] = &[
    "number", "text", "flag", "decimal", "next", "name", "big", "price", "kind", "size",
];

/// The values of a facet, each with its count, the most frequent first.
fn facet(rows: &[&Row], name: &str) -> Value {
    let mut values: BTreeMap<Key, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        values.entry(key(row, name)).or_default().push(row);
    }
    let mut values: Vec<_> = values.into_values().collect();
    values.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    let values = values.iter();
    let values = values.map(|rows| json!({"value": shown(rows, name), "count": rows.len()}));
    values.collect()
}

/// The rows that a query selects.
fn selected<'r>(rows: &'r [Row], (filters, groups, _): &Asked, without: &str) -> Vec<&'r Row> {
    let others = filters.iter().filter(|filter| {
        let column = filter.name.split("__").next();
        column != Some(without)
    });
    let asked = (others.cloned().collect(), groups.clone(), Vec::new());
    let (_, ids) = query_and_oracle(rows, &asked);
    rows.iter().filter(|row| ids.contains(&row.id)).collect()
}

fn offered(things: ViewSet) -> ViewSet {
    let columns = [
        "number", "text", "float", "flag", "decimal", "moment", "next", "name", "big", "price",
        "kind", "size",
    ];
    things
        .facets(FACETS.to_vec())
        .aggregates(columns)
        .group_by(columns)
}

/// The decimals of an answer's aggregates without zeros at their end, which databases hold in different numbers.
fn without_zeros(mut results: Value) -> Value {
    for object in results.as_array_mut().into_iter().flatten() {
        for (name, value) in object.as_object_mut().into_iter().flatten() {
            let is_decimal = name.ends_with("_decimal") || name.ends_with("_price");
            if let (true, Value::String(text)) = (is_decimal, &mut *value) {
                *value = trimmed(
                    text.strip_prefix("0")
                        .filter(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
                        .unwrap_or(text),
                )
                .into();
            }
        }
    }
    results
}

async fn check(db: &Fresh, rows: &[Row], asked: &Asked, summary: &Summary, size: usize) {
    let rows: Vec<Row> = rows.iter().map(|row| stored(row, db.kind)).collect();
    fill(db, &rows).await;
    let api = offered(things()).database(&db.db).build().expect("an API");
    let (query, _) = query_and_oracle(&rows, &(asked.0.clone(), asked.1.clone(), Vec::new()));
    let expected = summary.of(&selected(&rows, asked, ""));
    let pages = expected.len().div_ceil(size).max(1);
    let path = format!("/?page_size={size}{}{query}", summary.query());
    for (at, number) in (1..=pages)
        .map(|page| (page, page.to_string()))
        .chain([(pages, "last".to_owned())])
    {
        let page = get(&api, &format!("{path}&page={number}")).await;
        let shown: Vec<_> = expected
            .iter()
            .skip((at - 1) * size)
            .take(size)
            .cloned()
            .collect();
        assert_eq!(
            without_zeros(page["results"].clone()),
            Value::from(shown),
            "{path}&page={number}"
        );
        assert_eq!(page["count"], expected.len(), "{path}");
        assert_eq!(page["next"].is_string(), at < pages, "{path}");
    }
    let beyond = ask(&api, &format!("{path}&page={}", pages + 1)).await;
    assert_eq!(beyond.status, 404, "{path}");

    let path = format!("/?page_size=1&facet={}{query}", summary.facets.join(","));
    let list = get(&api, &path).await;
    for name in &summary.facets {
        let expected = facet(&selected(&rows, asked, name), name);
        assert_eq!(list["facets"][name], expected, "{name} of {path}");
    }
}

#[test]
fn facets_and_aggregates_are_those_of_counts_and_sums() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for kind in runtime.block_on(Kind::reachable()) {
        let db = runtime.block_on(database(kind));
        let asked = (rows(), asked(), summaries());
        proptest!(config(kind, 500), |((rows, asked, summary) in asked, size in 1_usize..5)| {
            runtime.block_on(check(&db, &rows, &asked, &summary, size));
        });
    }
}

async fn compare(db: &Fresh, rows: &[Row], query: &str, summary: &Summary, size: usize) {
    let rows: Vec<Row> = rows.iter().map(|row| stored(row, db.kind)).collect();
    fill(db, &rows).await;
    let few = || limits().facet_values(3).aggregate_groups(6);
    let serve = |limits: Limits| offered(things()).limits(limits);
    let of_database = serve(few()).database(&db.db).build().expect("an API");
    let in_memory = serve(few())
        .database(&db.db)
        .manager(Memory::of(&rows))
        .build()
        .expect("an API");
    let pages = ["1", "2", "9", "last"];
    let groups =
        pages.map(|page| format!("/?page_size={size}&page={page}{}{query}", summary.query()));
    let of_moments =
        "/?aggregate=count,min(moment),max(moment),max(float)&group_by=moment__date".to_owned();
    let facets = format!("/?facet={}{query}", summary.facets.join(","));
    for path in groups.into_iter().chain([of_moments, facets]) {
        let (expected, found) = (ask(&of_database, &path).await, ask(&in_memory, &path).await);
        assert_eq!(
            (found.status, found.body),
            (expected.status, expected.body),
            "{path}"
        );
    }
}

#[test]
fn rows_in_memory_have_the_facets_and_aggregates_of_a_database() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for kind in runtime.block_on(Kind::reachable()) {
        let db = runtime.block_on(database(kind));
        let asked = (rows(), asked(), summaries());
        proptest!(config(kind, 200), |((rows, asked, mut summary) in asked, size in 1_usize..5)| {
            let (query, _) = query_and_oracle(&rows, &(asked.0, asked.1, Vec::new()));
            // The greatest of equal decimals may be any of their texts.
            for name in summary.aggregates.iter_mut().filter(|name| **name == "max(decimal)") {
                *name = "count(number)";
            }
            runtime.block_on(compare(&db, &rows, &query, &summary, size));
        });
    }
}
