//! Comparisons of cells in memory, by the rules of SQL.

use std::cmp::Ordering;

use crate::{
    cell::{Cell, Type, Value, compare_cells, is_decimal},
    predicate::{Anchor, DatePart, Matching, Operator},
};

/// Converts a cell to a column's type; `None` if the cell is no value of that type.
pub(super) fn as_type<'c>(cell: Cell<'c>, ty: &Type) -> Option<Cell<'c>> {
    Some(match (cell, ty) {
        (Cell::Integer(number), Type::Boolean) => Cell::Boolean(number != 0),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the column is declared to hold floats"
        )]
        (Cell::Integer(number), Type::Float) => Cell::Float(number as f64),
        // Databases do not store NaN.
        (Cell::Float(number), Type::Float) if number.is_nan() => Cell::Null,
        (Cell::Decimal(text) | Cell::Text(text), Type::Decimal) if is_decimal(text) => {
            Cell::Decimal(text)
        }
        (Cell::Text(text), Type::Json) => Cell::Json(text),
        (Cell::Timestamp(moment), Type::ZonedTimestamp) => Cell::ZonedTimestamp(moment),
        (Cell::Null, _)
        | (_, Type::Other)
        | (Cell::Boolean(_), Type::Boolean)
        | (Cell::Integer(_) | Cell::Unsigned(_), Type::Integer { .. })
        | (Cell::Float(_), Type::Float)
        | (Cell::Text(_), Type::Text | Type::Enum(_))
        | (Cell::Bytes(_), Type::Bytes)
        | (Cell::Infinite(_), Type::Date | Type::Timestamp | Type::ZonedTimestamp)
        | (Cell::Date(_), Type::Date)
        | (Cell::Time(_), Type::Time)
        | (Cell::Timestamp(_), Type::Timestamp)
        | (Cell::ZonedTimestamp(_), Type::ZonedTimestamp)
        | (Cell::Uuid(_), Type::Uuid)
        | (Cell::Json(_), Type::Json) => cell,
        _ => return None,
    })
}

pub(super) fn holds(operator: Operator, order: Option<Ordering>) -> bool {
    order.is_some_and(|order| match operator {
        Operator::Equal => order.is_eq(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
    })
}

pub(super) fn compares(own: Option<&Value>, operator: Operator, value: &Value) -> bool {
    own.is_some_and(|own| holds(operator, compare_cells(own.as_cell(), value.as_cell())))
}

/// Returns a part, such as the year, of a cell's date; `None` if the cell has no date.
pub(super) fn part_of(cell: Cell<'_>, part: DatePart) -> Option<Value> {
    let date = match cell {
        Cell::Date(date) => date,
        Cell::Timestamp(moment) | Cell::ZonedTimestamp(moment) => moment.date(),
        _ => return None,
    };
    let (year, month, day) = date.parts();
    Some(match part {
        DatePart::Year => Value::Integer(year.into()),
        DatePart::Month => Value::Integer(month.into()),
        DatePart::Day => Value::Integer(day.into()),
        DatePart::Date => Value::Date(date),
    })
}

/// Whether the text `own` equals, contains, begins with or ends with `text`, as `matching` says. Ignoring case applies
/// to ASCII letters only.
pub(super) fn matches_text(own: &str, matching: Matching, text: &str) -> bool {
    let at = |own: &str, text: &str| match matching.place {
        Anchor::Whole => own == text,
        Anchor::Inside => own.contains(text),
        Anchor::Start => own.starts_with(text),
        Anchor::End => own.ends_with(text),
    };
    if matching.ignore_case {
        at(&own.to_ascii_lowercase(), &text.to_ascii_lowercase())
    } else {
        at(own, text)
    }
}
