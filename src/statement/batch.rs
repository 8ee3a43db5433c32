//! Statements of a batch: one statement that reads the rows or pages of several requests.

use sea_query::{Expr, Query, SelectStatement, UnionType};

use super::{Dialect, select::SelectDraft, source::Source};

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

    /// Returns the part of a batch's statement that selects the page of one request. Each row begins with `reader`, the
    /// position of the request in the batch, and, if `counted`, the total of the request's list. The page is in a
    /// subselect, since an order or limit in a part of a union would apply to the whole union.
    pub(super) fn own_page(
        &self,
        reader: u8,
        counted: bool,
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        const PAGE: &str = "p";
        let (mut page, source) = (Query::select(), Source::top(self.model));
        let mut values = vec![Expr::cust(reader.to_string())];
        if counted {
            values.push(self.total(dialect));
        }
        let columns = self.columns.iter().filter_map(|number| source.at(*number));
        values.extend(columns.map(|(column, value)| dialect.shown(column, value)));
        let mut all = Query::select();
        for (at, value) in values.into_iter().enumerate() {
            let name = format!("c{at}");
            page.expr_as(value, name.clone());
            all.column((PAGE, name));
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
