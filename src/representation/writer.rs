//! The trait that every format implements.

use super::{
    context::PageContext, description::Description, objects::Objects, pieces::Document,
    problem::Problem,
};
use crate::{
    cell::Rows,
    error::Result,
    link::link_header,
    model::Column,
    operation::{Object, Page},
};

/// A format, which writes every kind of answer as a document with its media type.
///
/// The methods are called once for an answer. Its cells are written without further calls through the trait object.
pub(crate) trait Writer: Send + Sync {
    /// Whether the format shows more than the data of an answer, so that the other methods get a [`PageContext`].
    fn needs_context(&self) -> bool {
        false
    }

    /// Returns the document of a page of a list; fails if it exceeds the byte limit of `objects`.
    fn page(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        context: Option<&PageContext<'_>>,
    ) -> Result<Document>;

    /// Returns the document of a page of groups of rows; fails if it exceeds the byte limit of `objects`. The groups have
    /// these columns, of which the first ones, so many, are those that the rows are grouped by.
    fn groups(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        _columns: (&[Column], usize),
        context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        self.page(page, pagination, objects, context)
    }

    /// Returns the document of one object; fails if it exceeds the byte limit of `objects`.
    fn object(
        &self,
        object: &Object,
        objects: &Objects,
        context: Option<&PageContext<'_>>,
    ) -> Result<Document>;

    /// Returns the document of the created rows of an array; fails if it exceeds the byte limit of `objects`.
    fn array(&self, page: &Page, objects: &Objects) -> Result<Document>;

    /// Returns the document with the number of changed or deleted rows; `member` is the number's name, such as
    /// `updated`.
    fn count(&self, member: &str, count: u64) -> Document;

    /// Returns the writer of streams; `None` if the format cannot be streamed.
    fn stream(&self) -> Option<&'static dyn StreamWriter>;

    /// Returns the document of the API root.
    fn root(&self, root: &Root<'_>, context: Option<&PageContext<'_>>) -> Document;

    /// Returns the document that answers OPTIONS.
    fn description(
        &self,
        description: &Description<'_>,
        context: Option<&PageContext<'_>>,
    ) -> Document;

    /// Returns the document of an error, as a problem (RFC 9457).
    fn error(&self, problem: &Problem<'_>, context: Option<&PageContext<'_>>) -> Document;
}

/// A format that can write a list while its rows are still being read.
pub(crate) trait StreamWriter: Sync {
    fn media_type(&self) -> &'static str;

    /// Returns the bytes before the first row, which are sent even if there are no rows.
    fn start(&self, objects: &Objects) -> Vec<u8>;

    /// Returns the bytes of the next rows of the list.
    fn chunk(&self, rows: &Rows, objects: &Objects) -> Vec<u8>;
}

/// The position of a page in its list, and the links to the pages beside it.
#[derive(Debug)]
pub(crate) struct Pagination {
    pub(crate) size: u64,
    /// The number of pages in the list, if its rows are counted.
    pub(crate) pages: Option<u64>,
    /// The URI of the page after this one.
    pub(crate) next: Option<String>,
    /// The URI of the page before this one.
    pub(crate) previous: Option<String>,
    /// The URI of the first page.
    pub(crate) first: String,
    /// The URI of the last page, if the number of rows is known.
    pub(crate) last: Option<String>,
}

impl Pagination {
    /// Returns the value of the `Link` header (RFC 8288) with the links to the pages beside this one.
    pub(super) fn beside(&self) -> Option<String> {
        let (next, previous) = (self.next.as_deref(), self.previous.as_deref());
        link_header([("next", next), ("prev", previous)])
    }

    /// Returns the value of the `Link` header with the links to the first and the last page, too.
    pub(crate) fn all(&self) -> Option<String> {
        let (next, previous) = (self.next.as_deref(), self.previous.as_deref());
        link_header([
            ("first", Some(&*self.first)),
            ("prev", previous),
            ("next", next),
            ("last", self.last.as_deref()),
        ])
    }
}

/// The answer to a request for the API root, as a format writes it: the lists of the API, each with its URI.
#[derive(Debug)]
pub(crate) struct Root<'a> {
    pub(crate) lists: Vec<RootEntry<'a>>,
}

/// A list that the API root links to.
#[derive(Debug)]
pub(crate) struct RootEntry<'a> {
    pub(crate) name: &'a str,
    pub(crate) uri: String,
    /// The description that the program gives the model.
    pub(crate) description: Option<&'a str>,
    /// The number of rows, and whether there are more, if that is cheap to know.
    pub(crate) rows: Option<(u64, bool)>,
}
