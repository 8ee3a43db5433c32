//! The indexes of a model's table: which rows are found without reading others.

use super::Model;

/// An index by which rows are found that hold given values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// The columns, in its order.
    pub(crate) columns: Vec<u16>,
    pub(crate) unique: bool,
}

impl Index {
    /// Whether it finds the rows that hold given values of the columns, without reading others.
    fn serves(&self, columns: &[u16]) -> bool {
        let is_given = |column: &u16| columns.contains(column);
        let leading = self.columns.iter().take_while(|column| is_given(column));
        let leading = leading.count();
        leading > 0 && (leading >= columns.len() || (self.unique && leading == self.columns.len()))
    }
}

impl Model {
    /// Whether an index finds the rows that hold given values of the columns.
    pub(crate) fn is_indexed(&self, columns: &[u16]) -> bool {
        match &self.0.indexes {
            Some(indexes) => indexes.iter().any(|index| index.serves(columns)),
            None => {
                let key = Index {
                    columns: self.primary_key().to_vec(),
                    unique: true,
                };
                let mut given = columns.iter().filter_map(|column| self.at(*column));
                key.serves(columns) || given.any(|column| column.unique)
            }
        }
    }
}
