//! Any database that is there already, over HTTP, for reading:
//! `cargo run --release --features postgres,mysql --example serve -- <database url>`.
//!
//! It says what it found, what it left out and why, and where to look. Its connections cannot write.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]
#![expect(clippy::print_stderr, reason = "and what went wrong")]

use std::{net::SocketAddr, path::Path, process::ExitCode};

use clap::Parser;
use sqlx::{Executor as _, mysql::MySqlPoolOptions};
use tokio::net::TcpListener;
use tower_rest::{Api, Code, Database, Error, Result, Router, Schema};

/// Serves a database that is there already, for reading.
#[derive(Debug, Parser)]
pub struct Options {
    /// The database: `sqlite:cars.db` or the file alone, `postgres://user:password@host/name`, or
    /// `mysql://user:password@host/name`
    pub url: String,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub addr: SocketAddr,
    /// A schema to serve, may be given more than once [default: every one but the system's; on MySQL the database]
    #[arg(long)]
    pub schema: Vec<String>,
    /// A table or view not to serve, `*` for any characters; may be given more than once
    #[arg(long)]
    pub exclude: Vec<String>,
    /// How many rows a page has
    #[arg(long, default_value_t = 25)]
    pub page_size: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    // What a client is not told stands there: why an answer was a 500.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_writer(std::io::stderr)
        .init();
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    let schema = find(options).await?;
    println!("{schema}");
    let first = schema
        .models()
        .next()
        .map_or("", |(path, _)| path)
        .to_owned();
    let app = app(schema, options.page_size)?;
    let listener = TcpListener::bind(options.addr).await;
    let listener = listener.map_err(|error| cannot_listen(options.addr, &error))?;
    let base = format!(
        "http://{}/api/",
        listener.local_addr().unwrap_or(options.addr)
    );
    println!(
        "\nServing for reading, until Ctrl-C, at {base}\nTry: curl '{base}{first}/?page=last'"
    );
    let app = axum::Router::new().nest_service("/api", app);
    let served = axum::serve(listener, app).with_graceful_shutdown(stopped());
    served
        .await
        .map_err(|error| cannot_listen(options.addr, &error))
}

async fn stopped() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without the signal there is nothing to wait for but the end.
        std::future::pending::<()>().await;
    }
}

/// Everything there is to serve.
///
/// # Errors
///
/// When the database cannot be read, or has nothing.
pub async fn find(options: &Options) -> Result<Schema> {
    let db = read_only(&options.url).await?;
    let schema = Schema::reflect(&db)
        .schemas(&options.schema)
        .exclude(&options.exclude)
        .await?;
    if schema.is_empty() {
        let left_out = schema.left_out().iter().map(|one| format!("\n  {one}"));
        let left_out: String = left_out.collect();
        let detail = format!("the database has nothing to serve; left out:{left_out}");
        return Err(Error::new(Code::Unavailable, detail));
    }
    Ok(schema)
}

/// The API of a database.
///
/// # Errors
///
/// When the size of a page is none.
pub fn app(schema: Schema, page_size: u64) -> Result<Api> {
    let paths: Vec<String> = schema.models().map(|(path, _)| path.to_owned()).collect();
    let router = paths.iter().fold(Router::of(schema), |router, path| {
        router.configure(path, |viewset| viewset.page_size(page_size))
    });
    router.build()
}

/// Connections that cannot write, whatever the URL says.
///
/// # Errors
///
/// When there is no such database, or it lets nobody in.
pub async fn read_only(url: &str) -> Result<Database> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => {
            let and = if url.contains('?') { '&' } else { '?' };
            let setting = "options[default_transaction_read_only]=on";
            Database::connect(&format!("{url}{and}{setting}")).await
        }
        Some("mysql" | "mariadb") => {
            // It says in words what is wrong; sqlx's own errors have the password in them.
            drop(Database::connect(url).await?);
            let pool = MySqlPoolOptions::new().after_connect(|connection, _| {
                let setting = "SET SESSION TRANSACTION READ ONLY";
                Box::pin(async move { connection.execute(setting).await.map(drop) })
            });
            Ok(Database::from_mysql_pool(pool.connect(url).await?))
        }
        Some("sqlite") => file(url.trim_start_matches("sqlite:")).await,
        _ => file(url).await,
    }
}

async fn file(path: &str) -> Result<Database> {
    let path = path.split('?').next().unwrap_or(path);
    let path = path.strip_prefix("//").unwrap_or(path);
    if !Path::new(path).is_file() {
        let detail = format!(
            "there is no file `{path}`; give a file of SQLite, or a URL that starts with `postgres://` or `mysql://`"
        );
        return Err(Error::new(Code::Unavailable, detail));
    }
    Database::connect(&format!("sqlite:{path}?mode=ro")).await
}

fn cannot_listen(addr: SocketAddr, error: &std::io::Error) -> Error {
    let detail = format!("cannot listen at {addr}: {error}; choose another place with `--addr`");
    Error::new(Code::Unavailable, detail)
}
