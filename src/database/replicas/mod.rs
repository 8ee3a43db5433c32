//! Replicas: servers that apply the writes of a primary, and answer readings in its place.
//!
//! 1. The state of every server is [watched](watch): its part in replication, and how far it has come.
//! 2. A reading goes to the least busy replica that is not too far behind and has every write that the client has
//!    seen. If there is none, or the replica fails, the primary answers.
//! 3. All else goes to the primary. If the primary takes no writes any more, and one other server does, that server
//!    is the primary from then on.

mod driver;
mod requests;
mod servers;
mod watch;
mod written;

use std::time::Duration;

pub(crate) use self::written::WrittenDatabases;
use self::{driver::Replicated, servers::Servers};
use super::handle::Database;
use crate::error::{Error, Result};

/// The replicas of a database, with the settings for their use: for [`Database::reads_from`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Replicas {
    databases: Vec<Database>,
    most_lag: Duration,
}

impl Replicas {
    /// The default of [`most_lag`](Self::most_lag).
    const MOST_LAG: Duration = Duration::from_secs(10);

    /// Creates the replicas of a database, which have its tables.
    pub fn new(replicas: impl IntoIterator<Item = Database>) -> Self {
        Self {
            databases: replicas.into_iter().collect(),
            most_lag: Self::MOST_LAG,
        }
    }

    /// Sets how far a replica may be behind the primary and still answer. Default: ten seconds.
    pub const fn most_lag(mut self, most_lag: Duration) -> Self {
        self.most_lag = most_lag;
        self
    }
}

impl From<Database> for Replicas {
    fn from(replica: Database) -> Self {
        Self::new([replica])
    }
}

impl<const N: usize> From<[Database; N]> for Replicas {
    fn from(replicas: [Database; N]) -> Self {
        Self::new(replicas)
    }
}

impl From<Vec<Database>> for Replicas {
    fn from(replicas: Vec<Database>) -> Self {
        Self::new(replicas)
    }
}

impl Database {
    /// Returns a handle to this database that reads from its replicas: streaming replicas of PostgreSQL, or replicas of
    /// MariaDB with global transaction ids and `read_only`.
    ///
    /// - GET and HEAD are answered by replicas. Writes, actions, and a GET with `If-Match` are answered by the primary, as
    ///   is any request while no replica can answer it.
    /// - A client reads its own writes: the answer to a write has a token in the header `Read-After` and in a cookie,
    ///   and a request with the token is answered only by a replica that has the write, else by the primary.
    /// - A replica that cannot be reached, or is more than [`Replicas::most_lag`] behind, is left out until it is well
    ///   again. A reading that fails on a replica is repeated on the primary.
    /// - A replica that is promoted takes the place of a primary that takes no writes any more.
    ///
    /// ```no_run
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use tower_rest::{Database, Replicas};
    ///
    /// let primary = Database::connect("postgres://db1/cars").await?;
    /// let replicas = [
    ///     Database::connect("postgres://db2/cars").await?,
    ///     Database::connect("postgres://db3/cars").await?,
    /// ];
    /// let db = primary.reads_from(Replicas::from(replicas).most_lag(Duration::from_secs(3)))?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// The returned handle counts as a database of its own: use it for every viewset of the API.
    ///
    /// # Errors
    ///
    /// When a replica is of another kind of database, or SQLite, which has no replicas; when there is no replica, or
    /// the database or a replica has replicas already.
    pub fn reads_from(&self, replicas: impl Into<Replicas>) -> Result<Self> {
        let replicas = replicas.into();
        let kind = self.0.driver.name();
        let mut mistakes = Vec::new();
        if kind == "SQLite" {
            mistakes.push("SQLite has no replicas to read from".to_owned());
        }
        if replicas.databases.is_empty() {
            mistakes.push("`reads_from` is given no replica".to_owned());
        }
        let has_replicas = |database: &Self| database.0.driver.has_replicas();
        if has_replicas(self) || replicas.databases.iter().any(has_replicas) {
            mistakes.push("`reads_from` is called twice: give it all replicas at once".to_owned());
        }
        for replica in &replicas.databases {
            let other = replica.0.driver.name();
            if other != kind {
                mistakes.push(format!("a replica of {kind} is {other}"));
            }
        }
        if !mistakes.is_empty() {
            return Err(Error::configuration(mistakes));
        }
        let servers = Servers::new(self.clone(), replicas.databases, replicas.most_lag);
        let database = Self::of(Replicated::new(servers));
        let (own, of_primary) = (&database.plans().observer, &self.plans().observer);
        own.slow_as(of_primary);
        Ok(database)
    }
}
