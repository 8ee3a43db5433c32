//! A member of a body as the value of a column: nothing is converted, rounded or cut.

use crate::{
    cell::{BODY_BYTES, Type, Value, has_at_most, is_decimal},
    error::shown,
    model::{Column, Digits},
    params::{read_float, read_integer, read_value},
};

/// Reads a JSON value, not SQL's NULL, as a value of the column. The error describes the values that the column
/// accepts.
pub(super) fn of_json(column: &Column, json: &str) -> Result<Value, String> {
    kept(column, json_value(column, json)?)
}

/// Reads the text of a form's field as a value of the column. The error describes the values that the column accepts.
pub(super) fn of_text(column: &Column, text: &str) -> Result<Value, String> {
    kept(column, text_value(column, text)?)
}

/// Returns `value` if the column's digits, float size or fraction of a second can store it exactly; else an error.
fn kept(column: &Column, value: Value) -> Result<Value, String> {
    let storage = &column.storage;
    let nanos = match &value {
        Value::Time(time) => time.packed() % 1_000_000_000,
        Value::Timestamp(moment) | Value::ZonedTimestamp(moment) => u64::from(moment.packed().1),
        _ => 0,
    };
    let words = match (&value, storage.digits, storage.fraction) {
        (Value::Decimal(text), Some(Digits { precision, scale }), _)
            if !has_at_most(text, precision, scale) =>
        {
            format!("a number of at most {precision} digits, {scale} of them after the point")
        }
        (Value::Float(number), ..) if storage.single && !is_single(*number) => {
            "a number that 32 bits hold, of about seven digits".to_owned()
        }
        (_, _, Some(places)) if nanos % 10_u64.pow(9_u32.saturating_sub(places.into())) != 0 => {
            match places {
                0 => "whole seconds".to_owned(),
                places => format!("at most {places} digits after the second"),
            }
        }
        _ => return Ok(value),
    };
    Err(words)
}

/// Whether a number survives in a column of 32-bit floats: it is one exactly, or the shortest text of one.
fn is_single(number: f64) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "that is the question")]
    let single = number as f32;
    let shown = single.to_string().parse::<f64>().ok();
    single.is_finite() && (shown == Some(number) || f64::from(single) == number)
}

fn json_value(column: &Column, json: &str) -> Result<Value, String> {
    if let Some(words) = refused(column) {
        return Err(words);
    }
    let takes = |words: &str| Err(format!("{words}, not {}", shown(json)));
    let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let text = || serde_json::from_str::<String>(json).ok();
    match &column.ty {
        Type::Boolean => match json {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => takes("`true` or `false`"),
        },
        Type::Integer { bits, signed } => {
            // A viewset may show integers that a double cannot represent as strings, so such strings are read, too.
            let digits = text().filter(|text| *bits == 64 && is_beyond_a_double(text));
            let digits = digits.as_deref().unwrap_or(json);
            let range = column.storage.range;
            let range = range.unwrap_or_else(|| Type::bounds(*bits, *signed));
            read_integer(digits, range).or_else(|words| takes(&words))
        }
        Type::Float if is_number => read_float(json)
            .map(Value::Float)
            .map_or_else(|| takes("a finite number"), Ok),
        Type::Float => takes("a number"),
        Type::Decimal => {
            let digits = text();
            let digits = digits.as_deref().unwrap_or(json);
            match is_decimal(digits) {
                true => Ok(Value::Decimal(digits.to_owned())),
                false => takes("a decimal number in plain digits, such as \"12.50\""),
            }
        }
        Type::Json if has_nul(json) => Err("a document without the character NUL".to_owned()),
        Type::Json => Ok(Value::Text(json.to_owned())),
        Type::Text
        | Type::Enum(_)
        | Type::Bytes
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::ZonedTimestamp
        | Type::Uuid
        | Type::Other => match text() {
            Some(text) => text_value(column, &text),
            None => takes("a string"),
        },
    }
}

/// Whether a JSON document contains the escape `\u0000`: not every database can store the character NUL.
fn has_nul(json: &str) -> bool {
    let mut rest = json;
    while let Some((_, after)) = rest.split_once('\\') {
        if after.starts_with("u0000") {
            return true;
        }
        // The character after a backslash is skipped, since it may itself be a backslash.
        let mut chars = after.chars();
        chars.next();
        rest = chars.as_str();
    }
    false
}

/// Whether a text is an integer of magnitude 2^53 or more, beyond which a double does not represent every integer.
fn is_beyond_a_double(text: &str) -> bool {
    const MOST: i128 = 1 << 53;
    let number = text.parse::<i128>().ok();
    number.is_some_and(|number| number.abs() >= MOST && number.to_string() == text)
}

