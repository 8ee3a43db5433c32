//! [`ConnectionSource`]: the pool that connections are taken from, and what is known of its server.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Pool, pool::PoolConnection};
use tokio::time::{Instant as Deadline, timeout_at};

use super::{
    frame::Frame,
    outage::Outage,
    protocol::{ManualCommit, Session},
    state::StateQuestion,
    statements::Server,
    stopper::Stopper,
};
use crate::{
    database::{
        driver::ServerState,
        failure::{busy, error_of, failed},
    },
    error::{Code, Error, Result},
};

/// The shortest time between two closings of the idle connections of a server that takes no writes.
const RENOUNCED_FOR: Duration = Duration::from_secs(1);

/// For how many new prepared statements of a request a connection has room when it is lent; a quarter of all if they are few.
const ROOM: usize = 16;

/// A pool, and what is known of its server.
pub(super) struct ConnectionSource<S: Server> {
    pub(super) pool: Pool<S::Db>,
    /// Whether inserts can return rows, as the last new connection said; `false` before the first connection.
    returns_rows: AtomicBool,
    /// The settings of a transaction where the server may end it without an error, as the first connection said.
    manual_commit: OnceLock<Option<ManualCommit>>,
    outage: Outage,
    question: StateQuestion<S>,
    stopper: Stopper<S>,
    /// When the idle connections were last closed since the server took no writes.
    renounced: Mutex<Option<Instant>>,
    /// How many times prepared statements were found to be stale.
    generation: AtomicU64,
    /// The number of prepared statements with which a connection is not [ready](Self::is_ready); `None` if any number will do.
    most_prepared: Option<usize>,
    /// The numbers of connections that are closed when the pool lends them next, and of some that are closed already.
    retired: Mutex<VecDeque<i64>>,
}

/// A connection that is checked out of the pool.
pub(super) struct CheckedOut<S: Server> {
    pub(super) connection: PoolConnection<S::Db>,
    /// Facts that the server has reported when it was taken.
    pub(super) session: Session,
    /// The [generation](ConnectionSource::generation) of its prepared statements.
    pub(super) generation: u64,
    pub(super) taken: Instant,
    pub(super) rests_since: Instant,
}

impl<S: Server> ConnectionSource<S> {
    pub(super) fn new(pool: Pool<S::Db>) -> Self {
        Self {
            most_prepared: most_prepared::<S>(&pool),
            pool,
            returns_rows: AtomicBool::new(false),
            manual_commit: OnceLock::new(),
            outage: Outage::default(),
            question: StateQuestion::default(),
            stopper: Stopper::default(),
            renounced: Mutex::default(),
            generation: AtomicU64::new(0),
            retired: Mutex::default(),
        }
    }

    /// Whether inserts can return rows. It is known while a connection is checked out.
    pub(super) fn returns_rows(&self) -> bool {
        self.returns_rows.load(Ordering::Relaxed)
    }

    /// Returns how a transaction that may write begins and ends. It is known while a connection is checked out.
    pub(super) fn frame(&self) -> Frame {
        Frame::new(self.manual_commit.get().copied().flatten())
    }

