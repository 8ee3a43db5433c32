//! The style of the names of members, for a whole API.

use std::collections::BTreeSet;

use super::links::Linked;
use crate::{
    model::{Column, camel_case},
    params::Offer,
};

/// How columns and relations are called in requests and answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NameStyle {
    /// As the models and viewsets call them.
    #[default]
    AsGiven,
    CamelCase,
}

impl NameStyle {
    /// Renames the columns and relations of all places to this style, and the filters in links to lists. Two members that
    /// get the same name are a mistake.
    pub(super) fn set(
        self,
        offers: &mut [Offer],
        links: &mut [Vec<Linked>],
        mistakes: &mut Vec<String>,
    ) {
        match self {
            Self::AsGiven => {}
            Self::CamelCase => {
                offers.iter_mut().for_each(|offer| rename(offer, mistakes));
                let lists = links.iter_mut().flatten();
                let lists = lists.filter_map(|linked| linked.list.as_mut());
                lists.for_each(|list| list.rename(camel_case));
            }
        }
    }
}

fn rename(offer: &mut Offer, mistakes: &mut Vec<String>) {
    offer.camel_case = true;
    offer.model = offer.model.clone().renamed(camel_case);
    for relation in &mut offer.relations {
        relation.name = camel_case(&relation.name);
    }
    offer.id_member = offer.id_member.as_deref().map(camel_case);
    let columns = offer.model.columns().iter().map(Column::name);
    let relations = offer
        .relations
        .iter()
        .map(|relation| relation.name.as_str());
    let mut known = BTreeSet::new();
    for name in columns.chain(relations).chain(offer.id_member.as_deref()) {
        if !known.insert(name) {
            mistakes.push(format!(
                "{}: two members would be named `{name}` in camelCase; rename one of them",
                offer.model.name()
            ));
        }
    }
}
