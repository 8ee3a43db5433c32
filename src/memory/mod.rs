//! Lists and objects over rows in memory, which are filtered, ordered and paged by the rules of SQL.
//!
//! Each row has a cell for each column of the model, in the order of the columns. A cell of another type than its
//! column is shown as null, like a stored value that cannot be read, and the log names the column.

mod boundary;
mod compare;
mod documents;
mod full_text;
mod groups;

use std::cmp::Ordering;

use self::{
    compare::{as_type, compares, holds, matches_text, part_of},
    documents::{has_key, holds_items},
};
use crate::{
    cell::{BODY_BYTES, Cell, Row, Rows, Tape, Type, Value, compare_cells, sort_cells, write_text},
    error::{Code, Error, Result, SERVER_FAILED},
    model::{Column, ColumnNumber, Model},
    operation::{List, Object, Page, Retrieve, too_large},
    params::{Count, Order, Position},
    predicate::{ArrayOperator, Operator, Predicate},
    statement::Window,
};

impl List {
    /// Returns the page of this list over rows in memory, for a manager without a database.
    ///
    /// Each row has a cell for each column of the model, hidden ones included, in the order of the columns. Rows are
    /// filtered, ordered and paged exactly as in SQL: a null meets no comparison and is the largest value, and the key
    /// decides between equal rows. A page past the end is the error 404 `no_such_page`.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Base, Cell, List, Manager, Model, Object, Page, Result, Retrieve, Rows, ViewSet};
    ///
    /// struct Memory(Vec<(i64, String)>);
    ///
    /// impl Memory {
    ///     fn rows(&self) -> Rows {
    ///         Rows::new(2, self.0.iter().map(|(id, make)| [Cell::Integer(*id), Cell::Text(make)]))
    ///     }
    /// }
    ///
    /// impl Manager for Memory {
    ///     async fn list(&self, list: List, base: Base) -> Result<Page> {
    ///         list.over(base.model(), &self.rows())
    ///     }
    ///
    ///     async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
    ///         retrieve.over(base.model(), &self.rows())
    ///     }
    /// }
    ///
    /// # let cars = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string()).to_owned();
    /// let cars = ViewSet::new(Model::from_table("Car", &cars)).manager(Memory(vec![(1, "Fiat".to_owned())]));
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the page does not exist. It is a failure of the server if the rows do not have one cell for
    /// each column, if a condition does not suit the model, or if the list needs rows of another model: related rows,
    /// or a parent.
    pub fn over(&self, model: &Model, rows: &Rows) -> Result<Page> {
        let list = self.clone().read(model, &[])?;
        let through = |order: &Order| !order.through.is_empty();
        if list.parent.is_some() || !list.related.is_empty() || list.order.iter().any(through) {
            return Err(elsewhere(model));
        }
        let table = MemoryTable::new(model, rows)?;
        let mut selected = table.selected(&list.filter)?;
        selected.sort_by(|left, right| table.order(&list.order, *left, *right));
        if let Some(relevance) = &list.relevance {
            table.rank(relevance, &mut selected);
        }
        let facets = list.facets.iter();
        let facets = facets.map(|facet| table.facet(facet, list.facet_values));
        let facets = facets.collect::<Result<_>>()?;
        if list.paging.position == Position::Cursor {
            let page = table.beside(&list, selected)?;
            return Ok(Page { facets, ..page });
        }
        let page = page(&list, selected.len() as u64, |from, to| {
            let selected = selected.get(from..to).unwrap_or_default();
            table.shown(selected, &list.columns, list.most_bytes)
        })?;
        Ok(Page { facets, ..page })
    }
}

impl Retrieve {
    /// Returns the requested object from rows in memory; `None` if there is no such row.
    ///
    /// # Errors
    ///
    /// The errors of [`List::over`].
    pub fn over(&self, model: &Model, rows: &Rows) -> Result<Option<Object>> {
        let retrieve = self.clone().read(model, &[])?;
        if !retrieve.related.is_empty() {
            return Err(elsewhere(model));
        }
        let table = MemoryTable::new(model, rows)?;
        let selected = table.selected(&retrieve.condition)?;
        let Some(row) = selected.first() else {
            return Ok(None);
        };
        let rows = table.shown(&[*row], &retrieve.columns, retrieve.most_bytes)?;
        let related = Vec::new();
        Ok(Some(Object { rows, related }))
    }
}

impl Order {
    /// Compares the cells of two rows, as for sorting. A null is the largest value.
    fn compare(&self, left: Cell<'_>, right: Cell<'_>) -> Ordering {
        let nulls = (left == Cell::Null).cmp(&(right == Cell::Null));
        let rising = nulls.then_with(|| sort_cells(left, right));
        match self.descending {
            true => rising.reverse(),
            false => rising,
        }
    }
}

