//! Mistakes about keys, relations and nesting: `build()` reports each with what would be right.

use expect_test::{Expect, expect};
use sea_query::{ColumnDef, ForeignKey, Index, Table, TableCreateStatement};
use tower_rest::{Column, Database, Keys, Model, Router, ViewSet};

fn owners() -> TableCreateStatement {
    Table::create()
        .table("owners")
        .col(ColumnDef::new("owner_id").integer().primary_key())
        .col(ColumnDef::new("name").string())
        .to_owned()
}

/// Declares cars with two foreign keys to owners.
fn cars() -> TableCreateStatement {
    let key = |column: &'static str| {
        ForeignKey::create()
            .from("cars", column)
            .to("owners", "owner_id")
            .to_owned()
    };
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string())
        .col(ColumnDef::new("weight").double().unique_key())
        .col(ColumnDef::new("owner_id").integer())
        .col(ColumnDef::new("seller_id").integer())
        .foreign_key(&mut key("owner_id"))
        .foreign_key(&mut key("seller_id"))
        .to_owned()
}

/// Declares parts with a key of two columns, one of which is a foreign key to a car.
fn parts() -> TableCreateStatement {
    Table::create()
        .table("parts")
        .col(ColumnDef::new("car_id").integer())
        .col(ColumnDef::new("part_no").integer())
        .primary_key(Index::create().col("car_id").col("part_no"))
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}

