//! A cache of connections that stay checked out of their pool, since the pool makes two round trips for each checkout.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions as _, Connection as _, Pool};
use tokio::{
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    time::{Instant as Deadline, sleep},
};

use super::{
    counting::Counting,
    failure::Failure,
    locks::Unlockable,
    permits::Permits,
    pool_settings::PoolOwner,
    protocol::Connection,
    source::{CheckedOut, ConnectionSource},
    statements::Server,
    wait_queue::WaitQueue,
};
use crate::{
    database::words::LONGEST_WAIT,
    error::{Code, Result},
    metrics::{ConnectionInUse, ConnectionQueue, PoolMeter},
    observer::system_of,
};

/// The longest times before a connection returns to the pool: idle in the cache (`LONGEST_REST`), and since it was
/// checked out (`LONGEST_USE`).
const LONGEST_REST: Duration = Duration::from_secs(60);
const LONGEST_USE: Duration = Duration::from_secs(30 * 60);
/// The interval between the checks that return idle connections to the pool.
const LOOK_AFTER: Duration = Duration::from_millis(200);
/// The time limit that replaces longer ones, whose deadlines would be beyond the range of the clock.
const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The idle connections that are checked out of a pool, and the permits to use a connection.
pub(super) struct ConnectionCache<S: Server> {
    pub(super) source: ConnectionSource<S>,
    /// A pool that this crate created is rarely used by the program for its own statements.
    owner: PoolOwner,
    permits: Permits,
    /// The permits to count a long list.
    pub(super) counting: Counting,
    /// Where readings of single rows and of pages near the start wait, which one statement can answer together.
    pub(super) wait_queue: WaitQueue,
    resting: Mutex<Vec<CheckedOut<S>>>,
    /// Whether a task is checking the idle connections.
    looked_after: AtomicBool,
    /// The tables and views that cannot be locked.
    pub(super) unlockable: Arc<Unlockable>,
    pub(super) meter: Arc<PoolMeter>,
}

/// A connection lent to a reading (the statements for one answer). If it is dropped before it is given back, its
/// statement is stopped.
pub(super) struct Lent<S: Server> {
    held: Option<CheckedOut<S>>,
    cache: Arc<ConnectionCache<S>>,
    turn: Option<OwnedSemaphorePermit>,
    /// The permit to count a long list; `None` if the reading needs none.
    pub(super) counting: Option<OwnedSemaphorePermit>,
    /// The deadline of the reading; `None` until the reading begins.
    until: Option<Deadline>,
    _in_use: ConnectionInUse,
}

impl<S: Server> ConnectionCache<S> {
    pub(super) fn new(pool: Pool<S::Db>, owner: PoolOwner) -> Self {
        let permits = Permits::new(pool.options().get_max_connections(), owner.is_program());
        let (most, own) = (pool.options().get_max_connections(), pool.clone());
        Self {
            counting: Counting::new(permits.size),
            permits,
            wait_queue: WaitQueue::default(),
            source: ConnectionSource::new(pool),
            owner,
            resting: Mutex::default(),
            looked_after: AtomicBool::new(false),
            unlockable: Arc::default(),
            meter: PoolMeter::new(system_of(S::NAME), most, move || own.size()),
        }
    }

    pub(super) fn pool(&self) -> &Pool<S::Db> {
        &self.source.pool
    }

    fn resting(&self) -> MutexGuard<'_, Vec<CheckedOut<S>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks out a connection: an idle one if there is any, else one from the pool. If `tested`, the idle ones first
    /// return to the pool, which tests each connection that it hands out.
    pub(super) async fn checkout(self: &Arc<Self>, tested: bool) -> Result<Lent<S>> {
        let by = Deadline::now() + LONGEST_WAIT;
        let _wait = self.meter.wait(ConnectionQueue::Reading);
        let turn = self.turn(by).await?;
        if tested {
            self.distrust();
        }
        self.lent(turn, by).await
    }

    /// Checks out a connection for a write, as [`checkout`](Self::checkout) does for a reading.
    pub(super) async fn checkout_to_write(self: &Arc<Self>, tested: bool) -> Result<Lent<S>> {
        let by = Deadline::now() + LONGEST_WAIT;
        let _wait = self.meter.wait(ConnectionQueue::Writing);
        let turn = self.permits.write(by).await?;
        if tested {
            self.distrust();
        }
        self.lent(turn, by).await
    }

