//! Relations: columns that hold another model's key.

use super::ColumnNumber;
use crate::cell::Type;

/// A relation from a row to one row of another table, by columns of its own: a foreign key.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// The name given by the program or the reflection; if `None`, [`member`](Self::member) makes one, such as `owner`.
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<ColumnNumber>,
    /// The schema of the other table; `None` for the schema of this table.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The referenced columns, by their name in the other table; empty if they are that table's key.
    pub(crate) references: Vec<String>,
    /// Whether the table inherits, in PostgreSQL, from a parent table that has the same relation. The parent also
    /// contains this table's rows, so the reverse relation is made from the parent's relation alone.
    pub(crate) inherited: bool,
}

/// A relation from a row to the rows of another table that hold the row's key, the reverse of a foreign key, or that a
/// junction pairs with the row.
#[derive(Clone, Debug)]
pub(crate) struct Many {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The columns that hold this model's key, by their name in the other table, or in the junction if there is one.
    pub(crate) columns: Vec<String>,
    pub(crate) through: Option<Through>,
}

/// A junction: a table whose rows pair rows of two other tables.
#[derive(Clone, Debug)]
pub(crate) struct Through {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The junction's columns that hold the key of the related rows, which the table of [`Many`] contains.
    pub(crate) columns: Vec<String>,
}

impl Relation {
    /// Returns the name of the member of an object that links to the related row, such as `owner`: the given name of
    /// the relation, else the column's name without `_id`, else the target model's name in lower case.
    pub(crate) fn member(&self, column: Option<&str>, target: &str) -> String {
        let stem = column.and_then(|column| column.strip_suffix("_id"));
        match (&self.name, stem) {
            (Some(name), _) => name.clone(),
            (None, Some(stem)) if !stem.is_empty() => stem.to_owned(),
            (None, _) => target.to_lowercase(),
        }
    }
}

/// Whether a column of one of these types can refer to a key column of the other.
pub(crate) fn same_kind(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Integer { .. }, Type::Integer { .. }) => true,
        (left, right) => left == right || (left.is_textual() && right.is_textual()),
    }
}
