//! Boundaries: the condition that rows come after or before a place in their order, and the values of that place.
//!
//! Of the ordering `make, -year, car_id`, the rows after `(Fiat, 2010, 7)` are those with
//! `make >= 'Fiat' AND (make > 'Fiat' OR make = 'Fiat' AND (year < 2010 OR year = 2010 AND car_id > 7))`. Its first part
//! follows from the others: it tells the planner where in an index to begin. Where all terms rise or all fall, this is
//! `(make, year, car_id) > ('Fiat', 2010, 7)` on databases that look such rows up in an index.

use std::hash::{Hash, Hasher};

use sea_query::{Cond, Expr, ExprTrait as _, IntoCondition, SelectStatement};

use super::{
    Dialect,
    dialect::{placeholder, sql_operator},
    order,
    source::{Source, Standing},
    through,
};
use crate::{cell::Value, cursor::Boundary, model::Model, params::Order, predicate::Operator};

/// A boundary in the rows of a model, which are in this order.
pub(super) struct Edge<'a> {
    model: &'a Model,
    orders: &'a [Order],
    boundary: &'a Boundary,
    dialect: &'a dyn Dialect,
}

/// The condition on rows beside a boundary, without values. A number is that of a term of the ordering.
enum Beside {
    All(Vec<Self>),
    Any(Vec<Self>),
    /// The term compares with the value at the boundary.
    Compare(usize, Operator),
    /// The terms from this one on compare with the values at the boundary, as a row.
    CompareRow(usize, Operator),
    Null(usize),
    NotNull(usize),
}

impl<'a> Edge<'a> {
    /// Returns the boundary of a list; `None` if its page begins the list.
    pub(super) fn of(
        boundary: Option<&'a Boundary>,
        model: &'a Model,
        orders: &'a [Order],
        dialect: &'a dyn Dialect,
    ) -> Option<Self> {
        boundary.map(|boundary| Self {
            model,
            orders,
            boundary,
            dialect,
        })
    }

    /// Adds what the text of the condition depends on to the key of a plan.
    pub(super) fn shape(&self, key: &mut impl Hasher) {
        let Boundary {
            marks,
            backwards,
            inclusive,
        } = self.boundary;
        (backwards, inclusive, marks.len()).hash(key);
        marks.iter().for_each(|mark| mark.is_some().hash(key));
    }

    /// Returns the condition on rows of the page.
    pub(super) fn condition(&self) -> Cond {
        self.written(&self.beside())
    }

    /// Appends the values of the condition, in the order of their placeholders.
    pub(super) fn values(&self, out: &mut Vec<Value>) {
        self.add_values(&self.beside(), out);
    }

    fn beside(&self) -> Beside {
        let beside = self.beside_from(0);
        let is_row = matches!(beside, Beside::CompareRow(..));
        let begins_with_nulls = self.may_be_null(0) && self.rises(0);
        if self.orders.len() < 2 || is_row || begins_with_nulls || self.is_null(0) {
            return beside;
        }
        let operator = self.operator(0, true);
        Beside::All(vec![Beside::Compare(0, operator), beside])
    }

    /// Returns the condition on rows that are at the boundary by the terms before `at`, and beside it by the others.
    fn beside_from(&self, at: usize) -> Beside {
        if self.is_even_from(at) {
            return Beside::CompareRow(at, self.operator(at, self.boundary.inclusive));
        }
        let operator = self.operator(at, false);
        let is_last = at + 1 >= self.orders.len();
        let equal = match self.is_null(at) {
            true => Beside::Null(at),
            false => Beside::Compare(at, Operator::Equal),
        };
        let beyond = match (self.is_null(at), self.rises(at)) {
            (true, true) => None,
            (true, false) => Some(Beside::NotNull(at)),
            (false, true) if self.may_be_null(at) => Some(Beside::Any(vec![
                Beside::Compare(at, operator),
                Beside::Null(at),
            ])),
            (false, _) => Some(Beside::Compare(at, operator)),
        };
        let equal = match (is_last, self.boundary.inclusive) {
            (false, _) => Some(Beside::All(vec![equal, self.beside_from(at + 1)])),
            (true, true) => Some(equal),
            (true, false) => None,
        };
        Beside::Any(beyond.into_iter().chain(equal).collect())
    }

    /// Whether the terms from `at` on are compared as a row: there are several, all rise or all fall, none may be null,
    /// and none is a column of related rows.
    fn is_even_from(&self, at: usize) -> bool {
        let mut rest = at..self.orders.len();
        let is_even = |term: usize| {
            let is_own = self
                .orders
                .get(term)
                .is_some_and(|order| order.through.is_empty());
            is_own && self.rises(term) == self.rises(at) && !self.may_be_null(term)
        };
        rest.len() > 1 && self.dialect.searches_rows() && rest.all(is_even)
    }

