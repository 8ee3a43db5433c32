//! The names that statements give to lists of keys and to their columns, and the mark of a statement that ends itself.

/// The alias of a subselect that lists keys.
pub(super) const LISTED: &str = "k0";
/// The name, in that subselect, of the column with each key's position in the list.
pub(super) const KEY_POSITION: &str = "n";

/// Returns the name, in a list of keys, of the column that holds the part `at` of each key.
pub(super) fn listed_name(at: usize) -> String {
    format!("k{at}")
}

/// Returns the name, in a subselect of a junction's pairs, of the column that holds the part `at` of the related row's
/// key.
pub(super) fn target_name(at: usize) -> String {
    format!("q{at}")
}

/// Returns a name as an SQL identifier in double quotes.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The beginning of a subselect of two rows, by which a statement ends itself where a regular expression is given up to be
/// searched for.
#[cfg(feature = "_server")]
pub(crate) const TWO_ROWS: &str = "SELECT 0 UNION ALL SELECT";
