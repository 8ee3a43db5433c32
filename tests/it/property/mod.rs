//! Random rows and random queries: the answers compared with a plain filter, sort and slice in memory, and those of a
//! manager over rows in memory compared with a
//! database's.

mod computed;
mod group;
mod join;
mod query;
mod relations;
mod rows;
mod summaries;
mod world;

use std::{cmp::Ordering, fmt::Write as _};

use proptest::{collection::vec, option, prelude::*, sample::select, test_runner::Config};
use sea_query::{ColumnDef, Table, TableCreateStatement};
use serde_json::Value;
use tower_rest::{
    Aggregate, Api, Base, Cell, Count, Date, Limits, List, Manager, Model, Object, Page, Result,
    Retrieve, Rows, Time, Timestamp, ViewSet,
};

use self::{
    computed::{DOCS, Doc, with_computed},
    group::{Group, groups, quoted},
};
use crate::{
    databases::{Fresh, Kind},
    random::is_long,
    server::{ask, followed},
};

/// A row, as the oracle knows it.
#[derive(Clone, Debug)]
struct Row {
    id: i64,
    number: Option<i64>,
    text: Option<&'static str>,
    float: Option<f64>,
    flag: Option<bool>,
    /// As stored; compared in hundredths.
    decimal: Option<&'static str>,
    /// As stored, the fraction with or without zeros; compared in nanoseconds since 2014.
    moment: Option<(&'static str, i64)>,
    doc: Option<Doc>,
}

const TEXTS: &[&str] = &[
    "", "a", "A", "ab", "AB", "é", "È", "%", "_", "a%b", "*", "?x", "[a]", "\\", "null", "ß,\"q\"",
];
/// Whether a regular expression matches a text.
type Matches = fn(&str) -> bool;

/// Regular expressions, and which texts each matches.
const PATTERNS: &[(&str, Matches)] = &[
    ("^a", |text| text.starts_with('a')),
    ("b$", |text| text.ends_with('b')),
    ("^.$", |text| text.chars().count() == 1),
    ("[A-Z]", |text| {
        text.contains(|char: char| char.is_ascii_uppercase())
    }),
    ("[^a-z]", |text| {
        text.contains(|char: char| !char.is_ascii_lowercase())
    }),
    ("^(a|null)+$", |text| matches!(text, "a" | "null")),
    ("\\*|\\\\|\\[", |text| text.contains(['*', '\\', '['])),
    ("^\\W", |text| {
        text.starts_with(|char: char| !char.is_ascii_alphanumeric() && char != '_')
    }),
    ("", |_| true),
    ("x?", |_| true),
    ("%b\\b", |text| text.ends_with("%b")),
    ("^[éß]", |text| text.starts_with(['é', 'ß'])),
];
const FLOATS: &[f64] = &[-1.5, 0.0, 0.1, 2.0, 1e20];
const DECIMALS: &[(&str, i64)] = &[
    ("-2", -200),
    ("0", 0),
    ("0.50", 50),
    ("0.5", 50),
    ("10", 1000),
    ("9.99", 999),
    ("010.0", 1000),
    ("10.0", 1000),
];
const MOMENTS: &[(&str, i64)] = &[
    ("2014-01-01 00:00:00", 0),
    ("2014-01-01 00:00:00.000", 0),
    ("2014-01-01 00:00:00.5", 500_000_000),
    ("2014-01-01 00:00:00.500", 500_000_000),
    ("2014-01-01 00:00:00.500000001", 500_000_001),
    ("2014-01-01 00:00:01", 1_000_000_000),
    ("2014-01-01 23:59:59.999999999", 86_399_999_999_999),
];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        option::of(-3_i64..4),
        option::of(select(TEXTS)),
        option::of(select(FLOATS)),
        option::of(any::<bool>()),
        option::of(select(DECIMALS)),
        option::of(select(MOMENTS)),
        option::of(select(DOCS)),
    );
    vec(row, 0..25).prop_map(|rows| {
        let numbered = (1..).zip(rows);
        numbered
            .map(
                |(id, (number, text, float, flag, decimal, moment, doc))| Row {
                    id,
                    number,
                    text,
                    float,
                    flag,
                    decimal: decimal.map(|(text, _)| text),
                    moment,
                    doc,
                },
            )
            .collect()
    })
}

