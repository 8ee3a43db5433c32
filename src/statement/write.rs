//! Statements that write a row: insert, update, delete.

use std::sync::Arc;

use sea_query::{Expr, Query};

use super::{
    Dialect, Plan, Statement,
    dialect::placeholder,
    plan::Took,
    source::{Source, iden},
    term::Term,
};
use crate::{
    cell::Value,
    model::{Column, ColumnNumber, DefaultValue, Model},
    operation::{Changes, Set},
    predicate::Predicate,
};

impl Statement {
    /// Inserts a row with the values of `changes`. If the database has `RETURNING`, the statement returns the row's
    /// cells of the columns `returned`.
    pub(crate) fn insert(
        model: &Model,
        changes: &Changes,
        returned: &[ColumnNumber],
        dialect: &dyn Dialect,
    ) -> Self {
        let mut insert = Query::insert();
        let source = Source::written(model);
        insert.into_table(source.table());
        let (mut values, mut columns, mut set) = (Vec::new(), Vec::new(), Vec::new());
        for (column, to) in changes.columns(model) {
            columns.push(iden(&column.sql));
            set.push(assigned(column, to, &mut values, dialect));
        }
        if columns.is_empty() {
            insert.or_default_values();
        } else {
            insert.columns(columns).values_panic(set);
        }
        if !returned.is_empty() && dialect.returns_rows() {
            let shown = returned.iter().filter_map(|number| {
                let (column, value) = source.at(*number)?;
                Some(dialect.shown(column, value))
            });
            insert.returning(Query::returning().exprs(shown));
        }
        Self::written(dialect.insert(&insert), model, returned, values, dialect)
    }

    /// Changes columns of the row that meets a condition.
    pub(crate) fn update(
        model: &Model,
        condition: &Predicate,
        changes: &Changes,
        dialect: &dyn Dialect,
    ) -> Self {
        let source = Source::written(model);
        let mut update = Query::update();
        update.table(source.table());
        let mut values = Vec::new();
        for (column, to) in changes.columns(model) {
            let value = assigned(column, to, &mut values, dialect);
            update.value(iden(&column.sql), value);
        }
        let term = Term::of(condition, model, dialect);
        term.values(&mut values);
        update.cond_where(term.condition(source, dialect));
        Self::written(dialect.update(&update), model, &[], values, dialect)
    }

    /// Deletes the row that meets a condition.
    pub(crate) fn delete(model: &Model, condition: &Predicate, dialect: &dyn Dialect) -> Self {
        let source = Source::written(model);
        let mut delete = Query::delete();
        delete.from_table(source.table());
        let (mut values, term) = (Vec::new(), Term::of(condition, model, dialect));
        term.values(&mut values);
        delete.cond_where(term.condition(source, dialect));
        Self::written(dialect.delete(&delete), model, &[], values, dialect)
    }

    fn written(
        sql: String,
        model: &Model,
        returned: &[ColumnNumber],
        values: Vec<Value>,
        dialect: &dyn Dialect,
    ) -> Self {
        let returned = if dialect.returns_rows() {
            returned
        } else {
            &[]
        };
        let plan = Plan {
            sql: sql.into(),
            model: model.clone(),
            columns: returned.into(),
            lead: None,
            is_single: false,
            pairs: None,
            is_alone: true,
            took: Took::default(),
        };
        Self::new(Arc::new(plan), values)
    }
}

/// Returns the expression that a column is set to, and appends the value of its placeholder, if any, to `values`.
fn assigned(column: &Column, set: &Set, values: &mut Vec<Value>, dialect: &dyn Dialect) -> Expr {
    let mut bound = |value: &Value| {
        values.push(dialect.written(column, value));
        dialect.assigned(column, placeholder())
    };
    match (set, &column.default) {
        (Set::To(value), _) | (Set::Default, Some(DefaultValue::Value(value))) => bound(value),
        (Set::Default, Some(DefaultValue::Sql(expression))) => expression.clone(),
        (Set::Null, _) | (Set::Default, None) => Expr::cust("NULL"),
    }
}
