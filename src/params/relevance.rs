//! The ordering by how well rows match a search: `search=red car&ordering=-search_rank`.

use super::{
    items::Item,
    offer::Offer,
    order::split_sign,
    paging::{Paging, Position},
    pairs::Pair,
    parameter::Parameter,
    reading::QueryReader,
    search::Search,
};
use crate::{error::Code, full_text::Relevance};

/// The name by which lists are ordered by relevance. It rises with how well a row matches.
pub(crate) const SEARCH_RANK: &str = "search_rank";

/// The term of an ordering by relevance, and the parameter that has it.
pub(super) struct RankTerm {
    parameter: String,
    best_first: bool,
}

impl QueryReader<'_> {
    /// Removes the terms by relevance and returns the first. Adds a fault if one is not the first of all.
    pub(super) fn take_rank(
        &mut self,
        pair: &Pair<'_>,
        terms: &mut Vec<Item<'_>>,
    ) -> Option<RankTerm> {
        self.offer.full_text.as_ref()?;
        let is_rank = |term: &Item<'_>| split_sign(&term.text).1 == SEARCH_RANK;
        if terms.iter().skip(1).any(is_rank) {
            let detail = format!(
                "`{}`: `{SEARCH_RANK}` must come first; what follows decides between rows that match as well",
                pair.name
            );
            self.fault(&*pair.name, Code::InvalidValue, detail);
        }
        let first = terms.first().filter(|term| is_rank(term));
        let rank = first.map(|term| RankTerm {
            parameter: pair.name.to_string(),
            best_first: split_sign(&term.text).0,
        });
        terms.retain(|term| !is_rank(term));
        rank
    }

    /// Returns the ordering by how well rows match `search`; `None` if it has no terms by which they could, or after a
    /// fault.
    pub(super) fn relevance(
        &mut self,
        rank: &RankTerm,
        search: Option<&Search>,
        paging: &Paging,
    ) -> Option<Relevance> {
        let parameter = rank.parameter.as_str();
        if paging.position == Position::Cursor {
            let instead = self.offer.pages.positions();
            let instead = instead.into_iter().find(|name| *name != "cursor");
            let instead =
                instead.map_or_else(String::new, |name| format!("; ask for them by `{name}`"));
            let detail =
                format!("`{parameter}` by `{SEARCH_RANK}` has no pages by cursor{instead}");
            self.fault(parameter, Code::Conflicting, detail);
            return None;
        }
        let is_asked = self.reserved(Parameter::Search).is_some();
        if !is_asked {
            let detail = format!(
                "`{parameter}` by `{SEARCH_RANK}` needs a `search`, which the rows match more or less"
            );
            self.fault(parameter, Code::Conflicting, detail);
        }
        let sought = search?.sought.clone()?;
        let best_first = rank.best_first;
        Some(Relevance { sought, best_first })
    }
}

impl Offer {
    /// Whether lists can be ordered by relevance: `search` is full text, and not all pages are by cursor.
    pub(crate) fn has_relevance(&self) -> bool {
        self.full_text.is_some() && (self.pages.numbered || self.pages.windows)
    }
}
