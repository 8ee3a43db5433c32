//! Names in the SQL of reflection.

use crate::catalog::Table;

/// Returns the names of the tables as a JSON array, for a parameter of a statement.
pub(super) fn names(tables: &[Table]) -> String {
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    serde_json::to_string(&names).unwrap_or_default()
}

/// Returns a name as an SQL identifier in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
