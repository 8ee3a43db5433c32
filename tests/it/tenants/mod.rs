//! Databases of tenants: each is opened late, closed when it is idle, and seen by its own tenant alone.
//!
//! On SQLite a tenant has a file, on a server a database. Where there are many, a tenant of PostgreSQL has a schema that
//! `search_path` names: a thousand databases would take eight gigabytes.

mod closing;
mod isolation;
mod many;
mod opening;

use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use sea_query::{ColumnDef, Table};
use sqlx::Row as _;
use tempfile::TempDir;
use tower_rest::{
    Act, Action, Api, Database, Model, Reply, Result, Router, TenantDatabases, ViewSet,
    testing::Client,
};

use crate::databases::{Fresh, Kind};

/// The most tenants that have a database of PostgreSQL each.
const FEW: usize = 3;

/// The databases of tenants named `t0`, `t1` and so on.
struct Tenants {
    kind: Kind,
    urls: Arc<Vec<String>>,
    /// Where the databases are created, and dropped with this.
    fresh: Fresh,
    folder: TempDir,
    /// The databases that are dropped with this, beside the one of `fresh`.
    created: Vec<String>,
}

fn note() -> Model {
    let table = Table::create()
        .table("notes")
        .col(
            ColumnDef::new("note_id")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new("owner").string_len(20).not_null())
        .col(ColumnDef::new("text").string_len(40))
        .to_owned();
    Model::from_table("Note", &table)
}

/// The statements that create the tables of one tenant.
fn tables(kind: Kind, db: &Database) -> String {
    let id = match kind {
        Kind::Sqlite => "integer PRIMARY KEY",
        Kind::Postgres => "bigserial PRIMARY KEY",
        Kind::MySql => "bigint AUTO_INCREMENT PRIMARY KEY",
    };
    let notes =
        format!("CREATE TABLE notes (note_id {id}, owner varchar(20) NOT NULL, text varchar(40))");
    format!("{notes}; {}", db.idempotency_table())
}

impl Tenants {
    /// Creates the databases of `number` tenants, whose connections are at most `most` each.
    async fn create(kind: Kind, number: usize, most: u32) -> Self {
        let fresh = kind.fresh().await;
        let folder = tempfile::tempdir().expect("a folder");
        let tables = tables(kind, &fresh.db);
        let mut created = Vec::new();
        let urls = match kind {
            Kind::Sqlite => files(&folder, &tables, number, most).await,
            Kind::Postgres if number <= FEW => {
                for name in (0..number).map(|number| format!("{}_t{number}", fresh.name())) {
                    fresh.execute(&format!("CREATE DATABASE {name}")).await;
                    created.push(name);
                }
                let url = fresh.url.as_deref().expect("a server");
                let urls: Vec<_> = (0..number)
                    .map(|number| format!("{url}_t{number}?max-connections={most}"))
                    .collect();
                for url in &urls {
                    let db = Database::connect(url).await.expect("a database");
                    db.execute_script(&tables).await.expect("tables");
                    close(db).await;
                }
                urls
            }
            Kind::Postgres => {
                let url = fresh.url.as_deref().expect("a server");
                let schema = |script: &mut String, number| {
                    write!(
                        script,
                        "CREATE SCHEMA t{number}; SET search_path TO t{number}; {tables}; "
                    )
                };
                run_each(&fresh.db, number, schema).await;
                let settings =
                    |number| format!("options=-c%20search_path%3Dt{number}&max-connections={most}");
                (0..number)
                    .map(|number| format!("{url}?{}", settings(number)))
                    .collect()
            }
            Kind::MySql => {
                let url = fresh.url.as_deref().expect("a server");
                let database = |script: &mut String, number| {
                    let name = format!("{}_t{number}", fresh.name());
                    write!(script, "CREATE DATABASE {name}; USE {name}; {tables}; ")
                };
                run_each(&fresh.db, number, database).await;
                created = (0..number)
                    .map(|number| format!("{}_t{number}", fresh.name()))
                    .collect();
                (0..number)
                    .map(|number| format!("{url}_t{number}?max-connections={most}"))
                    .collect()
            }
        };
        if kind != Kind::Sqlite {
            // Its connections would be counted.
            close(fresh.db.clone()).await;
        }
        Self {
            kind,
            urls: Arc::new(urls),
            fresh,
            folder,
            created,
        }
    }

    /// Returns a cache of the databases.
    fn cache(&self) -> TenantDatabases {
        self.counted(&Arc::default())
    }

    /// Returns a cache of the databases that counts how many it opens.
    fn counted(&self, opened: &Arc<AtomicUsize>) -> TenantDatabases {
        let (urls, opened) = (Arc::clone(&self.urls), Arc::clone(opened));
        TenantDatabases::new(move |tenant| {
            opened.fetch_add(1, Ordering::Relaxed);
            let url = urls[number_of(&tenant)].clone();
            async move { Database::connect(&url).await }
        })
    }

    fn file(&self, tenant: usize) -> PathBuf {
        self.folder.path().join(format!("t{tenant}.db"))
    }

    /// Returns how many connections to the database of a tenant are open.
    async fn connections(&self, tenant: usize) -> i64 {
        match self.kind {
            Kind::Sqlite => open_files(&self.file(tenant)),
            Kind::Postgres => {
                assert!(
                    self.urls.len() <= FEW,
                    "the connections of schemas are counted together"
                );
                let name = format!("{}_t{tenant}", self.fresh.name());
                let count =
                    format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'");
                self.fresh.number_of(count).await
            }
            Kind::MySql => {
                let name = format!("{}_t{tenant}", self.fresh.name());
                let count = format!(
                    "SELECT CAST(count(*) AS SIGNED) FROM information_schema.processlist WHERE db = '{name}'"
                );
                self.fresh.number_of(count).await
            }
        }
    }

