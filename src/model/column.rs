//! A column: its name in the API and in the database, its type, and its storage.

use std::sync::Arc;

use sea_query::{ColumnType, Expr};

use super::{
    computed::Computed,
    fitting::{fits, fitting, shown},
    rules::Rules,
    storage::{KeyComparison, Storage, TimestampFormat, UuidFormat},
};
use crate::cell::{Type, Value};

/// A column of a [`Model`](struct@crate::Model).
///
/// A table definition gives the name, type, nullability and comment. The methods here refine the column inside
/// [`Model::column`](crate::Model::column).
#[derive(Clone, Debug)]
#[must_use]
pub struct Column {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) ty: Type,
    /// The type that the database declares, if the values are read as another type, `ty`; else `None`.
    pub(crate) read_from: Option<Type>,
    pub(crate) nullable: bool,
    pub(crate) unique: bool,
    pub(crate) hidden: bool,
    pub(crate) read_only: bool,
    /// Whether clients may send the column but never read it. Such a column is `hidden`, too.
    pub(crate) write_only: bool,
    /// Whether clients set the column only when they create a row.
    pub(crate) create_only: bool,
    pub(crate) max_length: Option<u32>,
    pub(crate) rules: Rules,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) description: Option<String>,
    /// The type from the table definition, for the statement that creates the table again.
    pub(crate) declared: Option<ColumnType>,
    pub(crate) storage: Storage,
    /// The database's name of the collation that compares the values as keys; `None` if no statement has to name it.
    pub(crate) collation: Option<Arc<str>>,
    /// The column that one element of a PostgreSQL array would be; `None` if the elements' type is unknown, or the column
    /// holds no arrays.
    pub(crate) element: Option<Arc<Self>>,
    /// SQLite's name of the collation that orders the values; `None` if it compares bytes or is unknown.
    pub(crate) own_collation: Option<Arc<str>>,
    /// How the column is computed; `None` if it is stored.
    pub(crate) computed: Option<Computed>,
}

/// The default of a column in a new row.
#[derive(Clone, Debug)]
pub(crate) enum DefaultValue {
    /// A constant.
    Value(Value),
    /// An expression that the database evaluates.
    Sql(Expr),
}

