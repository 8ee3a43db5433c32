//! Walks by cursors through random tables, forwards and backwards, while rows are inserted, changed and deleted: each row
//! that stays is met once, and in the order that a page of the whole list has.

use std::collections::BTreeMap;

use sea_query::{
    ColumnDef, Expr, ExprTrait as _, ForeignKey, Func, Index, Table, TableCreateStatement,
};
use serde_json::Value;
use tower_rest::{Api, Model, Router, Type, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    random::{Random, is_long, seed},
    server::ask,
};

/// A column of the random tables: its name, and texts of SQL that it holds beside null.
struct Holds(&'static str, &'static [&'static str]);

const COLUMNS: [Holds; 7] = [
    Holds("number", &["-3", "0", "1", "1", "2", "9007199254740993"]),
    Holds(
        "text",
        &["''", "'a'", "'A'", "'ab'", "'%'", "'é'", "'zz\"'", "' a'"],
    ),
    Holds(
        "float",
        &[
            "-1.5",
            "0.0",
            "0.1",
            "0.30000000000000004",
            "1e20",
            "1e-300",
        ],
    ),
    Holds("flag", &["TRUE", "FALSE"]),
    Holds("amount", &["'-2'", "'0.50'", "'10.25'", "'9.99'", "'100'"]),
    Holds(
        "moment",
        &[
            "'2014-01-01 00:00:00'",
            "'2014-01-01 00:00:00.5'",
            "'2014-01-01 00:00:00.500001'",
            "'1999-12-31 23:59:59'",
        ],
    ),
    Holds("day", &["'2014-01-01'", "'2014-02-01'", "'1970-01-01'"]),
];

/// The filters that a walk may have, over any of these columns.
const FILTERS: [&str; 8] = [
    "number__gte=0",
    "number!=1",
    "text!=a",
    "flag=true",
    "owner__isnull=false",
    "or=(number=1,day__year=2014)",
    "less!=-1",
    "word__lte=a",
];

/// A table, its rows, and the list that is walked through.
struct Walk {
    random: Random,
    fresh: Fresh,
    api: Api,
    has_two_keys: bool,
    not_null: Vec<bool>,
    /// The identifiers of the rows, and whether each has been there, unchanged, since the walk began.
    rows: BTreeMap<u64, bool>,
    next_id: u64,
    query: String,
}

fn table(not_null: &[bool], has_two_keys: bool) -> TableCreateStatement {
    let mut table = Table::create();
    table.table("things");
    table.col(ColumnDef::new("id").integer().not_null());
    table.col(ColumnDef::new("half").string().not_null());
    let mut key = Index::create();
    key.col("id");
    if has_two_keys {
        key.col("half");
    }
    table.primary_key(&mut key);
    for (Holds(name, _), not_null) in COLUMNS.iter().zip(not_null) {
        let mut column = ColumnDef::new(*name);
        match *name {
            "number" => column.big_integer(),
            "text" => column.string(),
            "float" => column.double(),
            "flag" => column.boolean(),
            "amount" => column.custom("decimal_text"),
            "moment" => column.date_time(),
            _ => column.date(),
        };
        if *not_null {
            column.not_null();
        }
        table.col(column);
    }
    table.col(ColumnDef::new("owner_id").integer());
    let mut owner = ForeignKey::create();
    table.foreign_key(owner.from("things", "owner_id").to("owners", "id"));
    table
}

fn owners() -> TableCreateStatement {
    let mut table = Table::create();
    table.table("owners");
    table.col(ColumnDef::new("id").integer().primary_key());
    table.col(ColumnDef::new("name").string());
    table
}

impl Walk {
    async fn new(kind: Kind, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let fresh = kind.fresh().await;
        let not_null: Vec<bool> = COLUMNS.iter().map(|_| random.one_in(2)).collect();
        let has_two_keys = random.one_in(3);
        let things = table(&not_null, has_two_keys);
        fresh.create(&owners()).await;
        fresh.create(&things).await;
        let owners_are =
            "INSERT INTO owners (id, name) VALUES (1, 'Ann'), (2, NULL), (3, 'Bob'), (4, 'Ann')";
        fresh.execute(owners_are).await;
        let things = Model::from_table("Thing", &things)
            .computed("less", Type::INTEGER, |table| table.column("number").sub(2))
            .computed("word", Type::Text, |table| {
                Func::coalesce([table.column("text"), Expr::val("a")]).into()
            })
            .computed("cost", Type::Decimal, |table| table.column("amount"))
            .computed("last", Type::Date, |table| {
                Func::coalesce([table.column("day"), Expr::val("2014-01-01")]).into()
            });
        let owners = Model::from_table("Owner", &owners());
        let api = Router::new()
            .register("owners", ViewSet::new(owners).database(&fresh.db))
            .register(
                "things",
                ViewSet::new(things)
                    .database(&fresh.db)
                    .groups()
                    .cursor_pages(),
            )
            .build()
            .expect("an API");
        let query = query(&mut random);
        let mut walk = Self {
            random,
            fresh,
            api,
            has_two_keys,
            not_null,
            rows: BTreeMap::new(),
            next_id: 0,
            query,
        };
        for _ in 0..walk.random.below(30) {
            walk.insert().await;
        }
        walk
    }

    /// Inserts a row, whose key is anywhere among those of the others.
    async fn insert(&mut self) {
        self.next_id += 1;
        let id = self.next_id * 7919 % 100_003;
        let values: Vec<_> = (0..COLUMNS.len()).map(|at| self.value(at)).collect();
        let half = *self.random.of(&["x", "y", "é"]);
        let owner = *self.random.of(&["NULL", "1", "2", "3", "4"]);
        let values = values.join(", ");
        let sql = format!("INSERT INTO things VALUES ({id}, '{half}', {values}, {owner})");
        self.fresh.execute(&sql).await;
        self.rows.insert(id, false);
    }

    fn value(&mut self, at: usize) -> &'static str {
        if !self.not_null[at] && self.random.one_in(4) {
            return "NULL";
        }
        let Holds(_, values) = &COLUMNS[at];
        let value: &&str = self.random.of(values);
        value
    }

    /// Inserts, deletes or changes rows, or leaves all as they are.
    async fn disturb(&mut self) {
        for _ in 0..self.random.below(4) {
            let ids: Vec<u64> = self.rows.keys().copied().collect();
            let kind = self.random.below(3);
            if kind == 0 || ids.is_empty() {
                self.insert().await;
                continue;
            }
            let id = *self.random.of(&ids);
            if kind == 1 {
                self.fresh
                    .execute(&format!("DELETE FROM things WHERE id = {id}"))
                    .await;
                self.rows.remove(&id);
                continue;
            }
            let at = usize::try_from(self.random.below(COLUMNS.len() as u64)).expect("few");
            let (name, value) = (COLUMNS[at].0, self.value(at));
            let sql = format!("UPDATE things SET \"{name}\" = {value} WHERE id = {id}");
            self.fresh.execute(&sql).await;
            self.rows.insert(id, false);
        }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = ask(&self.api, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Follows one of the links of each page until there is none; returns the identifiers of each page.
    async fn follow(&mut self, mut path: String, link: &str) -> (Vec<Vec<u64>>, String) {
        let mut pages = Vec::new();
        loop {
            let page = self.get(&path).await;
            let members: Vec<_> = page.as_object().expect("an object").keys().collect();
            assert_eq!(members, ["next", "previous", "results"], "{path}");
            pages.push(ids(&page));
            assert!(pages.len() < 200, "{path}: without an end");
            let Some(next) = page[link].as_str() else {
                return (pages, path);
            };
            path = next.strip_prefix("http://test").expect("a link").to_owned();
            self.disturb().await;
        }
    }

    /// Walks through the list by a link, from a path on, and returns the path of the last page.
    async fn check(&mut self, from: String, link: &str, seed: u64) -> String {
        self.rows.values_mut().for_each(|stayed| *stayed = true);
        let (mut pages, last) = self.follow(from, link).await;
        if link == "previous" {
            pages.reverse();
        }
        let met: Vec<u64> = pages.into_iter().flatten().collect();
        let stayed = |id: &u64| self.rows.get(id) == Some(&true);
        let met: Vec<u64> = met.into_iter().filter(stayed).collect();
        let whole = self
            .get(&format!("/things/?page_size=1000{}", self.query))
            .await;
        let expected: Vec<u64> = ids(&whole).into_iter().filter(stayed).collect();
        let context = || {
            format!(
                "{}, TEST_SEED={seed}: {} by {link}; not null {:?}, two keys {}",
                self.fresh.kind, self.query, self.not_null, self.has_two_keys
            )
        };
        assert_eq!(met, expected, "{}", context());
        last
    }
}

/// The order and the filter of a walk.
fn query(random: &mut Random) -> String {
    let mut names: Vec<String> = COLUMNS
        .iter()
        .map(|Holds(name, _)| (*name).to_owned())
        .collect();
    let others = ["owner__name", "id", "less", "word", "cost", "last"];
    names.extend(others.map(str::to_owned));
    let mut terms: Vec<String> = Vec::new();
    for _ in 0..random.below(4) {
        let name = random.of(&names).clone();
        if terms
            .iter()
            .any(|term| term.trim_start_matches('-') == name)
        {
            continue;
        }
        let sign = if random.one_in(2) { "-" } else { "" };
        terms.push(format!("{sign}{name}"));
    }
    let mut query = String::new();
    if !terms.is_empty() {
        query.push_str(&format!("&ordering={}", terms.join(",")));
    }
    if random.one_in(2) {
        query.push_str(&format!("&{}", random.of(&FILTERS)));
    }
    query
}

fn ids(page: &Value) -> Vec<u64> {
    let rows = page["results"].as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_u64().expect("a number"))
        .collect()
}

#[test]
fn a_walk_meets_every_row_that_stays_once() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let seed = seed();
    for kind in runtime.block_on(Kind::reachable()) {
        let cases = match (is_long(), kind) {
            (true, _) => 500,
            (false, Kind::Sqlite) => 60,
            (false, Kind::Postgres | Kind::MySql) => 15,
        };
        for case in 0..cases {
            runtime.block_on(async {
                let seed = seed.wrapping_add(case);
                let mut walk = Walk::new(kind, seed).await;
                let size = 1 + walk.random.below(6);
                let first = format!("/things/?cursor=&page_size={size}{}", walk.query);
                let last = walk.check(first, "next", seed).await;
                let first = walk.check(last, "previous", seed).await;
                walk.check(first, "next", seed).await;
            });
        }
    }
}
