//! Reading many rows by their keys with one statement.

use crate::{
    cell::{Row, Rows, Type, Value},
    model::{ColumnNumber, Model},
    operation::List,
    params::{Count, Order, Paging, Position},
    predicate::Predicate,
};

/// Returns the operation that reads all rows that have one of the `keys` and meet `condition`, in the order of the
/// rows' keys.
pub(super) fn list(
    model: &Model,
    key: &[ColumnNumber],
    keys: &[Vec<Value>],
    condition: &Predicate,
    mut columns: Vec<ColumnNumber>,
) -> List {
    let order = key.iter().map(|column| Order::by(*column)).collect();
    let paging = Paging {
        position: Position::Page(1),
        size: keys.len() as u64,
        count: Count::Off,
        offers_exact: false,
        deepest: u64::MAX,
    };
    columns.sort_unstable();
    columns.dedup();
    let filter = any(model, key, keys).and(condition.clone());
    List::new(filter, order, columns, paging)
}

/// Returns the condition that the columns `key` of a row hold one of the `keys`.
pub(super) fn any(model: &Model, key: &[ColumnNumber], keys: &[Vec<Value>]) -> Predicate {
    let is_plain = |column: &ColumnNumber| {
        let column = model.at(*column);
        column.is_some_and(|column| !column.keys_may_differ() && column.ty != Type::Decimal)
    };
    match key {
        [column] if is_plain(column) => Predicate::In {
            column: *column,
            values: keys.iter().flatten().cloned().collect(),
        },
        key => Predicate::Any(keys.iter().map(|parts| has_key(key, parts)).collect()),
    }
}

/// Returns the key of `row`, which has a cell for each of the columns `read`, in ascending order; `None` if a part of
/// the key is null.
pub(super) fn key_of(
    row: Row<'_>,
    key: &[ColumnNumber],
    read: &[ColumnNumber],
) -> Option<Vec<Value>> {
    let part = |column: &ColumnNumber| row.cell(read.binary_search(column).ok()?).to_value();
    key.iter().map(part).collect()
}

/// Returns, for each of the `keys`, the position in `rows` of the row with that key; `None` if a row is missing.
pub(super) fn positions(
    rows: &Rows,
    key: &[ColumnNumber],
    read: &[ColumnNumber],
    keys: &[Vec<Value>],
) -> Option<Vec<usize>> {
    let found: Vec<_> = rows.iter().map(|row| key_of(row, key, read)).collect();
    let is_at = |at: usize, wanted: &Vec<Value>| {
        found
            .get(at)
            .is_some_and(|key| key.as_ref() == Some(wanted))
    };
    let position = |(at, wanted): (usize, &Vec<Value>)| match is_at(at, wanted) {
        // Usually the rows have the order of `keys` already, since generated keys ascend.
        true => Some(at),
        false => (0..found.len()).find(|at| is_at(*at, wanted)),
    };
    keys.iter().enumerate().map(position).collect()
}

/// Returns the condition that the columns `key` of a row hold `parts`.
pub(super) fn has_key(key: &[ColumnNumber], parts: &[Value]) -> Predicate {
    let parts = key.iter().zip(parts).map(|(column, part)| Predicate::Key {
        column: *column,
        part: part.clone(),
    });
    Predicate::All(parts.collect())
}
