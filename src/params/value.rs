//! Reading a text as a value of a column's type, strictly: nothing is guessed.

use base64::{Engine as _, engine::general_purpose::GeneralPurpose};

use crate::{
    cell::{Date, Infinite, NotATimestamp, Time, Timestamp, Type, Value, is_decimal},
    model::{Column, TimestampFormat},
};

/// Reads a filter's text as a value of the column's type. The empty text is an error unless it is a value of that type.
/// Errors describe the accepted values; they may suggest other filters of the same column, such as `name__isnull`,
/// unless `name` is empty: an element of an array has none.
pub(crate) fn read(
    text: &str,
    column: &Column,
    name: &str,
    bytes: &GeneralPurpose,
) -> Result<Value, String> {
    if text.is_empty() && !column.takes_empty() {
        let takes = format!("a value, since it is of type {}", column.type_name());
        return Err(match name {
            "" => takes,
            name => format!("{takes}; rows without one are `{name}__isnull=true`"),
        });
    }
    read_any(text, column, name, bytes)
}

/// Reads a text, even an empty one, as a value of the column's type. Errors describe the accepted values.
pub(crate) fn read_any(
    text: &str,
    column: &Column,
    name: &str,
    bytes: &GeneralPurpose,
) -> Result<Value, String> {
    let takes = |words: &str| words.to_owned();
    if column.storage.infinite
        && let Some(infinite) = Infinite::parse(text, &column.ty)
    {
        return Ok(Value::Infinite(infinite));
    }
    match &column.ty {
        Type::Text => Ok(Value::Text(text.to_owned())),
        Type::Boolean => match text {
            "true" | "True" | "1" => Ok(Value::Boolean(true)),
            "false" | "False" | "0" => Ok(Value::Boolean(false)),
            _ => Err(takes("a boolean: `true` or `false`")),
        },
        Type::Integer { bits, signed } => integer(text, Type::bounds(*bits, *signed)),
        Type::Float => float(text)
            .map(Value::Float)
            .ok_or_else(|| takes("a finite number, such as `1.5` or `2e-3`")),
        Type::Decimal if is_decimal(text) => Ok(Value::Decimal(text.to_owned())),
        Type::Decimal => Err(takes("a decimal number in plain digits, such as `12.50`")),
        Type::Enum(members)
            if members.iter().any(|member| member == text)
                || (text.is_empty() && column.storage.empty_member) =>
        {
            Ok(Value::Text(text.to_owned()))
        }
        Type::Enum(members) => {
            let members = super::hint::list(members.iter().map(String::as_str));
            Err(format!("one of {members}"))
        }
        Type::Bytes => bytes
            .decode(text)
            .map(Value::Bytes)
            .map_err(|_| takes("bytes in base64 as the answers show them, with `+` written `%2B`")),
        Type::Date => Date::parse(text)
            .map(Value::Date)
            .ok_or_else(|| takes("a date: `YYYY-MM-DD`")),
        Type::Time => Time::parse(text)
            .map(Value::Time)
            .ok_or_else(|| takes("a time: `HH:MM:SS`, with a fraction of at most nine digits")),
        Type::Timestamp | Type::ZonedTimestamp => timestamp(text, column, name),
        Type::Uuid => uuid(text)
            .map(Value::Uuid)
            .ok_or_else(|| takes("a UUID, such as `67e55044-10b1-426f-9247-bb680e5fe0c8`")),
        Type::Json | Type::Other => Err(takes("no comparison")),
    }
}

/// Reads an integer, with an optional minus sign; an error if it is outside the bounds.
pub(crate) fn integer(text: &str, (least, greatest): (i128, i128)) -> Result<Value, String> {
    whole(text)
        .filter(|number| (least..=greatest).contains(number))
        .and_then(|number| {
            let signed = i64::try_from(number).map(Value::Integer);
            signed
                .or_else(|_| u64::try_from(number).map(Value::Unsigned))
                .ok()
        })
        .ok_or_else(|| format!("a whole number from {least} to {greatest}"))
}

/// Reads an integer, with an optional minus sign. It may have up to 38 significant digits, more than any column holds.
fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let number = match significant.len() {
        ..=18 => i128::from(significant.parse::<i64>().ok()?),
        _ => significant.parse().ok()?,
    };
    Some(if digits.len() == text.len() {
        number
    } else {
        -number
    })
}

/// Reads a number in the syntax of JSON that is finite as a double. Unlike in JSON, leading zeros are allowed.
pub(crate) fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
        ),
        None => (text, "0"),
    };
    let digits = !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !is_decimal(mantissa) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn timestamp(text: &str, column: &Column, name: &str) -> Result<Value, String> {
    let zoned = column.ty == Type::ZonedTimestamp;
    let (timestamp, had_zone) = Timestamp::parse(text).map_err(|why| match why {
        NotATimestamp::OnlyADate if !name.is_empty() => format!(
            "a timestamp; days are compared by `{name}__date`, as in `{name}__date__gte={text}`"
        ),
        NotATimestamp::SpaceForPlus => {
            "an offset after a `+`, which is written `%2B` in a URL".to_owned()
        }
        NotATimestamp::OutOfRange => "a timestamp in the years 0000 to 9999, in UTC".to_owned(),
        NotATimestamp::Malformed | NotATimestamp::OnlyADate if zoned => {
            "a timestamp: `YYYY-MM-DDTHH:MM:SS`, then `Z`, an offset such as `%2B02:00`, or nothing for UTC".to_owned()
        }
        NotATimestamp::Malformed | NotATimestamp::OnlyADate => "a timestamp: `YYYY-MM-DDTHH:MM:SS`".to_owned(),
    })?;
    if had_zone && !zoned {
        return Err("a timestamp without an offset, since the column has no zone".to_owned());
    }
    if column.storage.timestamp == TimestampFormat::Millis && !timestamp.is_whole_millis() {
        return Err("a timestamp of at most three digits after the second".to_owned());
    }
    Ok(if zoned {
        Value::ZonedTimestamp(timestamp)
    } else {
        Value::Timestamp(timestamp)
    })
}

/// Reads a UUID in its hyphenated form, in upper or lower case.
fn uuid(text: &str) -> Option<u128> {
    let hyphens_stand = text
        .bytes()
        .enumerate()
        .all(|(at, byte)| matches!(at, 8 | 13 | 18 | 23) == (byte == b'-'));
    if text.len() != 36 || !hyphens_stand || text.contains('+') {
        return None;
    }
    u128::from_str_radix(&text.replace('-', ""), 16).ok()
}
