//! Where the cell of a column is in the rows that were read.

use crate::{
    cell::{Cell, Row},
    error::{Code, Error, Result, SERVER_FAILED},
    model::ColumnNumber,
};

/// The index of a column's cell in each of the rows that were read.
///
/// An index is only created by looking the column up among the columns read. So a column that was not read is an error,
/// and is never shown as null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellIndex(u16);

impl CellIndex {
    /// Looks `column` up in `read`, the columns read, which must be ascending.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the column is not read.
    pub(crate) fn of(column: ColumnNumber, read: &[ColumnNumber]) -> Result<Self> {
        let found = read.binary_search(&column).ok();
        let found = found.and_then(|at| u16::try_from(at).ok());
        found.map(Self).ok_or_else(|| {
            let source = format!("column {column} is shown but not read");
            Error::new(Code::Internal, SERVER_FAILED).with_source(source)
        })
    }

    /// Returns the cell at this index of a row.
    #[inline]
    pub(super) fn cell(self, row: Row<'_>) -> Cell<'_> {
        row.cell(usize::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::nth;

    #[test]
    fn a_column_that_is_not_read_is_an_error() {
        let read = [nth(1), nth(4), nth(7)];
        assert_eq!(CellIndex::of(nth(4), &read).ok(), Some(CellIndex(1)));
        let missing = CellIndex::of(nth(5), &read).map_err(|error| error.code());
        assert_eq!(missing, Err(Code::Internal));
    }
}
