//! Cars, their owners and parts over HTTP, from embedded SQLite: `cargo run --example cars`.
//!
//! The cars are real and their facts can be checked; owners, parts and prices are made up. `ADDR` says where to
//! listen, `DATABASE_URL` which SQLite database to use instead of one in memory, such as `sqlite:cars.db?mode=rwc`.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]

// The server of the program `tower-rest`, which stops in good order.
#[path = "../../src/bin/tower-rest/server.rs"]
mod server;

use std::{env, time::Duration};

use http::Method;
use sea_query::ExprTrait as _;
use serde::{Deserialize, Serialize};
use tower::timeout::TimeoutLayer;
use tower_rest::{
    Act, Action, BoxError, Choices, Count, Database, Date, FullText, Html, Model, Reply, Result,
    Router, Timestamp, Type, ViewSet,
};

/// Cars worth remembering
#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i32,
    make: String,
    model: String,
    introduced: i32,
    discontinued: Option<i32>,
    body: Body,
    country: String,
    electric: bool,
    cylinders: Option<i32>,
    displacement_l: Option<f64>,
    designer: Option<String>,
    notes: Option<String>,
    #[model(one(Owner))]
    owner_id: Option<i32>,
}

#[derive(Choices)]
#[model(rename_all = "lowercase")]
enum Body {
    Saloon,
    Hatchback,
    Estate,
    Coupe,
    Convertible,
    Suv,
    Pickup,
    Van,
    Roadster,
}

#[derive(Model)]
struct Owner {
    #[model(key)]
    owner_id: i32,
    name: String,
    city: Option<String>,
    member_since: Date,
    #[model(type = "decimal")]
    balance: String,
    #[model(type = "zoned timestamp")]
    seen_at: Option<Timestamp>,
}

#[derive(Model)]
struct Part {
    #[model(key)]
    part_id: i32,
    #[model(one(Car))]
    car_id: i32,
    kind: String,
    name: String,
    #[model(type = "decimal")]
    price: String,
    weight_kg: Option<f64>,
    #[model(type = "uuid", unique)]
    serial: String,
    fitted_at: Option<Timestamp>,
    spec: Option<serde_json::Value>,
}

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
    say_hello(&format!("http://{}", listener.local_addr()?));
    server::serve(listener, app(&db)?).await?;
    Ok(())
}

/// What `change_engine` takes and answers: `{"cylinders": 8, "displacement_l": 4.2}`.
#[derive(Deserialize, Serialize)]
struct Engine {
    cylinders: Option<i32>,
    displacement_l: f64,
}

/// Puts another engine into a car: POST to `/api/cars/{key}/change_engine/`. It is committed with the answer, or not at all.
async fn change_engine(act: Act<Engine>) -> Result<Reply> {
    sqlx::query("UPDATE cars SET cylinders = ?, displacement_l = ? WHERE car_id = ?")
        .bind(act.payload.cylinders)
        .bind(act.payload.displacement_l)
        .bind(act.key_as::<i32>()?)
        .execute(&mut *act.transaction.sqlite().await?)
        .await?;
    Ok(Reply::created(&act.payload))
}

