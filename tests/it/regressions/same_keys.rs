//! Keys that differ in case, padding or scale, and are one to the database.

use sea_query::{ColumnDef, Table};
use serde_json::{Value, json};
use tower_rest::{Api, Model, Router, Schema, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask},
    together::is_the_same_together,
};

/// A type of texts that ignores case where it is a key, of each database.
fn loose(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Sqlite => ("", "VARCHAR(20) COLLATE NOCASE"),
        Kind::Postgres => (
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);",
            "VARCHAR(20) COLLATE loose",
        ),
        Kind::MySql => (
            "",
            "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        ),
    }
}

/// Countries by a key that ignores case, and what refers to them in other letters.
async fn world(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    let (before, ty) = loose(kind);
    // SQLite lets the child have a collation of its own.
    let child = match kind {
        Kind::Sqlite => "VARCHAR(20)",
        Kind::Postgres | Kind::MySql => ty,
    };
    let sql = format!(
        "{before}
         CREATE TABLE countries (code {ty} NOT NULL PRIMARY KEY, name VARCHAR(20), near {child}, FOREIGN KEY (near) REFERENCES countries (code));
         CREATE TABLE cities (id INTEGER PRIMARY KEY, country {child}, FOREIGN KEY (country) REFERENCES countries (code));
         CREATE INDEX by_country ON cities (country);
         CREATE TABLE streets (id INTEGER PRIMARY KEY, city_id INTEGER, FOREIGN KEY (city_id) REFERENCES cities (id));
         CREATE TABLE tags (tag {ty} NOT NULL PRIMARY KEY);
         CREATE TABLE country_tags (country {child} NOT NULL, tag {child} NOT NULL, PRIMARY KEY (country, tag),
            FOREIGN KEY (country) REFERENCES countries (code), FOREIGN KEY (tag) REFERENCES tags (tag));
         INSERT INTO countries VALUES ('DE', 'Germany', NULL);
         INSERT INTO countries VALUES ('fr', 'France', 'de');
         INSERT INTO countries VALUES ('it', 'Italy', 'FR');
         INSERT INTO cities VALUES (1, 'DE'), (2, 'de'), (3, 'De'), (4, 'FR'), (5, NULL);
         INSERT INTO streets VALUES (1, 2), (2, 4);
         INSERT INTO tags VALUES ('big'), ('Old');
         INSERT INTO country_tags VALUES ('de', 'BIG'), ('DE', 'old'), ('Fr', 'big')"
    );
    fresh.execute(&sql).await;
    fresh
}

async fn served(fresh: &Fresh) -> Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    Router::of(schema).build().expect("an API")
}

async fn ok(api: &Api, path: &str) -> Value {
    let answer: Answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

fn ids(list: &Value) -> Vec<i64> {
    let rows = list["results"].as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_i64().expect("a key")).collect()
}

/// The relation of a city to its country.
async fn to_country(api: &Api) -> String {
    let city = ok(api, "/cities/1/").await;
    let mut members = city.as_object().expect("an object").iter();
    let leads = |value: &Value| {
        let link = value.as_str();
        link.is_some_and(|text| text.contains("/countries/"))
    };
    let found = members.find(|(_, value)| leads(value));
    found.expect("a relation").0.clone()
}

#[tokio::test]
async fn r280_a_url_names_a_row_as_the_key_of_the_database_does() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let api = served(&fresh).await;
        for key in ["DE", "de", "De"] {
            let row = ok(&api, &format!("/countries/{key}/")).await;
            assert_eq!(row["href"], "http://test/countries/DE/", "{kind} {key}");
        }
        assert_eq!(ask(&api, "/countries/d/").await.status, 404, "{kind}");
        // A filter on a column stays exact.
        assert_eq!(ok(&api, "/countries/?code=de").await["count"], 0, "{kind}");
        assert_eq!(ok(&api, "/cities/?country=de").await["count"], 1, "{kind}");
    }
}

#[tokio::test]
async fn r281_what_refers_in_other_letters_is_embedded_and_linked() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let api = served(&fresh).await;
        let relation = to_country(&api).await;
        let list = ok(&api, &format!("/cities/?expand={relation}&ordering=id")).await;
        let names: Vec<_> = list["results"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row[&relation]["name"].clone())
            .collect();
        let expected = json!(["Germany", "Germany", "Germany", "France", null]);
        assert_eq!(Value::from(names), expected, "{kind}");
        for id in 1..=4 {
            let city = ok(&api, &format!("/cities/{id}/")).await;
            let link = city[&relation].as_str().expect("a link");
            let path = link.strip_prefix("http://test").expect("a link");
            ok(&api, path).await;
        }
    }
}

