//! SQLite keeps its estimates to itself.

use serde_json::Value;

use super::{super::estimated::Estimates, SqliteDialect};

impl Estimates for SqliteDialect {
    fn explained(&self, _select: &str) -> Option<String> {
        None
    }

    fn expected_rows(&self, _plan: &Value, _table: &str) -> Option<f64> {
        None
    }
}
