//! The document read back, for the page that shows it: so the page says what the document says, and nothing else.

use std::collections::HashMap;

use super::{
    anchors::anchor,
    in_words::{in_words, referred},
    node::JsonNode,
};
use crate::representation::{
    ApiDocs, DocsAnswer, DocsContent, DocsEnding, DocsHead, DocsMember, DocsModel, DocsOperation,
    DocsParameter, DocsSchema, DocsScheme, DocsTag, SharedAnswer,
};

/// The methods that OpenAPI has members for.
const METHODS: [&str; 8] = [
    "get", "head", "post", "put", "patch", "delete", "options", "trace",
];
/// The most parameters that an operation repeats, though another one has all of them.
const MOST_REPEATED: usize = 4;

/// Returns what a document says.
pub(super) fn docs(json: &str) -> ApiDocs {
    let document = JsonNode::read(json);
    let components = document.get("components");
    let info = document.get("info");
    let servers = document.get("servers").items().iter();
    let models = components.get("schemas").members();
    let answers = components.get("responses").members();
    let schemes = components.get("securitySchemes").members();
    let mut reader = DocsReader {
        components,
        first: HashMap::new(),
        endings: Vec::new(),
    };
    ApiDocs {
        head: DocsHead {
            title: info.get("title").owned(),
            version: info.get("version").owned(),
            description: info.get("description").words(),
            servers: servers.map(|server| server.get("url").owned()).collect(),
        },
        schemes: schemes
            .map(|(name, scheme)| of_scheme(name, scheme))
            .collect(),
        tags: reader.tags(&document),
        endings: reader.endings,
        answers: answers
            .map(|(name, answer)| SharedAnswer {
                name: name.to_owned(),
                anchor: anchor("response", name),
                answer: of_answer("", answer),
            })
            .collect(),
        models: models
            .map(|(name, schema)| of_model(name, schema))
            .collect(),
    }
}

fn of_scheme(name: &str, scheme: &JsonNode) -> DocsScheme {
    let members = scheme.members();
    let members = members.filter(|(name, _)| *name != "description");
    DocsScheme {
        name: name.to_owned(),
        members: members
            .map(|(name, value)| (name.to_owned(), value.to_string()))
            .collect(),
        description: scheme.get("description").words(),
    }
}

/// Returns the id of an operation with its anchor.
fn linked(id: &str) -> (String, String) {
    (id.to_owned(), anchor("operation", id))
}

fn of_tag(name: &str, description: Option<String>) -> DocsTag {
    DocsTag {
        name: name.to_owned(),
        anchor: anchor("tag", name),
        description,
        operations: Vec::new(),
    }
}

/// A reader of the operations of a document.
struct DocsReader<'d> {
    components: &'d JsonNode,
    /// The id of the first operation that has the same shared parameters, by their names.
    first: HashMap<Vec<&'d str>, String>,
    endings: Vec<DocsEnding>,
}

impl<'d> DocsReader<'d> {
    /// Returns the tags that have operations, in the order of the document.
    fn tags(&mut self, document: &'d JsonNode) -> Vec<DocsTag> {
        let known = document.get("tags").items().iter();
        let mut tags: Vec<DocsTag> = known
            .map(|tag| of_tag(&tag.get("name").owned(), tag.get("description").words()))
            .collect();
        for (path, methods) in document.get("paths").members() {
            for (method, operation) in methods.members() {
                if !METHODS.contains(&method) {
                    continue;
                }
                let own = operation
                    .get("tags")
                    .items()
                    .iter()
                    .find_map(JsonNode::text);
                let name = own.unwrap_or("Other");
                let mut operation = self.operation(path, method, operation);
                let get = methods.get("get").get("operationId").text();
                operation.head_of = get.filter(|_| method == "head").map(linked);
                match tags.iter_mut().find(|tag| tag.name == name) {
                    Some(tag) => tag.operations.push(operation),
                    None => {
                        let mut tag = of_tag(name, None);
                        tag.operations.push(operation);
                        tags.push(tag);
                    }
                }
            }
        }
        tags.retain(|tag| !tag.operations.is_empty());
        tags
    }

