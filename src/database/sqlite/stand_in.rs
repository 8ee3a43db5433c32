//! Stand-ins for collations that a connection does not know: collations of the same names that compare byte for byte.

use std::collections::BTreeSet;

use rusqlite::Connection;

/// Adds stand-ins for the collations of these names (collations that compare bytes) to a connection.
pub(super) fn give_to(sqlite: &Connection, names: &BTreeSet<String>) -> rusqlite::Result<()> {
    for name in names {
        sqlite.create_collation(name.as_str(), Ord::cmp)?;
    }
    Ok(())
}

/// Removes the stand-ins for the collations of these names (collations that compare bytes) from a connection.
pub(super) fn take_from(sqlite: &Connection, names: &BTreeSet<String>) -> rusqlite::Result<()> {
    for name in names {
        sqlite.remove_collation(name.as_str())?;
    }
    Ok(())
}
