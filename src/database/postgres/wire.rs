//! The binary formats of PostgreSQL's types, by the object identifiers of the types.

use crate::cell::Type;

/// The wire format of a value: how PostgreSQL sends it in binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Boolean,
    Integer16,
    Integer32,
    Integer64,
    /// An object identifier (`oid`), a number without a sign.
    Unsigned32,
    Float32,
    Float64,
    Numeric,
    Text,
    /// A text padded with blanks, of the type `character(n)`.
    Padded,
    Bytes,
    Date,
    Time,
    Timestamp,
    Uuid,
    Json,
    /// A `jsonb` value: JSON after a version byte.
    VersionedJson,
    Array,
}

impl Wire {
    /// Returns the format of the type with this object identifier, if a column of the model's type `ty` can be read
    /// from it.
    pub(super) fn of(oid: u32, ty: &Type) -> Option<Self> {
        let wire = match oid {
            16 => Self::Boolean,
            17 => Self::Bytes,
            20 => Self::Integer64,
            21 => Self::Integer16,
            23 => Self::Integer32,
            26 => Self::Unsigned32,
            18 | 19 | 25 | 705 | 1043 => Self::Text,
            1042 => Self::Padded,
            114 => Self::Json,
            3802 => Self::VersionedJson,
            700 => Self::Float32,
            701 => Self::Float64,
            1700 => Self::Numeric,
            1082 => Self::Date,
            1083 => Self::Time,
            1114 if *ty == Type::Timestamp => Self::Timestamp,
            1184 if *ty == Type::ZonedTimestamp => Self::Timestamp,
            2950 => Self::Uuid,
            199
            | 1000..=1003
            | 1005
            | 1007
            | 1009
            | 1014..=1016
            | 1021
            | 1022
            | 1115
            | 1182
            | 1183
            | 1185
            | 1231
            | 2951
            | 3807 => Self::Array,
            _ => return None,
        };
        let is_integer = matches!(
            wire,
            Self::Integer16 | Self::Integer32 | Self::Integer64 | Self::Unsigned32
        );
        let fits = match ty {
            Type::Boolean => wire == Self::Boolean,
            Type::Integer { .. } => is_integer,
            Type::Float => is_integer || matches!(wire, Self::Float32 | Self::Float64),
            Type::Decimal => is_integer || wire == Self::Numeric,
            Type::Text | Type::Enum(_) | Type::Other => matches!(wire, Self::Text | Self::Padded),
            Type::Bytes => wire == Self::Bytes,
            Type::Date => wire == Self::Date,
            Type::Time => wire == Self::Time,
            Type::Timestamp | Type::ZonedTimestamp => wire == Self::Timestamp,
            Type::Uuid => wire == Self::Uuid,
            Type::Json => matches!(wire, Self::Json | Self::VersionedJson | Self::Array),
        };
        fits.then_some(wire)
    }
}
