//! [`UnitOfWork`]: the open transaction of one attempt to write, and the steps that every question takes in it.

use std::time::Duration;

use super::super::{
    fetched::Written,
    handle::Database,
    new_key::keyless,
    reading::Query,
    transaction::Transaction,
    violation::{Violation, ViolationKind},
};
use crate::{
    cell::Value,
    error::{Code, Error, Fault, Result},
    model::{ColumnNumber, Model},
    operation::{Counter, Object, Precondition, Reference, Repeatable, Retrieve},
    predicate::Predicate,
    statement::Statement,
};

/// The transaction in which rows of a model are written. It is rolled back if it is dropped before it is committed.
pub(super) struct UnitOfWork<'w> {
    pub(super) database: &'w Database,
    pub(super) transaction: Transaction,
    pub(super) model: &'w Model,
    /// The time limit of each step.
    pub(super) time_limit: Duration,
    pub(super) counter: Option<&'w Counter>,
    /// Whether rows are deleted, so that a broken foreign key is one of other rows.
    pub(super) deletes: bool,
}

impl UnitOfWork<'_> {
    /// Answers a question inside the transaction.
    pub(super) async fn read<Q: Repeatable>(&self, model: &Model, ask: Q) -> Result<Q::Answer> {
        let query = Query {
            model: model.clone(),
            ask,
            time_limit: self.time_limit,
            counter: self.counter.cloned(),
        };
        self.transaction.read(query).await
    }

    /// Locks the row that meets `condition`, and returns its primary key; `None` if no row meets it.
    pub(super) async fn lock(
        &self,
        condition: &Predicate,
        precondition: &Precondition,
    ) -> Result<Option<Vec<Value>>> {
        let key = self.model.primary_key();
        let mut columns: Vec<_> = precondition.columns(self.model).collect();
        columns.extend_from_slice(key);
        columns.sort_unstable();
        columns.dedup();
        let row = Retrieve {
            locks: true,
            ..Retrieve::new(condition.clone(), columns.clone())
        };
        let object = self.read(self.model, row).await?;
        let Some(object) = object else {
            return Ok(None);
        };
        if let Some(row) = object.row() {
            precondition.check(self.model, row, &columns)?;
        }
        let part = |column: &ColumnNumber| object.value(*column, &columns);
        let key: Option<Vec<_>> = key.iter().map(part).collect();
        Ok(Some(key.ok_or_else(keyless)?))
    }

    /// Checks that the row of each of `references` exists and is visible to the request. If the request may see all
    /// rows, this is left to a database that enforces foreign keys.
    pub(super) async fn refer(&self, references: &[Reference]) -> Result<()> {
        let is_left = references.iter().any(|reference| !reference.is_checked());
        let checks_itself = !is_left || self.transaction.checks_references().await?;
        let coded = references.iter().filter_map(|reference| {
            let code = match (reference.is_checked(), checks_itself) {
                (true, _) => Code::InvalidValue,
                (false, false) => Code::ForeignKey,
                (false, true) => return None,
            };
            Some((reference, code))
        });
        let faults = self.absent(coded).await?;
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Error::faults(faults)),
        }
    }

    /// Runs a statement that writes; returns the client's error if the row breaks a constraint.
    pub(super) async fn write(
        &self,
        statement: Statement,
        references: &[Reference],
    ) -> Result<Written> {
        match self.transaction.write(statement, self.time_limit).await? {
            Ok(written) => Ok(written),
            Err(violation) => Err(self.violated(violation, references).await?),
        }
    }

    /// Reads the written row by its key; returns an error if the row does not meet the condition of `shown`.
    pub(super) async fn show(&self, shown: &Retrieve, key: &[Value]) -> Result<Object> {
        let shown = Retrieve {
            condition: row(self.model, key).and(shown.condition.clone()),
            ..shown.clone()
        };
        let object = self.read(self.model, shown).await?;
        object.ok_or_else(outside_scope)
    }

    /// Commits the transaction; returns the client's error if this breaks a deferred constraint.
    pub(super) async fn commit(&self, references: &[Reference]) -> Result<()> {
        let Err(violation) = self.transaction.try_commit().await? else {
            return Ok(());
        };
        if violation.is_of_unknown_references() {
            let afterwards = UnitOfWork {
                transaction: Transaction::new(self.database.clone(), false, self.time_limit),
                ..*self
            };
            let absent = afterwards.absent(broken_keys(references)).await?;
            if !absent.is_empty() {
                return Err(Error::faults(absent).with_source(violation.source));
            }
        }
        Err(self.named(violation).await?)
    }

    /// Returns the client's error for a violation. If the database does not say which foreign key is broken, the rows
    /// that `references` name are looked up first.
    async fn violated(&self, mut violation: Violation, references: &[Reference]) -> Result<Error> {
        if violation.is_of_unknown_references() && self.transaction.goes_on().await {
            let absent = self.absent(broken_keys(references)).await?;
            if !absent.is_empty() {
                return Ok(Error::faults(absent).with_source(violation.source));
            }
            // Every row that the written row refers to exists, so other rows must refer to the written row.
            violation.kind = ViolationKind::Referred;
        }
        // The connection is given back first, since looking the constraint up takes another one.
        self.transaction.roll_back().await;
        self.named(violation).await
    }

    /// Returns the client's error for a violation; looks the columns up if only the constraint's name is known.
    async fn named(&self, mut violation: Violation) -> Result<Error> {
        if self.deletes {
            return Ok(violation.of_a_delete().error(self.model));
        }
        if let (true, Some(constraint)) = (violation.columns.is_empty(), &violation.constraint) {
            let table = (self.model.schema(), self.model.table());
            violation.columns = self.database.constrained(table, constraint).await?;
        }
        Ok(violation.error(self.model))
    }

    /// Returns a fault for each reference whose row does not exist, with the reference's code.
    async fn absent(
        &self,
        references: impl Iterator<Item = (&Reference, Code)>,
    ) -> Result<Vec<Fault>> {
        let mut faults = Vec::new();
        for (reference, code) in references {
            let target = &reference.join.target;
            let columns = target.last_order().first().copied();
            let row = Retrieve::new(reference.condition(), columns.into_iter().collect());
            if self.read(target, row).await?.is_none() {
                faults.push(no_such_row(reference, code));
            }
        }
        Ok(faults)
    }
}

/// Returns the condition that the primary key of a row is `key`.
pub(super) fn row(model: &Model, key: &[Value]) -> Predicate {
    let parts = model.primary_key().iter().zip(key);
    let parts = parts.map(|(column, part)| Predicate::Key {
        column: *column,
        part: part.clone(),
    });
    Predicate::All(parts.collect())
}

/// Returns the error of a written row that the request may not see.
pub(super) fn outside_scope() -> Error {
    let detail = "the row would not be one that this request may see; nothing was written";
    Error::new(Code::OutsideScope, detail)
}

/// Returns the references with the code of a broken foreign key.
fn broken_keys(references: &[Reference]) -> impl Iterator<Item = (&Reference, Code)> {
    references
        .iter()
        .map(|reference| (reference, Code::ForeignKey))
}

fn no_such_row(reference: &Reference, code: Code) -> Fault {
    let detail = format!("there is no such row of {}", reference.join.target.name());
    Fault::member(&reference.member, code, detail)
}
