//! Values to compare with, fitted to what a column can hold.

use crate::{cell::Value, predicate::Operator};

/// A value to compare a column with. If the column cannot hold the wanted value, such as a moment with nanoseconds,
/// this is a neighbouring value that the column can hold, and the variant says on which side of it the wanted value
/// lies.
pub(super) enum FittedValue {
    Itself(Value),
    /// The greatest value that the column can hold below the wanted value.
    Above(Value),
    /// The least value that the column can hold above the wanted value.
    Below(Value),
}

impl FittedValue {
    /// Cuts a time or timestamp to whole microseconds, for a column that stores no smaller fractions.
    pub(super) fn in_micros(value: &Value) -> Self {
        let rounded = value.in_whole_micros();
        match rounded == *value {
            true => Self::Itself(rounded),
            false => Self::Above(rounded),
        }
    }

    /// Returns the operator and the value that select the same rows as `operator` with the wanted value; `None` if no
    /// row can be selected.
    pub(super) fn compared(self, operator: Operator) -> Option<(Operator, Value)> {
        let rises = matches!(operator, Operator::Greater | Operator::GreaterOrEqual);
        Some(match self {
            Self::Itself(value) => (operator, value),
            _ if operator == Operator::Equal => return None,
            Self::Above(value) if rises => (Operator::Greater, value),
            Self::Above(value) => (Operator::LessOrEqual, value),
            Self::Below(value) if rises => (Operator::GreaterOrEqual, value),
            Self::Below(value) => (Operator::Less, value),
        })
    }

    /// Returns the value itself, if the column can hold it exactly.
    pub(super) fn equal(self) -> Option<Value> {
        self.compared(Operator::Equal).map(|(_, value)| value)
    }
}
