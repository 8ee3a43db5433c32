//! Answers as bytes: content negotiation, and a module for each format.
//!
//! 1. The data of an answer does not depend on formats: `objects`, `links`, `description`, `problem`.
//! 2. A format implements [`Writer`], with its own escaping, quoting and member names.
//! 3. Only `writers` and `negotiate` distinguish between formats.

mod cell_index;
mod context;
#[cfg(feature = "csv")]
mod csv;
mod description;
#[cfg(all(feature = "html", feature = "openapi"))]
mod docs;
#[cfg(feature = "html")]
mod form;
#[cfg(feature = "html")]
mod html;
mod json;
mod links;
mod ndjson;
pub(crate) mod negotiate;
mod objects;
mod own;
mod pieces;
mod problem;
mod related;
mod writer;
mod writers;

use self::json::Json;
use crate::error::Error;

#[cfg(feature = "html")]
pub use self::html::{Account, Html, PageMain, PagePart};
#[cfg(feature = "swagger-ui")]
pub(crate) use self::html::{SwaggerFile, SwaggerPage};
pub use self::own::{Representation, ShownRow, ShownRows};
pub(crate) use self::{
    cell_index::CellIndex,
    context::{ActionLink, Allowed, Crumb, PageContext, PlaceContext},
    description::{
        ActionDescription, ChoiceDescriptions, ColumnDescription, Constant, Description,
        FilterDescription, RootDescription, ViewSetDescription,
    },
    json::write_cell,
    links::{ListUri, ObjectUri, UriStep},
    objects::{IntegersAsText, Members, Objects, RelationView},
    pieces::Document,
    problem::Problem,
    writer::{Pagination, Root, RootEntry, StreamWriter, Writer},
    writers::{FormatSettings, Writers},
};
#[cfg(all(feature = "html", feature = "openapi"))]
pub(crate) use self::{
    docs::{
        ApiDocs, DocsAnswer, DocsContent, DocsEnding, DocsHead, DocsMember, DocsModel,
        DocsOperation, DocsParameter, DocsSchema, DocsScheme, DocsTag, DrawnDocs, SharedAnswer,
        TypeWord,
    },
    html::DocsLinks,
};
#[cfg(feature = "html")]
pub(crate) use self::{
    form::{
        ActForm, FoundRow, LookUpForm, Meanwhile, PasteFault, PasteForm, PastedCell, RowField,
        RowForm,
    },
    html::{SCRIPT, STYLE},
};

/// Returns the document of an error as JSON, for answers outside any API.
pub(crate) fn json_problem(error: &Error) -> Document {
    Json.error(&Problem::of(error), None)
}