/// Returns the requested page of a list of `total` rows. `rows(from, to)` returns the rows of the list from position
/// `from` to before `to`.
fn page(list: &List, total: u64, rows: impl Fn(usize, usize) -> Result<Rows>) -> Result<Page> {
    let rows_of = |window: Window| {
        let before = |skipped: u64| total.saturating_sub(skipped);
        let skip = window.skip.min(total);
        let (from, to) = if window.reversed {
            (before(skip + window.take), before(skip))
        } else {
            (skip, skip.saturating_add(window.take).min(total))
        };
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        rows(place(from), place(to))
    };
    let (count, deepest) = (list.paging.count, list.paging.deepest);
    // Counting rows in memory costs nothing, so none are estimated.
    let one_more = matches!(count, Count::Off | Count::Capped(_));
    let window = Window::from_the_start(list, one_more);
    if count == Count::Off {
        let window = window.unwrap_or(Window::BEYOND);
        window.check_depth(deepest)?;
        return Page::uncounted(list, rows_of(window)?);
    }
    if let Some(window) = window {
        window.check_depth(deepest)?;
        return Page::with_total(list, rows_of(window)?, Some(total));
    }
    let (position, window) = Window::of_total(list, total)?;
    Ok(Page::of_total(list, position, total, rows_of(window)?))
}

/// A model, and rows in memory with a cell for each of its columns.
#[derive(Clone, Copy)]
struct MemoryTable<'a> {
    model: &'a Model,
    rows: &'a Rows,
}

impl<'a> MemoryTable<'a> {
    fn new(model: &'a Model, rows: &'a Rows) -> Result<Self> {
        let (width, columns) = (
            rows.get(0).map(|row| row.cells().count()),
            model.columns().len(),
        );
        match width.filter(|width| *width != columns) {
            None => Ok(Self { model, rows }),
            Some(width) => Err(mistake(format!(
                "{} has {columns} columns, but the rows that a list is made over have {width} cells",
                model.name()
            ))),
        }
    }

    /// Returns the positions of the rows that meet a condition.
    fn selected(self, condition: &Predicate) -> Result<Vec<usize>> {
        if leads_elsewhere(condition) {
            return Err(elsewhere(self.model));
        }
        let rows = self.rows.iter().enumerate();
        let met = rows.filter(|(_, row)| self.meets(*row, condition));
        Ok(met.map(|(at, _)| at).collect())
    }

