//! The draft of a model for a table of the catalog: path, visible columns, key and relations are added to it one after
//! the other.

use super::{LeftOut, names, secret};
use crate::{
    catalog::{ForeignKey, Table},
    cell::Type,
    model::{Column, ColumnNumber, Index, InspectedModel, Many, Model, Relation, numbered},
};

/// A model while it is made from a table of the catalog: the draft of a table that is to be served.
pub(super) struct TableDraft {
    pub(super) path: String,
    /// The table's name for messages and patterns, with its schema before it if that is not the default one:
    /// `shop.cars`.
    pub(super) name: String,
    pub(super) table: Table,
    /// The columns of the key; empty if no URL can identify a row.
    pub(super) key: Vec<ColumnNumber>,
    pub(super) relations: Vec<Relation>,
    pub(super) many: Vec<Many>,
    pub(super) nested: Vec<super::Nest>,
}

impl TableDraft {
    pub(super) fn new(path: String, name: String, table: Table) -> Self {
        Self {
            path,
            name,
            table,
            key: Vec::new(),
            relations: Vec::new(),
            many: Vec::new(),
            nested: Vec::new(),
        }
    }

    /// Hides the columns that match a pattern of `hidden`, and those that look secret and match no pattern of `shown`.
    pub(super) fn hide_columns(&mut self, shown: &[String], hidden: &[String]) {
        let columns = self.table.columns.iter();
        let secret = columns.map(|column| secret::looks_secret(&self.table, column));
        let secret: Vec<bool> = secret.collect();
        for (column, is_secret) in self.table.columns.iter_mut().zip(secret) {
            let is_shown = is_among(&self.name, &column.sql, shown);
            let is_hidden = is_among(&self.name, &column.sql, hidden);
            column.hidden = is_hidden || (is_secret && !is_shown);
        }
    }

    /// Hides a column that references a hidden column, unless it matches one of the patterns `shown`. Returns whether
    /// the column was visible and is now hidden.
    pub(super) fn hide(&mut self, at: ColumnNumber, shown: &[String]) -> bool {
        let Some(column) = at.item_mut(&mut self.table.columns) else {
            return false;
        };
        let hides = !column.hidden && !is_among(&self.name, &column.sql, shown);
        column.hidden |= hides;
        hides
    }

    /// Sets the names of the columns in the API.
    pub(super) fn name_columns(&mut self) {
        let known: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|one| one.sql.clone())
            .collect();
        for column in &mut self.table.columns {
            column.name = names::column(&column.sql, |other| known.iter().any(|one| one == other));
        }
    }

    /// Sets the key if URLs can identify rows by it. Otherwise leaves it empty and adds the reason to `left_out`.
    pub(super) fn set_key(&mut self, left_out: &mut Vec<LeftOut>) {
        let positions = self.positions(&self.table.key).unwrap_or_default();
        if let Some(reason) = self.table.keyless {
            let reason = format!("{reason}: its rows are a list without `href`");
            left_out.push(LeftOut::new(format!("the key of {}", self.name), reason));
        }
        let unfit = positions.iter().find_map(|at| {
            let column = self.column(*at)?;
            let (name, ty) = (&column.sql, column.ty.name());
            if column.hidden {
                Some(format!("its part `{name}` looks secret"))
            } else if !Model::can_name(&column.ty) {
                Some(format!(
                    "no URL can name `{name}` exactly, which is of type {ty}"
                ))
            } else {
                None
            }
        });
        match unfit {
            Some(reason) => left_out.push(LeftOut::new(
                format!("the key of {}", self.name),
                format!("{reason}: its rows are a list without `href`"),
            )),
            None => self.key = positions,
        }
    }

    pub(super) fn column(&self, at: ColumnNumber) -> Option<&Column> {
        at.item(&self.table.columns)
    }

    pub(super) fn position(&self, name: &str) -> Option<ColumnNumber> {
        let found = numbered(&self.table.columns).find(|(_, column)| column.sql == name);
        found.map(|(at, _)| at)
    }

    /// Returns the numbers of the columns with these names; `None` if one of them does not exist.
    pub(super) fn positions(&self, names: &[String]) -> Option<Vec<ColumnNumber>> {
        names.iter().map(|name| self.position(name)).collect()
    }

    pub(super) fn visible(&self) -> impl Iterator<Item = &Column> {
        self.table.columns.iter().filter(|column| !column.hidden)
    }

    /// Whether this table is the one that the foreign key `key` references.
    pub(super) fn is_target(&self, key: &ForeignKey) -> bool {
        self.table.name == key.table && self.table.schema == key.schema
    }

    /// Builds the model and the served table.
    pub(super) fn served_table(mut self) -> super::ServedTable {
        let order = if self.key.is_empty() {
            self.order()
        } else {
            Vec::new()
        };
        let indexes = self.table.indexes.iter().flatten();
        let indexes = indexes.filter_map(|index| {
            Some(Index {
                columns: self.positions(&index.columns)?,
                unique: index.unique,
            })
        });
        let indexes: Vec<_> = indexes.collect();
        let model = InspectedModel {
            indexes: self.table.indexes.is_some().then_some(indexes),
            name: self.name,
            schema: self.table.schema,
            table: self.table.name,
            description: self.table.comment,
            columns: self.table.columns,
            key: self.key,
            order,
            relations: self.relations,
            many: self.many,
        };
        super::ServedTable {
            path: self.path,
            model: model.into(),
            is_view: self.table.is_view,
            nested: self.nested,
        }
    }

    /// Returns the columns that order rows without a key: SQLite's `rowid`, which is added as a hidden column, or, if
    /// the table has none, all visible columns.
    fn order(&mut self) -> Vec<ColumnNumber> {
        if let Some(name) = self.table.rowid {
            let ty = Type::Integer {
                bits: 64,
                signed: true,
            };
            let column = Column::new(name.to_owned(), ty, false).hidden();
            self.table.columns.push(column);
            return self.position(name).into_iter().collect();
        }
        let columns = numbered(&self.table.columns);
        let visible = columns.filter(|(_, column)| !column.hidden);
        visible.map(|(at, _)| at).collect()
    }
}

/// Whether `table.column` matches one of these patterns, such as `users.*`.
fn is_among(table: &str, column: &str, patterns: &[String]) -> bool {
    let full = format!("{table}.{column}");
    patterns
        .iter()
        .any(|pattern| names::matches(pattern, &full))
}
