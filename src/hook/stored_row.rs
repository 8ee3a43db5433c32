//! [`StoredRow`]: a whole row as it is stored.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::{
    cell::Cell,
    error::{BoxError, Code, Error, Result, SERVER_FAILED},
    model::{ColumnNumber, Columns, Model},
    operation::{Changes, Object, Set},
    representation::write_cell,
};

/// A whole row as it is stored. It gives the value of every column, hidden ones too, by handle or by name.
///
/// ```
/// use tower_rest::{Model, Result, StoredRow};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     make: Option<String>,
/// }
///
/// fn title(row: &StoredRow) -> Result<String> {
///     let (id, make): (i64, Option<String>) = (row.get_as(Car::CAR_ID)?, row.get_as("make")?);
///     Ok(format!("{} {id}", make.unwrap_or_default()))
/// }
/// ```
#[derive(Clone)]
pub struct StoredRow {
    model: Model,
    /// The row, with a cell for every column of the model.
    object: Object,
}

impl StoredRow {
    pub(super) fn new(model: &Model, object: Object) -> Self {
        Self {
            model: model.clone(),
            object,
        }
    }

    /// Returns the value of a column, without copying it.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column.
    pub fn cell(&self, column: impl Columns) -> Result<Cell<'_>> {
        let names = column.names();
        match names.as_slice() {
            [name] => Ok(self.at(name.find(&self.model).map_err(failed)?)),
            _ => Err(failed("a stored row is read one column at a time")),
        }
    }

    /// Deserializes the value of a column, such as to an `i64` or a `String`, from its JSON. Use an `Option` for a
    /// column that may be null.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column, or its value does not fit `T`.
    pub fn get_as<T: DeserializeOwned>(&self, column: impl Columns) -> Result<T> {
        deserialized(self.cell(column)?)
    }

    /// Returns a JSON object of the columns that clients may read, under the names that clients see.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = b"{".to_vec();
        for (number, column) in self.model.numbered() {
            if column.hidden || column.write_only {
                continue;
            }
            if json.len() > 1 {
                json.push(b',');
            }
            write_cell(Cell::Text(column.name()), &mut json);
            json.push(b':');
            write_cell(self.at(number), &mut json);
        }
        json.push(b'}');
        String::from_utf8_lossy(&json).into_owned()
    }

    fn at(&self, column: ColumnNumber) -> Cell<'_> {
        let row = self.object.row();
        row.map_or(Cell::Null, |row| row.cell(column.in_whole_row()))
    }
}

impl Changes {
    /// Deserializes the new value of a column, as [`StoredRow::get_as`] does with a stored value. Returns `None` if the
    /// column is not set, or is set to null or to its default.
    ///
    /// ```
    /// use tower_rest::{Changes, Model};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     make: String,
    /// }
    ///
    /// let mut changes = Changes::new(&Model::of::<Car>());
    /// changes.set(Car::MAKE, "Saab")?;
    /// assert_eq!(changes.get_as(Car::MAKE)?, Some("Saab".to_owned()));
    /// assert_eq!(changes.get_as::<i64>(Car::CAR_ID)?, None);
    /// # Ok::<(), tower_rest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column, or the value does not fit `T`.
    pub fn get_as<T: DeserializeOwned>(&self, column: impl Columns) -> Result<Option<T>> {
        match self.get(column)? {
            Some(Set::To(value)) => deserialized(value.as_cell()).map(Some),
            Some(Set::Null | Set::Default | Set::Next | Set::Merge(_)) | None => Ok(None),
        }
    }
}

fn deserialized<T: DeserializeOwned>(cell: Cell<'_>) -> Result<T> {
    let mut json = Vec::new();
    write_cell(cell, &mut json);
    serde_json::from_slice(&json).map_err(failed)
}

/// Returns the error of a mistake in the program; its details are not sent to the client.
fn failed(words: impl Into<BoxError>) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}

/// Shows the model of the row, but no values.
impl fmt::Debug for StoredRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRow")
            .field("model", &self.model.name())
            .finish_non_exhaustive()
    }
}
