//! A transaction of an action: begun when it is first used, ended by the library.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::timeout};

use super::{Answer, Database, Question, Reading};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Outcome,
};

/// The transaction of an [action](crate::Action), on a connection of its own.
///
/// It begins when it is first used, and the library ends it: committed once the handler has returned `Ok`, rolled back
/// after an `Err` or a panic. One that may write waits for its turn, since SQLite has one writer at a time; one of a GET
/// reads a snapshot.
///
/// It is the handler's alone: a task that still uses it when the handler has returned makes the answer a 500, and nothing
/// is committed.
pub struct Transaction(Arc<Shared>);

struct Shared {
    database: Database,
    writes: bool,
    /// How long it may wait to begin.
    patience: Duration,
    state: Mutex<State>,
}

enum State {
    Idle,
    Open(Box<dyn Unit>),
    Over,
}

/// A transaction that is open on one connection; dropped, it is rolled back.
pub(super) trait Unit: Send {
    /// Runs a reading inside it; after an error it is rolled back.
    fn read(self: Box<Self>, reading: Reading) -> Answer<'static, (Box<dyn Unit>, Outcome)>;

    fn commit(self: Box<Self>) -> Answer<'static, ()>;

    fn roll_back(self: Box<Self>) -> Answer<'static, ()>;

    #[cfg(feature = "sqlite")]
    fn sqlite(&mut self) -> Option<&mut sqlx::SqliteConnection> {
        None
    }
}

impl Transaction {
    pub(crate) fn new(database: Database, writes: bool, patience: Duration) -> Self {
        Self(Arc::new(Shared {
            database,
            writes,
            patience,
            state: Mutex::new(State::Idle),
        }))
    }

    /// The same transaction, for whoever ends it.
    pub(crate) fn handle(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// The connection, for statements of one's own; the transaction begins if it has not yet. Give it back by dropping it
    /// before the handler returns.
    ///
    /// ```
    /// use tower_rest::{Act, Result};
    ///
    /// async fn sell(act: Act<()>) -> Result<()> {
    ///     let mut sqlite = act.transaction.sqlite().await?;
    ///     sqlx::query("UPDATE cars SET sold = 1 WHERE make = 'Toyota'")
    ///         .execute(&mut *sqlite)
    ///         .await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Code::Busy`] when no connection, or the turn to write, comes within the viewset's time limit;
    /// [`Code::Internal`] when the database is no SQLite database, or the action is over.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(&self) -> Result<SqliteTransaction<'_>> {
        let mut state = self.0.state.lock().await;
        self.begin(&mut state).await?;
        let connection = tokio::sync::MutexGuard::try_map(state, |state| match state {
            State::Open(unit) => unit.sqlite(),
            State::Idle | State::Over => None,
        });
        let connection = connection.map_err(|_| failed("the database is no SQLite database"))?;
        Ok(SqliteTransaction(connection))
    }

    /// Has a question answered inside it.
    pub(crate) async fn read(&self, question: Question) -> Result<Outcome> {
        let reading = self.0.database.reading(question);
        let mut state = self.0.state.lock().await;
        self.begin(&mut state).await?;
        match std::mem::replace(&mut *state, State::Over) {
            State::Open(unit) => {
                let (unit, outcome) = unit.read(reading).await?;
                *state = State::Open(unit);
                Ok(outcome)
            }
            State::Idle | State::Over => Err(over()),
        }
    }

    /// Makes what was written lasting.
    pub(crate) async fn commit(&self) -> Result<()> {
        match self.end()? {
            Some(unit) => unit.commit().await,
            None => Ok(()),
        }
    }

    /// Takes back what was written.
    pub(crate) async fn roll_back(&self) {
        let done = match self.end() {
            Ok(Some(unit)) => unit.roll_back().await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::error!("a transaction could not be rolled back at once: {error:?}");
        }
    }

    async fn begin(&self, state: &mut State) -> Result<()> {
        match state {
            State::Idle => {
                let Shared {
                    database,
                    writes,
                    patience,
                    ..
                } = &*self.0;
                let begun = timeout(*patience, database.begin(*writes)).await;
                let busy =
                    |_| Error::new(Code::Busy, "the database is busy; try again in a moment");
                *state = State::Open(begun.map_err(busy)??);
                Ok(())
            }
            State::Open(_) => Ok(()),
            State::Over => Err(over()),
        }
    }

    /// Ends it: none where it never began.
    fn end(&self) -> Result<Option<Box<dyn Unit>>> {
        let in_use =
            |_| failed("the handler has returned, but something still uses its transaction");
        let mut state = self.0.state.try_lock().map_err(in_use)?;
        Ok(match std::mem::replace(&mut *state, State::Over) {
            State::Open(unit) => Some(unit),
            State::Idle | State::Over => None,
        })
    }
}

fn failed(why: &str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(why)
}

fn over() -> Error {
    failed("the transaction is over: its action has returned, or it failed before")
}

/// The connection of a [`Transaction`], as sqlx has it.
#[cfg(feature = "sqlite")]
pub struct SqliteTransaction<'a>(tokio::sync::MappedMutexGuard<'a, sqlx::SqliteConnection>);

#[cfg(feature = "sqlite")]
impl std::ops::Deref for SqliteTransaction<'_> {
    type Target = sqlx::SqliteConnection;

    fn deref(&self) -> &sqlx::SqliteConnection {
        &self.0
    }
}

#[cfg(feature = "sqlite")]
impl std::ops::DerefMut for SqliteTransaction<'_> {
    fn deref_mut(&mut self) -> &mut sqlx::SqliteConnection {
        &mut self.0
    }
}

#[cfg(feature = "sqlite")]
impl std::fmt::Debug for SqliteTransaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteTransaction").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
