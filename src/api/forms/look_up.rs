//! The page on which the row that a column refers to is looked up. What was typed in the form goes along.

use http::Response;

use super::{
    super::{Request, Shared, no_route},
    SentForm, page,
};
use crate::{
    body::Body,
    error::Result,
    link::query_pair,
    model::{Column, ColumnNumber},
    operation::{List, Page},
    params::{self, Format, Lookup, Offer, Paging, Position, Served, World},
    place::Place,
    policy::Access,
    representation::{FoundRow, LookUpForm},
    route::Located,
};

/// How many rows a page of the look-up shows, and how many of their columns.
const ROWS: u64 = 20;
const COLUMNS: usize = 5;

impl Shared {
    /// Returns the page with the rows that a column may refer to, as far as the request may see them.
    pub(super) async fn look_up(
        &self,
        found: &Located<'_>,
        sent: &SentForm,
        (name, action): (&str, &str),
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        let place = self.place(found.place)?;
        let relation = place.relation_by(name).ok_or_else(no_route)?;
        let target = self.place(relation.place)?;
        target.permit(Access::List, request.head)?;
        let number: u64 = sent
            .added("page")
            .and_then(|page| page.parse().ok())
            .unwrap_or(1);
        let search = sent.added("search").unwrap_or_default();
        let query = query(&target.offer, search);
        let params = params::list(&query, &target.offer, &*entered, Format::Json, None)?;
        let paging = paging(params.paging, &target.offer, number.max(1));
        let key = relation.join.there().next().ok_or_else(no_route)?;
        let columns = columns(&target.offer, key);
        let filter = entered.row_filter(relation.place).and(params.filter);
        let list = List {
            most_bytes: target.offer.limits.page_bytes,
            ..List::new(filter, params.order, columns.clone(), paging)
        };
        let rows = target.ask(list, request.head).await?;
        let model = target.model();
        let names = columns.iter().filter_map(|number| model.at(*number));
        let form = LookUpForm {
            action,
            column: name,
            model: model.name(),
            search: search.to_owned(),
            is_searched: label(&target.offer).is_some() || !target.offer.search.is_empty(),
            names: names.map(Column::name).collect(),
            rows: found_rows(&rows, &columns, key),
            previous: (number > 1).then(|| number - 1),
            next: rows.more.then(|| number.saturating_add(1)),
            typed: &sent.fields,
            kept: sent.kept(),
        };
        let document = self.writers.html().look_up(&form, &self.around(request))?;
        Ok(page(document, None))
    }
}

impl Place {
    /// Returns the relation that a column sets alone.
    pub(super) fn relation_by(&self, column: &str) -> Option<&Served> {
        let number = self.model().member(column)?;
        let mut relations = self.offer.relations.iter();
        relations
            .find(|relation| relation.is_set_by_columns() && relation.only_column() == Some(number))
    }
}

/// Returns the query string of the list of rows that match what is looked for.
fn query(offer: &Offer, search: &str) -> String {
    let parameter = match (offer.search.is_empty(), label(offer)) {
        (false, _) => Some("search".to_owned()),
        (true, label) => label.map(|column| format!("{}__icontains", column.name())),
    };
    let parameter = parameter.filter(|_| !search.is_empty());
    parameter.map_or_else(String::new, |parameter| query_pair(&parameter, search))
}

/// Returns the page of the found rows with this number, whatever pages clients may ask the list for.
fn paging(own: Paging, offer: &Offer, number: u64) -> Paging {
    let size = match offer.pages.fixed {
        true => own.size,
        false => ROWS.min(offer.pages.largest),
    };
    Paging {
        position: Position::Page(number),
        size,
        ..own
    }
}

/// Returns the first text column that may be searched, by which people know a row.
fn label(offer: &Offer) -> Option<&Column> {
    let mut columns = offer.model.numbered();
    let found = columns.find(|(number, column)| {
        let lookups = number.item(&offer.lookups);
        let is_searched = lookups.is_some_and(|all| all.contains(&Lookup::Icontains));
        !column.hidden && is_searched
    });
    found.map(|(_, column)| column)
}

/// Returns the columns that are shown of each row, ascending: the one that is referred to, and the first others.
fn columns(offer: &Offer, key: ColumnNumber) -> Vec<ColumnNumber> {
    let visible = offer.model.numbered();
    let visible = visible.filter(|(number, column)| !column.hidden && *number != key);
    let others = visible.map(|(number, _)| number).take(COLUMNS - 1);
    let mut columns: Vec<_> = others.chain([key]).collect();
    columns.sort_unstable();
    columns
}

fn found_rows(page: &Page, columns: &[ColumnNumber], key: ColumnNumber) -> Vec<FoundRow> {
    let at = columns.binary_search(&key).unwrap_or_default();
    let rows = page.rows.iter().map(|row| FoundRow {
        key: row.cell(at).to_string(),
        cells: (0..columns.len())
            .map(|at| row.cell(at).to_string())
            .collect(),
    });
    rows.collect()
}
