//! Statements of a batch: one statement that reads the rows or pages of several requests.

use sea_query::{Expr, Query, SelectStatement, UnionType};

use super::{Dialect, plan::PageTotals, select::SelectDraft, source::Source};

/// The name of a page, or of all pages, as a subselect.
const PAGE: &str = "p";

/// Returns the name of the column at a position in a subselect.
fn column(at: usize) -> String {
    format!("c{at}")
}

impl SelectDraft<'_> {
    /// Returns the part of a batch's statement that selects the row of one request. The row begins with `reader`, the
    /// position of the request in the batch.
    pub(super) fn own_row(&self, reader: u8, dialect: &dyn Dialect) -> SelectStatement {
        if self.is_page() {
            return self.own_page(reader, false, dialect);
        }
        let mut select = Query::select();
        select.expr(Expr::cust(reader.to_string()));
        self.add_columns(&mut select, dialect);
        self.add_rows(&mut select, dialect);
        select
    }

    /// Returns the statement that selects the pages of several requests, with their totals.
    pub(super) fn pages(
        &self,
        readers: u8,
        totals: PageTotals,
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        let counted = totals == PageTotals::OfEach;
        let pages = (0..readers).map(|reader| self.own_page(reader, counted, dialect));
        let pages = Self::together(pages);
        match totals {
            PageTotals::None | PageTotals::OfEach => pages,
            PageTotals::OfAll => self.beside_one_total(pages, dialect),
        }
    }

    /// Returns the select of the pages with the total of their list after each row's reader. The database evaluates the
    /// subselect of the total once, since it depends on no row.
    fn beside_one_total(&self, pages: SelectStatement, dialect: &dyn Dialect) -> SelectStatement {
        let mut all = Query::select();
        all.column((PAGE, column(0))).expr(self.total(dialect));
        all.columns((1..=self.columns.len()).map(|at| (PAGE, column(at))));
        all.from_subquery(pages, PAGE);
        all
    }

    /// Returns the part of a batch's statement that selects the page of one request. Each row begins with `reader`, the
    /// position of the request in the batch, and, if `counted`, the total of the request's list. The page is in a
    /// subselect, since an order or limit in a part of a union would apply to the whole union.
    pub(super) fn own_page(
        &self,
        reader: u8,
        counted: bool,
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        let (mut page, source) = (Query::select(), Source::top(self.model));
        let mut values = vec![Expr::cust(reader.to_string())];
        if counted {
            values.push(self.total(dialect));
        }
        let columns = self.columns.iter().filter_map(|number| source.at(*number));
        values.extend(columns.map(|(column, value)| dialect.shown(column, value)));
        let mut all = Query::select();
        for (at, value) in values.into_iter().enumerate() {
            page.expr_as(value, column(at));
            all.column((PAGE, column(at)));
        }
        self.add_rows(&mut page, dialect);
        self.add_order(&mut page, false, dialect);
        page.limit(self.window.take).offset(self.window.skip);
        all.from_subquery(page, PAGE);
        all
    }

    /// Returns one statement that combines the `selects` by `UNION ALL`.
    pub(super) fn together(mut selects: impl Iterator<Item = SelectStatement>) -> SelectStatement {
        let mut first = selects.next().unwrap_or_default();
        first.unions(selects.map(|select| (UnionType::All, select)));
        first
    }
}
