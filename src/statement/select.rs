//! The statements that read: a page, a page with its total, a total, one row.

use std::hash::Hash;

use sea_query::{Expr, Func, NullOrdering, Query, SelectStatement};

use super::{
    Dialect, Plan, Plans, Statement, Window,
    dialect::{column, table},
    plan::PlanKey,
    term::Term,
};
use crate::{
    cell::Value,
    model::Model,
    operation::{List, Retrieve},
    params::Order,
};

/// What a reading statement returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Page { reversed: bool },
    PageAndTotal,
    Total,
    Row,
}

/// A statement before it has a plan.
struct Draft<'a> {
    kind: Kind,
    model: &'a Model,
    term: Term,
    order: &'a [Order],
    columns: &'a [u16],
    window: Window,
}

impl Statement {
    /// The rows of a window, in the list's order or reversed.
    pub(crate) fn page(
        model: &Model,
        list: &List,
        window: Window,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let reversed = window.reversed;
        Draft::of_list(Kind::Page { reversed }, model, list, window, dialect).plan(plans, dialect)
    }

    /// The rows of a window, each after the number of rows of the whole list.
    pub(crate) fn page_and_total(
        model: &Model,
        list: &List,
        window: Window,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        Draft::of_list(Kind::PageAndTotal, model, list, window, dialect).plan(plans, dialect)
    }

    /// The number of rows of the whole list.
    pub(crate) fn total(model: &Model, list: &List, plans: &Plans, dialect: &dyn Dialect) -> Self {
        let window = Window {
            skip: 0,
            take: 1,
            reversed: false,
        };
        Draft::of_list(Kind::Total, model, list, window, dialect).plan(plans, dialect)
    }

    /// The row that meets a condition.
    pub(crate) fn row(
        model: &Model,
        retrieve: &Retrieve,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        Draft {
            kind: Kind::Row,
            model,
            term: Term::of(&retrieve.condition, model, dialect),
            order: &[],
            columns: &retrieve.columns,
            window: Window {
                skip: 0,
                take: 1,
                reversed: false,
            },
        }
        .plan(plans, dialect)
    }
}

impl<'a> Draft<'a> {
    fn of_list(
        kind: Kind,
        model: &'a Model,
        list: &'a List,
        window: Window,
        dialect: &dyn Dialect,
    ) -> Self {
        let reads_rows = kind != Kind::Total;
        Self {
            kind,
            model,
            term: Term::of(&list.filter, model, dialect),
            order: if reads_rows { &list.order } else { &[] },
            columns: if reads_rows { &list.columns } else { &[] },
            window,
        }
    }

    fn plan(&self, plans: &Plans, dialect: &dyn Dialect) -> Statement {
        let plan = plans.plan(self.key(), || Plan {
            sql: dialect.text(&self.select(dialect)).into(),
            model: self.model.clone(),
            columns: self.columns.into(),
            counts: matches!(self.kind, Kind::Total | Kind::PageAndTotal),
        });
        Statement {
            plan,
            values: self.values(),
        }
    }

    fn key(&self) -> PlanKey {
        let mut key = PlanKey::new();
        (self.model.id(), self.kind, self.order, self.columns).hash(&mut key);
        self.term.shape(&mut key);
        key
    }

    /// The values in the order their placeholders stand in [`select`](Self::select).
    fn values(&self) -> Vec<Value> {
        let mut values = Vec::new();
        if self.kind == Kind::PageAndTotal {
            self.term.values(&mut values);
        }
        self.term.values(&mut values);
        if self.is_list() {
            values.extend([self.window.take, self.window.skip].map(Value::Unsigned));
        }
        values
    }

    fn select(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        if self.kind == Kind::PageAndTotal {
            select.expr(Expr::SubQuery(None, Box::new(self.count(dialect).into())));
        }
        if self.kind == Kind::Total {
            return self.count(dialect);
        }
        for number in self.columns {
            if let Some(read) = self.model.at(*number) {
                select.expr(column(read, self.model));
            }
        }
        self.add_rows(&mut select, dialect);
        let reversed = self.kind == Kind::Page { reversed: true };
        for order in self.order {
            self.order_by(&mut select, order, reversed, dialect);
        }
        if self.is_list() {
            select.limit(self.window.take).offset(self.window.skip);
        }
        select
    }

    fn is_list(&self) -> bool {
        matches!(self.kind, Kind::Page { .. } | Kind::PageAndTotal)
    }

    fn count(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        select.expr(Func::count(Expr::cust("*")));
        self.add_rows(&mut select, dialect);
        select
    }

    fn add_rows(&self, select: &mut SelectStatement, dialect: &dyn Dialect) {
        select.from(table(self.model));
        if self.term != Term::All(Vec::new()) {
            select.cond_where(self.term.condition(self.model, dialect));
        }
    }

    /// A null is the largest value: last when rising, first when falling.
    fn order_by(
        &self,
        select: &mut SelectStatement,
        order: &Order,
        reversed: bool,
        dialect: &dyn Dialect,
    ) {
        let Some(column) = self.model.at(order.column) else {
            return;
        };
        let key = dialect.order_key(column, self.model);
        let (direction, nulls) = if order.descending == reversed {
            (sea_query::Order::Asc, NullOrdering::Last)
        } else {
            (sea_query::Order::Desc, NullOrdering::First)
        };
        if column.nullable {
            select.order_by_expr_with_nulls(key, direction, nulls);
        } else {
            select.order_by_expr(key, direction);
        }
    }
}
