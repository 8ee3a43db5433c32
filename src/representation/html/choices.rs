//! Types whose few values a form lists.

use crate::cell::Type;

/// Returns the values of a type, if they are few and known.
pub(super) fn choices(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Boolean => Some(["true", "false"].map(str::to_owned).into()),
        Type::Enum(members) => Some(members.to_vec()),
        Type::Integer { .. }
        | Type::Float
        | Type::Decimal
        | Type::Text
        | Type::Bytes
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::ZonedTimestamp
        | Type::Uuid
        | Type::Json
        | Type::Other => None,
    }
}
