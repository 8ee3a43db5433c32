//! [`TenantEntry`]: what the cache knows of one tenant.

use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    task::AbortHandle,
    time::{Duration, Instant},
};

use crate::{
    database::Database,
    error::{Code, Error, Result, SERVER_FAILED},
};

/// The text that a client gets if the database of its tenant cannot be opened.
pub(super) const CANNOT_OPEN: &str = "the database cannot be opened; try again later";

/// How long a failure is remembered. Until then, the database is not opened again.
const REMEMBERED: Duration = Duration::from_secs(1);
/// The longest time for closing the connections of a database.
const LONGEST_CLOSE: Duration = Duration::from_secs(5);

/// Knowledge of the cache about one tenant.
pub(super) enum TenantEntry {
    Opening(Opening),
    Open(OpenDatabase),
}

/// The outcome of an opening, for all requests that wait for it; `None` before it is known.
pub(super) type OpeningOutcome = Option<Result<Database, OpenFailure>>;

/// A database that is being opened. The task is aborted when this is dropped.
pub(super) struct Opening {
    pub(super) outcome: watch::Receiver<OpeningOutcome>,
    pub(super) task: AbortHandle,
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A database that is open, and the place that it takes.
pub(super) struct OpenDatabase {
    pub(super) database: Database,
    pub(super) place: OwnedSemaphorePermit,
    /// The time at which the database was last asked for, or seen in use.
    pub(super) used: Instant,
}

impl OpenDatabase {
    /// Whether nothing but the cache has a handle. A new handle is only made under the lock of the cache.
    pub(super) fn is_idle(&self) -> bool {
        self.database.is_only_handle()
    }

    /// Closes the connections, and returns the place.
    pub(super) async fn close(self) -> OwnedSemaphorePermit {
        let closed = tokio::time::timeout(LONGEST_CLOSE, self.database.close()).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::warn!("the connections of a tenant's database could not be closed in time");
        }
        self.place
    }
}

/// The failure to open a database, which several requests are told.
#[derive(Clone, Debug)]
pub(super) struct OpenFailure {
    code: Code,
    detail: String,
    until: Instant,
}

impl OpenFailure {
    /// Logs the error of an opener, and takes what clients may know of it: its code and, if the fault is the client's,
    /// its text.
    pub(super) fn of(error: &Error) -> Self {
        let code = error.code();
        let detail = match code.status().is_server_error() {
            false => error.detail(),
            true if code == Code::Internal => SERVER_FAILED.to_owned(),
            true => CANNOT_OPEN.to_owned(),
        };
        if code.status().is_server_error() {
            let source = std::error::Error::source(error);
            tracing::error!(
                code = code.name(),
                source,
                "the database of a tenant cannot be opened: {error}"
            );
        }
        Self {
            code,
            detail,
            until: Instant::now() + REMEMBERED,
        }
    }

    /// Returns the failure of a request that has waited too long for a place; other requests wait for themselves.
    pub(super) fn busy() -> Self {
        Self {
            code: Code::Busy,
            detail: "the databases of too many tenants are in use; try again in a moment"
                .to_owned(),
            until: Instant::now(),
        }
    }

    /// Whether the database is not to be opened again yet.
    pub(super) fn is_recent(&self) -> bool {
        self.until > Instant::now()
    }

    /// Returns the error for one request. It was logged already.
    pub(super) fn error(&self) -> Error {
        Error::new(self.code, self.detail.clone()).in_silence()
    }
}
