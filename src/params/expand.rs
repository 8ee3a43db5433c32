//! Which relations are embedded instead of linked: `expand=parts,owner.address`.
//!
//! Commas separate names, and dots separate the relations that a name goes through. If several relations match the
//! beginning of a name, the longest match wins. An embedded row has the members that a list shows of it.

use super::{
    fields::{Expansion, Selection, Shown},
    hint,
    offer::Offer,
    parameter::Parameter,
    path::{NameMeaning, Path, Refusal},
    reading::QueryReader,
};
use crate::error::Code;

impl<'a> QueryReader<'a> {
    /// Returns the relations to embed, from `expand`. At each level of nesting, they are ordered by their index in the
    /// offer.
    pub(super) fn expand(&mut self) -> Vec<Expansion> {
        let mut embedded = Selection::default();
        let Some(pair) = self.reserved(Parameter::Expand) else {
            return embedded.expand;
        };
        let most = self.offer.limits.items;
        let relations = self.offer.relations.iter().take(2);
        let example: Vec<_> = relations.map(|relation| relation.name.clone()).collect();
        let names = self.names(&pair, most, &example);
        let names = names.unwrap_or_default();
        for (at, name) in names.iter().enumerate() {
            let name = &*name.text;
            if names.iter().take(at).any(|other| other.text == name) {
                let detail = format!("`expand` names `{}` more than once", hint::shown(name));
                self.fault("expand", Code::Repeated, detail);
                continue;
            }
            match self.relations(name) {
                Ok(relations) => embedded.embed(&relations),
                Err(Refusal(code, detail)) => self.fault("expand", code, detail),
            }
        }
        embedded.expand
    }

    /// Returns the relations that a name goes through, each with its index and the offer of the place that it leads to.
    fn relations(&self, name: &str) -> Result<Vec<(usize, &'a Offer)>, Refusal> {
        let most = self.offer.limits.expand_depth;
        let (mut path, mut rest, mut relations) = (Path::at(self.offer), Some(name), Vec::new());
        while let Some(left) = rest {
            let relation = path
                .offer
                .relation(left, "")
                .filter(|(_, rest)| rest.is_empty());
            let further = path.offer.relation(left, ".");
            let (relation, after) = match (relation, further) {
                (Some((relation, _)), _) => (relation, None),
                (None, Some((relation, after))) => (relation, Some(after)),
                (None, None) => return Err(self.no_relation(path.offer, name, left)),
            };
            let Some(next) = path.next(relation, self.world) else {
                return Err(self.no_relation(path.offer, name, left));
            };
            if relations.len() == most {
                let name = hint::shown(name);
                let detail =
                    format!("`{name}` expands deeper than is shown: at most {most} relations");
                return Err(Refusal(Code::LimitExceeded, detail));
            }
            relations.push((relation, next.offer));
            (path, rest) = (next, after);
        }
        Ok(relations)
    }

    /// Returns the error of a name whose part `left`, after the relations of its beginning, is no relation of `offer`.
    fn no_relation(&self, offer: &Offer, name: &str, left: &str) -> Refusal {
        let before = name.strip_suffix(left).unwrap_or_default();
        let (label, shown) = (&self.offer.label, hint::shown(name));
        let relations = || offer.relations.iter().map(|relation| &*relation.name);
        let first = left.split('.').next().unwrap_or_default();
        let is_column = matches!(
            offer.named(left),
            Some(NameMeaning::Column(_) | NameMeaning::Id)
        );
        let detail = if is_column {
            format!("`{shown}` is a column, not a relation, so it cannot be expanded")
        } else {
            let mut near = hint::nearest_after(before, first, relations());
            if near.is_empty() && !offer.relations.is_empty() {
                near = format!(
                    "; its relations are {}",
                    hint::list_after(before, relations())
                );
            }
            format!("{label} has no relation `{shown}`{near}")
        };
        Refusal(Code::UnknownField, detail)
    }
}

impl Selection {
    /// Adds the relations that one name goes through: `owner` of `owner.address` to this selection, and `address` to
    /// the selection of the owner's members.
    fn embed(&mut self, relations: &[(usize, &Offer)]) {
        let Some(((relation, offer), inner)) = relations.split_first() else {
            return;
        };
        if let Err(at) = self.relations.binary_search(relation) {
            self.relations.insert(at, *relation);
        }
        let found = self
            .expand
            .binary_search_by_key(relation, |expansion| expansion.relation);
        let at = found.unwrap_or_else(|at| {
            let expansion = Expansion {
                relation: *relation,
                selection: offer.everything(Shown::List),
            };
            self.expand.insert(at, expansion);
            at
        });
        if let Some(expansion) = self.expand.get_mut(at) {
            expansion.selection.embed(inner);
        }
    }
}
