//! What a database says of itself: tables and views, their columns, keys and foreign keys, and what it does not show.
//!
//! A driver fills it by a fixed number of queries, whatever the number of tables.

use sea_query::Expr;

use crate::{
    cell::{Type, Value, is_decimal},
    error::Error,
    model::{Column, DefaultValue, fits, fitting},
};

/// The tables and views of a database.
pub(crate) struct Catalog {
    /// The schema of names that say none; none where the database has no schemas.
    pub(crate) home: Option<String>,
    pub(crate) tables: Vec<Table>,
    /// What is not there to be served, and why.
    pub(crate) left_out: Vec<(String, String)>,
    pub(crate) names: Names,
    /// Whether the database reads a column, as it is stored (the second), as what a model says it is (the first).
    pub(crate) reads: fn(&Column, &Column) -> bool,
    /// Reads a column as a type, or says why it cannot be.
    pub(crate) retype: fn(&mut Column, &Type) -> Result<(), String>,
    /// Reads a column of bytes as texts, or says why it cannot be.
    pub(crate) read_as_text: fn(&mut Column) -> Result<(), String>,
}

/// How the names in a statement are those of tables and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// As they are.
    Exact,
    /// Those of columns in any case.
    ColumnsInAnyCase,
    /// All in any case.
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

/// Which schemas are looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schemas {
    /// Those that are named; none for those a database looks at by default.
    pub(crate) named: Vec<String>,
    /// Whether a name that is not there is no mistake, and the schema of names that say none is looked at, too.
    pub(crate) lenient: bool,
}

impl Catalog {
    /// Says why a table is not served.
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

    /// That of names that say none, and those of these that there are.
    pub(crate) fn home_and(named: Vec<String>) -> Self {
        Self {
            named,
            lenient: true,
        }
    }

    /// Of a database that has one schema: that no other is looked for.
    pub(crate) fn only(&self, name: &str) -> Result<(), Error> {
        self.missing(&[name.to_owned()])
    }

    /// Of a database that has these: that no other is looked for.
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
    /// The tables that have its rows, too, each after its schema.
    pub(crate) inherits: Vec<(Option<String>, String)>,
    /// Whether others have rows that are its own, too, which may have the same key.
    pub(crate) has_heirs: bool,
    /// The indexes by which rows are found; none where that is not asked.
    pub(crate) indexes: Option<Vec<Index>>,
    /// Whether the database keeps values of a column's declared type alone.
    pub(crate) is_strict: bool,
    /// A column that tells rows apart and is none of the table's own.
    pub(crate) row_number: Option<&'static str>,
    /// Columns that `SELECT *` leaves out, as the table declares.
    pub(crate) invisible: Vec<String>,
    /// Columns that are read otherwise than they are declared, and what their values are.
    pub(crate) notes: Vec<(String, String)>,
    /// Columns that are not there to be served, and why.
    pub(crate) left_out: Vec<(String, String)>,
}

/// An index that finds rows by the values of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// The columns, in its order.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

/// Columns that hold those of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The columns there; none for its key.
    pub(crate) references: Vec<String>,
}

impl Table {
    /// Its name as people write it: with its schema, unless that is the one of names without.
    pub(crate) fn full_name(&self, home: Option<&str>) -> String {
        full_name(self.schema.as_deref(), &self.name, home)
    }

    /// Takes out the columns that the table declares invisible, but those that name its rows.
    pub(crate) fn take_invisible(&mut self) -> Vec<String> {
        let mut taken = std::mem::take(&mut self.invisible);
        taken.retain(|name| !self.key.contains(name));
        self.columns.retain(|column| !taken.contains(&column.sql));
        taken
    }

    /// Notes which columns are unique by themselves.
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
    /// Gives it the default a database shows: a constant where its text is one of the column's type, else an expression.
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

    /// Drops the default and the length that a column does not have as the type it is read as.
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

/// The value of a constant as SQL writes it: `5`, `true`, `'new'`, `'new'::text`.
fn constant(ty: &Type, text: &str) -> Option<Value> {
    // What follows the last quote may be a cast.
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
