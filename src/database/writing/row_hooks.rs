//! [`RowHooks`]: the functions of a program that run for each written row. They take rows as objects here, whatever
//! struct the program reads rows as.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::super::transaction::Transaction;
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::{Changes, Head, Object},
    params::PlaceIndex,
};

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookPoint {
    BeforeCreate,
    AfterCreate,
    BeforeUpdate,
    AfterUpdate,
    BeforeDelete,
    AfterDelete,
    /// After the commit of a creation, a change or a deletion.
    Commit,
}

/// A row that is written. Its objects have a cell for every column of the model.
#[derive(Clone, Debug)]
pub(crate) struct RowWrite {
    /// The columns that are set; empty if the row is deleted.
    pub(crate) changes: Changes,
    /// The row before the write; `None` if the row is created.
    pub(crate) before: Option<Object>,
    /// The row after the write; `None` if the row is deleted, or not written yet.
    pub(crate) after: Option<Object>,
}

/// The arguments of a hook.
pub(crate) struct HookCall {
    pub(crate) head: Head,
    pub(crate) write: RowWrite,
    /// The transaction; `None` after the commit.
    pub(crate) transaction: Option<Transaction>,
}

/// A hook. The changes that it returns replace those of the row; `None` leaves those of the row as they are.
pub(crate) type RowHook = Arc<dyn Fn(HookCall) -> HookFuture + Send + Sync>;
pub(crate) type HookFuture = Pin<Box<dyn Future<Output = Result<Option<Changes>>> + Send>>;

/// The hooks of a viewset, in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct RowHooks(Vec<(HookPoint, RowHook)>);

impl RowHooks {
    pub(crate) fn add(&mut self, point: HookPoint, hook: RowHook) {
        self.0.push((point, hook));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at(&self, point: HookPoint) -> impl Iterator<Item = &RowHook> {
        let hooks = self.0.iter().filter(move |(of, _)| *of == point);
        hooks.map(|(_, hook)| hook)
    }
}

impl fmt::Debug for RowHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = self.0.iter().map(|(point, _)| point);
        f.debug_list().entries(points).finish()
    }
}

/// The hooks of every viewset of an API, and the place that a request writes to. Nested rows run the hooks of their own
/// viewset.
#[derive(Clone, Debug)]
pub(crate) struct PlaceHooks {
    pub(crate) all: Arc<[RowHooks]>,
    pub(crate) place: PlaceIndex,
}

/// The hooks of a viewset, for the rows that one request writes.
#[derive(Clone)]
pub(crate) struct RequestHooks {
    pub(crate) hooks: PlaceHooks,
    pub(crate) head: Head,
}

impl RequestHooks {
    /// Returns the hooks of another viewset, for the same request.
    pub(super) fn of_place(&self, place: PlaceIndex) -> Self {
        let mut hooks = self.clone();
        hooks.hooks.place = place;
        hooks
    }

    fn at(&self, point: HookPoint) -> impl Iterator<Item = &RowHook> {
        let own = self.hooks.place.item(&self.hooks.all);
        own.into_iter().flat_map(move |hooks| hooks.at(point))
    }

    /// Whether a hook runs at one of the points.
    pub(super) fn has(&self, points: &[HookPoint]) -> bool {
        points.iter().any(|point| self.at(*point).next().is_some())
    }

    /// Runs the hooks of a point one after the other. Each gets the changes that the hook before it returned; the
    /// changes of the last hook are returned.
    pub(super) async fn run(
        &self,
        point: HookPoint,
        transaction: &Transaction,
        mut write: RowWrite,
    ) -> Result<Changes> {
        for hook in self.at(point) {
            let (handle, loan) = transaction.lend();
            let changes = hook(HookCall {
                head: self.head.clone(),
                write: write.clone(),
                transaction: Some(handle),
            });
            let changes = changes.await?;
            if !loan.is_returned() {
                return Err(failed(
                    "a hook has returned, but something still holds its transaction",
                ));
            }
            if let Some(changes) = changes {
                if changes.model() != write.changes.model() {
                    return Err(failed("a hook returned changes of another model"));
                }
                write.changes = changes;
            }
        }
        Ok(write.changes)
    }

    /// Runs the hooks that follow the commit. Their errors are only logged.
    pub(super) async fn committed(&self, write: RowWrite) {
        for hook in self.at(HookPoint::Commit) {
            let done = hook(HookCall {
                head: self.head.clone(),
                write: write.clone(),
                transaction: None,
            });
            if let Err(error) = done.await {
                tracing::error!("`on_commit` failed after the commit: {error:?}");
            }
        }
    }
}

/// Returns the error of a mistake in a hook; its details are not sent to the client.
fn failed(words: &str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
