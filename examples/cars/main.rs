//! Cars, their owners and parts over HTTP, from embedded SQLite: `cargo run --example cars`.
//!
//! The cars are real and their facts can be checked; owners, parts and prices are made up. `ADDR` says where to
//! listen, `DATABASE_URL` which SQLite database to use instead of one in memory, such as `sqlite:cars.db?mode=rwc`.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]

use std::{env, error::Error, time::Duration};

use sea_query::{ColumnDef, ForeignKey, SqliteQueryBuilder, Table, TableCreateStatement};
use tower_rest::{Database, Model, Result, Router, ViewSet};

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .init();
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let address = env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8000".to_owned());
    let db = Database::connect(&url).await?;
    fill(&db).await?;

    let listener = tokio::net::TcpListener::bind(&address).await?;
    say_hello(&format!("http://{}/api", listener.local_addr()?));
    let serving = axum::serve(listener, app(&db)?).with_graceful_shutdown(interrupted());
    tokio::select! {
        served = serving => served?,
        // A client that has sent half a request is not waited for.
        () = async { interrupted().await; tokio::time::sleep(Duration::from_secs(2)).await } => {}
    }
    println!("Goodbye.");
    Ok(())
}

async fn interrupted() {
    drop(tokio::signal::ctrl_c().await);
}

/// The whole application: three models, as one tower service, under `/api` of an axum router.
///
/// # Errors
///
/// When the description of a model or viewset has mistakes.
pub fn app(db: &Database) -> Result<axum::Router> {
    let cars =
        ViewSet::new(Model::from_table("Car", &cars_table()).description("Cars worth remembering"))
            .search(["make", "model", "designer", "notes"])
            .database(db);
    let owners = ViewSet::new(Model::from_table("Owner", &owners_table())).database(db);
    let parts = ViewSet::new(Model::from_table("Part", &parts_table()))
        .default_ordering(["kind", "name"])
        .database(db);

    let api = Router::new()
        .register("cars", cars)
        .register("owners", owners)
        .register("parts", parts)
        .build()?;
    Ok(axum::Router::new().nest_service("/api", api))
}

/// Makes the tables and their rows, unless they are there.
///
/// # Errors
///
/// When the database refuses them, or is not SQLite.
pub async fn fill(db: &Database) -> Result<(), BoxError> {
    let pool = db
        .sqlite_pool()
        .ok_or("this example makes its tables on SQLite")?;
    let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'cars'";
    if sqlx::query_scalar::<_, i64>(tables).fetch_one(pool).await? > 0 {
        return Ok(());
    }
    let tables = [owners_table(), cars_table(), parts_table()];
    let create: Vec<_> = tables
        .iter()
        .map(|table| table.to_string(SqliteQueryBuilder))
        .collect();
    let rows = include_str!("data.sql");
    Ok(db
        .execute_script(&format!("BEGIN; {}; {rows} COMMIT;", create.join("; ")))
        .await?)
}

fn owners_table() -> TableCreateStatement {
    Table::create()
        .table("owners")
        .col(ColumnDef::new("owner_id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("city").string())
        .col(ColumnDef::new("member_since").date().not_null())
        .col(ColumnDef::new("balance").custom("decimal_text").not_null())
        .col(ColumnDef::new("seen_at").timestamp_with_time_zone())
        .to_owned()
}

fn cars_table() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("model").string().not_null())
        .col(ColumnDef::new("introduced").integer().not_null())
        .col(ColumnDef::new("discontinued").integer())
        .col(
            ColumnDef::new("body")
                .enumeration("body", BODIES)
                .not_null(),
        )
        .col(ColumnDef::new("country").string().not_null())
        .col(ColumnDef::new("electric").boolean().not_null())
        .col(ColumnDef::new("cylinders").integer())
        .col(ColumnDef::new("displacement_l").double())
        .col(ColumnDef::new("designer").string())
        .col(ColumnDef::new("notes").text())
        .col(ColumnDef::new("owner_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "owner_id"),
        )
        .to_owned()
}

const BODIES: [&str; 9] = [
    "saloon",
    "hatchback",
    "estate",
    "coupe",
    "convertible",
    "suv",
    "pickup",
    "van",
    "roadster",
];

fn parts_table() -> TableCreateStatement {
    Table::create()
        .table("parts")
        .col(ColumnDef::new("part_id").integer().primary_key())
        .col(ColumnDef::new("car_id").integer().not_null())
        .col(ColumnDef::new("kind").string().not_null())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("price").custom("decimal_text").not_null())
        .col(ColumnDef::new("weight_kg").double())
        .col(ColumnDef::new("serial").uuid().not_null().unique_key())
        .col(ColumnDef::new("fitted_at").date_time())
        .col(ColumnDef::new("spec").json())
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}

fn say_hello(api: &str) {
    println!("Serving {api}/ until Ctrl-C. Try:\n");
    println!("  curl '{api}/'");
    println!("  curl '{api}/cars/?make=Toyota&introduced__gte=1980&ordering=-introduced'");
    println!("  curl '{api}/cars/?search=giugiaro&fields=href,make,model,owner'");
    println!("  curl '{api}/cars/?electric=true&discontinued__isnull=true&page=last&page_size=5'");
    println!("  curl -X OPTIONS '{api}/parts/'");
}
