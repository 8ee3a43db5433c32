//! Violations: the constraints that a written row breaks, in one form for every database.

use std::fmt;

use super::words::busy;
use crate::{
    error::{BoxError, Code, Error, Fault, SERVER_FAILED},
    model::Model,
};

/// A constraint that a written or deleted row breaks.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) kind: ViolationKind,
    /// The names, in the table, of the constraint's columns; empty if the database's error does not name them.
    pub(super) columns: Vec<String>,
    /// The table of the constraint, if the error names it. A trigger may have written to another table than the
    /// statement.
    pub(super) table: Option<String>,
    /// Whether each name in `columns` begins with its table's: `cars.make`.
    pub(super) is_qualified: bool,
    /// The name of the constraint or index, by which its columns can be looked up if `columns` is empty.
    pub(super) constraint: Option<String>,
    /// The database's own error, for the log.
    pub(super) source: BoxError,
}

/// The way in which a row breaks a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ViolationKind {
    Unique,
    /// The row refers to a row that does not exist.
    ForeignKey,
    /// The row is changed or deleted, but other rows refer to it.
    Referred,
    NotNull,
    Check,
    /// The row has a value that its column cannot hold.
    Value,
}

impl Violation {
    /// Creates a violation of which only the kind and the database's error are known.
    pub(super) fn new(kind: ViolationKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            columns: Vec::new(),
            table: None,
            is_qualified: false,
            constraint: None,
            source: source.into(),
        }
    }

    /// Whether a foreign key is broken, but the database does not say which one.
    pub(super) fn is_of_unknown_references(&self) -> bool {
        self.kind == ViolationKind::ForeignKey
            && self.columns.is_empty()
            && self.constraint.is_none()
    }

    /// Returns this violation as one of a deletion, which can only break the references of other rows to the deleted
    /// one.
    pub(super) fn of_a_delete(mut self) -> Self {
        if self.kind == ViolationKind::ForeignKey {
            self.kind = ViolationKind::Referred;
            self.columns.clear();
        }
        self
    }

    /// Returns the client's error for a violation during an action. The error names no column, since a handler may
    /// write to any table.
    pub(super) fn of_an_action(self) -> Error {
        let (code, words) = self.kind.words(0);
        Error::new(code, words).with_source(self.source)
    }

    /// Returns the client's error: one fault for each of `columns` that is in the model and not hidden or, without such
    /// a column, one error for the whole row.
    pub(super) fn error(self, model: &Model) -> Error {
        let of_another = self
            .table
            .as_ref()
            .is_some_and(|table| table != model.table());
        let visible = |sql: &String| {
            let mut columns = model.columns().iter();
            let sql = match self.is_qualified {
                true => sql.strip_prefix(model.table())?.strip_prefix('.')?,
                false => sql,
            };
            let column =
                columns.find(|column| !of_another && column.sql.eq_ignore_ascii_case(sql))?;
            (!column.hidden).then(|| column.name().to_owned())
        };
        let names: Vec<String> = self.columns.iter().filter_map(visible).collect();
        let (code, words) = self.kind.words(names.len());
        let error = if names.is_empty() {
            Error::new(code, words)
        } else {
            let faults = names.iter();
            Error::faults(
                faults
                    .map(|name| Fault::member(name, code, words))
                    .collect(),
            )
        };
        error.with_source(self.source)
    }
}

/// The message for a foreign key that refers to no row, whether the database or the library finds out.
pub(super) const NO_SUCH_ROW: &str = "there is no row that this refers to";

impl ViolationKind {
    /// Returns the error code and the client's message for a broken constraint on this number of `columns`.
    const fn words(self, columns: usize) -> (Code, &'static str) {
        match (self, columns) {
            (Self::Unique, 0 | 1) => (
                Code::Unique,
                "another row has this value, which must be unique",
            ),
            (Self::Unique, _) => (
                Code::Unique,
                "another row has these values, which must be unique together",
            ),
            (Self::ForeignKey, _) => (Code::ForeignKey, NO_SUCH_ROW),
            (Self::Referred, _) => (Code::ForeignKey, "other rows refer to this one"),
            (Self::NotNull, _) => (Code::Required, "a value is required"),
            (Self::Check, _) => (
                Code::Constraint,
                "a rule of the database forbids this value",
            ),
            (Self::Value, _) => (Code::InvalidValue, "the column cannot hold this value"),
        }
    }
}

/// Returns the client's error for a commit whose outcome the database did not say: the change may or may not have been
/// made.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn outcome_unknown(error: impl Into<BoxError>) -> Error {
    let detail = "the database did not say whether it has committed the change; read the row to see whether it has";
    Error::new(Code::OutcomeUnknown, detail).with_source(error)
}

/// The source of an error that one of the rows of a statement causes; which row is unknown.
#[derive(Debug)]
struct InBatch(Violation);

impl fmt::Display for InBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

impl std::error::Error for InBatch {}

/// Returns the error of a statement that inserts several rows, of which an unknown one breaks a constraint.
pub(super) fn in_batch(violation: Violation) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(InBatch(violation))
}

/// Whether [`in_batch`] made the error. If so, inserting each row by a statement of its own shows which row is at
/// fault.
pub(super) fn is_in_batch(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<InBatch>)
}

/// The source of a commit's error: a constraint that the database checks only at the commit is broken.
#[derive(Debug)]
pub(super) struct Deferred(pub(super) Violation);

impl fmt::Display for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

impl std::error::Error for Deferred {}

/// Returns the error of a commit at which a constraint is broken.
pub(super) fn deferred(violation: Violation) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(Deferred(violation))
}

/// The source of an error that marks it as a conflict: the transaction may succeed when it is run again.
#[derive(Debug)]
struct Conflict(BoxError);

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Conflict {}

/// Returns the error of a transaction that conflicts with another one, as by a deadlock.
pub(super) fn conflict(error: impl Into<BoxError>) -> Error {
    busy().with_source(Conflict(error.into()))
}

/// The source of the error of a transaction that the program itself has ended, so that it must not be run again.
#[derive(Debug)]
struct EndedInside;

impl fmt::Display for EndedInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the transaction failed or was ended inside the action or hook, by one of its statements",
        )
    }
}

impl std::error::Error for EndedInside {}

/// Returns the error of a transaction that has no savepoint any more, or of which a statement has failed.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn ended_inside() -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(EndedInside)
}

/// Whether the error of a rollback says that the transaction had ended before: by the program itself, or by a conflict.
pub(super) fn has_ended_before(error: &Error) -> bool {
    is_ended_inside(error) || is_conflict(error)
}

fn is_ended_inside(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<EndedInside>)
}

/// Returns the error for the client when a transaction is rolled back after an `error`. The rollback may find that the transaction
/// had ended before: by the program itself, or by a conflict, of which `error` may be a consequence. Then that is the error.
/// Logs a rollback that failed.
pub(super) fn rolled_back_after(error: Error, rolled_back: Result<(), Error>) -> Error {
    match rolled_back {
        Err(ended) if is_ended_inside(&ended) => ended,
        Err(ended) if is_conflict(&ended) => match is_conflict(&error) {
            true => error,
            false => ended,
        },
        Err(failed) => {
            tracing::warn!(
                "a transaction was not rolled back by a statement; its connection is closed: {failed:?}"
            );
            error
        }
        Ok(()) => error,
    }
}

/// Whether [`conflict`] made the error. If so, the transaction may succeed when it is run again.
pub(super) fn is_conflict(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<Conflict>)
}
