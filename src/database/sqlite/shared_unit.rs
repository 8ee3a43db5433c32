//! A unit of work that shares its transaction with others. It sends each of its steps to the writing thread, which runs
//! the step on its connection.

use std::{any::Any, time::Duration};

use tokio::sync::{mpsc, oneshot};

use super::super::{
    driver::{DriverFuture, Unit, WriteResults},
    reading::Reading,
    violation::Violation,
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Outcome,
    statement::Statement,
};

/// A step of a unit, with the sender of its result.
pub(super) enum UnitStep {
    Read(Box<Reading>, StepReply<Outcome>),
    /// Statements that write, with the time limit of all of them.
    Write(Vec<Statement>, Duration, StepReply<WriteResults>),
    ChecksReferences(StepReply<bool>),
    Commit(StepReply<Result<(), Violation>>),
    RollBack(StepReply<()>),
}

pub(super) type StepReply<T> = oneshot::Sender<Result<T>>;

/// The receiver of a unit's steps. It ends when the unit is dropped.
pub(super) type UnitSteps = mpsc::UnboundedReceiver<UnitStep>;

struct SharedUnit {
    steps: mpsc::UnboundedSender<UnitStep>,
    /// The value that the unit lends in place of a connection.
    no_connection: (),
}

/// Creates a unit, and the receiver of its steps.
pub(super) fn shared_unit() -> (Box<dyn Unit>, UnitSteps) {
    let (sender, steps) = mpsc::unbounded_channel();
    let unit = SharedUnit {
        steps: sender,
        no_connection: (),
    };
    (Box::new(unit), steps)
}

impl SharedUnit {
    /// Sends a step to the writing thread, and waits for its result.
    async fn ask<T>(&self, step: impl FnOnce(StepReply<T>) -> UnitStep) -> Result<T> {
        let (reply, result) = oneshot::channel();
        // If the writing thread is gone, the reply is dropped together with the step.
        drop(self.steps.send(step(reply)));
        let gone = |error| Error::new(Code::Internal, SERVER_FAILED).with_source(error);
        result.await.map_err(gone)?
    }

    /// Sends a step after which the unit can send more steps; returns the unit with the step's result.
    fn go_on<T: Send + 'static>(
        self: Box<Self>,
        step: impl FnOnce(StepReply<T>) -> UnitStep + Send + 'static,
    ) -> DriverFuture<'static, (Box<dyn Unit>, T)> {
        Box::pin(async move {
            let result = self.ask(step).await?;
            let unit: Box<dyn Unit> = self;
            Ok((unit, result))
        })
    }
}

impl Unit for SharedUnit {
    fn read(self: Box<Self>, reading: Reading) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)> {
        self.go_on(move |reply| UnitStep::Read(Box::new(reading), reply))
    }

    fn write(
        self: Box<Self>,
        statements: Vec<Statement>,
        limit: Duration,
    ) -> DriverFuture<'static, (Box<dyn Unit>, WriteResults)> {
        self.go_on(move |reply| UnitStep::Write(statements, limit, reply))
    }

    /// A violation undoes only the statement that caused it.
    fn goes_on(&self) -> bool {
        true
    }

    fn checks_references(self: Box<Self>) -> DriverFuture<'static, (Box<dyn Unit>, bool)> {
        self.go_on(UnitStep::ChecksReferences)
    }

    fn commit(self: Box<Self>) -> DriverFuture<'static, Result<(), Violation>> {
        Box::pin(async move { self.ask(UnitStep::Commit).await })
    }

    /// Nothing: SQLite has no other server.
    fn note(&self, _: &Error) {}

    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()> {
        Box::pin(async move { self.ask(UnitStep::RollBack).await })
    }

    /// Lends no connection: a statement of the program, such as `COMMIT`, would also affect the other units.
    fn connection(&mut self) -> &mut (dyn Any + Send) {
        &mut self.no_connection
    }
}
