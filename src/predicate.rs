//! Predicates: conditions on the columns of a model, with typed values, from which SQL is made.

use std::sync::Arc;

use crate::{
    cell::Value,
    full_text::FullTextMatch,
    model::{ColumnNumber, Join},
    pattern::Pattern,
};

/// A condition on the rows of one model, whose columns are given by their numbers. Each value has the type of its
/// column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate {
    /// All of the conditions hold. Every row matches if there are none.
    All(Vec<Self>),
    /// At least one of the conditions holds. No row matches if there are none.
    Any(Vec<Self>),
    /// The condition does not hold. Rows for which it is null match, too.
    Not(Box<Self>),
    /// The column compares with the value as the operator says, as in `year >= 2010`.
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
    /// The text of the column equals, contains, begins with or ends with `text`, as `matching` says.
    Text {
        column: ColumnNumber,
        matching: Matching,
        text: String,
    },
    /// The regular expression matches somewhere in the text of the column.
    Pattern {
        column: ColumnNumber,
        pattern: Arc<Pattern>,
    },
    /// The full text of the row has the terms of a search.
    FullText(FullTextMatch),
    /// The array of the column has the items as the operator says.
    Array {
        column: ColumnNumber,
        operator: ArrayOperator,
        items: Vec<Value>,
    },
    /// The document of the column is an object with a member named `key`.
    HasKey { column: ColumnNumber, key: String },
    /// A part of the column's date, such as its year, is one of the values.
    PartIn {
        column: ColumnNumber,
        part: DatePart,
        values: Vec<Value>,
    },
    /// A part of the column's date, such as its year, compares with the number as the operator says.
    DatePart {
        column: ColumnNumber,
        part: DatePart,
        operator: Operator,
        value: i64,
    },
    /// The column equals `part`, the part of a key that belongs to the column, such as the 1 of `/cars/1/`. The
    /// database compares them as it compares its own keys, so at most one row matches all parts of a key.
    Key { column: ColumnNumber, part: Value },
    /// At least one related row meets `condition`, which is on the columns of the related row's model.
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

/// How an array is compared with a list of items, in any order and whatever its dimensions. A null element equals no
/// item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ArrayOperator {
    /// Every item is an element.
    Contains,
    /// Every element is an item.
    ContainedBy,
    /// Some item is an element.
    Overlaps,
}

/// How a text is matched: where it must be within another, and whether the case of letters is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Matching {
    pub(crate) place: Anchor,
    pub(crate) ignore_case: bool,
}

/// Where a text must be within another.
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
    /// The whole day, without the time.
    Date,
}

impl Predicate {
    /// Returns the comparison of the column with the value.
    pub(crate) fn compare(column: ColumnNumber, operator: Operator, value: Value) -> Self {
        Self::Compare {
            column,
            operator,
            value,
        }
    }

    /// Returns the condition that the column holds exactly `part`, the part of a key that belongs to the column. `1.5`
    /// and `1.50` are the same number, but different keys.
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

    /// Returns the condition that both conditions hold.
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

    /// Whether every row meets the condition because it says nothing, as that of an empty search.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self, Self::All(all) if all.iter().all(Self::is_always))
    }

    /// Returns `self` or, if `negated`, the condition that matches exactly the rows that `self` does not match.
    pub(crate) fn negated_if(self, negated: bool) -> Self {
        match self {
            condition if !negated => condition,
            Self::Not(excluded) => *excluded,
            condition => Self::Not(Box::new(condition)),
        }
    }
}
