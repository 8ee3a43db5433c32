//! Lending the SQLite handle of an sqlx connection to rusqlite: the only file with unsafe code.
//!
//! sqlx copies every cell and sends the rows through a channel; rusqlite reads a cell in SQLite's memory. Both share
//! one SQLite library, so rusqlite can use a connection that sqlx has opened, with its settings, collations and hooks,
//! while sqlx's thread is locked out of it.
#![expect(
    unsafe_code,
    reason = "there is no safe way from one crate's connection to the other's"
)]

use std::{
    collections::BTreeSet,
    ops::Deref,
    ptr::NonNull,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ffi};
use sqlx::sqlite::LockedSqliteHandle;

use super::stand_in::{give_to, take_from};

/// The longest time that a reading (the statements for one answer) waits for a lock on the database.
const LONGEST_LOCK: Duration = Duration::from_secs(2);

/// The most prepared statements that a connection keeps.
const PREPARED: usize = 256;

/// A connection of sqlx's pool that rusqlite uses, while sqlx is locked out of it.
pub(super) struct LockedConnection<'c> {
    // Fields are dropped in their order: the slot, then rusqlite's connection with its prepared statements, then the
    // lock.
    slot: Slot,
    sqlite: Connection,
    /// How long the connection waited for a lock before it was lent; `None` if the program handles locks itself, by a
    /// busy handler.
    patience: Option<Duration>,
    /// The names of the missing collations for which the connection has stand-ins while it is lent.
    collations: Arc<BTreeSet<String>>,
    _locked: LockedSqliteHandle<'c>,
}

/// Holds SQLite's handle of the connection as long as other threads may interrupt its statement; empty afterwards.
type Slot = Arc<Mutex<Option<Handle>>>;

#[derive(Clone, Copy)]
struct Handle(NonNull<ffi::sqlite3>);

// SAFETY: the pointer is only passed to `sqlite3_interrupt`, which SQLite allows from any thread.
unsafe impl Send for Handle {}

impl<'c> LockedConnection<'c> {
    pub(super) fn of(mut locked: LockedSqliteHandle<'c>) -> rusqlite::Result<Self> {
        let handle = locked.as_raw_handle();
        // SAFETY: the handle is open, and stays so while `locked` is held: sqlx closes it only after taking the lock
        // itself. No other thread uses it meanwhile, and `Connection` can be used by one thread only. Rusqlite does not
        // close a handle it was given; its prepared statements are finalized when it is dropped, before the lock.
        let sqlite = unsafe { Connection::from_handle(handle.as_ptr()) }?;
        sqlite.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self {
            slot: Arc::new(Mutex::new(Some(Handle(handle)))),
            sqlite,
            patience: None,
            collations: Arc::default(),
            _locked: locked,
        })
    }

    /// Lends a connection for reading only, with stand-ins for missing collations. The connection waits for a lock for
    /// less than the time limit of an answer, so that the client gets the error of the lock, not that of the time
    /// limit.
    pub(super) fn to_read(
        locked: LockedSqliteHandle<'c>,
        collations: Arc<BTreeSet<String>>,
    ) -> rusqlite::Result<Self> {
        let mut lent = Self::of(locked)?;
        let millis: u32 = lent
            .sqlite
            .query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
        // SQLite reports a timeout of zero for a connection that has a busy handler of its own, which is kept.
        lent.patience = (millis > 0).then(|| Duration::from_millis(millis.into()));
        give_to(&lent.sqlite, &collations)?;
        lent.collations = collations;
        Ok(lent)
    }

    /// Sets the longest time that the next reading (the statements for one answer) waits for a lock: half its time
    /// limit, at most [`LONGEST_LOCK`] and the timeout that the connection had.
    pub(super) fn wait_for_locks(&self, limit: Duration) -> rusqlite::Result<()> {
        let Some(before) = self.patience else {
            return Ok(());
        };
        self.sqlite
            .busy_timeout(before.min(LONGEST_LOCK).min(limit / 2))
    }

    /// Whether a foreign key that is checked only with the commit is broken now.
    pub(super) fn has_broken_references(&self) -> bool {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the handle is open as long as `self.sqlite` is, and used by this thread alone; the pointers are valid
        // for writes during the call.
        let status = unsafe {
            ffi::sqlite3_db_status(
                self.sqlite.handle(),
                ffi::SQLITE_DBSTATUS_DEFERRED_FKS,
                &raw mut current,
                &raw mut highest,
                0,
            )
        };
        status != ffi::SQLITE_OK || current != 0
    }

    /// Returns a handle by which another thread can stop the statement on the connection.
    pub(super) fn interrupt(&self) -> Interrupt {
        Interrupt(Arc::clone(&self.slot))
    }
}

