//! In what order a list comes: `ordering=-year,make`, or `sort_by`.
//!
//! A null is the largest value. Whatever is asked, the key decides between equals, so that every order is total.

use std::sync::Arc;

use super::{Offer, Reading, hint};
use crate::{error::Code, model::Join};

/// A column to order by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Order {
    /// The to-one relations that lead to the column's model; none for a column of the list's own.
    pub(crate) through: Vec<Arc<Join>>,
    pub(crate) column: u16,
    pub(crate) descending: bool,
}

impl Order {
    /// Whether two orders are by one column, whatever their direction.
    pub(crate) fn is_by_the_same(&self, other: &Self) -> bool {
        self.column == other.column && self.through == other.through
    }
}

impl Reading<'_> {
    pub(super) fn ordering(&mut self) -> Vec<Order> {
        let offer = self.offer;
        let Some(pair) = self
            .reserved("ordering")
            .or_else(|| self.reserved("sort_by"))
        else {
            return offer.total(offer.default_order.clone());
        };
        let mut orders: Vec<Order> = Vec::new();
        let most = offer.limits.ordering_terms;
        let Some(terms) = self.names(&pair, most, "-year,make") else {
            return orders;
        };
        for term in terms {
            match offer.order(&term.text) {
                Ok(order) if orders.iter().any(|other| other.column == order.column) => {
                    let detail = format!(
                        "`{}` names `{}` more than once",
                        pair.name,
                        hint::shown(&term.text)
                    );
                    self.fault(&*pair.name, Code::Repeated, detail);
                }
                Ok(order) => orders.push(order),
                Err((code, detail)) => self.fault(&*pair.name, code, detail),
            }
        }
        offer.total(orders)
    }
}

impl Offer {
    /// The order with the key at its end.
    pub(crate) fn total(&self, mut orders: Vec<Order>) -> Vec<Order> {
        for column in self.model.key() {
            let is_it = |order: &Order| order.column == *column && order.through.is_empty();
            if !orders.iter().any(is_it) {
                orders.push(Order {
                    through: Vec::new(),
                    column: *column,
                    descending: false,
                });
            }
        }
        orders
    }

    fn order(&self, term: &str) -> Result<Order, (Code, String)> {
        let (descending, name) = split_sign(term);
        let label = &self.label;
        let allowed = |column: &u16| self.orderable.get(usize::from(*column)) == Some(&true);
        if let Some(column) = self.named(name).filter(allowed) {
            return Ok(Order {
                through: Vec::new(),
                column,
                descending,
            });
        }
        let relation = self.relations.iter().any(|relation| {
            let rest = name.strip_prefix(&relation.name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        });
        if relation && self.named(name).is_none() {
            let detail = format!(
                "{label} cannot be ordered through the relation of `{}`",
                hint::shown(name)
            );
            return Err((Code::NotSupported, detail));
        }
        let offered: Vec<&str> = self
            .names()
            .filter(|(column, _)| allowed(column))
            .map(|(_, name)| name)
            .collect();
        let what = if self.named(name).is_some() {
            "cannot be ordered by"
        } else {
            "has no field"
        };
        let mut near = hint::nearest(name, offered.iter().copied());
        if near.is_empty() && !offered.is_empty() {
            near = format!("; it can be ordered by {}", hint::list(offered));
        }
        let name = hint::shown(name);
        Err((Code::UnknownField, format!("{label} {what} `{name}`{near}")))
    }
}

/// Whether a term is descending, and the name in it.
fn split_sign(term: &str) -> (bool, &str) {
    match term.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, term),
    }
}

/// A term of a viewset's default ordering.
pub(crate) fn term(offer: &Offer, term: &str) -> Result<Order, String> {
    offer.order(term).map_err(|(_, detail)| detail)
}
