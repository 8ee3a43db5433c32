//! Statements that write rows: insert, update, delete.

use std::sync::Arc;

use sea_query::{Expr, ExprTrait as _, InsertStatement, Query, UpdateStatement};

use super::{
    Dialect, Plan, Statement,
    dialect::placeholder,
    plan::Took,
    source::{Source, iden},
    term::Term,
    trial::Trial,
};
use crate::{
    cell::{Value, merge_patch},
    model::{Column, ColumnNumber, DefaultValue, Model},
    operation::{Changes, Set},
    predicate::Predicate,
};

/// A statement that inserts rows.
pub(crate) struct Insert {
    pub(crate) statement: Statement,
    /// The number of rows that it inserts.
    pub(crate) rows: usize,
    /// The columns of the primary key whose values the database makes.
    pub(crate) unknown: Vec<ColumnNumber>,
}

impl Statement {
    /// Inserts rows in their order, by as few statements as the database allows or, if `singly`, by a statement for
    /// each row. `unknown` returns the key columns of a row whose values the database makes. With `RETURNING`, each
    /// statement returns these columns of its rows.
    pub(crate) fn inserts(
        model: &Model,
        rows: &[Changes],
        unknown: impl Fn(&Changes) -> Vec<ColumnNumber>,
        singly: bool,
        dialect: &dyn Dialect,
    ) -> Vec<Insert> {
        let mut inserts: Vec<Insert> = Vec::new();
        for group in rows.chunk_by(Changes::has_shape_of) {
            let Some(first) = group.first() else { continue };
            let unknown = unknown(first);
            let may_be_many = unknown.is_empty() || dialect.returns_in_order();
            let most = match singly || !may_be_many || first.is_empty() {
                true => 1,
                false => dialect.most_values() / first.iter().count().max(1),
            };
            let mut plan: Option<(usize, Arc<Plan>)> = None;
            for rows in group.chunks(most.max(1)) {
                let mut values = Vec::new();
                for row in rows {
                    for (column, set) in row.columns(model) {
                        assigned(column, set, &mut values, dialect);
                    }
                }
                let plan = match &plan {
                    Some((length, plan)) if *length == rows.len() => Arc::clone(plan),
                    _ => {
                        let new = Arc::new(insert_plan(model, rows, &unknown, dialect));
                        plan = Some((rows.len(), Arc::clone(&new)));
                        new
                    }
                };
                inserts.push(Insert {
                    statement: Self::new(plan, values),
                    rows: rows.len(),
                    unknown: unknown.clone(),
                });
            }
        }
        inserts
    }

    /// Changes columns of the row that meets `condition`.
    pub(crate) fn update(
        model: &Model,
        condition: &Predicate,
        changes: &Changes,
        dialect: &dyn Dialect,
    ) -> Self {
        let (mut values, term) = (Vec::new(), Term::of(condition, model, dialect));
        for (column, to) in changes.columns(model) {
            assigned(column, to, &mut values, dialect);
        }
        term.values(&mut values);
        let update = updating(model, &term, changes, dialect);
        Self::written(dialect.update(&update), model, values)
    }

    /// Deletes the row that meets `condition`.
    pub(crate) fn delete(model: &Model, condition: &Predicate, dialect: &dyn Dialect) -> Self {
        let source = Source::written(model);
        let mut delete = Query::delete();
        delete.from_table(source.table());
        let (mut values, term) = (Vec::new(), Term::of(condition, model, dialect));
        term.values(&mut values);
        delete.cond_where(term.condition(source, dialect));
        Self::written(dialect.delete(&delete), model, values)
    }

    fn written(sql: String, model: &Model, values: Vec<Value>) -> Self {
        Self::new(Arc::new(write_plan(sql, model, &[])), values)
    }
}

/// Returns the statement that changes columns of the rows that meet `term`.
pub(super) fn updating(
    model: &Model,
    term: &Term,
    changes: &Changes,
    dialect: &dyn Dialect,
) -> UpdateStatement {
    let (mut update, source) = (Query::update(), Source::written(model));
    update.table(source.table());
    for (column, to) in changes.columns(model) {
        let value = assigned(column, to, &mut Vec::new(), dialect);
        update.value(iden(&column.sql), value);
    }
    update.cond_where(term.condition(source, dialect));
    update
}

/// Returns the plan of a statement that inserts rows, all of which set the same columns in the same way.
fn insert_plan(
    model: &Model,
    rows: &[Changes],
    returned: &[ColumnNumber],
    dialect: &dyn Dialect,
) -> Plan {
    let (insert, source) = (inserting(rows, model, dialect), Source::written(model));
    let returned = match dialect.returns_rows() {
        true => returned,
        false => &[],
    };
    let shown = returned.iter().filter_map(|number| {
        let (column, value) = source.at(*number)?;
        Some(dialect.shown(column, value))
    });
    write_plan(dialect.insert(insert, shown.collect()), model, returned)
}

/// Returns the statement that inserts rows, all of which set the same columns in the same way.
pub(super) fn inserting(rows: &[Changes], model: &Model, dialect: &dyn Dialect) -> InsertStatement {
    let mut insert = Query::insert();
    let source = Source::written(model);
    insert.into_table(source.table());
    let columns = rows.iter().take(1).flat_map(|row| row.columns(model));
    let columns: Vec<_> = columns.map(|(column, _)| iden(&column.sql)).collect();
    if columns.is_empty() {
        insert.or_default_values();
    } else {
        insert.columns(columns);
        for row in rows {
            let set = row
                .columns(model)
                .map(|(column, set)| assigned(column, set, &mut Vec::new(), dialect));
            insert.values_panic(set);
        }
    }
    insert
}

fn write_plan(sql: String, model: &Model, returned: &[ColumnNumber]) -> Plan {
    Plan {
        sql: sql.into(),
        model: model.clone(),
        columns: returned.into(),
        lead: None,
        is_single: false,
        pairs: None,
        marks: 0,
        is_alone: true,
        took: Took::default(),
        trial: Trial::default(),
    }
}

/// Returns the expression that a column is set to, and appends the value of its placeholder, if any, to `values`.
pub(super) fn assigned(
    column: &Column,
    set: &Set,
    values: &mut Vec<Value>,
    dialect: &dyn Dialect,
) -> Expr {
    let mut bound = |value: &Value| {
        values.push(dialect.written(column, value));
        dialect.assigned(column, placeholder())
    };
    match (set, &column.default) {
        (Set::To(value), _) | (Set::Default, Some(DefaultValue::Value(value))) => bound(value),
        (Set::Default, Some(DefaultValue::Sql(expression))) => expression.clone(),
        (Set::Next, _) => Expr::col(iden(&column.sql)).add(Expr::cust("1")),
        // Patches of stored documents are applied before; a new row has no document yet.
        (Set::Merge(patch), _) => {
            let document = merge_patch(None, patch).unwrap_or_else(|| "null".to_owned());
            bound(&Value::Text(document))
        }
        (Set::Null, _) | (Set::Default, None) => Expr::cust("NULL"),
    }
}
