//! Models of existing tables, as inspected in the database.

use super::{Column, ColumnNumber, Index, Many, Model, ModelInner, Relation, next_id};

/// The parts of a model that were inspected in the database.
#[derive(Clone, Debug)]
pub(crate) struct InspectedModel {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) description: Option<String>,
    pub(crate) columns: Vec<Column>,
    /// The columns that identify a row; empty where rows have no identity.
    pub(crate) key: Vec<ColumnNumber>,
    /// If `key` is empty, the columns that order the rows instead and tell them apart.
    pub(crate) order: Vec<ColumnNumber>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) many: Vec<Many>,
    /// The indexes of the table; `None` if they were not read.
    pub(crate) indexes: Option<Vec<Index>>,
}

impl From<InspectedModel> for Model {
    fn from(found: InspectedModel) -> Self {
        let is_keyless = found.key.is_empty();
        Self::from_inner(ModelInner {
            id: next_id(),
            name: found.name,
            schema: found.schema,
            table: found.table,
            description: found.description,
            columns: found.columns,
            key: found.key,
            primary: Vec::new(),
            keyless: is_keyless.then_some(found.order),
            relations: found.relations,
            many: found.many,
            indexes: found.indexes,
            mistakes: Vec::new(),
        })
    }
}

impl Model {
    /// Sets the schema of the table, unless it has one.
    pub(crate) fn in_schema(self, schema: Option<&str>) -> Self {
        self.change(|inner| inner.schema = inner.schema.take().or(schema.map(str::to_owned)))
    }

    /// Removes each relation whose target is in `models` but lacks the columns that the relation names. Relations
    /// through a junction stay.
    pub(crate) fn related_to(self, models: &[Self]) -> Self {
        let own = self.clone();
        let has = |schema: &Option<String>, table: &str, columns: &[String]| {
            let schema = schema.as_deref().or(own.schema());
            let is_it = |model: &&Self| model.table() == table && model.schema() == schema;
            let target = models.iter().find(is_it);
            target.is_none_or(|target| columns.iter().all(|name| target.stored(name).is_some()))
        };
        self.change(|inner| {
            inner
                .relations
                .retain(|one| has(&one.schema, &one.table, &one.references));
            inner.many.retain(|many| {
                many.through.is_some() || has(&many.schema, &many.table, &many.columns)
            });
        })
    }
}
