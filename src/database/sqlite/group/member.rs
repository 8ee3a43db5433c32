//! The members of a group, which are units of work: [`WriteJob`] before a unit runs, [`GroupMember`] after it has run.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll, Waker},
};

use tokio::{runtime::Handle, sync::oneshot};
use tracing::{Dispatch, Instrument as _, Span, dispatcher, instrument::WithSubscriber as _};

use super::super::{
    super::{
        driver::{DriverFuture, Work},
        violation::Violation,
    },
    deadline::Deadline,
    shared_unit::StepReply,
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::ConnectionWait,
    operation::Outcome,
};

/// A unit of work that waits for the writing thread.
pub(in super::super) struct WriteJob {
    pub(in super::super) work: Work,
    pub(in super::super) deadline: Deadline,
    /// The wait for the writing thread; boxed, since jobs are moved.
    pub(in super::super) wait: Box<ConnectionWait>,
    pub(in super::super) asker: Asker,
}

impl WriteJob {
    /// Sends an error as the answer of a unit that cannot run.
    pub(in super::super) fn refuse(self, error: Error) {
        drop(self.asker.answer.send(Err(error)));
    }
}

/// The request for which a unit runs: the sender of its answer, and the request's runtime, span and log subscriber.
pub(in super::super) struct Asker {
    pub(in super::super) answer: oneshot::Sender<Result<Outcome>>,
    pub(in super::super) runtime: Handle,
    pub(in super::super) span: Span,
    pub(in super::super) log: Dispatch,
}

/// A unit that has run. Its request is answered once the group is committed.
pub(super) struct GroupMember {
    pub(super) rest: Rest,
    pub(super) asker: Asker,
}

/// What must still run of a unit whose statements in the shared transaction are done.
pub(super) enum Rest {
    Nothing(Result<Outcome>),
    /// The unit's future, to be polled again after the commit. If the unit waits for the commit, `committed` tells it
    /// the result.
    Future {
        future: DriverFuture<'static, Outcome>,
        committed: Option<StepReply<Result<(), Violation>>>,
    },
}

impl GroupMember {
    /// Runs the rest of the unit after the commit, and answers its request.
    pub(super) fn finish(self) {
        let Self { rest, asker } = self;
        let (mut future, committed) = match rest {
            Rest::Nothing(result) => return drop(asker.answer.send(result)),
            Rest::Future { future, committed } => (future, committed),
        };
        if let Some(committed) = committed {
            drop(committed.send(Ok(Ok(()))));
        }
        // Most units end with this poll. Any other unit continues in a task of its own, so that it does not hold up the
        // writing thread.
        let mut context = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| {
            asker.within(|| {
                let _context = asker.runtime.enter();
                future.as_mut().poll(&mut context)
            })
        }));
        match polled {
            Ok(Poll::Ready(result)) => drop(asker.answer.send(result)),
            Ok(Poll::Pending) => asker.go_on(future),
            Err(_) => drop(
                asker
                    .answer
                    .send(Err(Error::new(Code::Internal, SERVER_FAILED))),
            ),
        }
    }
}

impl Asker {
    /// Runs a function with the span and the log subscriber of the request.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.log, || self.span.in_scope(work))
    }

    fn go_on(self, future: DriverFuture<'static, Outcome>) {
        let Self {
            answer,
            runtime,
            span,
            log,
        } = self;
        let rest = async move { drop(answer.send(future.await)) };
        runtime.spawn(rest.instrument(span).with_subscriber(log));
    }
}
