//! The order of a list: `ordering=-year,make`, `ordering=owner__name`; `sort_by` is another name of `ordering`.
//!
//! Null sorts as the largest value. A column of a missing related row is null. The key, appended to every ordering,
//! decides between rows that are otherwise equal, so that their order is always the same.

use super::{
    hint,
    offer::{Offer, World},
    order::{Order, split_sign},
    parameter::Parameter,
    path::{NameMeaning, Path, Refusal},
    reading::QueryReader,
    relevance::RankTerm,
};
use crate::{error::Code, model::ColumnNumber};

impl QueryReader<'_> {
    /// Returns the term by which rows are ordered first if that is how well they match the search, and the other terms.
    pub(super) fn ordering(&mut self) -> (Option<RankTerm>, Vec<Order>) {
        let offer = self.offer;
        let Some(pair) = self
            .reserved(Parameter::Ordering)
            .or_else(|| self.reserved(Parameter::SortBy))
        else {
            return (None, offer.total(offer.default_order_in(self.world)));
        };
        let mut orders: Vec<Order> = Vec::new();
        let most = offer.limits.ordering_terms;
        let example = offer
            .orderings()
            .take(2.min(most))
            .map(hint::in_a_list)
            .collect::<Vec<_>>();
        let Some(mut terms) = self.names(&pair, most, &example) else {
            return (None, orders);
        };
        let rank = self.take_rank(&pair, &mut terms);
        for term in terms {
            match offer.orders(&term.text, self.world) {
                Ok(found) if found.iter().any(|order| is_among(order, &orders)) => {
                    let detail = format!(
                        "`{}` names `{}` more than once",
                        pair.name,
                        hint::shown(&term.text)
                    );
                    self.fault(&*pair.name, Code::Repeated, detail);
                }
                Ok(found) => orders.extend(found),
                Err(Refusal(code, detail)) => self.fault(&*pair.name, code, detail),
            }
        }
        (rank, offer.total(orders))
    }
}

impl Offer {
    /// Returns `orders` followed by the columns of the key that they do not contain yet, so that no two rows tie. For a
    /// model without a key, those columns follow that order its rows instead.
    pub(crate) fn total(&self, mut orders: Vec<Order>) -> Vec<Order> {
        for column in self.model.last_order() {
            let order = Order {
                through: Vec::new(),
                column: *column,
                descending: false,
            };
            if !is_among(&order, &orders) {
                orders.push(order);
            }
        }
        orders
    }

    /// Returns the viewset's default order. Its relations get the row filters (conditions on visible rows) of this
    /// request.
    fn default_order_in(&self, world: &dyn World) -> Vec<Order> {
        let mut orders = self.default_order.clone();
        for step in orders.iter_mut().flat_map(|order| &mut order.through) {
            step.row_filter = world.row_filter(step.place);
        }
        orders
    }

    /// Returns the columns that a term such as `-year` or `owner__name` orders by: one, or all columns of the key if
    /// the term is the viewset's `id_member`.
    fn orders(&self, term: &str, world: &dyn World) -> Result<Vec<Order>, Refusal> {
        let (descending, name) = split_sign(term);
        let (mut path, mut rest) = (Path::at(self), name);
        loop {
            let named = path.offer.named(rest);
            if let Some(named) = named.filter(|named| path.offer.is_orderable(*named)) {
                return Ok(path.orders(named, descending, world));
            }
            let relation = match named {
                Some(NameMeaning::Relation(relation)) => Some((relation, "")),
                Some(_) => None,
                None => path.offer.relation(rest, "__"),
            };
            let next = relation.and_then(|(at, after)| Some((path.next(at, world)?, after)));
            let Some((next, after)) = next else {
                return Err(self.no_order(path.offer, name, rest));
            };
            self.check_step(&next, name)?;
            if named.is_some() {
                return Err(self.no_column(next.offer, name));
            }
            (path, rest) = (next, after);
        }
    }