/// The whole application: three models, as one tower service, under `/api` of an axum router.
pub(crate) fn app(db: &Database) -> Result<axum::Router> {
    // What is given back, at a price below zero, does not exist for clients, whatever way they ask for it.
    let parts = ViewSet::of::<Part>(db)
        .json_path("cooling", Part::SPEC, "$.cooling", Type::Text)
        .writable()
        .default_ordering((Part::KIND, Part::NAME))
        .search((Part::KIND, Part::NAME))
        .full_text(FullText::new().table("parts_fts"))
        .groups()
        .facets((Part::KIND, "cooling"))
        .aggregates((Part::PRICE, Part::WEIGHT_KG))
        .group_by((Part::KIND, "car"))
        .limit_offset_pages()
        .cursor_pages()
        .scope(|_head| Ok(Part::PRICE.gte("0")));
    let engines = Action::on_object("change_engine", Method::POST, change_engine);
    let cars = ViewSet::of::<Car>(db)
        .computed("years_made", Type::INTEGER, |table| {
            table
                .column(Car::DISCONTINUED)
                .sub(table.column(Car::INTRODUCED))
        })
        .writable()
        .search((Car::MAKE, Car::MODEL, Car::DESIGNER, Car::NOTES))
        .groups()
        .facets((Car::MAKE, Car::BODY, Car::COUNTRY, Car::ELECTRIC))
        .aggregates((
            Car::INTRODUCED,
            Car::CYLINDERS,
            Car::DISPLACEMENT_L,
            "years_made",
        ))
        .group_by((Car::MAKE, Car::BODY, Car::COUNTRY, Car::ELECTRIC, "owner"))
        .regex()
        .limit_offset_pages()
        .cursor_pages()
        .count_choices([Count::Off, Count::Capped(100)])
        .page_headers()
        .export()
        .action(engines)
        .nest("parts", parts.clone())
        .layer(TimeoutLayer::new(Duration::from_secs(5)));

    let owners = ViewSet::of::<Owner>(db)
        .writable()
        .groups()
        .search((Owner::NAME, Owner::CITY))
        .facets(Owner::CITY)
        .aggregates(Owner::BALANCE)
        .group_by((Owner::CITY, Owner::MEMBER_SINCE));

    let api = Router::new()
        .register("cars", cars)
        .register("owners", owners)
        .register("parts", parts)
        .html(Html::new().title("Cars"))
        .build()?;
    let to_api = axum::routing::get(async || axum::response::Redirect::temporary("/api/"));
    let app = axum::Router::new().route("/", to_api);
    Ok(app.nest_service("/api", api))
}

/// The models, each after those that it refers to.
pub(crate) fn models() -> [Model; 3] {
    [
        Model::of::<Owner>(),
        Model::of::<Car>(),
        Model::of::<Part>(),
    ]
}

/// Makes the tables and their rows, unless they are there.
pub(crate) async fn fill(db: &Database) -> Result<(), BoxError> {
    let pool = db
        .sqlite_pool()
        .ok_or("this example makes its tables on SQLite")?;
    let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'cars'";
    if sqlx::query_scalar::<_, i64>(tables).fetch_one(pool).await? > 0 {
        return Ok(());
    }
    let create = models().map(|model| db.create_table(&model));
    let (index, rows) = (include_str!("full_text.sql"), include_str!("data.sql"));
    let create = create.join("; ");
    Ok(db
        .execute_script(&format!("BEGIN; {create}; {index} {rows} COMMIT;"))
        .await?)
}

fn say_hello(origin: &str) {
    let api = format!("{origin}/api");
    println!("Open {origin}/ in a browser, until Ctrl-C. Programs try:\n");
    println!("  curl '{api}/'");
    println!("  curl '{api}/cars/?make=Toyota&introduced__gte=1980&ordering=-introduced'");
    println!(
        "  curl '{api}/cars/?parts__kind=brake&owner__city__isnull=false&page=last&page_size=5'"
    );
    println!("  curl '{api}/cars/?or=(electric=true,and(cylinders__gte=8,introduced__lt=1970))'");
    println!("  curl '{api}/cars/?make__iregex=^(bmw|audi)$&ordering=-years_made&count=capped'");
    println!("  curl '{api}/cars/?facet=body,country&cursor=&page_size=5'");
    println!(
        "  curl '{api}/cars/?aggregate=count,avg(years_made)&group_by=make&ordering=-count&page_size=5'"
    );
    println!("  curl '{api}/parts/?search=brake+-front&ordering=-search_rank'");
    println!("  curl '{api}/parts/?cooling=air&fields=name,price,cooling&format=csv'");
    println!("  curl '{api}/cars/?page=all&format=csv'");
    println!("  curl '{api}/cars/34/parts/?expand=car'");
    println!(
        "  curl '{api}/cars/34/change_engine/' -H 'Content-Type: application/json' -d '{{\"cylinders\": 2, \"displacement_l\": 0.6}}'"
    );
}