    /// Whether the rows of the page have greater values of a term than the boundary.
    fn rises(&self, at: usize) -> bool {
        let descending = self.orders.get(at).is_some_and(|order| order.descending);
        descending == self.boundary.backwards
    }

    fn is_null(&self, at: usize) -> bool {
        self.boundary.marks.get(at).is_none_or(Option::is_none)
    }

    fn may_be_null(&self, at: usize) -> bool {
        let order = self.orders.get(at);
        self.is_null(at)
            || order.is_none_or(|order| order::may_be_null(order, self.model, self.dialect))
    }

    /// Returns the operator by which a term of the rows of the page compares with the boundary, its own value included if
    /// `inclusive`.
    fn operator(&self, at: usize, inclusive: bool) -> Operator {
        match (self.rises(at), inclusive) {
            (true, false) => Operator::Greater,
            (true, true) => Operator::GreaterOrEqual,
            (false, false) => Operator::Less,
            (false, true) => Operator::LessOrEqual,
        }
    }

    fn written(&self, beside: &Beside) -> Cond {
        match beside {
            Beside::All(all) => {
                (all.iter()).fold(Cond::all(), |cond, one| cond.add(self.written(one)))
            }
            Beside::Any(any) if any.is_empty() => Expr::cust("1 = 0").into_condition(),
            Beside::Any(any) => {
                (any.iter()).fold(Cond::any(), |cond, one| cond.add(self.written(one)))
            }
            Beside::Compare(at, operator) => self
                .key(*at)
                .binary(sql_operator(*operator), placeholder())
                .into_condition(),
            Beside::CompareRow(at, operator) => {
                let terms = *at..self.orders.len();
                let marks = terms.clone().map(|_| placeholder());
                let keys = terms.map(|term| self.key(term));
                let row = Expr::tuple(keys.collect::<Vec<_>>());
                row.binary(
                    sql_operator(*operator),
                    Expr::tuple(marks.collect::<Vec<_>>()),
                )
                .into_condition()
            }
            Beside::Null(at) => self.key(*at).is_null().into_condition(),
            Beside::NotNull(at) => self.key(*at).is_not_null().into_condition(),
        }
    }

    fn add_values(&self, beside: &Beside, out: &mut Vec<Value>) {
        match beside {
            Beside::All(parts) | Beside::Any(parts) => {
                parts.iter().for_each(|part| self.add_values(part, out));
            }
            Beside::Compare(at, _) => {
                self.add_filters(*at, out);
                self.add_mark(*at, out);
            }
            Beside::CompareRow(at, _) => {
                (*at..self.orders.len()).for_each(|term| self.add_mark(term, out));
            }
            Beside::Null(at) | Beside::NotNull(at) => self.add_filters(*at, out),
        }
    }

    /// Returns the expression that a term orders by.
    fn key(&self, at: usize) -> Expr {
        let order = self.orders.get(at);
        let key = order.and_then(|order| compared(order, self.model, self.dialect));
        key.map_or_else(|| Expr::cust("NULL"), |(_, key)| key)
    }

    fn add_filters(&self, at: usize, out: &mut Vec<Value>) {
        if let Some(order) = self.orders.get(at) {
            through::values(&order.through, self.dialect, out);
        }
    }

    fn add_mark(&self, at: usize, out: &mut Vec<Value>) {
        let mark = self.boundary.marks.get(at).cloned().flatten();
        out.push(Value::Stored(mark.unwrap_or_default()));
    }
}

/// Returns the column that an ordering is by, and the expression whose values compare as the ordering sorts rows.
fn compared<'a>(order: &'a Order, model: &'a Model, dialect: &dyn Dialect) -> Standing<'a> {
    let (column, key) = order::key(order, Source::top(model), dialect)?;
    let key = match order.through.is_empty() {
        true => dialect.sorted(column, key),
        false => key,
    };
    Some((column, key))
}

/// Adds to a select the values by which its rows are ordered, which a boundary beside a row holds.
///
/// They have names, so that no other statement, whose placeholders may have other types, has the same text.
pub(super) fn add_marks(
    select: &mut SelectStatement,
    orders: &[Order],
    model: &Model,
    dialect: &dyn Dialect,
) {
    for (at, order) in orders.iter().enumerate() {
        let key = compared(order, model, dialect);
        let mark = key.map(|(column, key)| dialect.mark(column, key));
        select.expr_as(mark.unwrap_or_else(|| Expr::cust("NULL")), format!("m{at}"));
    }
}
