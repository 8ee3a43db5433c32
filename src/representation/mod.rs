//! Answers as bytes: content negotiation, and a module for each format.
//!
//! 1. The data of an answer does not depend on formats: `objects`, `links`, `description`, `problem`.
//! 2. A format implements [`Writer`], with its own escaping, quoting and member names.
//! 3. Only [`writer`] and `negotiate` distinguish between formats.

mod cell_index;
mod description;
mod json;
mod links;
mod ndjson;
pub(crate) mod negotiate;
mod objects;
mod pieces;
mod problem;
mod related;
mod writer;

use self::{json::Json, ndjson::Ndjson};
use crate::params::Format;

pub(crate) use self::{
    cell_index::CellIndex,
    description::{
        ActionDescription, ChoiceDescriptions, ColumnDescription, Constant, Description,
        FilterDescription, RootDescription, ViewSetDescription,
    },
    json::write_cell,
    links::{ListUri, ObjectUri, UriStep},
    objects::{Members, Objects, RelationView},
    pieces::Document,
    problem::Problem,
    writer::{Pagination, Root, StreamWriter, Writer},
};

/// Returns the writer of a format.
pub(crate) fn writer(format: Format) -> &'static dyn Writer {
    match format {
        Format::Json => &Json,
        Format::Ndjson => &Ndjson,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_is_said_to_be_streamed_has_a_writer_of_streams() {
        for format in Format::OF_ROWS {
            let stream = writer(*format).stream();
            let media_type = stream.map(StreamWriter::media_type);
            let expected = format.streams().then(|| format.media_type());
            assert_eq!(media_type, expected, "{format:?}");
        }
    }
}
