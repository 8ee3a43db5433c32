//! The number of rows of a list, as a statement of its own or as a column of each row.

use sea_query::{Expr, Func, Query, SelectStatement};

use super::{Dialect, select::SelectDraft};
use crate::cell::Value;

impl SelectDraft<'_> {
    /// Appends the greatest number of rows that a capped count goes through.
    pub(super) fn add_cap(&self, values: &mut Vec<Value>) {
        values.extend(self.cap.map(|most| Value::Unsigned(most.saturating_add(1))));
    }

    /// Returns a subselect of the number of rows of the whole list, which can be a column of each row.
    pub(super) fn total(&self, dialect: &dyn Dialect) -> Expr {
        Expr::SubQuery(None, Box::new(self.count(dialect).into()))
    }

    pub(super) fn count(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        select.expr(Func::count(Expr::cust("*")));
        if let Some(most) = self.cap {
            let mut some = Query::select();
            some.expr(Expr::cust("1"));
            self.add_rows(&mut some, dialect);
            some.limit(most.saturating_add(1));
            select.from_subquery(some, "some");
            return select;
        }
        self.add_rows(&mut select, dialect);
        select
    }
}
