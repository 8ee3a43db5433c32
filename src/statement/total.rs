//! The number of rows of a list, as a statement of its own or as a column of each row, and an estimate of it.

use sea_query::{ColumnDef, Expr, Func, Query, SelectStatement, Table};

use super::{
    Dialect, Plan, Plans, Statement, Window,
    plan::{PlanKey, StatementKind, Took},
    select::SelectDraft,
    trial::Trial,
};
use crate::{cell::Value, model::Model, operation::List};

impl Statement {
    /// Estimates the number of rows of the whole list. The result has one column, the answer of the planner.
    pub(crate) fn estimate(
        model: &Model,
        list: &List,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let kind = StatementKind::Total;
        let draft = SelectDraft::of_list(kind, model, list, Window::BEYOND, dialect);
        let plan = plans.plan(PlanKey::of_estimate(draft.key(dialect)), || {
            let select = dialect.text(&draft.unordered(dialect));
            let answer = planner_answer();
            Plan {
                sql: dialect.explained(&select).unwrap_or(select).into(),
                columns: answer.numbered().map(|(number, _)| number).collect(),
                model: answer,
                lead: None,
                is_single: true,
                pairs: None,
                marks: 0,
                is_alone: true,
                took: Took::default(),
                trial: Trial::default(),
            }
        });
        Self::new(plan, draft.values(dialect))
    }
}

/// Returns the model of the planner's answer, one document.
fn planner_answer() -> Model {
    let document = ColumnDef::new("plan").json().to_owned();
    let table = Table::create().table("plans").col(document).to_owned();
    Model::from_table("Plan", &table)
}

impl SelectDraft<'_> {
    /// Appends the greatest number of rows that a capped count goes through.
    pub(super) fn add_cap(&self, values: &mut Vec<Value>) {
        values.extend(self.cap.map(|most| Value::Unsigned(most.saturating_add(1))));
    }

    /// Returns a subselect of the number of rows of the whole list, which can be a column of each row.
    pub(super) fn total(&self, dialect: &dyn Dialect) -> Expr {
        Expr::SubQuery(None, Box::new(self.count(dialect).into()))
    }

    /// Returns the select of a one for each row of the whole list, in no order.
    pub(super) fn unordered(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        select.expr(Expr::cust("1"));
        self.add_rows(&mut select, dialect);
        select
    }

    pub(super) fn count(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        select.expr(Func::count(Expr::cust("*")));
        if let Some(most) = self.cap {
            let mut some = self.unordered(dialect);
            some.limit(most.saturating_add(1));
            select.from_subquery(some, "some");
            return select;
        }
        self.add_rows(&mut select, dialect);
        select
    }
}
