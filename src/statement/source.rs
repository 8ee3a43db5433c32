//! Where a column stands: in a table under its own name, or deeper in a statement under an alias; and how rows lead
//! from one table to the next.

use sea_query::{
    Cond, DynIden, Expr, ExprTrait as _, IntoIden, Query, SelectStatement, TableName, TableRef,
};

use super::Dialect;
use crate::model::{Column, End, Join, Junction, Model};

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

    /// The rows that a row here leads to, as a subselect that reads nothing yet, and where they stand in it.
    pub(super) fn rows_of<'b>(
        self,
        join: &'b Join,
        dialect: &dyn Dialect,
    ) -> (SelectStatement, Source<'b>) {
        let there = self.deeper(join);
        let mut rows = Query::select();
        match &join.junction {
            None => {
                let parent = join.parent();
                let pairs = join.on.iter();
                let pairs = pairs.map(|(own, other)| (there.at(*other), self.at(*own), parent));
                rows.from(there.table());
                rows.cond_where(all_same(pairs, dialect));
            }
            Some(junction) => {
                let own = junction.here.iter();
                let own = own.map(|(own, name)| {
                    let paired = there.paired(self.model.at(*own), name);
                    (paired, self.at(*own), End::Here)
                });
                let other = junction.there.iter().map(|(other, name)| {
                    let paired = there.paired(there.model.at(*other), name);
                    (there.at(*other), paired, End::There)
                });
                rows.from(there.junction(junction));
                rows.inner_join(there.table(), all_same(other, dialect));
                rows.cond_where(all_same(own, dialect));
            }
        }
        (rows, there)
    }

    /// The values by which a row here leads to others, as a subselect has them that does not depend on this row, and where
    /// those others stand in it.
    pub(super) fn keys_of<'b>(
        self,
        join: &'b Join,
        dialect: &dyn Dialect,
    ) -> Option<(Expr, SelectStatement, Source<'b>)> {
        let there = self.deeper(join);
        let mut rows = Query::select();
        let mut keys = Vec::new();
        let mut listed = |own: Standing<'_>, other: Standing<'_>| {
            let (own, other) = (own?, other?);
            let (key, of_other) = match join.parent() {
                // The collation of a list is that of the value before it, and the key is the parent's.
                End::There if other.0.keys_may_differ() => return None,
                End::Here if own.0.keys_may_differ() => (own.1, other.1),
                End::Here | End::There => {
                    (dialect.key(own.0, own.1), dialect.key(other.0, other.1))
                }
            };
            keys.push(key);
            rows.expr(of_other);
            Some(())
        };
        match &join.junction {
            None => {
                for (own, other) in &join.on {
                    listed(self.at(*own), there.at(*other))?;
                }
                rows.from(there.table());
            }
            Some(junction) => {
                for (own, name) in &junction.here {
                    listed(self.at(*own), there.paired(self.model.at(*own), name))?;
                }
                let other = junction.there.iter().map(|(other, name)| {
                    let paired = there.paired(there.model.at(*other), name);
                    (there.at(*other), paired, End::There)
                });
                rows.from(there.junction(junction));
                rows.inner_join(there.table(), all_same(other, dialect));
            }
        }
        let keys = match keys.len() {
            0 => return None,
            1 => keys.pop()?,
            _ => Expr::tuple(keys),
        };
        Some((keys, rows, there))
    }

    /// The table that a join leads to, in a subselect.
    fn deeper(self, join: &Join) -> Source<'_> {
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

/// That columns hold the same keys, pair by pair; never, if there is none to compare. The first of a pair stands there,
/// the second here, and the key is the parent's.
pub(super) fn all_same<'a>(
    pairs: impl Iterator<Item = (Standing<'a>, Standing<'a>, End)>,
    dialect: &dyn Dialect,
) -> Cond {
    let mut same = Cond::all();
    for pair in pairs {
        same = same.add(match pair {
            (Some(there), Some(here), parent) => same_key(there, here, parent, dialect),
            _ => Expr::cust("1 = 0"),
        });
    }
    if same.is_empty() {
        same = same.add(Expr::cust("1 = 0"));
    }
    same
}

fn same_key(
    there: (&Column, Expr),
    here: (&Column, Expr),
    parent: End,
    dialect: &dyn Dialect,
) -> Expr {
    match parent {
        End::Here if here.0.keys_may_differ() => dialect.refers(there, here),
        End::There if there.0.keys_may_differ() => dialect.refers(here, there),
        End::Here | End::There => dialect.same(there, here),
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
