//! The page of groups of rows, with a bar for each number.

use askama::Template;

use super::{
    super::{context::PageContext, writer::Pagination},
    cell_view::{CellView, class},
    facets::FacetPanel,
    filters::{Chip, FilterForm, FilterInput, chips},
    heading::Heading,
    pager::Pager,
    query::LinkQuery,
};
use crate::{
    cell::{Cell, Row, Rows, Type},
    error::Result,
    model::Column,
    operation::Page,
    params::Position,
};

/// The main part of the page of groups.
#[derive(Debug, Template)]
#[template(path = "groups.html", config = "src/representation/html/askama.toml")]
pub(super) struct GroupsPage<'a> {
    pub(super) title: String,
    uri: &'a str,
    /// The link to the rows that are grouped.
    rows_uri: String,
    headings: Vec<Heading>,
    rows: Vec<Vec<GroupCell<'a>>>,
    pager: Pager,
    chips: Vec<Chip>,
    filters: FilterForm,
    facets: FacetPanel<'a>,
}

/// A cell of a group.
#[derive(Debug)]
struct GroupCell<'a> {
    class: &'static str,
    value: CellView<'a>,
    /// The length of its bar, in percent of the longest; `None` if it has none.
    percent: Option<u64>,
}

impl<'a> GroupsPage<'a> {
    /// Returns the page of groups with these columns, of which the first ones, so many, are those that the rows are
    /// grouped by.
    pub(super) fn of(
        page: &'a Page,
        pagination: &Pagination,
        (columns, groups): (&[Column], usize),
        context: &'a PageContext<'_>,
    ) -> Result<Self> {
        let place = context.place()?;
        let query = LinkQuery(context.query);
        let longest: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let has_bar = at >= groups && is_number(&column.ty);
                has_bar.then(|| longest(&page.rows, at)).flatten()
            })
            .collect();
        let cell = |at: usize, column: &Column, row: Row<'a>| GroupCell {
            class: class(column),
            value: CellView::of(row.cell(at), true),
            percent: longest
                .get(at)
                .copied()
                .flatten()
                .and_then(|longest| percent(row.cell(at), longest)),
        };
        let rows = page.rows.iter().map(|row| {
            let cells = columns.iter().enumerate();
            cells.map(|(at, column)| cell(at, column, row)).collect()
        });
        Ok(Self {
            title: format!("{}: groups", place.offer.label),
            uri: &context.uri,
            rows_uri: {
                let of_groups = ["aggregate", "group_by", "ordering", "sort_by"];
                query.link(&[&Position::names()[..], &of_groups].concat(), None)
            },
            headings: Heading::of_groups(columns, query),
            rows: rows.collect(),
            pager: Pager::of(page, pagination, context).of_groups(),
            chips: chips(context),
            filters: FilterForm::of(place.offer, context),
            facets: FacetPanel::default(),
        })
    }

    /// Whether the page has a form for its size, which an empty list has no use for.
    fn offers_sizes(&self) -> bool {
        self.pager.sizes.len() > 1 && !self.rows.is_empty()
    }
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Integer { .. } | Type::Float | Type::Decimal)
}

/// Returns the greatest number of a column.
fn longest(rows: &Rows, at: usize) -> Option<f64> {
    let numbers = rows.iter().filter_map(|row| number(row.cell(at)));
    numbers.reduce(f64::max).filter(|longest| *longest > 0.0)
}

/// Returns the length of a bar, in percent of the longest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 100"
)]
fn percent(cell: Cell<'_>, longest: f64) -> Option<u64> {
    let share = number(cell)? / longest * 100.0;
    share
        .is_finite()
        .then(|| share.clamp(0.0, 100.0).ceil() as u64)
}

/// Returns a number as the length of a bar.
fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        #[expect(clippy::cast_precision_loss, reason = "a bar is no more exact")]
        Cell::Integer(number) => Some(number as f64),
        #[expect(clippy::cast_precision_loss, reason = "a bar is no more exact")]
        Cell::Unsigned(number) => Some(number as f64),
        Cell::Float(number) => Some(number),
        Cell::Decimal(text) | Cell::Json(text) => text.parse().ok(),
        _ => None,
    }
}
