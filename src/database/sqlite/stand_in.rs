//! Stand-ins for missing collations.

use std::collections::BTreeSet;

use rusqlite::Connection;

/// Adds collations of these names to a connection; they compare byte for byte.
pub(super) fn give_to(sqlite: &Connection, names: &BTreeSet<String>) -> rusqlite::Result<()> {
    for name in names {
        sqlite.create_collation(name.as_str(), Ord::cmp)?;
    }
    Ok(())
}

/// Removes the collations of these names.
pub(super) fn take_from(sqlite: &Connection, names: &BTreeSet<String>) -> rusqlite::Result<()> {
    for name in names {
        sqlite.remove_collation(name.as_str())?;
    }
    Ok(())
}
