//! The numbers of columns.

use std::fmt;

/// The number of a column in its model, counted from zero in the order of declaration.
///
/// Only created by counting columns, by [`numbered`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ColumnNumber(u16);

impl ColumnNumber {
    /// Returns this column's item in `items`, a list with one item for each column of the model.
    #[inline]
    pub(crate) fn item<T>(self, items: &[T]) -> Option<&T> {
        items.get(usize::from(self.0))
    }

    /// Returns this column's mutable item in `items`, a list with one item for each column of the model.
    #[inline]
    pub(crate) fn item_mut<T>(self, items: &mut [T]) -> Option<&mut T> {
        items.get_mut(usize::from(self.0))
    }

    /// Returns the index of the column's cell in a row that has a cell for every column of the model.
    #[inline]
    pub(crate) fn in_whole_row(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for ColumnNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Shows the number alone, which keeps the debug output of an operation with many columns short.
impl fmt::Debug for ColumnNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Creates a column number for a test, without a model that has such a column.
#[cfg(test)]
pub(crate) const fn nth(number: u16) -> ColumnNumber {
    ColumnNumber(number)
}

/// Returns each item of `columns`, a list with one item for each column, with the number of its column.
///
/// Items beyond the largest column number are omitted. `check` rejects a model with so many columns.
pub(crate) fn numbered<T>(columns: &[T]) -> impl Iterator<Item = (ColumnNumber, &T)> {
    (0..=u16::MAX).map(ColumnNumber).zip(columns)
}
