//! Models: a table as the API sees it, with its columns, its key and its relations.
//!
//! A model is declared by a struct, or described by a sea-query statement and refined by methods. Mistakes are
//! collected and reported by `build()`, all at once.

mod adapted;
mod allowed;
mod camel_case;
mod capacity;
mod check;
mod column;
mod column_number;
mod computed;
mod computing;
mod create;
mod declaration;
mod declared;
mod field;
mod fitting;
mod handle;
mod index;
mod inner;
mod inspected;
mod join;
mod json_path;
mod junction;
mod relation;
mod relations;
mod rules;
mod storage;
mod table;
#[cfg(all(test, feature = "derive"))]
mod tests;

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

#[cfg(test)]
pub(crate) use self::column_number::nth;
#[cfg(feature = "postgres")]
pub(crate) use self::json_path::JsonStep;
pub(crate) use self::{
    camel_case::camel_case,
    column::DefaultValue,
    column_number::{ColumnNumber, numbered},
    computed::Computation,
    fitting::{fits, fitting},
    index::Index,
    inspected::InspectedModel,
    join::{End, Join, Junction},
    json_path::JsonPath,
    relation::{Many, Relation, Through, same_kind},
    rules::TextForm,
    storage::{Digits, Elements, KeyComparison, Storage, Truths},
};
pub use self::{
    column::Column,
    computing::SourceTable,
    declaration::Declaration,
    declared::{Declared, Holds},
    field::{FieldType, Given, Said, given},
    handle::{Columns, Field, Handles, Name},
    storage::{TimestampFormat, UuidFormat},
};

/// A table as the API sees it: a name, columns, a key, relations.
///
/// Cheap to clone. Declared by a struct with `#[derive(Model)]` (see [`of`](Self::of)), or described from a table
/// definition:
///
/// ```
/// use sea_query::{ColumnDef, Table};
/// use tower_rest::Model;
///
/// let cars = Table::create()
///     .table("cars")
///     .col(ColumnDef::new("car_id").integer().primary_key())
///     .col(ColumnDef::new("make").string().not_null())
///     .col(ColumnDef::new("vin").string())
///     .to_owned();
/// let car = Model::from_table("Car", &cars)
///     .description("Cars in the collection")
///     .column("vin", |column| column.hidden());
/// assert_eq!(car.name(), "Car");
/// assert_eq!(car.columns().len(), 3);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Model(Arc<ModelInner>);

#[derive(Clone, Debug)]
struct ModelInner {
    /// Identifies the model in caches; unique for each described model.
    id: u64,
    name: String,
    schema: Option<String>,
    table: String,
    description: Option<String>,
    columns: Vec<Column>,
    key: Vec<ColumnNumber>,
    /// The key that the table declares; empty if `key` is that key, since `pk_field` names no other column.
    primary: Vec<ColumnNumber>,
    /// The columns that order the rows of a model without a key, and tell them apart; `None` if the model has a key.
    /// Rows without a key have no URLs.
    keyless: Option<Vec<ColumnNumber>>,
    relations: Vec<Relation>,
    many: Vec<Many>,
    /// The indexes of the table. If they are unknown (`None`), the key and the unique columns count as indexes.
    indexes: Option<Vec<Index>>,
    mistakes: Vec<String>,
}

impl Model {
    fn from_inner(mut inner: ModelInner) -> Self {
        inner.hold_key();
        Self(Arc::new(inner))
    }

    /// Creates a model of rows that no table has, such as those of groups. Only its columns are used.
    pub(crate) fn of_columns(name: &str, columns: Vec<Column>) -> Self {
        Self::from_inner(ModelInner {
            id: next_id(),
            name: name.to_owned(),
            schema: None,
            table: name.to_owned(),
            description: None,
            columns,
            key: Vec::new(),
            primary: Vec::new(),
            keyless: None,
            relations: Vec::new(),
            many: Vec::new(),
            indexes: None,
            mistakes: Vec::new(),
        })
    }

