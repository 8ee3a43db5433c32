//! A group of units of work that share one transaction and its commit. The commit is the most expensive part of a
//! write.
//!
//! 1. The units run one after the other, each in a savepoint. A unit that fails undoes only its own changes.
//! 2. A unit that asks for its commit waits until the whole group is committed, and so does its answer: the unit may
//!    have seen changes of earlier units, which are not durable before.
//! 3. If the group cannot be committed, none of its units is written. Each unit then ends with a conflict error, and is
//!    run again in a transaction of its own.

mod member;
#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

pub(super) use self::member::{Asker, WriteJob};
use self::member::{GroupMember, Rest};

use super::{
    super::{
        driver::{DriverFuture, Work, WriteResults},
        reading::Reading,
        violation::{Violation, conflict},
    },
    codes::broken_reference,
    deadline::Deadline,
    failure::Failure,
    fetch::{steps, write},
    handle::LockedConnection,
    shared_unit::{StepReply, UnitStep, UnitSteps, shared_unit},
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Outcome,
    statement::Statement,
};

/// The most units in a group.
const MOST: usize = 64;
/// The age at which a group takes no more units.
const LONGEST: Duration = Duration::from_millis(10);

/// An open transaction of SQLite, and the units that have run in it.
pub(super) struct Group<'c> {
    sqlite: &'c LockedConnection<'c>,
    /// Whether the connection enforces foreign keys.
    checks_references: bool,
    began: Instant,
    members: Vec<GroupMember>,
}

/// How a unit has ended its statements in the shared transaction.
enum End {
    /// The unit has returned (`Some`) or dropped its transaction (`None`) without a commit; its changes are undone.
    Dropped(Option<Result<Outcome>>),
    RolledBack(StepReply<()>),
    Committed(StepReply<Result<(), Violation>>),
}

