//! SQL texts other than the statements of sea-query.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// Marks a text as safe SQL. This is the only place that does: the text was built by sea-query from a model, or is the
/// program's own.
pub(super) fn trusted(sql: Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(sql)
}

/// Writes a name as an identifier between these quotes.
#[cfg(feature = "_server")]
pub(super) fn quoted(name: &str, quote: char) -> String {
    let doubled = [quote; 2].iter().collect::<String>();
    format!("{quote}{}{quote}", name.replace(quote, &doubled))
}
