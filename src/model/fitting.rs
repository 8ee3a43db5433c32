//! Values that a program gives, such as defaults, as values of a column's type.

use crate::cell::{BODY_BYTES, Type, Value, is_decimal, write_text};

/// Formats a value as a text.
pub(super) fn shown(value: &Value) -> String {
    let mut text = Vec::new();
    write_text(value.as_cell(), BODY_BYTES, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Converts a value to the column's type where the conversion is exact: an integer to a float, a text to a decimal, a
/// timestamp to one in UTC. Returns any other value unchanged.
pub(crate) fn fitting(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (Type::Decimal, Value::Text(text)) if is_decimal(&text) => Value::Decimal(text),
        (Type::Float, Value::Integer(number)) => i32::try_from(number)
            .map_or(Value::Integer(number), |number| Value::Float(number.into())),
        (Type::ZonedTimestamp, Value::Timestamp(moment)) => Value::ZonedTimestamp(moment),
        (_, value) => value,
    }
}

/// Whether a column of the type can hold the value.
pub(crate) fn fits(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Integer { bits, signed }, Value::Integer(_) | Value::Unsigned(_)) => {
            let (least, greatest) = Type::bounds(*bits, *signed);
            let number = match value {
                Value::Integer(number) => i128::from(*number),
                Value::Unsigned(number) => i128::from(*number),
                _ => return false,
            };
            (least..=greatest).contains(&number)
        }
        (Type::Enum(members), Value::Text(text)) => members.contains(text),
        (Type::Boolean, Value::Boolean(_))
        | (Type::Float, Value::Float(_))
        | (Type::Decimal, Value::Decimal(_))
        | (Type::Text, Value::Text(_))
        | (Type::Bytes, Value::Bytes(_)) => true,
        _ => false,
    }
}
