//! The facets of a list: the values of columns, each with the number of its rows and the link that filters by it.

use super::{
    super::{context::PageContext, objects::Objects},
    cell_view::CellView,
    filters::parameter,
    query::LinkQuery,
};
use crate::{
    cell::{BODY_BYTES, Cell, write_text},
    model::Column,
    operation::{FacetCounts, Page},
    params::{Lookup, Offer, Parameter, Position, list_item},
};

/// The facets of a list, and those that can be asked for.
#[derive(Debug, Default)]
pub(super) struct FacetPanel<'a> {
    pub(super) facets: Vec<FacetView<'a>>,
    pub(super) others: Vec<PanelLink<'a>>,
    /// The columns that the rows can be grouped by, each with the link that counts them so.
    pub(super) groups: Vec<PanelLink<'a>>,
}

/// A link of the panel: the name of a column, and what a click asks for.
#[derive(Debug)]
pub(super) struct PanelLink<'a> {
    pub(super) name: &'a str,
    pub(super) uri: String,
}

/// The values of a column.
#[derive(Debug)]
pub(super) struct FacetView<'a> {
    pub(super) name: &'a str,
    /// The link to the list without the facet.
    pub(super) hide: String,
    pub(super) values: Vec<FacetValue<'a>>,
    pub(super) is_cut: bool,
}

/// A value of a column.
#[derive(Debug)]
pub(super) struct FacetValue<'a> {
    pub(super) value: CellView<'a>,
    pub(super) count: String,
    /// The length of its bar, in percent of the longest.
    pub(super) percent: u64,
    pub(super) is_chosen: bool,
    /// The link that filters by the value or, if it is chosen, no longer does; `None` if the column has no such filter.
    pub(super) uri: Option<String>,
}

impl FacetPanel<'_> {
    /// Whether the panel shows anything.
    pub(super) fn is_there(&self) -> bool {
        !(self.facets.is_empty() && self.others.is_empty() && self.groups.is_empty())
    }
}

impl<'a> FacetPanel<'a> {
    pub(super) fn of(
        page: &'a Page,
        objects: &'a Objects,
        offer: &'a Offer,
        context: &'a PageContext<'_>,
    ) -> Self {
        let query = LinkQuery(context.query);
        let names = &objects.members.columns;
        let name = |facet: &FacetCounts| facet.column.item(names).map_or("", String::as_str);
        let shown: Vec<&'a str> = page.facets.iter().map(name).collect();
        let facets = page.facets.iter().map(|facet| FacetView {
            name: name(facet),
            hide: {
                let others = shown.iter().filter(|other| **other != name(facet));
                with_facets(query, others.copied())
            },
            values: values(facet, offer, query),
            is_cut: facet.more,
        });
        let offered = offer.summaries.facets.iter();
        let offered = offered.filter_map(|number| offer.model.at(*number).map(Column::name));
        let others = offered.filter(|name| !shown.contains(name));
        let others = others.map(|name| PanelLink {
            name,
            uri: with_facets(query, shown.iter().copied().chain([name])),
        });
        Self {
            facets: facets.collect(),
            others: others.collect(),
            groups: group_links(offer, query),
        }
    }
}

/// Returns the links that count the rows by each of the columns that they can be grouped by.
fn group_links<'a>(offer: &'a Offer, query: LinkQuery<'_>) -> Vec<PanelLink<'a>> {
    if !offer.summaries.offers_groups() {
        return Vec::new();
    }
    let of_rows = [
        Parameter::Page,
        Parameter::Limit,
        Parameter::Offset,
        Parameter::Cursor,
        Parameter::Count,
        Parameter::Facet,
        Parameter::Fields,
        Parameter::Expand,
        Parameter::Ordering,
        Parameter::SortBy,
    ]
    .map(Parameter::name);
    let columns = offer.summaries.groups.iter();
    let columns = columns.filter_map(|number| offer.model.at(*number).map(Column::name));
    let link = |name: &str| {
        let counted = query.link(&of_rows, Some(("aggregate", "count")));
        let grouped = LinkQuery(counted.trim_start_matches('?'));
        grouped.link(&[], Some(("group_by", &list_item(name))))
    };
    columns
        .map(|name| PanelLink {
            name,
            uri: link(name),
        })
        .collect()
}

/// Returns the link to the list with these facets.
fn with_facets<'n>(query: LinkQuery<'_>, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.map(list_item).collect();
    let facet = (!names.is_empty()).then(|| names.join(","));
    query.link(&["facet"], facet.as_deref().map(|names| ("facet", names)))
}

fn values<'a>(facet: &'a FacetCounts, offer: &Offer, query: LinkQuery<'_>) -> Vec<FacetValue<'a>> {
    let count = |at: usize| match facet.values.get(at).map(|row| row.cell(1)) {
        Some(Cell::Integer(count)) => count.unsigned_abs(),
        _ => 0,
    };
    let most = count(0).max(1);
    let rows = facet.values.iter().enumerate().map(|(at, row)| {
        let (is_chosen, uri) = link(row.cell(0), facet, offer, query);
        FacetValue {
            value: CellView::of(row.cell(0), true),
            count: super::pager::grouped(count(at)),
            percent: (count(at) * 100).div_ceil(most),
            is_chosen,
            uri,
        }
    });
    rows.collect()
}

/// Returns whether the list is filtered by a value, and the link that changes that.
fn link(
    value: Cell<'_>,
    facet: &FacetCounts,
    offer: &Offer,
    query: LinkQuery<'_>,
) -> (bool, Option<String>) {
    let lookups = facet.column.item(&offer.lookups);
    let (Some(column), Some(lookups)) = (offer.model.at(facet.column), lookups) else {
        return (false, None);
    };
    let plain = column.name();
    let suffixed = |lookup: Lookup| [plain, "__", lookup.suffix()].concat();
    let (needed, name, value) = match value {
        Cell::Null => (Lookup::Isnull, suffixed(Lookup::Isnull), "true".to_owned()),
        value => {
            let mut text = Vec::new();
            write_text(value, BODY_BYTES, &mut text);
            let text = String::from_utf8(text).unwrap_or_default();
            (Lookup::Exact, parameter(plain), text)
        }
    };
    if !lookups.contains(&needed) {
        return (false, None);
    }
    let equalities = [Lookup::Exact, Lookup::In, Lookup::Isnull].map(suffixed);
    let is_own = |known: &str| {
        equalities.iter().any(|one| one == known)
            || (known == plain && Parameter::named(plain).is_none())
    };
    let is_same = |known: &str, sent: &str| {
        let known = match known == equalities[0] {
            true => parameter(plain),
            false => known.to_owned(),
        };
        known == name && sent == value
    };
    let is_chosen = query.pairs().any(|(known, sent, _)| is_same(&known, &sent));
    let others = query
        .pairs()
        .filter(|(known, ..)| !is_own(known) && !Position::is_named(known));
    let others: Vec<_> = others.map(|(.., piece)| piece).collect();
    let others = others.join("&");
    let pair = (!is_chosen).then_some((name.as_str(), value.as_str()));
    (is_chosen, Some(LinkQuery(&others).link(&[], pair)))
}