    /// Returns an error if lists cannot be ordered through the last relation of the name's path, or if the path is too
    /// long.
    fn check_step(&self, path: &Path<'_>, name: &str) -> Result<(), Refusal> {
        let Some(served) = path.steps.last() else {
            return Ok(());
        };
        let (label, name, relation) = (&self.label, hint::shown(name), &served.name);
        if !served.ordered {
            let detail = format!("{label} cannot be ordered through the relation `{relation}`");
            return Err(Refusal(Code::UnknownField, detail));
        }
        if served.join.many {
            let detail = format!(
                "{label} cannot be ordered by `{name}`: a row may have several `{relation}`, so it has no one place by \
                 them"
            );
            return Err(Refusal(Code::UnknownField, detail));
        }
        self.check_relations(&name, path.steps.len())
    }

    /// Returns the error of an ordering by an unsuitable name. `rest` is the part of the name after its relations, by
    /// which the place that they lead to, with the offer `offer`, cannot be ordered.
    fn no_order(&self, offer: &Self, name: &str, rest: &str) -> Refusal {
        let what = match offer.named(rest) {
            Some(_) => "cannot be ordered by",
            None => "has no field",
        };
        let before = name.strip_suffix(rest).unwrap_or_default();
        let mut near = hint::nearest_as(rest, offer.orderings(), |name| {
            hint::in_a_list(&format!("{before}{name}"))
        });
        if near.is_empty() {
            near = offer.orderings_after(before);
        }
        let (label, name) = (&self.label, hint::shown(name));
        Refusal(Code::UnknownField, format!("{label} {what} `{name}`{near}"))
    }

    /// Returns the error of an ordering by a relation alone, such as `owner` instead of `owner__name`.
    fn no_column(&self, offer: &Self, name: &str) -> Refusal {
        let columns = offer.orderings_after(&format!("{name}__"));
        let (label, name) = (&self.label, hint::shown(name));
        let detail = format!("{label} cannot be ordered by the relation `{name}` itself{columns}");
        Refusal(Code::UnknownField, detail)
    }

    /// Returns the names that a list can be ordered by.
    pub(crate) fn orderings(&self) -> impl Iterator<Item = &str> {
        let names = self.names();
        names
            .filter(|(named, _)| self.is_orderable(*named))
            .map(|(_, name)| name)
    }

    /// Returns a hint that lists the possible orderings, each with `before` in front of it; empty if there are none.
    fn orderings_after(&self, before: &str) -> String {
        if self.orderings().next().is_none() {
            return String::new();
        }
        let names = hint::list_as(self.orderings(), |name| {
            hint::in_a_list(&format!("{before}{name}"))
        });
        format!("; it can be ordered by {names}")
    }

    /// Returns the viewset's `id_member`, if lists can be ordered by it.
    pub(crate) fn id_ordering(&self) -> Option<&str> {
        let id = self.id_member.as_deref()?;
        self.is_orderable(NameMeaning::Id).then_some(id)
    }

    fn is_orderable(&self, named: NameMeaning) -> bool {
        let columns = match named {
            NameMeaning::Column(_) | NameMeaning::Id | NameMeaning::Key => self.columns(named),
            NameMeaning::Relation(_) => return false,
        };
        let allowed = |column: &ColumnNumber| column.item(&self.orderable) == Some(&true);
        !columns.is_empty() && columns.iter().all(allowed)
    }
}

impl Path<'_> {
    fn orders(&self, named: NameMeaning, descending: bool, world: &dyn World) -> Vec<Order> {
        let through = self.to_one_steps(world);
        let order = |column| Order {
            through: through.clone(),
            column,
            descending,
        };
        self.offer.columns(named).into_iter().map(order).collect()
    }
}

fn is_among(order: &Order, orders: &[Order]) -> bool {
    orders.iter().any(|other| other.is_by(order))
}

/// Returns the columns that a term of a viewset's default ordering, such as `-year`, orders by; `before` are the
/// columns of the terms before it. `world` must already contain the offers of all places, since a term may follow
/// relations.
pub(crate) fn term(
    offer: &Offer,
    term: &str,
    before: &[Order],
    world: &dyn World,
) -> Result<Vec<Order>, String> {
    match offer.orders(term, world) {
        Ok(found) if found.iter().any(|order| is_among(order, before)) => {
            Err(format!("`{term}` is named more than once"))
        }
        Ok(found) => Ok(found),
        Err(Refusal(_, detail)) => Err(detail),
    }
}
