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

/// Compares two cells for sorting, which needs an order of all cells. Cells that have none between them are in the order of
/// their kinds, and NaN is after the other numbers.
pub(crate) fn sort_cells(left: Cell<'_>, right: Cell<'_>) -> Ordering {
    let by_kind = || match (left, right) {
        (Cell::Float(left), Cell::Float(right)) => left.is_nan().cmp(&right.is_nan()),
        _ => kind(left).cmp(&kind(right)),
    };
    compare_cells(left, right).unwrap_or_else(by_kind)
}

/// Returns the place of a cell's kind among the others. Infinite days and moments stand beside the other ones, with which
/// they have an order.
const fn kind(cell: Cell<'_>) -> u8 {
    match cell {
        Cell::Null => 0,
        Cell::Boolean(_) => 1,
        Cell::Integer(_) | Cell::Unsigned(_) => 2,
        Cell::Float(_) => 3,
        Cell::Decimal(_) => 4,
        Cell::Text(_) => 5,
        Cell::Bytes(_) => 6,
        Cell::Time(_) => 7,
        Cell::Date(_) => 8,
        Cell::Timestamp(_) => 9,
        Cell::ZonedTimestamp(_) => 10,
        Cell::Infinite(_) => 11,
        Cell::Uuid(_) => 12,
        Cell::Json(_) => 13,
    }
}

fn whole(cell: Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Integer(number) => Some(number.into()),
        Cell::Unsigned(number) => Some(number.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r415_cells_of_all_kinds_have_one_order() {
        let mut cells = Vec::new();
        for number in 0..40_u8 {
            let number = f64::from(number);
            let one = [
                Cell::Float(f64::NAN),
                Cell::Text("a"),
                Cell::Float(40.0 - number),
                Cell::Decimal("1.5"),
                Cell::Integer(3),
                Cell::Json("null"),
                Cell::Null,
            ];
            cells.extend(one);
        }
        // Rust's sort may panic where the order contradicts itself.
        cells.sort_by(|left, right| sort_cells(*left, *right));
        for pair in cells.windows(2) {
            assert!(sort_cells(pair[0], pair[1]).is_le(), "{pair:?}");
        }
        let floats = cells.iter().filter(|cell| matches!(cell, Cell::Float(_)));
        let floats: Vec<_> = floats.collect();
        assert_eq!(floats[0], &Cell::Float(1.0));
        assert!(matches!(floats[79], Cell::Float(number) if number.is_nan()));
    }
}
