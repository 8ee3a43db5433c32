//! The order of values of one type.

use std::cmp::Ordering;

use super::{Cell, compare_decimals};

/// Compares two cells of one type; `None` if one of them is null, or if the type has no order, such as JSON.
pub(crate) fn compare_cells(left: Cell<'_>, right: Cell<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        return Some(left.cmp(&right));
    }
    match (left, right) {
        (Cell::Infinite(infinite), _) => infinite.compare(right),
        (_, Cell::Infinite(infinite)) => infinite.compare(left).map(Ordering::reverse),
        (Cell::Boolean(left), Cell::Boolean(right)) => Some(left.cmp(&right)),
        (Cell::Float(left), Cell::Float(right)) => left.partial_cmp(&right),
        (Cell::Decimal(left), Cell::Decimal(right)) => Some(compare_decimals(left, right)),
        (Cell::Text(left), Cell::Text(right)) => Some(left.cmp(right)),
        (Cell::Bytes(left), Cell::Bytes(right)) => Some(left.cmp(right)),
        (Cell::Date(left), Cell::Date(right)) => Some(left.cmp(&right)),
        (Cell::Time(left), Cell::Time(right)) => Some(left.cmp(&right)),
        (Cell::Timestamp(left), Cell::Timestamp(right))
        | (Cell::ZonedTimestamp(left), Cell::ZonedTimestamp(right)) => Some(left.cmp(&right)),
        (Cell::Uuid(left), Cell::Uuid(right)) => Some(left.cmp(&right)),
        _ => None,
    }
}

fn whole(cell: Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Integer(number) => Some(number.into()),
        Cell::Unsigned(number) => Some(number.into()),
        _ => None,
    }
}
