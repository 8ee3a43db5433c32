//! The transaction of an action, a write, a hook or a manager: it begins with its first use, and the library ends it.

use std::{any::Any, sync::Arc, time::Duration};

use tokio::{
    sync::{MappedMutexGuard, Mutex, MutexGuard},
    time::timeout,
};

use super::{
    driver::{DriverFuture, Unit, WriteResults},
    handle::Database,
    reading::Query,
    violation::{Violation, has_ended_before, rolled_back_after},
    words::busy,
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::{Repeatable, answer_to},
    statement::Statement,
};

/// The transaction of an [action](crate::Action), of a [hook](crate::RowChange) or of
/// [`Base::transaction`](crate::Base::transaction), on a connection of its own.
///
/// The transaction begins with its first use. The library commits the transaction when the handler returns `Ok`, and
/// rolls it back after an `Err` or a panic. On SQLite, which has one writer at a time, a transaction that may write
/// waits for earlier ones to end. The transaction of a GET request reads from one snapshot.
///
/// A handler must not keep the transaction: if a task still uses it when the handler returns, the response is a 500 and
/// nothing is committed. A hook must drop its handle before it returns, since the library then runs further statements
/// in the same transaction.
pub struct Transaction {
    inner: Arc<TransactionInner>,
    /// Counts the handles that were given to one hook.
    loan: Arc<()>,
}

struct TransactionInner {
    database: Database,
    writes: bool,
    user: ConnectionUser,
    /// The longest time that the transaction waits for a connection or lock before it begins.
    patience: Duration,
    state: Mutex<TransactionState>,
}

/// Whose code runs statements in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionUser {
    /// Only the library, whose statements are known.
    Library,
    /// The program too: an action, a hook or a manager, which may run any statement. Such a transaction shares its
    /// connection and its commit with no other.
    Program,
}

/// A handle that was lent to a hook, until it is known to be dropped.
pub(super) struct Loan(Arc<()>);

impl Loan {
    /// Whether the handle is dropped.
    pub(super) fn is_returned(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

enum TransactionState {
    Idle,
    Open(Box<dyn Unit>),
    Over,
}

impl Transaction {
    pub(crate) fn new(
        database: Database,
        writes: bool,
        user: ConnectionUser,
        patience: Duration,
    ) -> Self {
        let inner = TransactionInner {
            database,
            writes,
            user,
            patience,
            state: Mutex::new(TransactionState::Idle),
        };
        Self {
            inner: Arc::new(inner),
            loan: Arc::default(),
        }
    }

    /// Returns the handle of a transaction that has begun.
    pub(super) fn of(
        unit: Box<dyn Unit>,
        database: Database,
        user: ConnectionUser,
        patience: Duration,
    ) -> Self {
        let inner = TransactionInner {
            database,
            writes: true,
            user,
            patience,
            state: Mutex::new(TransactionState::Open(unit)),
        };
        Self {
            inner: Arc::new(inner),
            loan: Arc::default(),
        }
    }

    /// Returns another handle to the same transaction, for the code that ends it.
    pub(crate) fn handle(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            loan: Arc::clone(&self.loan),
        }
    }

    /// Returns a handle for a hook, and the loan that tells whether the hook has dropped it.
    pub(super) fn lend(&self) -> (Self, Loan) {
        let loan = Arc::default();
        let handle = Self {
            inner: Arc::clone(&self.inner),
            loan: Arc::clone(&loan),
        };
        (handle, Loan(loan))
    }

    /// Lends the connection, and begins the transaction if it has not begun. Returns an error if the connection is not
    /// of the type `C`, which belongs to the kind of database that `name` says.
    async fn lent<C: Any>(&self, name: &str) -> Result<MappedMutexGuard<'_, C>> {
        if self.inner.user == ConnectionUser::Library {
            return Err(failed(
                "the transaction is not one that the program may use",
            ));
        }
        let mut state = self.inner.state.lock().await;
        self.begin(&mut state).await?;
        let lent = MutexGuard::try_map(state, |state| match state {
            TransactionState::Open(unit) => unit.connection().downcast_mut(),
            TransactionState::Idle | TransactionState::Over => None,
        });
        lent.map_err(|_| failed(&format!("the database is no {name} database")))
    }

    /// Runs an operation that only reads, such as the retrieval of one object, inside the transaction.
    pub(crate) async fn read<Q: Repeatable>(&self, query: Query<Q>) -> Result<Q::Answer> {
        let reading = self.inner.database.reading(query);
        let outcome = self.with(|unit| unit.read(reading)).await?;
        answer_to::<Q>(outcome)
    }