/// Declares papers whose key is the key of their car.
fn papers() -> TableCreateStatement {
    Table::create()
        .table("papers")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("number").string().unique_key())
        .foreign_key(
            ForeignKey::create()
                .from("papers", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}

async fn database() -> Database {
    Database::in_memory().await.expect("a database")
}

fn viewset(name: &str, table: &TableCreateStatement, db: &Database) -> ViewSet {
    ViewSet::new(Model::from_table(name, table)).database(db)
}

fn check(router: Router, expected: &Expect) {
    let error = router.build().expect_err("mistakes");
    expected.assert_eq(&error.mistakes().join("\n"));
}

fn register(path: &str, viewset: ViewSet) -> Router {
    Router::new().register(path, viewset)
}

fn check_builds(router: Router) {
    if let Err(error) = router.build() {
        panic!("{error}");
    }
}

fn with_other_keys(viewset: ViewSet) -> ViewSet {
    viewset.other_keys(|_| Ok(Keys::new()))
}

#[tokio::test]
async fn keys_from_requests_must_leave_one_part_to_the_url() {
    let db = database().await;
    // The model has neither a column `piece_id` nor a `pk_field`.
    let pieces = || viewset("Piece", &parts(), &db);
    check(
        register("parts", with_other_keys(pieces())),
        &expect![
            "KeyNotFound: Piece: `.other_keys(…)` does not say which parts of the key (car_id, part_no) it gives, and none is named `piece_id` or by `.pk_field(…)`; say which with `.other_key_columns(…)`"
        ],
    );
    check(
        register(
            "parts",
            with_other_keys(pieces()).other_key_columns(["car_id", "part_no"]),
        ),
        &expect![
            "KeyNotFound: Piece: the request gives every part of the key, so nothing is left to name an object by"
        ],
    );
    check(
        register(
            "parts",
            with_other_keys(pieces()).other_key_columns(["car_no"]),
        ),
        &expect!["Piece: `.other_key_columns(…)` names `car_no`, which is no visible column"],
    );
    check(
        register("parts", pieces().other_key_columns(["car_id"])),
        &expect!["Piece: `.other_key_columns(…)` needs `.other_keys(…)`, which gives their values"],
    );
    check_builds(register(
        "parts",
        with_other_keys(pieces()).other_key_columns(["car_id"]),
    ));
    let chosen = Model::from_table("Piece", &parts()).pk_field("part_no");
    check_builds(register(
        "parts",
        with_other_keys(ViewSet::new(chosen).database(&db)),
    ));
}

#[tokio::test]
async fn keys_from_requests_must_give_a_part() {
    let db = database().await;
    let table = Table::create()
        .table("devices")
        .col(ColumnDef::new("device_id").integer().primary_key())
        .col(ColumnDef::new("tenant").string())
        .to_owned();
    let devices = || with_other_keys(viewset("Device", &table, &db));
    check(
        register("devices", devices()),
        &expect![
            "Device: the URL says the whole key, so `.other_keys(…)` gives no part of it; say which columns it gives with `.other_key_columns(…)`"
        ],
    );
    check_builds(register("devices", devices().other_key_columns("tenant")));
}

#[tokio::test]
async fn the_default_part_in_the_url_is_named_after_the_model() {
    let db = database().await;
    for (name, column) in [
        ("Part", "part_id"),
        ("CarPart", "carpart_id"),
        ("CarPart", "car_part_id"),
    ] {
        let table = Table::create()
            .table("parts")
            .col(ColumnDef::new("tenant").string())
            .col(ColumnDef::new(column).integer())
            .primary_key(Index::create().col("tenant").col(column))
            .to_owned();
        check_builds(register(
            "parts",
            with_other_keys(viewset(name, &table, &db)),
        ));
    }
    // A column of that name counts only if it belongs to the key.
    let mut table = parts();
    table.col(ColumnDef::new("piece_id").integer());
    check(
        register("parts", with_other_keys(viewset("Piece", &table, &db))),
        &expect![
            "KeyNotFound: Piece: `.other_keys(…)` does not say which parts of the key (car_id, part_no) it gives, and none is named `piece_id` or by `.pk_field(…)`; say which with `.other_key_columns(…)`"
        ],
    );
}

#[tokio::test]
async fn a_model_without_a_key_has_none_to_take_parts_of() {
    let db = database().await;
    let table = Table::create()
        .table("things")
        .col(ColumnDef::new("name").string())
        .to_owned();
    check(
        register("things", with_other_keys(viewset("Thing", &table, &db))),
        &expect![
            "KeyNotFound: Thing needs a key: the definition of `things` declares no primary key, and no `.pk_field(…)` names one"
        ],
    );
}

#[tokio::test]
async fn every_part_of_a_key_must_be_visible_and_exact() {
    let db = database().await;
    let table = Table::create()
        .table("things")
        .col(ColumnDef::new("a").integer())
        .col(ColumnDef::new("b").double())
        .primary_key(Index::create().col("a").col("b"))
        .to_owned();
    let model = Model::from_table("Thing", &table).column("a", Column::hidden);
    check(
        register("things", ViewSet::new(model).database(&db)),
        &expect![[r#"
            Thing: the key column `a` cannot be hidden or write-only: every link shows it
            Thing: the key column `b` is of type float, whose values no URL can name exactly"#]],
    );
}

#[tokio::test]
async fn a_parent_may_give_the_whole_key_of_its_child() {
    let db = database().await;
    let nested =
        |papers: ViewSet| register("cars", viewset("Car", &cars(), &db).nest("papers", papers));
    let papers = || viewset("Papers", &papers(), &db);
    check_builds(nested(papers()));
    check_builds(nested(papers().lookup_field("number")));
}

#[tokio::test]
async fn a_lookup_field_is_a_unique_column_that_a_url_can_name() {
    let db = database().await;
    let cars = || viewset("Car", &cars(), &db);
    check(
        register("cars", cars().lookup_field("make")),
        &expect![
            "Car: the lookup field `make` is not unique, so it could name several rows; declare it unique"
        ],
    );
    check(
        register("cars", cars().lookup_field("weight")),
        &expect![
            "Car: the lookup field `weight` is of type float, whose values no URL can name exactly"
        ],
    );
    check(
        register("cars", cars().lookup_field("slug")),
        &expect!["Car: `.lookup_field(…)` names `slug`, which is no visible column"],
    );
    let hidden = Model::from_table("Papers", &papers()).column("number", Column::hidden);
    check(
        register(
            "papers",
            ViewSet::new(hidden).database(&db).lookup_field("number"),
        ),
        &expect!["Papers: `.lookup_field(…)` names `number`, which is no visible column"],
    );
}

#[tokio::test]
async fn several_relations_between_two_models_ask_which_one_nests() {
    let db = database().await;
    let owners = || viewset("Owner", &owners(), &db);
    let cars = || viewset("Car", &cars(), &db);
    check(
        register("owners", owners().nest("cars", cars())),
        &expect![[
            r#"Car is related to Owner in several ways (`owner`, `seller`): say which one nests it, with `.nest_by("cars", "…", …)`"#
        ]],
    );
    check(
        register("owners", owners().nest_by("cars", "buyer", cars())),
        &expect![
            "Car cannot be nested under Owner by `buyer`: the relations between them are `owner`, `seller`"
        ],
    );
    check_builds(register(
        "owners",
        owners().nest_by("cars", "seller", cars()),
    ));
    // A path that is the name of one of the relations chooses it.
    let owner = Model::from_table("Owner", &self::owners())
        .many("sales", "cars", "seller_id")
        .many("purchases", "cars", "owner_id");
    let owners = ViewSet::new(owner).database(&db);
    check_builds(register("owners", owners.clone().nest("sales", cars())));
    check_builds(register("owners", owners.nest_by("sold", "sales", cars())));
}

#[tokio::test]
async fn models_that_are_not_related_cannot_be_nested() {
    let db = database().await;
    let parts = viewset("Part", &parts(), &db);
    let owners = viewset("Owner", &owners(), &db);
    check(
        register("owners", owners.clone().nest("parts", parts.clone())),
        &expect![
            "Part cannot be nested at `parts` under Owner: no relation between their tables is declared; declare one with `.relation(…)` of Part or `.many(…)` of Owner"
        ],
    );
    check(
        register("owners", owners.nest_by("parts", "owner", parts)),
        &expect![
            "Part cannot be nested at `parts` under Owner: no relation between their tables is declared; declare one with `.relation(…)` of Part or `.many(…)` of Owner"
        ],
    );
}

#[tokio::test]
async fn what_is_nested_is_in_the_database_of_its_parent() {
    let (db, other) = (database().await, database().await);
    let parts = |db| viewset("Part", &parts(), db);
    let cars = || viewset("Car", &cars(), &db);
    check(
        register("cars", cars().nest("parts", parts(&other))),
        &expect!["Part cannot be nested at `parts` under Car: its rows are in another database"],
    );
    // A nested viewset without a database uses its parent's.
    let parts = ViewSet::new(Model::from_table("Part", &self::parts()));
    check_builds(register("cars", cars().nest("parts", parts)));
}

#[tokio::test]
async fn nested_paths_are_segments_and_each_is_there_once() {
    let db = database().await;
    let parts = || viewset("Part", &parts(), &db);
    let cars = || viewset("Car", &cars(), &db);
    check(
        register("cars", cars().nest("parts", parts()).nest("parts", parts())),
        &expect!["two viewsets are nested at `parts` under Car"],
    );
    check(
        register("cars", cars().nest("spare parts", parts())),
        &expect![
            "the path `spare parts` is not one segment of letters, digits, `-`, `.`, `_` and `~`"
        ],
    );
    check(
        register("cars", cars().nest("", parts())),
        &expect!["the path `` is not one segment of letters, digits, `-`, `.`, `_` and `~`"],
    );
    // The same path may be used under another model and at the top.
    check_builds(register("cars", cars().nest("parts", parts())).register("parts", parts()));
}

#[tokio::test]
async fn the_columns_of_a_relation_fit_each_other() {
    let db = database().await;
    let owner = |table: &TableCreateStatement| viewset("Owner", table, &db);
    let mut text = Table::create()
        .table("owners")
        .col(ColumnDef::new("owner_id").string().primary_key())
        .to_owned();
    let cars = || {
        Table::create()
            .table("cars")
            .col(ColumnDef::new("car_id").integer().primary_key())
            .col(ColumnDef::new("owner_id").integer())
            .foreign_key(
                ForeignKey::create()
                    .from("cars", "owner_id")
                    .to("owners", "owner_id"),
            )
            .to_owned()
    };
    // The columns are of different types.
    check(
        register("cars", viewset("Car", &cars(), &db)).register("owners", owner(&text)),
        &expect![
            "Car: the relation to Owner compares `owner_id`, of type integer, with `owner_id`, of type text"
        ],
    );
    // The other model has no such column.
    text = Table::create()
        .table("owners")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    check(
        register("cars", viewset("Car", &cars(), &db)).register("owners", owner(&text)),
        &expect![
            "Car: a relation names the column `owner_id` of `owners`, which Owner does not have"
        ],
    );
    // One column cannot refer to a key of two.
    let repair = Table::create()
        .table("repairs")
        .col(ColumnDef::new("repair_id").integer().primary_key())
        .col(ColumnDef::new("part_no").integer())
        .to_owned();
    let repair = Model::from_table("Repair", &repair).relation("part", "part_no", "parts");
    check(
        register("repairs", ViewSet::new(repair).database(&db))
            .register("parts", viewset("Part", &parts(), &db)),
        &expect!["Repair: a relation to Part pairs 1 columns with 2"],
    );
    // Columns are only compared where the other model is served.
    check_builds(register("cars", viewset("Car", &cars(), &db)));
}

#[tokio::test]
async fn declared_relations_name_columns_that_are_there() {
    let db = database().await;
    let car = Model::from_table("Car", &cars())
        .relation("garage", "garage_id", "garages")
        .many("pieces", "parts", "vehicle_id")
        .many_through("friends", "owners", "friendships", ["a", "b"], "c");
    check(
        register("cars", ViewSet::new(car).database(&db))
            .register("parts", viewset("Part", &parts(), &db))
            .register("owners", viewset("Owner", &owners(), &db)),
        &expect![[r#"
            Car: `.relation(…)` names `garage_id`, but the table `cars` has only the columns car_id, make, weight, owner_id, seller_id
            Car: a relation names the column `vehicle_id` of `parts`, which Part does not have
            Car: the relation `friends` names 2 columns for the key of Car, which has 1"#]],
    );
}

#[tokio::test]
async fn two_members_of_one_name_are_told_apart_by_naming_them() {
    let db = database().await;
    let cars = || viewset("Car", &cars(), &db);
    // A to-many relation would have the name of a column.
    let mut table = owners();
    table.col(ColumnDef::new("cars_by_owner").integer());
    check(
        register("owners", viewset("Owner", &table, &db)).register("cars", cars()),
        &expect![[
            r#"Owner: the relation to the rows of `cars` would be named `cars_by_owner`, which is taken; name it with `.many("…", "cars", …)`"#
        ]],
    );
    // Two relations are given the same name.
    let owner = Model::from_table("Owner", &owners())
        .many("cars", "cars", "owner_id")
        .many("cars", "cars", "seller_id");
    check(
        register("owners", ViewSet::new(owner).database(&db)).register("cars", cars()),
        &expect![[
            r#"Owner: the relation to the rows of `cars` would be named `cars`, which is taken; name it with `.many("…", "cars", …)`"#
        ]],
    );
    // A to-one relation is given the name of another.
    let car = Model::from_table("Car", &self::cars()).relation("owner", "seller_id", "owners");
    check(
        register("cars", ViewSet::new(car).database(&db))
            .register("owners", viewset("Owner", &owners(), &db)),
        &expect![[r#"
            Car: the relation by `seller_id` would be named `owner`, which is taken; name it with `.relation("…", "seller_id", …)`
            Owner: the relation to the rows of `cars` would be named `cars_by_owner`, which is taken; name it with `.many("…", "cars", …)`"#]],
    );
    let named = Model::from_table("Owner", &table)
        .many("owned", "cars", "owner_id")
        .many("sold", "cars", "seller_id");
    check_builds(register("owners", ViewSet::new(named).database(&db)).register("cars", cars()));
}

#[tokio::test]
async fn a_relations_name_is_one_that_a_query_can_say() {
    let db = database().await;
    let build = |name: &str| {
        let car = Model::from_table("Car", &cars()).relation(name, "owner_id", "owners");
        register("cars", ViewSet::new(car).database(&db))
            .register("owners", viewset("Owner", &owners(), &db))
    };
    check(
        build("href"),
        &expect![[
            r#"Car: the relation by `owner_id` would be named `href`, which is taken; name it with `.relation("…", "owner_id", …)`"#
        ]],
    );
    check(
        build("a__b"),
        &expect![[r#"
            Car: the relation by `owner_id` would be named `a__b`, which no URL can name without ambiguity; name it with `.relation("…", "owner_id", …)`
            Owner: the relation to the rows of `cars` would be named `cars_by_a__b`, which no URL can name without ambiguity; name it with `.many("…", "cars", …)`"#]],
    );
    check(
        build("a,b"),
        &expect![[r#"
            Car: the relation by `owner_id` would be named `a,b`, which no URL can name without ambiguity; name it with `.relation("…", "owner_id", …)`
            Owner: the relation to the rows of `cars` would be named `cars_by_a,b`, which no URL can name without ambiguity; name it with `.many("…", "cars", …)`"#]],
    );
    check(
        build("make"),
        &expect![[
            r#"Car: the relation by `owner_id` would be named `make`, which is taken; name it with `.relation("…", "owner_id", …)`"#
        ]],
    );
    check_builds(build("keeper"));
}
