//! Hooks: functions of a program that run for each row that a request writes.
//!
//! 1. A hook is an async function of one owned argument: [`RowChange`], or [`CommittedChange`] after the commit.
//! 2. A hook runs in the transaction of the write, except after the commit. Its error is the answer; a panic is an
//!    internal error.

mod stored_row;

use std::{future::Future, sync::Arc};

pub use self::stored_row::StoredRow;
use crate::{
    database::{HookCall, HookFuture, HookPoint, RowHook, RowHooks, RowWrite, Transaction},
    error::{Code, Error, Result, SERVER_FAILED},
    manager::caught,
    operation::{Changes, Head},
};

/// A row that a request creates, changes or deletes: the argument of a hook that runs inside the transaction.
///
/// ```
/// use tower_rest::{Changes, Code, Error, Model, Result, RowChange};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     price: i64,
/// }
///
/// /// A hook for `ViewSet::before_update`.
/// async fn no_dumping(change: RowChange) -> Result<Changes> {
///     let price: i64 = change.stored_before()?.get_as(Car::PRICE)?;
///     match change.changes.get_as::<i64>(Car::PRICE)? {
///         Some(new) if new < price / 2 => Err(Error::new(Code::Forbidden, "at most half off")),
///         _ => Ok(change.changes),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct RowChange {
    /// The request without its body.
    pub head: Head,
    /// The columns that are set, with those that the path or the server determines; none for a deletion. A hook before
    /// the write may change and return them.
    pub changes: Changes,
    /// The row before the write, which is locked; `None` if the row is created.
    pub before: Option<StoredRow>,
    /// The row as it was read after the write; `None` before the write, and for a deletion.
    pub after: Option<StoredRow>,
    /// The transaction of the write. The hook must drop it before it returns.
    pub transaction: Transaction,
}

/// A row whose change is committed: the argument of a hook of [`ViewSet::on_commit`](crate::ViewSet::on_commit).
#[derive(Debug)]
#[non_exhaustive]
pub struct CommittedChange {
    /// The request without its body.
    pub head: Head,
    /// The columns that were set; none for a deletion.
    pub changes: Changes,
    /// The row before the write; `None` if the row was created.
    pub before: Option<StoredRow>,
    /// The row as it was read after the write; `None` if the row was deleted.
    pub after: Option<StoredRow>,
}

macro_rules! stored {
    ($($change:ident)+) => {$(
        impl $change {
            /// Returns the row before the write.
            ///
            /// # Errors
            ///
            /// [`Code::Internal`] when the row is created.
            pub fn stored_before(&self) -> Result<&StoredRow> {
                let words = "a created row has no row before";
                self.before.as_ref().ok_or_else(|| failed(words))
            }

            /// Returns the row after the write.
            ///
            /// # Errors
            ///
            /// [`Code::Internal`] when the row is not written yet, or is deleted.
            pub fn stored_after(&self) -> Result<&StoredRow> {
                let words = "a row is read after its write, and a deleted row is not";
                self.after.as_ref().ok_or_else(|| failed(words))
            }
        }
    )+};
}

stored! { RowChange CommittedChange }

/// Adds a hook before a write, which returns the changes to be made.
pub(crate) fn add_before<F>(
    hooks: &mut RowHooks,
    point: HookPoint,
    hook: impl Fn(RowChange) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<Changes>> + Send + 'static,
{
    hooks.add(point, inside(hook, Some));
}

/// Adds a hook that returns nothing, so that the changes stay as they are.
pub(crate) fn add<F>(
    hooks: &mut RowHooks,
    point: HookPoint,
    hook: impl Fn(RowChange) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<()>> + Send + 'static,
{
    hooks.add(point, inside(hook, |()| None));
}

/// Adds a hook that runs after the commit.
pub(crate) fn add_on_commit<F>(
    hooks: &mut RowHooks,
    hook: impl Fn(CommittedChange) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let hook = Arc::new(hook);
    let run = move |call: HookCall| -> HookFuture {
        let (RowWrite { changes, .. }, head) = (&call.write, call.head);
        let model = changes.model().clone();
        let stored = |object| StoredRow::new(&model, object);
        let committed = CommittedChange {
            head,
            changes: changes.clone(),
            before: call.write.before.map(stored),
            after: call.write.after.map(stored),
        };
        let hook = Arc::clone(&hook);
        Box::pin(caught(async move { hook(committed).await.map(|()| None) }))
    };
    hooks.add(HookPoint::Commit, Arc::new(run));
}

/// Converts a function of the program to a hook: `changes` makes the new changes, if any, of what the function returns.
fn inside<T, F>(
    hook: impl Fn(RowChange) -> F + Send + Sync + 'static,
    changes: fn(T) -> Option<Changes>,
) -> RowHook
where
    T: 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let hook = Arc::new(hook);
    Arc::new(move |call: HookCall| -> HookFuture {
        let hook = Arc::clone(&hook);
        Box::pin(caught(async move {
            let HookCall {
                head,
                write,
                transaction,
            } = call;
            let model = write.changes.model().clone();
            let stored = |object| StoredRow::new(&model, object);
            let change = RowChange {
                head,
                before: write.before.map(stored),
                after: write.after.map(stored),
                changes: write.changes,
                transaction: transaction.ok_or_else(|| failed("a hook has no transaction"))?,
            };
            hook(change).await.map(changes)
        }))
    })
}

/// Returns the error of a mistake in the program; its details are not sent to the client.
fn failed(words: &str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