/// A filter: its name without `!`, its value as sent, and the rows it selects.
#[derive(Clone)]
struct Filter {
    name: &'static str,
    negated: bool,
    value: String,
    selects: std::sync::Arc<dyn Fn(&Row) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}{}={}",
            self.name,
            if self.negated { "!" } else { "" },
            self.value
        )
    }
}

fn filter_of<V: Clone + std::fmt::Debug + Send + Sync + 'static>(
    name: &'static str,
    values: impl Strategy<Value = V> + 'static,
    shown: fn(&V) -> String,
    selects: fn(&Row, &V) -> bool,
) -> BoxedStrategy<Filter> {
    (values, any::<bool>())
        .prop_map(move |(value, negated)| Filter {
            name,
            negated,
            value: shown(&value),
            selects: std::sync::Arc::new(move |row| selects(row, &value)),
        })
        .boxed()
}

fn decimal(text: &str) -> i64 {
    DECIMALS
        .iter()
        .find(|(other, _)| *other == text)
        .expect("a known decimal")
        .1
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn in_list<T: ToString>(items: &[T]) -> String {
    let quoted = |item: &T| format!("\"{}\"", item.to_string().replace('"', "\"\""));
    items.iter().map(quoted).collect::<Vec<_>>().join(",")
}

fn filters() -> impl Strategy<Value = Vec<Filter>> {
    let number = || -4_i64..5;
    let text = || select(TEXTS);
    let show_text = |text: &&'static str| (*text).to_owned();
    let show_number = i64::to_string;
    let moment = || select(MOMENTS);
    let show_moment = |(text, _): &(&'static str, i64)| text.replace(' ', "T");
    let one = prop_oneof![
        filter_of("number", number(), show_number, |row, value| row.number
            == Some(*value)),
        filter_of("number__gt", number(), show_number, |row, value| row
            .number
            .is_some_and(|own| own > *value)),
        filter_of("number__lte", number(), show_number, |row, value| row
            .number
            .is_some_and(|own| own <= *value)),
        filter_of(
            "number__in",
            vec(number(), 0..6),
            |list| list
                .iter()
                .map(i64::to_string)
                .collect::<Vec<_>>()
                .join(","),
            |row, list| row.number.is_some_and(|own| list.contains(&own))
        ),
        filter_of(
            "number__range",
            (number(), number()),
            |(low, high)| format!("{low},{high}"),
            |row, (low, high)| row.number.is_some_and(|own| own >= *low && own <= *high)
        ),
        filter_of(
            "number__isnull",
            any::<bool>(),
            bool::to_string,
            |row, null| row.number.is_none() == *null
        ),
        filter_of("text", text(), show_text, |row, value| row.text
            == Some(*value)),
        filter_of(
            "text__in",
            vec(text(), 0..5),
            |list| in_list(list),
            |row, list| row.text.is_some_and(|own| list.contains(&own))
        ),
        filter_of("text__iexact", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| lower(own) == lower(value))),
        filter_of("text__gte", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| own.as_bytes() >= value.as_bytes())),
        filter_of("text__contains", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| own.contains(value))),
        filter_of("text__icontains", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| lower(own).contains(&lower(value)))),
        filter_of("text__startswith", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| own.starts_with(value))),
        filter_of("text__istartswith", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| lower(own).starts_with(&lower(value)))),
        filter_of(
            "text__regex",
            select(PATTERNS),
            |(pattern, _)| (*pattern).to_owned(),
            |row, (_, matches)| row.text.is_some_and(*matches)
        ),
        filter_of(
            "text__iregex",
            select(TEXTS),
            |text| format!("^{}$", regex::escape(text)),
            |row, text| row
                .text
                .is_some_and(|own| own.to_lowercase() == text.to_lowercase())
        ),
        filter_of("text__endswith", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| own.ends_with(value))),
        filter_of("text__iendswith", text(), show_text, |row, value| row
            .text
            .is_some_and(|own| lower(own).ends_with(&lower(value)))),
        filter_of(
            "float__lt",
            select(FLOATS),
            |value| format!("{value:e}"),
            |row, value| row.float.is_some_and(|own| own < *value)
        ),
        filter_of("float", select(FLOATS), f64::to_string, |row, value| row
            .float
            == Some(*value)),
        filter_of("flag", any::<bool>(), bool::to_string, |row, value| row
            .flag
            == Some(*value)),
        filter_of(
            "decimal",
            select(DECIMALS),
            |(text, _)| (*text).to_owned(),
            |row, (_, value)| row.decimal.is_some_and(|own| decimal(own) == *value)
        ),
        filter_of(
            "decimal__gt",
            select(DECIMALS),
            |(text, _)| (*text).to_owned(),
            |row, (_, value)| row.decimal.is_some_and(|own| decimal(own) > *value)
        ),
        filter_of(
            "decimal__in",
            vec(select(DECIMALS), 0..4),
            |list| list
                .iter()
                .map(|(text, _)| *text)
                .collect::<Vec<_>>()
                .join(","),
            |row, list| row
                .decimal
                .is_some_and(|own| list.iter().any(|(_, value)| decimal(own) == *value))
        ),
        filter_of("moment", moment(), show_moment, |row, (_, value)| row
            .moment
            .is_some_and(|(_, own)| own == *value)),
        filter_of("moment__gt", moment(), show_moment, |row, (_, value)| row
            .moment
            .is_some_and(|(_, own)| own > *value)),
        filter_of("moment__gte", moment(), show_moment, |row, (_, value)| row
            .moment
            .is_some_and(|(_, own)| own >= *value)),
        filter_of("moment__lt", moment(), show_moment, |row, (_, value)| row
            .moment
            .is_some_and(|(_, own)| own < *value)),
        filter_of("moment__lte", moment(), show_moment, |row, (_, value)| row
            .moment
            .is_some_and(|(_, own)| own <= *value)),
        filter_of(
            "moment__in",
            vec(moment(), 0..4),
            |list| list
                .iter()
                .map(|(text, _)| text.replace(' ', "T"))
                .collect::<Vec<_>>()
                .join(","),
            |row, list| row
                .moment
                .is_some_and(|(_, own)| list.iter().any(|(_, value)| own == *value))
        ),
        filter_of(
            "moment__date",
            select(vec!["2014-01-01", "2013-12-31", "2014-01-02"]),
            |text| (*text).to_owned(),
            |row, day| row.moment.is_some() && *day == "2014-01-01"
        ),
    ];
    vec(prop_oneof![3 => one, 1 => computed::filter()], 0..4)
}

