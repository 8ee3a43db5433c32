//! Lighthouses in a format of one's own, GeoJSON, which maps show as it is: `cargo run --example formats`.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]

use sea_query::{ColumnDef, SqliteQueryBuilder, Table, TableCreateStatement};
use serde_json::{Map, Value, json};
use tower_rest::{
    Api, BoxError, Cell, Code, Database, Error, Model, Representation, Result, Router, ShownRow,
    ShownRows, ViewSet,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let db = Database::in_memory().await?;
    fill(&db).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    println!("Open http://127.0.0.1:8000/ in a browser, until Ctrl-C. Or try:");
    println!("  curl 'http://127.0.0.1:8000/lighthouses/?height_m__gte=60&format=geojson'");
    println!("  curl -H 'Accept: application/geo+json' http://127.0.0.1:8000/lighthouses/1/");
    axum::serve(listener, axum::Router::new().fallback_service(app(&db)?))
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    Ok(())
}

/// Lighthouses, at `/lighthouses/`: as JSON, NDJSON, web pages and GeoJSON.
///
/// # Errors
///
/// When the description has mistakes.
pub fn app(db: &Database) -> Result<Api> {
    let lighthouses = ViewSet::new(Model::from_table("Lighthouse", &lighthouses()));
    Router::new()
        .register("lighthouses", lighthouses.database(db).writable())
        .format(GeoJson)
        .build()
}

/// GeoJSON (RFC 7946): each row is a feature at its `longitude` and `latitude`, and its other columns are properties.
#[derive(Debug)]
pub struct GeoJson;

impl Representation for GeoJson {
    fn name(&self) -> &str {
        "geojson"
    }

    fn media_type(&self) -> &str {
        "application/geo+json"
    }

    fn write(&self, rows: &ShownRows<'_>) -> Result<Vec<u8>> {
        let names: Vec<_> = rows.columns().collect();
        if !["longitude", "latitude"]
            .iter()
            .all(|name| names.contains(name))
        {
            let detail = "GeoJSON shows rows by their columns `longitude` and `latitude`";
            return Err(Error::new(Code::NotAcceptable, detail));
        }
        let features = rows.rows().map(|row| feature(&names, row));
        let mut features = features.collect::<Result<Vec<_>>>()?;
        let document = match features.pop() {
            Some(feature) if !rows.is_list() => feature,
            last => {
                features.extend(last);
                json!({ "type": "FeatureCollection", "features": features })
            }
        };
        Ok(document.to_string().into_bytes())
    }
}

fn feature(names: &[&str], row: ShownRow<'_>) -> Result<Value> {
    let (mut longitude, mut latitude) = (None, None);
    let mut properties = Map::new();
    for (name, cell) in names.iter().zip(row.cells()) {
        match (*name, cell) {
            ("longitude", Cell::Float(degrees)) => longitude = Some(degrees),
            ("latitude", Cell::Float(degrees)) => latitude = Some(degrees),
            ("longitude" | "latitude", Cell::Null) => {}
            (name, cell) => drop(properties.insert(name.to_owned(), value(cell)?)),
        }
    }
    let position = longitude.zip(latitude);
    let point = position.map(|(x, y)| json!({ "type": "Point", "coordinates": [x, y] }));
    Ok(json!({ "type": "Feature", "id": row.href(), "geometry": point, "properties": properties }))
}

fn value(cell: Cell<'_>) -> Result<Value> {
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Boolean(is_so) => is_so.into(),
        Cell::Integer(number) => number.into(),
        Cell::Float(number) => number.into(),
        Cell::Text(text) | Cell::Decimal(text) => text.into(),
        Cell::Date(day) => day.to_string().into(),
        // A table with columns of other types needs a line for each.
        _ => return Err(Error::new(Code::Internal, "a column of another type")),
    })
}

/// Makes the table and its rows. Where the Pharos stood is not known exactly, so it has no position.
///
/// # Errors
///
/// When the database refuses them.
pub async fn fill(db: &Database) -> Result<()> {
    let table = lighthouses().to_string(SqliteQueryBuilder);
    let rows = "INSERT INTO lighthouses VALUES (1, 'Tower of Hercules', 55.0, -8.4065, 43.3858), \
        (2, 'Cordouan', 67.5, -1.1733, 45.5863), (3, 'Kõpu', 36.0, 22.1998, 58.916), \
        (4, 'Île Vierge', 82.5, -4.5679, 48.6388), (5, 'Lanterna', 77.0, 8.9047, 44.4044), \
        (6, 'Pharos of Alexandria', 100.0, NULL, NULL)";
    db.execute_script(&format!("{table}; {rows}")).await
}

fn lighthouses() -> TableCreateStatement {
    Table::create()
        .table("lighthouses")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("height_m").double().not_null())
        .col(ColumnDef::new("longitude").double())
        .col(ColumnDef::new("latitude").double())
        .to_owned()
}
