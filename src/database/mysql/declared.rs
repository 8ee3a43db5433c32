//! The model's types for the declared types of MySQL and MariaDB.

use sea_query::{ColumnType, IntoIden};
use sqlx::{FromRow, Row as _, mysql::MySqlRow};

use crate::{
    cell::Type,
    model::{Column, Digits, Storage, UuidFormat},
};

/// A row of `information_schema.columns`: the description of a column.
pub(super) struct Described {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) ty: String,
    /// The type with its length, members and signedness, such as `int(10) unsigned`.
    pub(super) full_type: String,
    pub(super) is_nullable: bool,
    pub(super) default_sql: Option<String>,
    pub(super) max_length: Option<i64>,
    pub(super) extra: String,
    pub(super) comment: Option<String>,
    pub(super) collation: Option<String>,
    pub(super) privileges: String,
}

impl FromRow<'_, MySqlRow> for Described {
    fn from_row(row: &MySqlRow) -> sqlx::Result<Self> {
        Ok(Self {
            table: row.try_get(0)?,
            name: row.try_get(1)?,
            ty: row.try_get(2)?,
            full_type: row.try_get(3)?,
            is_nullable: row.try_get::<String, _>(4)? == "YES",
            default_sql: row.try_get(5)?,
            max_length: row.try_get(6)?,
            extra: row.try_get::<String, _>(7)?.to_lowercase(),
            comment: row.try_get(8)?,
            collation: row.try_get(9)?,
            privileges: row.try_get(10)?,
        })
    }
}

/// Builds a column from its description. `is_document` means that a check constraint makes the text a JSON document.
pub(super) fn column(described: Described, is_document: bool, is_maria: bool) -> Column {
    let ty = if is_document {
        Type::Json
    } else {
        type_of(&described.ty, &described.full_type)
    };
    let is_text = ty.is_textual();
    let has_length = matches!(&*described.ty, "char" | "varchar" | "binary" | "varbinary");
    let collation = described.collation.as_deref().unwrap_or_default();
    // Under every other collation, texts that differ in case, accents or trailing blanks may be equal.
    let is_exact = collation.ends_with("nopad_bin") || collation == "utf8mb4_0900_bin";
    let is_generated =
        described.extra.contains("generated") && !described.extra.contains("default_generated");
    let length = described.max_length.filter(|_| has_length && !is_document);
    // For a type that the API does not know, the declared type is kept: the server sends some of these types as text
    // only after a conversion in the statement. That of an enum is, too, as it sorts by the order of its members.
    let is_kept = matches!(ty, Type::Other | Type::Enum(_));
    let declared = is_kept.then(|| ColumnType::Custom(described.ty.clone().into_iden()));
    let (digits, fraction) = (digits(&described), fraction(&described));
    let column = Column {
        declared,
        read_only: is_generated,
        max_length: length.and_then(|length| u32::try_from(length).ok()),
        description: described.comment.filter(|text| !text.is_empty()),
        collation: described.collation.filter(|_| is_text).map(Into::into),
        storage: Storage {
            single: described.ty == "float",
            digits,
            fraction,
            loose: is_text && !is_exact,
            exact: is_text && is_exact,
            uuid: (described.ty == "uuid").then_some(UuidFormat::Native),
            ..Storage::default()
        },
        ..Column::new(described.name, ty, described.is_nullable)
    };
    let is_expression = described.extra.contains("default_generated");
    match described.default_sql {
        None => column,
        Some(_) if is_generated => column,
        // MySQL reports a text default without quotes, MariaDB with them.
        Some(text) if is_text && !is_maria && !is_expression => {
            let quoted = format!("'{}'", text.replace('\'', "''"));
            column.with_shown_default(&quoted)
        }
        Some(text) => column.with_shown_default(&text),
    }
}

fn type_of(name: &str, full: &str) -> Type {
    let integer = |bits| Type::Integer {
        bits,
        signed: !full.contains("unsigned"),
    };
    match name {
        "tinyint" if full.starts_with("tinyint(1)") => Type::Boolean,
        "bit" if full == "bit(1)" => Type::Boolean,
        "bit" => Type::Integer {
            bits: 64,
            signed: false,
        },
        "tinyint" => integer(8),
        "smallint" => integer(16),
        "mediumint" | "int" => integer(32),
        "bigint" => integer(64),
        "year" => Type::Integer {
            bits: 16,
            signed: false,
        },
        "float" | "double" => Type::Float,
        "decimal" => Type::Decimal,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Type::Text,
        "enum" => Type::Enum(members(full).into()),
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Type::Bytes,
        "date" => Type::Date,
        "time" => Type::Time,
        "datetime" => Type::Timestamp,
        "timestamp" => Type::ZonedTimestamp,
        "json" => Type::Json,
        "uuid" => Type::Uuid,
        _ => Type::Other,
    }
}

