//! Declared types of columns. SQLite stores any value in any column, but the name of the declared type tells what the
//! values mean.

use crate::{
    cell::Type,
    model::{Column, Storage, TimestampFormat, UuidFormat},
};

/// The meaning of a column's declared type, such as `VARCHAR(40)`.
pub(super) struct DeclaredType {
    ty: Type,
    decimal_text: bool,
    max_length: Option<u32>,
}

/// A column's affinity: the kind of value to which SQLite converts written values where possible:
/// <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    /// SQLite converts no written values.
    #[default]
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    pub(super) fn of(declared: &str) -> Self {
        let name = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if name.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

const INTEGER: Type = Type::Integer {
    bits: 64,
    signed: true,
};

impl DeclaredType {
    pub(super) fn of(declared: &str) -> Self {
        let (name, arguments) = declared.split_once('(').unwrap_or((declared, ""));
        let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
        let name = words.join(" ");
        let ty = type_of(&name);
        let length = arguments.split([')', ',']).next().unwrap_or_default();
        let has_length = matches!(ty, Type::Text | Type::Bytes);
        Self {
            decimal_text: ty == Type::Decimal,
            max_length: length.trim().parse().ok().filter(|_| has_length),
            ty,
        }
    }

    pub(super) fn column(self, name: String, nullable: bool) -> Column {
        Column {
            max_length: self.max_length,
            storage: Storage {
                decimal_text: self.decimal_text,
                ..Storage::default()
            },
            ..Column::new(name, self.ty, nullable)
        }
    }
}

fn type_of(name: &str) -> Type {
    match name {
        "bool" | "boolean" => Type::Boolean,
        "int" | "integer" | "tinyint" | "smallint" | "mediumint" | "bigint" | "int2" | "int4"
        | "int8" | "unsigned big int" | "unsigned int" | "int unsigned" | "integer unsigned"
        | "bigint unsigned" | "smallint unsigned" | "tinyint unsigned" | "serial" | "bigserial"
        | "year" => INTEGER,
        // SQLite stores these as integers or floats, so decimal digits are lost.
        "real" | "double" | "double precision" | "float" | "float4" | "float8" | "numeric"
        | "decimal" | "number" | "money" | "real_money" => Type::Float,
        "decimal_text" => Type::Decimal,
        "text" | "char" | "varchar" | "nchar" | "nvarchar" | "character" | "character varying"
        | "varying character" | "native character" | "clob" | "string" | "tinytext"
        | "mediumtext" | "longtext" | "citext" | "enum_text" => Type::Text,
        "blob" | "bytea" | "binary" | "varbinary" | "tinyblob" | "mediumblob" | "longblob"
        | "blob_text" | "varbinary_blob" => Type::Bytes,
        "date" | "date_text" => Type::Date,
        "time" | "time_text" => Type::Time,
        "datetime" | "timestamp" | "datetime_text" | "timestamp_text" => Type::Timestamp,
        "timestamptz" | "timestamp with time zone" | "timestamp_with_timezone_text" => {
            Type::ZonedTimestamp
        }
        "uuid" | "guid" | "uuid_text" => Type::Uuid,
        "json" | "jsonb" | "json_text" | "jsonb_text" => Type::Json,
        // A column such as `integer_or_text` may hold texts, so it is a text.
        name if ["text", "char", "clob"]
            .iter()
            .any(|word| name.contains(word)) =>
        {
            Type::Text
        }
        _ => Type::Other,
    }
}

/// Changes the type of a column to `ty`, which may be any type. Stored values that do not fit it are read as null.
#[expect(clippy::unnecessary_wraps, reason = "of other databases it may fail")]
pub(super) fn retype(column: &mut Column, ty: &Type) -> Result<(), String> {
    let is_moment = matches!(ty, Type::Time | Type::Timestamp | Type::ZonedTimestamp);
    let keeps_texts = matches!(ty, Type::Text) && column.ty == Type::Text;
    if !matches!(ty, Type::Text | Type::Bytes) {
        column.max_length = None;
    }
    column.storage = Storage {
        timestamp: if is_moment {
            TimestampFormat::Any
        } else {
            TimestampFormat::default()
        },
        decimal_text: *ty == Type::Decimal,
        cast: *ty == Type::Text && (column.storage.cast || !keeps_texts),
        truths: column.storage.truths.filter(|_| *ty == Type::Boolean),
        uuid: column.storage.uuid,
        ..Storage::default()
    };
    column.ty = ty.clone();
    Ok(())
}

/// Changes the type of a column of bytes, or of bytes and other values, to text.
#[expect(clippy::unnecessary_wraps, reason = "of other databases it may fail")]
pub(super) fn read_as_text(column: &mut Column) -> Result<(), String> {
    column.ty = Type::Text;
    column.storage.cast = true;
    column.storage.mixed = false;
    Ok(())
}

/// Whether the column `model` of a model can be read from `stored`, a column of the table. The storage class that the
/// declared type prefers decides, not the name of the type.
pub(super) fn reads(model: &Column, stored: &Column) -> bool {
    // The declared type decides, not the type that reflection found for the current values.
    let declared = |column: &Column| {
        column
            .read_from
            .clone()
            .unwrap_or_else(|| column.ty.clone())
    };
    let class = |column: &Column| match declared(column) {
        Type::Integer { .. } | Type::Boolean => 0,
        Type::Float => 1,
        Type::Bytes => 2,
        Type::Uuid if column.storage.uuid == Some(UuidFormat::Bytes) => 2,
        Type::Other => 3,
        _ => 4,
    };
    // A decimal is compared by the rules of its declared type.
    let is_decimal = |column: &Column| declared(column) == Type::Decimal;
    match (class(model), class(stored)) {
        (3, _) | (_, 3) => true,
        // Whether a stored UUID is a text or bytes shows only in its values.
        (2 | 4, _) if declared(stored) == Type::Uuid => true,
        (left, right) => left == right && (!is_decimal(stored) || is_decimal(model)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_is_what_people_mean_by_its_name() {
        let check = |declared: &str, ty: Type, length: Option<u32>| {
            let found = DeclaredType::of(declared);
            assert_eq!((found.ty, found.max_length), (ty, length), "{declared}");
        };
        check("INTEGER", INTEGER, None);
        check("unsigned  BIG int", INTEGER, None);
        check("VarChar(40)", Type::Text, Some(40));
        check("varchar", Type::Text, None);
        check("DECIMAL(10, 2)", Type::Float, None);
        check("decimal_text", Type::Decimal, None);
        check("binary( 16 )", Type::Bytes, Some(16));
        check("DOUBLE PRECISION", Type::Float, None);
        check("", Type::Other, None);
        check("POINT", Type::Other, None);
        check("int(", INTEGER, None);
    }
}
