//! A column: its name in the API and in the database, what it holds, and how that is stored.

use std::sync::Arc;

use sea_query::{ColumnType, Expr};

use super::storage::{Keys, Storage, TimestampFormat, UuidFormat};
use crate::cell::{BODY_BYTES, Type, Value, is_decimal, write_text};

/// A column of a [`Model`](struct@crate::Model).
///
/// A table definition gives its name, type, nullability and comment; the methods here say the rest, inside
/// [`Model::column`](crate::Model::column).
#[derive(Clone, Debug)]
#[must_use]
pub struct Column {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) ty: Type,
    /// The type the database declares, where the values are read as another.
    pub(crate) read_from: Option<Type>,
    pub(crate) nullable: bool,
    pub(crate) unique: bool,
    pub(crate) hidden: bool,
    pub(crate) read_only: bool,
    pub(crate) max_length: Option<u32>,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) description: Option<String>,
    /// The type a table definition gave it, for the statement that creates the table again.
    pub(crate) declared: Option<ColumnType>,
    pub(crate) storage: Storage,
    /// The collation that decides which of its texts are one key, as the database names it, where that must be said.
    pub(crate) collation: Option<Arc<str>>,
}

/// What a column of a new row holds unless the row says.
#[derive(Clone, Debug)]
pub(crate) enum DefaultValue {
    /// The same for every row.
    Value(Value),
    /// What the database works out.
    Sql(Expr),
}

impl Column {
    /// Returns the name of its type, for descriptions and errors: an array is no other JSON document.
    pub(crate) const fn type_name(&self) -> &'static str {
        if self.storage.array.is_some() {
            "array"
        } else {
            self.ty.name()
        }
    }

    /// A column as its name, type and nullability say, and nothing more.
    pub(crate) fn new(sql: String, ty: Type, nullable: bool) -> Self {
        Self {
            name: sql.clone(),
            sql,
            ty,
            read_from: None,
            nullable,
            unique: false,
            hidden: false,
            read_only: false,
            max_length: None,
            default: None,
            description: None,
            declared: None,
            storage: Storage::default(),
            collation: None,
        }
    }

    /// Whether cells of it that differ may be one key.
    pub(crate) fn keys_may_differ(&self) -> bool {
        self.storage.keys == Keys::Compared
    }

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

    /// Says that its values are the database's or the program's to choose, not a client's.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Says that no two rows have the same value in it.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// How many characters its texts may have, or bytes its bytes. Default: the length the table declares.
    pub fn max_length(mut self, length: u32) -> Self {
        self.max_length = Some(length);
        self
    }

    /// What a new row has in it unless the row says. Default: the default the table declares.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::{Model, Value};
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("doors").integer().not_null()).to_owned();
    /// let car = Model::from_table("Car", &table).column("doors", |column| column.default(Value::Integer(4)));
    /// ```
    pub fn default(mut self, value: Value) -> Self {
        self.default = Some(DefaultValue::Value(fitting(&self.ty, value)));
        self
    }

    /// What the database works out for a new row that does not say: `CURRENT_TIMESTAMP`. It is part of a statement as
    /// it is, so never put a text from elsewhere into it.
    pub fn default_sql(mut self, expression: &'static str) -> Self {
        self.default = Some(DefaultValue::Sql(Expr::cust(expression)));
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

    /// Says how SQLite or MySQL holds its UUIDs. Default: [`UuidFormat::Text`] on SQLite, [`UuidFormat::Bytes`] on MySQL.
    pub fn uuid_format(mut self, format: UuidFormat) -> Self {
        self.storage.uuid = Some(format);
        self
    }
}

impl Column {
    /// Tells whether the empty text is a value of the column.
    pub(crate) fn takes_empty(&self) -> bool {
        match &self.ty {
            Type::Text => true,
            Type::Enum(members) => {
                self.storage.empty_member || members.iter().any(String::is_empty)
            }
            Type::Boolean
            | Type::Integer { .. }
            | Type::Float
            | Type::Decimal
            | Type::Bytes
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::ZonedTimestamp
            | Type::Uuid
            | Type::Json
            | Type::Other => false,
        }
    }

    /// What it says of itself that cannot be.
    pub(super) fn check(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let (name, ty) = (&self.name, self.ty.name());
        if self.max_length.is_some() && !matches!(self.ty, Type::Text | Type::Bytes) {
            mistakes.push(format!(
                "`{name}` has a `max_length`, but is of type {ty}; only text and bytes have a length"
            ));
        }
        if let Some(DefaultValue::Value(value)) = &self.default
            && !fits(&self.ty, value)
        {
            let remedy = match &self.ty {
                Type::Enum(members) => format!("it is one of {}", members.join(", ")),
                _ => "give a value of the type, or say it in SQL by `default_sql`".to_owned(),
            };
            mistakes.push(format!(
                "`{name}` is of type {ty}, which its default `{}` is not; {remedy}",
                shown(value)
            ));
        }
        if let (Some(DefaultValue::Value(Value::Text(text))), Some(length)) =
            (&self.default, self.max_length)
            && text.chars().count() > usize::try_from(length).unwrap_or(usize::MAX)
        {
            mistakes.push(format!(
                "the default `{text}` of `{name}` is longer than its `max_length` of {length}"
            ));
        }
        mistakes
    }
}

/// A value as a text.
pub(super) fn shown(value: &Value) -> String {
    let mut text = Vec::new();
    write_text(value.as_cell(), BODY_BYTES, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// A value written in the way that suits a column's type: a whole number for a float, a text for a decimal.
pub(crate) fn fitting(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (Type::Decimal, Value::Text(text)) if is_decimal(&text) => Value::Decimal(text),
        (Type::Float, Value::Integer(number)) => i32::try_from(number)
            .map_or(Value::Integer(number), |number| Value::Float(number.into())),
        (_, value) => value,
    }
}

/// Whether a column of the type holds the value.
pub(crate) fn fits(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Integer { bits, signed }, Value::Integer(_) | Value::Unsigned(_)) => {
            let (least, greatest) = Type::bounds(*bits, *signed);
            let number = match value {
                Value::Integer(number) => i128::from(*number),
                Value::Unsigned(number) => i128::from(*number),
                _ => return false,
            };
            (least..=greatest).contains(&number)
        }
        (Type::Enum(members), Value::Text(text)) => members.contains(text),
        (Type::Boolean, Value::Boolean(_))
        | (Type::Float, Value::Float(_))
        | (Type::Decimal, Value::Decimal(_))
        | (Type::Text, Value::Text(_))
        | (Type::Bytes, Value::Bytes(_)) => true,
        _ => false,
    }
}