fn text_value(column: &Column, text: &str) -> Result<Value, String> {
    if let Some(words) = refused(column) {
        return Err(words);
    }
    let value = match column.ty {
        Type::Json if has_nul(text) => {
            return Err("a document without the character NUL".to_owned());
        }
        Type::Json => {
            return serde_json::from_str::<serde::de::IgnoredAny>(text)
                .map(|_| Value::Text(text.to_owned()))
                .map_err(|_| "a JSON document".to_owned());
        }
        Type::Integer { bits, signed } => {
            let range = column.storage.range;
            read_integer(text, range.unwrap_or_else(|| Type::bounds(bits, signed)))?
        }
        Type::Bytes => read_value(text, column, &column.name, BODY_BYTES)
            .map_err(|_| "bytes in base64, such as `AP8=`".to_owned())?,
        Type::Boolean
        | Type::Float
        | Type::Decimal
        | Type::Text
        | Type::Enum(_)
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::ZonedTimestamp
        | Type::Uuid
        | Type::Other => read_value(text, column, &column.name, BODY_BYTES)?,
    };
    if text.contains('\0') && matches!(column.ty, Type::Text) {
        return Err("a text without the character NUL".to_owned());
    }
    let length = match &value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    match column.max_length {
        Some(most) if length > most as usize => {
            Err(format!("at most {most} characters or bytes, not {length}"))
        }
        _ => Ok(value),
    }
}

/// Returns the reason why no body can set the column, such as an unknown type; `None` if a body can.
fn refused(column: &Column) -> Option<String> {
    let is_unknown = column.ty == Type::Other || column.storage.array.is_some();
    is_unknown.then(|| format!("no value here, since it is of type {}", column.type_name()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Column;

    /// Returns what a column of a type reads from JSON, or `none`.
    fn read(ty: &Type, json: &str) -> String {
        let mut column = Column::new("c".to_owned(), ty.clone(), true);
        column.max_length = matches!(ty, Type::Text | Type::Bytes).then_some(4);
        of_json(&column, json).map_or_else(|_| "none".to_owned(), |value| format!("{value:?}"))
    }

    #[test]
    fn a_member_is_the_value_of_a_column_or_refused() {
        let small = Type::Integer {
            bits: 16,
            signed: true,
        };
        let large = Type::Integer {
            bits: 64,
            signed: false,
        };
        let colour = Type::Enum(Arc::from(["red".to_owned(), "blue".to_owned()]));
        for (ty, json, expected) in [
            (&Type::Boolean, "true", "Boolean(true)"),
            (&Type::Boolean, "1", "none"),
            (&Type::Boolean, "\"true\"", "none"),
            (&small, "-32768", "Integer(-32768)"),
            (&small, "32768", "none"),
            (&small, "1.0", "none"),
            (&small, "1e2", "none"),
            (&small, "\"7\"", "none"),
            (
                &large,
                "18446744073709551615",
                "Unsigned(18446744073709551615)",
            ),
            (
                &large,
                "\"18446744073709551615\"",
                "Unsigned(18446744073709551615)",
            ),
            (&large, "-1", "none"),
            (&Type::Float, "1e-3", "Float(0.001)"),
            (&Type::Float, "\"1\"", "none"),
            (&Type::Decimal, "\"12.50\"", "Decimal(\"12.50\")"),
            (&Type::Decimal, "12.50", "Decimal(\"12.50\")"),
            (&Type::Decimal, "1e2", "none"),
            (&Type::Text, "\"äöüß\"", "Text(\"äöüß\")"),
            (&Type::Text, "\"äöüßx\"", "none"),
            (&Type::Text, "\"a\\u0000\"", "none"),
            (&Type::Text, "7", "none"),
            (&Type::Text, "\"\"", "Text(\"\")"),
            (&colour, "\"red\"", "Text(\"red\")"),
            (&colour, "\"green\"", "none"),
            (&Type::Bytes, "\"AQID\"", "Bytes([1, 2, 3])"),
            (&Type::Bytes, "\"AQIDBAU=\"", "none"),
            (&Type::Bytes, "\"AQI\"", "none"),
            (&Type::Json, "{\"a\": 1}", "Text(\"{\\\"a\\\": 1}\")"),
            (&Type::Other, "\"x\"", "none"),
        ] {
            assert_eq!(read(ty, json), expected, "{} {json}", ty.name());
        }
    }
}
