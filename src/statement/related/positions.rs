//! Related rows that begin with a position: that of the key that they were read for, in the list of keys.
//!
//! For example, two cars refer to makes by the texts `A` and `a`, which the database takes for equal. The make with the
//! key `A` then belongs to both cars, though its own text equals only one of theirs. So the statement joins the makes
//! with the list of the two keys. It returns this make twice: with 0, the position of `A` in the list, and with 1, the
//! position of `a`.

use sea_query::{Expr, Query, SelectStatement};

use super::RelatedDraft;
use crate::{
    cell::Value,
    model::{ColumnNumber, End, Junction},
    statement::{
        Dialect,
        join::all_same,
        names::{KEY_POSITION, LISTED, listed_name, target_name},
        source::{Source, Standing, iden},
    },
};

impl<'a> RelatedDraft<'a> {
    /// Returns the values of the list of `keys`, each key after its position. They have the form in which the columns
    /// of the leading rows (such as cars) store them. The last key is repeated, with its position, to fill all
    /// placeholders.
    pub(super) fn listed_values(&self, keys: &[Vec<Value>], dialect: &dyn Dialect) -> Vec<Value> {
        let here = self.wanted.join.here();
        let columns: Vec<_> = here.filter_map(|number| self.leading.at(number)).collect();
        let with_positions = (0_i64..).zip(keys);
        let last = with_positions.clone().last().into_iter().cycle();
        let rows = with_positions
            .chain(last)
            .take(self.keys)
            .map(|(position, key)| {
                let key = key.iter().zip(&columns);
                let key = key.map(|(value, column)| dialect.key_value(column, value));
                std::iter::once(Value::Integer(position))
                    .chain(key)
                    .collect()
            });
        dialect.list_values(rows.collect())
    }

    /// Returns the select of the related rows of all keys, joined with the list of keys and their positions. The
    /// columns to read must still be added.
    pub(super) fn rows_with_positions(&self, dialect: &dyn Dialect) -> SelectStatement {
        let (join, source) = (&self.wanted.join, self.source());
        let mut rows = Query::select();
        match &join.junction {
            None => {
                let parent = join.parent();
                let pairs = (0..).zip(&join.on);
                let pairs = pairs
                    .map(|(at, (here, there))| (source.at(*there), self.listed(at, *here), parent));
                rows.from_subquery(self.list(dialect), LISTED);
                rows.inner_join(source.table(), all_same(pairs, dialect));
            }
            Some(junction) => {
                let pairs = self.pairs_with_positions(junction, dialect);
                self.join_pairs(&mut rows, junction, pairs, dialect);
            }
        }
        if !self.term.is_always() {
            rows.cond_where(self.term.condition(source, dialect));
        }
        rows
    }

    /// Returns the expression of the position of the key that a related row was read for.
    pub(super) fn key_position(&self) -> Expr {
        let alias = match self.wanted.join.junction {
            None => LISTED.to_owned(),
            Some(_) => self.source().junction_alias(),
        };
        Expr::col((iden(&alias), iden(KEY_POSITION)))
    }

    /// Returns the subselect that lists the keys with their positions. Its columns have the types of the leading rows'
    /// columns (such as `owner_id` of cars).
    pub(super) fn list(&self, dialect: &dyn Dialect) -> SelectStatement {
        let here: Vec<ColumnNumber> = self.wanted.join.here().collect();
        dialect.list(Source::top(self.leading), &here, self.keys)
    }

    /// Returns the column `here` of the leading rows (such as `owner_id` of cars) with the expression of its value in
    /// the list of keys, where it is the part `at` of each key.
    pub(super) fn listed(&self, at: usize, here: ColumnNumber) -> Standing<'a> {
        let column = self.leading.at(here)?;
        Some((column, Expr::col((iden(LISTED), iden(&listed_name(at))))))
    }

    /// Returns the select of the junction's pairs for the keys, without repetitions. A pair is the position of a
    /// leading row's key in the list of keys, then the key of a related row. The junction may hold the related row's
    /// key in another form that the database takes for equal, such as `a` where the related row has `A`. The select
    /// then returns the form in the related row itself, `A`.
    pub(super) fn pairs_with_positions(
        &self,
        junction: &Junction,
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        let source = self.source();
        let held = (0..).zip(&junction.here).map(|(at, (here, name))| {
            let held = source.paired(self.leading.at(*here), name);
            (held, self.listed(at, *here), End::Here)
        });
        let mut pairs = Query::select();
        pairs.distinct().from_subquery(self.list(dialect), LISTED);
        pairs.inner_join(source.junction(junction), all_same(held, dialect));
        let targets = || junction.there.iter();
        let paired =
            |number: ColumnNumber, name: &str| source.paired(source.model.at(number), name);
        let differ = self.wanted.join.target_keys_may_differ();
        if differ {
            let same = targets()
                .map(|(number, name)| (source.at(*number), paired(*number, name), End::There));
            pairs.inner_join(source.table(), all_same(same, dialect));
        }
        pairs.expr_as(Expr::col((iden(LISTED), iden(KEY_POSITION))), KEY_POSITION);
        for (at, (number, name)) in (0..).zip(targets()) {
            let target = match differ {
                true => source.at(*number),
                false => paired(*number, name),
            };
            if let Some((column, value)) = target {
                let value = match differ {
                    true => value,
                    false => dialect.key(column, value),
                };
                pairs.expr_as(value, target_name(at));
            }
        }
        pairs
    }
}
