//! The indexes of a model's table.

use super::ColumnNumber;

/// An index that finds the rows which hold given values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// The indexed columns, in the order of the index.
    pub(crate) columns: Vec<ColumnNumber>,
    pub(crate) unique: bool,
}

impl Index {
    /// Whether the index alone finds the rows that have given values in all of `columns`: it begins with these columns,
    /// or is unique on some of them.
    pub(super) fn serves(&self, columns: &[ColumnNumber]) -> bool {
        let is_given = |column: &ColumnNumber| columns.contains(column);
        let leading = self.columns.iter().take_while(|column| is_given(column));
        let leading = leading.count();
        leading > 0 && (leading >= columns.len() || (self.unique && leading == self.columns.len()))
    }
}
