//! Changes: the values that a request sets in a row.

use std::{borrow::Cow, fmt};

use super::{
    link_set::LinkSet,
    reference::Reference,
    set::{IntoSet, Set, of_column},
};
use crate::{
    cell::{Cell, Value, merge_patch},
    error::{BoxError, Code, Error, Result, SERVER_FAILED},
    model::{Column, ColumnNumber, Columns, Model},
    predicate::Predicate,
};

/// The columns that a request sets, each with what it is set to. A column that is not among them stays as it is.
///
/// ```
/// use tower_rest::{Changes, Model, Set, Value};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     make: String,
///     year: Option<i32>,
/// }
///
/// let mut changes = Changes::new(&Model::of::<Car>());
/// changes.set(Car::MAKE, "Saab")?;
/// changes.set(Car::YEAR, None::<i32>)?;
/// assert_eq!(changes.get(Car::MAKE)?, Some(&Set::To(Value::Text("Saab".to_owned()))));
/// assert_eq!(changes.get(Car::CAR_ID)?, None);
/// # Ok::<(), tower_rest::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Changes {
    model: Model,
    /// The columns that are set, ascending.
    columns: Vec<(ColumnNumber, Set)>,
    /// The rows that the row is paired with by junctions.
    pub(crate) links: Vec<LinkSet>,
    /// The rows that are inserted under a new row.
    pub(crate) children: Vec<Children>,
}

/// New rows that are nested under a new row, such as the lines of an order.
#[derive(Clone, PartialEq)]
pub(crate) struct Children {
    /// The model of the nested rows.
    pub(crate) model: Model,
    /// The columns of a nested row that get a value of the row it is nested under, each with that row's column.
    pub(crate) inherited: Vec<(ColumnNumber, ColumnNumber)>,
    pub(crate) rows: Vec<Changes>,
    pub(crate) references: Vec<Reference>,
    /// The condition that the nested rows must meet, so that the request may see them.
    pub(crate) visible: Predicate,
    /// The member of the body that has the rows, as an array.
    pub(crate) member: String,
}

impl Changes {
    /// Creates changes of rows of a model that set no column.
    pub fn new(model: &Model) -> Self {
        Self {
            model: model.clone(),
            columns: Vec::new(),
            links: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Returns what a column is set to; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column.
    pub fn get(&self, column: impl Columns) -> Result<Option<&Set>> {
        Ok(self.at(self.find(column)?))
    }

    /// Sets a column, hidden ones included, to a value, or to null by `None`. A text is read as the column's type.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column, or the column cannot store the value exactly.
    pub fn set(&mut self, column: impl Columns, value: impl IntoSet) -> Result<()> {
        let number = self.find(column)?;
        let column = self.model.at(number).ok_or_else(|| mistake(NO_COLUMN))?;
        let set = of_column(column, value.into_set()).map_err(mistake)?;
        self.put(number, set);
        Ok(())
    }

    fn find(&self, column: impl Columns) -> Result<ColumnNumber> {
        match column.names().as_slice() {
            [name] => name.find(&self.model).map_err(mistake),
            _ => Err(mistake("changes are of one column at a time")),
        }
    }

    /// Sets a column.
    pub(crate) fn put(&mut self, column: ColumnNumber, set: Set) {
        match self
            .columns
            .binary_search_by_key(&column, |(column, _)| *column)
        {
            Ok(at) => {
                if let Some(known) = self.columns.get_mut(at) {
                    known.1 = set;
                }
            }
            Err(at) => self.columns.insert(at, (column, set)),
        }
    }

    /// Removes a column, so that it is not set; returns what it was set to.
    pub(crate) fn remove(&mut self, column: ColumnNumber) -> Option<Set> {
        let at = self
            .columns
            .binary_search_by_key(&column, |(column, _)| *column);
        Some(self.columns.remove(at.ok()?).1)
    }

    /// Returns what a column is set to.
    pub(crate) fn at(&self, column: ColumnNumber) -> Option<&Set> {
        let at = self
            .columns
            .binary_search_by_key(&column, |(column, _)| *column);
        Some(&self.columns.get(at.ok()?)?.1)
    }

    /// Returns the value of each of `columns`; `None` if one of them is not set, or is set to null or to its default.
    pub(crate) fn values(&self, columns: &[ColumnNumber]) -> Option<Vec<Value>> {
        let value = |column: &ColumnNumber| match self.at(*column)? {
            Set::To(value) => Some(value.clone()),
            Set::Null | Set::Default | Set::Next | Set::Merge(_) => None,
        };
        columns.iter().map(value).collect()
    }

    /// Returns the columns whose documents are changed by merge patches.
    pub(crate) fn merged(&self) -> impl Iterator<Item = ColumnNumber> {
        let merged = self.iter().filter(|(_, set)| matches!(set, Set::Merge(_)));
        merged.map(|(column, _)| column)
    }

    /// Returns the changes with merge patches applied to the documents of the row that is changed.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when a stored document cannot be read as JSON.
    pub(crate) fn merged_with<'r>(
        &self,
        cell: impl Fn(ColumnNumber) -> Cell<'r>,
    ) -> Result<Cow<'_, Self>> {
        let mut changes = Cow::Borrowed(self);
        for (column, set) in self.iter() {
            let Set::Merge(patch) = set else {
                continue;
            };
            let document = match cell(column) {
                Cell::Json(text) | Cell::Text(text) => Some(text),
                _ => None,
            };
            let merged = merge_patch(document, patch).ok_or_else(|| mistake(NO_DOCUMENT))?;
            changes.to_mut().put(column, Set::To(Value::Text(merged)));
        }
        Ok(changes)
    }

    /// Whether both set the same columns, each to a value, to null or to its default as the other does.
    pub(crate) fn has_shape_of(&self, other: &Self) -> bool {
        let is_like = |(one, other): (&(ColumnNumber, Set), &(ColumnNumber, Set))| {
            one.0 == other.0 && std::mem::discriminant(&one.1) == std::mem::discriminant(&other.1)
        };
        self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(is_like)
    }

    /// Returns the columns that are set, ascending, with what each is set to.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ColumnNumber, &Set)> {
        self.columns.iter().map(|(column, set)| (*column, set))
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.links.is_empty() && self.children.is_empty()
    }

    /// Whether a column is set.
    pub(crate) fn sets_columns(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Returns the columns that are set, in the order of the model, with what each is set to.
    pub fn columns<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = (&'a Column, &'a Set)> {
        self.iter()
            .filter_map(|(column, set)| Some((model.at(column)?, set)))
    }
}

const NO_DOCUMENT: &str = "a merge patch meets a document that cannot be read as JSON";
const NO_COLUMN: &str = "changes are of a column that their model lacks";

/// Returns the error of a mistake in the program; its details are not sent to the client.
fn mistake(words: impl Into<BoxError>) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}

/// Shows the columns, but no values.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.iter().map(|(column, _)| column);
        f.write_str("Changes")?;
        f.debug_set().entries(columns).finish()
    }
}
