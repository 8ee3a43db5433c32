//! Which members an object is shown with: `fields=href,make`.

use super::{Reading, hint, items::Item};
use crate::error::Code;

/// The members of an object, each kind in declared order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) href: bool,
    /// The second name of the key.
    pub(crate) id: bool,
    pub(crate) columns: Vec<u16>,
    /// Places in [`Offer::relations`](super::Offer).
    pub(crate) relations: Vec<usize>,
    /// The relations whose rows are embedded instead of linked; they are among `relations`.
    pub(crate) expand: Vec<Expansion>,
}

/// A relation whose rows stand in the object, and what is shown of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// A place in [`Offer::relations`](super::Offer).
    pub(crate) relation: usize,
    pub(crate) selection: Selection,
}

/// The member that links to the object itself.
const HREF: &str = "href";

impl Reading<'_> {
    pub(super) fn fields(&mut self, links_only: bool) -> Selection {
        let offer = self.offer;
        let visible = || offer.model.numbered().filter(|(_, column)| !column.hidden);
        let everything = Selection {
            href: true,
            id: offer.id_member.is_some(),
            columns: visible().map(|(number, _)| number).collect(),
            relations: (0..offer.relations.len()).collect(),
            expand: Vec::new(),
        };
        let Some(pair) = self.reserved("fields") else {
            return if links_only {
                Selection {
                    href: true,
                    ..Selection::default()
                }
            } else {
                everything
            };
        };
        if offer.fixed_fields {
            let detail = format!(
                "`fields` is not offered by {}: its objects are shown as they are",
                offer.label
            );
            self.fault("fields", Code::NotSupported, detail);
            return everything;
        }
        match self.names(&pair, offer.limits.items, "href,make") {
            Some(names) => self.selected(&names),
            None => everything,
        }
    }

    /// The members of these names, whatever their order; the others are faults.
    fn selected(&mut self, names: &[Item<'_>]) -> Selection {
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

    fn is_member(&self, name: &str) -> bool {
        self.members().any(|member| member == name)
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        let columns = self.offer.names().map(|(_, name)| name);
        let relations = self.offer.relations.iter().map(|relation| &*relation.name);
        [HREF].into_iter().chain(columns).chain(relations)
    }

    /// The fault of a name that is none; the first one tells the names there are.
    fn unknown_field(&mut self, name: &str, tell: bool) {
        let mut near = hint::nearest(name, self.members());
        if near.is_empty() && tell {
            near = format!("; its fields are {}", hint::list(self.members()));
        }
        let detail = format!(
            "{} has no field `{}`{near}",
            self.offer.label,
            hint::shown(name)
        );
        self.fault("fields", Code::UnknownField, detail);
    }
}