    fn operation(&mut self, path: &str, method: &str, operation: &'d JsonNode) -> DocsOperation {
        let id = operation.get("operationId").words();
        let id = id.unwrap_or_else(|| format!("{method} {path}"));
        let parameters = operation.get("parameters").items();
        let shared: Vec<&str> = parameters
            .iter()
            .filter_map(|parameter| referred(parameter, "parameters"))
            .collect();
        let is_long = shared.len() > MOST_REPEATED;
        let same_as = self.first.get(&shared).filter(|_| is_long).cloned();
        if is_long && same_as.is_none() {
            self.first.insert(shared, id.clone());
        }
        let shown = parameters
            .iter()
            .filter(|parameter| same_as.is_none() || referred(parameter, "parameters").is_none());
        let shown = shown.map(|parameter| match referred(parameter, "parameters") {
            Some(name) => self.components.get("parameters").get(name),
            None => parameter,
        });
        let is_key = |parameter: &&JsonNode| parameter.get("in").text() == Some("path");
        let (keys, others): (Vec<&JsonNode>, Vec<&JsonNode>) = shown.partition(is_key);
        let body = operation.get("requestBody");
        let answers = operation.get("responses").members();
        let security = operation.get("security");
        DocsOperation {
            anchor: anchor("operation", &id),
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            summary: operation.get("summary").owned(),
            description: operation.get("description").words(),
            is_deprecated: operation.get("deprecated").is_true(),
            security: (!security.is_null()).then(|| {
                let all = security.items().iter().flat_map(JsonNode::members);
                all.map(|(name, _)| name.to_owned()).collect()
            }),
            keys: keys.into_iter().map(of_parameter).collect(),
            parameters: self.parameters(&others),
            same_as: same_as.as_deref().map(linked),
            head_of: None,
            body: contents(body.get("content"), body.get("required").is_true()),
            answers: answers
                .map(|(status, answer)| of_answer(status, answer))
                .collect(),
            id,
        }
    }

    /// Returns parameters, of which those that end another one's name are said with that.
    fn parameters(&mut self, parameters: &[&JsonNode]) -> Vec<DocsParameter> {
        let mut all: Vec<DocsParameter> = Vec::new();
        for parameter in parameters {
            let name = parameter.get("name").text().unwrap_or_default();
            let longer = all.iter_mut().rev().find_map(|known| {
                let ending = name.strip_prefix(&known.name)?;
                ending.starts_with("__").then_some((known, ending))
            });
            match longer {
                Some((known, ending)) => {
                    known.endings.push(ending.to_owned());
                    self.add_ending(&known.name, ending, parameter);
                }
                None => all.push(of_parameter(parameter)),
            }
        }
        all
    }

    /// Adds the meaning of an ending of the parameter `of`.
    fn add_ending(&mut self, of: &str, ending: &str, parameter: &JsonNode) {
        let schema = DocsSchema {
            facts: Vec::new(),
            ..in_words(parameter.get("schema"), false)
        };
        match self.endings.iter_mut().find(|known| known.ending == ending) {
            Some(known) if known.schemas.contains(&schema) => {}
            Some(known) => known.schemas.push(schema),
            None => {
                let description = parameter.get("description").owned();
                let own = description.strip_prefix(&format!("`{of}`: "));
                self.endings.push(DocsEnding {
                    ending: ending.to_owned(),
                    description: own.unwrap_or(&description).to_owned(),
                    schemas: vec![schema],
                });
            }
        }
    }
}

fn of_parameter(parameter: &JsonNode) -> DocsParameter {
    let is_required = parameter.get("required").is_true();
    DocsParameter {
        name: parameter.get("name").owned(),
        place: parameter.get("in").owned(),
        schema: in_words(parameter.get("schema"), is_required),
        description: both(parameter, parameter.get("schema")),
        endings: Vec::new(),
    }
}

/// Returns the descriptions of a parameter and of its schema.
fn both(parameter: &JsonNode, schema: &JsonNode) -> Option<String> {
    let all = [parameter, schema].map(|one| one.get("description").words());
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" "))
}

fn of_answer(status: &str, answer: &JsonNode) -> DocsAnswer {
    let shared = referred(answer, "responses");
    let headers = answer.get("headers").members();
    DocsAnswer {
        status: status.to_owned(),
        shared: shared.map(|name| (name.to_owned(), anchor("response", name))),
        description: answer.get("description").owned(),
        contents: contents(answer.get("content"), false),
        headers: headers.map(|(name, _)| name.to_owned()).collect(),
    }
}

/// Returns the contents of a body or an answer; media types with the same schema are one.
fn contents(content: &JsonNode, is_required: bool) -> Vec<DocsContent> {
    let mut all: Vec<DocsContent> = Vec::new();
    for (media_type, content) in content.members() {
        let schema = in_words(content.get("schema"), is_required);
        match all.iter_mut().find(|known| known.schema == schema) {
            Some(known) => known.media_types.push(media_type.to_owned()),
            None => all.push(DocsContent {
                media_types: vec![media_type.to_owned()],
                schema,
            }),
        }
    }
    all
}

fn of_model(name: &str, schema: &JsonNode) -> DocsModel {
    let required = schema.get("required").items();
    let is_required = |name: &str| required.iter().any(|known| known.text() == Some(name));
    // An `allOf` holds the reference to a named schema, and its keywords stand beside it.
    let parts = [schema].into_iter().chain(schema.get("allOf").items());
    let members = parts.flat_map(|part| part.get("properties").members());
    DocsModel {
        name: name.to_owned(),
        anchor: anchor("schema", name),
        description: schema.get("description").words(),
        schema: in_words(schema, false),
        is_object: !schema.get("properties").is_null(),
        members: members
            .map(|(name, member)| DocsMember {
                name: name.to_owned(),
                schema: in_words(member, is_required(name)),
                description: member.get("description").words(),
            })
            .collect(),
    }
}
