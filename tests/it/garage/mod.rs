//! A garage: tables that are related in every way, and the APIs that serve them.

mod keys;
mod tables;

use tower_rest::{Api, Column, Database, Lookup, Model, Router, ToMany, ViewSet};

pub(crate) use self::tables::{database_on, model, viewset};

/// Every API that needs no header, and those that do with the headers they take.
pub(crate) const APIS: &[(&str, &[(&str, &str)])] = &[
    ("garage", &[]),
    ("garage_single", &[]),
    ("garage_named", &[]),
    ("garage_people", &[]),
    ("garage_collection", &[]),
    ("garage_junction", &[]),
    ("garage_alone", &[]),
    ("garage_hidden", &[]),
    ("garage_twice", &[]),
    ("garage_unplaced", &[]),
    ("garage_narrow", &[]),
    ("garage_nested_only", &[]),
    ("garage_slug", &[]),
    ("garage_remarks", &[]),
    ("garage_forest", &[]),
    ("garage_lots", &[]),
    ("garage_big", &[]),
    ("garage_odd", &[]),
    ("garage_keys", &[]),
    ("garage_parties", &[("PK1", "1"), ("PK2", "a")]),
    ("garage_parties", &[("PK1", "2"), ("PK2", "a")]),
    ("garage_banks", &[("X-Bank", "north"), ("X-Hall", "x")]),
    ("garage_tenants", &[("X-Tenant", "red")]),
    ("garage_vaults", &[("X-User", "ann")]),
    ("garage_walled", &[("PK2", "a")]),
    ("garage_ids", &[]),
];

