//! The page of the OpenAPI document.

use askama::Template;

use super::{
    super::docs::{ApiDocs, DocsContent, DocsHead, DocsSchema, DrawnDocs, TypeWord},
    failure::failed,
    fault_text::FaultText,
};
use crate::error::Result;

/// The links of a page of the document.
#[derive(Debug)]
pub(crate) struct DocsLinks {
    /// The API root.
    pub(crate) server: String,
    pub(crate) document: String,
    /// The page of the document.
    #[cfg(feature = "swagger-ui")]
    pub(crate) docs: String,
    /// Swagger UI, if it is served.
    pub(crate) swagger_ui: Option<String>,
}

/// The main part of the page of the document.
#[derive(Debug, Template)]
#[template(path = "docs.html", config = "src/representation/html/askama.toml")]
pub(super) struct DocsPage<'a> {
    pub(super) head: &'a DocsHead,
    pub(super) links: &'a DocsLinks,
    pub(super) body: &'a str,
}

/// The part of the page that is the same for every reader: all but its head.
#[derive(Debug, Template)]
#[template(
    path = "docs_body.html",
    config = "src/representation/html/askama.toml"
)]
struct DocsBody<'a> {
    docs: &'a ApiDocs,
}

impl ApiDocs {
    /// Draws what the page shows to every reader.
    ///
    /// # Errors
    ///
    /// When the template fails, which only a bug of this crate makes.
    pub(crate) fn drawn(self) -> Result<DrawnDocs> {
        let body = DocsBody { docs: &self }.render().map_err(failed)?;
        Ok(DrawnDocs {
            head: self.head,
            body,
        })
    }
}

/// A schema, as words with links to the models.
#[derive(Debug, Template)]
#[template(path = "schema.html", config = "src/representation/html/askama.toml")]
pub(super) struct SchemaWords<'a> {
    schema: &'a DocsSchema,
}

impl<'a> SchemaWords<'a> {
    pub(super) fn of(schema: &'a DocsSchema) -> Self {
        Self { schema }
    }
}

/// The contents of a body or an answer.
#[derive(Debug, Template)]
#[template(path = "contents.html", config = "src/representation/html/askama.toml")]
pub(super) struct ContentsWords<'a> {
    contents: &'a [DocsContent],
}

impl<'a> ContentsWords<'a> {
    pub(super) fn of(contents: &'a [DocsContent]) -> Self {
        Self { contents }
    }
}
