//! Statements over groups of rows: the aggregates of each, or how many rows have each value of a column.

use std::hash::Hash;

use sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement};

use super::{
    Dialect, Leads, Plan, Plans, Statement,
    group_dialect::{Extreme, count, float_sum, is_float},
    order,
    plan::{PlanKey, Took},
    raw_groups::raw_model,
    source::Source,
    term::Term,
    through,
    trial::Trial,
};
use crate::{
    cell::Value,
    model::{Column, Model},
    operation::Aggregate,
    params::{AggregateFunction, AggregateTerm, GroupTerm, Position},
};

/// The name of the inner select in the outer one.
const ROWS: &str = "some";

/// The parts from which the text and the values of a statement over groups are made.
struct GroupedDraft<'a> {
    model: &'a Model,
    aggregate: &'a Aggregate,
    term: Term,
    /// How many groups to skip and to take.
    window: (u64, u64),
    /// Whether the groups are read from the end.
    reversed: bool,
    /// Whether each row begins with the number of all groups.
    counted: bool,
}

impl Statement {
    /// Reads a page of groups, each after the number of all groups. The groups of the last page are reversed, and may be
    /// preceded by some of the page before.
    pub(crate) fn groups(
        model: &Model,
        aggregate: &Aggregate,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let skip = match aggregate.position {
            Position::Page(number) => number.saturating_sub(1).saturating_mul(aggregate.size),
            Position::Last | Position::Offset(_) | Position::Cursor | Position::All => 0,
        };
        // A page so far from the start has no groups, and the database takes no greater number.
        let skip = Ord::min(skip, u64::from(u32::MAX));
        let draft = GroupedDraft {
            model,
            aggregate,
            term: Term::of(&aggregate.filter, model, dialect),
            window: (skip, aggregate.size),
            reversed: aggregate.position == Position::Last,
            counted: !aggregate.groups.is_empty(),
        };
        draft.statement(plans, dialect)
    }

    /// Reads the first groups, without the number of all.
    pub(crate) fn first_groups(
        model: &Model,
        aggregate: &Aggregate,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let draft = GroupedDraft {
            model,
            aggregate,
            term: Term::of(&aggregate.filter, model, dialect),
            window: (0, aggregate.size),
            reversed: false,
            counted: false,
        };
        draft.statement(plans, dialect)
    }
}

impl<'a> GroupedDraft<'a> {
    fn statement(&self, plans: &Plans, dialect: &dyn Dialect) -> Statement {
        let plan = plans.plan(self.key(dialect), || self.plan(dialect));
        Statement::new(plan, self.values(dialect))
    }

    fn plan(&self, dialect: &dyn Dialect) -> Plan {
        let model = raw_model(self.aggregate, self.model, dialect);
        Plan {
            sql: dialect.text(&self.select(dialect)).into(),
            columns: model.numbered().map(|(number, _)| number).collect(),
            model,
            marks: 0,
            lead: self.counted.then_some(Leads::Total),
            is_single: self.aggregate.groups.is_empty(),
            pairs: None,
            is_alone: true,
            took: Took::default(),
            trial: Trial::default(),
        }
    }

    fn key(&self, dialect: &dyn Dialect) -> PlanKey {
        let mut key = PlanKey::of_groups(self.reversed, self.counted);
        let Aggregate {
            groups,
            aggregates,
            order,
            ..
        } = self.aggregate;
        (self.model.id(), groups, aggregates, order).hash(&mut key);
        let steps = groups.iter().flat_map(|group| &group.through);
        through::shape(steps, dialect, &mut key);
        self.term.shape(&mut key);
        key
    }

    /// Returns the values in the order of their placeholders in [`select`](Self::select).
    fn values(&self, dialect: &dyn Dialect) -> Vec<Value> {
        let mut values = Vec::new();
        for group in &self.aggregate.groups {
            let is_apart = group
                .source(self.model)
                .is_some_and(|column| is_apart(group, column, dialect));
            for _ in 0..=usize::from(is_apart) {
                through::values(&group.through, dialect, &mut values);
            }
        }
        self.term.values(&mut values);
        let (skip, take) = self.window;
        values.extend([take, skip].map(Value::Unsigned));
        values
    }

    fn select(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        if self.counted {
            select.expr(Expr::cust("COUNT(*) OVER ()"));
        }
        for (at, group, column) in self.groups() {
            let (key, value) = outer(at, group, column, dialect);
            match group.part {
                None => select.expr(dialect.group_shown(column, key.clone(), value)),
                Some(_) => select.expr(key.clone()),
            };
            select.add_group_by([grouped(group, column, key, dialect)]);
        }
        for (at, term) in (0..).zip(&self.aggregate.aggregates) {
            select.exprs(self.shown(at, term, dialect));
        }
        select.from_subquery(self.rows(dialect), ROWS);
        for order in &self.aggregate.order {
            let falls = order.descending != self.reversed;
            for value in self.order(order.member, dialect) {
                let (direction, nulls) = order::direction(falls);
                select.order_by_expr_with_nulls(value, direction, nulls);
            }
        }
        let (skip, take) = self.window;
        select.limit(take).offset(skip);
        select
    }