    /// Checks out a connection for a reading whose permit is `turn`. Fails after the deadline `by`.
    pub(super) async fn lent(
        self: &Arc<Self>,
        turn: OwnedSemaphorePermit,
        by: Deadline,
    ) -> Result<Lent<S>> {
        let held = self.rested(by).await?;
        Ok(self.lend(held, turn))
    }

    /// Checks out an idle connection without waiting; `None` if there is none, if its prepared statements must be cleared
    /// first, or if requests already wait for one.
    pub(super) fn checkout_now(self: &Arc<Self>) -> Option<Lent<S>> {
        let turn = self.permits.reading_now()?;
        let held = self.resting().pop_if(|held| self.source.is_ready(held))?;
        self.meter.no_wait(ConnectionQueue::Reading);
        Some(self.lend(held, turn))
    }

    /// Takes an idle connection, or one from the pool. Fails after the deadline `by`.
    async fn rested(&self, by: Deadline) -> Result<CheckedOut<S>> {
        let held = self.resting().pop();
        match held {
            Some(held) if self.source.is_ready(&held) => return Ok(held),
            Some(mut held) => match Box::pin(self.source.clear(&mut held, by)).await {
                Ok(()) => return Ok(held),
                Err(late) if late.code() == Code::Busy => return Err(late),
                // It is lost.
                Err(_) => {}
            },
            None => {}
        }
        // Boxed, since the future is large and rarely needed.
        Box::pin(self.source.take(by)).await
    }

    fn lend(self: &Arc<Self>, held: CheckedOut<S>, turn: OwnedSemaphorePermit) -> Lent<S> {
        Lent {
            held: Some(held),
            cache: Arc::clone(self),
            turn: Some(turn),
            counting: None,
            until: None,
            _in_use: self.meter.begin(),
        }
    }

    /// Returns the greatest number of readings that run at once.
    pub(super) const fn size(&self) -> usize {
        self.permits.size
    }

    /// Waits for the permit to use a connection; fails after the deadline `by`.
    pub(super) async fn turn(&self, by: Deadline) -> Result<OwnedSemaphorePermit> {
        self.permits.reading(by).await
    }

    /// Gives the idle connections for which `which` returns true back to the pool.
    fn release(&self, which: impl Fn(&CheckedOut<S>) -> bool) {
        let released: Vec<_> = self.resting().extract_if(.., |held| which(held)).collect();
        released
            .into_iter()
            .for_each(|held| self.source.give_back(held));
    }

    /// Returns the idle connections to the pool, which tests each before it hands it out again.
    pub(super) fn distrust(&self) {
        self.release(|_| true);
    }

    /// Closes the idle connections, since their server takes no writes any more.
    pub(super) fn renounce(&self) {
        if self.source.renounce() {
            for mut held in mem::take(&mut *self.resting()) {
                held.connection.close_on_drop();
            }
        }
    }

    /// Returns one idle connection to the pool, for a caller that is about to take a connection from the pool directly.
    pub(super) fn release_one(&self) {
        if let Some(held) = self.resting().pop() {
            self.source.give_back(held);
        }
    }

    /// Spawns the task that returns idle connections to the pool, unless it runs already. It ends when the cache has no
    /// idle connection left.
    fn look_after(self: &Arc<Self>) {
        if self.looked_after.swap(true, Ordering::AcqRel) {
            return;
        }
        let cache = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(LOOK_AFTER).await;
                let Some(cache) = Weak::upgrade(&cache) else {
                    return;
                };
                let are_wanted = cache.source.is_exhausted();
                cache.release(|held| are_wanted || held.rests_since.elapsed() > LONGEST_REST);
                let resting = cache.resting();
                if resting.is_empty() {
                    cache.looked_after.store(false, Ordering::Release);
                    return;
                }
            }
        });
    }

    /// Returns a connection that does not belong to the pool, but has the same options and hooks as the pool's own.
    pub(super) async fn apart(&self, by: Deadline) -> Result<Connection<S>, Failure> {
        if let PoolOwner::Library(settings) = &self.owner {
            let connected = self.pool().connect_options().connect().await;
            let mut connection = connected.map_err(Failure::Database)?;
            let begun = settings.begin::<S>(&mut connection).await;
            return begun.map(|()| connection).map_err(Failure::Database);
        }
        // The program's pool may have hooks that prepare each connection, so the connection is taken from the pool and
        // detached.
        let _turn = self.turn(by).await?;
        self.release_one();
        let taken = self.pool().acquire().await.map_err(Failure::Database)?;
        let mut connection = taken.detach();
        let cleared = connection.clear_cached_statements().await;
        cleared.map_err(Failure::Database)?;
        Ok(connection)
    }
}

