//! The key of a row that was inserted, by which it is read again.

use super::fetched::Written;
use crate::{
    cell::{Type, Value},
    error::{Code, Error, Fault, SERVER_FAILED},
    model::{Column, ColumnNumber, DefaultValue, Model},
    operation::Changes,
};

/// Returns the key of an inserted row: what was sent, what the database returned, or the number it gave.
pub(super) fn inserted_key(
    model: &Model,
    changes: &Changes,
    unknown: &[ColumnNumber],
    written: &Written,
) -> Option<Vec<Value>> {
    let row = written.rows.get(0);
    let part = |column: &ColumnNumber| match unknown.iter().position(|one| one == column) {
        None => changes.values(&[*column])?.pop(),
        Some(at) => match row {
            Some(row) => row.cell(at).to_value(),
            None => numbered(model.at(*column)?, written),
        },
    };
    model.primary_key().iter().map(part).collect()
}

/// Returns the value of a column that the database does not return: its constant default, or the number it gave.
fn numbered(column: &Column, written: &Written) -> Option<Value> {
    match (&column.default, &column.ty) {
        (Some(DefaultValue::Value(value)), _) => Some(value.clone()),
        (None, Type::Integer { .. }) => written.last_id.map(Value::from),
        (Some(DefaultValue::Sql(_)) | None, _) => None,
    }
}

/// Returns the fault of a key that the database took as a wish for a number of its own: MySQL reads 0 so.
pub(super) fn renumbered(
    model: &Model,
    key: &[Value],
    unknown: &[ColumnNumber],
    written: &Written,
) -> Option<Fault> {
    let given = Value::from(written.last_id?);
    // A table has one such column, and this is its number.
    if !unknown.is_empty() || key.contains(&given) {
        return None;
    }
    let mut columns = model.primary_key().iter().zip(key);
    let (column, _) = columns.find(|(_, value)| **value == Value::Integer(0))?;
    let name = model.at(*column)?.name();
    let detail =
        format!("`{name}` cannot be 0, which the database replaces by a number of its own");
    Some(Fault::member(name, Code::InvalidValue, detail))
}

/// Returns the error of a new row without a key: the database makes none, or does not say which.
pub(super) fn unnamed(model: &Model, unknown: &[ColumnNumber]) -> Error {
    let columns = unknown.iter().filter_map(|column| model.at(*column));
    let visible = columns.filter(|column| !column.hidden);
    let faults: Vec<_> = visible
        .map(|column| {
            let name = column.name();
            let detail = format!(
                "`{name}` is required, since it is not known what the database makes of it"
            );
            Fault::member(name, Code::Required, detail)
        })
        .collect();
    match faults.is_empty() {
        true => keyless(),
        false => Error::faults(faults),
    }
}

/// Returns the error of a table whose new row cannot be found again.
pub(super) fn keyless() -> Error {
    let source = "the key of a written row is not known: the database must return it, or the body must have it";
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}
