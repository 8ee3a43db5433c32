//! Every table of a database that is there already, for reading: `cargo run --example serve -- sqlite:cars.db`.

use tower_rest::{BoxError, Database, Router, Schema};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let url = std::env::args()
        .nth(1)
        .ok_or("give the URL of a database")?;
    let db = Database::connect_for_reading(&url).await?;
    let api = Router::of(Schema::reflect(&db).await?).build()?;
    let app = axum::Router::new().nest_service("/api", api);
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8000").await?, app).await?;
    Ok(())
}
