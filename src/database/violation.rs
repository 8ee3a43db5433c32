//! Violations: constraints of the database that a written row breaks, told apart whatever the database.

use std::fmt;

use super::words::busy;
use crate::{
    error::{BoxError, Code, Error, Fault},
    model::Model,
};

/// A constraint that a row breaks.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) kind: ViolationKind,
    /// The table's names of the columns, as far as the database says them.
    pub(super) columns: Vec<String>,
    /// The table, if the database says it: a trigger may break a rule of another one.
    pub(super) table: Option<String>,
    /// Whether the names of the columns begin with the name of their table.
    pub(super) is_qualified: bool,
    /// The constraint or index, to be looked up where the columns are not known.
    pub(super) constraint: Option<String>,
    /// The database's own error, for the log.
    pub(super) source: BoxError,
}

/// The kind of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ViolationKind {
    Unique,
    /// The row refers to one that is not there.
    ForeignKey,
    /// Other rows refer to the row.
    Referred,
    NotNull,
    Check,
    /// A value that the column cannot hold.
    Value,
}

impl Violation {
    /// Returns a violation of which nothing more is known.
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

    /// Whether the database does not say which reference is broken.
    pub(super) fn is_of_unknown_references(&self) -> bool {
        self.kind == ViolationKind::ForeignKey
            && self.columns.is_empty()
            && self.constraint.is_none()
    }

    /// Returns the violation of a deletion, which can only break the references of other rows.
    pub(super) fn of_a_delete(mut self) -> Self {
        if self.kind == ViolationKind::ForeignKey {
            self.kind = ViolationKind::Referred;
            self.columns.clear();
        }
        self
    }

    /// Returns the error of an action, whose statements are its own: no column is named.
    pub(super) fn of_an_action(self) -> Error {
        let (code, words) = self.kind.words(0);
        Error::new(code, words).with_source(self.source)
    }

    /// Returns the error for the client: a fault of each column that may be named, else one of the whole row.
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

impl ViolationKind {
    /// Returns the code, and what is wrong with the columns.
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
            (Self::ForeignKey, _) => (Code::ForeignKey, "there is no row that this refers to"),
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

/// Returns the error of a connection that was lost while it committed.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn outcome_unknown(error: impl Into<BoxError>) -> Error {
    let detail = "the connection was lost while the change was committed; read the row to see whether it was";
    Error::new(Code::OutcomeUnknown, detail).with_source(error)
}

/// Marks the error of a transaction that may succeed when it is run again.
#[derive(Debug)]
struct Conflict(BoxError);

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Conflict {}

/// Returns the error of a transaction that others came in between of.
pub(super) fn conflict(error: impl Into<BoxError>) -> Error {
    busy().with_source(Conflict(error.into()))
}

/// Whether the transaction may succeed when it is run again.
pub(super) fn is_conflict(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<Conflict>)
}
