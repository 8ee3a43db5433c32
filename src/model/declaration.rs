//! The builder of a model that `#[derive(Model)]` generates calls of.

use std::marker::PhantomData;

use super::{
    Column, Declared, FieldType, Handles, Holds, Many, Model, ModelInner, Relation, Through,
    next_id,
};
use crate::cell::Type;

/// The builder of a model, called by the code that `#[derive(Model)]` generates.
#[derive(Debug)]
pub struct Declaration<M> {
    inner: ModelInner,
    of: PhantomData<fn() -> M>,
}

impl<M: Declared> Declaration<M> {
    /// Creates a model without columns.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            inner: ModelInner {
                id: next_id(),
                name: name.to_owned(),
                schema: M::SCHEMA.map(str::to_owned),
                table: M::TABLE.to_owned(),
                description: None,
                columns: Vec::new(),
                key: Vec::new(),
                primary: Vec::new(),
                keyless: None,
                relations: Vec::new(),
                many: Vec::new(),
                indexes: None,
                mistakes: Vec::new(),
            },
            of: PhantomData,
        }
    }

    /// Sets the text that describes the rows.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.inner.description = Some(text.to_owned());
        self
    }

    /// Adds a column of the Rust type `T`, which determines its type and whether it may be null.
    #[must_use]
    pub fn column<T: FieldType>(self, name: &str, refine: impl FnOnce(Column) -> Column) -> Self {
        self.typed(name, T::ty(), T::NULLABLE, refine)
    }

    /// Adds a column of the type `ty`.
    #[must_use]
    pub fn typed(
        mut self,
        name: &str,
        ty: Type,
        nullable: bool,
        refine: impl FnOnce(Column) -> Column,
    ) -> Self {
        let mut column = Column::new(name.to_owned(), ty, nullable);
        column.storage.decimal_text = column.ty == Type::Decimal;
        self.inner.columns.push(refine(column));
        self
    }

    /// Adds the to-one relation to the row of the model `O` whose key is in the columns `columns` of this model.
    #[must_use]
    pub fn one<O: Declared, C>(mut self, name: Option<&str>, columns: C) -> Self
    where
        C: Handles<M, Plain: Holds<O::Key>>,
    {
        let columns = columns.columns();
        let schema = self.schema_of::<O>();
        self.inner.relations.push(Relation {
            name: name.map(str::to_owned),
            columns: columns
                .iter()
                .filter_map(|column| self.inner.position(column))
                .collect(),
            schema,
            table: O::TABLE.to_owned(),
            references: owned(O::KEY),
            inherited: false,
        });
        self
    }

    /// Adds the to-many relation to the rows of the model `O` whose `columns` hold this model's key.
    #[must_use]
    pub fn many<O: Declared, C>(mut self, name: &str, columns: C) -> Self
    where
        C: Handles<O, Plain: Holds<M::Key>>,
    {
        let schema = self.schema_of::<O>();
        self.inner.many.push(Many {
            name: name.to_owned(),
            schema,
            table: O::TABLE.to_owned(),
            columns: columns.columns(),
            through: None,
        });
        self
    }

    /// Adds the relation to the rows of the model `O` that the declared junction `J` pairs with this model's rows. The
    /// junction's columns `here` hold this model's key, and its columns `there` hold the key of `O`.
    #[must_use]
    pub fn through<O: Declared, J: Declared, H, T>(mut self, name: &str, here: H, there: T) -> Self
    where
        H: Handles<J, Plain: Holds<M::Key>>,
        T: Handles<J, Plain: Holds<O::Key>>,
    {
        let junction = Through {
            schema: self.schema_of::<J>(),
            table: J::TABLE.to_owned(),
            columns: there.columns(),
        };
        self.junction::<O>(name, here.columns(), junction)
    }

    /// Adds a relation like that of [`through`](Self::through), by a junction table for which no struct is declared.
    #[must_use]
    pub fn through_table<O: Declared>(
        mut self,
        name: &str,
        table: &str,
        here: &[&str],
        there: &[&str],
    ) -> Self {
        for (columns, key, attribute) in [(here, M::KEY, "by"), (there, O::KEY, "to")] {
            if columns.len() != key.len() {
                self.inner.mistakes.push(format!(
                    "{}: `{attribute}` of the relation `{name}` names {} columns of `{table}`, but they hold a key of \
                     {}: {}",
                    self.inner.name,
                    columns.len(),
                    key.len(),
                    key.join(", ")
                ));
            }
        }
        let junction = Through {
            schema: None,
            table: table.to_owned(),
            columns: owned(there),
        };
        self.junction::<O>(name, owned(here), junction)
    }

    fn junction<O: Declared>(mut self, name: &str, columns: Vec<String>, through: Through) -> Self {
        let schema = self.schema_of::<O>();
        self.inner.many.push(Many {
            name: name.to_owned(),
            schema,
            table: O::TABLE.to_owned(),
            columns,
            through: Some(through),
        });
        self
    }

    /// Returns the schema of the table of `O`; `None` if that is the schema of this model `M`, or `O` declares none.
    /// Records a mistake if `M` declares a schema, but `O` does not.
    fn schema_of<O: Declared>(&mut self) -> Option<String> {
        if let (Some(schema), None) = (M::SCHEMA, O::SCHEMA) {
            self.inner.mistakes.push(format!(
                "{}: it is in the schema `{schema}`, and has a relation with `{}`, which says no schema; say it there too",
                self.inner.name,
                O::TABLE
            ));
        }
        O::SCHEMA
            .filter(|schema| M::SCHEMA != Some(schema))
            .map(str::to_owned)
    }

    /// Builds the model.
    pub fn build(mut self) -> Model {
        for name in M::KEY {
            let Some(number) = self.inner.position(name) else {
                continue;
            };
            self.inner.key.push(number);
            let Some(column) = number.item_mut(&mut self.inner.columns) else {
                continue;
            };
            column.unique |= M::KEY.len() == 1;
            if column.nullable {
                self.inner.mistakes.push(format!(
                    "{}: the key column `{name}` may be null, so it names no row; its field must not be an `Option`",
                    self.inner.name
                ));
            }
        }
        Model::from_inner(self.inner)
    }
}

impl Model {
    /// Returns the model that a struct declares by `#[derive(Model)]`.
    pub fn of<M: Declared>() -> Self {
        M::model()
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