#[tokio::test]
async fn r282_lists_under_an_object_hold_what_the_database_says_refers_to_it() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let api = served(&fresh).await;
        for key in ["DE", "de"] {
            let list = ok(&api, &format!("/countries/{key}/cities/?ordering=id")).await;
            assert_eq!(ids(&list), [1, 2, 3], "{kind} {key}");
            let city = ok(&api, &format!("/countries/{key}/cities/2/")).await;
            assert_eq!(city["id"], 2, "{kind}");
            let other = ask(&api, &format!("/countries/{key}/cities/4/")).await;
            assert_eq!(other.status, 404, "{kind}");
        }
        let row = ok(&api, "/countries/de/?expand=cities").await;
        assert_eq!(ids(&row["cities"]), [1, 2, 3], "{kind}");
        let row = ok(&api, "/countries/DE/").await;
        assert_eq!(row["cities"].as_array().map(Vec::len), Some(3), "{kind}");
        let list = ok(&api, "/countries/?expand=cities&ordering=name").await;
        let of = |name: &str| {
            let rows = list["results"].as_array().expect("rows").iter();
            let row = rows.into_iter().find(|row| row["name"] == name);
            ids(&row.expect("a row")["cities"])
        };
        assert_eq!(
            (of("Germany"), of("France"), of("Italy")),
            (vec![1, 2, 3], vec![4], vec![]),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn r283_junctions_pair_rows_by_the_databases_keys_each_once() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let api = served(&fresh).await;
        let list = ok(&api, "/countries/?expand=tags&ordering=name").await;
        let rows = list["results"].as_array().expect("rows").iter();
        let tags: Vec<Vec<_>> = rows
            .map(|row| {
                let tags = row["tags"]["results"].as_array().expect("tags").iter();
                let mut tags: Vec<_> = tags.map(|tag| tag["tag"].to_string()).collect();
                tags.sort();
                tags
            })
            .collect();
        assert_eq!(
            tags,
            [
                vec!["\"big\""],
                vec!["\"Old\"", "\"big\""],
                Vec::<&str>::new()
            ],
            "{kind}"
        );
        let under = ok(&api, "/countries/de/tags/").await;
        assert_eq!(under["count"], 2, "{kind}");
        let back = ok(&api, "/tags/BIG/?expand=countries").await;
        assert_eq!(
            back["countries"]["results"].as_array().map(Vec::len),
            Some(2),
            "{kind}"
        );
        if kind == Kind::Sqlite {
            // Only where the junction tells letters apart, it can hold a pair in two ways.
            fresh
                .execute("INSERT INTO country_tags VALUES ('De', 'Big')")
                .await;
            let row = ok(&api, "/countries/DE/?expand=tags").await;
            assert_eq!(
                row["tags"]["results"].as_array().map(Vec::len),
                Some(2),
                "{kind}"
            );
        }
    }
}

#[tokio::test]
async fn r284_conditions_on_related_rows_go_by_the_databases_keys_and_negate_exactly() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let api = served(&fresh).await;
        let count = async |path: &str| {
            let list = ok(&api, path).await;
            list["count"].as_i64().expect("a count")
        };
        let to_one = to_country(&api).await;
        for (path, expected) in [
            (format!("/cities/?{to_one}__name=Germany"), 3),
            (format!("/cities/?{to_one}__name!=Germany"), 2),
            ("/countries/?cities__isnull=false".to_owned(), 2),
            ("/countries/?cities__isnull=true".to_owned(), 1),
            ("/countries/?cities__id=2".to_owned(), 1),
            ("/countries/?cities__id!=2".to_owned(), 2),
            ("/countries/?tags__tag=big".to_owned(), 2),
            ("/countries/?tags__tag!=big".to_owned(), 1),
            (format!("/cities/?ordering={to_one}__name"), 5),
        ] {
            assert_eq!(count(&path).await, expected, "{kind} {path}");
        }
    }
}

