//! The schemas of problem documents and of the answers to OPTIONS.
//!
//! They are closed: a member that these answers get and that is missing here fails the tests that hold answers to the
//! document.

use serde_json::{Value as Json, json};

use super::{problems::PROBLEM, schema::SchemaObject};
use crate::error::Code;

/// Returns the schemas that every document has, by name.
pub(super) fn all() -> Vec<(&'static str, SchemaObject)> {
    [
        (PROBLEM, problem()),
        ("RootDescription", root()),
        ("ActionDescription", action()),
        ("ViewSetDescription", viewset()),
    ]
    .into_iter()
    .map(|(name, foreign)| {
        let foreign = Some(foreign);
        let schema = SchemaObject {
            foreign,
            ..SchemaObject::default()
        };
        (name, schema)
    })
    .collect()
}

/// Returns the schema of a closed object; the members `required` are always there.
fn closed(description: &str, required: &[&str], properties: &Json) -> Json {
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn problem() -> Json {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    let text = json!({"type": "string"});
    let code = json!({"type": "string", "enum": codes});
    let fault = closed(
        "A fault: in a parameter of the query string, or at a pointer (RFC 6901) into the body.",
        &["code", "detail"],
        &json!({"parameter": text, "pointer": text, "code": code, "detail": text}),
    );
    closed(
        "An error (RFC 9457), with all faults of the request.",
        &["type", "title", "status", "code", "detail"],
        &json!({
            "type": {"type": "string", "format": "uri-reference"},
            "title": text,
            "status": {"type": "integer"},
            "code": code,
            "detail": text,
            "errors": {"type": "array", "items": fault},
        }),
    )
}

fn texts() -> Json {
    json!({"type": "array", "items": {"type": "string"}})
}

fn root() -> Json {
    closed(
        "What the API serves.",
        &["name", "methods", "resources"],
        &json!({"name": {"type": "string"}, "methods": texts(), "resources": texts()}),
    )
}

fn action() -> Json {
    let text = json!({"type": "string"});
    closed(
        "What an action, or another path of its own, serves.",
        &["name", "methods"],
        &json!({
            "name": text,
            "description": text,
            "methods": texts(),
            "on": {"type": "string", "enum": ["object", "collection"]},
        }),
    )
}

fn viewset() -> Json {
    let text = json!({"type": "string"});
    let number = json!({"type": "integer", "minimum": 0});
    let filter = closed(
        "A filter.",
        &["name", "lookups"],
        &json!({"name": text, "lookups": texts()}),
    );
    let required = [
        "name",
        "methods",
        "columns",
        "filters",
        "orderings",
        "search",
        "relations",
        "page_size",
        "max_page_size",
    ];
    closed(
        "What a viewset takes and shows.",
        &required,
        &json!({
            "name": text,
            "description": text,
            "methods": texts(),
            "id_member": text,
            "columns": {"type": "array", "items": column()},
            "filters": {"type": "array", "items": filter},
            "groups": texts(),
            "facets": texts(),
            "aggregates": texts(),
            "group_by": texts(),
            "orderings": texts(),
            "search": texts(),
            "full_text": {"type": "boolean"},
            "relations": texts(),
            "page_size": number,
            "max_page_size": number,
            "pages": texts(),
            "counts": texts(),
            "actions": {"type": "array", "items": {"$ref": "#/components/schemas/ActionDescription"}},
        }),
    )
}

fn column() -> Json {
    let text = json!({"type": "string"});
    let flag = json!({"type": "boolean"});
    let number = json!({"type": "integer", "minimum": 0});
    closed(
        "A column.",
        &["name", "type", "nullable", "unique"],
        &json!({
            "name": text,
            "type": text,
            "nullable": flag,
            "unique": flag,
            "read_only": flag,
            "write_only": flag,
            "create_only": flag,
            "required": flag,
            "min_length": number,
            "max_length": number,
            "min": {},
            "max": {},
            "not_blank": flag,
            "pattern": text,
            "format": text,
            "default": {},
            "choices": {"type": "array", "items": {}},
            "description": text,
        }),
    )
}
