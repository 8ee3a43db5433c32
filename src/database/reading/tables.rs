//! The tables that a reading (the statements for one answer) reads: those of its rows, conditions, orderings and
//! related rows.

use std::collections::BTreeSet;

use super::Reading;
use crate::{
    model::{Join, Model},
    operation::{Aggregate, List, Parent, Readable, Wanted},
    params::Step,
    predicate::Predicate,
};

/// A table: its schema, if it has one, and its name.
pub(in super::super) type TableName<'a> = (Option<&'a str>, &'a str);

/// A set of tables, sorted by name, so that their order does not depend on the request.
#[derive(Default)]
struct Tables<'a>(BTreeSet<TableName<'a>>);

impl Reading {
    /// Returns the tables of all statements of the reading.
    pub(in super::super) fn tables(&self) -> BTreeSet<TableName<'_>> {
        let model = &self.question.model;
        match &self.question.ask {
            Readable::List(list) => of_list(model, list),
            Readable::Aggregate(aggregate) => of_groups(model, aggregate),
            Readable::Retrieve(retrieve) => {
                let mut tables = Tables::default();
                tables.model(model);
                tables.condition(&retrieve.condition);
                tables.wanted(&retrieve.related);
                tables.0
            }
        }
    }
}

/// Returns the tables whose rows a condition is on, beside the rows that must meet it.
pub(in super::super) fn of_condition(condition: &Predicate) -> BTreeSet<TableName<'_>> {
    let mut tables = Tables::default();
    tables.condition(condition);
    tables.0
}

/// Returns the tables whose rows are grouped, and those that the groups lead to.
fn of_groups<'a>(model: &'a Model, aggregate: &'a Aggregate) -> BTreeSet<TableName<'a>> {
    let mut tables = Tables::default();
    tables.model(model);
    tables.condition(&aggregate.filter);
    tables.parent(aggregate.parent.as_ref());
    let groups = aggregate.groups.iter();
    tables.steps(groups.flat_map(|group| &group.through));
    tables.0
}

/// Returns the tables of a list, including those of its parent and of its related rows.
pub(in super::super) fn of_list<'a>(model: &'a Model, list: &'a List) -> BTreeSet<TableName<'a>> {
    let mut tables = Tables::default();
    tables.model(model);
    tables.condition(&list.filter);
    tables.parent(list.parent.as_ref());
    tables.steps(list.order.iter().flat_map(|order| &order.through));
    tables.wanted(&list.related);
    tables.0
}

impl<'a> Tables<'a> {
    fn model(&mut self, model: &'a Model) {
        self.0.insert((model.schema(), model.table()));
    }

    fn parent(&mut self, parent: Option<&'a Parent>) {
        if let Some(parent) = parent {
            self.model(&parent.model);
            self.condition(&parent.condition);
        }
    }

    fn steps(&mut self, steps: impl Iterator<Item = &'a Step>) {
        for step in steps {
            self.join(&step.join);
            self.condition(&step.row_filter);
        }
    }

    fn join(&mut self, join: &'a Join) {
        self.model(&join.target);
        if let Some(junction) = &join.junction {
            self.0.insert((junction.schema.as_deref(), &junction.table));
        }
    }

    fn condition(&mut self, condition: &'a Predicate) {
        match condition {
            Predicate::All(conditions) | Predicate::Any(conditions) => {
                conditions.iter().for_each(|one| self.condition(one));
            }
            Predicate::Not(condition) => self.condition(condition),
            Predicate::Related { join, condition } => {
                self.join(join);
                self.condition(condition);
            }
            Predicate::Compare { .. }
            | Predicate::Key { .. }
            | Predicate::In { .. }
            | Predicate::Null { .. }
            | Predicate::Text { .. }
            | Predicate::Pattern { .. }
            | Predicate::FullText(_)
            | Predicate::Array { .. }
            | Predicate::HasKey { .. }
            | Predicate::PartIn { .. }
            | Predicate::DatePart { .. } => {}
        }
    }

    fn wanted(&mut self, wanted: &'a [Wanted]) {
        for one in wanted {
            self.join(&one.join);
            self.condition(&one.condition);
            self.wanted(&one.related);
        }
    }
}
