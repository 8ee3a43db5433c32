//! Writing objects as JSON: links, columns, and the embedded objects of relations.

use std::ops::Range;

use super::{
    super::{
        cell_index::CellIndex,
        links::{ListUri, ObjectUri},
        objects::{IntegersAsText, Objects, RelationView},
        related::RelatedRows,
    },
    text::{needs_escaping, quoted},
    values::{write_key_of, write_or_null, write_shown},
};
use crate::{cell::Row, operation::Related};

/// A writer of the objects of one place, created once for an answer.
pub(in crate::representation) struct ObjectWriter<'a> {
    /// The URI of the object itself; `shows_href` says whether the URI is also the member `href`.
    href: Option<&'a ObjectUri>,
    shows_href: bool,
    /// The names of all members, one after the other, each with its punctuation: `,"make":`.
    names: Vec<u8>,
    id: Option<Member<&'a [CellIndex]>>,
    columns: Vec<Member<ShownCell>>,
    relations: Vec<Member<RelationWriter<'a>>>,
    /// Whether a link of a relation continues the object's own URI, as `/cars/1/parts/` does.
    has_links_below: bool,
    /// Whether links may contain characters that JSON escapes. Only in this rare case is each link searched for them.
    escapes: bool,
    integers_as_text: IntegersAsText,
    /// Whether the key is shown as a string even if it is a small integer.
    id_as_text: bool,
    most_bytes: usize,
}

/// The URI of the object that a link is in, which the link may continue (without the text after the object's key), and
/// whether links may contain characters that JSON escapes.
#[derive(Clone, Copy)]
pub(in crate::representation) struct Above<'a> {
    uri: &'a [u8],
    escapes: bool,
}

/// A member of an object, with the range of its name in [`ObjectWriter::names`].
struct Member<T> {
    name: Range<usize>,
    value: T,
}

/// The cell of a member, and whether its integer is shown as a string, whatever its value.
#[derive(Clone, Copy)]
struct ShownCell {
    at: CellIndex,
    as_text: bool,
}

