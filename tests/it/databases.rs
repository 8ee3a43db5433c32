//! The databases the tests run on: SQLite always, PostgreSQL and MariaDB or MySQL where a server can be reached.
//!
//! `TEST_POSTGRES_URL` and `TEST_MYSQL_URL` say where; `TEST_DATABASES=all` makes what is missing a failure.
//! `TEST_DATABASES=postgres`, for example, tests on PostgreSQL alone, which must be there.

use std::{
    env, fmt,
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use sea_query::{Table, TableCreateStatement};
use sqlx::{Connection as _, mysql::MySqlPoolOptions, postgres::PgPoolOptions};
use tempfile::TempDir;
use tower_rest::{Database, Model};

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

/// Says loudly that tests are skipped, and why.
///
/// # Panics
///
/// When it is to be there.
pub(crate) fn skipped(tests: &str, reason: &str) {
    let needed = |which: String| which == "all" || tests == format!("on {which}");
    let needed = env::var("TEST_DATABASES").is_ok_and(needed);
    assert!(!needed, "no test can run {tests}: {reason}");
    // Past the harness, which would show it for a test that fails only.
    let words = format!("\n*** SKIPPED: no test ran {tests}: {reason}\n\n");
    std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes()).expect("standard error");
}

/// A new, empty database of a kind; a server's is dropped with it.
pub(crate) struct Fresh {
    pub(crate) db: Database,
    pub(crate) kind: Kind,
    /// Where it is, of a server.
    pub(crate) url: Option<String>,
    name: String,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// The URL of a database that is there, in which others can be created.
    fn server(self) -> Option<String> {
        let (variable, default) = match self {
            Self::Sqlite => return None,
            Self::Postgres => (
                "TEST_POSTGRES_URL",
                "postgres://postgres@127.0.0.1:5432/test",
            ),
            Self::MySql => ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/test"),
        };
        Some(env::var(variable).unwrap_or_else(|_| default.to_owned()))
    }

    /// The kinds there are a database of; it says loudly which are skipped.
    pub(crate) async fn reachable() -> Vec<Self> {
        let mut reachable = Vec::new();
        for kind in Self::ALL {
            if kind.is_reachable().await {
                reachable.push(kind);
            }
        }
        reachable
    }

    /// Whether there is a database of the kind.
    ///
    /// # Panics
    ///
    /// When there is none and every database is to be there.
    pub(crate) async fn is_reachable(self) -> bool {
        let wanted = env::var("TEST_DATABASES");
        let is_wanted = |kind: &Self| wanted.as_deref() == Ok(kind.name());
        if Self::ALL.iter().any(is_wanted) && !is_wanted(&self) {
            return false;
        }
        let Some(url) = self.server() else {
            return true;
        };
        let Err(error) = Database::connect(&url).await else {
            return true;
        };
        skipped(&format!("on {}", self.name()), &format!("{error:?}"));
        false
    }

    /// Creates a database, unless no server of the kind is reachable.
    pub(crate) async fn fresh_if_reachable(self) -> Option<Fresh> {
        match self.is_reachable().await {
            true => Some(self.fresh().await),
            false => None,
        }
    }

    /// A new database.
    pub(crate) async fn fresh(self) -> Fresh {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tower_rest_{}_{number}", std::process::id());
        let Some(server) = self.server() else {
            let db = Database::in_memory().await.expect("a database in memory");
            return Fresh {
                db,
                kind: self,
                url: None,
                name,
            };
        };
        let outside = Database::connect(&server).await.expect("a server");
        let create = format!("CREATE DATABASE {name}");
        outside
            .execute_script(&create)
            .await
            .expect("a new database");
        let (before, _) = server.rsplit_once('/').expect("a database in the URL");
        let url = format!("{before}/{name}");
        let db = Database::connect(&url).await.expect("the new database");
        Fresh {
            db,
            kind: self,
            url: Some(url),
            name,
        }
    }
}

/// Returns the address in the URL of a server.
pub(crate) fn address_in(url: &str) -> SocketAddr {
    let (_, after) = url.rsplit_once('@').expect("a user");
    let (address, _) = after.split_once('/').expect("a database");
    address.parse().expect("an address")
}

