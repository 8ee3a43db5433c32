//! Any database that is there already, over HTTP, for reading, as web pages and as JSON:
//! `cargo run --release --features postgres,mysql --example serve -- <database url>`.
//!
//! It says what it found, what it left out and why, and what to try. Its connections cannot write.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]
#![expect(clippy::print_stderr, reason = "and what went wrong")]

mod hosts;
pub mod options;
#[path = "../serving/mod.rs"]
mod serving;
mod tries;

use std::{net::SocketAddr, path::Path, process::ExitCode};

use clap::Parser;
use sqlx::{Executor as _, mysql::MySqlPoolOptions};
use tokio::net::TcpListener;
use tower_rest::{Api, Code, Count, Database, Error, Model, Result, Router, Schema, Type, ViewSet};

pub use options::Options;

#[tokio::main]
async fn main() -> ExitCode {
    // What a client is not told stands there: why an answer was a 500, and which values cannot be read.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
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
    let api = api(schema.clone(), options)?;
    let tries = tries::tries(&api, &schema).await;
    let listener = TcpListener::bind(options.addr).await;
    let listener = listener.map_err(|error| cannot_listen(options.addr, &error))?;
    let addr = listener.local_addr().unwrap_or(options.addr);
    let base = format!("http://{addr}/api/");
    println!("\nOpen http://{addr}/ in a browser.");
    let purpose = match options.writable {
        true => "for reading AND WRITING: every client of this address can change and delete rows",
        false => "for reading",
    };
    println!("Serving {purpose}, until Ctrl-C, at {base}\nTry:");
    for path in tries {
        println!("  curl '{base}{path}'");
    }
    let served = serving::serve(listener, app(api, options)).await;
    served.map_err(|error| cannot_listen(options.addr, &error))
}

/// Everything there is to serve.
///
/// # Errors
///
/// When the database cannot be read, or has nothing.
pub async fn find(options: &Options) -> Result<Schema> {
    let db = read_only(&options.url).await?;
    let mut reflecting = Schema::reflect(&db)
        .schemas(&options.schema)
        .exclude(&options.exclude)
        .show_secrets(&options.show)
        .hide(&options.hide)
        .text(&options.text);
    for (column, ty) in &options.types {
        reflecting = reflecting.column_type(column, ty.clone());
    }
    for (columns, to) in &options.relate {
        reflecting = reflecting.relate(columns, to);
    }
    let schema = reflecting.await?;
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
/// When a setting cannot be.
pub fn api(schema: Schema, options: &Options) -> Result<Api> {
    let models: Vec<(String, Model)> = schema
        .models()
        .map(|(path, model)| (path.to_owned(), model.clone()))
        .collect();
    let unknown = options.search.iter().find(|pattern| {
        !models
            .iter()
            .any(|(_, model)| !searched(model, std::slice::from_ref(pattern)).is_empty())
    });
    if let Some(pattern) = unknown {
        let detail = format!("`--search {pattern}` names no column of texts, as `table.column`");
        return Err(Error::new(Code::Unavailable, detail));
    }
    let router = models
        .iter()
        .fold(Router::of(schema), |router, (path, model)| {
            router.configure(path, |viewset| configured(viewset, model, options))
        });
    match options.writable {
        true => router.writable().build(),
        false => router.build(),
    }
}

/// How far `?count=capped` counts.
const CAP: u64 = 10_000;

fn configured(viewset: ViewSet, model: &Model, options: &Options) -> ViewSet {
    let columns = searched(model, &options.search);
    let viewset = viewset
        .page_size(options.page_size)
        .max_page_size(options.max_page_size.max(options.page_size))
        .count(options.count.into())
        .count_choices([Count::Exact, Count::Off, Count::Capped(CAP)])
        .limit_offset_pages()
        .limits(options.limits());
    let viewset = match columns.is_empty() {
        true => viewset,
        false => viewset.search(columns),
    };
    let viewset = match options.no_groups {
        true => viewset,
        false => viewset.groups(),
    };
    match options.export {
        true => viewset.export(),
        false => viewset,
    }
}

/// The columns of texts that are meant by `--search`.
fn searched(model: &Model, patterns: &[String]) -> Vec<String> {
    let columns = model.columns().iter();
    let columns = columns.filter(|column| *column.ty() == Type::Text && !column.is_hidden());
    let is_meant = |name: &&str| {
        let full = format!("{}.{name}", model.name());
        patterns
            .iter()
            .any(|pattern| match pattern.split_once('*') {
                Some((start, end)) => {
                    full.len() >= start.len() + end.len()
                        && full.starts_with(start)
                        && full.ends_with(end)
                }
                None => *pattern == full,
            })
    };
    let names = columns.map(tower_rest::Column::name);
    names.filter(is_meant).map(str::to_owned).collect()
}

/// The API under `/api/`, to which `/` leads, for the hosts that are allowed.
pub fn app(api: Api, options: &Options) -> axum::Router {
    hosts::guarded(
        serving::at_the_root(api),
        options.addr,
        &options.allowed_host,
    )
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
        Some("sqlite") => {
            // What follows the path of a URL says how to open it.
            let path = url.trim_start_matches("sqlite:");
            let (path, how) = path.split_once('?').unwrap_or((path, ""));
            let path = path.strip_prefix("//").unwrap_or(path);
            file(path, how.split('&').any(|one| one == "immutable=true")).await
        }
        _ => file(url, false).await,
    }
}

/// A file, which no program writes to if it is immutable: then it is read without files beside it.
async fn file(path: &str, is_immutable: bool) -> Result<Database> {
    if !Path::new(path).exists() {
        let detail = format!(
            "there is no file `{path}`; give a file of SQLite, or a URL that starts with `postgres://` or `mysql://`"
        );
        return Err(Error::new(Code::Unavailable, detail));
    }
    match is_immutable {
        true => Database::connect(&format!("sqlite:{path}?mode=ro&immutable=true")).await,
        false => Database::open_file_for_reading(path).await,
    }
}

fn cannot_listen(addr: SocketAddr, error: &std::io::Error) -> Error {
    let detail = format!("cannot listen at {addr}: {error}; choose another place with `--addr`");
    Error::new(Code::Unavailable, detail)
}
