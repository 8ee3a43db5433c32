//! Schemas in words: the type of a value, and what else is true of it.

use super::{anchors::anchor, node::JsonNode};
use crate::representation::{DocsSchema, TypeWord};

/// Facts of a schema: a keyword, and the words before its value.
const LIMITS: [(&str, &str); 13] = [
    ("const", "is"),
    ("default", "default"),
    ("minimum", "at least"),
    ("exclusiveMinimum", "more than"),
    ("maximum", "at most"),
    ("exclusiveMaximum", "less than"),
    ("multipleOf", "a multiple of"),
    ("minLength", "at least characters:"),
    ("maxLength", "at most characters:"),
    ("pattern", "matches"),
    ("contentEncoding", "encoded as"),
    ("minItems", "at least items:"),
    ("maxItems", "at most items:"),
];

/// The keywords that are facts where they are true.
const FLAGS: [(&str, &str); 4] = [
    ("uniqueItems", "no item twice"),
    ("readOnly", "read-only"),
    ("writeOnly", "write-only"),
    ("deprecated", "deprecated"),
];

/// Returns a schema in words.
pub(super) fn in_words(schema: &JsonNode, is_required: bool) -> DocsSchema {
    let mut facts = Vec::new();
    if is_required {
        facts.push("required".to_owned());
    }
    add_facts(schema, &mut facts);
    DocsSchema {
        ty: words_of(schema),
        facts,
    }
}

/// Returns the name of the component of a kind, such as `schemas`, that a node refers to.
pub(super) fn referred<'n>(node: &'n JsonNode, kind: &str) -> Option<&'n str> {
    let path = node.get("$ref").text()?.strip_prefix("#/components/")?;
    path.strip_prefix(kind)?.strip_prefix('/')
}

fn words_of(schema: &JsonNode) -> Vec<TypeWord> {
    if let Some(name) = referred(schema, "schemas") {
        return vec![TypeWord::Model(name.to_owned(), anchor("schema", name))];
    }
    for (keyword, between) in [("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")] {
        // A schema of an object that only says more of one that is named has no type of its own.
        let all = schema.get(keyword).items().iter().map(words_of);
        let all: Vec<_> = all.filter(|words| !words.is_empty()).collect();
        if !all.is_empty() {
            return joined(all, between);
        }
    }
    let types = match schema.get("type") {
        JsonNode::List(types) => types.as_slice(),
        one => std::slice::from_ref(one),
    };
    let types = types.iter().filter_map(JsonNode::text);
    let types = types.map(|name| of_type(name, schema));
    joined(types.collect(), " or ")
}

fn of_type(name: &str, schema: &JsonNode) -> Vec<TypeWord> {
    let words = |words: &str| TypeWord::Words(words.to_owned());
    let of = |before: &str, inner: &JsonNode| {
        let mut all = vec![words(before)];
        let inner = words_of(inner);
        let is_known = !inner.is_empty();
        all.extend(inner);
        if is_known { all } else { vec![words(name)] }
    };
    match (name, schema.get("format").text()) {
        ("array", _) => of("list of ", schema.get("items")),
        ("object", _) if schema.get("properties").is_null() => {
            of("object of ", schema.get("additionalProperties"))
        }
        ("null", _) | (_, None) => vec![words(name)],
        (_, Some(format)) => vec![words(&format!("{name} ({format})"))],
    }
}

fn joined(all: Vec<Vec<TypeWord>>, between: &str) -> Vec<TypeWord> {
    let mut words = Vec::new();
    for (at, one) in all.into_iter().enumerate() {
        if at > 0 {
            words.push(TypeWord::Words(between.to_owned()));
        }
        words.extend(one);
    }
    words
}

/// Returns the least and the greatest number of a format, which its name says.
fn ends(format: &str) -> [&'static str; 2] {
    match format {
        "int32" => ["-2147483648", "2147483647"],
        "int64" => ["-9223372036854775808", "9223372036854775807"],
        _ => [""; 2],
    }
}

fn add_facts(schema: &JsonNode, facts: &mut Vec<String>) {
    let format = schema.get("format").text().unwrap_or_default();
    let known = |(keyword, words): &(&str, &str)| {
        let value = schema.get(keyword);
        let text = value.to_string();
        let is_said = matches!(*keyword, "minimum" | "maximum") && ends(format).contains(&&*text);
        (!value.is_null() && !is_said).then(|| format!("{words} {text}"))
    };
    facts.extend(LIMITS.iter().filter_map(known));
    let flags = FLAGS
        .iter()
        .filter(|(keyword, _)| schema.get(keyword).is_true());
    facts.extend(flags.map(|(_, words)| (*words).to_owned()));
    let values = schema.get("enum").items();
    if !values.is_empty() {
        let values: Vec<_> = values.iter().map(JsonNode::to_string).collect();
        facts.push(format!("one of {}", values.join(", ")));
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for one in schema.get(keyword).items() {
            add_facts(one, facts);
        }
    }
    if !schema.get("items").is_null() {
        add_facts(schema.get("items"), facts);
    }
}
