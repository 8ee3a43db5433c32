//! The parts of a model, while it is described.

use super::{ColumnNumber, ModelInner, Relation, column_number::numbered};

impl ModelInner {
    /// Marks the columns of the key as kept unique by the database. It is called when the model is created: a key that
    /// `pk_field` names afterwards may not be kept unique.
    pub(super) fn hold_key(&mut self) {
        for number in &self.key {
            if let Some(column) = number.item_mut(&mut self.columns) {
                column.storage.held = true;
            }
        }
    }

    pub(super) fn position(&self, sql: &str) -> Option<ColumnNumber> {
        numbered(&self.columns)
            .find(|(_, column)| column.sql == sql && column.computed.is_none())
            .map(|(number, _)| number)
    }

    pub(super) fn lacks(&mut self, column: &str, method: &str) {
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|column| column.sql.as_str())
            .collect();
        self.mistakes.push(format!(
            "{}: `.{method}(…)` names `{column}`, but the table `{}` has only the columns {}",
            self.name,
            self.table,
            names.join(", ")
        ));
    }

    pub(super) fn name_relation(&mut self, name: &str, columns: Vec<ColumnNumber>, table: &str) {
        let declared = self
            .relations
            .iter_mut()
            .find(|relation| relation.columns == columns && relation.table == table);
        match declared {
            Some(relation) => relation.name = Some(name.to_owned()),
            None => self.relations.push(Relation {
                name: Some(name.to_owned()),
                columns,
                schema: None,
                table: table.to_owned(),
                references: Vec::new(),
                inherited: false,
            }),
        }
    }
}