    /// Returns the row's cell of `column`, converted to the column's type; null if the cell is of another type.
    fn cell(self, row: Row<'a>, column: ColumnNumber) -> Cell<'a> {
        let ty = self.model.at(column).map(|column| &column.ty);
        let cell = ty.and_then(|ty| as_type(row.cell(column.in_whole_row()), ty));
        cell.unwrap_or(Cell::Null)
    }

    fn meets(self, row: Row<'a>, condition: &Predicate) -> bool {
        match condition {
            Predicate::All(conditions) => conditions.iter().all(|one| self.meets(row, one)),
            Predicate::Any(conditions) => conditions.iter().any(|one| self.meets(row, one)),
            Predicate::Not(condition) => !self.meets(row, condition),
            Predicate::Null { column } => self.cell(row, *column) == Cell::Null,
            Predicate::Compare {
                column,
                operator,
                value,
            } => self.compares(row, *column, *operator, value),
            Predicate::In { column, values } => {
                let mut values = values.iter();
                values.any(|value| self.compares(row, *column, Operator::Equal, value))
            }
            Predicate::Text {
                column,
                matching,
                text,
            } => match self.cell(row, *column) {
                Cell::Text(own) | Cell::Decimal(own) => matches_text(own, *matching, text),
                _ => false,
            },
            Predicate::Pattern { column, pattern } => match self.cell(row, *column) {
                Cell::Text(own) => pattern.matches(own),
                _ => false,
            },
            Predicate::FullText(search) => self.has_terms(row, search),
            Predicate::Array {
                column,
                operator,
                items,
            } => self.array(row, *column, *operator, items),
            Predicate::HasKey { column, key } => match self.cell(row, *column) {
                Cell::Json(document) => has_key(document, key),
                _ => false,
            },
            Predicate::DatePart {
                column,
                part,
                operator,
                value,
            } => {
                let own = part_of(self.cell(row, *column), *part);
                compares(own.as_ref(), *operator, &Value::Integer(*value))
            }
            Predicate::PartIn {
                column,
                part,
                values,
            } => {
                let own = part_of(self.cell(row, *column), *part);
                let mut values = values.iter();
                values.any(|value| compares(own.as_ref(), Operator::Equal, value))
            }
            // Rows in memory have no collation, so keys are compared by their bytes.
            Predicate::Key { column, part } => {
                self.meets(row, &Predicate::is_key(*column, part.clone()))
            }
            // `selected` rejects conditions on related rows.
            Predicate::Related { .. } => false,
        }
    }

    fn array(
        self,
        row: Row<'a>,
        column: ColumnNumber,
        operator: ArrayOperator,
        items: &[Value],
    ) -> bool {
        let element = self.model.at(column).and_then(Column::element);
        match (self.cell(row, column), element) {
            (Cell::Json(array), Some(element)) => holds_items(array, element, operator, items),
            _ => false,
        }
    }

    fn compares(
        self,
        row: Row<'a>,
        column: ColumnNumber,
        operator: Operator,
        value: &Value,
    ) -> bool {
        let ty = self.model.at(column).map(|column| &column.ty);
        let value = ty.and_then(|ty| as_type(value.as_cell(), ty));
        value.is_some_and(|value| holds(operator, compare_cells(self.cell(row, column), value)))
    }

    /// Compares the rows at two positions by `orders`, as for sorting. A null is the largest value.
    fn order(self, orders: &[Order], left: usize, right: usize) -> Ordering {
        let (Some(left), Some(right)) = (self.rows.get(left), self.rows.get(right)) else {
            return Ordering::Equal;
        };
        let each = orders.iter().map(|order| {
            let (left, right) = (
                self.cell(left, order.column),
                self.cell(right, order.column),
            );
            order.compare(left, right)
        });
        each.fold(Ordering::Equal, Ordering::then)
    }

    /// Returns the given columns of the rows at the positions `places`, or an error if they exceed `most` bytes.
    fn shown(self, places: &[usize], columns: &[ColumnNumber], most: usize) -> Result<Rows> {
        let known = columns.iter().map(|number| {
            let column = self.model.at(*number);
            let missing = || mistake(format!("{} has no column {number}", self.model.name()));
            Ok((*number, column.ok_or_else(missing)?))
        });
        let columns = known.collect::<Result<Vec<_>>>()?;
        let mut tape = Tape::within(columns.len(), most);
        let mut unreadable = vec![0_u64; columns.len()];
        for row in places.iter().filter_map(|at| self.rows.get(*at)) {
            for ((number, column), unreadable) in columns.iter().zip(&mut unreadable) {
                let cell = row.cell(number.in_whole_row());
                if !show(cell, &column.ty, &mut tape) {
                    tape.push(Cell::Null);
                    *unreadable += 1;
                }
            }
            if tape.overflows(most) {
                return Err(too_large());
            }
        }
        for ((_, column), count) in columns
            .iter()
            .zip(unreadable)
            .filter(|(_, count)| *count > 0)
        {
            self.warn(column, count);
        }
        Ok(tape.finish())
    }

    fn warn(self, column: &Column, count: u64) {
        tracing::warn!(
            model = self.model.name(),
            column = column.sql,
            expected = column.type_name(),
            count,
            "cells from a manager are not of the column's type and are served as null"
        );
    }
}

/// Appends a cell, converted to the column's type `ty`. Returns `false`, and appends nothing, if the cell is of another
/// type.
fn show(cell: Cell<'_>, ty: &Type, tape: &mut Tape) -> bool {
    match (as_type(cell, ty), ty) {
        (None, _) => return false,
        (Some(Cell::Json(text)), _) => return tape.push_json(text),
        (Some(cell), Type::Other) if cell != Cell::Null => {
            let mut text = Vec::new();
            write_text(cell, BODY_BYTES, &mut text);
            tape.push(Cell::Text(&String::from_utf8_lossy(&text)));
        }
        (Some(cell), _) => tape.push(cell),
    }
    true
}

/// Whether a condition depends on rows of another model, as one through a relation does.
fn leads_elsewhere(condition: &Predicate) -> bool {
    match condition {
        Predicate::All(conditions) | Predicate::Any(conditions) => {
            conditions.iter().any(leads_elsewhere)
        }
        Predicate::Not(condition) => leads_elsewhere(condition),
        Predicate::Related { .. } => true,
        Predicate::Compare { .. }
        | Predicate::Key { .. }
        | Predicate::In { .. }
        | Predicate::Text { .. }
        | Predicate::Pattern { .. }
        | Predicate::FullText(_)
        | Predicate::Array { .. }
        | Predicate::HasKey { .. }
        | Predicate::Null { .. }
        | Predicate::DatePart { .. }
        | Predicate::PartIn { .. } => false,
    }
}

/// Returns the error for a list or object of `model` that needs rows of another model, such as related rows.
fn elsewhere(model: &Model) -> Error {
    mistake(format!(
        "{}: what is asked takes rows of another model, which rows in memory do not lead to; leave its viewset without \
         a database",
        model.name()
    ))
}

fn mistake(words: String) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
