//! Links lead back to their rows, whatever the key: random tables whose keys have one to four parts of any type, random
//! rows with every awkward character.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use sea_query::{ColumnDef, ForeignKey, Index, SqliteQueryBuilder, Table, TableCreateStatement};
use serde_json::Value;
use tower_rest::{Api, Database, Model, Router, ViewSet};

use crate::server;

/// What a part of a key holds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Integer,
    Uuid,
    Bytes,
    Date,
}

const KINDS: &[Kind] = &[
    Kind::Text,
    Kind::Integer,
    Kind::Uuid,
    Kind::Bytes,
    Kind::Date,
];

/// Names of the parts.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// What a URL, SQL or JSON could trip on.
const AWKWARD: &[&str] = &[
    ",", "~", "/", "%", ".", "..", "\\", "?", "#", "&", "=", "+", " ", "\"", "'", "ü", "ß", "😀",
    "\u{301}", "A", "a", "-", "_", ":", ";", "@", "!", "$", "(", ")", "*", "[", "]", "%2C", "%00",
    "\n", "\t", "\u{7f}", "\u{202e}", "1",
];

impl Kind {
    fn column(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self {
            Self::Text => column.string(),
            Self::Integer => column.big_integer(),
            Self::Uuid => column.uuid(),
            Self::Bytes => column.blob(),
            Self::Date => column.date(),
        };
        column.not_null().to_owned()
    }

    /// SQL literals of its values.
    fn literals(self) -> BoxedStrategy<String> {
        match self {
            Self::Text => vec(select(AWKWARD), 0..4)
                .prop_map(|pieces| format!("'{}'", pieces.concat().replace('\'', "''")))
                .boxed(),
            Self::Integer => any::<i64>()
                .prop_filter("a literal of its own", |number| *number != i64::MIN)
                .prop_map(|number| number.to_string())
                .boxed(),
            Self::Uuid => any::<u128>()
                .prop_map(|number| {
                    let digits = format!("{number:032x}");
                    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
                    format!("'{}'", parts.join("-"))
                })
                .boxed(),
            Self::Bytes => vec(any::<u8>(), 0..4)
                .prop_map(|bytes| {
                    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    format!("x'{}'", digits.concat())
                })
                .boxed(),
            Self::Date => (0..10_000, 1..13, 1..29)
                .prop_map(|(year, month, day)| format!("'{year:04}-{month:02}-{day:02}'"))
                .boxed(),
        }
    }
}

/// The kinds of a key's parts, and distinct keys as SQL literals.
fn keys() -> impl Strategy<Value = (Vec<Kind>, BTreeSet<Vec<String>>)> {
    vec(select(KINDS), 1..=NAMES.len()).prop_flat_map(|kinds| {
        let parts: Vec<_> = kinds.iter().map(|kind| kind.literals()).collect();
        (Just(kinds), vec(parts, 1..12).prop_map(BTreeSet::from_iter))
    })
}

/// A table with the key, and one whose rows are nested under its rows by the same columns and a number.
fn tables(kinds: &[Kind]) -> [TableCreateStatement; 2] {
    let (mut things, mut notes) = (Table::create(), Table::create());
    let (mut own, mut nested) = (Index::create(), Index::create());
    let mut foreign = ForeignKey::create();
    things.table("things");
    notes.table("notes");
    foreign.from_tbl("notes").to_tbl("things");
    for (name, kind) in NAMES.into_iter().zip(kinds) {
        things.col(kind.column(name));
        notes.col(kind.column(name));
        own.col(name);
        nested.col(name);
        foreign.from_col(name).to_col(name);
    }
    for table in [&mut things, &mut notes] {
        table.col(ColumnDef::new("n").integer().not_null());
    }
    nested.col("n");
    [
        things.primary_key(&mut own).to_owned(),
        notes
            .primary_key(&mut nested)
            .foreign_key(&mut foreign)
            .to_owned(),
    ]
}

async fn api(kinds: &[Kind], keys: &BTreeSet<Vec<String>>) -> Api {
    let db = Database::in_memory().await.expect("a database");
    let [things, notes] = tables(kinds);
    let mut script = String::new();
    for table in [&things, &notes] {
        script += &format!("{};", table.to_string(SqliteQueryBuilder));
    }
    for (number, key) in keys.iter().enumerate() {
        let key = key.join(", ");
        script += &format!("INSERT INTO things VALUES ({key}, {number});");
        script += &format!("INSERT INTO notes VALUES ({key}, {number});");
    }
    db.execute_script(&script).await.expect("rows");
    let notes = ViewSet::new(Model::from_table("Note", &notes));
    let things = ViewSet::new(Model::from_table("Thing", &things)).database(&db);
    let router = Router::new().register("things", things.nest("notes", notes));
    router.build().expect("an API")
}

/// The document at a link, which must be there.
async fn follow(api: &Api, link: &Value) -> Value {
    let link = link.as_str().expect("a link");
    let path = link.strip_prefix("http://test").expect("a complete URI");
    let answer = server::ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

async fn check(kinds: &[Kind], keys: &BTreeSet<Vec<String>>) {
    let api = api(kinds, keys).await;
    let list = follow(&api, &Value::from("http://test/things/?page_size=1000")).await;
    let rows = list["results"].as_array().expect("rows");
    assert_eq!(rows.len(), keys.len());
    for row in rows {
        let mut object = follow(&api, &row["href"]).await;
        let notes = object.as_object_mut().and_then(|row| row.remove("notes"));
        assert_eq!(&object, row);
        let nested = Value::from(format!("{}notes/", row["href"].as_str().expect("a link")));
        let list = follow(&api, &nested).await;
        let notes_there = list["results"].as_array().expect("rows");
        assert_eq!(notes_there.len(), 1, "{list}");
        let note = &notes_there[0];
        assert_eq!(note["n"], row["n"]);
        assert_eq!(note["thing"], row["href"]);
        assert_eq!(follow(&api, &note["href"]).await, *note);
        assert_eq!(notes, Some(Value::from(vec![note["href"].clone()])));
    }
}

#[test]
fn every_link_leads_back_to_its_row() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    proptest!(config, |((kinds, keys) in keys())| {
        runtime.block_on(check(&kinds, &keys));
    });
}
