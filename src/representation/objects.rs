//! Objects as JSON: links, columns, and the objects of relations inside them.

use std::ops::Deref;

use super::{
    json::{Members, quoted, write_cell},
    links::{Link, List},
};
use crate::{
    cell::{Cell, Row, URL_BYTES, write_text},
    link::write_key,
    operation::Related,
    params::Selection,
};

/// What an answer borrows while it is made, and has for itself once it outlives its request.
pub(crate) enum Held<'a, T> {
    Borrowed(&'a T),
    Own(Box<T>),
}

/// How the objects of one place are written in one answer.
pub(crate) struct Objects<'a> {
    pub(crate) members: Held<'a, Members>,
    pub(crate) selection: Held<'a, Selection>,
    /// Where each selected column stands in a row.
    pub(crate) columns: Vec<usize>,
    /// Where the parts of the key stand.
    pub(crate) key: Vec<usize>,
    /// The object's own link; none where no path leads to it.
    pub(crate) href: Option<Link>,
    /// For each selected relation, in order.
    pub(crate) relations: Vec<Shown<'a>>,
    pub(crate) integers_as_text: bool,
    /// Past how many bytes of a piece nothing is written any more, for the answer is refused.
    pub(crate) most_bytes: usize,
}

/// How a relation is shown.
pub(crate) enum Shown<'a> {
    /// As a link by the row's own columns; null where they hold none.
    Link(Link),
    /// As the object, by its place among the related rows.
    Object {
        related: usize,
        object: Box<Objects<'a>>,
    },
    /// As the links of the rows; as that of their list, if there are more.
    Links {
        related: usize,
        link: Link,
        list: Option<List>,
    },
    /// As the first objects, and the link to the next.
    Objects {
        related: usize,
        objects: Box<Objects<'a>>,
        next: Option<List>,
    },
    /// As the link of the list.
    List(List),
    /// Not at all: no path leads there.
    Nothing,
}

/// Past this an integer is not exact in a double: 2^53.
const EXACT_IN_A_DOUBLE: u64 = 1 << 53;

impl<T: Clone> Held<'_, T> {
    fn kept(self) -> Held<'static, T> {
        Held::Own(match self {
            Self::Borrowed(value) => Box::new(value.clone()),
            Self::Own(value) => value,
        })
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(value) => value,
            Self::Own(value) => value,
        }
    }
}

impl Objects<'_> {
    /// The same, for an answer that is written after its request is gone.
    pub(crate) fn kept(self) -> Objects<'static> {
        Objects {
            members: self.members.kept(),
            selection: self.selection.kept(),
            columns: self.columns,
            key: self.key,
            href: self.href,
            relations: self.relations.into_iter().map(Shown::kept).collect(),
            integers_as_text: self.integers_as_text,
            // A stream holds little of what it sends.
            most_bytes: usize::MAX,
        }
    }

    /// Appends the object of a row, the `at`th of those whose related rows these are, under the URI of another.
    pub(crate) fn write(
        &self,
        row: Row<'_>,
        at: usize,
        related: &[Related],
        under: &[u8],
        out: &mut Vec<u8>,
    ) {
        let start = out.len();
        if start > self.most_bytes {
            return;
        }
        let (members, selection) = (&*self.members, &*self.selection);
        if selection.href
            && let Some(href) = &self.href
        {
            out.extend_from_slice(b",\"href\":");
            href.write_or_null(row, under, out);
        }
        if selection.id {
            out.extend_from_slice(&members.id);
            self.id(row, out);
        }
        for (column, place) in selection.columns.iter().zip(&self.columns) {
            let Some(name) = members.columns.get(usize::from(*column)) else {
                continue;
            };
            out.extend_from_slice(name);
            self.cell(row.cell(*place), out);
        }
        if !self.relations.is_empty() {
            self.write_relations(row, at, related, under, out);
        }
        // The comma before the first member is where the object opens.
        match out.get_mut(start) {
            Some(first) => *first = b'{',
            None => out.push(b'{'),
        }
        out.push(b'}');
    }

    fn write_relations(
        &self,
        row: Row<'_>,
        at: usize,
        related: &[Related],
        under: &[u8],
        out: &mut Vec<u8>,
    ) {
        let own = self.own_uri(row, under);
        for (relation, shown) in self.selection.relations.iter().zip(&self.relations) {
            let name = self.members.relations.get(*relation);
            let (Some(name), false) = (name, matches!(shown, Shown::Nothing)) else {
                continue;
            };
            out.extend_from_slice(name);
            shown.write(row, at, related, &own, out);
        }
    }

    /// The object's own URI without its end, if a relation's begins with it.
    fn own_uri(&self, row: Row<'_>, under: &[u8]) -> Vec<u8> {
        let mut own = Vec::new();
        if self.relations.iter().any(Shown::begins_at_the_object)
            && let Some(href) = &self.href
            && !href.write_open(row, under, &mut own)
        {
            own.clear();
        }
        own
    }

    /// The key's text in a URL; a number for an integer.
    fn id(&self, row: Row<'_>, out: &mut Vec<u8>) {
        let cell = match self.key.as_slice() {
            [place] => row.cell(*place),
            _ => return self.id_of_several(row, out),
        };
        if matches!(cell, Cell::Null | Cell::Integer(_) | Cell::Unsigned(_)) {
            return self.cell(cell, out);
        }
        let mut text = Vec::with_capacity(40);
        write_text(cell, URL_BYTES, &mut text);
        quoted(&text, out);
    }

    fn id_of_several(&self, row: Row<'_>, out: &mut Vec<u8>) {
        let mut text = Vec::with_capacity(40);
        if write_key(
            self.key.iter().map(|place| row.cell(*place)),
            &[],
            &mut text,
        ) {
            quoted(&text, out);
        } else {
            out.extend_from_slice(b"null");
        }
    }

    fn cell(&self, cell: Cell<'_>, out: &mut Vec<u8>) {
        let is_big = || match cell {
            Cell::Integer(number) => number.unsigned_abs() > EXACT_IN_A_DOUBLE,
            Cell::Unsigned(number) => number > EXACT_IN_A_DOUBLE,
            _ => false,
        };
        if self.integers_as_text && is_big() {
            out.push(b'"');
            write_cell(cell, out);
            out.push(b'"');
        } else {
            write_cell(cell, out);
        }
    }
}

