//! Where the rows are: a file, or a database of a server, made for the run and gone after it.

use std::{env, fmt, str::FromStr};

use tower_rest::Database;

use crate::{BoxError, data, durability};

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            "mysql" => Ok(Self::MySql),
            _ => Err(format!("{name} is none of sqlite, postgres and mysql")),
        }
    }
}

impl Kind {
    /// The kind of a URL.
    pub(crate) fn of(url: &str) -> Result<Self, BoxError> {
        let (scheme, _) = url.split_once(':').ok_or("no URL")?;
        Ok(scheme.parse()?)
    }

    /// A database that is there, in which another can be created.
    fn server(self) -> String {
        let (variable, default) = match self {
            Self::Postgres => (
                "TEST_POSTGRES_URL",
                "postgres://postgres@127.0.0.1:5432/test",
            ),
            Self::MySql => ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/test"),
            Self::Sqlite => unreachable!("its database is a file"),
        };
        env::var(variable).unwrap_or_else(|_| default.to_owned())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL or MariaDB",
        })
    }
}

/// A database with the rows in it.
pub(crate) struct Made {
    pub(crate) url: String,
    kind: Kind,
    /// A server's database.
    name: String,
    folder: tempfile::TempDir,
}

impl Made {
    /// Makes it, with everything in it.
    pub(crate) fn new(kind: Kind) -> Result<Self, BoxError> {
        let made = Self::empty(kind)?;
        runtime()?.block_on(async {
            let db = Database::connect(&made.url).await?;
            data::make(kind, &db).await
        })?;
        Ok(made)
    }

    /// Makes it, with nothing in it.
    pub(crate) fn empty(kind: Kind) -> Result<Self, BoxError> {
        let folder = tempfile::tempdir()?;
        let name = format!("tower_rest_bench_{}", std::process::id());
        let url = match kind {
            Kind::Sqlite => format!(
                "sqlite:{}?mode=rwc",
                folder.path().join("bench.db").display()
            ),
            server => {
                let outside = server.server();
                run(&outside, &[format!("CREATE DATABASE {name}")])?;
                let (before, _) = outside
                    .rsplit_once('/')
                    .ok_or("the URL names no database")?;
                format!("{before}/{name}")
            }
        };
        Ok(Self {
            url,
            kind,
            name,
            folder,
        })
    }

    /// How durable a commit is.
    pub(crate) fn durability(&self) -> Result<String, BoxError> {
        runtime()?.block_on(durability::of(self.kind, &self.url, self.folder.path()))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let force = match self.kind {
            Kind::Sqlite => return,
            Kind::Postgres => " WITH (FORCE)",
            Kind::MySql => "",
        };
        let gone = run(
            &self.kind.server(),
            &[format!("DROP DATABASE {}{force}", self.name)],
        );
        if let Err(error) = gone {
            eprintln!("{} stays: {error}", self.name);
        }
    }
}

fn run(url: &str, statements: &[String]) -> Result<(), BoxError> {
    runtime()?.block_on(async {
        let db = Database::connect(url).await?;
        for statement in statements {
            db.execute_script(statement).await?;
        }
        Ok(())
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
