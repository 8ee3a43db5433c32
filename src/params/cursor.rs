//! The cursor of a page: `cursor=…`, as the links of another page have it; `cursor=` asks for the first page.
//!
//! A cursor is bound to the list that it was made for. It says between which rows of that list a page begins, so it is
//! of no use with another path, other filters or another order; the page size and the members to show may change.

use std::fmt::Write as _;

use super::{
    order::Order, paging::Position, pairs::Pair, parameter::Parameter, reading::QueryReader,
};
use crate::{
    cursor::{Boundary, CursorKey},
    error::Code,
    model::{ColumnNumber, Model},
};

/// The key of the API's cursors and the path of the list, by which the cursor of a request is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CursorReader<'a> {
    pub(crate) key: &'a CursorKey,
    pub(crate) path: &'a str,
}

/// The pages by cursor of a list.
#[derive(Debug)]
pub(crate) struct CursorPages {
    /// The list that its cursors are bound to, by its filters and its order.
    list: String,
    /// Where the requested page begins; `None` for the first one.
    pub(crate) boundary: Option<Boundary>,
}

impl CursorPages {
    /// Returns the cursor of the page that begins at a place in the list, which has this path.
    pub(crate) fn seal(&self, boundary: &Boundary, reader: CursorReader<'_>) -> String {
        let list = [self.list.as_bytes(), reader.path.as_bytes()];
        reader.key.seal(boundary, list)
    }
}

impl QueryReader<'_> {
    /// Returns the position of a page by cursor, if one is requested or the list has no other pages. Adds a fault for each
    /// parameter that is about other pages.
    pub(super) fn by_cursor(&mut self) -> Option<Position> {
        let pages = self.offer.pages;
        if !pages.cursors {
            return None;
        }
        if self.reserved(Parameter::Cursor).is_none() {
            return self.by_cursor_alone();
        }
        for other in [
            Parameter::Page,
            Parameter::Limit,
            Parameter::Offset,
            Parameter::Count,
        ] {
            if self.reserved(other).is_some() && pages.accepts(other) {
                let name = other.name();
                let detail = format!(
                    "`cursor` leads to rows beside those of another page, which have no numbers and are not counted; leave \
                     `{name}` out"
                );
                self.fault(name, Code::Conflicting, detail);
            }
        }
        Some(Position::Cursor)
    }

    /// Returns the position of the first page of a list that only has pages by cursor, unless the whole list is
    /// requested.
    fn by_cursor_alone(&mut self) -> Option<Position> {
        let pages = self.offer.pages;
        if pages.numbered || pages.windows {
            return None;
        }
        if let Some(page) = self.reserved(Parameter::Page)
            && pages.accepts(Parameter::Page)
        {
            if page.value == "all" {
                return None;
            }
            let detail = format!(
                "{} has no numbered pages; follow `next` from page to page",
                self.offer.label
            );
            self.fault("page", Code::NotSupported, detail);
        }
        Some(Position::Cursor)
    }

    /// Returns the pages by cursor of the list in this order. Adds a fault if the cursor is none of this list.
    pub(super) fn cursor_pages(
        &mut self,
        order: &[Order],
        reader: Option<CursorReader<'_>>,
    ) -> CursorPages {
        let list = self.list(order);
        let cursor = self.reserved(Parameter::Cursor);
        let cursor = cursor.filter(|cursor| !cursor.value.is_empty());
        let boundary = cursor.and_then(|cursor| {
            let boundary = reader.and_then(|reader| {
                let bound = [list.as_bytes(), reader.path.as_bytes()];
                reader.key.open(&cursor.value, bound)
            });
            let boundary = boundary.filter(|boundary| boundary.marks.len() == order.len());
            if boundary.is_none() {
                let detail = "`cursor` is none that this list has given with these filters and this order; take it from \
                              `next` or `previous` as it is, or begin anew with `cursor=`";
                self.fault("cursor", Code::InvalidCursor, detail);
            }
            boundary
        });
        CursorPages { list, boundary }
    }

    /// Describes the list: the table, the filters in any order, and the columns that order it. A column whose type has
    /// changed is another one.
    fn list(&self, order: &[Order]) -> String {
        let model = &self.offer.model;
        let mut list = format!("{:?}.{:?}", model.schema(), model.table());
        let filters = self.pairs.iter().filter(|pair| selects(pair));
        let mut filters: Vec<_> = filters.map(|pair| (pair.sent(), &*pair.value)).collect();
        filters.sort_unstable();
        // Writing to a text does not fail.
        let _ = write!(list, "{filters:?}");
        for order in order {
            describe(order, model, &mut list);
        }
        list
    }
}

/// Whether a parameter says which rows a list has.
fn selects(pair: &Pair<'_>) -> bool {
    let parameter = Parameter::named(&pair.name).filter(|_| !pair.negated);
    parameter.is_none_or(|one| one.is_group() || one == Parameter::Search)
}

/// Appends the description of a column that a list is ordered by.
fn describe(order: &Order, model: &Model, list: &mut String) {
    let mut from = model;
    let column = |model: &Model, number: ColumnNumber, list: &mut String| {
        let column = model.at(number);
        let column =
            column.map(|column| (&column.sql, &column.ty, &column.declared, column.nullable));
        let _ = write!(list, "{column:?}");
    };
    list.push(if order.descending { '-' } else { '+' });
    for step in &order.through {
        step.join.here().for_each(|here| column(from, here, list));
        from = &step.join.target;
        let _ = write!(list, "{:?}.{:?}", from.schema(), from.table());
    }
    column(from, order.column, list);
}
