//! The [`Estimates`] trait: how a database is asked how many rows a select has, about.

use serde_json::Value;

use crate::cell::{Cell, Row, Rows};

/// The SQL of one database for estimates, and the answers of its planner.
pub(crate) trait Estimates {
    /// Returns the SQL text that asks the planner about a select, which it does not run; `None` if the database has no
    /// estimates. The answer is one row with one JSON document.
    fn explained(&self, select: &str) -> Option<String>;

    /// Whether the database has estimates.
    fn has_estimates(&self) -> bool {
        self.explained("").is_some()
    }

    /// Returns the number of rows that the planner expects of the select; `None` if the document does not tell it.
    /// `table` is the name of the table whose rows are selected.
    fn expected_rows(&self, plan: &Value, table: &str) -> Option<f64>;
}

/// Returns the number of rows that the planner expects, given the rows of its answer; `None` if it tells none.
pub(crate) fn expected_rows(
    answer: &Rows,
    table: &str,
    estimates: &(impl Estimates + ?Sized),
) -> Option<u64> {
    let Some(Cell::Json(text)) = answer.get(0).and_then(|row| Row::cells(row).next()) else {
        return None;
    };
    let plan = serde_json::from_str(text).ok()?;
    let rows = estimates.expected_rows(&plan, table)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast of a float ends at the least and the greatest integer"
    )]
    rows.is_finite().then_some(rows.round() as u64)
}
