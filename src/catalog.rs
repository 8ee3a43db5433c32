//! The catalog of a database: its tables and views, with their columns, keys and foreign keys, and the parts that are
//! not served.
//!
//! A driver fills the catalog by a fixed number of queries, whatever the number of tables.

use sea_query::Expr;

use crate::{
    cell::{Type, Value, is_decimal},
    error::Error,
    model::{Column, DefaultValue, fits, fitting},
};

/// The tables and views of a database.
pub(crate) struct Catalog {
    /// The schema in which the database looks up table names without a schema, such as `public`; `None` if it has no
    /// schemas.
    pub(crate) home: Option<String>,
    pub(crate) tables: Vec<Table>,
    /// The names of tables that are not served, each with the reason.
    pub(crate) left_out: Vec<(String, String)>,
    pub(crate) names: Names,
    /// Whether a model can read its column, the first argument, from the table's column, the second.
    pub(crate) reads: fn(&Column, &Column) -> bool,
    /// Changes a column so that it is read as another type, or returns the reason why that is impossible.
    pub(crate) retype: fn(&mut Column, &Type) -> Result<(), String>,
    /// Changes a column of bytes so that it is read as texts, or returns the reason why that is impossible.
    pub(crate) read_as_text: fn(&mut Column) -> Result<(), String>,
}

/// How the database compares the names in a statement with those of tables and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// All names match only exactly.
    Exact,
    /// Names of columns match in any case.
    ColumnsInAnyCase,
    /// All names match in any case.
    InAnyCase,
}

impl Names {
    pub(crate) fn same_table(self, left: &str, right: &str) -> bool {
        left == right || (self == Self::InAnyCase && left.eq_ignore_ascii_case(right))
    }

    pub(crate) fn same_column(self, left: &str, right: &str) -> bool {
        left == right || (self != Self::Exact && left.eq_ignore_ascii_case(right))
    }
}

/// The schemas to read when a database is reflected.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schemas {
    /// The names of the schemas; empty for the database's default ones, such as the connected database on MySQL.
    pub(crate) named: Vec<String>,
    /// Whether a schema of `named` that does not exist is ignored instead of being an error. [`Catalog::home`] is then
    /// read as well.
    pub(crate) lenient: bool,
}

impl Catalog {
    /// Records a table as not served, with the reason.
    pub(crate) fn leave_out(&mut self, table: &Table, reason: String) {
        let name = table.full_name(self.home.as_deref());
        self.left_out.push((name, reason));
    }
}

impl Schemas {
    pub(crate) fn of(named: Vec<String>) -> Self {
        Self {
            named,
            lenient: false,
        }
    }

    /// Returns a selection of [`Catalog::home`] and of those `named` schemas that exist.
    pub(crate) fn home_and(named: Vec<String>) -> Self {
        Self {
            named,
            lenient: true,
        }
    }

    /// Returns an error if a schema other than `name`, the only one of this database, is to be read.
    pub(crate) fn only(&self, name: &str) -> Result<(), Error> {
        self.missing(&[name.to_owned()])
    }

    /// Returns an error if a schema of `named` is not among the `known` schemas of the database.
    pub(crate) fn missing(&self, known: &[String]) -> Result<(), Error> {
        let missing = self
            .named
            .iter()
            .filter(|name| !known.contains(name) && !self.lenient);
        let mistakes: Vec<_> = missing
            .map(|name| {
                let known = known.join("`, `");
                format!("`.schemas(…)` names `{name}`, which is not there; there are `{known}`")
            })
            .collect();
        match mistakes.is_empty() {
            true => Ok(()),
            false => Err(Error::configuration(mistakes)),
        }
    }
}

/// A table or view of the database, as its catalog describes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) is_view: bool,
    pub(crate) comment: Option<String>,
    pub(crate) columns: Vec<Column>,
    /// The columns of the primary key, in the order of the key.
    pub(crate) key: Vec<String>,
    pub(crate) uniques: Vec<Vec<String>>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// The parent tables in PostgreSQL, whose rows include those of this table: the schema and the name of each.
    pub(crate) inherits: Vec<(Option<String>, String)>,
    /// The reason why the table's `PRIMARY KEY` cannot identify its rows; `None` if it can, or if there is none.
    pub(crate) keyless: Option<&'static str>,
    /// The indexes that find rows by their values; `None` if they were not read from the database.
    pub(crate) indexes: Option<Vec<TableIndex>>,
    /// Whether the table is declared `STRICT` in SQLite, which then stores only values of a column's declared type;
    /// false on other databases.
    pub(crate) is_strict: bool,
    /// The name of a column that identifies rows though the table does not declare it: SQLite's `rowid`, on other
    /// databases `None`.
    pub(crate) rowid: Option<&'static str>,
    /// The columns that the table declares `INVISIBLE`, so that `SELECT *` omits them.
    pub(crate) invisible: Vec<String>,
    /// The columns that are read as another type than they declare, each with a description of its values.
    pub(crate) notes: Vec<(String, String)>,
    /// The columns that are not served, each with the reason.
    pub(crate) left_out: Vec<(String, String)>,
}

