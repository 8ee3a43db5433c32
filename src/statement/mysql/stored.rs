//! Values and texts in the forms in which MySQL stores them.

use sea_query::ColumnType;

use super::super::dialect::single;
use crate::{
    cell::{BODY_BYTES, Cell, Value, write_text},
    model::{Column, UuidFormat},
};

/// Whether the column stores texts, enums and decimals stored as texts included, which are compared by their collation
/// and by their bytes.
pub(super) fn is_text(column: &Column) -> bool {
    column.ty.is_textual() || column.storage.decimal_text
}

/// Whether the column is declared as an `ENUM`.
pub(super) fn is_enum(column: &Column) -> bool {
    match &column.declared {
        Some(ColumnType::Enum { .. }) => true,
        Some(ColumnType::Custom(name)) => name.to_string().eq_ignore_ascii_case("enum"),
        _ => false,
    }
}

/// Returns a value in the form in which the column stores it.
pub(super) fn stored(column: &Column, value: &Value) -> Value {
    match value {
        Value::Uuid(uuid) if column.storage.uuid == Some(UuidFormat::Text) => {
            let mut text = Vec::new();
            write_text(Cell::Uuid(*uuid), BODY_BYTES, &mut text);
            Value::Text(String::from_utf8(text).unwrap_or_default())
        }
        Value::Uuid(uuid) => Value::Bytes(uuid.to_be_bytes().to_vec()),
        Value::Float(number) if column.storage.single => Value::Float(single(*number)),
        value => value.clone(),
    }
}

/// Returns the ASCII characters that the text starts with. Every character set has them, so a column of any character
/// set can be compared with them.
pub(super) fn ascii_start(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_ascii());
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}
