//! The methods by which a program names the relations of a model made from a table definition.

use super::{Columns, Many, Model, Through, handle::texts};

impl Model {
    /// Names the to-one relation from `columns` to `table`.
    ///
    /// If the table definition has a foreign key from `columns` to `table`, that relation gets the name. Otherwise a
    /// relation to the key of `table` is added.
    pub fn relation(self, name: &str, columns: impl Columns, table: &str) -> Self {
        let columns = texts(columns);
        self.change(|inner| {
            let mut positions = Vec::new();
            for column in &columns {
                match inner.position(column) {
                    Some(position) => positions.push(position),
                    None => inner.lacks(column, "relation"),
                }
            }
            if positions.len() == columns.len() {
                inner.name_relation(name, positions, table);
            }
        })
    }

    /// Names the to-many relation to the rows of `table` whose `columns` hold this model's key.
    ///
    /// By default, its name is the path that the table is served at.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::Model;
    /// # let people = Table::create().table("people").col(ColumnDef::new("id").integer().primary_key()).to_owned();
    /// let person = Model::from_table("Person", &people)
    ///     .many("sold", "cars", "seller_id")
    ///     .many("bought", "cars", "buyer_id");
    /// ```
    pub fn many(self, name: &str, table: &str, columns: impl Columns) -> Self {
        let many = Many {
            name: name.to_owned(),
            schema: None,
            table: table.to_owned(),
            columns: texts(columns),
            through: None,
        };
        self.change(|inner| inner.many.push(many))
    }

    /// Declares the relation to the rows of `table` that a `junction` pairs with this model's rows.
    ///
    /// The junction's columns `here` hold this model's key, and its columns `there` hold the key of `table`.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::Model;
    /// # let cars = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// let car = Model::from_table("Car", &cars)
    ///     .many_through("tags", "tags", "car_tags", "car_id", "tag_id");
    /// ```
    pub fn many_through(
        self,
        name: &str,
        table: &str,
        junction: &str,
        here: impl Columns,
        there: impl Columns,
    ) -> Self {
        let through = Through {
            schema: None,
            table: junction.to_owned(),
            columns: texts(there),
        };
        let many = Many {
            name: name.to_owned(),
            schema: None,
            table: table.to_owned(),
            columns: texts(here),
            through: Some(through),
        };
        self.change(|inner| inner.many.push(many))
    }
}
