//! Regular expressions: the same rows on every database as by the crate `regex`, and what ends a search that takes too long.

use sea_query::{ColumnDef, Table, TableCreateStatement};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tower_rest::{Api, Database, Lookup, Model, ViewSet};

use crate::{
    databases::Kind,
    random::{Random, is_long, seed},
    server::ask,
    sweep::encoded,
};

const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "ab",
    "aab",
    "aB",
    "a\nb",
    "a\n",
    "red car",
    "scared",
    "car_1",
    "é",
    "É",
    "ß",
    "ſ",
    "K",
    "1.5",
    "[x]",
    "a-b",
    "\\",
    "^",
    "$",
    "\t",
    " ",
    "🚗",
    "<b>",
    "a#b",
    "\u{212a}",
    "_",
    "a&&b",
    "{1}",
    "(a)",
    "a|b",
    "***",
    "~!@%/;:'\"`=,?+.",
    "\u{a0}",
    "日本",
    "\u{fffd}",
    "0",
];

fn table() -> TableCreateStatement {
    let mut id = ColumnDef::new("id").integer().primary_key().to_owned();
    let table = Table::create().table("things").col(&mut id).to_owned();
    table.clone().col(ColumnDef::new("text").text()).to_owned()
}

fn viewset(db: &Database) -> ViewSet {
    ViewSet::new(Model::from_table("Thing", &table()))
        .database(db)
        .regex()
        .max_page_size(1000)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns the ids of the rows that a filter selects.
async fn selected(api: &Api, name: &str, pattern: &str) -> Vec<i64> {
    let found = found(api, name, pattern).await;
    found.unwrap_or_else(|| panic!("the database gives up {name}={pattern}"))
}

/// Returns the ids of the rows that a filter selects; `None` if the database gives the search up.
async fn found(api: &Api, name: &str, pattern: &str) -> Option<Vec<i64>> {
    let path = format!("/?page_size=1000&fields=id&{name}={}", encoded(pattern));
    let answer = ask(api, &path).await;
    if answer.status == 503 && answer.json()["code"] == "timeout" {
        return None;
    }
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let rows = answer.json()["results"].as_array().expect("rows").clone();
    let ids = rows.iter().map(|row| row["id"].as_i64().expect("an id"));
    Some(ids.collect())
}

/// A random pattern, as the API reads it and as the crate `regex` does: with the classes of ASCII.
fn pattern(random: &mut Random, depth: usize) -> (String, String) {
    const ATOMS: &[(&str, &str)] = &[
        ("a", "a"),
        ("b", "b"),
        ("A", "A"),
        ("c", "c"),
        (".", "[^\\n]"),
        ("\\w", "[0-9A-Z_a-z]"),
        ("\\d", "[0-9]"),
        ("\\s", "[ \\t-\\r]"),
        ("\\W", "[^0-9A-Z_a-z]"),
        ("\\S", "[^ \\t-\\r]"),
        ("[^a]", "[^a]"),
        ("[a-c]", "[a-c]"),
        ("[é🚗]", "[é🚗]"),
        ("é", "é"),
        ("k", "k"),
        ("s", "s"),
        ("\\[", "\\["),
        ("[\\]\\-^]", "[\\]\\-^]"),
        ("\\*", "\\*"),
        ("[^\\s\\d]", "[^ \\t-\\r0-9]"),
        ("\\n", "\\n"),
        ("\\\\", "\\\\"),
        (" ", " "),
        ("^", "^"),
        ("$", "$"),
        ("\\b", "(?-u:\\b)"),
        ("\\B", "(?-u:\\B)"),
        ("[[:alpha:]]", "[[:alpha:]]"),
        ("r", "r"),
        ("_", "_"),
        ("#", "#"),
        ("<", "<"),
        ("'", "'"),
        ("[\\w.]", "[0-9A-Z_a-z.]"),
        ("日", "日"),
        ("[!-~]", "[!-~]"),
    ];
    const COUNTS: &[&str] = &["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "*?", "+?"];
    if depth == 0 || random.below(3) == 0 {
        let &(ours, theirs) = random.of(ATOMS);
        return (ours.to_owned(), theirs.to_owned());
    }
    let (one, other) = (pattern(random, depth - 1), pattern(random, depth - 1));
    match random.below(5) {
        0 => (
            format!("({}|{})", one.0, other.0),
            format!("({}|{})", one.1, other.1),
        ),
        1 => {
            let count = random.of(COUNTS);
            (
                format!("(?:{}){count}", one.0),
                format!("(?:{}){count}", one.1),
            )
        }
        _ => (one.0 + &other.0, one.1 + &other.1),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_patterns_select_the_same_rows_on_every_database() {
    let times = if is_long() { 5_000 } else { 300 };
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.create(&table()).await;
        // A connection of the test's takes backslashes for escapes on MySQL.
        let rows = (1..).zip(TEXTS).map(|(id, text)| {
            let text = literal(text);
            let text = if kind == Kind::MySql {
                text.replace('\\', "\\\\")
            } else {
                text
            };
            format!("({id}, {text})")
        });
        let rows: Vec<_> = rows.collect();
        fresh
            .execute(&format!(
                "INSERT INTO things VALUES {}, (1000, NULL)",
                rows.join(", ")
            ))
            .await;
        let api = viewset(&fresh.db).build().expect("an API");
        let seed = seed();
        let mut random = Random::new(seed);
        // MariaDB and PostgreSQL try out stars inside stars for too long.
        let mut given_up = 0;
        for _ in 0..times {
            let (ours, theirs) = pattern(&mut random, 4);
            for (name, ignores) in [("text__regex", false), ("text__iregex", true)] {
                let regex = regex::RegexBuilder::new(&theirs)
                    .case_insensitive(ignores)
                    .build();
                let regex = regex.unwrap_or_else(|error| panic!("{theirs}: {error}"));
                let rows = (1..).zip(TEXTS).filter(|(_, text)| regex.is_match(text));
                let expected: Vec<i64> = rows.map(|(id, _)| id).collect();
                let rows = (1..).zip(TEXTS).filter(|(_, text)| !regex.is_match(text));
                let others: Vec<i64> = rows.map(|(id, _)| id).chain([1000]).collect();
                let negated = format!("{name}!");
                for (name, expected) in [(name, expected), (&*negated, others)] {
                    match found(&api, name, &ours).await {
                        Some(ids) => assert_eq!(ids, expected, "{kind} {name}={ours} {seed}"),
                        None => given_up += 1,
                    }
                }
            }
        }
        let most = times / 20;
        assert!(given_up <= most, "{kind} {seed}: {given_up} are given up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_a_database_gives_up_is_never_taken_for_no_match() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.create(&table()).await;
        let (few, many) = ("a".repeat(40), "a".repeat(3000));
        fresh
            .execute(&format!(
                "INSERT INTO things VALUES (1, '{few}b'), (2, '{many}'), (3, '{many}b')"
            ))
            .await;
        let api = viewset(&fresh.db).export().build().expect("an API");
        let cases: &[(&str, &str, &[i64])] = &[
            ("text__regex", "^(a+)+$", &[2]),
            ("text__regex!", "^(a+)+$", &[1, 3]),
            ("text__regex", "^(a|aa)+$", &[2]),
            ("text__iregex", "(a*)*c", &[]),
            ("text__regex", "(x+x+)+y", &[]),
            ("text__regex", "a*a*a*a*a*c", &[]),
        ];
        for (name, pattern, ids) in cases {
            let path = format!("/?fields=id&{name}={}", encoded(pattern));
            let answer = ask(&api, &path).await;
            if answer.status == 503 {
                assert_eq!(kind, Kind::MySql, "{path}: {}", answer.body);
                assert_eq!(answer.json()["code"], "timeout", "{path}");
                let whole = ask(&api, &format!("{path}&page=all&format=ndjson")).await;
                assert_eq!(whole.json()["code"], "timeout", "{path}: {}", whole.body);
                continue;
            }
            assert_eq!(selected(&api, name, pattern).await, *ids, "{kind} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_the_program_needs_the_function() {
    let open = || SqliteConnectOptions::new().in_memory(true);
    let one = || {
        SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let pool = one().connect_with(open()).await.expect("a pool");
    let db = Database::from_sqlite_pool(pool).await.expect("a database");
    let error = viewset(&db).build().expect_err("no function");
    assert!(
        error.to_string().contains("`Database::with_regex`"),
        "{error}"
    );
    let without = ViewSet::new(Model::from_table("Thing", &table())).database(&db);
    assert!(without.build().is_ok());

    let pool = one().after_connect(|connection, _| Box::pin(Database::with_regex(connection)));
    let pool = pool.connect_with(open()).await.expect("a pool");
    let db = Database::from_sqlite_pool(pool).await.expect("a database");
    let model = Model::from_table("Thing", &table());
    db.execute_script(&db.create_table(&model))
        .await
        .expect("a table");
    db.execute_script("INSERT INTO things VALUES (1, 'ab'), (2, 'b'), (3, x'6162'), (4, NULL)")
        .await
        .expect("rows");
    let api = viewset(&db).build().expect("an API");
    assert_eq!(selected(&api, "text__regex", "^a").await, [1]);
    assert_eq!(selected(&api, "text__regex!", "^a").await, [2, 3, 4]);
}

#[tokio::test]
async fn lookups_that_name_a_pattern_need_the_opt_in() {
    let db = Database::in_memory().await.expect("a database");
    let things = ViewSet::new(Model::from_table("Thing", &table()))
        .database(&db)
        .lookups("text", [Lookup::Regex]);
    let error = things.clone().build().expect_err("not offered");
    assert!(
        error
            .to_string()
            .contains("regular expressions need `.regex()`"),
        "{error}"
    );
    assert!(things.regex().build().is_ok());
}
