//! What PostgreSQL's types are to a model.

use sea_query::{ColumnType, IntoIden};

use super::reflect::Described;
use crate::{
    cell::Type,
    model::{Column, Elements, Storage},
};

/// The column that `pg_catalog` describes.
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
    // A length is counted with the four bytes of its own.
    let length = u32::try_from(modifier - 4).ok();
    let has_length = matches!(ty_name, "varchar" | "bpchar") && !is_array;
    let is_text = ty == Type::Text;
    let column = Column {
        declared: (ty_name == "name").then(|| ColumnType::Custom("name".into_iden())),
        read_only: described.is_generated,
        max_length: length.filter(|length| *length > 0 && has_length),
        description: described.comment,
        collation: described.collation.filter(|_| is_text).map(Into::into),
        storage: Storage {
            single: ty_name == "float4",
            loose: is_text && (is_loose || matches!(ty_name, "bpchar" | "citext")),
            array: is_array.then(|| elements(&ty_of_array)),
            exact: is_text && !is_loose && !matches!(ty_name, "bpchar" | "citext"),
            ..Storage::default()
        },
        ..Column::new(name, ty, !described.is_not_null)
    };
    match described.default_sql {
        Some(sql) => column.with_shown_default(&sql),
        None => column,
    }
}

/// How the elements of an array type are read. The name of an array type is that of its elements after a `_`.
fn elements(name: &str) -> Elements {
    match name.strip_prefix('_') {
        // Vectors of numbers, which the system's own tables have.
        None => Elements::AsJson,
        // Its elements have a type of their own, with a number that is known to one database alone.
        Some("citext") => Elements::AsTexts,
        Some("char") => Elements::ByType,
        Some(element) if type_of(element) == Type::Other => Elements::AsTexts,
        Some(_) => Elements::ByType,
    }
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

/// Reads a column as a type that the database's own can be read as.
pub(super) fn retype(column: &mut Column, ty: &Type) -> Result<(), String> {
    let stored = column.clone();
    column.ty = ty.clone();
    if reads(column, &stored) {
        return Ok(());
    }
    Err(format!("the database has it as {}", stored.ty.name()))
}

/// Refuses to read bytes as texts: PostgreSQL compares them with no text.
pub(super) fn read_as_text(_: &mut Column) -> Result<(), String> {
    Err("PostgreSQL compares `bytea` with no text; give it a view that has `convert_from(column, 'UTF8')`".to_owned())
}

/// Whether a column of a model is read from one of the table's.
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
