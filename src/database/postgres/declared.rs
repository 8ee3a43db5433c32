//! The model's types for the declared types of PostgreSQL.

use std::sync::Arc;

use sea_query::{ColumnType, IntoIden, StringLen};
use sqlx::{FromRow, Row as _, postgres::PgRow};

use crate::{
    cell::Type,
    model::{Column, Digits, Elements, Storage},
};

/// The description of a column in `pg_catalog`. For a column of a domain, the type is the domain's base type.
pub(super) struct Described {
    pub(super) relation: i64,
    pub(super) name: String,
    pub(super) is_not_null: bool,
    pub(super) ty: String,
    /// Whether the type is built into PostgreSQL, and not defined in this database.
    pub(super) is_known: bool,
    pub(super) is_array: bool,
    pub(super) labels: Option<Vec<String>>,
    pub(super) modifier: i32,
    /// Whether the column's collation may take different texts for equal.
    pub(super) is_loose: bool,
    /// The name of the collation, quoted for a statement.
    pub(super) collation: Option<String>,
    pub(super) is_generated: bool,
    pub(super) default_sql: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) may_read: bool,
}

impl FromRow<'_, PgRow> for Described {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            relation: row.try_get("relation")?,
            name: row.try_get("name")?,
            is_not_null: row.try_get("is_not_null")?,
            ty: row.try_get("ty")?,
            is_known: row.try_get("is_known")?,
            is_array: row.try_get("is_array")?,
            labels: row.try_get("labels")?,
            modifier: row.try_get("modifier")?,
            is_loose: row.try_get("is_loose")?,
            collation: row.try_get("collation")?,
            is_generated: row.try_get("is_generated")?,
            default_sql: row.try_get("default_sql")?,
            comment: row.try_get("comment")?,
            may_read: row.try_get("may_read")?,
        })
    }
}

/// Builds a column from its description.
pub(super) fn column(described: Described) -> Column {
    let Described {
        name,
        ty,
        is_known,
        is_array,
        labels,
        modifier,
        is_loose,
        ..
    } = described;
    let ty_of_array = if is_known {
        ty.clone()
    } else {
        format!("_{ty}")
    };
    let ty_name = if is_known || ty == "citext" { &*ty } else { "" };
    let ty = match labels {
        Some(labels) => Type::Enum(labels.into()),
        None if is_array => Type::Json,
        None => type_of(ty_name),
    };
    // The type modifier of a text is its length plus four.
    let length = modifier.checked_sub(4);
    let length = length.and_then(|length| u32::try_from(length).ok());
    let has_length = matches!(ty_name, "varchar" | "bpchar") && !is_array;
    let has_fraction = matches!(ty, Type::Time | Type::Timestamp | Type::ZonedTimestamp);
    let fraction = u8::try_from(modifier).ok().filter(|_| has_fraction);
    let is_text = ty == Type::Text;
    let is_enum = matches!(ty, Type::Enum(_));
    let column = Column {
        declared: (ty_name == "name").then(|| ColumnType::Custom("name".into_iden())),
        read_only: described.is_generated,
        max_length: length.filter(|length| *length > 0 && has_length),
        description: described.comment,
        collation: described.collation.filter(|_| is_text).map(Into::into),
        storage: Storage {
            single: ty_name == "float4",
            digits: digits(modifier).filter(|_| ty_name == "numeric" && !is_array),
            fraction,
            loose: is_text && (is_loose || matches!(ty_name, "bpchar" | "citext")),
            array: is_array.then(|| elements(&ty_of_array)),
            jsonb: ty_name == "jsonb" && !is_array,
            exact: is_enum || is_text && !is_loose && !matches!(ty_name, "bpchar" | "citext"),
            ..Storage::default()
        },
        element: element(&ty_of_array, is_loose).filter(|_| is_array),
        ..Column::new(name, ty, !described.is_not_null)
    };
    match described.default_sql {
        Some(sql) => column.with_shown_default(&sql),
        None => column,
    }
}

/// Returns the digits of a `numeric` from its type modifier, which is four more than the precision in the upper 16 bits
/// and the signed scale in the lower 11.
fn digits(modifier: i32) -> Option<Digits> {
    let packed = u32::try_from(modifier.checked_sub(4)?).ok()?;
    let scale = i16::try_from(packed & 0x7ff).ok()?;
    Some(Digits {
        precision: u16::try_from(packed >> 16).ok()?,
        scale: if scale > 0x3ff { scale - 0x800 } else { scale },
    })
}

/// Returns how the elements of an array type are read. `name` is the name of the array type, such as `_int4` for an
/// array of `int4`.
fn elements(name: &str) -> Elements {
    match name.strip_prefix('_') {
        // Vectors such as `int2vector`, which only system tables have.
        None => Elements::AsJson,
        // The identifier of the element type differs from database to database.
        Some("citext") => Elements::AsTexts,
        Some("char") => Elements::ByType,
        Some(element) if type_of(element) == Type::Other => Elements::AsTexts,
        Some(_) => Elements::ByType,
    }
}

/// Returns the column that one element of an array type would be; `None` if the elements are not read by their type.
fn element(name: &str, is_loose: bool) -> Option<Arc<Column>> {
    let name = name.strip_prefix('_')?;
    let ty = Some(type_of(name)).filter(|ty| *ty != Type::Other && name != "citext")?;
    Some(Arc::new(Column {
        declared: (name == "varchar").then_some(ColumnType::String(StringLen::None)),
        storage: Storage {
            single: name == "float4",
            exact: matches!(name, "text" | "varchar") && !is_loose,
            ..Storage::default()
        },
        ..Column::new(String::new(), ty, true)
    }))
}

fn type_of(name: &str) -> Type {
    let integer = |bits| Type::Integer { bits, signed: true };
    match name {
        "bool" => Type::Boolean,
        "int2" => integer(16),
        "int4" => integer(32),
        "int8" => integer(64),
        "float4" | "float8" => Type::Float,
        "numeric" => Type::Decimal,
        "text" | "varchar" | "bpchar" | "name" | "citext" => Type::Text,
        "bytea" => Type::Bytes,
        "date" => Type::Date,
        "time" => Type::Time,
        "timestamp" => Type::Timestamp,
        "timestamptz" => Type::ZonedTimestamp,
        "uuid" => Type::Uuid,
        "json" | "jsonb" => Type::Json,
        _ => Type::Other,
    }
}

/// Always returns an error, since PostgreSQL cannot compare bytes with texts.
pub(super) fn read_as_text(_: &mut Column) -> Result<(), String> {
    Err("PostgreSQL compares `bytea` with no text; give it a view that has `convert_from(column, 'UTF8')`".to_owned())
}

/// Whether the column `model` of a model can be read from `stored`, a column of the table.
pub(super) fn reads(model: &Column, stored: &Column) -> bool {
    match (&model.ty, &stored.ty) {
        (Type::Integer { bits, .. }, Type::Integer { bits: stored, .. }) => stored <= bits,
        (Type::Float | Type::Decimal, Type::Integer { .. })
        | (Type::Enum(_), Type::Text)
        | (Type::Other, _) => true,
        (Type::Enum(members), Type::Enum(stored)) => {
            members.len() == stored.len() && members.iter().all(|member| stored.contains(member))
        }
        (Type::Json, Type::Json) => model.storage.array == stored.storage.array,
        (model, stored) => model == stored,
    }
}
