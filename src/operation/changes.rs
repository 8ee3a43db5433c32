//! Changes: the values that a request sets in a row.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash as _, Hasher},
};

use super::{
    link_set::LinkSet,
    named::{mistake, number_of},
    reference::Reference,
    set::{IntoSet, Set, of_column},
    validators::{Stored, Validators},
};
use crate::{
    cell::{Cell, Timestamp, Value, merge_patch},
    error::{Code, Error, Fault, Result},
    model::{Column, ColumnNumber, Columns, Model},
    params::PlaceIndex,
    predicate::Predicate,
};

/// The columns that a request sets, each with its new value. All other columns stay as they are.
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
    /// The rows that junctions are to pair with the row.
    pub(crate) links: Vec<LinkSet>,
    /// The rows that are inserted under a new row.
    pub(crate) children: Vec<Children>,
}

/// New rows that are nested under a new row, such as the lines of an order.
#[derive(Clone, PartialEq)]
pub(crate) struct Children {
    /// The place of the nested rows.
    pub(crate) place: PlaceIndex,
    /// The model of the nested rows.
    pub(crate) model: Model,
    /// The columns of a nested row that copy a column of its parent row: pairs of the nested and the parent's column.
    pub(crate) inherited: Vec<(ColumnNumber, ColumnNumber)>,
    pub(crate) rows: Vec<Changes>,
    pub(crate) references: Vec<Reference>,
    /// The program's checks of each nested row before it is written.
    pub(crate) validators: Validators,
    /// The condition that the nested rows must meet, so that the request may see them.
    pub(crate) visible: Predicate,
    /// The member of the body that has the rows, as an array.
    pub(crate) member: String,
}

impl Changes {
    /// Creates changes, for rows of a model, that set no column yet.
    pub fn new(model: &Model) -> Self {
        Self {
            model: model.clone(),
            columns: Vec::new(),
            links: Vec::new(),
            children: Vec::new(),
        }
    }

    pub(crate) const fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the new value of a column; `None` if the column is not set.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column.
    pub fn get(&self, column: impl Columns) -> Result<Option<&Set>> {
        Ok(self.at(number_of(&self.model, column)?))
    }

    /// Sets a column to a value; `None` sets it to null. The column may be a hidden one. A text is read as the column's
    /// type.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column, or the column cannot store the value exactly.
    pub fn set(&mut self, column: impl Columns, value: impl IntoSet) -> Result<()> {
        let number = number_of(&self.model, column)?;
        let column = self.model.at(number).ok_or_else(|| mistake(NO_COLUMN))?;
        if column.computed.is_some() {
            return Err(mistake(format!(
                "`{}` is computed and cannot be set",
                column.name()
            )));
        }
        let set = of_column(column, value.into_set()).map_err(mistake)?;
        self.put(number, set);
        Ok(())
    }

    /// Sets a column of timestamps or dates to the time of the server's clock, in UTC, cut to the digits that the column
    /// keeps and to microseconds at most.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column, or the column is of another type.
    pub fn stamp(&mut self, column: impl Columns) -> Result<()> {
        let number = number_of(&self.model, column)?;
        let column = self.model.at(number).ok_or_else(|| mistake(NO_COLUMN))?;
        let stamp = column.stamp(Timestamp::now()).ok_or_else(|| {
            let (name, ty) = (column.name(), column.type_name());
            mistake(format!(
                "`{name}` is of type {ty}, which holds no time of a write"
            ))
        })?;
        self.put(number, Set::To(stamp));
        Ok(())
    }

    /// Checks that every value is one that its column takes from a client: it can be stored exactly, and the column's
    /// rules allow it. Bodies are checked as they are read; call this for changes that a program makes, such as in an
    /// action.
    ///
    /// ```
    /// # use tower_rest::{Changes, Code, Model};
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     #[model(range = 1886..=2100)]
    ///     year: i32,
    /// }
    ///
    /// let mut changes = Changes::new(&Model::of::<Car>());
    /// changes.set(Car::YEAR, 1066)?;
    /// let error = changes.check().unwrap_err();
    /// assert_eq!((error.code(), error.parameter_faults()[0].pointer()), (Code::InvalidValue, Some("/year")));
    /// # Ok::<(), tower_rest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Code::InvalidValue`] on each column whose value is not allowed; [`Code::Internal`] when clients do not know that
    /// column.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for (column, set) in self.columns(&self.model) {
            let Set::To(value) = set else {
                continue;
            };
            let name = column.name();
            let checked = column.stores(value).and_then(|()| column.allows(value));
            match checked.map_err(|words| format!("`{name}` takes {words}")) {
                Ok(()) => {}
                Err(words) if column.is_member() => {
                    faults.push(Fault::member(name, Code::InvalidValue, words));
                }
                Err(words) => return Err(mistake(words)),
            }
        }
        Error::of_any(faults)
    }

    /// Runs the validators on the row that the changes would make; `before` gives the columns of the stored row.
    ///
    /// # Errors
    ///
    /// The errors of [`Validators::check`].
    pub(crate) fn validate<'c>(
        &'c self,
        by: &Validators,
        before: Option<Stored<'c>>,
    ) -> Result<()> {
        by.check(&self.model, &self.columns, before)
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

    /// Removes a column from the changes; returns the value that it was to be set to.
    pub(crate) fn remove(&mut self, column: ColumnNumber) -> Option<Set> {
        let at = self
            .columns
            .binary_search_by_key(&column, |(column, _)| *column);
        Some(self.columns.remove(at.ok()?).1)
    }

    /// Returns the new value of a column; `None` if the column is not set.
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

    /// Returns the columns whose JSON documents are changed by merge patches.
    pub(crate) fn merged(&self) -> impl Iterator<Item = ColumnNumber> {
        let merged = self.iter().filter(|(_, set)| matches!(set, Set::Merge(_)));
        merged.map(|(column, _)| column)
    }

    /// Returns the changes with each merge patch replaced by the document that it makes of the stored one.
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

    /// Whether both set the same columns, and each column in the same way: to a value, to null or to its default.
    pub(crate) fn has_shape_of(&self, other: &Self) -> bool {
        let is_like = |(one, other): (&(ColumnNumber, Set), &(ColumnNumber, Set))| {
            one.0 == other.0 && std::mem::discriminant(&one.1) == std::mem::discriminant(&other.1)
        };
        self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(is_like)
    }

    /// Adds to the key of a plan (the text of a statement) which columns are set, and how.
    pub(crate) fn shape(&self, key: &mut impl Hasher) {
        self.columns.len().hash(key);
        for (column, set) in &self.columns {
            (column, std::mem::discriminant(set)).hash(key);
        }
    }

    /// Returns the columns that are set, ascending, with their new values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ColumnNumber, &Set)> {
        self.columns.iter().map(|(column, set)| (*column, set))
    }

    /// Whether no column, pair or nested row is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.links.is_empty() && self.children.is_empty()
    }

    /// Whether any column is set.
    pub(crate) fn sets_columns(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Returns the columns that are set, in the order of the model, with their new values.
    pub fn columns<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = (&'a Column, &'a Set)> {
        self.iter()
            .filter_map(|(column, set)| Some((model.at(column)?, set)))
    }
}

const NO_DOCUMENT: &str = "a merge patch meets a document that cannot be read as JSON";
const NO_COLUMN: &str = "changes are of a column that their model lacks";

/// Shows the columns, but no values.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.iter().map(|(column, _)| column);
        f.write_str("Changes")?;
        f.debug_set().entries(columns).finish()
    }
}