    /// Returns the inner select, which reads the rows.
    fn rows(&self, dialect: &dyn Dialect) -> SelectStatement {
        let source = Source::top(self.model);
        let mut rows = Query::select();
        rows.expr(Expr::cust("1"));
        for (at, group, column) in self.groups() {
            let key = |own: &Column, value| match group.part {
                None => dialect.group_key(own, value),
                Some(part) => dialect.part_key(own, value, part),
            };
            let key = through::value(&group.through, group.column, source, dialect, &key);
            rows.expr_as(
                key.map_or_else(|| Expr::cust("NULL"), |(_, key)| key),
                key_name(at),
            );
            if is_apart(group, column, dialect) {
                let apart = |own: &Column, value| dialect.group_value(own, value);
                let shown = through::value(&group.through, group.column, source, dialect, &apart);
                let shown = shown.map_or_else(|| Expr::cust("NULL"), |(_, shown)| shown);
                rows.expr_as(shown, value_name(at));
            }
        }
        for (at, term) in (0..).zip(&self.aggregate.aggregates) {
            if let Some((column, value)) = term.column.and_then(|number| source.at(number)) {
                rows.expr_as(
                    dialect.argument(column, value, term.function),
                    argument_name(at),
                );
            }
        }
        rows.from(source.table());
        if !self.term.is_always() {
            rows.cond_where(self.term.condition(source, dialect));
        }
        rows
    }

    fn groups(&self) -> impl Iterator<Item = (usize, &'a GroupTerm, &'a Column)> {
        let groups = (0..).zip(&self.aggregate.groups);
        groups.filter_map(|(at, group)| Some((at, group, group.source(self.model)?)))
    }

    /// Returns the expressions to select for an aggregate, from which its number is made.
    fn shown(&self, at: usize, term: &AggregateTerm, dialect: &dyn Dialect) -> Vec<Expr> {
        let Some(column) = term.column.and_then(|number| self.model.at(number)) else {
            return vec![Func::count(Expr::cust("*")).into()];
        };
        let argument = || Expr::col((ROWS, argument_name(at)));
        match term.function {
            AggregateFunction::Count => vec![count(argument())],
            AggregateFunction::CountDistinct => vec![dialect.distinct(column, argument())],
            AggregateFunction::Min => vec![dialect.extreme(column, argument(), Extreme::Least)],
            AggregateFunction::Max => vec![dialect.extreme(column, argument(), Extreme::Greatest)],
            AggregateFunction::Sum => sums(column, argument(), dialect),
            AggregateFunction::Avg => {
                let sums = sums(column, argument(), dialect).into_iter();
                sums.chain([count(argument())]).collect()
            }
        }
    }

    /// Returns the expressions that order the groups by a member, given by its index among groups and aggregates.
    fn order(&self, member: usize, dialect: &dyn Dialect) -> Vec<Expr> {
        if let Some((at, group, column)) = self.groups().find(|(at, ..)| *at == member) {
            let (key, value) = outer(at, group, column, dialect);
            return match group.part {
                None => dialect.group_order(column, key, value),
                Some(_) => vec![key],
            };
        }
        let at = member.saturating_sub(self.aggregate.groups.len());
        let Some(term) = self.aggregate.aggregates.get(at) else {
            return Vec::new();
        };
        let Some(column) = term.column.and_then(|number| self.model.at(number)) else {
            return vec![Func::count(Expr::cust("*")).into()];
        };
        let argument = Expr::col((ROWS, argument_name(at)));
        vec![match term.function {
            AggregateFunction::Count => count(argument),
            AggregateFunction::CountDistinct => dialect.distinct(column, argument),
            AggregateFunction::Min => dialect.extreme_order(column, argument, Extreme::Least),
            AggregateFunction::Max => dialect.extreme_order(column, argument, Extreme::Greatest),
            AggregateFunction::Sum if is_float(column) => float_sum(argument),
            AggregateFunction::Sum => dialect.sum_order(column, argument),
            AggregateFunction::Avg if is_float(column) => {
                let sum = float_sum(argument.clone());
                sum.div(count(argument))
            }
            AggregateFunction::Avg => dialect.average_order(column, argument),
        }]
    }
}

fn sums(column: &Column, argument: Expr, dialect: &dyn Dialect) -> Vec<Expr> {
    match is_float(column) {
        true => vec![float_sum(argument)],
        false => dialect.sums(column, argument),
    }
}

/// Whether the inner select has the value of a group beside its key.
fn is_apart(group: &GroupTerm, column: &Column, dialect: &dyn Dialect) -> bool {
    group.part.is_none() && dialect.is_apart(column)
}

/// Returns the columns of the inner select that have the key of a group and, if it is apart, its value.
fn outer(
    at: usize,
    group: &GroupTerm,
    column: &Column,
    dialect: &dyn Dialect,
) -> (Expr, Option<Expr>) {
    let value = is_apart(group, column, dialect).then(|| Expr::col((ROWS, value_name(at))));
    (Expr::col((ROWS, key_name(at))), value)
}

fn grouped(group: &GroupTerm, column: &Column, key: Expr, dialect: &dyn Dialect) -> Expr {
    match group.part {
        None => dialect.grouped(column, key),
        Some(_) => key,
    }
}

fn key_name(at: usize) -> String {
    format!("g{at}")
}

fn value_name(at: usize) -> String {
    format!("v{at}")
}

fn argument_name(at: usize) -> String {
    format!("a{at}")
}
