//! Query strings of links: that of the request with single parameters replaced, and all others as they were received.

use std::borrow::Cow;

use crate::{
    link::query_pair,
    params::{Offer, Position, SEARCH_RANK, form_pairs},
};

/// The query string of a request, from which those of links are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkQuery<'a>(pub(super) &'a str);

impl<'a> LinkQuery<'a> {
    /// Returns the decoded pairs, each with its text as received.
    pub(super) fn pairs(self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>, &'a str)> {
        let pieces = self.0.split('&').filter(|piece| !piece.is_empty());
        pieces.filter_map(|piece| {
            let pair = form_pairs(piece, &mut Vec::new()).into_iter().next()?;
            Some((pair.0, pair.1, piece))
        })
    }

    /// Returns the value of a parameter.
    pub(super) fn value(self, name: &str) -> Option<Cow<'a, str>> {
        let mut pairs = self.pairs();
        pairs
            .find(|(known, ..)| known == name)
            .map(|(_, value, _)| value)
    }

    /// Whether the list is ordered by how well its rows match a search.
    pub(super) fn is_ranked(self, offer: &Offer) -> bool {
        let order = self.value("ordering").or_else(|| self.value("sort_by"));
        let first = order.as_deref().and_then(|order| order.split(',').next());
        let first = first.map(|term| term.strip_prefix('-').unwrap_or(term));
        offer.full_text.is_some() && first == Some(SEARCH_RANK)
    }

    /// Returns the link `?…` with the ordering `order`, from the first page on.
    pub(super) fn ordered(self, order: &str) -> String {
        self.link(&without_order(&[]), Some(("ordering", order)))
    }

    /// Returns the link `?…` without search and ordering, from the first page on.
    pub(super) fn without_search(self) -> String {
        self.link(&without_order(&["search"]), None)
    }

    /// Returns the link `?…` without the parameters `without`, and with the pair `with` at the end.
    pub(super) fn link(self, without: &[&str], with: Option<(&str, &str)>) -> String {
        let mut link = String::with_capacity(self.0.len() + 48);
        link.push('?');
        let mut add = |piece: &str| {
            if link.len() > 1 {
                link.push('&');
            }
            link.push_str(piece);
        };
        for (name, _, piece) in self.pairs() {
            if !without.contains(&&*name) {
                add(piece);
            }
        }
        if let Some((name, value)) = with {
            add(&query_pair(name, value));
        }
        link
    }

    /// Returns the link `?…` without one pair, given as received, and without the page.
    pub(super) fn link_without(self, piece: &str) -> String {
        let kept = self.pairs().filter(|(name, ..)| !Position::is_named(name));
        let mut kept: Vec<_> = kept.map(|(.., piece)| piece).collect();
        if let Some(at) = kept.iter().position(|known| *known == piece) {
            kept.remove(at);
        }
        format!("?{}", kept.join("&"))
    }
}

/// Returns the names of the parameters that say where a page is, those of the ordering, and `more`.
fn without_order(more: &[&'static str]) -> Vec<&'static str> {
    [&Position::names()[..], &["ordering", "sort_by"], more].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_parameters_change() {
        let query = LinkQuery("make=A%20B&page=3&make=C&&x=+");
        assert_eq!(query.link(&["page"], None), "?make=A%20B&make=C&x=+");
        assert_eq!(
            query.link(&["page", "x"], Some(("ordering", "-a&b"))),
            "?make=A%20B&make=C&ordering=-a%26b"
        );
        assert_eq!(query.link_without("make=C"), "?make=A%20B&x=+");
        assert_eq!(LinkQuery("a=1&a=1").link_without("a=1"), "?a=1");
        assert_eq!(query.value("make").as_deref(), Some("A B"));
    }
}
