//! Estimates of PostgreSQL's planner: the first node of its answer is the whole select.
//!
//! <https://www.postgresql.org/docs/current/sql-explain.html>

use serde_json::Value;

use super::{super::estimated::Estimates, PostgresDialect};

impl Estimates for PostgresDialect {
    fn explained(&self, select: &str) -> Option<String> {
        Some(format!("EXPLAIN (FORMAT JSON) {select}"))
    }

    fn expected_rows(&self, plan: &Value, _table: &str) -> Option<f64> {
        plan.pointer("/0/Plan/Plan Rows")?.as_f64()
    }
}
