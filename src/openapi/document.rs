//! The objects of an OpenAPI document (OpenAPI 3.1.1) that the library writes, in the order in which it writes them.

use serde::Serialize;

use super::{entries::Entries, schema::SchemaObject};

/// An object, or a reference to a component.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum OrRef<T> {
    Ref {
        #[serde(rename = "$ref")]
        reference: String,
    },
    Inline(T),
}

impl<T> OrRef<T> {
    pub(super) fn to(kind: &str, name: &str) -> Self {
        Self::Ref {
            reference: format!("#/components/{kind}/{name}"),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) description: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationObject {
    pub(super) tags: Vec<String>,
    pub(super) summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) operation_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<OrRef<ParameterObject>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: Entries<OrRef<ResponseObject>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ParameterObject {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) required: bool,
    /// `false` for a list with commas between its items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) explode: Option<bool>,
    pub(super) schema: SchemaObject,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct RequestBody {
    pub(super) description: &'static str,
    pub(super) required: bool,
    pub(super) content: Entries<MediaTypeObject>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct MediaTypeObject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<SchemaObject>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct ResponseObject {
    pub(super) description: String,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) headers: Entries<OrRef<HeaderObject>>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) content: Entries<MediaTypeObject>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) links: Entries<LinkObject>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct HeaderObject {
    pub(super) description: String,
    pub(super) schema: SchemaObject,
}

/// A link to another operation, which takes values of the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkObject {
    pub(super) operation_id: String,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) parameters: Entries<String>,
}

/// The parts that several operations share. A name that is taken by another object gets a number.
#[derive(Clone, Debug, Default)]
pub(super) struct Components {
    pub(super) schemas: Entries<SchemaObject>,
    pub(super) responses: Entries<ResponseObject>,
    pub(super) parameters: Entries<ParameterObject>,
    pub(super) headers: Entries<HeaderObject>,
}

/// Adds an object to components, unless the equal object is there, and returns its name.
pub(super) fn add<T: PartialEq>(all: &mut Entries<T>, name: &str, value: T) -> String {
    let mut number = 1;
    loop {
        let name = match number {
            1 => name.to_owned(),
            _ => format!("{name}{number}"),
        };
        match all.get(&name) {
            Some(known) if *known == value => return name,
            Some(_) => number += 1,
            None => {
                all.push(name.clone(), value);
                return name;
            }
        }
    }
}
