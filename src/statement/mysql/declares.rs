//! The declarations of columns in a `CREATE TABLE`, chosen so that a column can hold all values of its type in the
//! model.

use sea_query::{ColumnType, IntoIden, StringLen};

use crate::{
    cell::Type,
    model::{Column, UuidFormat},
    statement::dialect::Declares,
};

/// The collation that compares bytes without padding. MariaDB and MySQL name it differently, and each reads the other's
/// name as a comment.
pub(super) const BYTEWISE: &str = "/*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

/// The length, in characters, that text columns of a key are declared with, short enough for the index of every row
/// format.
const KEY_LENGTH: StringLen = StringLen::N(255);

/// Whether the column stores decimals as texts. MySQL has a type for decimals, so a column stores texts only if the
/// table definition gives it the type `decimal_text`.
pub(crate) fn is_decimal_text(column: &Column) -> bool {
    column.storage.decimal_text && matches!(column.declared, Some(ColumnType::Custom(_)))
}

pub(super) fn declares(column: &Column, is_key: bool) -> Declares {
    let custom = |name: &'static str| ColumnType::Custom(name.into_iden());
    let text = |declared: Option<&ColumnType>| match declared {
        Some(ty @ (ColumnType::Char(_) | ColumnType::String(StringLen::N(_)))) => ty.clone(),
        // The type `text` cannot be in a key or have a default.
        _ if is_key || column.default.is_some() => ColumnType::String(KEY_LENGTH),
        _ => ColumnType::Text,
    };
    let declared = column.declared.as_ref();
    let ty = match &column.ty {
        Type::Text => match column.max_length {
            Some(length) if declared.is_none() => Some(ColumnType::String(StringLen::N(length))),
            _ => Some(text(declared)),
        },
        Type::Enum(_) => Some(ColumnType::String(KEY_LENGTH)),
        Type::Decimal if is_decimal_text(column) => Some(ColumnType::String(KEY_LENGTH)),
        // A decimal without declared digits would keep none after the point.
        Type::Decimal if !matches!(declared, Some(ColumnType::Decimal(Some(_)))) => {
            Some(ColumnType::Decimal(Some((65, 30))))
        }
        Type::Bytes if is_key && column.max_length.is_none() => {
            Some(ColumnType::VarBinary(KEY_LENGTH))
        }
        // A `blob` holds 65,535 bytes.
        Type::Bytes
            if matches!(declared, None | Some(ColumnType::Blob)) && column.max_length.is_none() =>
        {
            Some(custom("longblob"))
        }
        Type::Time => Some(custom("time(6)")),
        // A `timestamp` ends in 2038.
        Type::Timestamp | Type::ZonedTimestamp => Some(custom("datetime(6)")),
        Type::Uuid if column.storage.uuid == Some(UuidFormat::Text) => {
            Some(ColumnType::Char(Some(36)))
        }
        Type::Uuid if column.storage.uuid == Some(UuidFormat::Native) => Some(custom("uuid")),
        Type::Uuid => Some(ColumnType::Binary(16)),
        Type::Json => Some(ColumnType::Json),
        Type::Other => Some(text(None)),
        _ => None,
    };
    let is_text = matches!(column.ty, Type::Text | Type::Enum(_) | Type::Other)
        || is_decimal_text(column)
        || matches!(ty, Some(ColumnType::Char(_)));
    Declares {
        ty,
        collation: is_text.then_some(BYTEWISE),
    }
}
