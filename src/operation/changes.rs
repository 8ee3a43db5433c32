//! Changes: the values that a request sets in a row.

use std::fmt;

use crate::{
    cell::Value,
    model::{Column, ColumnNumber, Model},
};

/// The columns that a request sets, each with what it is set to. A column that is not among them stays as it is.
#[derive(Clone, Default, PartialEq)]
#[must_use]
pub struct Changes(Vec<(ColumnNumber, Set)>);

/// What a column is set to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Set {
    /// Null.
    Null,
    /// A value of the column's type.
    To(Value),
    /// The column's default.
    Default,
}

impl Set {
    /// Whether it is this value.
    pub(crate) fn is(&self, value: &Value) -> bool {
        matches!(self, Self::To(own) if own == value)
    }
}

impl Changes {
    /// Sets a column.
    pub(crate) fn set(&mut self, column: ColumnNumber, set: Set) {
        match self.0.binary_search_by_key(&column, |(column, _)| *column) {
            Ok(at) => {
                if let Some(known) = self.0.get_mut(at) {
                    known.1 = set;
                }
            }
            Err(at) => self.0.insert(at, (column, set)),
        }
    }

    /// Removes a column, so that it is not set; returns what it was set to.
    pub(crate) fn remove(&mut self, column: ColumnNumber) -> Option<Set> {
        let at = self.0.binary_search_by_key(&column, |(column, _)| *column);
        Some(self.0.remove(at.ok()?).1)
    }

    /// Returns what a column is set to.
    pub(crate) fn get(&self, column: ColumnNumber) -> Option<&Set> {
        let at = self.0.binary_search_by_key(&column, |(column, _)| *column);
        Some(&self.0.get(at.ok()?)?.1)
    }

    /// Returns the value of each of `columns`; `None` if one of them is not set, or is set to null or to its default.
    pub(crate) fn values(&self, columns: &[ColumnNumber]) -> Option<Vec<Value>> {
        let value = |column: &ColumnNumber| match self.get(*column)? {
            Set::To(value) => Some(value.clone()),
            Set::Null | Set::Default => None,
        };
        columns.iter().map(value).collect()
    }

    /// Whether both set the same columns, each to a value, to null or to its default as the other does.
    pub(crate) fn has_shape_of(&self, other: &Self) -> bool {
        let is_like = |(one, other): (&(ColumnNumber, Set), &(ColumnNumber, Set))| {
            one.0 == other.0 && std::mem::discriminant(&one.1) == std::mem::discriminant(&other.1)
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(is_like)
    }

    /// Returns the columns that are set, ascending, with what each is set to.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ColumnNumber, &Set)> {
        self.0.iter().map(|(column, set)| (*column, set))
    }

    /// Whether no column is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the columns that are set, in the order of the model, with what each is set to.
    pub fn columns<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = (&'a Column, &'a Set)> {
        self.iter()
            .filter_map(|(column, set)| Some((model.at(column)?, set)))
    }
}

/// Shows the columns, but no values.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.iter().map(|(column, _)| column);
        f.write_str("Changes")?;
        f.debug_set().entries(columns).finish()
    }
}
