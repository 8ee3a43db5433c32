//! Schemas (JSON Schema 2020-12) of the values of columns.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::entries::Entries;
use crate::{
    cell::{Cell, Type, Value},
    model::Column,
    predicate::DatePart,
    representation::write_cell,
};

/// A schema, with the keywords that the library uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SchemaObject {
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "types"
    )]
    pub(super) types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) read_only: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) write_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unique_items: bool,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) properties: Entries<Self>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<OrBoolean>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Self>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) all_of: Vec<Self>,
    /// Keywords of a schema that was made elsewhere.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) foreign: Option<Json>,
}

/// A schema, or whether anything is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum OrBoolean {
    Schema(Box<SchemaObject>),
    Boolean(bool),
}

/// Writes a single type as a text, several as a list.
fn types<S: serde::Serializer>(types: &[&'static str], serializer: S) -> Result<S::Ok, S::Error> {
    match types {
        [only] => serializer.serialize_str(only),
        several => several.serialize(serializer),
    }
}

impl SchemaObject {
    pub(super) fn of_type(name: &'static str) -> Self {
        Self {
            types: vec![name],
            ..Self::default()
        }
    }

    pub(super) fn text() -> Self {
        Self::of_type("string")
    }

    pub(super) fn to(name: &str) -> Self {
        Self {
            reference: Some(format!("#/components/schemas/{name}")),
            ..Self::default()
        }
    }

    pub(super) fn uri() -> Self {
        Self {
            format: Some("uri-reference"),
            ..Self::text()
        }
    }

    pub(super) fn whole(least: u64) -> Self {
        Self {
            minimum: Some(json!(least)),
            ..Self::of_type("integer")
        }
    }

    pub(super) fn any(any_of: Vec<Self>) -> Self {
        Self {
            any_of,
            ..Self::default()
        }
    }

    pub(super) fn list(items: Self) -> Self {
        Self {
            items: Some(Box::new(items)),
            ..Self::of_type("array")
        }
    }

    /// Returns the schema of an object with these members and, if `is_closed`, no others.
    pub(super) fn object(properties: Entries<Self>, is_closed: bool) -> Self {
        Self {
            properties,
            additional_properties: is_closed.then_some(OrBoolean::Boolean(false)),
            ..Self::of_type("object")
        }
    }

    /// Returns the schema of one of these texts.
    pub(super) fn one_of_texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts = texts.into_iter();
        Self {
            one_of: texts.map(|text| json!(text.as_ref())).collect(),
            ..Self::text()
        }
    }

    /// Returns the schema of an object that always has these members and no others.
    pub(super) fn whole_object<const N: usize>(members: [(&str, Self); N]) -> Self {
        let members = members.map(|(name, schema)| (name.to_owned(), schema));
        Self {
            required: members.iter().map(|(name, _)| name.clone()).collect(),
            ..Self::object(Entries::from_iter(members), true)
        }
    }

    pub(super) fn described(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Returns the schema that allows null, too.
    pub(super) fn or_null(mut self) -> Self {
        let is_anything = self.types.is_empty() && self.any_of.is_empty();
        if self.reference.is_some() {
            return Self::any(vec![self, Self::of_type("null")]);
        }
        if !self.any_of.is_empty() {
            self.any_of.push(Self::of_type("null"));
        } else if !is_anything {
            self.types.push("null");
        }
        if !self.one_of.is_empty() {
            self.one_of.push(Json::Null);
        }
        self
    }

    /// Returns the schema without limits on the values, for values that are stored already.
    pub(super) fn of_column(column: &Column) -> Self {
        let mut schema = Self::of_stored_type(column);
        if column.nullable {
            schema = schema.or_null();
        }
        schema.description.clone_from(&column.description);
        schema
    }

    /// Returns the schema of the values of a column's type that are not null.
    pub(super) fn of_stored_type(column: &Column) -> Self {
        if column.storage.array.is_some() {
            // An array may have arrays as items.
            return Self::list(Self::default());
        }
        let text = |format| Self {
            format: Some(format),
            ..Self::text()
        };
        match &column.ty {
            Type::Boolean => Self::of_type("boolean"),
            Type::Integer { bits, .. } => Self {
                format: Some(if *bits <= 32 { "int32" } else { "int64" }),
                ..Self::of_type("integer")
            },
            Type::Float => Self {
                format: Some("double"),
                ..Self::of_type("number")
            },
            Type::Decimal => text("decimal"),
            Type::Text | Type::Other => Self::text(),
            Type::Enum(members) => {
                let empty = column.storage.empty_member.then(String::new);
                let empty = empty.filter(|_| !members.iter().any(String::is_empty));
                Self::one_of_texts(members.iter().cloned().chain(empty))
            }
            Type::Bytes => Self {
                content_encoding: Some("base64"),
                ..Self::text()
            },
            Type::Date => text("date"),
            Type::Time => text("time-local"),
            Type::Timestamp => text("date-time-local"),
            Type::ZonedTimestamp => text("date-time"),
            Type::Uuid => text("uuid"),
            Type::Json => Self::default(),
        }
    }
}

/// Returns the JSON of a value as answers show it.
pub(super) fn of_value(value: &Value) -> Option<Json> {
    of_cell(value.as_cell())
}

fn of_cell(cell: Cell<'_>) -> Option<Json> {
    let mut json = Vec::new();
    write_cell(cell, &mut json);
    serde_json::from_slice(&json).ok()
}

/// Returns the schema of a part of a date.
pub(super) fn of_part(part: DatePart) -> SchemaObject {
    let (least, most) = match part {
        DatePart::Date => {
            return SchemaObject {
                format: Some("date"),
                ..SchemaObject::text()
            };
        }
        DatePart::Year => (0, 9999),
        DatePart::Month => (1, 12),
        DatePart::Day => (1, 31),
    };
    SchemaObject {
        maximum: Some(json!(most)),
        ..SchemaObject::whole(least)
    }
}

/// Returns the schema of an object whose members, of any names, have these values.
pub(super) fn map_of(values: SchemaObject) -> SchemaObject {
    SchemaObject {
        additional_properties: Some(OrBoolean::Schema(Box::new(values))),
        ..SchemaObject::of_type("object")
    }
}
