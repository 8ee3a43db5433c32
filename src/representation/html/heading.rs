//! The headings of a list, by which it is ordered.

use super::{
    super::{context::PageContext, objects::Objects},
    cell_view::class,
    query::LinkQuery,
    row_view::RowViews,
};
use crate::{
    model::{Column, ColumnNumber},
    params::{Offer, list_item, split_list},
};

/// The heading of a column, and how a click orders the list by it.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) class: &'static str,
    /// The link that orders the list by the column; `None` if it cannot be.
    pub(super) order: Option<String>,
    /// How the list is ordered by the column, for `aria-sort`.
    pub(super) sorted: Option<&'static str>,
}

impl Heading {
    /// Returns the headings of the members of a list's objects.
    pub(super) fn all(views: RowViews<'_>, context: &PageContext<'_>) -> Vec<Self> {
        let Objects { columns, .. } = views.objects;
        let query = LinkQuery(context.query);
        let order = Ordering::of(views.offer, query);
        let of_columns = columns.iter().map(|(number, _)| {
            let column = views.column(*number);
            let name = views.column_name(*number);
            let sorted = order.direction(name);
            let is_orderable = views
                .offer
                .is_some_and(|offer| number.item(&offer.orderable) == Some(&true));
            Self {
                name: name.to_owned(),
                title: column.and_then(|column| column.description.clone()),
                class: column.map_or("text", class),
                order: is_orderable.then(|| Ordering::link(query, name, sorted)),
                sorted,
            }
        });
        let of_relations = views.relations().map(|(relation, _)| Self {
            name: views.relation_name(relation).to_owned(),
            title: None,
            class: "text",
            order: None,
            sorted: None,
        });
        of_columns.chain(of_relations).collect()
    }
}

impl Heading {
    /// Returns the headings of groups with these columns.
    pub(super) fn of_groups(columns: &[Column], query: LinkQuery<'_>) -> Vec<Self> {
        let mut order = Ordering::of(None, query);
        if order.0.is_empty() {
            let first = columns.first();
            order
                .0
                .extend(first.map(|column| (column.name.clone(), false)));
        }
        let heading = |column: &Column| {
            let sorted = order.direction(&column.name);
            Self {
                name: column.name.clone(),
                title: None,
                class: class(column),
                order: Some(Ordering::link(query, &column.name, sorted)),
                sorted,
            }
        };
        columns.iter().map(heading).collect()
    }
}

/// The ordering of a list: the names of columns, each with whether it is descending.
struct Ordering(Vec<(String, bool)>);

impl Ordering {
    fn of(offer: Option<&Offer>, query: LinkQuery<'_>) -> Self {
        let asked = query.value("ordering").or_else(|| query.value("sort_by"));
        let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
            return Self(offer.map(default_order).unwrap_or_default());
        };
        let terms = split_list(&asked).unwrap_or_default().into_iter();
        let terms = terms.map(|term| match term.text.strip_prefix('-') {
            Some(name) => (name.to_owned(), true),
            None => (term.text.into_owned(), false),
        });
        Self(terms.collect())
    }

    /// Returns the direction of a column by which the list is ordered first.
    fn direction(&self, name: &str) -> Option<&'static str> {
        let (first, descends) = self.0.first()?;
        (first == name).then_some(if *descends { "descending" } else { "ascending" })
    }

    /// Returns the link that orders by a column: ascending, unless the list is in that order already.
    fn link(query: LinkQuery<'_>, name: &str, sorted: Option<&str>) -> String {
        let term = match sorted {
            Some("ascending") => format!("-{name}"),
            Some(_) | None => list_item(name).into_owned(),
        };
        query.ordered(&term)
    }
}

/// Returns the order of a list whose request asks for none.
fn default_order(offer: &Offer) -> Vec<(String, bool)> {
    let name = |number: ColumnNumber| offer.model.at(number).map(Column::name);
    let order = offer.default_order.iter();
    let own = order.take_while(|order| order.through.is_empty());
    let own = own.filter_map(|order| Some((name(order.column)?.to_owned(), order.descending)));
    let own: Vec<_> = own.collect();
    if !own.is_empty() {
        return own;
    }
    let key = offer.model.last_order().iter();
    key.filter_map(|number| Some((name(*number)?.to_owned(), false)))
        .collect()
}