    /// Takes a connection from the pool; fails after the deadline `by`, or at once during an [outage](Outage).
    pub(super) async fn take(&self, by: Deadline) -> Result<CheckedOut<S>> {
        if self.outage.is_on() {
            return Err(error_of(Code::Unavailable));
        }
        loop {
            let generation = self.generation();
            let mut connection = match timeout_at(by, self.pool.acquire()).await {
                Ok(Ok(connection)) => connection,
                Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) => return Err(self.noted(self.late())),
                Ok(Err(error)) => return Err(self.noted(failed(error))),
            };
            self.outage.ends();
            let session = timeout_at(by, S::session(&mut connection)).await;
            let session = session.map_err(|_| busy())?.map_err(failed)?;
            if self.is_retired(session.number) {
                connection.close_on_drop();
                continue;
            }
            self.returns_rows
                .store(session.returns_rows, Ordering::Relaxed);
            if self.manual_commit.get().is_none() {
                let asked = timeout_at(by, S::manual_commit(&mut connection)).await;
                let asked = asked.map_err(|_| busy())?.map_err(failed)?;
                self.manual_commit.get_or_init(|| asked);
            }
            let now = Instant::now();
            let mut held = CheckedOut {
                connection,
                session,
                generation,
                taken: now,
                rests_since: now,
            };
            if !self.is_ready(&held) {
                self.clear(&mut held, by).await?;
            }
            return Ok(held);
        }
    }

    /// Returns the error of a connection that could not be opened, with which an outage begins if the server cannot be
    /// reached.
    fn noted(&self, error: Error) -> Error {
        if error.code() == Code::Unavailable {
            self.outage.begins();
        }
        error
    }

    /// Returns the error of a request that has got no connection until its deadline.
    fn late(&self) -> Error {
        match self.pool.size() < self.pool.options().get_max_connections() {
            // The pool could have opened a connection, and has tried to.
            true => error_of(Code::Unavailable),
            false => busy(),
        }
    }

    /// Whether the pool has no connection left to give, or is being closed.
    pub(super) fn is_exhausted(&self) -> bool {
        let most = self.pool.options().get_max_connections();
        self.pool.is_closed() || (self.pool.size() >= most && self.pool.num_idle() == 0)
    }

    /// Closes the pool's idle connections, since their server takes no writes any more; new ones look up its name again.
    /// Returns `false`, and does nothing, if this was done less than a second ago.
    pub(super) fn renounce(&self) -> bool {
        let mut last = self
            .renounced
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < RENOUNCED_FOR) {
            return false;
        }
        *last = Some(Instant::now());
        tracing::warn!("the server takes no writes; its idle connections are closed");
        self.close_idle();
        true
    }

    /// Returns how many times prepared statements were found to be stale. Connections of an older generation must clear
    /// theirs.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Begins a new generation, since a statement of a connection of this `generation` was stale, unless a newer one has
    /// begun already. Closes the pool's idle connections, whose generation is not known.
    pub(super) fn renew(&self, generation: u64) {
        let (next, order) = (generation + 1, Ordering::AcqRel);
        let begun = self
            .generation
            .compare_exchange(generation, next, order, Ordering::Relaxed);
        if begun.is_ok() {
            tracing::info!(
                "prepared statements are stale; connections clear theirs, or are closed"
            );
            self.close_idle();
        }
    }

    /// Clears the prepared statements of a connection, which is closed if that fails, or takes until the deadline `by`.
    pub(super) async fn clear(&self, held: &mut CheckedOut<S>, by: Deadline) -> Result<()> {
        let generation = self.generation();
        let clearing = timeout_at(by, held.connection.clear_cached_statements());
        let cleared = clearing.await.map_err(|_| busy());
        let cleared = cleared.and_then(|cleared| cleared.map_err(failed));
        match &cleared {
            Ok(()) => held.generation = generation,
            Err(_) => held.connection.close_on_drop(),
        }
        cleared
    }

    /// Whether a connection can be lent as it is. Else its prepared statements must be [cleared](Self::clear): they are
    /// stale, or so many that each new one would wait until it has taken the place of another one.
    pub(super) fn is_ready(&self, held: &CheckedOut<S>) -> bool {
        let has_room = |most| held.connection.cached_statements_size() < most;
        held.generation == self.generation() && self.most_prepared.is_none_or(has_room)
    }

    /// Gives a connection back to the pool; closes it if its prepared statements may be stale.
    pub(super) fn give_back(&self, mut held: CheckedOut<S>) {
        if held.generation != self.generation() {
            held.connection.close_on_drop();
        }
    }

    /// Notes the number of a connection that goes back to the pool although it must not be used again.
    pub(super) fn retire(&self, number: i64) {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        // Behind a pooler, connections have no numbers, and no statements that could be stale.
        if S::IS_POOLED || retired.contains(&number) {
            return;
        }
        // There are no more open connections than this, so the oldest number is nearly always that of a closed one.
        let most = self.pool.options().get_max_connections() as usize;
        if retired.len() >= most {
            retired.pop_front();
        }
        retired.push_back(number);
    }

    /// Whether the connection with this number must be closed.
    fn is_retired(&self, number: i64) -> bool {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let found = retired.iter().position(|retired| *retired == number);
        found.is_some_and(|place| retired.remove(place).is_some())
    }

    fn close_idle(&self) {
        while let Some(mut idle) = self.pool.try_acquire() {
            idle.close_on_drop();
        }
    }

    /// Asks the server for its state.
    pub(super) async fn state(&self) -> Result<ServerState> {
        self.question.ask(&self.pool).await
    }

    /// Asks the server whether it is there.
    pub(super) async fn answers(&self) -> Result<()> {
        self.question.is_answered(&self.pool).await
    }

    /// Stops the statement that runs on the connection with this number, since its request was dropped.
    ///
    /// The caller keeps the connection open until this returns, since `number` identifies the connection only while it
    /// is open.
    pub(super) async fn end(&self, number: i64) {
        if let Some(sql) = S::stop(number) {
            self.stopper.stop(&self.pool, sql).await;
        }
    }

    /// Interrupts the statement that runs on the connection with this number, which then fails if it is not in time.
    pub(super) async fn interrupt(&self, number: i64) {
        if let Some(sql) = S::interrupt(number) {
            self.stopper.stop(&self.pool, sql).await;
        }
    }
}

/// Returns the number of prepared statements with which a connection is not ready: those that sqlx keeps, less some room for
/// those of a request. `None` if any number will do, or none are kept.
fn most_prepared<S: Server>(pool: &Pool<S::Db>) -> Option<usize> {
    let kept = S::statements_without_wait(&pool.connect_options());
    kept.filter(|kept| *kept > 0)
        .map(|kept| kept - ROOM.min(kept / 4))
}

impl<S: Server> CheckedOut<S> {
    /// Closes the connection at once, without the pool, which would panic outside a runtime.
    pub(super) fn forget(self) {
        drop(self.connection.detach());
    }
}