/// What a kind of database has for keys that differ in more than their case: the columns' type, a key as it is stored, in
/// two other ways, and one that is no key.
fn others(kind: Kind) -> Vec<(&'static str, &'static str, [&'static str; 2], &'static str)> {
    match kind {
        Kind::Sqlite => vec![("TEXT COLLATE RTRIM", "a", ["a ", "a  "], "A")],
        Kind::Postgres => vec![
            ("NUMERIC", "1.0", ["1.00", "1"], "1.01"),
            ("CHAR(3)", "a", ["a", "a  "], "A"),
        ],
        Kind::MySql => vec![
            (
                "VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "a",
                ["a ", "a  "],
                "A",
            ),
            (
                "VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_swedish_ci",
                "é",
                ["E", "É "],
                "😀",
            ),
            ("CHAR(9) CHARACTER SET utf8mb4", "a", ["A", "a"], "b"),
        ],
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn r285_padding_accents_and_scale_are_the_databases_to_compare() {
    for kind in Kind::reachable().await {
        for (ty, own, ways, none) in others(kind) {
            let fresh = kind.fresh().await;
            // Where a child of a text has no collation of its own, SQLite compares by the parent's.
            let child = ty.replace(" COLLATE RTRIM", "");
            let [one, two] = ways;
            // SQLite compares a row with itself byte for byte.
            let again = match kind {
                Kind::Sqlite => String::new(),
                Kind::Postgres | Kind::MySql => format!("UPDATE parents SET up = '{two}';"),
            };
            let sql = format!(
                "CREATE TABLE parents (k {ty} NOT NULL PRIMARY KEY, up {child}, FOREIGN KEY (up) REFERENCES parents (k));
                 CREATE TABLE kids (parent {child} NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (parent, id), FOREIGN KEY (parent) REFERENCES parents (k));
                 CREATE TABLE toys (id INTEGER PRIMARY KEY, parent {child}, kid INTEGER, FOREIGN KEY (parent, kid) REFERENCES kids (parent, id));
                 INSERT INTO parents VALUES ('{own}', '{own}');
                 {again}
                 INSERT INTO kids VALUES ('{one}', 1), ('{two}', 2);
                 INSERT INTO toys VALUES (1, '{one}', 1), (2, NULL, 1)"
            );
            fresh.execute(&sql).await;
            let api = served(&fresh).await;
            let canonical = ok(&api, "/parents/").await["results"][0]["href"].clone();
            for way in [own, one, two] {
                let way = encoded(way);
                let row = ok(&api, &format!("/parents/{way}/?expand=kids")).await;
                assert_eq!(row["href"], canonical, "{kind} {ty}");
                assert_eq!(ids(&row["kids"]), [1, 2], "{kind} {ty}");
                let list = ok(&api, &format!("/parents/{way}/kids/")).await;
                assert_eq!(ids(&list), [1, 2], "{kind} {ty}");
                let kid = ok(&api, &format!("/parents/{way}/kids/1/")).await;
                assert_eq!(kid["id"], 1, "{kind} {ty}");
                let toys = ok(&api, &format!("/parents/{way}/kids/1/?expand=toys")).await;
                assert_eq!(ids(&toys["toys"]), [1], "{kind} {ty}");
            }
            let missing = ask(&api, &format!("/parents/{}/", encoded(none))).await;
            assert_eq!(missing.status, 404, "{kind} {ty}: {}", missing.body);
            let toys = ok(&api, "/toys/?expand=kids&ordering=id").await;
            let kids = (
                &toys["results"][0]["kids"]["id"],
                &toys["results"][1]["kids"],
            );
            assert_eq!(kids, (&json!(1), &Value::Null), "{kind} {ty}: {toys}");
        }
    }
}

#[tokio::test]
async fn r286_a_unique_index_of_sqlite_decides_by_its_own_collation() {
    let fresh = Kind::Sqlite.fresh().await;
    fresh
        .execute(
            "CREATE TABLE own (k TEXT COLLATE NOCASE NOT NULL, PRIMARY KEY (k COLLATE BINARY)) WITHOUT ROWID;
             INSERT INTO own VALUES ('a'), ('A');
             CREATE TABLE plain (k TEXT PRIMARY KEY); INSERT INTO plain VALUES ('a'), ('A');
             CREATE TABLE folded (k TEXT NOT NULL, PRIMARY KEY (k COLLATE NOCASE)); INSERT INTO folded VALUES ('a')",
        )
        .await;
    let api = served(&fresh).await;
    for table in ["own", "plain"] {
        for key in ["a", "A"] {
            let row = ok(&api, &format!("/{table}/{key}/")).await;
            assert_eq!(row["k"], key, "{table}");
        }
    }
    assert_eq!(
        ok(&api, "/folded/A/").await["href"],
        "http://test/folded/a/"
    );
}

#[tokio::test]
async fn r287_a_column_that_no_key_of_the_database_holds_is_compared_byte_for_byte() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (before, ty) = loose(kind);
        let sql = format!(
            "{before} CREATE TABLE names (id INTEGER PRIMARY KEY, name {ty}); INSERT INTO names VALUES (1, 'a'), (2, 'A')"
        );
        fresh.execute(&sql).await;
        let table = Table::create()
            .table("names")
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("name").string_len(20).not_null())
            .to_owned();
        let model = Model::from_table("Name", &table).pk_field("name");
        let api = ViewSet::new(model).database(&fresh.db).build();
        let api = api.expect("an API");
        for (key, id) in [("a", 1), ("A", 2)] {
            assert_eq!(ok(&api, &format!("/{key}/")).await["id"], id, "{kind}");
        }
    }
}