type Order = (&'static str, bool);

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let columns = vec![
        "number", "text", "float", "flag", "decimal", "id", "next", "name", "big", "price", "kind",
        "size",
    ];
    proptest::sample::subsequence(columns, 0..4)
        .prop_shuffle()
        .prop_flat_map(|columns| {
            let count = columns.len();
            (Just(columns), vec(any::<bool>(), count))
                .prop_map(|(columns, signs)| columns.into_iter().zip(signs).collect())
        })
}

/// A null is the largest.
fn nulls_last<T>(
    left: Option<T>,
    right: Option<T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => compare(left, right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

fn compare(left: &Row, right: &Row, orders: &[Order]) -> Ordering {
    let by_column = |column: &str| match column {
        "number" => nulls_last(left.number, right.number, |left, right| left.cmp(&right)),
        "text" => nulls_last(left.text, right.text, |left, right| {
            left.as_bytes().cmp(right.as_bytes())
        }),
        "float" => nulls_last(left.float, right.float, |left, right| {
            left.total_cmp(&right)
        }),
        "flag" => nulls_last(left.flag, right.flag, |left, right| left.cmp(&right)),
        "decimal" => nulls_last(left.decimal, right.decimal, |left, right| {
            decimal(left).cmp(&decimal(right))
        }),
        "next" => nulls_last(left.next(), right.next(), |left, right| left.cmp(&right)),
        "name" => left.name().as_bytes().cmp(right.name().as_bytes()),
        "big" => nulls_last(left.big(), right.big(), |left, right| left.cmp(&right)),
        "price" => left.price().1.cmp(&right.price().1),
        "kind" => nulls_last(left.kind(), right.kind(), |left, right| {
            left.as_bytes().cmp(right.as_bytes())
        }),
        "size" => nulls_last(left.size(), right.size(), |left, right| left.cmp(&right)),
        _ => left.id.cmp(&right.id),
    };
    let terms = orders.iter().map(|(column, descending)| {
        let order = by_column(column);
        if *descending { order.reverse() } else { order }
    });
    terms
        .fold(Ordering::Equal, Ordering::then)
        .then(left.id.cmp(&right.id))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("text");
        }
    }
    out
}

