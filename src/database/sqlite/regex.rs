//! The function of SQLite that matches texts with regular expressions, in time linear in the text.

use regex::Regex;
use rusqlite::{
    functions::{Context, FunctionFlags},
    types::ValueRef,
};
use sqlx::SqliteConnection;

use super::handle::LockedConnection;
use crate::{error::BoxError, statement::REGEX_FUNCTION};

/// Gives the function to a connection.
pub(super) async fn give(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let locked = connection.lock_handle().await?;
    let given = LockedConnection::of(locked).and_then(|lent| {
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_INNOCUOUS;
        lent.create_scalar_function(REGEX_FUNCTION, 2, flags, matches)
    });
    given.map_err(|error| sqlx::Error::Configuration(error.into()))
}

/// Whether the pattern, the first argument, matches the second; null if that is no text. SQLite keeps the pattern, which
/// is bound once, with the statement while it runs.
fn matches(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let regex = context.get_or_create_aux(0, |pattern| {
        let pattern = pattern.as_str().map_err(BoxError::from)?;
        Regex::new(pattern).map_err(BoxError::from)
    })?;
    Ok(match context.get_raw(1) {
        ValueRef::Text(text) => std::str::from_utf8(text)
            .ok()
            .map(|text| regex.is_match(text)),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    })
}
