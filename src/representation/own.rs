//! Formats of the program: [`Representation`] is what it implements, and [`ShownRows`] what it is given.

use std::{fmt, sync::Arc};

use super::{
    context::PageContext,
    description::Description,
    json::Json,
    objects::Objects,
    pieces::Document,
    problem::Problem,
    writer::{Pagination, Root, StreamWriter, Writer},
};
use crate::{
    cell::{Cell, Row, Rows},
    error::Result,
    operation::{Object, Page, too_large},
};

/// A format of answers that a program writes itself, for [`Router::format`](crate::Router::format).
///
/// It is given the cells of rows and returns their bytes. Clients ask for it by its media type in `Accept`, or by its
/// name in `format=`. Answers without rows, such as errors, are JSON.
///
/// ```
/// use tower_rest::{Cell, Representation, Result, ShownRows};
///
/// /// The number of cells of an answer that are null.
/// struct Nulls;
///
/// impl Representation for Nulls {
///     fn name(&self) -> &str {
///         "nulls"
///     }
///
///     fn media_type(&self) -> &str {
///         "text/plain"
///     }
///
///     fn write(&self, rows: &ShownRows<'_>) -> Result<Vec<u8>> {
///         let nulls = rows.rows().flat_map(|row| row.cells().collect::<Vec<_>>());
///         let nulls = nulls.filter(|cell| *cell == Cell::Null).count();
///         Ok(nulls.to_string().into_bytes())
///     }
/// }
/// ```
pub trait Representation: Send + Sync + 'static {
    /// Returns the name in the parameter `format`, such as `xlsx`.
    fn name(&self) -> &str;

    /// Returns the media type, such as `application/geo+json`.
    fn media_type(&self) -> &str;

    /// Writes the rows of a page of a list, of one object, or of an array of created objects.
    ///
    /// # Errors
    ///
    /// Any error, which is then the answer to the request. Rows that the request has written stay written.
    fn write(&self, rows: &ShownRows<'_>) -> Result<Vec<u8>>;
}

/// The rows of an answer, as a [`Representation`] is given them.
#[derive(Clone, Copy)]
pub struct ShownRows<'a> {
    rows: &'a Rows,
    objects: &'a Objects,
    total: Option<u64>,
    is_list: bool,
}

/// One row of an answer.
#[derive(Clone, Copy)]
pub struct ShownRow<'a> {
    row: Row<'a>,
    objects: &'a Objects,
}

impl<'a> ShownRows<'a> {
    /// Returns the names of the columns that the answer shows.
    pub fn columns(&self) -> impl Iterator<Item = &'a str> {
        let objects = self.objects;
        let columns = objects.columns.iter();
        columns.filter_map(|(number, _)| number.item(&objects.members.columns).map(String::as_str))
    }

    /// Returns the rows.
    pub fn rows(&self) -> impl Iterator<Item = ShownRow<'a>> {
        let objects = self.objects;
        self.rows.iter().map(|row| ShownRow { row, objects })
    }

    /// Returns the number of rows of the whole list; `None` for an object, or if the number is not known exactly.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.total
    }

    /// Whether the answer is a list or an array, and not one object.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.is_list
    }
}

impl<'a> ShownRow<'a> {
    /// Returns the URI of the row's object; `None` if it has none, or if `fields` leaves it out.
    #[must_use]
    pub fn href(&self) -> Option<String> {
        self.objects.uri(self.row)
    }

    /// Returns the cells of the columns that the answer shows, in the order of [`ShownRows::columns`].
    pub fn cells(&self) -> impl Iterator<Item = Cell<'a>> {
        let row = self.row;
        let columns = self.objects.columns.iter();
        columns.map(move |(_, position)| position.cell(row))
    }
}

impl fmt::Debug for ShownRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows()).finish()
    }
}

impl fmt::Debug for ShownRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.cells()).finish()
    }
}

/// A format of the program, as a [`Writer`].
pub(super) struct OwnWriter(pub(super) Arc<dyn Representation>);

impl OwnWriter {
    fn write(&self, rows: &ShownRows<'_>) -> Result<Document> {
        let document = self.0.write(rows)?;
        if document.len() > rows.objects.most_bytes {
            return Err(too_large());
        }
        Ok(Document::new(self.0.media_type().to_owned(), document))
    }
}

impl Writer for OwnWriter {
    /// The links to other pages are put into the header `Link`, since not every format can contain them.
    fn page(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let document = self.write(&ShownRows {
            rows: &page.rows,
            objects,
            total: page.exact_total(),
            is_list: true,
        })?;
        Ok(Document {
            links: pagination.beside(),
            ..document
        })
    }

    fn object(
        &self,
        object: &Object,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        self.write(&ShownRows {
            rows: &object.rows,
            objects,
            total: None,
            is_list: false,
        })
    }

    fn array(&self, page: &Page, objects: &Objects) -> Result<Document> {
        self.write(&ShownRows {
            rows: &page.rows,
            objects,
            total: None,
            is_list: true,
        })
    }

    fn count(&self, member: &str, count: u64) -> Document {
        Json.count(member, count)
    }

    fn stream(&self) -> Option<&'static dyn StreamWriter> {
        None
    }

    fn root(&self, root: &Root<'_>, context: Option<&PageContext<'_>>) -> Document {
        Json.root(root, context)
    }

    fn description(
        &self,
        description: &Description<'_>,
        context: Option<&PageContext<'_>>,
    ) -> Document {
        Json.description(description, context)
    }

    fn error(&self, problem: &Problem<'_>, context: Option<&PageContext<'_>>) -> Document {
        Json.error(problem, context)
    }
}