/// The API an exchange is with.
pub(crate) fn api(name: &str, db: &Database) -> Api {
    let built = match name {
        "garage" => everything(db).build(),
        "garage_single" => single(db).build(),
        "garage_named" => named(db).build(),
        "garage_people" => by_people(db).build(),
        "garage_collection" => collection(db).build(),
        "garage_junction" => junction(db).build(),
        // Hosted alone, with what is nested in it.
        "garage_alone" => cars_and_parts(db).build(),
        "garage_hidden" => hidden(db).build(),
        "garage_twice" => twice(db).build(),
        "garage_unplaced" => Router::new()
            .register("cars", viewset("Car", db))
            .register("repairs", viewset("Repair", db))
            .build(),
        "garage_narrow" => narrow(db).build(),
        "garage_nested_only" => nested_only(db).build(),
        "garage_slug" => slug(db).build(),
        "garage_remarks" => Router::new()
            .register("articles", viewset("Article", db).lookup_field("slug"))
            .register("remarks", viewset("Comment", db))
            .build(),
        "garage_forest" => forest(db).build(),
        "garage_lots" => Router::new()
            .register(
                "lots",
                viewset("Lot", db).nest("spaces", viewset("Space", db)),
            )
            .build(),
        "garage_big" => Router::new()
            .register("lots", viewset("Lot", db))
            .register("spaces", viewset("Space", db))
            .build(),
        "garage_odd" => Router::new()
            .register("lots", viewset("Lot", db).to_many(ToMany::Collection))
            .register("owners", viewset("Owner", db))
            .register("oddities", viewset("Oddity", db))
            .build(),
        // Links of another form.
        "garage_elsewhere" => everything(db)
            .origin("https://api.example.com")
            .mount("/v1")
            .trailing_slash(false)
            .build(),
        name => keys::api(name, db),
    };
    built.unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn car() -> Model {
    model("Car").many_through("tags", "tags", "car_tags", "car_id", "tag_id")
}

fn cars(db: &Database) -> ViewSet {
    ViewSet::new(car()).database(db)
}

fn tags(db: &Database) -> ViewSet {
    let tag = model("Tag").many_through("cars", "cars", "car_tags", "tag_id", "car_id");
    ViewSet::new(tag).database(db)
}

fn cars_and_parts(db: &Database) -> ViewSet {
    let parts = viewset("Part", db).nest("tools", viewset("Tool", db));
    cars(db).nest("parts", parts)
}

fn everything(db: &Database) -> Router {
    Router::new()
        .register("owners", viewset("Owner", db).groups())
        .register("people", viewset("Person", db))
        .register("cars", cars_and_parts(db).groups())
        .register("repairs", viewset("Repair", db))
        .register("tags", tags(db))
        .register("employees", viewset("Employee", db))
        .register("departments", viewset("Department", db))
        .register("workers", viewset("Worker", db))
}

/// Parts and tools with keys of their own, at the same paths.
fn single(db: &Database) -> Router {
    let parts = viewset("Piece", db).nest("tools", viewset("Gadget", db));
    Router::new()
        .register("cars", viewset("Car", db).nest("parts", parts))
        .register("owners", viewset("Owner", db))
}

/// Relations with names that were given.
fn named(db: &Database) -> Router {
    let car = model("Car")
        .relation("sold_by", "seller_id", "people")
        .relation("bought_by", "buyer_id", "people")
        .relation("keeper", "owner_id", "owners");
    let person = model("Person")
        .many("sold", "cars", "seller_id")
        .many("bought", "cars", "buyer_id");
    let repair = model("Repair").relation("piece", ["car_id", "part_no"], "parts");
    Router::new()
        .register("cars", ViewSet::new(car).database(db))
        .register("people", ViewSet::new(person).database(db))
        .register("owners", viewset("Owner", db))
        .register("parts", viewset("Part", db))
        .register("repairs", ViewSet::new(repair).database(db))
}

/// Cars under whom they are sold by, and under whom they are bought by.
fn by_people(db: &Database) -> Router {
    let people = viewset("Person", db)
        .nest_by("sales", "seller", viewset("Car", db))
        .nest_by("purchases", "buyer", viewset("Car", db));
    Router::new().register("people", people)
}

/// Relations to many as the link of their list.
fn collection(db: &Database) -> Router {
    let parts = viewset("Part", db).to_many(ToMany::Collection);
    let cars = viewset("Car", db)
        .nest("parts", parts)
        .to_many(ToMany::Collection);
    let owners = viewset("Owner", db).to_many(ToMany::Collection);
    let people = viewset("Person", db).to_many(ToMany::Collection);
    Router::new()
        .register("owners", owners)
        .register("people", people)
        .register("cars", cars)
        .register("repairs", viewset("Repair", db))
}

/// A junction whose rows are served too, and tags nested under the cars that have them.
fn junction(db: &Database) -> Router {
    Router::new()
        .register("cars", cars(db).nest("tags", viewset("Tag", db)))
        .register("pairs", viewset("CarTag", db))
        .register("labels", viewset("Tag", db))
}

fn hidden(db: &Database) -> Router {
    let car = model("Car").column("owner_id", Column::hidden);
    Router::new()
        .register("owners", viewset("Owner", db))
        .register("cars", ViewSet::new(car).database(db))
}

fn twice(db: &Database) -> Router {
    Router::new()
        .register("owners", viewset("Owner", db))
        .register("keepers", viewset("Owner", db))
        .register("cars", viewset("Car", db))
        .register("autos", viewset("Car", db))
}

/// Places that allow little, and so do the relations to them.
fn narrow(db: &Database) -> Router {
    let owner = model("Owner").column("city", Column::hidden);
    let owners = ViewSet::new(owner)
        .database(db)
        .filters(["name"])
        .lookups("name", [Lookup::Exact, Lookup::In])
        .orderings(["owner_id"]);
    let cars = viewset("Car", db).filters(["make"]).orderings(["make"]);
    Router::new()
        .register("owners", owners)
        .register("cars", cars)
        .register("all", viewset("Car", db))
}

/// Cars are served under their owners and nowhere else.
fn nested_only(db: &Database) -> Router {
    Router::new()
        .register(
            "owners",
            viewset("Owner", db).nest("cars", viewset("Car", db)),
        )
        .register("loans", viewset("Loan", db))
}

/// Articles go by a unique column that is not their key.
fn slug(db: &Database) -> Router {
    let articles = viewset("Article", db)
        .lookup_field("slug")
        .nest("comments", viewset("Comment", db));
    Router::new().register("articles", articles)
}

/// Nodes under nodes.
fn forest(db: &Database) -> Router {
    let grandchildren = viewset("Node", db);
    let children = viewset("Node", db).nest("children", grandchildren);
    Router::new().register("nodes", viewset("Node", db).nest("children", children))
}
