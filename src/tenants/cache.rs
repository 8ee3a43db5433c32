//! [`Cache`]: the databases that are open, those that are being opened, and those that failed to open.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    task::JoinHandle,
    time::Instant,
};

use super::{
    entry::{OpenDatabase, OpenFailure, Opening, OpeningOutcome, TenantEntry},
    places::OpenPlaces,
};
use crate::{
    database::Database,
    error::{Error, Result},
};

/// The most failures that are remembered: clients may choose the names of tenants that do not exist.
const MOST_FAILURES: usize = 1024;

pub(super) type OpenFuture = Pin<Box<dyn Future<Output = Result<Database>> + Send>>;
pub(super) type Opener = dyn Fn(String) -> OpenFuture + Send + Sync;

#[derive(Clone, Copy, Debug)]
pub(super) struct CacheSettings {
    pub(super) most_open: usize,
    pub(super) closes_after: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            most_open: 100,
            closes_after: Duration::from_secs(300),
        }
    }
}

pub(super) struct Cache {
    pub(super) opener: Arc<Opener>,
    pub(super) settings: CacheSettings,
    pub(super) places: OpenPlaces,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<Arc<str>, TenantEntry>,
    failures: HashMap<Arc<str>, OpenFailure>,
    /// The task that closes idle databases; `None` while it is not needed.
    closer: Option<JoinHandle<()>>,
    /// Whether the last handle was dropped.
    is_over: bool,
}

/// The state in which a request finds its tenant.
pub(super) enum Found {
    Open(Database),
    Opening(watch::Receiver<OpeningOutcome>),
    Failed(Error),
}

impl Cache {
    pub(super) fn new(opener: Arc<Opener>, settings: CacheSettings) -> Self {
        Self {
            opener,
            places: OpenPlaces::new(settings.most_open),
            settings,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is known of a tenant. If nothing is, `open` begins to open its database.
    pub(super) fn look_up(&self, tenant: &str, open: impl FnOnce(&Arc<str>) -> Opening) -> Found {
        let mut state = self.state();
        match state.entries.get_mut(tenant) {
            Some(TenantEntry::Open(open)) => {
                open.used = Instant::now();
                return Found::Open(open.database.clone());
            }
            Some(TenantEntry::Opening(opening)) => return Found::Opening(opening.outcome.clone()),
            None => {}
        }
        if let Some(failure) = state.failures.get(tenant) {
            if failure.is_recent() {
                return Found::Failed(failure.error());
            }
            state.failures.remove(tenant);
        }
        let tenant: Arc<str> = tenant.into();
        let opening = open(&tenant);
        let outcome = opening.outcome.clone();
        state.entries.insert(tenant, TenantEntry::Opening(opening));
        Found::Opening(outcome)
    }

    /// Keeps the outcome of an opening, and returns what the requests that wait for it are told.
    pub(super) fn opened(
        &self,
        tenant: &Arc<str>,
        outcome: Result<(Database, OwnedSemaphorePermit), OpenFailure>,
    ) -> Result<Database, OpenFailure> {
        let mut state = self.state();
        match outcome {
            Ok((database, place)) => {
                if !state.is_over {
                    let open = OpenDatabase {
                        database: database.clone(),
                        place,
                        used: Instant::now(),
                    };
                    let entry = TenantEntry::Open(open);
                    state.entries.insert(Arc::clone(tenant), entry);
                }
                Ok(database)
            }
            Err(failure) => {
                state.entries.remove(tenant);
                if failure.is_recent() {
                    state.remember(Arc::clone(tenant), failure.clone());
                }
                Err(failure)
            }
        }
    }

    /// Removes the entry of a tenant if its opening has ended without an outcome, as it does with its runtime.
    pub(super) fn forget_ended(&self, tenant: &str) {
        let mut state = self.state();
        if let Some(TenantEntry::Opening(opening)) = state.entries.get(tenant)
            && opening.outcome.has_changed().is_err()
        {
            state.entries.remove(tenant);
        }
    }

    /// Removes what is known of a tenant; returns its database if it is open.
    pub(super) fn take(&self, tenant: &str) -> Option<OpenDatabase> {
        let mut state = self.state();
        state.failures.remove(tenant);
        match state.entries.remove(tenant) {
            Some(TenantEntry::Open(open)) => Some(open),
            Some(TenantEntry::Opening(_)) | None => None,
        }
    }

    /// Removes the database that has been idle for the longest time, and returns it; `None` if all are in use.
    pub(super) fn take_longest_idle(&self) -> Option<OpenDatabase> {
        let mut state = self.state();
        let idle = state.open().filter(|(_, open)| open.is_idle());
        let longest = idle.min_by_key(|(_, open)| open.used);
        let tenant = longest.map(|(tenant, _)| Arc::clone(tenant))?;
        match state.entries.remove(&tenant) {
            Some(TenantEntry::Open(open)) => Some(open),
            Some(TenantEntry::Opening(_)) | None => None,
        }
    }

    /// Removes the databases that have been idle for longer than the settings allow, and returns them.
    pub(super) fn take_idle(&self) -> Vec<OpenDatabase> {
        let (now, longest) = (Instant::now(), self.settings.closes_after);
        let mut state = self.state();
        let taken = state.entries.extract_if(|_, entry| match entry {
            TenantEntry::Open(open) if open.is_idle() => now.duration_since(open.used) >= longest,
            TenantEntry::Open(open) => {
                open.used = now;
                false
            }
            TenantEntry::Opening(_) => false,
        });
        let open = taken.filter_map(|(_, entry)| match entry {
            TenantEntry::Open(open) => Some(open),
            TenantEntry::Opening(_) => None,
        });
        open.collect()
    }

    /// Starts the task that closes idle databases, unless it runs already.
    pub(super) fn ensure_closer(&self, start: impl FnOnce() -> JoinHandle<()>) {
        let mut state = self.state();
        let runs = state
            .closer
            .as_ref()
            .is_some_and(|task| !task.is_finished());
        if !runs && !state.is_over {
            state.closer = Some(start());
        }
    }

    /// Whether no database is open or being opened. If so, the task that closes idle databases is over.
    pub(super) fn ends_closer(&self) -> bool {
        let mut state = self.state();
        let is_empty = state.entries.is_empty();
        if is_empty {
            state.closer = None;
        }
        is_empty
    }

    pub(super) fn places_taken(&self) -> usize {
        self.places.taken()
    }

    /// Drops the databases, and ends all tasks.
    pub(super) fn clear(&self) {
        let mut state = self.state();
        let over = State {
            is_over: true,
            ..State::default()
        };
        let ended = mem::replace(&mut *state, over);
        drop(state);
        if let Some(closer) = &ended.closer {
            closer.abort();
        }
    }
}

impl State {
    fn open(&self) -> impl Iterator<Item = (&Arc<str>, &OpenDatabase)> {
        self.entries
            .iter()
            .filter_map(|(tenant, entry)| match entry {
                TenantEntry::Open(open) => Some((tenant, open)),
                TenantEntry::Opening(_) => None,
            })
    }

    /// Remembers a failure, unless there are too many.
    fn remember(&mut self, tenant: Arc<str>, failure: OpenFailure) {
        if self.failures.len() >= MOST_FAILURES {
            self.failures.retain(|_, failure| failure.is_recent());
        }
        if self.failures.len() < MOST_FAILURES {
            self.failures.insert(tenant, failure);
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
