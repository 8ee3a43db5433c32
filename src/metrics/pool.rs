//! [`PoolMeter`]: how many connections of a pool are open, used and allowed.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
};

use super::{
    labels::LabelValue::Fixed,
    recorder::change,
    table::{CONNECTIONS, MOST_CONNECTIONS, STATE, SYSTEM},
    wait::{ConnectionQueue, ConnectionWait},
};

/// Measures the connections of a pool whenever one of them is taken or given back.
pub(crate) struct PoolMeter {
    system: &'static str,
    most: i32,
    open: Box<dyn Fn() -> u32 + Send + Sync>,
    used: AtomicI32,
    told: Mutex<PoolState>,
}

/// The state of a pool, as it was last reported.
#[derive(Clone, Copy, Debug, Default)]
struct PoolState {
    idle: i32,
    used: i32,
    most: i32,
}

/// A connection that is used. When it is dropped, the connection is idle or closed.
#[derive(Debug)]
pub(crate) struct ConnectionInUse(Arc<PoolMeter>);

impl PoolMeter {
    /// Creates the meter of a pool that opens at most `most` connections. `open` returns how many are open.
    pub(crate) fn new(
        system: &'static str,
        most: u32,
        open: impl Fn() -> u32 + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            system,
            most: i32::try_from(most).unwrap_or(i32::MAX),
            open: Box::new(open),
            used: AtomicI32::new(0),
            told: Mutex::default(),
        })
    }

    /// Begins to wait for a connection.
    pub(crate) fn wait(&self, queue: ConnectionQueue) -> ConnectionWait {
        ConnectionWait::begin(self.system, queue)
    }

    /// Records that work has got a connection without waiting.
    pub(crate) fn no_wait(&self, queue: ConnectionQueue) {
        ConnectionWait::none(self.system, queue);
    }

    /// Begins to use a connection.
    pub(crate) fn begin(self: &Arc<Self>) -> ConnectionInUse {
        if cfg!(feature = "metrics") {
            self.used.fetch_add(1, Ordering::Relaxed);
            self.report();
        }
        ConnectionInUse(Arc::clone(self))
    }

    fn report(&self) {
        let open = i32::try_from((self.open)()).unwrap_or(i32::MAX);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let used = self.used.load(Ordering::Relaxed);
        let state = PoolState {
            // A connection outside the pool, such as that of an export, is used but not counted as open there.
            idle: open.saturating_sub(used).max(0),
            used,
            most: self.most,
        };
        self.tell(&mut told, state);
    }

    fn tell(&self, told: &mut PoolState, state: PoolState) {
        let of_state = |of| [(SYSTEM, Fixed(self.system)), (STATE, Fixed(of))];
        let changed = |name, labels: &[_], before: i32, after: i32| {
            if before != after {
                change(name, labels, after.saturating_sub(before));
            }
        };
        changed(CONNECTIONS, &of_state("idle"), told.idle, state.idle);
        changed(CONNECTIONS, &of_state("used"), told.used, state.used);
        let labels = [(SYSTEM, Fixed(self.system))];
        changed(MOST_CONNECTIONS, &labels, told.most, state.most);
        *told = state;
    }
}

impl Drop for ConnectionInUse {
    fn drop(&mut self) {
        if cfg!(feature = "metrics") {
            self.0.used.fetch_sub(1, Ordering::Relaxed);
            self.0.report();
        }
    }
}

impl Drop for PoolMeter {
    fn drop(&mut self) {
        let mut told = *self.told.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.tell(&mut told, PoolState::default());
    }
}

impl fmt::Debug for PoolMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolMeter")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}