/// Groups whose filters are in quotes as a whole.
fn filter_groups() -> impl Strategy<Value = Vec<Group<Filter>>> {
    let filter = filters().prop_filter_map("a filter", |filters| filters.into_iter().next());
    let groups = groups(filter.boxed());
    let same =
        |one: &Filter, other: &Filter| one.name == other.name && one.negated == other.negated;
    groups.prop_map(move |groups| {
        let groups = groups.iter();
        groups
            .map(|group| group.map(&Filter::clone, &same))
            .collect()
    })
}

/// What is asked of a list: its filters and groups of filters, and its order.
type Asked = (Vec<Filter>, Vec<Group<Filter>>, Vec<Order>);

fn asked() -> impl Strategy<Value = Asked> {
    (filters(), filter_groups(), orders())
}

/// The query, and the ids it selects in order. Of two filters that would be one list or a repetition, one stays.
fn query_and_oracle(rows: &[Row], (filters, groups, orders): &Asked) -> (String, Vec<i64>) {
    let mut kept: Vec<&Filter> = Vec::new();
    for filter in filters {
        if !kept
            .iter()
            .any(|other| other.name == filter.name && other.negated == filter.negated)
        {
            kept.push(filter);
        }
    }
    let mut query = String::new();
    for filter in &kept {
        write!(
            query,
            "&{}{}={}",
            filter.name,
            if filter.negated { "!" } else { "" },
            encoded(&filter.value)
        )
        .expect("text");
    }
    for group in groups {
        let pair = group.pair(&|filter| quoted(&format!("{filter:?}")));
        write!(query, "&{pair}").expect("text");
    }
    if !orders.is_empty() {
        let terms: Vec<_> = orders
            .iter()
            .map(|(column, descending)| format!("{}{column}", if *descending { "-" } else { "" }))
            .collect();
        write!(query, "&ordering={}", terms.join(",")).expect("text");
    }
    let selects = |row: &Row| {
        let all = |filters: &[&Filter]| {
            let mut filters = filters.iter();
            filters.all(|filter| (filter.selects)(row) != filter.negated)
        };
        all(&kept) && groups.iter().all(|group| group.holds(&all))
    };
    let mut selected: Vec<&Row> = rows.iter().filter(|row| selects(row)).collect();
    selected.sort_by(|left, right| compare(left, right, orders));
    (query, selected.iter().map(|row| row.id).collect())
}

fn table() -> TableCreateStatement {
    Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("number").integer())
        .col(ColumnDef::new("text").text())
        .col(ColumnDef::new("float").double())
        .col(ColumnDef::new("flag").boolean())
        .col(ColumnDef::new("decimal").custom("decimal_text"))
        .col(ColumnDef::new("moment").date_time())
        .col(ColumnDef::new("doc").json())
        .to_owned()
}

fn literal(text: Option<&str>) -> String {
    text.map_or_else(
        || "NULL".to_owned(),
        |text| format!("'{}'", text.replace('\'', "''")),
    )
}

/// Limits that allow for every group that is asked.
fn limits() -> Limits {
    Limits::default().filters(60)
}

fn things() -> ViewSet {
    ViewSet::new(with_computed(Model::from_table("Thing", &table())))
        .groups()
        .regex()
        .limits(limits())
}

/// The row as a database holds it: a server cuts moments after a microsecond, and has decimals as numbers.
fn stored(row: &Row, kind: Kind) -> Row {
    if kind == Kind::Sqlite {
        return row.clone();
    }
    Row {
        decimal: row
            .decimal
            .map(|text| if text == "010.0" { "10.0" } else { text }),
        moment: row.moment.map(|moment| match moment {
            (_, 500_000_001) => ("2014-01-01 00:00:00.5", 500_000_000),
            (_, 86_399_999_999_999) => ("2014-01-01 23:59:59.999999", 86_399_999_999_000),
            moment => moment,
        }),
        ..row.clone()
    }
}

async fn fill(db: &Fresh, rows: &[Row]) {
    let mut sql = "DELETE FROM things;".to_owned();
    for row in rows {
        let plain = |text: Option<String>| text.unwrap_or_else(|| "NULL".to_owned());
        write!(
            sql,
            "INSERT INTO things VALUES ({}, {}, {}, {}, {}, {}, {}, {});",
            row.id,
            plain(row.number.map(|number| number.to_string())),
            literal(row.text),
            plain(row.float.map(|float| format!("{float:e}"))),
            plain(row.flag.map(|flag| flag.to_string())),
            literal(row.decimal),
            literal(row.moment.map(|(text, _)| text)),
            literal(row.doc.map(|doc| doc.text)),
        )
        .expect("text");
    }
    db.execute(&sql).await;
}

