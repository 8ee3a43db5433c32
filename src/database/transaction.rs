//! The transaction of an action: it begins with its first use, and the library ends it.

use std::{any::Any, sync::Arc, time::Duration};

use tokio::{
    sync::{MappedMutexGuard, Mutex, MutexGuard},
    time::timeout,
};

use super::{driver::Unit, handle::Database, reading::Query, violation::Violation};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::{Repeatable, answer_to},
};

/// The transaction of an [action](crate::Action), on a connection of its own.
///
/// It begins with its first use. The library commits it when the handler returns `Ok`, and rolls it back after an `Err`
/// or a panic. On SQLite, which has one writer at a time, a transaction that may write waits for earlier ones to end.
/// The transaction of a GET request reads from one snapshot.
///
/// It must not outlive the handler: if a task still uses it when the handler returns, the response is a 500 and nothing
/// is committed.
pub struct Transaction(Arc<TransactionInner>);

struct TransactionInner {
    database: Database,
    writes: bool,
    /// The longest time that the transaction waits to begin.
    patience: Duration,
    state: Mutex<TransactionState>,
}

enum TransactionState {
    Idle,
    Open(Box<dyn Unit>),
    Over,
}

impl Transaction {
    pub(crate) fn new(database: Database, writes: bool, patience: Duration) -> Self {
        Self(Arc::new(TransactionInner {
            database,
            writes,
            patience,
            state: Mutex::new(TransactionState::Idle),
        }))
    }

    /// Returns another handle to the same transaction, for the code that ends it.
    pub(crate) fn handle(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Lends the connection, and begins the transaction if it has not begun. Returns an error if the connection is not
    /// of the type `C`: the database is then of another kind than `name` says.
    async fn lent<C: Any>(&self, name: &str) -> Result<MappedMutexGuard<'_, C>> {
        let mut state = self.0.state.lock().await;
        self.begin(&mut state).await?;
        let lent = MutexGuard::try_map(state, |state| match state {
            TransactionState::Open(unit) => unit.connection().downcast_mut(),
            TransactionState::Idle | TransactionState::Over => None,
        });
        lent.map_err(|_| failed(&format!("the database is no {name} database")))
    }

    /// Reads the answer to a question inside the transaction.
    pub(crate) async fn read<Q: Repeatable>(&self, query: Query<Q>) -> Result<Q::Answer> {
        let reading = self.0.database.reading(query);
        let mut state = self.0.state.lock().await;
        self.begin(&mut state).await?;
        match std::mem::replace(&mut *state, TransactionState::Over) {
            TransactionState::Open(unit) => {
                let (unit, outcome) = unit.read(reading).await?;
                *state = TransactionState::Open(unit);
                answer_to::<Q>(outcome)
            }
            TransactionState::Idle | TransactionState::Over => Err(over()),
        }
    }

    /// Commits the transaction, if it has begun.
    pub(crate) async fn commit(&self) -> Result<()> {
        match self.end()? {
            Some(unit) => unit.commit().await?.map_err(Violation::of_an_action),
            None => Ok(()),
        }
    }

    /// Rolls the transaction back, if it has begun.
    pub(crate) async fn roll_back(&self) {
        let done = match self.end() {
            Ok(Some(unit)) => unit.roll_back().await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::error!("a transaction could not be rolled back: {error:?}");
        }
    }

    async fn begin(&self, state: &mut TransactionState) -> Result<()> {
        match state {
            TransactionState::Idle => {
                let TransactionInner {
                    database,
                    writes,
                    patience,
                    ..
                } = &*self.0;
                let begun = timeout(*patience, database.begin(*writes)).await;
                let busy =
                    |_| Error::new(Code::Busy, "the database is busy; try again in a moment");
                *state = TransactionState::Open(begun.map_err(busy)??);
                Ok(())
            }
            TransactionState::Open(_) => Ok(()),
            TransactionState::Over => Err(over()),
        }
    }

    /// Takes the open transaction out of the state that all handles share, so that none can use it any more; `None` if
    /// no transaction is open.
    fn end(&self) -> Result<Option<Box<dyn Unit>>> {
        let in_use =
            |_| failed("the handler has returned, but something still uses its transaction");
        let mut state = self.0.state.try_lock().map_err(in_use)?;
        Ok(
            match std::mem::replace(&mut *state, TransactionState::Over) {
                TransactionState::Open(unit) => Some(unit),
                TransactionState::Idle | TransactionState::Over => None,
            },
        )
    }
}

fn failed(why: &str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(why)
}

fn over() -> Error {
    failed("the transaction is over: its action has returned, or it failed before")
}

/// Takes one line for each database: its method, feature and name, the type of the returned guard, and the type of the
/// sqlx connection that the guard lends.
macro_rules! lent {
    ($($(#[$doc:meta])+ $method:ident $feature:literal $name:literal $lent:ident: $connection:ty;)+) => {
        impl Transaction {
            $(
                $(#[$doc])+
                #[cfg(feature = $feature)]
                pub async fn $method(&self) -> Result<$lent<'_>> {
                    self.lent($name).await.map($lent)
                }
            )+
        }

        $(
            /// The sqlx connection of a [`Transaction`].
            #[cfg(feature = $feature)]
            pub struct $lent<'a>(MappedMutexGuard<'a, $connection>);

            #[cfg(feature = $feature)]
            impl std::ops::Deref for $lent<'_> {
                type Target = $connection;

                fn deref(&self) -> &$connection {
                    &self.0
                }
            }

            #[cfg(feature = $feature)]
            impl std::ops::DerefMut for $lent<'_> {
                fn deref_mut(&mut self) -> &mut $connection {
                    &mut self.0
                }
            }

            #[cfg(feature = $feature)]
            impl std::fmt::Debug for $lent<'_> {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($lent)).finish_non_exhaustive()
                }
            }
        )+
    };
}

lent! {
    /// Returns the SQLite connection, for statements of your own, and begins the transaction if it has not begun.
    ///
    /// Drop the connection before the handler returns.
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
    /// [`Code::Busy`] when within the viewset's time limit no connection is free, or an earlier writer has not ended;
    /// [`Code::Internal`] when the database is not an SQLite database, or the action has ended.
    sqlite "sqlite" "SQLite" SqliteTransaction: sqlx::SqliteConnection;
    /// Returns the connection of a PostgreSQL database, as [`sqlite`](Self::sqlite) does for SQLite.
    ///
    /// # Errors
    ///
    /// [`Code::Busy`] when no connection is free within the viewset's time limit; [`Code::Internal`] when the database
    /// is not a PostgreSQL database, or the action has ended.
    postgres "postgres" "PostgreSQL" PostgresTransaction: sqlx::PgConnection;
    /// Returns the connection of a MySQL or MariaDB database, as [`sqlite`](Self::sqlite) does for SQLite.
    ///
    /// # Errors
    ///
    /// [`Code::Busy`] when no connection is free within the viewset's time limit; [`Code::Internal`] when the database
    /// is neither of them, or the action has ended.
    mysql "mysql" "MySQL" MySqlTransaction: sqlx::MySqlConnection;
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