#[tokio::test]
async fn r288_declared_models_compare_as_their_tables_do() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let countries = Table::create()
            .table("countries")
            .col(ColumnDef::new("code").string_len(20).primary_key())
            .col(ColumnDef::new("name").string_len(20).unique_key())
            .to_owned();
        let cities = Table::create()
            .table("cities")
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("country").string_len(20))
            .to_owned();
        let country = Model::from_table("Country", &countries).many("cities", "cities", "country");
        let city = Model::from_table("City", &cities).relation("land", "country", "countries");
        let country = ViewSet::new(country)
            .database(&fresh.db)
            .nest("cities", ViewSet::new(city.clone()));
        let api = Router::new()
            .register("countries", country)
            .register("cities", ViewSet::new(city).database(&fresh.db))
            .build()
            .expect("an API");
        let list = ok(&api, "/countries/de/cities/").await;
        assert_eq!(ids(&list), [1, 2, 3], "{kind}");
        let list = ok(&api, "/cities/?expand=land&ordering=id").await;
        assert_eq!(list["results"][2]["land"]["name"], "Germany", "{kind}");
        // A key of plain letters stays one.
        let ordered = ok(&api, "/countries/?expand=cities&ordering=name").await;
        assert_eq!(ids(&ordered["results"][1]["cities"]), [1, 2, 3], "{kind}");
    }
}

#[tokio::test]
async fn r289_a_page_of_a_thousand_keys_is_matched_by_an_index() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (before, ty) = loose(kind);
        let numbers = |from: &str| {
            format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT {from} FROM n"
            )
        };
        let sql = format!(
            "{before}
             CREATE TABLE parents (code {ty} NOT NULL PRIMARY KEY);
             CREATE TABLE kids (id INTEGER PRIMARY KEY, parent {ty}, FOREIGN KEY (parent) REFERENCES parents (code));
             INSERT INTO parents {};
             INSERT INTO kids {};
             CREATE INDEX by_parent ON kids (parent)",
            numbers("CONCAT('key', i)").replace(
                "CONCAT('key', i)",
                if kind == Kind::Sqlite { "'key' || i" } else { "CONCAT('key', i)" }
            ),
            numbers("i, KEY").replace(
                "KEY",
                if kind == Kind::Sqlite { "'KEY' || i" } else { "CONCAT('KEY', i)" }
            ),
        );
        fresh.execute(&sql).await;
        let api = served(&fresh).await;
        for path in [
            "/kids/?expand=parents&page_size=1000",
            "/parents/?expand=kids&page_size=1000",
        ] {
            let started = std::time::Instant::now();
            let list = ok(&api, path).await;
            let rows = list["results"].as_array().expect("rows");
            assert_eq!(rows.len(), 1000, "{kind}");
            let found = rows.iter().filter(|row| match path.starts_with("/kids") {
                true => row["parents"]["code"].is_string(),
                false => row["kids"]["results"].as_array().map(Vec::len) == Some(1),
            });
            assert_eq!(found.count(), 1000, "{kind} {path}");
            assert!(started.elapsed().as_secs() < 5, "{kind} {path}");
        }
    }
}