/// An index that finds rows by the values of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableIndex {
    /// The indexed columns, in the order of the index.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

/// A foreign key: columns that refer to those of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The referenced columns; empty if they are the key of the other table.
    pub(crate) references: Vec<String>,
}

impl Table {
    /// Returns the table's name, after its schema unless that is `home`, the schema in which the database looks up
    /// plain names.
    pub(crate) fn full_name(&self, home: Option<&str>) -> String {
        full_name(self.schema.as_deref(), &self.name, home)
    }

    /// Removes and returns the columns that the table declares `INVISIBLE`, except those of the key.
    pub(crate) fn take_invisible(&mut self) -> Vec<String> {
        let mut taken = std::mem::take(&mut self.invisible);
        taken.retain(|name| !self.key.contains(name));
        self.columns.retain(|column| !taken.contains(&column.sql));
        taken
    }

    /// Marks the columns that are unique by themselves, and those that are part of a key or unique constraint.
    pub(crate) fn set_uniques(&mut self) {
        let keys = self.uniques.iter().chain([&self.key]);
        let alone: Vec<String> = keys
            .filter_map(|columns| match columns.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            })
            .collect();
        let held: Vec<&String> = self.uniques.iter().chain([&self.key]).flatten().collect();
        for column in &mut self.columns {
            column.unique |= alone.contains(&column.sql);
            column.storage.held |= held.contains(&&column.sql);
        }
    }
}

pub(crate) fn full_name(schema: Option<&str>, table: &str, home: Option<&str>) -> String {
    match schema.filter(|schema| Some(*schema) != home) {
        Some(schema) => format!("{schema}.{table}"),
        None => table.to_owned(),
    }
}

impl Column {
    /// Sets the default from `text`, as the database's catalog shows it: a constant if `text` is a constant of the
    /// column's type, else an expression.
    pub(crate) fn with_shown_default(mut self, text: &str) -> Self {
        let is_null = text.eq_ignore_ascii_case("null");
        let constant = constant(&self.ty, text.trim()).filter(|value| self.holds(value));
        self.default = match constant {
            Some(value) => Some(DefaultValue::Value(value)),
            None if is_null || text.is_empty() => None,
            None => Some(DefaultValue::Sql(Expr::cust(text.to_owned()))),
        };
        self
    }

    /// Removes the default and the maximum length if they do not fit the type that the column is read as.
    pub(crate) fn drop_what_does_not_fit(&mut self) {
        if !matches!(self.ty, Type::Text | Type::Bytes) {
            self.max_length = None;
        }
        if let Some(DefaultValue::Value(value)) = self
            .default
            .take_if(|default| matches!(default, DefaultValue::Value(_)))
        {
            let value = fitting(&self.ty, value);
            self.default = self.holds(&value).then_some(DefaultValue::Value(value));
        }
    }

    fn holds(&self, value: &Value) -> bool {
        let is_short = match (value, self.max_length) {
            (Value::Text(text), Some(most)) => {
                text.chars().count() <= usize::try_from(most).unwrap_or(usize::MAX)
            }
            _ => true,
        };
        is_short && fits(&self.ty, value)
    }
}

/// Parses an SQL text such as `5`, `true`, `'new'` or `'new'::text` as a constant of the type `ty`; `None` if it is
/// none.
fn constant(ty: &Type, text: &str) -> Option<Value> {
    // PostgreSQL may append a cast to a quoted text.
    let text = match text.rsplit_once("'::") {
        Some((quoted, ty)) if text.starts_with('\'') && !ty.contains('\'') => {
            text.get(..=quoted.len()).unwrap_or(text)
        }
        _ => text,
    };
    let quoted = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let inner = quoted.map(|inner| inner.replace("''", "'"));
    let plain = inner.as_deref().unwrap_or(text);
    let value = match ty {
        Type::Boolean => match plain.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Value::Boolean(true),
            "false" | "f" | "0" => Value::Boolean(false),
            _ => return None,
        },
        Type::Integer { .. } => Value::Integer(plain.parse().ok()?),
        Type::Float => Value::Float(
            plain
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())?,
        ),
        Type::Decimal if is_decimal(plain) => Value::Decimal(plain.to_owned()),
        Type::Text | Type::Enum(_) => Value::Text(inner?),
        _ => return None,
    };
    Some(fitting(ty, value))
}
