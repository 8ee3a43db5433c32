//! Rows as people read them: their cells, with links to the rows that they refer to.

use askama::Template;

use super::{
    super::{
        cell_index::CellIndex,
        objects::{Objects, RelationView},
        related::RelatedRows,
    },
    cell_view::{CellView, class},
};
use crate::{
    cell::Row,
    link::write_key,
    model::{Column, ColumnNumber},
    operation::Related,
    params::{Offer, key_in_a_path},
};

/// The most links to related rows that one cell shows.
const MOST_LINKS: usize = 20;

/// The rows of an answer, from which views are made.
#[derive(Clone, Copy)]
pub(super) struct RowViews<'a> {
    pub(super) objects: &'a Objects,
    /// The viewset of the rows; `None` for embedded ones.
    pub(super) offer: Option<&'a Offer>,
    pub(super) in_list: bool,
}

/// One row: the URI of its object, and its members.
#[derive(Debug)]
pub(super) struct RowView<'a> {
    pub(super) href: Option<String>,
    pub(super) members: Vec<MemberView<'a>>,
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct MemberView<'a> {
    pub(super) name: &'a str,
    pub(super) class: &'static str,
    /// The URI of the row that the member refers to.
    pub(super) link: Option<String>,
    pub(super) value: ValueView<'a>,
}

#[derive(Debug)]
pub(super) enum ValueView<'a> {
    Cell(CellView<'a>),
    Relation(RelationCell<'a>),
}

/// A relation, as HTML.
#[derive(Debug, Template)]
#[template(path = "relation.html", config = "src/representation/html/askama.toml")]
pub(super) struct RelationCell<'a>(RelationKind<'a>);

#[derive(Debug)]
enum RelationKind<'a> {
    Missing,
    Link(RowLink),
    Key(String),
    List(String),
    Links {
        links: Vec<RowLink>,
        count: usize,
        list: Option<String>,
        is_cut: bool,
    },
    Object(RowView<'a>),
    Objects {
        rows: Vec<RowView<'a>>,
        next: Option<String>,
    },
}

#[derive(Debug)]
pub(super) struct RowLink {
    uri: String,
    text: String,
}

impl<'a> RowViews<'a> {
    fn embedded(objects: &'a Objects) -> Self {
        Self {
            objects,
            offer: None,
            in_list: true,
        }
    }

    /// Returns the view of a row. `at` is its index among the rows that `related` was read for, and `under` the URI of
    /// the enclosing object.
    pub(super) fn view(
        &self,
        row: Row<'a>,
        at: usize,
        related: &'a [Related],
        under: &[u8],
    ) -> RowView<'a> {
        let own = self.own_uri(row, under);
        let mut links = self.links_by_column(row, &own);
        let mut members = Vec::with_capacity(self.objects.columns.len() + 4);
        for (number, position) in &self.objects.columns {
            let (number, cell) = (*number, position.cell(row));
            let link = links.iter_mut().find(|(column, _)| *column == number);
            members.push(MemberView {
                name: self.column_name(number),
                class: self.column(number).map_or("text", class),
                link: link.map(|(_, uri)| std::mem::take(uri)),
                value: ValueView::Cell(CellView::of(cell, self.in_list)),
            });
        }
        for (relation, view) in self.relations() {
            members.push(MemberView {
                name: self.relation_name(relation),
                class: "text",
                link: None,
                value: ValueView::Relation(RelationCell(relation_cell(
                    view, row, at, related, &own,
                ))),
            });
        }
        RowView {
            href: self.href(row, under),
            members,
        }
    }

    /// Returns the relations that are members of their own. A link that one column leads to is shown by that column.
    pub(super) fn relations(&self) -> impl Iterator<Item = (usize, &'a RelationView)> {
        let (objects, views) = (self.objects, *self);
        let relations = objects.relations.iter();
        let relations = relations.map(|(relation, view)| (*relation, view));
        relations.filter(move |(relation, view)| views.column_of(*relation, view).is_none())
    }

    pub(super) fn column(&self, number: ColumnNumber) -> Option<&'a Column> {
        self.offer.and_then(|offer| offer.model.at(number))
    }

    pub(super) fn column_name(&self, number: ColumnNumber) -> &'a str {
        number
            .item(&self.objects.members.columns)
            .map_or("", String::as_str)
    }

    pub(super) fn relation_name(&self, relation: usize) -> &'a str {
        let names = &self.objects.members.relations;
        names.get(relation).map_or("", String::as_str)
    }

    /// Returns the shown column that alone refers to the row of a relation.
    fn column_of(&self, relation: usize, view: &RelationView) -> Option<ColumnNumber> {
        let RelationView::Link(_) = view else {
            return None;
        };
        let served = self.offer?.relations.get(relation)?;
        let column = served.only_column()?;
        let mut shown = self.objects.columns.iter();
        shown.any(|(number, _)| *number == column).then_some(column)
    }

    fn links_by_column(&self, row: Row<'_>, own: &[u8]) -> Vec<(ColumnNumber, String)> {
        let relations = self.objects.relations.iter();
        let links = relations.filter_map(|(relation, view)| {
            let column = self.column_of(*relation, view)?;
            match view {
                RelationView::Link(link) => Some((column, link.text(row, own)?)),
                RelationView::Object { .. }
                | RelationView::Key { .. }
                | RelationView::Links { .. }
                | RelationView::Objects { .. }
                | RelationView::List(_) => None,
            }
        });
        links.collect()
    }

    fn href(&self, row: Row<'_>, under: &[u8]) -> Option<String> {
        self.objects.href.as_ref()?.text(row, under)
    }

    /// Returns the object's own URI without the text after its key, which links of relations may begin with.
    fn own_uri(&self, row: Row<'_>, under: &[u8]) -> Vec<u8> {
        let mut own = Vec::new();
        // Only links of relations begin with it.
        let href = self.objects.href.as_ref();
        if let Some(href) = href.filter(|_| !self.objects.relations.is_empty()) {
            href.write_open(row, under, &mut own);
        }
        own
    }
}