fn ids(list: &Value) -> Vec<i64> {
    let rows = list["results"].as_array().expect("results");
    rows.iter()
        .map(|row| row["id"].as_i64().expect("an id"))
        .collect()
}

async fn get(api: &Api, path: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// Every page from `first` on by the given link.
async fn walk(api: &Api, first: &str, link: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let list = get(api, &path).await;
        assert!(pages.len() < 100, "{first} does not end");
        next = list[link].as_str().map(|uri| {
            uri.strip_prefix("http://test")
                .expect("a complete URI")
                .to_owned()
        });
        pages.push(list);
    }
    pages
}

async fn check(db: &Fresh, rows: &[Row], asked: &Asked, size: usize) {
    let rows: Vec<Row> = rows.iter().map(|row| stored(row, db.kind)).collect();
    let rows = &*rows;
    fill(db, rows).await;
    let viewset = things().limit_offset_pages();
    let viewset = viewset.count_choices([Count::Capped(CAP)]);
    let api = viewset.database(&db.db).build().expect("an API");
    let (query, expected) = query_and_oracle(rows, asked);
    let pages: Vec<Vec<i64>> = if expected.is_empty() {
        vec![vec![]]
    } else {
        expected.chunks(size).map(<[i64]>::to_vec).collect()
    };
    let first = format!("/?page_size={size}{query}");
    let walked = |pages: Vec<Value>| pages.iter().map(ids).collect::<Vec<_>>();
    let forwards = walked(walk(&api, &first, "next").await);
    assert_eq!(forwards, pages, "forwards: {first}");
    let mut back = walked(walk(&api, &format!("{first}&page=last"), "previous").await);
    back.reverse();
    assert_eq!(back, pages, "backwards: {first}");
    let last = get(&api, &format!("{first}&page=last")).await;
    assert_eq!(last["count"], expected.len(), "{first}");
    assert_eq!(
        (&last["page"], &last["pages"]),
        (&Value::from(pages.len()), &Value::from(pages.len())),
        "{first}"
    );
    let beyond = ask(&api, &format!("{first}&page={}", pages.len() + 1)).await;
    assert_eq!(beyond.status, 404, "{first}");
    for offset in [0, size - 1, expected.len(), expected.len() + size] {
        check_window(&api, &expected, &query, (offset, size)).await;
    }
}

/// The rows up to which the capped counts of these tests go.
const CAP: u64 = 3;

/// Asks for a window with an exact and with a capped count.
async fn check_window(api: &Api, expected: &[i64], query: &str, (offset, limit): (usize, usize)) {
    let shown: Vec<_> = expected.iter().skip(offset).take(limit).copied().collect();
    let more = offset + limit < expected.len();
    let path = format!("/?limit={limit}&offset={offset}{query}");
    let exact = get(api, &path).await;
    let capped = get(api, &format!("{path}&count=capped")).await;
    for list in [&exact, &capped] {
        assert_eq!(ids(list), shown, "{path}");
        assert_eq!(list["next"].is_string(), more, "{path}");
        assert_eq!(list["previous"].is_string(), offset > 0, "{path}");
    }
    let total = expected.len() as u64;
    assert_eq!(exact["count"], total, "{path}");
    assert_eq!(capped["count"], total.min(CAP), "{path}");
    let is_beyond = capped["count_is"] == "at_least";
    assert_eq!(is_beyond, total > CAP, "{path}");
}

/// The same rows, in no database.
struct Memory(Rows);

impl Memory {
    fn of(rows: &[Row]) -> Self {
        let rows = rows.iter();
        Self(Rows::new(
            14,
            rows.map(|row| cells(row).into_iter().chain(row.computed())),
        ))
    }
}

fn cells(row: &Row) -> [Cell<'static>; 7] {
    let moment = |(text, _): (&str, i64)| {
        let (day, time) = text.split_once(' ').expect("a day and a time");
        let day = Date::parse(day).expect("a day");
        Cell::Timestamp(Timestamp::new(day, Time::parse(time).expect("a time")))
    };
    [
        Cell::Integer(row.id),
        row.number.map_or(Cell::Null, Cell::Integer),
        row.text.map_or(Cell::Null, Cell::Text),
        row.float.map_or(Cell::Null, Cell::Float),
        row.flag.map_or(Cell::Null, Cell::Boolean),
        row.decimal.map_or(Cell::Null, Cell::Decimal),
        row.moment.map_or(Cell::Null, moment),
    ]
}

