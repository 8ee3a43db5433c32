//! The page of a list.

use askama::Template;

use super::{
    super::{
        context::{ActionLink, PageContext},
        objects::Objects,
        writer::Pagination,
    },
    facets::FacetPanel,
    filters::{Chip, FilterForm, FilterInput, chips},
    heading::Heading,
    pager::Pager,
    query::LinkQuery,
    row_view::{RowView, RowViews, ValueView},
};
use crate::{
    error::Result,
    model::Column,
    operation::Page,
    params::{Parameter, Position, SEARCH_RANK},
};

/// The main part of the page of a list.
#[derive(Debug, Template)]
#[template(path = "list.html", config = "src/representation/html/askama.toml")]
pub(super) struct ListPage<'a> {
    pub(super) title: String,
    description: Option<&'a str>,
    uri: &'a str,
    headings: Vec<Heading>,
    rows: Vec<RowView<'a>>,
    has_objects: bool,
    pager: Pager,
    chips: Vec<Chip>,
    clear: String,
    filters: FilterForm,
    facets: FacetPanel<'a>,
    /// The text that is searched for; `None` if the list cannot be searched.
    search: Option<String>,
    search_kept: Vec<(String, String)>,
    search_columns: String,
    /// The link to the rows that match the search best; `None` if there is no such order, or it is this one.
    best_first: Option<String>,
    may_create: bool,
    may_paste: bool,
    actions: &'a [ActionLink<'a>],
}

impl<'a> ListPage<'a> {
    pub(super) fn of(
        page: &'a Page,
        pagination: &Pagination,
        objects: &'a Objects,
        context: &'a PageContext<'_>,
    ) -> Result<Self> {
        let place = context.place()?;
        let offer = place.offer;
        let views = RowViews {
            objects,
            offer: Some(offer),
            in_list: true,
        };
        let rows = page.rows.iter().enumerate();
        let rows: Vec<_> = rows
            .map(|(at, row)| views.view(row, at, &page.related, b""))
            .collect();
        let query = LinkQuery(context.query);
        let searched = offer.search.iter();
        let searched = searched.filter_map(|number| offer.model.at(*number));
        let searched: Vec<_> = searched.map(Column::name).collect();
        let kept = query.pairs();
        let is_ranked = query.is_ranked(offer);
        let is_order = |name: &str| matches!(name, "ordering" | "sort_by");
        let kept = kept.filter(|(name, ..)| !Position::is_named(name) && name != "search");
        let kept = kept.filter(|(name, ..)| !(is_ranked && is_order(name)));
        let is_searched = query.value("search").is_some_and(|text| !text.is_empty());
        let ranks = is_searched && !is_ranked && offer.has_relevance();
        Ok(Self {
            title: offer.label.clone(),
            description: offer.model.describes(),
            uri: &context.uri,
            headings: Heading::all(views, context),
            has_objects: rows.iter().any(|row| row.href.is_some()),
            rows,
            pager: Pager::of(page, pagination, context),
            chips: chips(context),
            clear: cleared(query, is_ranked),
            filters: FilterForm::of(offer, context),
            facets: FacetPanel::of(page, objects, offer, context),
            search: (!searched.is_empty())
                .then(|| query.value("search").unwrap_or_default().into_owned()),
            search_kept: kept
                .map(|(name, value, _)| (name.into_owned(), value.into_owned()))
                .collect(),
            search_columns: searched.join(", "),
            best_first: ranks.then(|| query.ordered(&format!("-{SEARCH_RANK}"))),
            may_create: place.may.create,
            may_paste: place.may.create && offer.limits.bulk_rows > 1,
            actions: &place.actions,
        })
    }
}

impl ListPage<'_> {
    /// Whether the page has a form for its size, which an empty list has no use for.
    fn offers_sizes(&self) -> bool {
        self.pager.sizes.len() > 1 && !self.rows.is_empty()
    }
}

/// Returns the link to the list without any filter, and without the order of a search.
fn cleared(query: LinkQuery<'_>, is_ranked: bool) -> String {
    let pairs = query.pairs().filter(|(name, ..)| {
        Parameter::named(name).is_some_and(|one| !one.is_group())
            && name != "search"
            && !(is_ranked && matches!(&**name, "ordering" | "sort_by"))
            && !Position::is_named(name)
    });
    let kept: Vec<_> = pairs.map(|(.., piece)| piece).collect();
    format!("?{}", kept.join("&"))
}
