//! Names of columns in a program: texts, or the handles of a declared model.

use std::{fmt, marker::PhantomData};

use super::{ColumnNumber, Declared, FieldType, Model, camel_case::camel_case};

/// A handle of a declared model's column: `Car::MAKE`, of the struct `M` and the field's Rust type `T`.
///
/// `#[derive(Model)]` defines one for each field, as a constant in capitals. It is accepted wherever [`Columns`] are. A
/// misspelt handle does not compile, and a handle of another model is a mistake that `build()` reports.
pub struct Field<M, T> {
    column: &'static str,
    of: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Field<M, T> {
    /// Creates a handle of a column by its name in the table.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(column: &'static str) -> Self {
        Self {
            column,
            of: PhantomData,
        }
    }

    /// Returns the column's name in the table.
    #[must_use]
    pub const fn column(self) -> &'static str {
        self.column
    }
}

impl<M: Declared, T> Field<M, T> {
    /// Returns the column's name, marked as in falling order, for a default ordering.
    #[must_use]
    pub fn desc(self) -> Name {
        Name {
            falling: true,
            ..self.into()
        }
    }
}

impl<M, T> Clone for Field<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Field<M, T> {}

impl<M, T> fmt::Debug for Field<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.column).finish()
    }
}

/// One of the names of [`Columns`]: given as a text, or made from a handle, which also names the column's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    text: String,
    /// For a name made from a handle, the schema, if one is declared, and the table of the handle; `None` for a text.
    table: Option<(Option<&'static str>, &'static str)>,
    falling: bool,
}

impl Name {
    /// Returns the name that clients use for the column, after a `-` if it is in falling order; an error if this is a
    /// handle of another model than `model`.
    fn of(&self, model: &Model) -> Result<String, String> {
        let Some(table) = self.table else {
            return Ok(self.text.clone());
        };
        // If the struct declares no schema, the model may have been assigned one later.
        let in_another = table.0.is_some() && table.0 != model.schema();
        if in_another || table.1 != model.table() {
            return Err(format!(
                "names `{}` of the table `{}`, but the rows are those of `{}`",
                self.text,
                table.1,
                model.table()
            ));
        }
        let column = model.stored(&self.text).and_then(|number| model.at(number));
        let name = column.map_or(self.text.as_str(), |column| column.name());
        Ok(format!("{}{name}", if self.falling { "-" } else { "" }))
    }

    /// Returns the number of the model's column, hidden ones included, with this name in the table or in the API.
    pub(crate) fn find(&self, model: &Model) -> Result<ColumnNumber, String> {
        let name = self.of(model)?;
        let known = |name: &str| model.numbered().find(|(_, column)| column.name() == name);
        // The program may use the name that it gave, although clients use the same in camelCase.
        let known = known(&name).or_else(|| known(&camel_case(&name)));
        let known = known
            .map(|(number, _)| number)
            .or_else(|| model.stored(&name));
        known.ok_or_else(|| format!("{} has no column `{name}`", model.name()))
    }

    /// Returns the given name; for a handle, the column's name in the table.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// Returns the names of `columns` as the program gave them.
pub(super) fn texts(columns: impl Columns) -> Vec<String> {
    let names = columns.names().into_iter();
    names.map(Name::into_text).collect()
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self {
            text,
            table: None,
            falling: false,
        }
    }
}

impl<M: Declared, T> From<Field<M, T>> for Name {
    fn from(field: Field<M, T>) -> Self {
        Self {
            text: field.column.to_owned(),
            table: Some((M::SCHEMA, M::TABLE)),
            falling: false,
        }
    }
}

impl Model {
    /// Returns the names that clients use for these columns. A handle of another model is recorded as a mistake in the
    /// call of `method`, and omitted.
    pub(crate) fn read_names(&mut self, method: &str, columns: impl Columns) -> Vec<String> {
        let mut texts = Vec::new();
        for name in columns.names() {
            match name.of(self) {
                Ok(text) => texts.push(text),
                Err(words) => {
                    let mistake = format!("{}: `.{method}(…)` {words}", self.name());
                    *self = self.clone().change(|inner| inner.mistakes.push(mistake));
                }
            }
        }
        texts
    }
}

/// One or more columns, by name or by handle: `"make"`, `["make", "year"]`, `Car::MAKE`,
/// `(Car::MAKE, Car::YEAR.desc())`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name columns",
    note = "give a name or a handle, or an array, a `Vec` or a tuple of them"
)]
pub trait Columns {
    /// Returns the names, in the given order.
    fn names(self) -> Vec<Name>;
}

impl Columns for &str {
    fn names(self) -> Vec<Name> {
        vec![self.into()]
    }
}

impl Columns for String {
    fn names(self) -> Vec<Name> {
        vec![self.into()]
    }
}

impl Columns for Name {
    fn names(self) -> Vec<Name> {
        vec![self]
    }
}

impl<M: Declared, T> Columns for Field<M, T> {
    fn names(self) -> Vec<Name> {
        vec![self.into()]
    }
}

impl<C: Columns, const N: usize> Columns for [C; N] {
    fn names(self) -> Vec<Name> {
        self.into_iter().flat_map(Columns::names).collect()
    }
}

impl<C: Columns> Columns for Vec<C> {
    fn names(self) -> Vec<Name> {
        self.into_iter().flat_map(Columns::names).collect()
    }
}

/// The columns of a key or of a foreign key, by their handles: one, or a tuple of several.
pub trait Handles<M> {
    /// The type of the columns' values, without `Option`: `i64`, or `(i64, String)`.
    type Plain;

    /// Returns the columns' names in the table.
    fn columns(self) -> Vec<String>;
}

impl<M, T: FieldType> Handles<M> for Field<M, T> {
    type Plain = T::Plain;

    fn columns(self) -> Vec<String> {
        vec![self.column.to_owned()]
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {
        $(
            impl<$($name: Columns),+> Columns for ($($name,)+) {
                #[expect(non_snake_case, reason = "a variable a type")]
                fn names(self) -> Vec<Name> {
                    let ($($name,)+) = self;
                    let mut names = Vec::new();
                    $(names.extend($name.names());)+
                    names
                }
            }

            impl<Of, $($name: Handles<Of>),+> Handles<Of> for ($($name,)+) {
                type Plain = ($($name::Plain,)+);

                #[expect(non_snake_case, reason = "a variable a type")]
                fn columns(self) -> Vec<String> {
                    let ($($name,)+) = self;
                    let mut columns = Vec::new();
                    $(columns.extend($name.columns());)+
                    columns
                }
            }
        )+
    };
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
