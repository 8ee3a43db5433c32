//! The documentation: what the OpenAPI document says, without its form.

/// The content of an OpenAPI document.
#[derive(Debug)]
pub(crate) struct ApiDocs {
    pub(crate) head: DocsHead,
    pub(crate) schemes: Vec<DocsScheme>,
    pub(crate) tags: Vec<DocsTag>,
    /// The endings of parameters, such as `__in`.
    pub(crate) endings: Vec<DocsEnding>,
    /// The answers that operations share.
    pub(crate) answers: Vec<SharedAnswer>,
    pub(crate) models: Vec<DocsModel>,
}

/// The description of the whole API.
#[derive(Debug)]
pub(crate) struct DocsHead {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    /// The URIs of the servers that the program sets; empty if it is the one that was asked.
    pub(crate) servers: Vec<String>,
}

/// A way in which clients prove who they are.
#[derive(Debug)]
pub(crate) struct DocsScheme {
    pub(crate) name: String,
    /// Its members: each with its value.
    pub(crate) members: Vec<(String, String)>,
    pub(crate) description: Option<String>,
}

/// A group of operations: those of a viewset.
#[derive(Debug)]
pub(crate) struct DocsTag {
    pub(crate) name: String,
    pub(crate) anchor: String,
    pub(crate) description: Option<String>,
    pub(crate) operations: Vec<DocsOperation>,
}

/// A method of a path.
#[derive(Debug)]
pub(crate) struct DocsOperation {
    pub(crate) id: String,
    pub(crate) anchor: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) description: Option<String>,
    pub(crate) is_deprecated: bool,
    /// The names of the security schemes, if they are others than those of the API.
    pub(crate) security: Option<Vec<String>>,
    /// The parameters in the path.
    pub(crate) keys: Vec<DocsParameter>,
    pub(crate) parameters: Vec<DocsParameter>,
    /// The operation whose query string and headers this one takes, too: its id and its anchor.
    pub(crate) same_as: Option<(String, String)>,
    /// The id and the anchor of the GET that a HEAD is answered like, without content.
    pub(crate) head_of: Option<(String, String)>,
    pub(crate) body: Vec<DocsContent>,
    pub(crate) answers: Vec<DocsAnswer>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct DocsParameter {
    pub(crate) name: String,
    /// Where it stands: `path`, `query` or `header`.
    pub(crate) place: String,
    pub(crate) schema: DocsSchema,
    pub(crate) description: Option<String>,
    /// The endings with which its name is that of another parameter, such as `__in`.
    pub(crate) endings: Vec<String>,
}

/// The ending of a filter's name, such as `__in` of `year__in`, and its meaning, which is the same for all columns.
#[derive(Debug)]
pub(crate) struct DocsEnding {
    pub(crate) ending: String,
    pub(crate) description: String,
    /// The types of the values, which depend on the parameter before the ending.
    pub(crate) schemas: Vec<DocsSchema>,
}

/// The media types of a body that have one schema.
#[derive(Debug)]
pub(crate) struct DocsContent {
    pub(crate) media_types: Vec<String>,
    pub(crate) schema: DocsSchema,
}

/// An answer of an operation, by its status.
#[derive(Debug)]
pub(crate) struct DocsAnswer {
    pub(crate) status: String,
    /// The name and the anchor of an answer that operations share, which says the rest.
    pub(crate) shared: Option<(String, String)>,
    pub(crate) description: String,
    pub(crate) contents: Vec<DocsContent>,
    pub(crate) headers: Vec<String>,
}

/// An answer that operations share.
#[derive(Debug)]
pub(crate) struct SharedAnswer {
    pub(crate) name: String,
    pub(crate) anchor: String,
    pub(crate) answer: DocsAnswer,
}

/// A schema that has a name.
#[derive(Debug)]
pub(crate) struct DocsModel {
    pub(crate) name: String,
    pub(crate) anchor: String,
    pub(crate) description: Option<String>,
    pub(crate) schema: DocsSchema,
    /// Whether its members say everything, since it is an object.
    pub(crate) is_object: bool,
    pub(crate) members: Vec<DocsMember>,
}

/// A member of the objects of a schema.
#[derive(Debug)]
pub(crate) struct DocsMember {
    pub(crate) name: String,
    pub(crate) schema: DocsSchema,
    pub(crate) description: Option<String>,
}

/// A schema in words.
#[derive(Debug, PartialEq)]
pub(crate) struct DocsSchema {
    /// The type: words, and the names of models.
    pub(crate) ty: Vec<TypeWord>,
    /// The limits and other facts of the values, each in words.
    pub(crate) facts: Vec<String>,
}

/// A part of the name of a type.
#[derive(Debug, PartialEq)]
pub(crate) enum TypeWord {
    Words(String),
    /// A schema that has a name, with its anchor.
    Model(String, String),
}

/// The documentation as a page shows it to every reader, written once.
#[derive(Debug)]
pub(crate) struct DrawnDocs {
    pub(crate) head: DocsHead,
    /// All but the head, as HTML.
    pub(crate) body: String,
}
