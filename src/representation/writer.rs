//! The one trait that a format implements.

use super::{description::Description, objects::Objects, pieces::Document, problem::Problem};
use crate::{
    cell::Rows,
    error::Result,
    operation::{Object, Page},
};

/// A format: writes every kind of answer, as a document with its media type.
///
/// The methods are called once per answer; cells are written without further calls of the trait.
pub(crate) trait Writer: Sync {
    /// Writes a page of a list, up to the byte limit of its objects.
    fn page(&self, page: &Page, pagination: &Pagination, objects: &Objects) -> Result<Document>;

    /// Writes one object, up to the byte limit of `objects`.
    fn object(&self, object: &Object, objects: &Objects) -> Result<Document>;

    /// Returns the writer of whole lists; `None` if the format cannot be streamed.
    fn stream(&self) -> Option<&'static dyn StreamWriter>;

    /// Writes the API root.
    fn root(&self, root: &Root<'_>) -> Document;

    /// Writes the answer to OPTIONS.
    fn description(&self, description: &Description<'_>) -> Document;

    /// Writes a problem document.
    fn error(&self, problem: &Problem<'_>) -> Document;
}

/// A format that can write a whole list while its rows are read.
pub(crate) trait StreamWriter: Sync {
    fn media_type(&self) -> &'static str;

    /// Writes the text before the rows, even if there are no rows.
    fn start(&self, objects: &Objects) -> Vec<u8>;

    /// Writes a chunk of rows.
    fn chunk(&self, rows: &Rows, objects: &Objects) -> Vec<u8>;
}

/// The position of a page in its list.
#[derive(Debug)]
pub(crate) struct Pagination {
    pub(crate) size: u64,
    /// The number of pages in the list, if its rows are counted.
    pub(crate) pages: Option<u64>,
    /// The URI of the page after this one.
    pub(crate) next: Option<String>,
    /// The URI of the page before this one.
    pub(crate) previous: Option<String>,
}

/// The API root.
#[derive(Debug)]
pub(crate) struct Root<'a> {
    /// The names of the lists, and their URIs.
    pub(crate) lists: Vec<(&'a str, String)>,
}
