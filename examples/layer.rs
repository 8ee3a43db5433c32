//! Books beside the pages of an axum application that was there before: `cargo run --example layer`.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]

use axum::routing::{get, post};
use sea_query::{ColumnDef, SqliteQueryBuilder, Table, TableCreateStatement};
use tower_rest::{ApiLayer, BoxError, Database, Model, Result, Router, ViewSet};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let db = Database::in_memory().await?;
    fill(&db).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    println!("Serving until Ctrl-C. Try: curl http://127.0.0.1:8000/api/books/");
    println!("and what was there before: curl http://127.0.0.1:8000/api/health");
    axum::serve(listener, app(&db)?)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    Ok(())
}

/// The application with the API around it: `/api/` and `/api/books/` are the API's, everything else is as it was.
///
/// # Errors
///
/// When the description has mistakes.
pub fn app(db: &Database) -> Result<axum::Router> {
    let books = ViewSet::new(Model::from_table("Book", &books())).database(db);
    let api = Router::new().register("books", books).build()?;
    Ok(application().layer(ApiLayer::at("/api", api)))
}

/// What was there before, some of it under `/api` too.
fn application() -> axum::Router {
    axum::Router::new()
        .route("/", get(async || "A bookshop."))
        .route("/api/health", get(async || "well"))
        .route("/api/echo", post(async |body: String| body))
}

/// Makes the table and its rows.
///
/// # Errors
///
/// When the database refuses them.
pub async fn fill(db: &Database) -> Result<()> {
    let table = books().to_string(SqliteQueryBuilder);
    let rows = "INSERT INTO books VALUES (1, 'Emma', 1815), (2, 'Middlemarch', 1871), (3, 'Orlando', 1928)";
    db.execute_script(&format!("{table}; {rows}")).await
}

fn books() -> TableCreateStatement {
    Table::create()
        .table("books")
        .col(ColumnDef::new("book_id").integer().primary_key())
        .col(ColumnDef::new("title").string().not_null())
        .col(ColumnDef::new("year").integer().not_null())
        .to_owned()
}
