//! The names that statements give to lists of keys and to their columns.

/// The name of a list of keys, and in it the name of a key's number.
pub(super) const LISTED: &str = "k0";
pub(super) const NUMBER: &str = "n";

/// Returns the name of a part of the keys in their list.
pub(super) fn listed_name(at: usize) -> String {
    format!("k{at}")
}

/// Returns the name of a column with keys of the related rows.
pub(super) fn target_name(at: usize) -> String {
    format!("q{at}")
}