/// A [`RelationView`] with a writer for each kind of embedded object.
pub(in crate::representation) enum RelationWriter<'a> {
    Link(&'a ObjectUri),
    Key {
        key: CellIndex,
        integers: IntegersAsText,
        as_text: bool,
    },
    Object {
        related: usize,
        object: ObjectWriter<'a>,
    },
    Links {
        related: usize,
        link: &'a ObjectUri,
        list: Option<&'a ListUri>,
    },
    Objects {
        related: usize,
        objects: ObjectWriter<'a>,
        next: Option<&'a ListUri>,
    },
    List(&'a ListUri),
}

impl<'a> ObjectWriter<'a> {
    /// Creates a writer, for which all member names are written in advance.
    pub(in crate::representation) fn of(objects: &'a Objects) -> Self {
        Self::inside(objects, false)
    }

    /// Creates a writer of embedded objects. Their links may begin with the URI of the enclosing object; `escapes` says
    /// whether that URI may contain characters that JSON escapes.
    fn inside(objects: &'a Objects, escapes: bool) -> Self {
        let escapes = escapes || objects.link_texts().any(needs_escaping);
        // All fields are named, so that a new field of `Objects` is a compile error until it is handled here.
        let Objects {
            members,
            href,
            shows_href,
            id,
            columns: shown,
            relations: views,
            integers_as_text,
            most_bytes,
        } = objects;
        let mut names = Vec::with_capacity(16 * (shown.len() + 4));
        let id = members.id.as_deref().zip(id.as_deref());
        let id = id.map(|(name, key)| Member::new(name, key, &mut names));
        let mut columns = Vec::with_capacity(shown.len());
        for (number, position) in shown {
            let name = number.item(&members.columns);
            let as_text = *integers_as_text == IntegersAsText::Wide
                && number.item(&members.are_wide) == Some(&true);
            let shown = ShownCell {
                at: *position,
                as_text,
            };
            columns.extend(name.map(|name| Member::new(name, shown, &mut names)));
        }
        let mut relations = Vec::with_capacity(views.len());
        for (relation, view) in views {
            let name = members.relations.get(*relation);
            relations.extend(name.map(|name| {
                Member::new(
                    name,
                    RelationWriter::of(view, escapes, *integers_as_text),
                    &mut names,
                )
            }));
        }
        Self {
            href: href.as_ref(),
            shows_href: *shows_href,
            names,
            id,
            columns,
            relations,
            has_links_below: objects.has_links_below(),
            escapes,
            integers_as_text: *integers_as_text,
            id_as_text: *integers_as_text == IntegersAsText::Wide && members.is_wide_id,
            most_bytes: *most_bytes,
        }
    }

    /// Appends the object of a row. `at` is the row's index among the rows that `related` was read for, and `under` the
    /// URI of the enclosing object.
    pub(in crate::representation) fn write(
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
        if self.shows_href
            && let Some(href) = self.href
        {
            out.extend_from_slice(b",\"href\":");
            write_or_null(self.escapes, out, |out| href.write(row, under, out));
        }
        if let Some(id) = &self.id {
            out.extend_from_slice(self.name(id));
            write_key_of(id.value, row, self.integers_as_text, self.id_as_text, out);
        }
        for column in &self.columns {
            out.extend_from_slice(self.name(column));
            let ShownCell { at, as_text } = column.value;
            write_shown(at.cell(row), self.integers_as_text, as_text, out);
        }
        if !self.relations.is_empty() {
            let own = self.own_uri(row, under);
            for relation in &self.relations {
                out.extend_from_slice(self.name(relation));
                let own = Above {
                    uri: &own,
                    escapes: self.escapes,
                };
                relation.value.write(row, at, related, own, out);
            }
        }
        // The comma before the first member becomes the opening brace.
        match out.get_mut(start) {
            Some(first) => *first = b'{',
            None => out.push(b'{'),
        }
        out.push(b'}');
    }

    fn name<T>(&self, member: &Member<T>) -> &[u8] {
        self.names.get(member.name.clone()).unwrap_or_default()
    }

    /// Returns the object's own URI without the text after its key; empty if no link of a relation begins with it.
    fn own_uri(&self, row: Row<'_>, under: &[u8]) -> Vec<u8> {
        let mut own = Vec::new();
        if self.has_links_below
            && let Some(href) = self.href
        {
            href.write_open(row, under, &mut own);
        }
        own
    }
}

#[cfg(feature = "csv")]
impl<'a> Above<'a> {
    /// Returns the beginning of links that may need escapes.
    pub(in crate::representation) const fn of(uri: &'a [u8]) -> Self {
        Self { uri, escapes: true }
    }
}

impl<T> Member<T> {
    fn new(name: &str, value: T, names: &mut Vec<u8>) -> Self {
        let start = names.len();
        names.push(b',');
        quoted(name.as_bytes(), names);
        names.push(b':');
        Self {
            name: start..names.len(),
            value,
        }
    }
}

impl<'a> RelationWriter<'a> {
    /// Creates a writer; `escapes` says whether links may contain characters that JSON escapes, and `integers` which
    /// integers of keys are strings.
    pub(in crate::representation) fn of(
        view: &'a RelationView,
        escapes: bool,
        integers: IntegersAsText,
    ) -> Self {
        match view {
            RelationView::Link(link) => Self::Link(link),
            RelationView::Key { key, is_wide } => Self::Key {
                key: *key,
                integers,
                as_text: *is_wide && integers == IntegersAsText::Wide,
            },
            RelationView::Object { related, object } => Self::Object {
                related: *related,
                object: ObjectWriter::inside(object, escapes),
            },
            RelationView::Links {
                related,
                link,
                list,
            } => Self::Links {
                related: *related,
                link,
                list: list.as_ref(),
            },
            RelationView::Objects {
                related,
                objects,
                next,
            } => Self::Objects {
                related: *related,
                objects: ObjectWriter::inside(objects, escapes),
                next: next.as_ref(),
            },
            RelationView::List(list) => Self::List(list),
        }
    }

    /// Appends the value of the relation for a row, whose index among the rows that `related` was read for is `at`.
    pub(in crate::representation) fn write(
        &self,
        row: Row<'_>,
        at: usize,
        related: &[Related],
        own: Above<'_>,
        out: &mut Vec<u8>,
    ) {
        let rows_of = |relation: &usize| RelatedRows::of(*relation, at, related);
        match self {
            Self::Link(link) => write_link(link, row, own, out),
            Self::Key {
                key,
                integers,
                as_text,
            } => write_key_of(&[*key], row, *integers, *as_text, out),
            Self::List(list) => write_list(Some(list), row, own, out),
            Self::Object { related, object } => {
                let found = rows_of(related);
                let first = found.and_then(|found| Some((found.rows().next()?, found.deeper())));
                match first {
                    Some(((at, row), deeper)) => object.write(row, at, deeper, own.uri, out),
                    None => out.extend_from_slice(b"null"),
                }
            }
            Self::Links {
                related,
                link,
                list,
            } => match rows_of(related) {
                Some(found) if found.more => write_list(*list, row, own, out),
                found => {
                    out.push(b'[');
                    let rows = found.iter().flat_map(RelatedRows::rows);
                    for (at, (_, row)) in rows.enumerate() {
                        separate(at, out);
                        write_link(link, row, own, out);
                    }
                    out.push(b']');
                }
            },
            Self::Objects {
                related,
                objects,
                next,
            } => {
                let found = rows_of(related);
                let has_more = found.as_ref().is_some_and(|found| found.more);
                out.extend_from_slice(b"{\"next\":");
                write_list(next.filter(|_| has_more), row, own, out);
                out.extend_from_slice(b",\"results\":[");
                if let Some(found) = found {
                    for (nth, (at, row)) in found.rows().enumerate() {
                        separate(nth, out);
                        objects.write(row, at, found.deeper(), own.uri, out);
                    }
                }
                out.extend_from_slice(b"]}");
            }
        }
    }
}

/// Appends a comma before each item of an array except the first, whose index `at` is 0.
fn separate(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

fn write_link(link: &ObjectUri, row: Row<'_>, own: Above<'_>, out: &mut Vec<u8>) {
    write_or_null(own.escapes, out, |out| link.write(row, own.uri, out));
}

fn write_list(list: Option<&ListUri>, row: Row<'_>, own: Above<'_>, out: &mut Vec<u8>) {
    write_or_null(own.escapes, out, |out| {
        list.is_some_and(|list| list.write(row, own.uri, out))
    });
}
