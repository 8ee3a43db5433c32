//! Predicates: typed conditions over a model's own columns, before any SQL.

use std::sync::Arc;

use crate::{
    cell::Value,
    model::{ColumnNumber, Join},
};

/// A condition over the columns of one model, by their number. Values have the types of the columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate {
    /// All of them hold; every row if there are none.
    All(Vec<Self>),
    /// At least one of them holds; no row if there are none.
    Any(Vec<Self>),
    /// Exactly the rows for which the inner one does not hold, nulls included.
    Not(Box<Self>),
    /// The column compares with the value as the operator says.
    Compare {
        column: ColumnNumber,
        operator: Operator,
        value: Value,
    },
    /// The column is one of the values.
    In {
        column: ColumnNumber,
        values: Vec<Value>,
    },
    /// The column is null.
    Null { column: ColumnNumber },
    /// The text of the column matches.
    Text {
        column: ColumnNumber,
        matching: Matching,
        text: String,
    },
    /// A part of the column's date is one of the values.
    PartIn {
        column: ColumnNumber,
        part: DatePart,
        values: Vec<Value>,
    },
    /// A part of the column's date compares with the number as the operator says.
    DatePart {
        column: ColumnNumber,
        part: DatePart,
        operator: Operator,
        value: i64,
    },
    /// The column holds the part of a key, by the comparison of the database's own keys. At most one row matches all
    /// parts.
    Key { column: ColumnNumber, part: Value },
    /// A related row meets the condition, which is over the columns of that row's model.
    Related {
        join: Arc<Join>,
        condition: Box<Self>,
    },
}

/// The operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How a text matches another: its place, and whether the case of ASCII letters counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Matching {
    pub(crate) place: Anchor,
    pub(crate) ignore_case: bool,
}

/// The place of a text in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Anchor {
    Whole,
    Inside,
    Start,
    End,
}

/// A part of a date, or of the date of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DatePart {
    Year,
    Month,
    Day,
    /// The whole day.
    Date,
}

impl Predicate {
    /// Compares the column with the value.
    pub(crate) fn compare(column: ColumnNumber, operator: Operator, value: Value) -> Self {
        Self::Compare {
            column,
            operator,
            value,
        }
    }

    /// Compares the column with a part of a key exactly: `1.5` and `1.50` are one number, but two keys.
    pub(crate) fn is_key(column: ColumnNumber, part: Value) -> Self {
        match part {
            Value::Decimal(text) => Self::Text {
                column,
                matching: Matching {
                    place: Anchor::Whole,
                    ignore_case: false,
                },
                text,
            },
            part => Self::compare(column, Operator::Equal, part),
        }
    }

    /// Returns the condition that both hold.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All(none), one) | (one, Self::All(none)) if none.is_empty() => one,
            (Self::All(mut all), Self::All(more)) => {
                all.extend(more);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    /// Returns the condition, or exactly what it excludes if `negated`.
    pub(crate) fn negated_if(self, negated: bool) -> Self {
        match self {
            condition if !negated => condition,
            Self::Not(excluded) => *excluded,
            condition => Self::Not(Box::new(condition)),
        }
    }
}