    /// Runs statements that write, within a time limit for all of them. Returns the results of those before the first
    /// one that breaks a constraint, and that violation. After a violation the transaction can only be rolled back,
    /// unless it [goes on](Self::goes_on).
    pub(super) async fn write(
        &self,
        statements: Vec<Statement>,
        limit: Duration,
    ) -> Result<WriteResults> {
        let observer = &self.inner.database.plans().observer;
        let statements = statements.into_iter().map(|one| one.observed_by(observer));
        let statements = statements.collect();
        self.with(|unit| unit.write(statements, limit)).await
    }

    /// Whether the transaction can run more statements after a violation of a constraint.
    pub(super) async fn goes_on(&self) -> bool {
        match &*self.inner.state.lock().await {
            TransactionState::Open(unit) => unit.goes_on(),
            TransactionState::Idle | TransactionState::Over => false,
        }
    }

    /// Whether the database itself enforces foreign keys on the transaction's connection.
    pub(super) async fn checks_references(&self) -> Result<bool> {
        self.with(|unit| unit.checks_references()).await
    }

    /// Uses the connection for one step, and begins the transaction if it has not begun. If the step fails, the
    /// transaction is rolled back.
    async fn with<T>(
        &self,
        step: impl FnOnce(Box<dyn Unit>) -> DriverFuture<'static, (Box<dyn Unit>, T)>,
    ) -> Result<T> {
        let mut state = self.inner.state.lock().await;
        self.begin(&mut state).await?;
        match std::mem::replace(&mut *state, TransactionState::Over) {
            TransactionState::Open(unit) => {
                let (unit, done) = step(unit).await?;
                *state = TransactionState::Open(unit);
                Ok(done)
            }
            TransactionState::Idle | TransactionState::Over => Err(over()),
        }
    }

    /// Commits the transaction of an action, if it has begun.
    pub(crate) async fn commit(&self) -> Result<()> {
        self.try_commit().await?.map_err(Violation::of_an_action)
    }

    /// Commits the transaction, if it has begun; returns a violation of a deferred constraint, which is checked only
    /// now. A transaction that was rolled back by an earlier failure is an error.
    pub(super) async fn try_commit(&self) -> Result<Result<(), Violation>> {
        match self.end()? {
            TransactionState::Open(unit) => unit.commit().await,
            TransactionState::Idle => Ok(Ok(())),
            TransactionState::Over => Err(over()),
        }
    }

    /// Rolls the transaction back, if it has begun. Returns an error if it had [ended before](has_ended_before).
    pub(crate) async fn roll_back(&self) -> Result<()> {
        match self.try_roll_back().await {
            Err(error) if !has_ended_before(&error) => {
                tracing::error!("a transaction could not be rolled back: {error:?}");
                Ok(())
            }
            done => done,
        }
    }

    async fn try_roll_back(&self) -> Result<()> {
        match self.end()? {
            TransactionState::Open(unit) => unit.roll_back().await,
            TransactionState::Idle | TransactionState::Over => Ok(()),
        }
    }

    /// Rolls the transaction back, if it has begun, after an error that may be the program's. Returns the error, or another one
    /// if the transaction had [ended before](has_ended_before): the error may come of that.
    pub(crate) async fn roll_back_after(&self, error: Error) -> Error {
        if let Ok(mut state) = self.inner.state.try_lock()
            && let TransactionState::Open(unit) = &mut *state
        {
            unit.note(&error);
        }
        rolled_back_after(error, self.try_roll_back().await)
    }

    async fn begin(&self, state: &mut TransactionState) -> Result<()> {
        match state {
            TransactionState::Idle => {
                let TransactionInner {
                    database,
                    writes,
                    patience,
                    ..
                } = &*self.inner;
                let begun = timeout(*patience, database.begin(*writes)).await;
                *state = TransactionState::Open(begun.map_err(|_| busy())??);
                Ok(())
            }
            TransactionState::Open(_) => Ok(()),
            TransactionState::Over => Err(over()),
        }
    }

    /// Makes all handles of the transaction unusable, and returns the state in which the transaction was.
    fn end(&self) -> Result<TransactionState> {
        let in_use = |_| failed("the code has returned, but something still uses its transaction");
        let mut state = self.inner.state.try_lock().map_err(in_use)?;
        Ok(std::mem::replace(&mut *state, TransactionState::Over))
    }
}

fn failed(why: &str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(why)
}

fn over() -> Error {
    failed("the transaction is over: the code that had it has returned, or one of its steps failed")
}

/// Defines, for each database, the method that lends its connection and the type of the returned guard. Each line has
/// the method, the feature, the database's name, the guard and the sqlx connection in the guard.
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