#[tokio::test]
async fn r290_citext_is_compared_as_citext() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = Kind::Postgres.fresh().await;
    fresh
        .execute(
            "CREATE EXTENSION citext;
             CREATE TABLE countries (code citext PRIMARY KEY, name text);
             CREATE TABLE cities (id int PRIMARY KEY, country citext REFERENCES countries);
             INSERT INTO countries VALUES ('DE', 'Germany'), ('fr', 'France');
             INSERT INTO cities VALUES (1, 'de'), (2, 'FR'), (3, 'De')",
        )
        .await;
    let api = served(&fresh).await;
    let row = ok(&api, "/countries/de/?expand=cities").await;
    assert_eq!(row["href"], "http://test/countries/DE/");
    assert_eq!(ids(&row["cities"]), [1, 3]);
    let list = ok(&api, "/cities/?expand=countries&ordering=id").await;
    let rows = list["results"].as_array().expect("rows").iter();
    let names: Vec<_> = rows.map(|row| row["countries"]["name"].clone()).collect();
    assert_eq!(names, ["Germany", "France", "Germany"]);
}

#[tokio::test]
async fn r291_a_lookup_field_is_compared_as_its_unique_index_does() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (before, ty) = loose(kind);
        let sql = format!(
            "{before} CREATE TABLE names (id INTEGER PRIMARY KEY, name {ty} NOT NULL, UNIQUE (name)); INSERT INTO names VALUES (1, 'Ann'), (2, 'bob')"
        );
        fresh.execute(&sql).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let router = Router::of(schema).configure("names", |names| names.lookup_field("name"));
        let api = router.build().expect("an API");
        let row = ok(&api, "/names/ANN/").await;
        assert_eq!(row["href"], "http://test/names/Ann/", "{kind}");
        assert_eq!(ok(&api, "/names/BOB/").await["id"], 2, "{kind}");
        assert_eq!(ask(&api, "/names/An/").await.status, 404, "{kind}");
    }
}

#[tokio::test]
async fn r292_declared_models_compare_texts_byte_for_byte_but_in_keys() {
    for kind in Kind::reachable().await {
        let mut types = vec![loose(kind)];
        if kind == Kind::Postgres {
            types.push(("CREATE EXTENSION citext;", "citext"));
        }
        for (before, ty) in types {
            let fresh = kind.fresh().await;
            let sql = format!(
                "{before} CREATE TABLE words (word {ty} NOT NULL PRIMARY KEY, note {ty}); \
                 INSERT INTO words VALUES ('DE', 'Note'), ('fr', NULL)"
            );
            fresh.execute(&sql).await;
            let table = Table::create()
                .table("words")
                .col(ColumnDef::new("word").text().not_null().primary_key())
                .col(ColumnDef::new("note").text())
                .to_owned();
            let words = ViewSet::new(Model::from_table("Word", &table)).database(&fresh.db);
            let api = words.build().expect("an API");
            for (query, expected) in [
                ("", 2),
                ("word=DE", 1),
                ("word=de", 0),
                ("note=note", 0),
                ("note=Note", 1),
                ("note!=note", 2),
                ("word__in=de,DE", 1),
                ("word__in=de,FR", 0),
                ("note__in=note", 0),
                ("ordering=-note,word", 2),
                ("word__gte=de", 2),
            ] {
                let list = ok(&api, &format!("/?{query}")).await;
                assert_eq!(list["count"], expected, "{kind} {ty} {query}");
            }
            let row = ok(&api, "/de/").await;
            assert_eq!(
                (&row["href"], &row["note"]),
                (&json!("http://test/DE/"), &json!("Note")),
                "{kind} {ty}"
            );
            // A collation that is not deterministic has no patterns, which only a look at the table tells.
            if !ty.ends_with("COLLATE loose") {
                for (query, expected) in [
                    ("note__contains=ot", 1),
                    ("note__contains=OT", 0),
                    ("word__startswith=D", 1),
                    ("word__startswith=d", 0),
                    ("note__icontains=OT", 1),
                    ("note__iexact=NOTE", 1),
                ] {
                    let list = ok(&api, &format!("/?{query}")).await;
                    assert_eq!(list["count"], expected, "{kind} {ty} {query}");
                }
            }
        }
    }
}

