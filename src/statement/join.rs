//! Joins in SQL: from a table that a statement reads to the table of its related rows.

use sea_query::{Cond, Expr, Query, SelectStatement};

use super::{
    Dialect,
    source::{Source, Standing},
};
use crate::model::{Column, End, Join};

impl Source<'_> {
    /// Returns the correlated subselect of the rows that `join` relates to a row of this source (a table of the
    /// statement), still without columns to read, and the source of the related rows in this subselect.
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

    /// Returns the parts of a condition `key IN (SELECT …)`: the key of a row of this source (a table of the
    /// statement), the uncorrelated subselect that lists the keys of the related rows, and the source of the related
    /// rows in it. Returns `None` if `IN` would compare the keys differently than the join does.
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
                // `key IN (…)` compares by the collation of `key`, the child's. The parent's collation is needed.
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
}

/// Returns the condition that the two columns of each pair hold the same key. Without pairs, it is false. A pair
/// consists of a column of the related rows, a column of the leading rows (the rows that refer to them), and the end of
/// the join that is the parent. The parent's column decides how the two are compared, since the other column refers to
/// the parent's key.
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
