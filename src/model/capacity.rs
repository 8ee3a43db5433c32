//! The limits of what a column stores exactly: digits, fractions of a second, lengths.

use super::{Column, Digits, TimestampFormat};
use crate::cell::{Timestamp, Type, Value, has_at_most};

impl Column {
    /// Checks that the column can store a value of its type exactly; the error describes the values that it can store.
    pub(crate) fn stores(&self, value: &Value) -> Result<(), String> {
        if matches!(value, Value::Text(text) if text.contains('\0')) && self.ty == Type::Text {
            return Err("a text without the character NUL".to_owned());
        }
        let length = match value {
            Value::Text(text) if self.ty == Type::Text => text.chars().count(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        match self.max_length {
            Some(most) if length > usize::try_from(most).unwrap_or(usize::MAX) => {
                Err(format!("at most {most} characters or bytes, not {length}"))
            }
            _ => self.keeps(value),
        }
    }

    /// Checks that the column keeps every digit of a value.
    fn keeps(&self, value: &Value) -> Result<(), String> {
        let storage = &self.storage;
        let nanos = match value {
            Value::Time(time) => time.packed() % 1_000_000_000,
            Value::Timestamp(moment) | Value::ZonedTimestamp(moment) => {
                u64::from(moment.packed().1)
            }
            _ => 0,
        };
        let places = self.second_places();
        match (value, storage.digits) {
            (Value::Decimal(text), Some(Digits { precision, scale }))
                if !has_at_most(text, precision, scale) =>
            {
                Err(format!(
                    "a number of at most {precision} digits, {scale} of them after the point"
                ))
            }
            (Value::Float(number), _) if storage.single && !is_single(*number) => {
                Err("a number that 32 bits hold, of about seven digits".to_owned())
            }
            _ if nanos % 10_u64.pow(9_u32.saturating_sub(places.into())) != 0 => {
                Err(match places {
                    0 => "whole seconds".to_owned(),
                    places => format!("at most {places} digits after the second"),
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns how many digits after the second the column keeps.
    fn second_places(&self) -> u8 {
        let is_in_millis = self.storage.timestamp == TimestampFormat::Millis
            && matches!(self.ty, Type::Timestamp | Type::ZonedTimestamp);
        let kept = self.storage.fraction.unwrap_or(9);
        if is_in_millis { kept.min(3) } else { kept }
    }

    /// Returns a moment as the column can store it, cut to the digits that it keeps and at most to microseconds; `None`
    /// if the column holds no days or moments.
    pub(crate) fn stamp(&self, moment: Timestamp) -> Option<Value> {
        let moment = moment.cut(self.second_places().min(6));
        match self.ty {
            Type::Date => Some(Value::Date(moment.date())),
            Type::Timestamp => Some(Value::Timestamp(moment)),
            Type::ZonedTimestamp => Some(Value::ZonedTimestamp(moment)),
            Type::Boolean
            | Type::Integer { .. }
            | Type::Float
            | Type::Decimal
            | Type::Text
            | Type::Enum(_)
            | Type::Bytes
            | Type::Time
            | Type::Uuid
            | Type::Json
            | Type::Other => None,
        }
    }
}

/// Whether a number survives in a column of 32-bit floats: it is one exactly, or the shortest text of one.
fn is_single(number: f64) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "that is the question")]
    let single = number as f32;
    let shown = single.to_string().parse::<f64>().ok();
    single.is_finite() && (shown == Some(number) || f64::from(single) == number)
}
