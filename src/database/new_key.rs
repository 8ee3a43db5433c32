//! The primary key of an inserted row, by which the row is read back.

use super::fetched::Written;
use crate::{
    cell::{Type, Value},
    error::{Code, Error, Fault, SERVER_FAILED},
    model::{Column, ColumnNumber, DefaultValue, Model},
    operation::Changes,
};

/// Returns the columns of the primary key whose values the database makes for a new row.
pub(super) fn unknown_key(model: &Model, changes: &Changes) -> Vec<ColumnNumber> {
    let key = model.primary_key().iter().copied();
    key.filter(|column| changes.values(&[*column]).is_none())
        .collect()
}

/// Returns the primary key of the row at position `at` among those that one statement inserted; `None` if a part of the
/// key is not known. The values of the columns in `unknown` come from the returned row, a constant default or the
/// generated number. The values of the other key columns are in `changes`.
pub(super) fn inserted_key(
    model: &Model,
    changes: &Changes,
    unknown: &[ColumnNumber],
    (written, at): (&Written, usize),
) -> Option<Vec<Value>> {
    let row = written.rows.get(at);
    let part = |column: &ColumnNumber| match unknown.iter().position(|one| one == column) {
        None => changes.values(&[*column])?.pop(),
        Some(at) => match row {
            Some(row) => row.cell(at).to_value(),
            None => numbered(model.at(*column)?, written),
        },
    };
    model.primary_key().iter().map(part).collect()
}

/// Returns the value of a column in an inserted row that the database does not return: the column's constant default,
/// or the number that the database generated (`AUTO_INCREMENT`).
fn numbered(column: &Column, written: &Written) -> Option<Value> {
    match (&column.default, &column.ty) {
        (Some(DefaultValue::Value(value)), _) => Some(value.clone()),
        (None, Type::Integer { .. }) => written.last_id.map(Value::from),
        (Some(DefaultValue::Sql(_)) | None, _) => None,
    }
}

/// Returns the fault of a request whose key has a 0 that the database has replaced by a generated number, as MySQL
/// does.
pub(super) fn renumbered(
    model: &Model,
    key: &[Value],
    unknown: &[ColumnNumber],
    written: &Written,
) -> Option<Fault> {
    let given = Value::from(written.last_id?);
    // A table has at most one column with generated numbers, and `given` is its number in this row.
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

/// Returns the error of a new row whose key is not known, with a fault for each visible column of `unknown`, whose
/// values the request does not give.
pub(super) fn unnamed(model: &Model, unknown: &[ColumnNumber]) -> Error {
    let columns = unknown.iter().filter_map(|column| model.at(*column));
    let visible = columns.filter(|column| column.is_member());
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

/// Returns the error of a written row that cannot be read back, since its primary key is not known.
pub(super) fn keyless() -> Error {
    let source = "the key of a written row is not known: the database must return it, or the body must have it";
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}
