//! The schema of a database: its tables and views, their columns, keys and foreign keys, and the parts that are not
//! served.
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
    /// The schema of unqualified names; `None` where the database has no schemas.
    pub(crate) home: Option<String>,
    pub(crate) tables: Vec<Table>,
    /// The names that are not served, each with the reason.
    pub(crate) left_out: Vec<(String, String)>,
    pub(crate) names: Names,
    /// Whether the database can read a stored column (the second) as the model's column (the first).
    pub(crate) reads: fn(&Column, &Column) -> bool,
    /// Reads a column as another type, or returns the reason why it cannot.
    pub(crate) retype: fn(&mut Column, &Type) -> Result<(), String>,
    /// Reads a column of bytes as texts, or returns the reason why it cannot.
    pub(crate) read_as_text: fn(&mut Column) -> Result<(), String>,
}

/// How names in a statement match those of tables and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// All names match exactly.
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

/// The schemas to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schemas {
    /// The schemas that are named; empty for the database's default schemas.
    pub(crate) named: Vec<String>,
    /// Whether missing schemas are ignored, and the schema of unqualified names is read as well.
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

    /// Selects the schema of unqualified names, and those of the named schemas that exist.
    pub(crate) fn home_and(named: Vec<String>) -> Self {
        Self {
            named,
            lenient: true,
        }
    }

    /// Checks the names for a database that has one schema.
    pub(crate) fn only(&self, name: &str) -> Result<(), Error> {
        self.missing(&[name.to_owned()])
    }

    /// Checks that the database has all named schemas.
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

/// A table or view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) is_view: bool,
    pub(crate) comment: Option<String>,
    pub(crate) columns: Vec<Column>,
    /// The columns of the primary key, in its order.
    pub(crate) key: Vec<String>,
    pub(crate) uniques: Vec<Vec<String>>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// The tables whose rows include those of this table, each after its schema.
    pub(crate) inherits: Vec<(Option<String>, String)>,
    /// The reason why the table has no key although it declares one.
    pub(crate) keyless: Option<&'static str>,
    /// The indexes that find rows by their values; `None` where they are not read.
    pub(crate) indexes: Option<Vec<TableIndex>>,
    /// Whether the database stores only values of a column's declared type.
    pub(crate) is_strict: bool,
    /// A column that identifies rows and is not declared by the table.
    pub(crate) row_number: Option<&'static str>,
    /// The columns that the table declares invisible, which `SELECT *` omits.
    pub(crate) invisible: Vec<String>,
    /// The columns that are read otherwise than declared, each with a description of its values.
    pub(crate) notes: Vec<(String, String)>,
    /// The columns that are not served, each with the reason.
    pub(crate) left_out: Vec<(String, String)>,
}

/// An index that finds rows by the values of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableIndex {
    /// The columns, in its order.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

/// A foreign key: columns that refer to those of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The columns of the other table; empty for its key.
    pub(crate) references: Vec<String>,
}

impl Table {
    /// Returns the name with its schema, unless that is the schema of unqualified names.
    pub(crate) fn full_name(&self, home: Option<&str>) -> String {
        full_name(self.schema.as_deref(), &self.name, home)
    }

    /// Removes and returns the invisible columns, except those of the key.
    pub(crate) fn take_invisible(&mut self) -> Vec<String> {
        let mut taken = std::mem::take(&mut self.invisible);
        taken.retain(|name| !self.key.contains(name));
        self.columns.retain(|column| !taken.contains(&column.sql));
        taken
    }

    /// Marks the columns that are unique by themselves.
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
    /// Sets the default from the database's text: a constant if the text is one of the column's type, else an
    /// expression.
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

    /// Removes the default and the length if they do not fit the type that the column is read as.
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

/// Parses a constant in SQL: `5`, `true`, `'new'`, `'new'::text`.
fn constant(ty: &Type, text: &str) -> Option<Value> {
    // A cast may follow the last quote.
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
