//! The answers of operations: their statuses, headers and contents.

use super::{
    document::{Components, HeaderObject, MediaTypeObject, OrRef, ResponseObject, add},
    entries::Entries,
    parameters::{READ_AFTER, media_types},
    schema::SchemaObject,
};
use crate::{
    action::Action,
    params::{Format, Formats, Shows},
    route::Target,
};

pub(super) fn of_header(
    name: &str,
    words: &str,
    schema: SchemaObject,
    components: &mut Components,
) -> OrRef<HeaderObject> {
    let header = HeaderObject {
        description: words.to_owned(),
        schema,
    };
    OrRef::to("headers", &add(&mut components.headers, name, header))
}

pub(super) fn of_schema(schema: SchemaObject) -> MediaTypeObject {
    MediaTypeObject {
        schema: Some(schema),
    }
}

/// The contents of a successful answer.
pub(super) struct SuccessAnswer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// The schema of the answer as JSON; `None` if it has no content.
    pub(super) schema: Option<SchemaObject>,
    pub(super) shows: Shows,
    pub(super) headers: Vec<&'static str>,
}

impl SuccessAnswer {
    /// Returns an answer whose content has this schema as JSON.
    pub(super) const fn new(
        status: u16,
        description: &'static str,
        schema: SchemaObject,
        shows: Shows,
    ) -> Self {
        Self {
            status,
            description,
            schema: Some(schema),
            shows,
            headers: Vec::new(),
        }
    }

    /// Returns an answer without content.
    pub(super) const fn empty(status: u16, description: &'static str) -> Self {
        Self {
            status,
            description,
            schema: None,
            shows: Shows::Rest,
            headers: Vec::new(),
        }
    }

    pub(super) fn with(mut self, headers: &[&'static str]) -> Self {
        self.headers = headers.to_vec();
        self
    }

    /// Adds a header.
    pub(super) fn and(mut self, header: &'static str) -> Self {
        self.headers.push(header);
        self
    }

    /// Returns the response, without its content if it is that of a HEAD.
    pub(super) fn response(
        self,
        formats: &Formats,
        is_head: bool,
        components: &mut Components,
    ) -> ResponseObject {
        let mut content = Entries::default();
        if let Some(schema) = self.schema.filter(|_| !is_head) {
            for (format, media_type) in media_types(formats, self.shows) {
                let schema = match format {
                    Format::Json => schema.clone(),
                    Format::Html | Format::Csv | Format::Ndjson => SchemaObject::text(),
                    Format::Own(_) => SchemaObject::default(),
                };
                content.push(media_type, of_schema(schema));
            }
        }
        let headers = self.headers.into_iter();
        let headers = headers.filter_map(|name| {
            let (_, words, schema) = HEADERS.iter().find(|(known, ..)| *known == name)?;
            Some((
                name.to_owned(),
                of_header(name, words, schema(), components),
            ))
        });
        ResponseObject {
            description: self.description.to_owned(),
            headers: headers.collect(),
            content,
            links: Entries::default(),
        }
    }
}

/// The name of a header, its meaning, and the schema of its value.
type DescribedHeader = (&'static str, &'static str, fn() -> SchemaObject);

/// The headers of answers, each with its meaning and the schema of its value.
const HEADERS: [DescribedHeader; 7] = [
    (
        "ETag",
        "The tag of this answer, and of the object that it shows.",
        SchemaObject::text,
    ),
    ("Location", "The URI of the new object.", SchemaObject::uri),
    (
        "Link",
        "Links to other pages (RFC 8288), or to this document (RFC 8631).",
        SchemaObject::text,
    ),
    (
        "X-Total-Count",
        "The number of rows of the list, if it is known.",
        number,
    ),
    (
        "Preference-Applied",
        "The preferences that were honoured.",
        SchemaObject::text,
    ),
    ("Allow", "The methods of the URL.", SchemaObject::text),
    (
        READ_AFTER,
        "How far the database has come. A request that sends it back reads no older rows.",
        SchemaObject::text,
    ),
];

fn number() -> SchemaObject {
    SchemaObject::whole(0)
}

/// Returns the name of the schema of the answer to OPTIONS of a target.
pub(super) const fn description_of(target: &Target<'_>) -> &'static str {
    match target {
        Target::Root => "RootDescription",
        Target::List(_) | Target::Object(..) => "ViewSetDescription",
        Target::Document | Target::Docs(_) | Target::Act(..) => "ActionDescription",
    }
}

/// Whether an action answers requests with this method by reading a body.
pub(super) fn takes_body(action: &Action, method: &str) -> bool {
    !matches!(method, "GET" | "HEAD") && action.methods().any(|known| known == method)
}
