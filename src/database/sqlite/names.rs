//! Names in the SQL of reflection.

use crate::catalog::Table;
pub(super) use crate::statement::quoted;

/// Returns the names of the tables as a JSON array, for a parameter of a statement.
pub(super) fn names(tables: &[Table]) -> String {
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    serde_json::to_string(&names).unwrap_or_default()
}