impl<'c> Group<'c> {
    /// Begins the shared transaction.
    pub(super) fn begin(
        sqlite: &'c LockedConnection<'c>,
        checks_references: bool,
    ) -> Result<Self, Failure> {
        sqlite.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self {
            sqlite,
            checks_references,
            began: Instant::now(),
            members: Vec::new(),
        })
    }

    /// Whether the group takes no more units, since it is too large or too old, or its transaction has ended.
    pub(super) fn is_full(&self) -> bool {
        self.members.len() >= MOST || self.began.elapsed() >= LONGEST || self.is_over()
    }

    /// Whether SQLite has ended the transaction itself, as after a full disk, an interrupted write or by a trigger.
    fn is_over(&self) -> bool {
        self.sqlite.is_autocommit()
    }

    /// Runs a unit until it asks for its commit, unless its request has given up waiting.
    pub(super) fn run(&mut self, job: WriteJob) {
        let WriteJob {
            work,
            deadline,
            wait,
            asker,
        } = job;
        drop(wait);
        if !deadline.begin() {
            return;
        }
        let ran = catch_unwind(AssertUnwindSafe(|| {
            asker.within(|| self.run_here(work, &deadline, &asker.runtime))
        }));
        let rest = ran.unwrap_or_else(|_| {
            self.undo();
            Rest::Nothing(Err(Error::new(Code::Internal, SERVER_FAILED)))
        });
        let member = GroupMember { rest, asker };
        if self.is_over() {
            // The earlier units are lost. The unit that was running when SQLite ended the transaction has got an error
            // already.
            self.lose("SQLite has ended the transaction");
            member.finish();
        } else {
            self.members.push(member);
        }
    }

    /// Commits the group, and answers its requests.
    pub(super) fn end(mut self) {
        if self.is_over() {
            return;
        }
        let committed = self.execute("COMMIT");
        match committed {
            Ok(()) => self.members.into_iter().for_each(GroupMember::finish),
            Err(failure) => {
                self.roll_back();
                self.lose(&format!("the commit failed: {failure:?}"));
            }
        }
    }

    fn run_here(&self, work: Work, deadline: &Deadline, runtime: &Handle) -> Rest {
        if let Err(failure) = self.execute("SAVEPOINT unit") {
            return Rest::Nothing(Err(failure.into_error()));
        }
        let (unit, mut steps) = shared_unit();
        let mut future = work(unit);
        let end = runtime.block_on(poll_fn(|context| {
            self.poll(&mut future, &mut steps, deadline, context)
        }));
        match end {
            End::Dropped(result) => {
                self.undo();
                match result {
                    Some(result) => Rest::Nothing(result),
                    None => Rest::Future {
                        future,
                        committed: None,
                    },
                }
            }
            End::RolledBack(reply) => {
                self.undo();
                drop(reply.send(Ok(())));
                Rest::Future {
                    future,
                    committed: None,
                }
            }
            End::Committed(reply) => Rest::Future {
                future,
                committed: self.release(reply),
            },
        }
    }

    /// Polls a unit and runs the steps that it asks for, until it commits, rolls back or ends.
    fn poll(
        &self,
        future: &mut DriverFuture<'static, Outcome>,
        steps: &mut UnitSteps,
        deadline: &Deadline,
        context: &mut Context<'_>,
    ) -> Poll<End> {
        loop {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                return Poll::Ready(End::Dropped(Some(result)));
            }
            match steps.poll_recv(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(End::Dropped(None)),
                Poll::Ready(Some(UnitStep::Commit(reply))) => {
                    return Poll::Ready(End::Committed(reply));
                }
                Poll::Ready(Some(UnitStep::RollBack(reply))) => {
                    return Poll::Ready(End::RolledBack(reply));
                }
                Poll::Ready(Some(UnitStep::ChecksReferences(reply))) => {
                    drop(reply.send(Ok(self.checks_references)));
                }
                Poll::Ready(Some(UnitStep::Read(mut reading, reply))) => {
                    drop(reply.send(self.read(&mut reading, deadline)));
                }
                Poll::Ready(Some(UnitStep::Write(statements, limit, reply))) => {
                    drop(reply.send(self.write(&statements, limit, deadline)));
                }
            }
        }
    }

    fn read(&self, reading: &mut Reading, deadline: &Deadline) -> Result<Outcome> {
        self.check()?;
        let (limit, interrupt) = (reading.time_limit(), self.sqlite.interrupt());
        let read = || steps(self.sqlite, reading, &|| false, None);
        let done = deadline.within(limit, &interrupt, read);
        done.map_err(Failure::into_error)
    }

    fn write(
        &self,
        statements: &[Statement],
        limit: Duration,
        deadline: &Deadline,
    ) -> Result<WriteResults> {
        self.check()?;
        let write = || write(self.sqlite, statements);
        let done = deadline.within(limit, &self.sqlite.interrupt(), write);
        done.map_err(Failure::into_error)
    }

    /// Returns an error if the transaction has ended. Without this check, a further statement would be committed on its
    /// own.
    fn check(&self) -> Result<()> {
        match self.is_over() {
            true => Err(ended()),
            false => Ok(()),
        }
    }

    /// Keeps the changes of a unit for the commit of the group. Returns the reply by which the unit will learn of the
    /// commit. Returns `None` if the unit's changes were undone, and the unit was told why.
    fn release(
        &self,
        reply: StepReply<Result<(), Violation>>,
    ) -> Option<StepReply<Result<(), Violation>>> {
        if self.is_over() {
            drop(reply.send(Err(ended())));
            return None;
        }
        // SQLite checks deferred foreign keys only at the commit, where one broken key would fail the whole group. So
        // they are checked here for each unit.
        if self.sqlite.has_broken_references() {
            self.undo();
            drop(reply.send(Ok(Err(broken_reference()))));
            return None;
        }
        match self.execute("RELEASE unit") {
            Ok(()) => Some(reply),
            Err(failure) => {
                self.roll_back();
                drop(reply.send(Err(failure.into_error())));
                None
            }
        }
    }

    /// Undoes the changes of the unit that has just run.
    fn undo(&self) {
        if self.is_over() {
            return;
        }
        let undone = self.execute("ROLLBACK TO unit");
        if undone.and_then(|()| self.execute("RELEASE unit")).is_err() {
            self.roll_back();
        }
    }

    /// Rolls the whole group back. If this fails, the connection is closed later, which rolls back too.
    fn roll_back(&self) {
        if !self.is_over()
            && let Err(failure) = self.execute("ROLLBACK")
        {
            tracing::error!("a transaction could not be rolled back: {failure:?}");
        }
    }

    fn execute(&self, sql: &str) -> Result<(), Failure> {
        self.sqlite.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Ends all units of the group with a conflict error, after the group was rolled back.
    fn lose(&mut self, why: &str) {
        for member in self.members.drain(..) {
            drop(member.asker.answer.send(Err(conflict(why.to_owned()))));
        }
    }
}

fn ended() -> Error {
    let words = "the transaction was ended by a statement or by SQLite";
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
