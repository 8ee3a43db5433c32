//! The rows of a junction as a model, for reading and writing pairs.

use super::{Column, Junction, Model, ModelInner, next_id, numbered};

impl Junction {
    /// Returns the model of the junction's rows, which pair rows of `leading` with rows of `target`. It has the columns
    /// that hold the key of the leading row, then those for the related row; all of them are its key.
    pub(crate) fn model(&self, leading: &Model, target: &Model) -> Model {
        let column = |model: &Model, (number, sql): &(_, String)| {
            let column = model.at(*number)?;
            Some(Column {
                name: sql.clone(),
                sql: sql.clone(),
                nullable: false,
                unique: false,
                default: None,
                read_only: false,
                ..column.clone()
            })
        };
        let here = self.here.iter().filter_map(|pair| column(leading, pair));
        let there = self.there.iter().filter_map(|pair| column(target, pair));
        let columns: Vec<_> = here.chain(there).collect();
        let key = numbered(&columns).map(|(number, _)| number).collect();
        Model::from_inner(ModelInner {
            id: next_id(),
            name: self.table.clone(),
            schema: self.schema.clone(),
            table: self.table.clone(),
            description: None,
            columns,
            key,
            primary: Vec::new(),
            keyless: None,
            relations: Vec::new(),
            many: Vec::new(),
            indexes: None,
            mistakes: Vec::new(),
        })
    }
}