/// Returns the URL of a database by way of what listens at another address, without TLS, so that it can be read.
pub(crate) fn behind(kind: Kind, url: &str, other: SocketAddr) -> String {
    let plain = match kind {
        Kind::Postgres => "sslmode=disable",
        Kind::MySql => "ssl-mode=DISABLED",
        Kind::Sqlite => unreachable!("it is no server"),
    };
    let url = url.replace(&address_in(url).to_string(), &other.to_string());
    format!("{url}?{plain}")
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Fresh {
    /// Creates the table of a definition; its foreign keys are left out, for tables may lead to each other in a circle.
    pub(crate) async fn create(&self, table: &TableCreateStatement) {
        let model = Model::from_table("", &without_foreign_keys(table));
        self.execute(&self.db.create_table(&model)).await;
    }

    /// The same database of a server, over a pool of one connection.
    pub(crate) fn over_one_connection(&self) -> Database {
        self.over_connections(1)
    }

    /// A pool of so many connections to a server.
    pub(crate) fn over_connections(&self, most: u32) -> Database {
        let url = self.url.as_deref().expect("a server");
        match self.kind {
            Kind::Postgres => {
                let pool = PgPoolOptions::new().max_connections(most).connect_lazy(url);
                Database::from_postgres_pool(pool.expect("a pool"))
            }
            Kind::MySql => {
                let pool = MySqlPoolOptions::new()
                    .max_connections(most)
                    .connect_lazy(url);
                Database::from_mysql_pool(pool.expect("a pool"))
            }
            Kind::Sqlite => unreachable!("it has no URL"),
        }
    }

    /// The name of the database on its server.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The only number that a statement gives, on a server on a connection of its own.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        self.number_of(sql.to_owned()).await
    }

    /// The only number that a statement made by the test gives.
    pub(crate) async fn number_of(&self, text: String) -> i64 {
        let sql = sqlx::AssertSqlSafe(text.as_str());
        let url = self.url.as_deref().unwrap_or_default();
        let number = match self.kind {
            Kind::Postgres => {
                let mut connection = sqlx::PgConnection::connect(url)
                    .await
                    .expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
            Kind::MySql => {
                let mut connection = sqlx::MySqlConnection::connect(url)
                    .await
                    .expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
            Kind::Sqlite => {
                let pool = self.db.sqlite_pool().expect("a pool");
                sqlx::query_scalar(sql).fetch_one(pool).await
            }
        };
        number.unwrap_or_else(|error| panic!("{}: {text}: {error}", self.kind))
    }

    /// Kills every connection to the database.
    pub(crate) async fn kill_all(&self) {
        match self.kind {
            Kind::Postgres => {
                let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
                self.number(kill).await;
            }
            Kind::MySql => self.kill_each().await,
            Kind::Sqlite => unreachable!("it has no connections to kill"),
        }
    }

    /// Kills the connections to a database of MariaDB one after the other.
    async fn kill_each(&self) {
        let url = self.url.as_deref().expect("a server");
        let mut connection = sqlx::MySqlConnection::connect(url)
            .await
            .expect("a connection");
        let others = "SELECT CAST(id AS SIGNED) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
        let others: Vec<i64> = sqlx::query_scalar(others)
            .fetch_all(&mut connection)
            .await
            .expect("a list");
        for other in others {
            let kill = sqlx::AssertSqlSafe(format!("KILL {other}"));
            // It may be gone by itself.
            sqlx::raw_sql(kill).execute(&mut connection).await.ok();
        }
    }

    /// Drops databases of the server, with the connections to them.
    pub(crate) fn drop_databases(&self, names: &[String]) {
        let server = self.kind.server().expect("a server");
        let drop = |name| match self.kind {
            Kind::Postgres => format!("DROP DATABASE {name} WITH (FORCE)"),
            // A connection of a test that failed may hold a lock: its runtime waits here and cannot close it.
            Kind::Sqlite | Kind::MySql => {
                format!("SET SESSION lock_wait_timeout = 10; DROP DATABASE {name}")
            }
        };
        let drops: Vec<String> = names.iter().map(drop).collect();
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let outside = Database::connect(&server).await.expect("a server");
                for drop in drops {
                    let done = outside.execute_script(&drop).await;
                    done.expect("the database dropped");
                }
            });
        });
        if dropping.join().is_err() && !thread::panicking() {
            panic!("{names:?} stay");
        }
    }

    /// Runs statements as every database reads them: quotes around names, backslashes as they are.
    pub(crate) async fn execute(&self, sql: &str) {
        let modes = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,NO_BACKSLASH_ESCAPES'), max_recursive_iterations = 100000; ";
        let sql = match self.kind {
            Kind::MySql if !sql.contains('`') => format!("{modes}{sql}"),
            Kind::Sqlite | Kind::Postgres | Kind::MySql => sql.to_owned(),
        };
        let done = self.db.execute_script(&sql).await;
        done.unwrap_or_else(|error| panic!("{}: {sql}: {error:?}", self.kind));
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if self.kind != Kind::Sqlite {
            self.drop_databases(std::slice::from_ref(&self.name));
        }
    }
}

fn without_foreign_keys(table: &TableCreateStatement) -> TableCreateStatement {
    let mut copy = Table::create();
    copy.table(table.get_table_name().expect("a table").clone());
    for column in table.get_columns() {
        copy.col(column.clone());
    }
    for index in table.get_indexes() {
        copy.index(&mut index.clone());
    }
    copy
}

/// A file of SQLite with these tables, in a folder that is removed with it, and its path.
pub(crate) async fn file_of(tables: &'static str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cars.db");
    let db = Database::open_file(&path).await.expect("a file");
    db.execute_script(tables).await.expect("tables");
    let path = path.display().to_string();
    (folder, path)
}