impl Shown<'_> {
    fn kept(self) -> Shown<'static> {
        match self {
            Self::Link(link) => Shown::Link(link),
            Self::Object { related, object } => Shown::Object {
                related,
                object: Box::new(object.kept()),
            },
            Self::Links {
                related,
                link,
                list,
            } => Shown::Links {
                related,
                link,
                list,
            },
            Self::Objects {
                related,
                objects,
                next,
            } => Shown::Objects {
                related,
                objects: Box::new(objects.kept()),
                next,
            },
            Self::List(list) => Shown::List(list),
            Self::Nothing => Shown::Nothing,
        }
    }

    fn begins_at_the_object(&self) -> bool {
        let list = |list: &Option<List>| list.as_ref().is_some_and(|list| list.start.is_none());
        match self {
            Self::Link(link) => link.start.is_none(),
            Self::Links {
                link, list: all, ..
            } => link.start.is_none() || list(all),
            Self::Objects { objects, next, .. } => {
                objects
                    .href
                    .as_ref()
                    .is_some_and(|href| href.start.is_none())
                    || list(next)
            }
            Self::List(list) => list.start.is_none(),
            Self::Object { .. } | Self::Nothing => false,
        }
    }

    fn write(&self, row: Row<'_>, at: usize, related: &[Related], own: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Link(link) => link.write_or_null(row, own, out),
            Self::List(list) => list.write_or_null(row, own, out),
            Self::Nothing => out.extend_from_slice(b"null"),
            Self::Object {
                related: of,
                object,
            } => match own_rows(*of, at, related) {
                Some(Own {
                    rows,
                    first: Some(first),
                    ..
                }) => match rows.rows.get(first) {
                    Some(row) => object.write(row, first, &rows.related, own, out),
                    None => out.extend_from_slice(b"null"),
                },
                _ => out.extend_from_slice(b"null"),
            },
            Self::Links {
                related: of,
                link,
                list,
            } => match own_rows(*of, at, related) {
                Some(found) if found.more => match list {
                    Some(list) => list.write_or_null(row, own, out),
                    None => out.extend_from_slice(b"null"),
                },
                found => {
                    out.push(b'[');
                    let mut rows = Separated::default();
                    for (_, row) in found.into_iter().flat_map(Own::rows) {
                        rows.next(out);
                        link.write_or_null(row, own, out);
                    }
                    out.push(b']');
                }
            },
            Self::Objects {
                related: of,
                objects,
                next,
            } => {
                let found = own_rows(*of, at, related);
                out.extend_from_slice(b"{\"next\":");
                match next
                    .as_ref()
                    .filter(|_| found.as_ref().is_some_and(|found| found.more))
                {
                    Some(next) => next.write_or_null(row, own, out),
                    None => out.extend_from_slice(b"null"),
                }
                out.extend_from_slice(b",\"results\":[");
                let mut rows = Separated::default();
                if let Some(found) = found {
                    let deeper = &found.rows.related;
                    for (at, row) in found.rows() {
                        rows.next(out);
                        objects.write(row, at, deeper, own, out);
                    }
                }
                out.extend_from_slice(b"]}");
            }
        }
    }
}

/// The related rows of one row.
#[derive(Clone, Copy)]
struct Own<'r> {
    rows: &'r Related,
    first: Option<usize>,
    end: usize,
    more: bool,
}

fn own_rows(of: usize, at: usize, related: &[Related]) -> Option<Own<'_>> {
    let rows = related.get(of)?;
    let (range, more) = rows.of.get(at)?;
    Some(Own {
        rows,
        first: (!range.is_empty()).then_some(range.start),
        end: range.end,
        more: *more,
    })
}

impl<'r> Own<'r> {
    fn rows(self) -> impl Iterator<Item = (usize, Row<'r>)> {
        let range = self.first.unwrap_or(self.end)..self.end;
        range.filter_map(move |at| Some((at, self.rows.rows.get(at)?)))
    }
}

/// Commas between the items of an array.
#[derive(Default)]
struct Separated(bool);

impl Separated {
    fn next(&mut self, out: &mut Vec<u8>) {
        if self.0 {
            out.push(b',');
        }
        self.0 = true;
    }
}
