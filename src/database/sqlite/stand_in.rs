//! Collations that stand in for those that a connection lacks.

use std::collections::BTreeSet;

use rusqlite::Connection;

/// Gives a connection collations of these names, which compare byte for byte.
pub(super) fn give_to(sqlite: &Connection, names: &BTreeSet<String>) -> rusqlite::Result<()> {
    for name in names {
        sqlite.create_collation(name.as_str(), Ord::cmp)?;
    }
    Ok(())
}

/// Takes the collations of these names away.
pub(super) fn take_from(sqlite: &Connection, names: &BTreeSet<String>) -> rusqlite::Result<()> {
    for name in names {
        sqlite.remove_collation(name.as_str())?;
    }
    Ok(())
}