#[tokio::test]
async fn r293_children_whose_keys_the_parent_takes_for_one_have_urls_of_their_own_at_the_top() {
    for kind in Kind::reachable().await {
        // MySQL refuses a foreign key between collations.
        let (before, ty) = match kind {
            Kind::MySql => continue,
            Kind::Sqlite | Kind::Postgres => loose(kind),
        };
        let fresh = kind.fresh().await;
        let sql = format!(
            "{before}
             CREATE TABLE parents (k {ty} NOT NULL PRIMARY KEY);
             CREATE TABLE kids (parent VARCHAR(20) NOT NULL, id INTEGER NOT NULL, word VARCHAR(20), PRIMARY KEY (parent, id),
                FOREIGN KEY (parent) REFERENCES parents (k));
             INSERT INTO parents VALUES ('DE');
             INSERT INTO kids VALUES ('de', 1, 'small'), ('DE', 1, 'large'), ('De', 2, 'mixed')"
        );
        fresh.execute(&sql).await;
        let api = served(&fresh).await;
        for (path, word) in [("de,1", "small"), ("DE,1", "large"), ("De,2", "mixed")] {
            let kid = ok(&api, &format!("/kids/{path}/")).await;
            assert_eq!(kid["word"], word, "{kind} {path}");
            assert_eq!(kid["href"], format!("http://test/kids/{path}/"), "{kind}");
        }
        assert_eq!(ask(&api, "/kids/dE,1/").await.status, 404, "{kind}");
        let list = ok(&api, "/parents/de/kids/?ordering=id,word").await;
        assert_eq!(ids(&list), [1, 1, 2], "{kind}");
        // Under the parent the key of these says no more than the number: the URL names one of them, always the same.
        let first = ok(&api, "/parents/DE/kids/1/").await;
        for _ in 0..3 {
            assert_eq!(ok(&api, "/parents/DE/kids/1/").await, first, "{kind}");
        }
        assert_eq!(
            ok(&api, "/parents/DE/kids/2/").await["word"],
            "mixed",
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r294_objects_in_other_letters_are_the_same_when_they_are_read_together() {
    for kind in [Kind::Postgres, Kind::MySql] {
        if !kind.is_reachable().await {
            continue;
        }
        // Objects that lead nowhere: each is one statement.
        let (before, ty) = loose(kind);
        let fresh = kind.fresh().await;
        let sql = format!(
            "{before} CREATE TABLE words (word {ty} NOT NULL PRIMARY KEY, id INTEGER); \
             INSERT INTO words VALUES ('DE', 1), ('fr', 2), ('It', 3)"
        );
        fresh.execute(&sql).await;
        let paths = [
            "/words/de/",
            "/words/DE/",
            "/words/FR/",
            "/words/none/",
            "/words/dE/",
            "/words/it/",
        ];
        is_the_same_together(&fresh, &paths).await;
        let api = served(&fresh).await;
        for (path, id) in paths.into_iter().zip([1, 1, 2, 0, 1, 3]) {
            let answer = ask(&api, path).await;
            match id {
                0 => assert_eq!(answer.status, 404, "{kind} {path}"),
                id => assert_eq!(answer.json()["id"], id, "{kind} {path}"),
            }
        }
    }
}

#[tokio::test]
async fn r295_lines_hold_what_the_pages_hold_of_keys_in_other_letters() {
    for kind in Kind::reachable().await {
        let fresh = world(kind).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema)
            .configure("countries", ViewSet::export)
            .configure("cities", ViewSet::export)
            .build()
            .expect("an API");
        let relation = to_country(&api).await;
        for (path, whole) in [
            (format!("/cities/?expand={relation}&ordering=id"), false),
            (
                "/countries/?expand=cities,tags&ordering=name".to_owned(),
                false,
            ),
            ("/cities/?ordering=id".to_owned(), true),
            ("/countries/?ordering=name".to_owned(), true),
            ("/countries/de/cities/?ordering=id".to_owned(), true),
            (
                format!("/cities/?{relation}__name=Germany&ordering=id"),
                true,
            ),
            (format!("/cities/?ordering={relation}__name,id"), true),
        ] {
            let page = ok(&api, &path).await;
            let rows = page["results"].as_array().expect("rows").clone();
            assert!(rows.len() > 2, "{kind} {path}: {page}");
            for all in [Some(""), whole.then_some("&page=all")]
                .into_iter()
                .flatten()
            {
                let answer = ask(&api, &format!("{path}&format=ndjson{all}")).await;
                assert_eq!(answer.status, 200, "{kind} {path}: {}", answer.body);
                let lines = answer.body.lines();
                let lines: Vec<Value> = lines
                    .map(|line| serde_json::from_str(line).expect("JSON"))
                    .collect();
                assert_eq!(lines, rows, "{kind} {path}{all}");
            }
        }
    }
}
