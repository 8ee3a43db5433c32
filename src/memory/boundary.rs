//! Pages of rows in memory that begin at a place in the list.

use std::cmp::Ordering;

use super::MemoryTable;
use crate::{
    cell::{BODY_BYTES, Cell, Rows, Type, Value, write_text},
    cursor::Boundary,
    error::Result,
    model::Column,
    operation::{List, Page},
    params::{Order, read_value},
};

impl MemoryTable<'_> {
    /// Returns the page beside the list's boundary, or the first one, of the rows at the positions `selected`, which are
    /// in the order of the list.
    pub(super) fn beside(self, list: &List, mut selected: Vec<usize>) -> Result<Page> {
        if let Some(boundary) = &list.boundary {
            selected.retain(|row| self.is_beside(*row, &list.order, boundary));
            if boundary.backwards {
                selected.reverse();
            }
        }
        let most = usize::try_from(list.paging.size).unwrap_or(usize::MAX);
        selected.truncate(most.saturating_add(1));
        let rows = self.shown(&selected, &list.columns, list.most_bytes)?;
        let marks = selected.iter().map(|row| self.marks(*row, &list.order));
        let marks: Vec<Vec<Option<Vec<u8>>>> = marks.collect();
        let cells = marks.iter().map(|row| {
            let cells = row.iter().map(Option::as_deref);
            cells.map(|mark| mark.map_or(Cell::Null, Cell::Bytes))
        });
        Ok(Page::beside(
            list,
            rows,
            &Rows::new(list.order.len(), cells),
        ))
    }

    /// Whether a row is on the side of the boundary that the page is on.
    fn is_beside(self, row: usize, orders: &[Order], boundary: &Boundary) -> bool {
        let each = orders.iter().zip(&boundary.marks);
        let terms = each.map(|(order, mark)| {
            let column = self.model.at(order.column);
            let mark = column.and_then(|column| value(mark.as_deref()?, column));
            let there = mark.as_ref().map_or(Cell::Null, Value::as_cell);
            let here = self.rows.get(row);
            let here = here.map_or(Cell::Null, |row| self.cell(row, order.column));
            order.compare(here, there)
        });
        match terms.fold(Ordering::Equal, Ordering::then) {
            Ordering::Equal => boundary.inclusive,
            Ordering::Less => boundary.backwards,
            Ordering::Greater => !boundary.backwards,
        }
    }

    /// Returns the values by which a row is ordered, each as [`value`] reads it.
    fn marks(self, row: usize, orders: &[Order]) -> Vec<Option<Vec<u8>>> {
        let Some(row) = self.rows.get(row) else {
            return Vec::new();
        };
        let marks = orders
            .iter()
            .map(|order| match self.cell(row, order.column) {
                Cell::Null => None,
                // As its bits, since the text of a number may be an infinity, which no text of a request is.
                Cell::Float(number) => Some(number.to_be_bytes().to_vec()),
                cell => {
                    let mut text = Vec::new();
                    write_text(cell, BODY_BYTES, &mut text);
                    Some(text)
                }
            });
        marks.collect()
    }
}

/// Reads a value of a column from its bytes in a boundary.
fn value(mark: &[u8], column: &Column) -> Option<Value> {
    if column.ty == Type::Float {
        return Some(Value::Float(f64::from_be_bytes(mark.try_into().ok()?)));
    }
    let text = std::str::from_utf8(mark).ok()?;
    read_value(text, column, &column.name, BODY_BYTES).ok()
}