    fn change(mut self, change: impl FnOnce(&mut ModelInner)) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.id = next_id();
        change(inner);
        self
    }

    /// Returns the model's name: `Car`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the table's name, without its schema.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.0.table
    }

    /// Returns the columns in the order of their declaration, hidden ones included.
    pub fn columns(&self) -> &[Column] {
        &self.0.columns
    }

    /// Sets the text that describes the rows.
    ///
    /// Default: the table's comment.
    pub fn description(self, text: &str) -> Self {
        self.change(|inner| inner.description = Some(text.to_owned()))
    }

    /// Refines a column beyond the table definition. `name` is the column's name in the table.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::{Model, TimestampFormat};
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("built").date_time()).to_owned();
    /// let car = Model::from_table("Car", &table).column("built", |column| {
    ///     column.description("when it left the works").timestamp_format(TimestampFormat::T)
    /// });
    /// ```
    pub fn column(self, name: &str, refine: impl FnOnce(Column) -> Column) -> Self {
        self.change(|inner| {
            let found = inner.columns.iter_mut().find(|column| column.sql == name);
            match found {
                Some(column) => *column = refine(column.clone()),
                None => inner.lacks(name, "column"),
            }
        })
    }

    /// Sets the column that identifies a row, where the table declares no primary key or another column serves as the
    /// identifier.
    ///
    /// Its values must be unique.
    pub fn pk_field(self, name: &str) -> Self {
        self.change(|inner| match inner.position(name) {
            Some(column) => {
                inner.keyless = None;
                inner.primary = std::mem::replace(&mut inner.key, vec![column]);
            }
            None => inner.lacks(name, "pk_field"),
        })
    }

    /// Whether a key identifies each row: every model but one of an inspected table without a primary key.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::Model;
    /// let table = Table::create().table("cars").col(ColumnDef::new("id").integer().primary_key()).to_owned();
    /// assert!(Model::from_table("Car", &table).has_key());
    /// ```
    #[must_use]
    pub fn has_key(&self) -> bool {
        !self.is_keyless()
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.id
    }

    pub(crate) fn schema(&self) -> Option<&str> {
        self.0.schema.as_deref()
    }

    pub(crate) fn describes(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    pub(crate) fn relations(&self) -> &[Relation] {
        &self.0.relations
    }

    pub(crate) fn many_relations(&self) -> &[Many] {
        &self.0.many
    }

    /// Returns the column with this number.
    pub(crate) fn at(&self, column: ColumnNumber) -> Option<&Column> {
        column.item(&self.0.columns)
    }

    /// Returns the columns of the key, in the order of the key. `check` rejects a model whose key is empty.
    pub(crate) fn key(&self) -> &[ColumnNumber] {
        &self.0.key
    }

    /// Whether the rows have no key. They are then served as a list, without a URL for each row.
    pub(crate) fn is_keyless(&self) -> bool {
        self.0.keyless.is_some()
    }

    /// Returns the columns that end every `ORDER BY`, so that no two rows tie: the key or, for a model without a key,
    /// the columns that order its rows instead.
    pub(crate) fn last_order(&self) -> &[ColumnNumber] {
        match &self.0.keyless {
            Some(columns) => columns,
            None => &self.0.key,
        }
    }

    /// Returns the key that the table declares, even if `pk_field` names another column.
    pub(crate) fn primary_key(&self) -> &[ColumnNumber] {
        if self.0.primary.is_empty() {
            &self.0.key
        } else {
            &self.0.primary
        }
    }

    /// Returns the model with the key that its table declares, and the column that `pk_field` had named as the key
    /// instead; `None` if it named none.
    pub(crate) fn by_primary_key(self) -> (Self, Option<ColumnNumber>) {
        if self.0.primary.is_empty() {
            return (self, None);
        }
        let chosen = self.0.key.first().copied();
        let whole = self.change(|inner| inner.key = std::mem::take(&mut inner.primary));
        (whole, chosen)
    }

    /// Returns the model with these indexes and no others.
    #[cfg(all(test, feature = "sqlite"))]
    pub(crate) fn with_indexes(self, indexes: &[&[ColumnNumber]]) -> Self {
        let index = |columns: &&[ColumnNumber]| Index {
            columns: columns.to_vec(),
            unique: false,
        };
        let indexes = indexes.iter().map(index).collect();
        self.change(|inner| inner.indexes = Some(indexes))
    }

    /// Whether an index finds the rows that have given values in all of `columns`.
    pub(crate) fn is_indexed(&self, columns: &[ColumnNumber]) -> bool {
        match &self.0.indexes {
            Some(indexes) => indexes.iter().any(|index| index.serves(columns)),
            None => {
                let key = Index {
                    columns: self.primary_key().to_vec(),
                    unique: true,
                };
                let mut given = columns.iter().filter_map(|column| self.at(*column));
                key.serves(columns) || given.any(|column| column.unique)
            }
        }
    }

    /// Returns the number of the column that the table names `sql`.
    pub(crate) fn stored(&self, sql: &str) -> Option<ColumnNumber> {
        self.0.position(sql)
    }

    /// Returns the number of the visible column that clients call `name`.
    pub(crate) fn visible(&self, name: &str) -> Option<ColumnNumber> {
        self.numbered()
            .find(|(_, column)| !column.hidden && column.name == name)
            .map(|(number, _)| number)
    }

    /// Returns the number of the column that a body calls `name`: a visible or a write-only one.
    pub(crate) fn member(&self, name: &str) -> Option<ColumnNumber> {
        self.numbered()
            .find(|(_, column)| column.is_member() && column.name == name)
            .map(|(number, _)| number)
    }

    /// Returns every column with its number.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (ColumnNumber, &Column)> {
        numbered(&self.0.columns)
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("name", &self.0.name)
            .field("table", &self.0.table)
            .finish_non_exhaustive()
    }
}

/// Models are equal if they are clones of one description. Two descriptions of one table differ.
impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Model {}

impl Hash for Model {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
