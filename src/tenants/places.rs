//! [`OpenPlaces`]: how many databases may be open at once.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// The places for open databases. A place is taken from before a database is opened until its connections are closed.
pub(super) struct OpenPlaces {
    free: Arc<Semaphore>,
    number: usize,
    /// The turn of the opening that looks for a place; others wait in the order in which they came.
    pub(super) turn: Mutex<()>,
}

impl OpenPlaces {
    pub(super) fn new(number: usize) -> Self {
        let number = number.min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(number)),
            number,
            turn: Mutex::default(),
        }
    }

    /// Takes a free place; `None` if there is none.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    pub(super) fn taken(&self) -> usize {
        self.number.saturating_sub(self.free.available_permits())
    }
}
