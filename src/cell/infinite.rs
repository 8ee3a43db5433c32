//! PostgreSQL's infinite days and moments.

use super::types::Type;

/// A day or moment before or after all others: PostgreSQL's `-infinity` and `infinity`.
///
/// ```
/// use tower_rest::{Infinite, Type};
/// let end = Infinite::parse("infinity", &Type::Date).unwrap();
/// assert_eq!(end.text(), "infinity");
/// assert!(Infinite::parse("infinity", &Type::Text).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Infinite {
    kind: InfiniteKind,
    pub(super) is_past: bool,
}

/// The type of the PostgreSQL column that holds an infinite value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InfiniteKind {
    Date,
    Timestamp,
    ZonedTimestamp,
}

impl Infinite {
    /// Reads `infinity` or `-infinity` as a value of the type `ty`; `None` for any other text, or if `ty` is not a date
    /// or timestamp.
    #[must_use]
    pub fn parse(text: &str, ty: &Type) -> Option<Self> {
        let is_past = match text {
            "infinity" => false,
            "-infinity" => true,
            _ => return None,
        };
        Self::of(ty, is_past)
    }

    /// Returns PostgreSQL's `-infinity` (if `is_past`) or `infinity` as a value of the type `ty`; `None` if `ty` is not
    /// a date or timestamp.
    pub(crate) fn of(ty: &Type, is_past: bool) -> Option<Self> {
        let kind = match ty {
            Type::Date => InfiniteKind::Date,
            Type::Timestamp => InfiniteKind::Timestamp,
            Type::ZonedTimestamp => InfiniteKind::ZonedTimestamp,
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
            | Type::Other => return None,
        };
        Some(Self { kind, is_past })
    }

    /// Returns `infinity` or `-infinity`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        if self.is_past {
            "-infinity"
        } else {
            "infinity"
        }
    }

    /// Whether the value is `-infinity`, before all others.
    #[must_use]
    pub const fn is_past(self) -> bool {
        self.is_past
    }

    #[cfg(feature = "postgres")]
    pub(crate) const fn kind(self) -> InfiniteKind {
        self.kind
    }

    pub(super) fn packed(self) -> u64 {
        let kind = match self.kind {
            InfiniteKind::Date => 0,
            InfiniteKind::Timestamp => 2,
            InfiniteKind::ZonedTimestamp => 4,
        };
        kind | u64::from(self.is_past)
    }

    pub(super) fn from_packed(bits: u64) -> Self {
        let kind = match bits >> 1 {
            0 => InfiniteKind::Date,
            1 => InfiniteKind::Timestamp,
            _ => InfiniteKind::ZonedTimestamp,
        };
        let is_past = bits & 1 == 1;
        Self { kind, is_past }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_packed_and_read_back() {
        for ty in [Type::Date, Type::Timestamp, Type::ZonedTimestamp] {
            for text in ["infinity", "-infinity"] {
                let infinite = Infinite::parse(text, &ty).expect("an infinite value");
                assert_eq!(Infinite::from_packed(infinite.packed()), infinite);
                assert_eq!(infinite.text(), text);
            }
        }
    }
}
