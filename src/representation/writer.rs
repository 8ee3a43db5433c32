//! The seam between what is answered and the bytes of it: the one trait that a format implements.

use super::{description::Description, objects::Objects, pieces::Document, problem::Problem};
use crate::{
    cell::Rows,
    error::Result,
    operation::{Object, Page},
};

/// A format: writes everything that the API answers, each document with its media type.
///
/// The methods are called once for each answer; cells are written inside them, without another call of the trait.
pub(crate) trait Writer: Sync {
    /// Writes a page of a list, of at most as many bytes as its objects say.
    fn page(&self, page: &Page, pagination: &Pagination, objects: &Objects) -> Result<Document>;

    /// Writes one object, of at most as many bytes as it says.
    fn object(&self, object: &Object, objects: &Objects) -> Result<Document>;

    /// Returns the writer of whole lists; none where the format cannot be streamed.
    fn stream(&self) -> Option<&'static dyn StreamWriter>;

    /// Writes the API root.
    fn root(&self, root: &Root<'_>) -> Document;

    /// Writes the answer to OPTIONS.
    fn description(&self, description: &Description<'_>) -> Document;

    /// Writes a problem document.
    fn error(&self, problem: &Problem<'_>) -> Document;
}

/// A format in which a whole list is written as its rows are read.
pub(crate) trait StreamWriter: Sync {
    fn media_type(&self) -> &'static str;

    /// Writes what stands before the rows, be there any or not.
    fn start(&self, objects: &Objects) -> Vec<u8>;

    /// Writes some of the rows.
    fn chunk(&self, rows: &Rows, objects: &Objects) -> Vec<u8>;
}

/// Where a page stands in its list.
#[derive(Debug)]
pub(crate) struct Pagination {
    pub(crate) size: u64,
    /// How many pages the list has, if its rows are counted.
    pub(crate) pages: Option<u64>,
    /// The URI of the page after this one.
    pub(crate) next: Option<String>,
    /// The URI of the page before this one.
    pub(crate) previous: Option<String>,
}

/// The API root.
#[derive(Debug)]
pub(crate) struct Root<'a> {
    /// The names of the lists and their URIs.
    pub(crate) lists: Vec<(&'a str, String)>,
}
