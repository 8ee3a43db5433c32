//! Parts of a key that a request gives outside of its URL, such as in a header.
//!
//! These parts filter the rows of every statement about the viewset. Nothing in the URL, the query string or a body
//! overrides them.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use crate::{
    cell::{URL_BYTES, Value},
    error::{Code, Error, Result, SERVER_FAILED, shown},
    model::{ColumnNumber, Columns, Model},
    operation::Head,
    params::read_value,
};

/// Parts of a key, by their columns. The closure of [`ViewSet::other_keys`](crate::ViewSet::other_keys) returns them.
///
/// ```
/// use tower_rest::Keys;
/// let keys = Keys::new().part("tenant_id", 7).part("region", "north");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Keys(Vec<(String, KeyPart)>);

/// The value of a part of a key: a number, or a text that is parsed as its column's type.
#[derive(Clone, Debug)]
pub struct KeyPart(KeyPartValue);

#[derive(Clone, Debug)]
enum KeyPartValue {
    Text(String),
    Value(Value),
}

impl Keys {
    /// Creates an empty set of parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the value of a key column.
    pub fn part(mut self, column: impl Columns, value: impl Into<KeyPart>) -> Self {
        let value = value.into();
        let names = column.names().into_iter();
        self.0
            .extend(names.map(|name| (name.into_text(), value.clone())));
        self
    }
}

impl From<&str> for KeyPart {
    fn from(text: &str) -> Self {
        Self(KeyPartValue::Text(text.to_owned()))
    }
}

impl From<String> for KeyPart {
    fn from(text: String) -> Self {
        Self(KeyPartValue::Text(text))
    }
}

impl From<Value> for KeyPart {
    fn from(value: Value) -> Self {
        Self(KeyPartValue::Value(value))
    }
}

macro_rules! numbers {
    ($($number:ty)+) => {
        $(
            impl From<$number> for KeyPart {
                fn from(number: $number) -> Self {
                    // Parsed as the column's type, like any other text.
                    Self(KeyPartValue::Text(number.to_string()))
                }
            }
        )+
    };
}

numbers! { i8 i16 i32 i64 u8 u16 u32 u64 }

type KeysFuture = Pin<Box<dyn Future<Output = Result<Keys>> + Send>>;
type Now = dyn Fn(&Head) -> Result<Keys> + Send + Sync;
type Later = dyn Fn(Head) -> KeysFuture + Send + Sync;

/// The program's closure that takes parts of a key from a request (`ViewSet::other_keys`): a plain closure or an async
/// one.
#[derive(Clone)]
pub(crate) enum OtherKeys {
    Now(Arc<Now>),
    Later(Arc<Later>),
}

impl OtherKeys {
    pub(crate) fn now(give: impl Fn(&Head) -> Result<Keys> + Send + Sync + 'static) -> Self {
        Self::Now(Arc::new(give))
    }

    pub(crate) fn later<F>(give: impl Fn(Head) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Keys>> + Send + 'static,
    {
        Self::Later(Arc::new(move |head| Box::pin(give(head))))
    }

    async fn give(&self, head: &Head) -> Result<Keys> {
        match self {
            Self::Now(give) => give(head),
            Self::Later(give) => give(head.clone()).await,
        }
    }
}

impl fmt::Debug for OtherKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtherKeys")
    }
}

/// The columns of a model whose values the program's closure takes from the request, and the closure.
#[derive(Clone, Debug)]
pub(crate) struct GivenKeys {
    pub(crate) columns: Vec<ColumnNumber>,
    pub(crate) by: OtherKeys,
}

/// The columns that the program's closure has returned for one request, each with its value.
pub(crate) type Parts = Vec<(ColumnNumber, Value)>;

impl GivenKeys {
    /// Calls the program's closure for a request; returns the columns and their values, each read as its column's type.
    pub(crate) async fn parts(&self, model: &Model, head: &Head) -> Result<Parts> {
        let keys = self.by.give(head).await.map_err(of_a_key)?;
        keys.check(&self.columns, model)?;
        let each = self.columns.iter();
        each.map(|column| Ok((*column, keys.read(*column, model)?)))
            .collect()
    }
}

/// Converts the error for a missing header into the error for a missing part of the key; returns any other error
/// unchanged.
fn of_a_key(error: Error) -> Error {
    if error.code() == Code::MissingHeader {
        return Error::new(Code::MissingKeyPart, error.detail());
    }
    error
}

impl Keys {
    /// Checks that every part belongs to one of `columns`. A part of any other column would filter nothing.
    fn check(&self, columns: &[ColumnNumber], model: &Model) -> Result<()> {
        let columns = columns.iter().filter_map(|column| model.at(*column));
        let is_taken = |given: &str| {
            columns
                .clone()
                .any(|column| given == column.name || given == column.sql)
        };
        let Some((name, _)) = self.0.iter().find(|(given, _)| !is_taken(given)) else {
            return Ok(());
        };
        let words = format!(
            "{}: `.other_keys(…)` gives `{name}`, which is not among the columns it is to give; name them with \
             `.other_key_columns(…)`",
            model.name()
        );
        Err(Error::new(Code::Internal, SERVER_FAILED).with_source(words))
    }

    fn read(&self, number: ColumnNumber, model: &Model) -> Result<Value> {
        let missing = |words: String| Error::new(Code::MissingKeyPart, words);
        let column = model.at(number).ok_or_else(|| {
            let words = format!("{} has no column {number}", model.name());
            Error::new(Code::Internal, SERVER_FAILED).with_source(words)
        })?;
        let (name, sql) = (&column.name, &column.sql);
        let part = self
            .0
            .iter()
            .find(|(given, _)| given == name || given == sql);
        match part {
            None => Err(missing(format!(
                "the request does not say `{name}`, which is part of the key"
            ))),
            Some((_, KeyPart(KeyPartValue::Value(value)))) => Ok(value.clone()),
            Some((_, KeyPart(KeyPartValue::Text(text)))) => {
                read_value(text, column, name, URL_BYTES).map_err(|takes| {
                    let text = shown(text);
                    missing(format!(
                        "the request says `{text}` for `{name}`, which is part of the key and takes {takes}"
                    ))
                })
            }
        }
    }
}
