//! The indexes of a model's table.

/// An index that finds the rows which hold given values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// The columns, in its order.
    pub(crate) columns: Vec<u16>,
    pub(crate) unique: bool,
}

impl Index {
    /// Whether the index finds the rows that hold given values of the columns, without reading other rows.
    pub(super) fn serves(&self, columns: &[u16]) -> bool {
        let is_given = |column: &u16| columns.contains(column);
        let leading = self.columns.iter().take_while(|column| is_given(column));
        let leading = leading.count();
        leading > 0 && (leading >= columns.len() || (self.unique && leading == self.columns.len()))
    }
}
