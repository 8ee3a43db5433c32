//! The numbers of columns.

use std::fmt;

/// The number of a column in its model, counted from zero in the order of declaration.
///
/// Only created by counting columns, by [`numbered`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ColumnNumber(u16);

impl ColumnNumber {
    /// Returns what a list with one item for each column has for this one.
    #[inline]
    pub(crate) fn item<T>(self, items: &[T]) -> Option<&T> {
        items.get(usize::from(self.0))
    }

    /// Returns what a list with one item for each column has for this one, to be changed.
    #[inline]
    pub(crate) fn item_mut<T>(self, items: &mut [T]) -> Option<&mut T> {
        items.get_mut(usize::from(self.0))
    }

    /// Returns the position of the column's cell in a row of every column.
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

/// Shown as a number alone, as operations show the columns they are for.
impl fmt::Debug for ColumnNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns a number, unchecked, for a test that knows its columns.
#[cfg(test)]
pub(crate) const fn nth(number: u16) -> ColumnNumber {
    ColumnNumber(number)
}

/// Returns a list with one item for each column, with their numbers.
///
/// A column after the last number has none; `check` reports a model with so many.
pub(crate) fn numbered<T>(columns: &[T]) -> impl Iterator<Item = (ColumnNumber, &T)> {
    (0..=u16::MAX).map(ColumnNumber).zip(columns)
}
