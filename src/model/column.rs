//! A column: its name in the API and in the database, what it holds, and how that is stored.

use crate::cell::Type;

/// A column of a [`Model`](crate::Model).
///
/// A table definition gives its name, type, nullability and comment; the methods here say the rest, inside
/// [`Model::column`](crate::Model::column).
#[derive(Clone, Debug)]
#[must_use]
pub struct Column {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(crate) unique: bool,
    pub(crate) hidden: bool,
    pub(crate) description: Option<String>,
    pub(crate) storage: Storage,
}

/// How a database without the type keeps a column's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) timestamp: TimestampFormat,
    pub(crate) uuid: UuidFormat,
    /// The column is declared as a text of decimal digits.
    pub(crate) decimal_text: bool,
    /// The connections cannot compare values of this column as what they are.
    pub(crate) incomparable: bool,
}

/// The one form in which SQLite holds the timestamps of a column as text. Values in another form read as null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampFormat {
    /// `2014-01-02 03:04:05`, with `.5` and up to nine digits if there is a fraction: what SQLite's
    /// `CURRENT_TIMESTAMP` and sqlx's naive timestamps write. The default.
    #[default]
    Space,
    /// `2014-01-02T03:04:05`, with a fraction as in [`Space`](Self::Space).
    T,
    /// `2014-01-02T03:04:05+00:00`, with a fraction before the offset: what sqlx's zoned timestamps write.
    Offset,
    /// `2014-01-02T03:04:05.678Z`, always three digits: what JavaScript's `toISOString` writes.
    Millis,
}

/// The one form in which SQLite holds the UUIDs of a column. Values in another form read as null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UuidFormat {
    /// Hyphenated lower case text. The default.
    #[default]
    Text,
    /// Sixteen bytes: what sqlx's `Uuid` writes.
    Bytes,
}

impl Column {
    /// The name clients use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    #[must_use]
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether a row may have no value in it.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether clients never learn that it exists.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Makes the column unknown to clients: not shown, filtered, ordered, searched or described.
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Gives clients another name for it than the table's.
    pub fn rename(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Says what it means, for descriptions. Default: the column's comment.
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Says how SQLite holds its timestamps. Default: [`TimestampFormat::Space`].
    pub fn timestamp_format(mut self, format: TimestampFormat) -> Self {
        self.storage.timestamp = format;
        self
    }

    /// Says how SQLite holds its UUIDs. Default: [`UuidFormat::Text`].
    pub fn uuid_format(mut self, format: UuidFormat) -> Self {
        self.storage.uuid = format;
        self
    }
}

/// One or more columns by name: `"make"`, `["make", "year"]`, `("make", "year")`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name columns",
    note = "give a name, an array, a `Vec` or a tuple of names"
)]
pub trait Columns {
    /// The names, in the order given.
    fn names(self) -> Vec<String>;
}

impl Columns for &str {
    fn names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl Columns for String {
    fn names(self) -> Vec<String> {
        vec![self]
    }
}

impl<C: Columns, const N: usize> Columns for [C; N] {
    fn names(self) -> Vec<String> {
        self.into_iter().flat_map(Columns::names).collect()
    }
}

impl<C: Columns> Columns for Vec<C> {
    fn names(self) -> Vec<String> {
        self.into_iter().flat_map(Columns::names).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {
        $(
            impl<$($name: Columns),+> Columns for ($($name,)+) {
                #[expect(non_snake_case, reason = "a variable a type")]
                fn names(self) -> Vec<String> {
                    let ($($name,)+) = self;
                    let mut names = Vec::new();
                    $(names.extend($name.names());)+
                    names
                }
            }
        )+
    };
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
