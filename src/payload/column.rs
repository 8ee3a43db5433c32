//! Reading a member of a body as the value of a column. A value that does not fit exactly is refused, never rounded or
//! cut.

use super::json;
use crate::{
    cell::{BODY_BYTES, Type, Value, is_decimal, json_string},
    error::shown,
    model::Column,
    params::{read_float, read_integer, read_value},
};

/// The most levels of a document in the field of a form, whatever the limit of the API is; the greatest number of those of a
/// body of JSON, too.
const DEEPEST: usize = 100;

/// Reads a JSON value, not SQL's NULL, as a value of the column. The error describes the values that the column
/// accepts.
pub(super) fn of_json(column: &Column, json: &str) -> Result<Value, String> {
    kept(column, json_value(column, json)?)
}

/// Reads the text of a form's field as a value of the column. The error describes the values that the column accepts.
pub(super) fn of_text(column: &Column, text: &str) -> Result<Value, String> {
    kept(column, text_value(column, text)?)
}

/// Returns the value if the column can store it exactly and the column's rules allow it; else an error.
fn kept(column: &Column, value: Value) -> Result<Value, String> {
    column.stores(&value)?;
    column.allows(&value).map(|()| value)
}

fn json_value(column: &Column, json: &str) -> Result<Value, String> {
    if let Some(words) = refused(column) {
        return Err(words);
    }
    // The value of a write-only column, such as a password, is not repeated.
    let takes = |words: &str| match column.write_only {
        true => Err(words.to_owned()),
        false => Err(format!("{words}, not {}", shown(json))),
    };
    let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let text = || json_string(json);
    match &column.ty {
        Type::Boolean => match json {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => takes("`true` or `false`"),
        },
        Type::Integer { bits, signed } => {
            // A viewset may show large integers, which JavaScript would round, as strings; so such strings are read,
            // too.
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

/// Whether a JSON document contains the escape `\u0000`, a character that not every database can store.
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

/// Whether a text is an integer of magnitude 2^53 or more. JavaScript rounds some of these integers.
fn is_beyond_a_double(text: &str) -> bool {
    const MOST: u128 = 1 << 53;
    let number = text.parse::<i128>().ok();
    number.is_some_and(|number| number.unsigned_abs() >= MOST && number.to_string() == text)
}

fn text_value(column: &Column, text: &str) -> Result<Value, String> {
    if let Some(words) = refused(column) {
        return Err(words);
    }
    match column.ty {
        Type::Json if has_nul(text) => Err("a document without the character NUL".to_owned()),
        Type::Json => json::check(text.as_bytes(), DEEPEST)
            .map(|()| Value::Text(text.to_owned()))
            .map_err(|_| "a JSON document, as in a body of JSON".to_owned()),
        Type::Integer { bits, signed } => {
            let range = column.storage.range;
            read_integer(text, range.unwrap_or_else(|| Type::bounds(bits, signed)))
        }
        Type::Bytes => read_value(text, column, &column.name, BODY_BYTES)
            .map_err(|_| "bytes in base64, such as `AP8=`".to_owned()),
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
        | Type::Other => read_value(text, column, &column.name, BODY_BYTES),
    }
}

/// Returns the reason why no body can set the column, such as an unknown type; `None` if a body can set it.
pub(crate) fn refused(column: &Column) -> Option<String> {
    let is_unknown = column.ty == Type::Other || column.storage.array.is_some();
    is_unknown.then(|| format!("no value here, since it is of type {}", column.type_name()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Column;

    /// Returns the value that a column of type `ty` reads from `json`, as text; `none` if it reads no value.
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