    /// Returns how many connections to the databases of all tenants are open.
    async fn all_connections(&self) -> i64 {
        match self.kind {
            Kind::Sqlite => open_files(self.folder.path()),
            Kind::Postgres => {
                let name = self.fresh.name();
                let count = format!(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE '{name}%' AND pid <> pg_backend_pid() \
                     AND application_name = 'tower-rest'"
                );
                self.fresh.number_of(count).await
            }
            Kind::MySql => {
                let name = self.fresh.name();
                let count = format!(
                    "SELECT CAST(count(*) AS SIGNED) FROM information_schema.processlist WHERE db LIKE '{name}\\_t%'"
                );
                self.fresh.number_of(count).await
            }
        }
    }
}

impl Drop for Tenants {
    fn drop(&mut self) {
        if !self.created.is_empty() {
            self.fresh.drop_databases(&self.created);
        }
    }
}

/// Closes a database that a test has used.
async fn close(db: Database) {
    match (db.postgres_pool(), db.mysql_pool(), db.sqlite_pool()) {
        (Some(pool), _, _) => pool.close().await,
        (_, Some(pool), _) => pool.close().await,
        (_, _, Some(pool)) => pool.close().await,
        _ => unreachable!("it has a pool"),
    }
}

/// Runs a script for each tenant, many at once.
async fn run_each(
    db: &Database,
    number: usize,
    add: impl Fn(&mut String, usize) -> std::fmt::Result,
) {
    let numbers: Vec<usize> = (0..number).collect();
    for some in numbers.chunks(50) {
        let mut script = String::new();
        for number in some {
            add(&mut script, *number).expect("a text");
        }
        db.execute_script(&script).await.expect("tables");
    }
}

async fn files(folder: &TempDir, tables: &str, number: usize, most: u32) -> Vec<String> {
    let first = folder.path().join("template");
    let db = Database::open_file(&first).await.expect("a file");
    db.execute_script(tables).await.expect("tables");
    let done = db.execute_script("PRAGMA wal_checkpoint(TRUNCATE)").await;
    done.expect("a checkpoint");
    let path = |number| folder.path().join(format!("t{number}.db"));
    for number in 0..number {
        fs::copy(&first, path(number)).expect("a copy");
    }
    (0..number)
        .map(|number| format!("sqlite:{}?max-connections={most}", path(number).display()))
        .collect()
}

/// Returns how many open files of this process have a path that begins so, other than `template`.
fn open_files(beginning: &std::path::Path) -> i64 {
    let beginning = beginning.display().to_string();
    let open = fs::read_dir("/proc/self/fd").expect("the open files");
    let paths = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let of_tenants = paths.filter(|path| {
        let path = path.display().to_string();
        path.starts_with(&beginning) && !path.contains("template")
    });
    i64::try_from(of_tenants.count()).expect("few")
}

fn number_of(tenant: &str) -> usize {
    let number = tenant.strip_prefix('t').expect("a name");
    number.parse().expect("a number")
}

const INSERT: &str = "INSERT INTO notes (owner, text) VALUES (?, ?)";

/// Adds a note in a transaction of the program's own.
async fn add(act: Act<String>) -> Result<Reply> {
    let owner = act.head.header("x-tenant")?.to_owned();
    let text = act.payload;
    if let Ok(mut lent) = act.transaction.sqlite().await {
        let insert = sqlx::query(INSERT).bind(owner).bind(text);
        insert.execute(&mut *lent).await?;
        let count = sqlx::query("SELECT count(*) FROM notes");
        let count: i64 = count.fetch_one(&mut *lent).await?.get(0);
        return Ok(Reply::json(&count));
    }
    if let Ok(mut lent) = act.transaction.postgres().await {
        let insert = sqlx::query("INSERT INTO notes (owner, text) VALUES ($1, $2)");
        insert.bind(owner).bind(text).execute(&mut *lent).await?;
        let count = sqlx::query("SELECT count(*) FROM notes");
        let count: i64 = count.fetch_one(&mut *lent).await?.get(0);
        return Ok(Reply::json(&count));
    }
    let mut lent = act.transaction.mysql().await?;
    let insert = sqlx::query(INSERT).bind(owner).bind(text);
    insert.execute(&mut *lent).await?;
    let count = sqlx::query("SELECT count(*) FROM notes");
    let count: i64 = count.fetch_one(&mut *lent).await?.get(0);
    Ok(Reply::json(&count))
}

/// The notes of the tenant that `x-tenant` names.
fn notes(template: &Database, tenants: &TenantDatabases) -> ViewSet {
    let tenants = tenants.clone();
    ViewSet::new(note())
        .database(template)
        .writable()
        .cursor_pages()
        // Users have the same names in every tenant.
        .idempotent(|_| Ok("ada".to_owned()))
        .action(Action::on_collection("add", [Method::POST], add))
        .manager_factory(move |head| {
            let tenants = tenants.clone();
            async move { tenants.get(head.header("x-tenant")?).await }
        })
}

fn client(template: &Database, tenants: &TenantDatabases) -> Client<Api> {
    let api = Router::new()
        .register("notes", notes(template, tenants))
        .build();
    Client::new(api.expect("an API"))
}

/// Waits until a condition holds, for ten seconds at most.
async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F, what: &str) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < Duration::from_secs(10), "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
