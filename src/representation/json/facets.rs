//! Writing the facets of a list as JSON.

use super::{
    super::objects::{IntegersAsText, Objects},
    quoted,
    values::write_shown,
    write_cell,
};
use crate::{cell::Cell, operation::FacetCounts};

/// Appends the members `facets`, with the counts of each facet, and `facets_cut`, with the names of those that have more
/// values. `objects` says how the columns are called, and which integers are strings.
pub(super) fn write_facets(facets: &[FacetCounts], objects: &Objects, out: &mut Vec<u8>) {
    let (members, integers) = (&objects.members, objects.integers_as_text);
    let name = |facet: &FacetCounts| {
        let name = facet.column.item(&members.columns);
        name.map_or("", String::as_str)
    };
    out.extend_from_slice(b",\"facets\":{");
    for (at, facet) in facets.iter().enumerate() {
        separate(at, out);
        quoted(name(facet).as_bytes(), out);
        let is_wide = facet.column.item(&members.are_wide) == Some(&true);
        let as_text = is_wide && integers == IntegersAsText::Wide;
        out.extend_from_slice(b":[");
        for (at, row) in facet.values.iter().enumerate() {
            separate(at, out);
            out.extend_from_slice(b"{\"value\":");
            write_shown(row.cell(0), integers, as_text, out);
            out.extend_from_slice(b",\"count\":");
            write_cell(row.cell(1), out);
            out.push(b'}');
        }
        out.push(b']');
    }
    out.extend_from_slice(b"},\"facets_cut\":[");
    for (at, facet) in facets.iter().filter(|facet| facet.more).enumerate() {
        separate(at, out);
        write_cell(Cell::Text(name(facet)), out);
    }
    out.push(b']');
}

fn separate(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}
