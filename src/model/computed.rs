//! Computed columns: expressions over the stored columns of a row, which the database evaluates wherever the column is
//! read, filtered or ordered.

use std::sync::Arc;

use sea_query::Expr;

use super::json_path::JsonPath;

/// How a column is computed, and its SQL once the database is known.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    by: Computation,
    sql: Option<Arc<[String]>>,
}

/// How a column is computed, whatever the database.
#[derive(Clone, Debug)]
pub(crate) enum Computation {
    Expression(Expr),
    /// The value at a path in a JSON document.
    Member(Expr, JsonPath),
}

/// Stands for the table's name or alias in the expressions of computed columns. No identifier has its control characters.
pub(super) const MARK: &str = "\u{1}tower_rest\u{1}";

impl Computed {
    pub(super) const fn new(by: Computation) -> Self {
        Self { by, sql: None }
    }

    pub(super) const fn by(&self) -> &Computation {
        &self.by
    }

    /// Keeps the SQL of the column in its database, in which [`MARK`] stands for the table.
    pub(super) fn keep(&mut self, sql: &str) {
        self.sql = Some(sql.split(MARK).map(str::to_owned).collect());
    }

    /// Returns the expression, over the columns of the table or alias `table`.
    pub(crate) fn expression(&self, table: &str) -> Expr {
        let Some(pieces) = &self.sql else {
            return Expr::cust("NULL");
        };
        // The name stands in quotes, which are doubled inside it.
        let quote = pieces.first().and_then(|piece| piece.chars().next_back());
        let name = match quote {
            Some(quote) => table.replace(quote, &format!("{quote}{quote}")),
            None => table.to_owned(),
        };
        Expr::cust(format!("({})", pieces.join(&name)))
    }
}
