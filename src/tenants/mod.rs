//! The databases of tenants: each is opened when it is first needed, and closed when it has been idle.
//!
//! 1. A database is opened once, whatever the number of requests that wait for it, by a task that none of them stops.
//! 2. A place is held for each database from before it is opened until its connections are closed, and the places are
//!    limited.
//! 3. A database is closed only if nothing but the cache has a handle to it, so that no request, transaction or task
//!    loses its connections.

mod cache;
mod closing;
mod entry;
mod opening;
mod places;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use self::{
    cache::{Cache, CacheSettings, Found},
    closing::close_tenant,
    opening::opening,
};
#[cfg(doc)]
use crate::error::Code;
use crate::{database::Database, error::Result};

/// A cache of the databases of tenants, or of shards: each is opened when it is first needed, at most a given number is
/// open at once, and those that are idle are closed.
///
/// A [manager factory](crate::ViewSet::manager_factory) gets the request's database from it:
///
/// ```
/// # use tower_rest::{Model, Router, ViewSet, testing::Client};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # #[derive(Model)]
/// # struct Car { #[model(key)] car_id: i64 }
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().to_owned();
/// # let create = Database::in_memory().await?.create_table(&Model::of::<Car>());
/// # Database::open_file(path.join("north.db")).await?.execute_script(&create).await?;
/// use std::time::Duration;
/// use tower_rest::{Code, Database, Error, TenantDatabases};
///
/// const TENANTS: [&str; 2] = ["north", "south"];
///
/// let tenants = TenantDatabases::new(move |tenant| {
///     let url = format!("sqlite:{}/{tenant}.db?max-connections=4", path.display());
///     async move { Database::connect(&url).await }
/// })
/// .most_open(100)
/// .closes_after(Duration::from_secs(300));
///
/// let template = Database::in_memory().await?; // says how columns are stored; it is not read
/// let cars = ViewSet::of::<Car>(&template).manager_factory(move |head| {
///     let tenants = tenants.clone();
///     async move {
///         let tenant = head.header("x-tenant")?;
///         match TENANTS.contains(&tenant) {
///             true => tenants.get(tenant).await,
///             false => Err(Error::new(Code::NotFound, "there is no such tenant")),
///         }
///     }
/// });
/// let client = Client::new(Router::new().register("cars", cars).build()?);
/// assert_eq!(client.get("/cars/").header("x-tenant", "north").await.status(), 200);
/// assert_eq!(client.get("/cars/").header("x-tenant", "south").await.code(), "unavailable"); // there is no file
/// assert_eq!(client.get("/cars/").header("x-tenant", "west").await.status(), 404);
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
///
/// Clones share the databases. When the last clone is dropped, so are the databases, and nothing keeps running; those
/// that requests still use stay open until these are answered.
///
/// A handle that the program keeps, such as a [`Database`] given to [`ViewSet::database`](crate::ViewSet::database),
/// keeps its database open, and its place taken.
#[derive(Clone)]
#[must_use = "no database is opened before it is asked for"]
pub struct TenantDatabases(Arc<LastHandle>);

/// The cache as all clones of [`TenantDatabases`] share it. Dropping the last of them drops the databases.
struct LastHandle(Arc<Cache>);

impl Drop for LastHandle {
    fn drop(&mut self) {
        self.0.clear();
    }
}

impl TenantDatabases {
    /// Creates a cache that opens the database of a tenant by `open`, which gets the name that [`get`](Self::get) was
    /// called with.
    ///
    /// `open` returns a database of its own for each name: one that has other handles is never closed. It has ten
    /// seconds; after that, and after an error with a status of 500 or more, requests are answered 503 `unavailable`, or by
    /// the error's code, and only the log has its text. An error with another status, such as a 404, is the answer of
    /// the requests. After an error, the database is opened again by the first request that comes a second later.
    ///
    /// By default, at most 100 databases are open, and one is closed after it was idle for five minutes.
    pub fn new<F>(open: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Database>> + Send + 'static,
    {
        let opener = Arc::new(move |tenant| {
            let opened: cache::OpenFuture = Box::pin(open(tenant));
            opened
        });
        Self::of(Cache::new(opener, CacheSettings::default()))
    }

    fn of(cache: Cache) -> Self {
        Self(Arc::new(LastHandle(Arc::new(cache))))
    }

    /// Sets how many databases may be open at once, at least one. Default: 100. To open one more, the database is closed
    /// that was idle for the longest time.
    ///
    /// A server has at most this number of connections for each connection that a database may have, which
    /// `max-connections` in the URL says. The method returns a cache that has no database open.
    pub fn most_open(self, databases: usize) -> Self {
        self.with(|settings| settings.most_open = databases.max(1))
    }

    /// Sets how long a database may be idle before it is closed. Default: five minutes. It is closed within a quarter of
    /// that time, but at most five seconds, afterwards. The method returns a cache that has no database open.
    pub fn closes_after(self, idle: Duration) -> Self {
        self.with(|settings| settings.closes_after = idle)
    }

    fn with(self, set: impl FnOnce(&mut CacheSettings)) -> Self {
        let cache = &self.0.0;
        let mut settings = cache.settings;
        set(&mut settings);
        Self::of(Cache::new(Arc::clone(&cache.opener), settings))
    }

    /// Returns the database of a tenant, and opens it if it is not open. It stays open as long as the returned handle
    /// exists.
    ///
    /// **Check that the tenant exists, and that the request may see it, before you call this.** The name of a tenant
    /// that does not exist makes the cache close another one's database, and a name from a request may have characters
    /// that have a meaning in a path or URL.
    ///
    /// # Errors
    ///
    /// The error of the opener, as [`new`](Self::new) says; [`Code::Busy`] when as many databases as may be open have
    /// been in use for two seconds.
    pub async fn get(&self, tenant: &str) -> Result<Database> {
        let cache = &self.0.0;
        loop {
            let mut opening = match cache.look_up(tenant, |tenant| opening(cache, tenant)) {
                Found::Open(database) => return Ok(database),
                Found::Failed(error) => return Err(error),
                Found::Opening(opening) => opening,
            };
            let outcome = opening.wait_for(Option::is_some).await;
            match outcome.ok().and_then(|outcome| outcome.clone()) {
                Some(Ok(database)) => return Ok(database),
                Some(Err(failure)) => return Err(failure.error()),
                // `close` was called meanwhile, or the runtime of the task has ended.
                None => cache.forget_ended(tenant),
            }
        }
    }

    /// Closes the database of a tenant, as soon as no request uses it; the next [`get`](Self::get) opens it anew. Call it
    /// when the database moves, or is to be deleted.
    ///
    /// Does nothing if the database is not open. If the future is dropped before the database is closed, the last request
    /// that uses the database closes it.
    pub async fn close(&self, tenant: &str) {
        close_tenant(&self.0.0, tenant).await;
    }

    /// Returns how many databases are open, being opened or being closed; at most [`most_open`](Self::most_open).
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.0.0.places_taken()
    }
}

/// Shows no tenants, whose names may be private.
impl fmt::Debug for TenantDatabases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantDatabases")
            .field("open", &self.open_count())
            .field("settings", &self.0.0.settings)
            .finish_non_exhaustive()
    }
}
