//! [`Permits`]: how many readings and how many writes use a connection at once.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant as Deadline, timeout_at},
};

use super::pool_settings::WRITES;
use crate::{database::failure::busy, error::Result};

/// The fewest connections that are left to readings; a smaller pool has none for writes alone.
const FEWEST: u32 = 3;

/// The permits to use a connection. Writes have their own: while a commit waits for the disk, its connection needs no
/// processor, which another reading could use.
pub(super) struct Permits {
    readings: Arc<Semaphore>,
    /// The same permits, if the pool is small, or if the program created it and may use the rest of the connections
    /// itself.
    writes: Arc<Semaphore>,
    /// The number of readings that may run at once.
    pub(super) size: usize,
}

impl Permits {
    /// Creates the permits for a pool of this size. Those of [`WRITES`] are for writes, unless they are `shared` or too
    /// few.
    pub(super) fn new(connections: u32, shared: bool) -> Self {
        let permits = |count: u32| {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            count.min(Semaphore::MAX_PERMITS)
        };
        let own = match connections.saturating_sub(WRITES) {
            readings if !shared && readings >= FEWEST => readings,
            _ => connections,
        };
        let size = permits(own);
        let readings = Arc::new(Semaphore::new(size));
        let writes = match permits(connections - own) {
            0 => Arc::clone(&readings),
            writes => Arc::new(Semaphore::new(writes)),
        };
        Self {
            readings,
            writes,
            size,
        }
    }

    /// Waits for the permit of a reading; fails after the deadline `by`.
    pub(super) async fn reading(&self, by: Deadline) -> Result<OwnedSemaphorePermit> {
        permit(&self.readings, by).await
    }

    /// Waits for the permit of a write; fails after the deadline `by`.
    pub(super) async fn write(&self, by: Deadline) -> Result<OwnedSemaphorePermit> {
        permit(&self.writes, by).await
    }

    /// Returns the permit of a reading, if no other one waits for it.
    pub(super) fn reading_now(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.readings).try_acquire_owned().ok()
    }
}

/// Waits for one of the permits; fails after the deadline `by`.
pub(super) async fn permit(permits: &Arc<Semaphore>, by: Deadline) -> Result<OwnedSemaphorePermit> {
    match timeout_at(by, Arc::clone(permits).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(busy()),
    }
}
