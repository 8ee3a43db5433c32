//! A model as one place serves it: adapted to its database, with columns that only the server sets.

use super::{Column, ColumnNumber, Model};
use crate::cell::Type;

impl Model {
    /// Returns the model with these columns read-only for clients.
    pub(crate) fn with_read_only(self, columns: &[ColumnNumber]) -> Self {
        self.change(|inner| {
            for number in columns {
                if let Some(column) = number.item_mut(&mut inner.columns) {
                    column.read_only = true;
                }
            }
        })
    }

    /// Returns the model after calling `adapt` for every column, to set how its database stores the values.
    pub(crate) fn adapted(self, adapt: impl FnMut(&mut Column)) -> Self {
        self.change(|inner| {
            inner.columns.iter_mut().for_each(adapt);
            // If no constraint of the database keeps the key unique, several rows may have keys that its collation
            // equates. So such keys are compared by their bytes.
            for number in &inner.key {
                if let Some(column) = number.item_mut(&mut inner.columns) {
                    let is_held = column.unique || column.storage.held;
                    let is_text = column.ty == Type::Text;
                    column.storage.loose |= is_text && !is_held && !column.storage.exact;
                }
            }
            let columns = &inner.columns;
            let can_compare = |at: &ColumnNumber| {
                let column = at.item(columns);
                column.is_some_and(|column| !column.storage.incomparable)
            };
            // A column of the key that cannot be compared is reported as a mistake elsewhere.
            if let Some(order) = &mut inner.keyless {
                order.retain(can_compare);
            }
        })
    }

    /// Returns the model whose columns have other names for clients, each made of the name that it has.
    pub(crate) fn renamed(self, name: fn(&str) -> String) -> Self {
        self.change(|inner| {
            for column in &mut inner.columns {
                column.name = name(&column.name);
            }
        })
    }
}