/// Returns a key in the form that URLs have; `None` for a null.
fn key_text(key: CellIndex, row: Row<'_>) -> Option<String> {
    let mut text = Vec::new();
    let parts = [key.cell(row)].into_iter();
    write_key(parts, &[], &mut text).then(|| String::from_utf8(text).ok())?
}

fn relation_cell<'a>(
    view: &'a RelationView,
    row: Row<'a>,
    at: usize,
    related: &'a [Related],
    own: &[u8],
) -> RelationKind<'a> {
    let rows_of = |relation: &usize| RelatedRows::of(*relation, at, related);
    match view {
        RelationView::Link(link) => {
            let link = link.text(row, own).map(RowLink::to);
            link.map_or(RelationKind::Missing, RelationKind::Link)
        }
        RelationView::Key { key, .. } => {
            key_text(*key, row).map_or(RelationKind::Missing, RelationKind::Key)
        }
        RelationView::List(list) => list
            .text(row, own)
            .map_or(RelationKind::Missing, RelationKind::List),
        RelationView::Object { related, object } => {
            let found = rows_of(related);
            let first = found.and_then(|found| Some((found.rows().next()?, found.deeper())));
            match first {
                Some(((at, row), deeper)) => {
                    let views = RowViews::embedded(object);
                    RelationKind::Object(views.view(row, at, deeper, own))
                }
                None => RelationKind::Missing,
            }
        }
        RelationView::Links {
            related,
            link,
            list,
        } => {
            let list = list.as_ref().and_then(|list| list.text(row, own));
            let Some(found) = rows_of(related) else {
                return RelationKind::Missing;
            };
            let all = found.rows();
            let links = all.filter_map(|(_, row)| Some(RowLink::to(link.text(row, own)?)));
            let count = found.rows().count();
            let links: Vec<_> = links.take(MOST_LINKS).collect();
            RelationKind::Links {
                is_cut: found.more || links.len() < count,
                links: if found.more { Vec::new() } else { links },
                count,
                list,
            }
        }
        RelationView::Objects {
            related,
            objects,
            next,
        } => {
            let views = RowViews::embedded(objects);
            let Some(found) = rows_of(related) else {
                return RelationKind::Missing;
            };
            let rows = found.rows();
            let rows = rows.map(|(at, row)| views.view(row, at, found.deeper(), own));
            RelationKind::Objects {
                rows: rows.collect(),
                next: next
                    .as_ref()
                    .filter(|_| found.more)
                    .and_then(|next| next.text(row, own)),
            }
        }
    }
}

impl RowLink {
    /// Returns the link to a URI, whose text is the key at the end.
    fn to(uri: String) -> Self {
        let path = uri.split('?').next().unwrap_or_default();
        Self {
            text: key_in_a_path(path),
            uri,
        }
    }
}
