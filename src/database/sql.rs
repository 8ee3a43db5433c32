//! SQL texts other than the statements of sea-query.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// Marks a text as SQL that is safe to run; no other function does. The text was built by sea-query from a model, or
/// was written by this crate or by the program.
pub(super) fn trusted(sql: Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(sql)
}

/// Returns a name as an SQL identifier between two `quote` characters; those inside the name are doubled.
#[cfg(feature = "_server")]
pub(super) fn quoted(name: &str, quote: char) -> String {
    let doubled = [quote; 2].iter().collect::<String>();
    format!("{quote}{}{quote}", name.replace(quote, &doubled))
}
