//! The types of the program, in the document: what their schemas refer to becomes components, under names that are free.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::{
    document::{Components, ParameterObject},
    names::TakenNames,
    schema::SchemaObject,
};
use crate::{
    action::{Action, TypeSchema},
    params::percent_decode,
};

/// The names of the components that describe types of the program.
#[derive(Debug)]
pub(super) struct TypeNames {
    taken: TakenNames,
    /// The name of each definition that is a component, by its own name and all that it consists of.
    known: BTreeMap<(String, String), String>,
}

/// The types of one action, as the document describes them.
#[derive(Debug, Default)]
pub(super) struct ActionTypes {
    pub(super) query: Vec<ParameterObject>,
    pub(super) payload: SchemaObject,
    pub(super) needs_body: bool,
    pub(super) reply: SchemaObject,
}

impl TypeNames {
    /// Begins with names that other components have.
    pub(super) fn beside(taken: TakenNames) -> Self {
        Self {
            taken,
            known: BTreeMap::new(),
        }
    }

    /// Returns the types of an action, after adding their definitions to the components.
    pub(super) fn of(&mut self, action: &Action, components: &mut Components) -> ActionTypes {
        let schemas = &action.schemas;
        let mut added = |own: &Option<TypeSchema>| {
            let own = own.as_ref()?;
            Some(self.add(own, components))
        };
        ActionTypes {
            payload: added(&schemas.payload).unwrap_or_default(),
            reply: added(&schemas.reply).unwrap_or_default(),
            query: match &schemas.query {
                Some(own) => parameters(own, &self.names(own, components)),
                None => Vec::new(),
            },
            needs_body: schemas
                .payload
                .as_ref()
                .is_some_and(|own| !own.takes_nothing),
        }
    }

    fn add(&mut self, own: &TypeSchema, components: &mut Components) -> SchemaObject {
        let names = self.names(own, components);
        foreign(renamed(&own.schema, &names))
    }

    /// Returns the component of each definition. Equal definitions are one component.
    fn names(&mut self, own: &TypeSchema, components: &mut Components) -> BTreeMap<String, String> {
        let (mut names, mut new) = (BTreeMap::new(), Vec::new());
        for name in own.definitions.keys() {
            let whole = (name.clone(), whole(name, &own.definitions));
            let component = self.known.entry(whole).or_insert_with(|| {
                let plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
                let wish = name.replace(|char| !plain(char), "_");
                let mut component = self.taken.take([wish.clone()], &[""]);
                // The schemas of enums take names as they are needed.
                while components.schemas.get(&component).is_some() {
                    component = self.taken.take([wish.clone()], &[""]);
                }
                new.push((name, component.clone()));
                component
            });
            names.insert(name.clone(), component.clone());
        }
        for (name, component) in new {
            let definition = own.definitions.get(name).unwrap_or(&Json::Null);
            let definition = foreign(renamed(definition, &names));
            components.schemas.push(component, definition);
        }
        names
    }
}

/// Returns the fields of a type as parameters of the query string.
fn parameters(own: &TypeSchema, names: &BTreeMap<String, String>) -> Vec<ParameterObject> {
    let definition = target(&own.schema).and_then(|name| own.definitions.get(&name));
    let object = definition.unwrap_or(&own.schema);
    let required = object.get("required").and_then(Json::as_array);
    let is_required = |name: &str| {
        let mut required = required.into_iter().flatten();
        required.any(|known| known.as_str() == Some(name))
    };
    let fields = object.get("properties").and_then(Json::as_object);
    let fields = fields.into_iter().flatten();
    let parameter = |(name, schema): (&String, &Json)| ParameterObject {
        name: name.clone(),
        place: "query",
        description: None,
        required: is_required(name),
        explode: None,
        schema: foreign(renamed(schema, names)),
    };
    fields.map(parameter).collect()
}

/// Returns the text of a definition and of all that it refers to, directly or by others.
fn whole(name: &str, definitions: &Map<String, Json>) -> String {
    let (mut reached, mut left) = (BTreeSet::new(), vec![name.to_owned()]);
    while let Some(name) = left.pop() {
        if let Some(definition) = definitions.get(&name)
            && reached.insert(name)
        {
            targets(definition, &mut left);
        }
    }
    let texts = reached.iter().map(|name| {
        let definition = definitions.get(name).unwrap_or(&Json::Null);
        format!("{name} {definition}\n")
    });
    texts.collect()
}

/// Appends the name of each definition that a schema refers to itself.
fn targets(schema: &Json, all: &mut Vec<String>) {
    all.extend(target(schema));
    match schema {
        Json::Object(members) => members.values().for_each(|value| targets(value, all)),
        Json::Array(items) => items.iter().for_each(|value| targets(value, all)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Returns the name of the definition that a schema refers to.
fn target(schema: &Json) -> Option<String> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)?;
    let name = percent_decode(name).ok()?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// Returns a schema whose references have the names of the components.
fn renamed(schema: &Json, names: &BTreeMap<String, String>) -> Json {
    let mut schema = schema.clone();
    rename(&mut schema, names);
    schema
}

fn rename(schema: &mut Json, names: &BTreeMap<String, String>) {
    let component = target(schema).and_then(|name| names.get(&name));
    match schema {
        Json::Object(members) => {
            members.values_mut().for_each(|value| rename(value, names));
            if let Some(component) = component {
                members.insert("$ref".to_owned(), format!("{COMPONENTS}{component}").into());
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|value| rename(value, names)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Returns a schema that was made elsewhere. `true`, which allows anything, is a schema without keywords.
fn foreign(schema: Json) -> SchemaObject {
    let keywords = match schema {
        Json::Bool(false) => serde_json::json!({"not": {}}),
        Json::Object(keywords) if keywords.is_empty() => return SchemaObject::default(),
        Json::Object(_) => schema,
        Json::Null | Json::Bool(true) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            return SchemaObject::default();
        }
    };
    SchemaObject {
        foreign: Some(keywords),
        ..SchemaObject::default()
    }
}

const COMPONENTS: &str = "#/components/schemas/";
