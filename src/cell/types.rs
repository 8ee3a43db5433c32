//! [`Type`]: the type of a column.

use std::sync::Arc;

/// The type of a column's values, independent of the database's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// True or false.
    Boolean,
    /// A whole number of this many bits, with or without a sign.
    Integer {
        /// The number of bits: 8, 16, 32 or 64.
        bits: u8,
        /// Whether the numbers have a sign.
        signed: bool,
    },
    /// A binary floating point number.
    Float,
    /// An exact decimal number, which is never converted to a float.
    Decimal,
    /// Text.
    Text,
    /// One of a list of texts.
    Enum(Arc<[String]>),
    /// Bytes.
    Bytes,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time, in no particular zone.
    Timestamp,
    /// A moment, stored and shown in UTC.
    ZonedTimestamp,
    /// A UUID.
    Uuid,
    /// A JSON document.
    Json,
    /// Any other type. Its values are shown as texts, and filtered only by whether they are null.
    Other,
}

impl Type {
    /// The signed integer of 64 bits.
    pub const INTEGER: Self = Self::Integer {
        bits: 64,
        signed: true,
    };

    /// Returns the type's name in descriptions and errors.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Enum(_) => "enum",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::ZonedTimestamp => "zoned timestamp",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Other => "other",
        }
    }

    /// Returns the type with this [`name`](Self::name).
    ///
    /// `integer` means the signed integer of 64 bits. `enum` is `None`, since its members are missing.
    ///
    /// ```
    /// use tower_rest::Type;
    /// assert_eq!(Type::named("zoned timestamp"), Some(Type::ZonedTimestamp));
    /// assert_eq!(Type::named("number"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let integer = Self::Integer {
            bits: 64,
            signed: true,
        };
        let all = [
            Self::Boolean,
            integer,
            Self::Float,
            Self::Decimal,
            Self::Text,
            Self::Bytes,
            Self::Date,
            Self::Time,
            Self::Timestamp,
            Self::ZonedTimestamp,
            Self::Uuid,
            Self::Json,
            Self::Other,
        ];
        all.into_iter().find(|ty| ty.name() == name)
    }

    /// Whether the values are texts, as the members of an enum are.
    pub(crate) const fn is_textual(&self) -> bool {
        match self {
            Self::Text | Self::Enum(_) => true,
            Self::Boolean
            | Self::Integer { .. }
            | Self::Float
            | Self::Decimal
            | Self::Bytes
            | Self::Date
            | Self::Time
            | Self::Timestamp
            | Self::ZonedTimestamp
            | Self::Uuid
            | Self::Json
            | Self::Other => false,
        }
    }

    /// Returns the least and the greatest value of an integer type of at least one bit; of 64 bits if it has more.
    pub(crate) const fn bounds(bits: u8, signed: bool) -> (i128, i128) {
        let bits = match bits {
            0 => 1,
            1..=64 => bits,
            65.. => 64,
        };
        match signed {
            true => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            false => (0, (1 << bits) - 1),
        }
    }
}
