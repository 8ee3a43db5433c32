//! The names that clients may use in filters and orderings, and the relations that a name goes through: `owner__name`,
//! `parts__maker__country`.
//!
//! At each step, the longest matching name of a column or relation wins. The text after a relation is read by the offer
//! of the place that serves the related rows, so a filter through a relation can use only what that place allows.

use std::sync::Arc;

use super::{
    hint,
    offer::{Offer, Served, World},
    order::Step,
};
use crate::{error::Code, model::ColumnNumber};

/// The reason why a name cannot be read: an error code and a text for the client.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Code, pub(super) String);

/// The meaning of a name, such as `make` or `owner`, in the offer of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NameMeaning {
    Column(ColumnNumber),
    /// The columns of the key in URLs, which the viewset's `id_member`, such as `id`, names together.
    Id,
    /// The key of the related rows, named by the to-many relation that leads to them: `parts=7` filters by the key of
    /// parts.
    Key,
    /// A relation, by its index in [`Offer::relations`].
    Relation(usize),
}

/// The relations that a name such as `parts__maker__country` goes through, in order.
#[derive(Clone, Debug)]
pub(super) struct Path<'a> {
    pub(super) steps: Vec<&'a Served>,
    /// The offer (what clients may ask) of the place that the last relation leads to.
    pub(super) offer: &'a Offer,
}

impl<'a> Path<'a> {
    /// Returns the path without any relations: names on it are those of `offer` itself.
    pub(super) fn at(offer: &'a Offer) -> Self {
        Self {
            steps: Vec::new(),
            offer,
        }
    }

    /// Returns the relations of the path, which lead to one row each, with the conditions on the rows that the request may
    /// see.
    pub(super) fn to_one_steps(&self, world: &dyn World) -> Vec<Step> {
        let steps = self.steps.iter().map(|served| Step {
            join: Arc::clone(&served.join),
            place: served.place,
            row_filter: world.row_filter(served.place),
        });
        steps.collect()
    }

    /// Returns the path with one more relation, given by its index in the last place's offer; `None` if that relation
    /// or its place does not exist.
    pub(super) fn next(&self, relation: usize, world: &'a dyn World) -> Option<Self> {
        let served = self.offer.relations.get(relation)?;
        let offer = world.offer(served.place)?;
        let steps = self.steps.iter().copied().chain([served]).collect();
        Some(Self { steps, offer })
    }
}

impl Offer {
    /// Returns the names that clients may use: columns that are not hidden, the viewset's `id_member`, and relations.
    pub(super) fn names(&self) -> impl Iterator<Item = (NameMeaning, &str)> {
        let visible = self.model.numbered().filter(|(_, column)| !column.hidden);
        let columns = visible.map(|(number, column)| (NameMeaning::Column(number), &*column.name));
        let id = self
            .id_member
            .as_deref()
            .map(|name| (NameMeaning::Id, name));
        let relations = (0..).zip(&self.relations);
        columns
            .chain(id)
            .chain(relations.map(|(at, relation)| (NameMeaning::Relation(at), &*relation.name)))
    }

    /// Returns the meaning of a name; `None` if the name is unknown.
    pub(super) fn named(&self, name: &str) -> Option<NameMeaning> {
        self.names()
            .find(|(_, known)| *known == name)
            .map(|(named, _)| named)
    }

    /// Splits off the beginning of a name such as `owner__name`: returns the longest known name that ends there or
    /// before a `__`, and its meaning.
    pub(super) fn first(&self, name: &str) -> Option<(NameMeaning, &str)> {
        self.names()
            .filter(|(_, known)| after(name, known).is_some())
            .max_by_key(|(_, known)| known.len())
    }

    /// Returns the index of the relation whose name the text begins with, followed by the separator, and the rest of
    /// the text. Of several, the longest name counts.
    pub(super) fn relation<'n>(&self, name: &'n str, separator: &str) -> Option<(usize, &'n str)> {
        (0..)
            .zip(&self.relations)
            .filter_map(|(at, relation)| {
                let rest = name.strip_prefix(&*relation.name)?;
                Some((at, rest.strip_prefix(separator)?))
            })
            .min_by_key(|(_, rest)| rest.len())
    }

    /// Returns the columns that a name stands for; for a relation, the columns of this model that the relation's join
    /// compares.
    pub(super) fn columns(&self, named: NameMeaning) -> Vec<ColumnNumber> {
        match named {
            NameMeaning::Column(column) => vec![column],
            NameMeaning::Id => self.url_key.clone(),
            NameMeaning::Key => self.model.key().to_vec(),
            NameMeaning::Relation(at) => {
                let relation = self.relations.get(at);
                relation.map_or_else(Vec::new, |relation| relation.join.here().collect())
            }
        }
    }

    pub(super) fn leads_to_many(&self, relation: usize) -> bool {
        self.relations
            .get(relation)
            .is_some_and(|relation| relation.join.many)
    }

    /// Returns an error if a name goes through too many relations.
    pub(super) fn check_relations(&self, name: &str, count: usize) -> Result<(), Refusal> {
        let most = self.limits.relations;
        if count <= most {
            return Ok(());
        }
        let name = hint::shown(name);
        let detail =
            format!("`{name}` goes through more relations than are followed: at most {most}");
        Err(Refusal(Code::LimitExceeded, detail))
    }
}

/// Returns the rest of `name` after `known`: empty, or a text that begins with `__`. `None` if `name` does not begin
/// with `known`, or goes on without `__`, as `makes` does after `make`.
pub(super) fn after<'a>(name: &'a str, known: &str) -> Option<&'a str> {
    name.strip_prefix(known)
        .filter(|rest| rest.is_empty() || rest.starts_with("__"))
}
