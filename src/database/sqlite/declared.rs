//! What the name of a type says of a column: SQLite keeps any value in any column, and people mean something by the name.

use crate::{
    cell::Type,
    model::{Column, Storage, TimestampFormat, UuidFormat},
};

/// A declared type, as people use its name.
pub(super) struct Declared {
    ty: Type,
    decimal_text: bool,
    max_length: Option<u32>,
}

/// How SQLite converts what is written into a column: <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    /// Nothing is converted.
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

impl Declared {
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
        // SQLite turns such a number into an integer or a float: there is no more to show than that.
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
        // `integer_or_text`: what can be texts is texts.
        name if ["text", "char", "clob"]
            .iter()
            .any(|word| name.contains(word)) =>
        {
            Type::Text
        }
        _ => Type::Other,
    }
}

/// Reads a column as any type: values that do not fit it are null.
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

/// Reads the bytes of a column as texts.
#[expect(clippy::unnecessary_wraps, reason = "of other databases it may fail")]
pub(super) fn read_as_text(column: &mut Column) -> Result<(), String> {
    column.ty = Type::Text;
    column.storage.cast = true;
    Ok(())
}

/// Whether a column of a model reads what one declared as `stored` keeps: what SQLite keeps there depends on the class that
/// the declared type prefers, not on its name.
pub(super) fn reads(model: &Column, stored: &Column) -> bool {
    // What a table declares is another thing than what its values of today are.
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
    // A decimal is compared as the declared type says.
    let is_decimal = |column: &Column| declared(column) == Type::Decimal;
    match (class(model), class(stored)) {
        (3, _) | (_, 3) => true,
        // Only values tell in which form they are kept.
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
            let found = Declared::of(declared);
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