/// Returns the numbers in the parentheses of a type such as `decimal(8,2)`.
fn numbers(full: &str) -> impl Iterator<Item = u16> {
    let list = full
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let list = list.map_or("", |(list, _)| list);
    list.split(',')
        .filter_map(|number| number.trim().parse().ok())
}

fn digits(described: &Described) -> Option<Digits> {
    let mut numbers = numbers(&described.full_type);
    let (precision, scale) = (numbers.next()?, numbers.next().unwrap_or(0));
    let scale = i16::try_from(scale).ok()?;
    (described.ty == "decimal").then_some(Digits { precision, scale })
}

/// Returns how many fractional digits of a second a time type keeps: 3 for `time(3)`, 0 for `time`; `None` for others.
fn fraction(described: &Described) -> Option<u8> {
    let has_fraction = matches!(&*described.ty, "time" | "datetime" | "timestamp");
    let places = numbers(&described.full_type).next().unwrap_or(0);
    u8::try_from(places).ok().filter(|_| has_fraction)
}

/// Returns the members of a type such as `enum('a','it''s')`: `a` and `it's`.
fn members(full: &str) -> Vec<String> {
    let list = full
        .strip_prefix("enum(")
        .and_then(|rest| rest.strip_suffix(')'));
    let mut rest = list.unwrap_or_default();
    let mut members = Vec::new();
    while let Some(quoted) = rest.strip_prefix('\'') {
        let mut member = String::new();
        let mut chars = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((at, char)) = chars.next() {
            match char {
                '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                    chars.next();
                    member.push('\'');
                }
                '\'' => {
                    end = at + 1;
                    break;
                }
                char => member.push(char),
            }
        }
        members.push(member);
        let after = quoted.get(end..).unwrap_or_default();
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    members
}

/// Changes a column of bytes to a text column. Its bytes are read as UTF-8; bytes that are not UTF-8 are read as null.
#[expect(clippy::unnecessary_wraps, reason = "of other databases it may fail")]
pub(super) fn read_as_text(column: &mut Column) -> Result<(), String> {
    column.ty = Type::Text;
    column.storage.utf8 = true;
    Ok(())
}

/// Whether the column `model` of a model can be read from `stored`, a column of the table.
pub(super) fn reads(model: &Column, stored: &Column) -> bool {
    match (&model.ty, &stored.ty) {
        (
            Type::Integer { bits, signed },
            Type::Integer {
                bits: stored,
                signed: stored_signed,
            },
        ) => {
            let (least, greatest) = Type::bounds(*bits, *signed);
            let (lowest, highest) = Type::bounds(*stored, *stored_signed);
            least <= lowest && highest <= greatest
        }
        (Type::Enum(members), Type::Enum(stored)) => {
            members.len() == stored.len() && members.iter().all(|member| stored.contains(member))
        }
        (Type::Decimal, Type::Text) => model.storage.decimal_text,
        // The stored format of a UUID decides how values are ordered, so the model must name the format of the
        // database.
        (Type::Uuid, Type::Uuid) => model.storage.uuid == Some(UuidFormat::Native),
        (Type::Uuid, Type::Bytes) => matches!(model.storage.uuid, None | Some(UuidFormat::Bytes)),
        (Type::Uuid, Type::Text) => model.storage.uuid == Some(UuidFormat::Text),
        // Booleans are stored as integers of one digit. MariaDB stores documents as texts. Both kinds of timestamps
        // have no time zone.
        (Type::Boolean | Type::Float | Type::Decimal, Type::Integer { .. })
        | (Type::Integer { .. }, Type::Boolean)
        | (Type::Text, Type::Enum(_))
        | (Type::Enum(_) | Type::Json, Type::Text)
        | (Type::Timestamp, Type::ZonedTimestamp)
        | (Type::ZonedTimestamp, Type::Timestamp)
        | (Type::Other, _) => true,
        (model, stored) => model == stored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_of_an_enum_are_read() {
        assert_eq!(members("enum('a','b')"), ["a", "b"]);
        assert_eq!(
            members("enum('it''s, fine','','('',''')"),
            ["it's, fine", "", "(','"]
        );
        assert_eq!(members("enum()"), [""; 0]);
        assert_eq!(members("enum('open)"), ["open"]);
    }

    #[test]
    fn types_are_told_by_their_whole_name() {
        let integer = |bits, signed| Type::Integer { bits, signed };
        for (full, expected) in [
            ("tinyint(1)", Type::Boolean),
            ("tinyint(4)", integer(8, true)),
            ("tinyint(3) unsigned", integer(8, false)),
            ("mediumint(9)", integer(32, true)),
            ("bigint(20) unsigned", integer(64, false)),
            ("bit(1)", Type::Boolean),
            ("bit(8)", integer(64, false)),
            ("year(4)", integer(16, false)),
            ("set('a')", Type::Other),
        ] {
            let name = full.split('(').next().expect("a name");
            assert_eq!(type_of(name, full), expected, "{full}");
        }
    }
}
