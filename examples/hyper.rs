//! Books over HTTP/1 and HTTP/2, by hyper alone: `cargo run --example hyper`.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sea_query::{ColumnDef, SqliteQueryBuilder, Table, TableCreateStatement};
use tokio::net::TcpListener;
use tower_rest::{Api, BoxError, Database, Model, Result, Router, ViewSet};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let db = Database::in_memory().await?;
    fill(&db).await?;
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Serving until Ctrl-C. Try: curl 'http://127.0.0.1:8000/books/?year__lt=1900'");
    tokio::select! {
        served = serve(listener, app(&db)?) => served,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// Books, at `/books/`.
///
/// # Errors
///
/// When the description has mistakes.
pub fn app(db: &Database) -> Result<Api> {
    let books = ViewSet::new(Model::from_table("Book", &books())).database(db);
    Router::new().register("books", books).build()
}

/// Serves every connection in a task of its own.
///
/// # Errors
///
/// When the listener takes no more connections.
pub async fn serve(listener: TcpListener, app: Api) -> Result<(), BoxError> {
    loop {
        let (stream, _) = listener.accept().await?;
        let app = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            let connection = auto::Builder::new(TokioExecutor::new());
            // A client that goes away is its own business.
            drop(connection.serve_connection(TokioIo::new(stream), app).await);
        });
    }
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
