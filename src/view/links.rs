//! The links of an answer, with the positions of the cells that complete them.

use std::sync::Arc;

use crate::{
    error::Result,
    link::{Start, Template, percent_encode},
    model::ColumnNumber,
    place::ListLink,
    representation::{CellIndex, ListUri, ObjectUri, UriStep},
    visibility::Entered,
};

/// Returns the URI of an object from the template of its path. `columns` are the columns read, in which the URI's cells
/// are looked up. `None` if the template begins with an object that is not on the path of the request.
pub(super) fn link(
    seen: &Entered<'_>,
    template: &Template,
    columns: &[ColumnNumber],
) -> Result<Option<ObjectUri>> {
    let (base, trail) = (seen.base(), seen.trail());
    let mut start = template.start.uri(base, trail).map(joined);
    if start.is_none() && template.start != Start::Object {
        return Ok(None);
    }
    let mut steps = Vec::with_capacity(template.steps.len());
    for step in &template.steps {
        // The text before the first key is appended to the start of the URI, if the start is known.
        let before = match (&mut start, steps.as_slice()) {
            (Some(start), []) => {
                start.push_str(&step.before);
                String::new()
            }
            _ => step.before.clone(),
        };
        steps.push(UriStep {
            before,
            key: positions(&step.columns, columns)?,
            reserved: Arc::clone(&step.reserved),
        });
    }
    let guards = template.guards.iter().map(|guard| {
        let value = seen.given(guard.place, guard.there);
        Ok((CellIndex::of(guard.column, columns)?, value))
    });
    Ok(Some(ObjectUri {
        start,
        steps,
        guards: guards.collect::<Result<_>>()?,
        end: base.after_key(),
    }))
}

/// Returns the URI of a list. `columns` are the columns read, in which the cells of its filters are looked up; `rest`
/// contains the page parameters, such as `page=2`.
pub(super) fn list(
    seen: &Entered<'_>,
    list: &ListLink,
    columns: &[ColumnNumber],
    rest: String,
) -> Result<ListUri> {
    let base = seen.base();
    let query = list.query.iter().map(|(name, column)| {
        let mut encoded = Vec::new();
        percent_encode(name.as_bytes(), &mut encoded);
        Ok((encoded, CellIndex::of(*column, columns)?))
    });
    Ok(ListUri {
        start: list.start.uri(base, seen.trail()).map(joined),
        path: ["/", &list.name, base.after_key()].concat(),
        query: query.collect::<Result<_>>()?,
        rest,
    })
}

/// Returns where the cells of `columns` are among those of `read`, the columns read.
pub(super) fn positions(columns: &[ColumnNumber], read: &[ColumnNumber]) -> Result<Vec<CellIndex>> {
    let columns = columns.iter();
    columns.map(|column| CellIndex::of(*column, read)).collect()
}

/// Joins the two parts of the beginning of a URI into one text, with spare capacity for what follows.
fn joined(parts: [&str; 2]) -> String {
    let mut uri = String::with_capacity(96);
    uri.extend(parts);
    uri
}