impl Manager for Memory {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        list.over(base.model(), &self.0)
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        retrieve.over(base.model(), &self.0)
    }

    async fn aggregate(&self, aggregate: Aggregate, base: Base) -> Result<Page> {
        aggregate.over(base.model(), &self.0)
    }
}

/// Asks a database and rows in memory the same, with every page that a list of the rows can have, and more.
async fn compare_with_memory(
    db: &Fresh,
    rows: &[Row],
    query: &str,
    size: usize,
    serve: impl Fn(ViewSet) -> ViewSet,
) {
    let rows: Vec<Row> = rows.iter().map(|row| stored(row, db.kind)).collect();
    let rows = &*rows;
    fill(db, rows).await;
    let things = || {
        let counts = [Count::Exact, Count::Off, Count::Capped(CAP)];
        things()
            .limit_offset_pages()
            .cursor_pages()
            .count_choices(counts)
    };
    let of_database = serve(things()).database(&db.db).build().expect("an API");
    let in_memory = serve(things()).database(&db.db).manager(Memory::of(rows));
    let in_memory = in_memory.build().expect("an API");
    let last = rows.len().div_ceil(size) + 2;
    let numbers = (1..=last).map(|number| number.to_string());
    let pages = numbers.chain(["last", "18446744073709551615"].map(str::to_owned));
    let lists = pages.map(|page| format!("/?page_size={size}&page={page}{query}"));
    let objects = (0..=rows.len() + 1).map(|id| format!("/{id}/"));
    let counts = ["exact", "none", "capped"].into_iter();
    let windows = counts.flat_map(|count| {
        let offsets = [0, size, rows.len(), rows.len() + 5].into_iter();
        offsets.map(move |offset| format!("/?limit={size}&offset={offset}&count={count}{query}"))
    });
    let capped = ["1", "2", "last"]
        .map(|page| format!("/?page_size={size}&page={page}&count=capped{query}"));
    for path in lists.chain(objects).chain(windows).chain(capped) {
        let (expected, found) = (ask(&of_database, &path).await, ask(&in_memory, &path).await);
        assert_eq!(
            (found.status, found.body),
            (expected.status, expected.body),
            "{path}"
        );
    }
    let path = format!("/?page_size={size}&cursor={query}");
    let walks = (
        by_cursor(&of_database, &path).await,
        by_cursor(&in_memory, &path).await,
    );
    assert_eq!(walks.0, walks.1, "{path}");
}

/// The rows of the pages by cursor from a path on, there and back.
async fn by_cursor(api: &Api, path: &str) -> Vec<Value> {
    let (mut pages, last) = followed(api, path.to_owned(), "next").await;
    pages.extend(followed(api, last, "previous").await.0);
    pages
}

async fn database(kind: Kind) -> Fresh {
    let db = kind.fresh().await;
    db.create(&table()).await;
    db
}

/// A server, where each case takes longer, has fewer.
fn config(kind: Kind, cases: u32) -> Config {
    let cases = match (is_long(), kind) {
        (true, _) => cases * 10,
        (false, Kind::Sqlite) => cases,
        (false, Kind::Postgres | Kind::MySql) => cases / 4,
    };
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

#[test]
fn answers_are_those_of_a_filter_a_sort_and_a_slice() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for kind in runtime.block_on(Kind::reachable()) {
        let db = runtime.block_on(database(kind));
        proptest!(config(kind, 500), |(rows in rows(), asked in asked(), size in 1_usize..8)| {
            runtime.block_on(check(&db, &rows, &asked, size));
        });
    }
}

#[test]
fn rows_in_memory_are_answered_as_those_of_a_database() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for kind in runtime.block_on(Kind::reachable()) {
        let db = runtime.block_on(database(kind));
        let asked = (rows(), asked(), 1_usize..8);
        proptest!(config(kind, 300), |((rows, asked, size) in asked, counted in any::<bool>(), deepest in 1_usize..30)| {
            let (query, _) = query_and_oracle(&rows, &asked);
            let serve = |things: ViewSet| {
                let things = things.limits(limits().offset_rows(deepest));
                if counted { things } else { things.count(Count::Off) }
            };
            runtime.block_on(compare_with_memory(&db, &rows, &query, size, serve));
        });
    }
}
