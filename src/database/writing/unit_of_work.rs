//! [`UnitOfWork`]: the open transaction of one attempt to write, and the steps that several operations use.

use std::{sync::Mutex, time::Duration};

use super::{
    super::{
        fetched::Written,
        handle::Database,
        reading::Query,
        transaction::Transaction,
        violation::{Violation, ViolationKind},
    },
    row_hooks::{RequestHooks, RowWrite},
    rows_by_key::{has_key, list, positions},
};
use crate::{
    cell::Value,
    error::{Code, Error, Result},
    model::Model,
    operation::{Counter, List, Object, Page, Reference, Repeatable, Retrieve},
    predicate::Predicate,
    statement::Statement,
};

/// The transaction in which rows of a model are written.
pub(super) struct UnitOfWork<'w> {
    pub(super) database: &'w Database,
    pub(super) transaction: &'w Transaction,
    pub(super) model: &'w Model,
    /// The time limit of each step.
    pub(super) time_limit: Duration,
    pub(super) counter: Option<&'w Counter>,
    /// Whether rows are deleted. If so, a broken foreign key is that of another row, which refers to a deleted one.
    pub(super) deletes: bool,
    /// Whether each row is inserted by a statement of its own.
    pub(super) singly: bool,
    /// The number of earlier runs of this unit of work.
    pub(super) attempt: u32,
    /// The hooks that run for each row; `None` if there are none.
    pub(super) hooks: Option<&'w RequestHooks>,
    /// Collects the written rows, for the hooks that follow the commit.
    pub(super) written: &'w Mutex<Vec<(RequestHooks, RowWrite)>>,
}

impl UnitOfWork<'_> {
    /// Runs an operation that only reads, inside the transaction.
    pub(super) async fn read<Q: Repeatable>(&self, model: &Model, ask: Q) -> Result<Q::Answer> {
        let query = Query {
            model: model.clone(),
            ask,
            time_limit: self.time_limit,
            counter: self.counter.cloned(),
        };
        self.transaction.read(query).await
    }

    /// Runs a statement that writes; returns the client's error if the row breaks a constraint.
    pub(super) async fn write(
        &self,
        statement: Statement,
        references: &[Reference],
    ) -> Result<Vec<Written>> {
        let statements = vec![statement];
        match self.transaction.write(statements, self.time_limit).await? {
            (written, None) => Ok(written),
            (_, Some(violation)) => Err(self.violated(violation, references).await?),
        }
    }

    /// Reads a written row back by its key. Returns an error if the row does not meet the condition of `shown`.
    pub(super) async fn show(&self, shown: &Retrieve, key: &[Value]) -> Result<Object> {
        let shown = Retrieve {
            condition: row(self.model, key).and(shown.condition.clone()),
            ..shown.clone()
        };
        let object = self.read(self.model, shown).await?;
        object.ok_or_else(outside_scope)
    }

    /// Reads written rows back by their keys, in the order of the keys. Returns an error if one of the rows does not
    /// meet the condition of `shown`.
    pub(super) async fn show_all(&self, shown: &Retrieve, keys: &[Vec<Value>]) -> Result<Page> {
        if let [key] = keys {
            return self.show(shown, key).await.map(Page::of);
        }
        let (model, key) = (self.model, self.model.primary_key());
        let wanted = List {
            most_bytes: shown.most_bytes,
            related: shown.related.clone(),
            ..list(model, key, keys, &shown.condition, shown.columns.clone())
        };
        let mut page = self.read(model, wanted).await?;
        let order = positions(&page.rows, key, &shown.columns, keys).ok_or_else(outside_scope)?;
        page.put_in_order(&order);
        Ok(page)
    }

    /// Returns the client's error for a constraint that the commit broke. If the database does not say which foreign
    /// key is broken, the rows that `references` name are looked up.
    pub(super) async fn explained(
        &self,
        violation: Violation,
        references: &[Reference],
    ) -> Result<Error> {
        if violation.is_of_unknown_references() {
            let absent = self.broken(references).await?;
            if !absent.is_empty() {
                return Ok(Error::faults(absent).with_source(violation.source));
            }
        }
        self.named(violation).await
    }

    /// Returns the client's error for a violation. If the database does not say which foreign key is broken, the rows
    /// that `references` name are looked up first.
    pub(super) async fn violated(
        &self,
        mut violation: Violation,
        references: &[Reference],
    ) -> Result<Error> {
        if violation.is_of_unknown_references() && self.transaction.goes_on().await {
            let absent = self.broken(references).await?;
            if !absent.is_empty() {
                return Ok(Error::faults(absent).with_source(violation.source));
            }
            // Every row that the written row refers to exists, so other rows must refer to the written row.
            violation.kind = ViolationKind::Referred;
        }
        // The rollback gives the connection back, since looking the constraint up takes another one.
        self.transaction.roll_back().await?;
        self.named(violation).await
    }

    /// Returns the client's error for a violation. If the database gives only the name of the constraint, its columns
    /// are looked up.
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
}

/// Returns the condition that the primary key of a row is `key`.
pub(super) fn row(model: &Model, key: &[Value]) -> Predicate {
    has_key(model.primary_key(), key)
}

/// Returns the error of a written row that the request may not see.
pub(super) fn outside_scope() -> Error {
    let detail = "the row would not be one that this request may see; nothing was written";
    Error::new(Code::OutsideScope, detail)
}
