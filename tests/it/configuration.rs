//! Mistakes of the program that describes an API: all at once, each with what would be right.

use expect_test::{Expect, expect};
use http::Method;
use sea_query::{ColumnDef, ForeignKey, Index, Table, TableCreateStatement};
use serde_json::json;
use tower_rest::{
    Condition, Count, Database, Forwarded, Limits, Lookup, Model, Router, Schema, ViewSet,
    testing::Client,
};

fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("doc").json())
        .col(ColumnDef::new("owner_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "owner_id"),
        )
        .to_owned()
}

fn owners() -> TableCreateStatement {
    Table::create()
        .table("owners")
        .col(ColumnDef::new("owner_id").integer().primary_key())
        .to_owned()
}

async fn database() -> Database {
    Database::in_memory().await.expect("a database")
}

fn check(router: Router, expected: &Expect) {
    let error = router.build().expect_err("mistakes");
    expected.assert_eq(&error.mistakes().join("\n"));
}

#[tokio::test]
async fn every_mistake_is_reported_at_once() {
    let db = database().await;
    let cars = ViewSet::new(
        Model::from_table("Car", &cars()).column("colour", tower_rest::Column::hidden),
    )
    .database(&db)
    .page_size(0)
    .filters(["make", "yaer"])
    .lookups("make", [Lookup::Exact, Lookup::Year])
    .orderings(["doc"])
    .default_ordering(["-nothing"])
    .search(["owner_id"])
    .id_member("make")
    .limits(Limits::default().items(0));
    let nowhere = ViewSet::new(Model::from_table("Owner", &owners()));
    let router = Router::new()
        .register("cars", cars)
        .register("own ers", nowhere.clone())
        .register("cars", nowhere)
        .origin("api.example.com")
        .scheme("ftp")
        .mount("api")
        .allowed_hosts(["a b"]);
    check(
        router,
        &expect![[r#"
            the origin `api.example.com` is not a scheme and a host, such as `https://api.example.com`
            the scheme `ftp` is neither `http` nor `https`
            the mount `api` is not a path such as `/api`
            the allowed host `a b` is not of the form `name` or `name:port`
            Car: `.column(…)` names `colour`, but the table `cars` has only the columns car_id, make, doc, owner_id
            Owner: say where its rows are, with `.database(…)`
            the path `own ers` is not one segment of letters, digits, `-`, `.`, `_` and `~`
            two viewsets are registered at `cars`
            Car: the page size is 0, but must be from 1 to the maximum of 1000
            Car: the limit `items` is 0, but must be from 1 to 500
            Car: the `id_member` has the name of the column `make`, which is not the key in URLs
            Car: `.filters(…)` names `yaer`, which is no visible column
            Car: `.lookups(…)`: `make` has no lookup `year`
            Car: `.orderings(…)`: `doc` is of type json, which has no order
            Car: `.search(…)`: `owner_id` is of type integer, but only text is searched
            Car: `.default_ordering(…)`: cars has no field `nothing`"#]],
    );
}

#[tokio::test]
async fn a_key_must_be_of_columns_that_a_url_can_name() {
    let db = database().await;
    let build = |table: TableCreateStatement| {
        Router::new().register(
            "things",
            ViewSet::new(Model::from_table("Thing", &table)).database(&db),
        )
    };
    let table = || {
        Table::create()
            .table("things")
            .col(ColumnDef::new("a").integer())
            .col(ColumnDef::new("b").double())
            .to_owned()
    };
    check(
        build(table()),
        &expect![
            "KeyNotFound: Thing needs a key: the definition of `things` declares no primary key, and no `.pk_field(…)` names one"
        ],
    );
    check(
        build(
            table()
                .primary_key(Index::create().col("a").col("b"))
                .to_owned(),
        ),
        &expect![
            "Thing: the key column `b` is of type float, whose values no URL can name exactly"
        ],
    );
    check(
        build(table().primary_key(Index::create().col("b")).to_owned()),
        &expect![
            "Thing: the key column `b` is of type float, whose values no URL can name exactly"
        ],
    );
    check(
        build(Table::create().clone()),
        &expect![[r#"
        Thing: the definition names no table
        Thing: the definition of `` has no column
        KeyNotFound: Thing needs a key: the definition of `` declares no primary key, and no `.pk_field(…)` names one"#]],
    );
    let hidden = Model::from_table("Thing", &table())
        .pk_field("a")
        .column("a", tower_rest::Column::hidden);
    check(
        Router::new().register("things", ViewSet::new(hidden).database(&db)),
        &expect!["Thing: the key column `a` cannot be hidden or write-only: every link shows it"],
    );
}

#[tokio::test]
async fn a_key_of_several_columns_may_be_replaced_by_a_unique_one() {
    let db = database().await;
    let mut table = cars();
    table.primary_key(Index::create().col("car_id").col("make"));
    let model = Model::from_table("Car", &table).pk_field("car_id");
    assert!(ViewSet::new(model).database(&db).build().is_ok());
}

#[tokio::test]
async fn a_column_that_sqlite_cannot_hold_or_a_url_name_is_refused() {
    let db = database().await;
    let table = Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("price").decimal_len(10, 2))
        .col(ColumnDef::new("a,b").string())
        .col(ColumnDef::new("-x").string())
        .col(ColumnDef::new("href").string())
        .to_owned();
    let model = Model::from_table("Thing", &table);
    check(
        Router::new().register("things", ViewSet::new(model.clone()).database(&db)),
        &expect![[r#"
            Thing: no URL can name the column `a,b` without ambiguity; give it another with `.column(…, |column| column.rename(…))`
            Thing: no URL can name the column `-x` without ambiguity; give it another with `.column(…, |column| column.rename(…))`
            Thing: the column `href` has the name of an object's own link; give it another with `.column(…, |column| column.rename(…))`
            Thing: the column `price` of `things` is a decimal, which SQLite would keep as a float and round: declare it as text, `.custom("decimal_text")`, to be compared as a number"#]],
    );
    let mended = model
        .column("price", tower_rest::Column::hidden)
        .column("a,b", |column| column.rename("a_b"))
        .column("-x", |column| column.rename("x"))
        .column("href", |column| column.rename("a_b"));
    check(
        Router::new().register("things", ViewSet::new(mended).database(&db)),
        &expect![
            "Thing: two columns are named `a_b`; give it another with `.column(…, |column| column.rename(…))`"
        ],
    );
}

#[tokio::test]
async fn a_relation_whose_name_is_taken_asks_for_another() {
    let db = database().await;
    let mut table = cars();
    table.col(ColumnDef::new("owner").string());
    let model = || Model::from_table("Car", &table);
    let router = |model| {
        let owners = ViewSet::new(Model::from_table("Owner", &owners())).database(&db);
        Router::new()
            .register("cars", ViewSet::new(model).database(&db))
            .register("owners", owners)
    };
    check(
        router(model()),
        &expect![[
            r#"Car: the relation by `owner_id` would be named `owner`, which is taken; name it with `.relation("…", "owner_id", …)`"#
        ]],
    );
    assert!(
        router(model().relation("owned_by", "owner_id", "owners"))
            .build()
            .is_ok()
    );
    // Without a place for owners there is no relation, and so no clash.
    assert!(ViewSet::new(model()).database(&db).build().is_ok());
}

#[tokio::test]
async fn forwarded_headers_are_trusted_only_for_known_hosts() {
    let db = database().await;
    let router = || {
        Router::new().register(
            "owners",
            ViewSet::new(Model::from_table("Owner", &owners())).database(&db),
        )
    };
    check(
        router().trust_forwarded(Forwarded::Rfc7239),
        &expect![
            "`.trust_forwarded(…)` needs `.allowed_hosts(…)`: anybody can send a forwarded host"
        ],
    );
    check(
        router()
            .origin("https://a.example")
            .allowed_hosts(["b.example"]),
        &expect!["the host of the origin `https://a.example` is not one of the allowed hosts"],
    );
    assert!(
        router()
            .trust_forwarded(Forwarded::Rfc7239)
            .allowed_hosts(["a.example"])
            .build()
            .is_ok()
    );
}

#[tokio::test]
async fn a_page_is_bounded_by_memory() {
    let db = database().await;
    let viewset = ViewSet::new(Model::from_table("Owner", &owners()))
        .database(&db)
        .count(Count::Off);
    check(
        Router::new().register("owners", viewset.max_page_size(1_000_000)),
        &expect![
            "Owner: the maximum page size is 1000000, but a page is held in memory, so at most 100000"
        ],
    );
}

#[tokio::test]
async fn a_list_has_pages_and_a_cap_counts_rows() {
    let db = database().await;
    let owners = |name: &str| ViewSet::new(Model::from_table(name, &owners())).database(&db);
    let router = Router::new()
        .register("a", owners("A").without_numbered_pages())
        .register("b", owners("B").count(Count::Capped(0)))
        .register("c", owners("C").count_choices([Count::Capped(u64::MAX)]));
    check(
        router,
        &expect![[r#"
            A: without numbered pages, a list needs `limit_offset_pages` or `cursor_pages`
            B: rows are counted up to 0, but the cap must be from 1 to 1000000000
            C: rows are counted up to 18446744073709551615, but the cap must be from 1 to 1000000000"#]],
    );
}

#[tokio::test]
async fn rows_are_estimated_by_a_database_that_can_and_where_none_is_hidden() {
    let db = database().await;
    let owners = |name: &str| {
        let owners = ViewSet::new(Model::from_table(name, &owners())).database(&db);
        owners.count_choices([Count::Estimated])
    };
    check(
        Router::new().register("a", owners("A").scope(|_| Ok(Condition::all([])))),
        &expect![[r#"
            A: `Count::Estimated` is offered, but the database has no estimates of how many rows a list has; count up to a cap, by `Count::Capped(…)`
            A: `Count::Estimated` is offered, but estimates are made from statistics of all rows, and a request may see only some of a; count up to a cap, by `Count::Capped(…)`"#]],
    );
}

#[tokio::test]
async fn an_id_member_that_names_the_key_changes_nothing() {
    let db = database().await;
    let described = async |viewset: ViewSet| {
        let api = viewset.build().expect("an API");
        Client::new(api).ask(Method::OPTIONS, "/").await.text()
    };
    let viewset = || ViewSet::new(Model::from_table("Owner", &owners())).database(&db);
    let expected = described(viewset()).await;
    assert_eq!(described(viewset().id_member("owner_id")).await, expected);
    assert_ne!(described(viewset().id_member("id")).await, expected);
}

#[tokio::test]
async fn every_key_may_be_shown_under_one_name_and_every_list_have_windows() {
    let db = database().await;
    let script = "CREATE TABLE owners (id INTEGER PRIMARY KEY); CREATE TABLE cars (car_id INTEGER PRIMARY KEY, owner_id INTEGER \
        REFERENCES owners (id)); CREATE VIEW names AS SELECT 'Ann' AS name; INSERT INTO owners VALUES (7); INSERT INTO cars VALUES (3, 7)";
    db.execute_script(script).await.expect("tables");
    let schema = Schema::reflect(&db).await.expect("a schema");
    let api = Router::of(schema)
        .configure("cars", |cars| cars.id_member("key"))
        .id_member("id")
        .limit_offset_pages();
    let client = Client::new(api.build().expect("an API"));
    for (path, name, value) in [
        ("/owners/?limit=1&id=7", "id", json!(7)),
        ("/cars/?limit=1&key=3", "key", json!(3)),
        ("/owners/7/cars/?limit=1&ordering=-key", "key", json!(3)),
        ("/names/?limit=1", "name", json!("Ann")),
    ] {
        let list = client.get(path).await.json();
        assert_eq!(list["results"][0][name], value, "{path}: {list}");
        assert_eq!(list["limit"], 1);
    }
}
