//! The comparison of a model with its table in the database.

use crate::{
    catalog::{Catalog, ForeignKey, Table, full_name},
    cell::Type,
    model::{Column, ColumnNumber, Model, Relation, UuidFormat},
};

/// Returns a message for every difference between the model and its table. Each message begins with the model's name.
pub(crate) fn differences(model: &Model, catalog: &Catalog) -> Vec<String> {
    let home = catalog.home.as_deref();
    let schema = model.schema().or(home);
    let is_it = |table: &&Table| {
        catalog.names.same_table(&table.name, model.table()) && table.schema.as_deref() == schema
    };
    let Some(table) = catalog.tables.iter().find(is_it) else {
        let full = full_name(model.schema(), model.table(), home);
        let left_out = catalog.left_out.iter().find(|(name, _)| *name == full);
        return vec![match left_out {
            Some((_, reason)) => format!("{}: `{full}` cannot be read: {reason}", model.name()),
            None => format!("{}: there is no table `{full}`", model.name()),
        }];
    };
    let both = Both {
        model,
        table,
        catalog,
        name: table.full_name(home),
    };
    let mut found = Vec::new();
    for (number, column) in model.numbered() {
        // The column `rowid` is not declared by the table, so the catalog lacks it.
        let is_rowid = column.hidden && model.is_keyless() && model.last_order() == [number];
        if !is_rowid && column.computed.is_none() {
            found.extend(both.columns_differ(column));
        }
    }
    found.extend(both.keys_differ());
    let relations = model.relations().iter();
    found.extend(relations.filter_map(|relation| both.foreign_keys_differ(relation)));
    let model = model.name();
    found
        .into_iter()
        .map(|words| format!("{model}: {words}"))
        .collect()
}

/// A model and its table, which are compared.
struct Both<'a> {
    model: &'a Model,
    table: &'a Table,
    catalog: &'a Catalog,
    /// The table's name for messages, with its schema before it if that is not the default one: `shop.cars`.
    name: String,
}

impl Both<'_> {
    fn columns_differ(&self, column: &Column) -> Vec<String> {
        let (table, name) = (&self.name, &column.sql);
        let names = self.catalog.names;
        let mut columns = self.table.columns.iter();
        let Some(stored) = columns.find(|one| names.same_column(&one.sql, name)) else {
            let mut left_out = self.table.left_out.iter();
            return vec![match left_out.find(|(left_out, _)| left_out == name) {
                Some((_, reason)) => format!("`{table}.{name}` cannot be read: {reason}"),
                None => format!("`{table}` has no column `{name}`"),
            }];
        };
        let mut found = Vec::new();
        // A hidden column is neither read nor written, so its type does not matter.
        if column.is_member() && !(self.catalog.reads)(column, stored) {
            found.push(format!(
                "`{table}.{name}` is of type {}, in the model of type {}",
                described(stored),
                described(column)
            ));
        }
        match (column.nullable, stored.nullable) {
            (true, false) => found.push(format!(
                "`{table}.{name}` is never null, in the model it may be"
            )),
            (false, true) if !self.may_say_otherwise(name) => found.push(format!(
                "`{table}.{name}` may be null, in the model it is not"
            )),
            _ => {}
        }
        found
    }

    /// Whether the catalog may call a column nullable that never holds a null: any column of a view, and on SQLite the
    /// columns of a key.
    fn may_say_otherwise(&self, name: &str) -> bool {
        self.table.is_view
            || self
                .table
                .key
                .iter()
                .any(|part| self.same_column(part, name))
    }

    /// Returns a message if the model's key is neither the table's primary key nor unique.
    fn keys_differ(&self) -> Option<String> {
        let key = self.sql(self.model.key());
        let same = |other: &Vec<String>| self.same_columns(other, &key, true);
        let mut uniques = self.table.uniques.iter().chain([&self.table.key]);
        if self.table.is_view || key.is_empty() || uniques.any(same) {
            return None;
        }
        let (own, theirs) = (key.join(", "), self.table.key.join(", "));
        Some(match self.table.key.is_empty() {
            true => format!("`{}` has no key, in the model it is {own}", self.name),
            false => format!("the key of `{}` is {theirs}, in the model {own}", self.name),
        })
    }

    /// Returns a message if the table has foreign keys on the relation's columns, but all of them reference other
    /// columns than the relation. A relation without any foreign key is no difference.
    fn foreign_keys_differ(&self, relation: &Relation) -> Option<String> {
        let home = self.catalog.home.as_deref();
        let columns = self.sql(&relation.columns);
        let schema = relation.schema.as_deref().or(self.model.schema()).or(home);
        let is_same = |key: &ForeignKey| {
            let same_columns = relation.references.is_empty()
                || key.references.is_empty()
                || self.same_columns(&key.references, &relation.references, false);
            let same_table = self.catalog.names.same_table(&key.table, &relation.table);
            same_table && key.schema.as_deref() == schema && same_columns
        };
        let keys = self.table.foreign_keys.iter();
        let mut keys = keys
            .filter(|key| self.same_columns(&key.columns, &columns, false))
            .peekable();
        let first = *keys.peek()?;
        if keys.any(is_same) {
            return None;
        }
        let to = |schema: Option<&str>, table: &str, columns: &[String]| {
            let table = full_name(schema, table, home);
            match columns {
                [] => format!("the key of `{table}`"),
                columns => format!("`{table}` ({})", columns.join(", ")),
            }
        };
        Some(format!(
            "the foreign key {} of `{}` leads to {}, in the model to {}",
            columns.join(", "),
            self.name,
            to(first.schema.as_deref(), &first.table, &first.references),
            to(schema, &relation.table, &relation.references)
        ))
    }

    fn same_column(&self, left: &str, right: &str) -> bool {
        self.catalog.names.same_column(left, right)
    }

    /// Whether two lists of names name the same columns; unless `is_set`, also in the same order.
    fn same_columns(&self, left: &[String], right: &[String], is_set: bool) -> bool {
        let there = |name: &String| right.iter().any(|other| self.same_column(name, other));
        let mut pairs = left.iter().zip(right);
        left.len() == right.len()
            && match is_set {
                true => left.iter().all(there),
                false => pairs.all(|(left, right)| self.same_column(left, right)),
            }
    }

    fn sql(&self, columns: &[ColumnNumber]) -> Vec<String> {
        let columns = columns.iter().filter_map(|at| self.model.at(*at));
        columns.map(|column| column.sql.clone()).collect()
    }
}

fn described(column: &Column) -> String {
    match &column.ty {
        Type::Uuid if column.storage.uuid == Some(UuidFormat::Native) => {
            "uuid with `UuidFormat::Native`".to_owned()
        }
        Type::Integer { bits, signed } => {
            let sign = if *signed { "" } else { "unsigned " };
            format!("{sign}integer of {bits} bits")
        }
        Type::Enum(members) => format!("enum of {}", members.join(", ")),
        ty => ty.name().to_owned(),
    }
}