impl Column {
    /// Returns the name of the column's type for descriptions and errors. An array is described as a JSON document.
    pub(crate) const fn type_name(&self) -> &'static str {
        if self.storage.array.is_some() {
            "array"
        } else {
            self.ty.name()
        }
    }

    /// Creates a column that the table names `sql`, and whose name in the API is the same.
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
            write_only: false,
            create_only: false,
            max_length: None,
            rules: Rules::default(),
            default: None,
            description: None,
            declared: None,
            storage: Storage::default(),
            collation: None,
            own_collation: None,
            element: None,
            computed: None,
        }
    }

    /// Whether values with different cells, such as `a` and `A`, may be the same key, since the database compares keys
    /// by the column's type and collation.
    pub(crate) fn keys_may_differ(&self) -> bool {
        self.storage.keys == KeyComparison::Compared
    }

    /// Returns the column that one element of the column's arrays would be; `None` if it is unknown, or if the values are
    /// no arrays.
    pub(crate) fn element(&self) -> Option<&Self> {
        let element = self.element.as_deref();
        element.filter(|_| self.storage.array.is_some() && self.ty == Type::Json)
    }

    /// Returns the least and the greatest integer of the column's type.
    pub(crate) fn integers(&self) -> (i128, i128) {
        match self.ty {
            Type::Integer { bits, signed } => Type::bounds(bits, signed),
            _ => (0, 0),
        }
    }

    /// Returns the name clients use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type of the values.
    #[must_use]
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether the column may be null.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether the column is hidden from clients, as a [`write_only`](Self::write_only) column is in answers.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether clients know the column: it is shown, or may be sent without being shown.
    pub(crate) const fn is_member(&self) -> bool {
        !self.hidden || self.write_only
    }

    /// Hides the column from clients: it is not shown, filtered, ordered, searched or described.
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Makes the column read-only: the database or the program sets its values, and clients do not.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Makes the column write-only, such as a password: clients send it when they create or change a row, and nothing
    /// ever shows it. It is in no answer, filter, ordering, search or `ETag`; errors do not repeat its value; OPTIONS
    /// describes it only where rows can be written.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::Model;
    /// # let table = Table::create().table("accounts")
    /// #     .col(ColumnDef::new("id").integer().primary_key())
    /// #     .col(ColumnDef::new("password").string().not_null()).to_owned();
    /// let account = Model::from_table("Account", &table).column("password", |column| column.write_only());
    /// ```
    pub fn write_only(mut self) -> Self {
        (self.hidden, self.write_only) = (true, true);
        self
    }

    /// Makes the column create-only: clients set it when they create a row, and cannot change it later. A PUT or PATCH
    /// may repeat the value that GET shows.
    pub fn create_only(mut self) -> Self {
        self.create_only = true;
        self
    }

    /// Declares that the values of the column are unique.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Sets the maximum length: in characters for a column of text, in bytes for a column of bytes.
    ///
    /// Default: the length the table declares.
    pub fn max_length(mut self, length: u32) -> Self {
        self.max_length = Some(length);
        self
    }

    /// Sets the value for new rows that omit the column.
    ///
    /// Default: the default the table declares.
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

    /// Sets the SQL expression that the database evaluates for new rows that omit the column, such as
    /// `CURRENT_TIMESTAMP`.
    ///
    /// The expression becomes part of a statement unchanged, so it must not contain text from an untrusted source.
    pub fn default_sql(mut self, expression: &'static str) -> Self {
        self.default = Some(DefaultValue::Sql(Expr::cust(expression)));
        self
    }

    /// Sets the name clients use. Default: the column's name in the table.
    pub fn rename(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets the text for descriptions.
    ///
    /// Default: the column's comment.
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Sets the form in which SQLite stores the column's timestamps.
    ///
    /// Default: [`TimestampFormat::Space`].
    pub fn timestamp_format(mut self, format: TimestampFormat) -> Self {
        self.storage.timestamp = format;
        self
    }

    /// Sets the form in which SQLite or MySQL stores the column's UUIDs.
    ///
    /// Default: [`UuidFormat::Text`] on SQLite, [`UuidFormat::Bytes`] on MySQL.
    pub fn uuid_format(mut self, format: UuidFormat) -> Self {
        self.storage.uuid = Some(format);
        self
    }
}

impl Column {
    /// Returns the constant that new rows have by default; `None` if there is none, the database computes it, or no answer
    /// shows the column.
    pub(crate) fn shown_default(&self) -> Option<&Value> {
        match self.default.as_ref().filter(|_| !self.write_only)? {
            DefaultValue::Value(value) => Some(value),
            DefaultValue::Sql(_) => None,
        }
    }

    /// Whether the empty text, as in `?make=`, is a value of the column.
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

    /// Returns a message for each contradiction in the column's declaration, such as a default of another type.
    pub(super) fn check(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let (name, ty) = (&self.name, self.ty.name());
        for (is_said, role) in [
            (self.write_only, "write_only"),
            (self.create_only, "create_only"),
        ] {
            if is_said && self.read_only {
                mistakes.push(format!(
                    "`{name}` is both `read_only` and `{role}`, but clients never send a read-only column"
                ));
            }
        }
        if let Type::Integer { bits, .. } = self.ty
            && !(1..=64).contains(&bits)
        {
            mistakes.push(format!(
                "`{name}` is an integer of {bits} bits; it must have from 1 to 64"
            ));
        }
        if self.computed.is_some() && (self.unique || self.default.is_some()) {
            mistakes.push(format!(
                "`{name}` is computed, so it is neither `unique` nor has a `default`"
            ));
        }
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
        mistakes.extend(self.check_rules());
        if let Some(DefaultValue::Value(value)) = &self.default
            && let Err(words) = self.allows(value)
        {
            let value = shown(value);
            mistakes.push(format!(
                "the default `{value}` of `{name}` breaks its rules: it takes {words}"
            ));
        }
        mistakes
    }
}