impl Deref for LockedConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.sqlite
    }
}

impl Drop for LockedConnection<'_> {
    fn drop(&mut self) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(before) = self.patience {
            let restored = self.sqlite.busy_timeout(before);
            debug_assert!(restored.is_ok(), "{restored:?}");
        }
        if !self.collations.is_empty() {
            // If a stand-in remained, later writes on the connection would put entries into the indexes of its
            // collation at the wrong places.
            let taken = take_from(&self.sqlite, &self.collations);
            debug_assert!(taken.is_ok(), "{taken:?}");
        }
    }
}

/// Stops the statement that runs on a lent connection, from any thread. Once the connection is given back, it does
/// nothing.
#[derive(Clone)]
pub(super) struct Interrupt(Slot);

impl Interrupt {
    pub(super) fn stop(&self) {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Handle(handle)) = *slot {
            // SAFETY: the slot is emptied, under its lock, before the connection is given back, so the handle is open;
            // SQLite allows this call from any thread on an open connection.
            unsafe { ffi::sqlite3_interrupt(handle.as_ptr()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

    use super::*;

    async fn connection() -> SqliteConnection {
        let options = SqliteConnectOptions::new().in_memory(true);
        let options = options.collation("backwards", |left: &str, right: &str| right.cmp(left));
        options.connect().await.expect("a connection")
    }

    #[tokio::test]
    async fn both_crates_see_one_connection_with_its_settings() {
        let mut connection = connection().await;
        sqlx::raw_sql("CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('a'), ('b')")
            .execute(&mut connection)
            .await
            .expect("a table");
        for _ in 0..3 {
            let lent = LockedConnection::of(connection.lock_handle().await.expect("a handle"))
                .expect("lent");
            let first = "SELECT word FROM words ORDER BY word COLLATE backwards";
            let mut statement = lent.prepare_cached(first).expect("a statement");
            let word: String = statement.query_row([], |row| row.get(0)).expect("a row");
            assert_eq!(word, "b");
            drop(statement);
            drop(lent);
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM words")
                .fetch_one(&mut connection)
                .await
                .expect("sqlx has it again");
            assert_eq!(count, 2);
        }
    }

    #[tokio::test]
    async fn a_statement_is_stopped_from_another_thread_and_the_next_runs() {
        let mut connection = connection().await;
        let lent =
            LockedConnection::of(connection.lock_handle().await.expect("a handle")).expect("lent");
        let interrupt = lent.interrupt();
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            interrupt.stop();
        });
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        let started = Instant::now();
        let error = lent
            .query_row(endless, [], |row| row.get::<_, i64>(0))
            .expect_err("stopped");
        assert_eq!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::OperationInterrupted)
        );
        assert!(started.elapsed() < Duration::from_secs(5));
        stopper.join().expect("no panic");
        assert_eq!(
            lent.query_row("SELECT 1", [], |row| row.get::<_, i64>(0)),
            Ok(1)
        );
    }

    #[tokio::test]
    async fn while_a_statement_is_held_an_interrupt_reaches_the_next_one_too() {
        let mut connection = connection().await;
        let lent =
            LockedConnection::of(connection.lock_handle().await.expect("a handle")).expect("lent");
        let next = || lent.query_row("SELECT 3", [], |row| row.get::<_, i64>(0));
        lent.interrupt().stop();
        assert_eq!(
            next(),
            Ok(3),
            "with nothing running there is nothing to stop"
        );
        let mut held = lent
            .prepare("SELECT 1 UNION ALL SELECT 2")
            .expect("a statement");
        let mut running = held.query([]).expect("a query");
        running.next().expect("a row");
        lent.interrupt().stop();
        let code = next()
            .expect_err("stopped before it began")
            .sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::OperationInterrupted));
        drop(running);
        assert_eq!(
            next(),
            Ok(3),
            "what was held is over, and so is the interrupt"
        );
    }

    #[tokio::test]
    async fn what_is_no_longer_lent_is_not_interrupted() {
        let mut connection = connection().await;
        let lent =
            LockedConnection::of(connection.lock_handle().await.expect("a handle")).expect("lent");
        let interrupt = lent.interrupt();
        drop(lent);
        drop(connection);
        interrupt.stop();
    }
}
