//! Which members (columns, relations, `href`) the objects of an answer have: `fields=href,make`.

use super::{
    hint, items::Item, offer::Offer, parameter::Parameter, reading::QueryReader, to_one::ToOne,
};
use crate::{error::Code, model::ColumnNumber};

/// The members to show of an object, each kind in the order of declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) href: bool,
    /// Whether the viewset's `id_member`, a member such as `id` that shows the key, is shown.
    pub(crate) id: bool,
    pub(crate) columns: Vec<ColumnNumber>,
    /// The relations, by their index in [`Offer::relations`](super::Offer).
    pub(crate) relations: Vec<usize>,
    /// The relations to embed, all of which are in `relations`, too. The others of `relations` are linked.
    pub(crate) expand: Vec<Expansion>,
}

/// A relation whose rows are embedded in the object, and the members to show of these rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// The index in [`Offer::relations`](super::Offer).
    pub(crate) relation: usize,
    pub(crate) selection: Selection,
}

/// The name of the member that links to the object itself.
const HREF: &str = "href";

/// Whether an answer shows many objects, in a list, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    List,
    Object,
}

impl Offer {
    /// Whether each row of the place has a URL, for which it needs a key.
    pub(crate) fn has_objects(&self) -> bool {
        !self.url_key.is_empty() || self.is_single
    }

    /// Returns the names of the members that objects may have.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        let href = self.has_objects().then_some(HREF);
        href.into_iter().chain(self.names().map(|(_, name)| name))
    }

    /// Returns all members of an object; those of a list's objects without the to-many relations.
    pub(super) fn everything(&self, shown: Shown) -> Selection {
        let visible = self.model.numbered().filter(|(_, column)| !column.hidden);
        let relations = (0..).zip(&self.relations);
        Selection {
            href: self.has_objects(),
            id: self.id_member.is_some(),
            columns: visible.map(|(number, _)| number).collect(),
            relations: relations
                .filter(|(_, relation)| shown == Shown::Object || !relation.join.many)
                .map(|(at, _)| at)
                .collect(),
            expand: Vec::new(),
        }
    }
}

impl QueryReader<'_> {
    /// Returns the members to show: those that `fields` selects, else the default ones, and the relations of `expand`.
    pub(super) fn fields(&mut self, shown: Shown, expand: Vec<Expansion>) -> Selection {
        let mut selection = self.asked_fields(shown, &expand);
        self.embed_by_default(&mut selection, &expand);
        let expanded = expand.iter().map(|expansion| expansion.relation);
        selection.relations.extend(expanded);
        selection.relations.sort_unstable();
        selection.relations.dedup();
        selection.expand.extend(expand);
        selection.expand.sort_by_key(|expansion| expansion.relation);
        selection
    }

    /// Embeds the shown relations that the viewset embeds unless `expand` does.
    fn embed_by_default(&self, selection: &mut Selection, expand: &[Expansion]) {
        for relation in &selection.relations {
            let served = self.offer.relations.get(*relation);
            let served = served.filter(|served| served.shape == ToOne::Object);
            let target = served.and_then(|served| self.world.offer(served.place));
            if let Some(target) = target
                && !expand.iter().any(|one| one.relation == *relation)
                && !self.exports()
            {
                selection.expand.push(Expansion {
                    relation: *relation,
                    selection: target.everything(Shown::List),
                });
            }
        }
    }

    /// Whether the whole list is requested, whose rows are shown without rows of other lists.
    fn exports(&self) -> bool {
        let page = self.reserved(Parameter::Page);
        page.is_some_and(|page| page.value == "all")
    }

    fn asked_fields(&mut self, shown: Shown, expand: &[Expansion]) -> Selection {
        let offer = self.offer;
        let Some(pair) = self.reserved(Parameter::Fields) else {
            if offer.links_only && shown == Shown::List {
                return Selection {
                    href: offer.has_objects(),
                    ..Selection::default()
                };
            }
            return offer.everything(shown);
        };
        if offer.fixed_fields {
            let detail = format!(
                "`fields` is not offered by {}: its objects are shown as they are",
                offer.label
            );
            self.fault("fields", Code::NotSupported, detail);
            return Selection::default();
        }
        let example: Vec<_> = self.members().take(2).map(hint::in_a_list).collect();
        match self.names(&pair, offer.limits.items, &example) {
            Some(names) => self.selected(&names, shown, expand),
            None => Selection::default(),
        }
    }

    /// Returns the members with these names, in declared order. Unknown and repeated names become faults.
    fn selected(&mut self, names: &[Item<'_>], shown: Shown, expand: &[Expansion]) -> Selection {
        let offer = self.offer;
        let mut told = false;
        for (at, name) in names.iter().enumerate() {
            let name = &*name.text;
            if names.iter().take(at).any(|other| other.text == name) {
                let detail = format!("`fields` names `{}` more than once", hint::shown(name));
                self.fault("fields", Code::Repeated, detail);
            } else if !self.is_member(name) {
                self.unknown_field(name, !told);
                told = true;
            } else if shown == Shown::List {
                self.check_shown_in_lists(name, expand);
            }
        }
        let named = |name: &str| names.iter().any(|item| item.text == name);
        let columns = offer.model.numbered().filter(|(_, column)| !column.hidden);
        Selection {
            href: named(HREF),
            id: offer.id_member.as_deref().is_some_and(named),
            columns: columns
                .filter(|(_, column)| named(&column.name))
                .map(|(number, _)| number)
                .collect(),
            relations: (0..)
                .zip(&offer.relations)
                .filter(|(_, relation)| named(&relation.name))
                .map(|(at, _)| at)
                .collect(),
            expand: Vec::new(),
        }
    }

    /// Adds a fault if a name is a to-many relation that is not in `expand`: lists show only expanded ones.
    fn check_shown_in_lists(&mut self, name: &str, expand: &[Expansion]) {
        let relations = (0..).zip(&self.offer.relations);
        let unshown = relations
            .filter(|(_, relation)| relation.join.many && relation.name == name)
            .any(|(at, _)| expand.iter().all(|expansion| expansion.relation != at));
        if unshown {
            let detail =
                format!("`{name}` is shown in lists when it is expanded: add `expand={name}`");
            self.fault("fields", Code::UnknownField, detail);
        }
    }

    fn is_member(&self, name: &str) -> bool {
        self.members().any(|member| member == name)
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        self.offer.members()
    }

    /// Adds the fault of a name that is no member. If no member has a similar name and `tell` is set, the fault lists
    /// the members.
    fn unknown_field(&mut self, name: &str, tell: bool) {
        let mut near = hint::nearest_as(name, self.members(), hint::in_a_list);
        if near.is_empty() && tell {
            near = format!(
                "; its fields are {}",
                hint::list_as(self.members(), hint::in_a_list)
            );
        }
        let detail = format!(
            "{} has no field `{}`{near}",
            self.offer.label,
            hint::shown(name)
        );
        self.fault("fields", Code::UnknownField, detail);
    }
}