impl<S: Server> Drop for ConnectionCache<S> {
    fn drop(&mut self) {
        if Handle::try_current().is_err() {
            let resting = self
                .resting
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner);
            resting.drain(..).for_each(CheckedOut::forget);
        }
    }
}

impl<S: Server> Lent<S> {
    /// Returns the connection; an error if it was already given back, which is a bug.
    pub(super) fn connection(&mut self) -> Result<&mut Connection<S>, Failure> {
        match &mut self.held {
            Some(held) => Ok(&mut held.connection),
            None => Err(Failure::Mismatch(
                "a connection is used after it was given back".to_owned(),
            )),
        }
    }

    /// Returns the number by which the server identifies the connection; 0 if it was already given back.
    pub(super) fn number(&self) -> i64 {
        self.held.as_ref().map_or(0, |held| held.session.number)
    }

    /// Returns how long the connection was idle before it was lent.
    pub(super) fn idled(&self) -> Duration {
        let held = self.held.as_ref();
        held.map_or(Duration::ZERO, |held| held.rests_since.elapsed())
    }

    /// Returns the cache that the connection is of.
    pub(super) fn cache(&self) -> &ConnectionCache<S> {
        &self.cache
    }

    /// Returns the tables and views that are known not to be lockable, shared by all connections of the cache.
    pub(super) fn unlockable(&self) -> Arc<Unlockable> {
        Arc::clone(&self.cache.unlockable)
    }

    /// Returns the deadline of the reading: `limit` after the first call, whatever later calls pass.
    pub(super) fn until(&mut self, limit: Duration) -> Deadline {
        *self.until.get_or_insert_with(|| {
            let now = Deadline::now();
            now.checked_add(limit).unwrap_or(now + NEVER)
        })
    }

    /// Clears the prepared statements of the connection, one of which was stale; returns `None` if the connection is lost.
    pub(super) async fn cleared(mut self) -> Option<Self> {
        let by = self.until.unwrap_or_else(|| Deadline::now() + LONGEST_WAIT);
        let (cache, held) = (Arc::clone(&self.cache), self.held.as_mut()?);
        match cache.source.clear(held, by).await {
            Ok(()) => Some(self),
            Err(_) => {
                self.close();
                None
            }
        }
    }

    /// Gives the connection back to the cache. Its last result must have been read to its end, and no transaction may
    /// be open.
    pub(super) fn give_back(mut self) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        let used = held.taken.elapsed();
        let is_wanted = || self.cache.owner.is_program() && self.cache.source.is_exhausted();
        if used > LONGEST_USE || (used > LOOK_AFTER && is_wanted()) {
            return self.cache.source.give_back(held);
        }
        held.rests_since = Instant::now();
        self.cache.resting().push(held);
        self.cache.look_after();
    }

    /// Notes that a prepared statement of the connection was stale.
    pub(super) fn renew(&self) {
        if let Some(held) = &self.held {
            self.cache.source.renew(held.generation);
        }
    }

    /// Closes the connection, since it is lost, or its session must not be used again. No statement may be running on it.
    pub(super) fn close(mut self) {
        if let Some(held) = &mut self.held {
            held.connection.close_on_drop();
        }
        self.held = None;
    }
}

impl<S: Server> Drop for Lent<S> {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            return held.forget();
        };
        held.connection.close_on_drop();
        let cache = Arc::clone(&self.cache);
        let permits = (self.turn.take(), self.counting.take());
        runtime.spawn(async move {
            cache.source.end(held.session.number).await;
            drop((held, permits));
        });
    }
}
