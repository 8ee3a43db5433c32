//! Sources: the tables that a statement reads, under their own name or under an alias.

use sea_query::{DynIden, Expr, ExprTrait as _, IntoIden, TableName, TableRef};

#[cfg(feature = "postgres")]
use super::names::quoted;
use crate::model::{Column, ColumnNumber, Join, Junction, Model};

/// A table that a statement reads. In a subselect, it has an alias with the depth of the subselect, since the same
/// table may occur at several depths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(super) model: &'a Model,
    depth: usize,
    /// Whether the statement reads at most one row of the table.
    is_one: bool,
    /// Whether the statement writes to the table, which then has no alias.
    is_written: bool,
}

/// A column of a model, and the SQL expression of its value; `None` if the model has no such column.
pub(super) type Standing<'a> = Option<(&'a Column, Expr)>;

impl<'a> Source<'a> {
    /// Returns the main table of a statement.
    pub(super) fn top(model: &'a Model) -> Self {
        Self {
            model,
            depth: 0,
            is_one: false,
            is_written: false,
        }
    }

    /// Returns the main table of a statement that reads at most one row.
    pub(super) fn of_one(model: &'a Model) -> Self {
        Self {
            is_one: true,
            ..Self::top(model)
        }
    }

    /// Returns the table that a statement writes a row of.
    pub(super) fn written(model: &'a Model) -> Self {
        Self {
            is_written: true,
            ..Self::of_one(model)
        }
    }

    /// Whether the statement reads at most one row of the table, so that a condition on related rows is evaluated once.
    pub(super) fn is_one(self) -> bool {
        self.is_one
    }

    /// Whether the table is in a subselect.
    pub(super) fn is_inside(self) -> bool {
        self.depth > 0
    }

    /// Returns the table's name as SQL writes it, quoted and with its schema, if it has one.
    #[cfg(feature = "postgres")]
    pub(super) fn quoted_name(self) -> String {
        let names = self.model.schema().into_iter().chain([self.model.table()]);
        names.map(quoted).collect::<Vec<_>>().join(".")
    }

    pub(super) fn table(self) -> TableRef {
        table(self.model.schema(), self.model.table(), self.alias())
    }

    /// Returns the expression of a column, qualified by the table's name or alias. SQLite would read the quoted name of
    /// a missing column as a text if it were not qualified. A computed column is the expression over that table's columns.
    pub(super) fn column(self, column: &Column) -> Expr {
        let alias = self.alias();
        let table = alias.as_deref().unwrap_or(self.model.table());
        if let Some(computed) = &column.computed {
            return computed.expression(table);
        }
        read(column, Expr::col((iden(table), iden(&column.sql))))
    }

    /// Returns the expression of a column of the table that need not be in the model.
    pub(super) fn named(self, name: &str) -> Expr {
        let alias = self.alias();
        Expr::col((
            iden(alias.as_deref().unwrap_or(self.model.table())),
            iden(name),
        ))
    }

    /// Returns the name of the table's schema; `None` if it has none.
    #[cfg(feature = "sqlite")]
    pub(super) fn schema(self) -> Option<&'a str> {
        self.model.schema()
    }

    /// Returns the column with this number, and the expression of its value.
    pub(super) fn at(self, number: ColumnNumber) -> Standing<'a> {
        let column = self.model.at(number)?;
        Some((column, self.column(column)))
    }

    /// Returns the junction through which this table is joined, under its alias.
    pub(super) fn junction(self, junction: &Junction) -> TableRef {
        let alias = Some(self.junction_alias());
        table(junction.schema.as_deref(), &junction.table, alias)
    }

    /// Returns `column`, a column of one of the joined models, with the expression of the junction's column `name`,
    /// which holds values of `column`.
    pub(super) fn paired<'b>(self, column: Option<&'b Column>, name: &str) -> Standing<'b> {
        let value = Expr::col((iden(&self.junction_alias()), iden(name)));
        Some((column?, read(column?, value)))
    }

    pub(super) fn junction_alias(self) -> String {
        format!("j{}", self.depth)
    }

    /// Returns the table that `join` leads to, as a source in a subselect of this source's select.
    pub(super) fn deeper(self, join: &Join) -> Source<'_> {
        Source {
            model: &join.target,
            depth: self.depth + 1,
            is_one: false,
            is_written: false,
        }
    }

    /// Returns the alias of the table; `None` if it has none. A table has an alias in a subselect, or if its own name
    /// could be mistaken for an alias, such as `r1`.
    fn alias(self) -> Option<String> {
        let number = self
            .model
            .table()
            .strip_prefix(['r', 'R', 'j', 'J', 'k', 'K']);
        let misleads = number.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        let is_aliased = self.depth > 0 || (misleads && !self.is_written);
        is_aliased.then(|| format!("r{}", self.depth))
    }
}

/// Returns the expression that reads a column's stored value. In SQLite, a column with values of several classes is
/// read as text, and a column whose collation is missing is compared byte for byte.
fn read(column: &Column, value: Expr) -> Expr {
    if column.storage.cast {
        value.cast_as("text")
    } else if column.storage.bytewise {
        Expr::cust_with_expr("? COLLATE BINARY", value)
    } else {
        value
    }
}

/// Returns the table of this name as SQL, with its schema and its alias, if it has them.
fn table(schema: Option<&str>, name: &str, alias: Option<String>) -> TableRef {
    let name = TableName(schema.map(|schema| iden(schema).into()), iden(name));
    TableRef::Table(name, alias.map(IntoIden::into_iden))
}

/// Returns an identifier, which the statement's text quotes and escapes.
pub(super) fn iden(name: &str) -> DynIden {
    name.to_owned().into_iden()
}
