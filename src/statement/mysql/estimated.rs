//! Estimates of the planners of MySQL and MariaDB.
//!
//! 1. MySQL has two forms of its answer. The later one says the number of rows: <https://dev.mysql.com/doc/refman/9.4/en/explain.html>.
//! 2. The other one, and MariaDB's, list the tables in the order in which they are joined, each with the rows that are
//!    read of it for each row before, and the percentage of these that is left.
//! 3. Each row of a list is there once. So tables that are read after the list's own can only leave rows out.

use serde_json::Value;

use super::{super::estimated::Estimates, MySqlDialect};

impl Estimates for MySqlDialect {
    fn explained(&self, select: &str) -> Option<String> {
        Some(format!("EXPLAIN FORMAT=JSON {select}"))
    }

    fn expected_rows(&self, plan: &Value, table: &str) -> Option<f64> {
        if let Some(rows) = plan.pointer("/query_plan/estimated_rows") {
            return number(rows);
        }
        let block = plan.get("query_block")?;
        if finds_nothing(block) {
            return Some(0.0);
        }
        let mut tables = Vec::new();
        add_tables(block, &mut tables);
        if tables.iter().any(|table| finds_nothing(table)) {
            return Some(0.0);
        }
        let is_own = |read: &&Value| read.get("table_name").and_then(Value::as_str) == Some(table);
        let own = tables.iter().position(is_own).unwrap_or(tables.len());
        let left = tables.iter().enumerate().map(|(at, read)| {
            let left = left_of(read)?;
            Some(if at > own { left.min(1.0) } else { left })
        });
        left.reduce(|all, one| Some(all? * one?))?
    }
}

/// Adds the tables that a part of a plan joins, in their order, without those of subqueries.
fn add_tables<'p>(part: &'p Value, tables: &mut Vec<&'p Value>) {
    if let Some(parts) = part.as_array() {
        parts.iter().for_each(|part| add_tables(part, tables));
    }
    if let Some(table) = part.get("table") {
        return tables.push(table);
    }
    let is_joined = |name: &str| !name.contains("subqueries") && name != "union_result";
    for (name, part) in part.as_object().into_iter().flatten() {
        if is_joined(name) {
            add_tables(part, tables);
        }
    }
}

/// Returns how many rows of a table are left for each row before.
fn left_of(table: &Value) -> Option<f64> {
    let rows = (table.get("rows_examined_per_scan")).or_else(|| table.get("rows"))?;
    let percent = table.get("filtered").map_or(Some(100.0), number)?;
    Some(number(rows)? * percent / 100.0)
}

/// Whether a part of a plan says that no row is found.
fn finds_nothing(part: &Value) -> bool {
    let message = part.get("message").and_then(Value::as_str);
    message.is_some_and(|message| {
        let message = message.to_ascii_lowercase();
        message.starts_with("impossible") || message.starts_with("no matching")
    })
}

/// Reads a number, which MySQL writes as a text at times.
fn number(value: &Value) -> Option<f64> {
    let text = || value.as_str().and_then(|text| text.parse().ok());
    value.as_f64().or_else(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_plan_are_those_its_joins_leave() {
        let cases = [
            // MySQL.
            (
                r#"{"query_plan": {"estimated_rows": 76470.5, "inputs": []}, "query_type": "select"}"#,
                Some(76470.5),
            ),
            (
                r#"{"query_block": {"select_id": 1, "table": {"table_name": "cars", "access_type": "ALL",
                "rows_examined_per_scan": 2000, "rows_produced_per_join": 222, "filtered": "11.10"}}}"#,
                Some(222.0),
            ),
            (
                r#"{"query_block": {"select_id": 1, "message": "Impossible WHERE"}}"#,
                Some(0.0),
            ),
            // MariaDB.
            (
                r#"{"query_block": {"select_id": 1, "nested_loop": [{"table": {"table_name": "cars", "rows": 5000, "filtered": 100}}],
                "subqueries": [{"query_block": {"table": {"table_name": "t1", "rows": 7, "filtered": 100}}}]}}"#,
                Some(5000.0),
            ),
            (
                r#"{"query_block": {"select_id": 1, "table": {"message": "no matching row in const table"}}}"#,
                Some(0.0),
            ),
            // The list's own table is read after another one, then for each row before, then before another one.
            (
                r#"{"query_block": {"nested_loop": [{"table": {"table_name": "<subquery2>", "rows": 30, "filtered": 100}},
                {"table": {"table_name": "cars", "rows": 1, "filtered": 50}}]}}"#,
                Some(15.0),
            ),
            (
                r#"{"query_block": {"nested_loop": [{"table": {"table_name": "cars", "rows": 100, "filtered": 100}},
                {"block-nl-join": {"table": {"table_name": "t1", "rows": 300, "filtered": 10}}}]}}"#,
                Some(100.0),
            ),
            (
                r#"{"query_block": {"nested_loop": [{"table": {"table_name": "cars", "rows": 100, "filtered": 100}},
                {"table": {"table_name": "t1", "rows": 1, "filtered": 10}}]}}"#,
                Some(10.0),
            ),
            // Nothing is known.
            (
                r#"{"query_block": {"nested_loop": [{"table": {"table_name": "<derived2>"}}]}}"#,
                None,
            ),
            (r#"{"query_block": {"select_id": 1}}"#, None),
            (
                r#"{"query_block": {"table": {"table_name": "cars", "rows": [], "filtered": 1}}}"#,
                None,
            ),
            (
                r#"{"query_block": {"table": {"table_name": "cars", "rows": 1, "filtered": "x"}}}"#,
                None,
            ),
            (
                r#"{"query_block": {"table": {"table_name": "cars", "message": "No tables used"}}}"#,
                None,
            ),
            ("[]", None),
            ("7", None),
        ];
        for (plan, rows) in cases {
            let read = serde_json::from_str(plan).expect(plan);
            assert_eq!(
                MySqlDialect::Plain.expected_rows(&read, "cars"),
                rows,
                "{plan}"
            );
        }
    }
}
