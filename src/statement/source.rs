//! Where a column stands: in a table under its own name, or deeper in a statement under an alias.

use sea_query::{DynIden, Expr, ExprTrait as _, IntoIden, TableName, TableRef};

use crate::model::{Column, Join, Junction, Model};

/// A table in a statement. Inside a subselect the same table can occur again, so it has an alias there, by its depth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(super) model: &'a Model,
    depth: usize,
    /// Whether the statement reads one row of it at most.
    is_one: bool,
}

/// A column and its value where it stands; none if the model has no such column.
pub(super) type Standing<'a> = Option<(&'a Column, Expr)>;

impl<'a> Source<'a> {
    /// The table a statement is about.
    pub(super) fn top(model: &'a Model) -> Self {
        Self {
            model,
            depth: 0,
            is_one: false,
        }
    }

    /// The table of a statement that reads one row at most.
    pub(super) fn of_one(model: &'a Model) -> Self {
        Self {
            is_one: true,
            ..Self::top(model)
        }
    }

    /// Whether a condition on it is evaluated for one row at most.
    pub(super) fn is_one(self) -> bool {
        self.is_one
    }

    /// Whether it stands in a subselect.
    pub(super) fn is_inside(self) -> bool {
        self.depth > 0
    }

    pub(super) fn table(self) -> TableRef {
        table(self.model.schema(), self.model.table(), self.alias())
    }

    /// The column, qualified: SQLite takes an unqualified quoted name that is no column for a text.
    pub(super) fn column(self, column: &Column) -> Expr {
        let alias = self.alias();
        let table = alias.as_deref().unwrap_or(self.model.table());
        read(column, Expr::col((iden(table), iden(&column.sql))))
    }

    /// The column with this number.
    pub(super) fn at(self, number: u16) -> Standing<'a> {
        let column = self.model.at(number)?;
        Some((column, self.column(column)))
    }

    /// A junction beside this table.
    pub(super) fn junction(self, junction: &Junction) -> TableRef {
        let alias = Some(self.junction_alias());
        table(junction.schema.as_deref(), &junction.table, alias)
    }

    /// The column of the junction beside this table that holds the values of another.
    pub(super) fn paired<'b>(self, column: Option<&'b Column>, name: &str) -> Standing<'b> {
        let value = Expr::col((iden(&self.junction_alias()), iden(name)));
        Some((column?, read(column?, value)))
    }

    pub(super) fn junction_alias(self) -> String {
        format!("j{}", self.depth)
    }

    /// The table that a join leads to, in a subselect.
    pub(super) fn deeper(self, join: &Join) -> Source<'_> {
        Source {
            model: &join.target,
            depth: self.depth + 1,
            is_one: false,
        }
    }

    /// The name that stands for the table where its own does not: deeper down, and where it reads like an alias.
    fn alias(self) -> Option<String> {
        let number = self
            .model
            .table()
            .strip_prefix(['r', 'R', 'j', 'J', 'k', 'K']);
        let misleads = number.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        (self.depth > 0 || misleads).then(|| format!("r{}", self.depth))
    }
}

/// Reads a column's value: where SQLite has values of several classes in it as a text, and where it lacks the column's
/// collation byte for byte.
fn read(column: &Column, value: Expr) -> Expr {
    if column.storage.cast {
        value.cast_as("text")
    } else if column.storage.bytewise {
        Expr::cust_with_expr("? COLLATE BINARY", value)
    } else {
        value
    }
}

/// A table, with its schema if it has one.
fn table(schema: Option<&str>, name: &str, alias: Option<String>) -> TableRef {
    let name = TableName(schema.map(|schema| iden(schema).into()), iden(name));
    TableRef::Table(name, alias.map(IntoIden::into_iden))
}

/// An identifier that is quoted and escaped whatever is in it.
pub(super) fn iden(name: &str) -> DynIden {
    name.to_owned().into_iden()
}
