//! Relations made from the foreign keys of a catalog: their names, and the lists nested under objects.
//!
//! If two relations could have the same name, neither gets it. Each gets the next of its possible names, such as
//! `parts_by_car` after `parts`; if none is free, it gets its last possible name with a number appended.

use std::collections::BTreeSet;

use super::{
    LeftOut,
    draft::TableDraft,
    junctions::{paired, ways},
    link::{Link, ManyNest, related, settled},
    names,
};
use crate::{
    catalog::ForeignKey,
    model::{ColumnNumber, Model, Relation, same_kind},
};

/// Hides the columns that reference hidden columns, directly or through other columns, unless they match a pattern of
/// `shown`.
pub(super) fn hide_what_leads_to_secrets(drafts: &mut [TableDraft], shown: &[String]) {
    let mut changed = true;
    while changed {
        let mut leading = Vec::new();
        for (from, draft) in drafts.iter().enumerate() {
            let columns = draft.table.foreign_keys.iter();
            let columns = columns.flat_map(|key| columns_to_secrets(key, draft, drafts));
            leading.extend(columns.map(|at| (from, at)));
        }
        changed = false;
        for (from, at) in leading {
            let draft = drafts.get_mut(from);
            changed |= draft.is_some_and(|draft| draft.hide(at, shown));
        }
    }
}

/// Returns the columns of a foreign key that reference hidden columns.
fn columns_to_secrets(
    key: &ForeignKey,
    own: &TableDraft,
    drafts: &[TableDraft],
) -> Vec<ColumnNumber> {
    let Some(target) = drafts.iter().find(|one| one.is_target(key)) else {
        return Vec::new();
    };
    let is_hidden = |name: &String| {
        let column = target.position(name).and_then(|at| target.column(at));
        column.is_some_and(|column| column.hidden)
    };
    let pairs = key.columns.iter().zip(references(key, target));
    let hidden = pairs.filter(|(_, there)| is_hidden(there));
    hidden.filter_map(|(here, _)| own.position(here)).collect()
}

/// Returns the names of the columns that the foreign key `key` references in the table `target`; those of its key if
/// `key` names none.
fn references<'a>(key: &'a ForeignKey, target: &'a TableDraft) -> &'a [String] {
    if key.references.is_empty() {
        &target.table.key
    } else {
        &key.references
    }
}

/// Adds the relations of every table. A foreign key of which no relation can be made is added to `left_out`.
pub(super) fn relate(drafts: &mut [TableDraft], left_out: &mut Vec<LeftOut>) {
    let mut links = Vec::new();
    for from in 0..drafts.len() {
        links.extend(links_of(from, drafts, left_out));
    }
    let mut taken: Vec<BTreeSet<String>> = drafts.iter().map(taken_by_columns).collect();
    for (from, taken) in taken.iter_mut().enumerate() {
        name_to_one(from, &mut links, drafts, taken);
    }
    for link in &links {
        let relation = drafts.get(link.to).map(|to| Relation {
            name: Some(link.name.clone()),
            columns: link.columns.clone(),
            schema: to.table.schema.clone(),
            table: to.table.name.clone(),
            references: to.sql(&link.references),
            inherited: is_of_a_child(link, &links, drafts),
        });
        if let Some(draft) = drafts.get_mut(link.from) {
            draft.relations.extend(relation);
        }
    }
    let ways = ways(&links, drafts);
    for (at, taken) in taken.iter_mut().enumerate() {
        let direct = direct(at, &links, drafts, taken);
        let paired = paired(at, &ways, drafts, taken);
        if let Some(draft) = drafts.get_mut(at) {
            for (many, nest) in direct.into_iter().chain(paired) {
                draft.many.push(many);
                draft.nested.extend(nest);
            }
        }
    }
}

fn taken_by_columns(draft: &TableDraft) -> BTreeSet<String> {
    let names = draft.visible().map(|column| column.name.clone());
    names.chain(["href".to_owned()]).collect()
}

fn links_of(from: usize, drafts: &[TableDraft], left_out: &mut Vec<LeftOut>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let Some(draft) = drafts.get(from) else {
        return links;
    };
    for key in &draft.table.foreign_keys {
        match link(from, key, drafts) {
            Ok(Some(link)) => {
                let is_known = |known: &Link| known.to == link.to && known.columns == link.columns;
                if !links.iter().any(is_known) {
                    links.push(link);
                }
            }
            Ok(None) => {}
            Err(reason) => {
                let what = format!(
                    "the relation of {} by {}",
                    draft.name,
                    key.columns.join(", ")
                );
                left_out.push(LeftOut::new(what, reason));
            }
        }
    }
    links
}

/// Returns the link (a foreign key between served tables) of the foreign key `key`; `None` if one of its columns, or of
/// the referenced columns, is hidden. The error is the reason why no relation can be made of it.
fn link(from: usize, key: &ForeignKey, drafts: &[TableDraft]) -> Result<Option<Link>, String> {
    let found = (0..).zip(drafts).find(|(_, one)| one.is_target(key));
    let own = drafts.get(from);
    let (Some(own), Some((to, target))) = (own, found) else {
        return Err(format!("`{}` is not served", key.table));
    };
    let columns = own
        .positions(&key.columns)
        .ok_or("one of these columns is not served")?;
    let names = references(key, target);
    let references = target.positions(names);
    let references = references.filter(|there| there.len() == columns.len() && !there.is_empty());
    let references = references
        .ok_or_else(|| format!("it leads to columns that `{}` does not have", key.table))?;
    for (here, there) in columns.iter().zip(&references) {
        let (Some(here), Some(there)) = (own.column(*here), target.column(*there)) else {
            continue;
        };
        if here.hidden || there.hidden {
            return Ok(None);
        }
        if !same_kind(&here.ty, &there.ty) {
            return Err(format!(
                "`{}` is of type {}, and `{}.{}` of type {}",
                here.sql,
                here.ty.name(),
                key.table,
                there.sql,
                there.ty.name()
            ));
        }
        if !Model::can_name(&here.ty) {
            return Err(format!(
                "no URL can name a value of type {} exactly",
                here.ty.name()
            ));
        }
    }
    Ok(Some(Link {
        from,
        to,
        columns,
        references,
        name: String::new(),
    }))
}

/// Names the to-one relations of the table `from`: `owner` after a column `owner_id`, or after the referenced table if
/// the column has no such ending; if that name is not free, after the referenced table and the columns.
fn name_to_one(
    from: usize,
    links: &mut [Link],
    drafts: &[TableDraft],
    taken: &mut BTreeSet<String>,
) {
    let own = links.iter_mut().filter(|link| link.from == from);
    let own: Vec<&mut Link> = own.collect();
    let choices = own.iter().map(|link| {
        let (Some(draft), Some(target)) = (drafts.get(from), drafts.get(link.to)) else {
            return Vec::new();
        };
        let columns = draft.sql(&link.columns);
        let table = names::relation(&target.name_from(draft));
        let both = names::relation(&format!("{table}_by_{}", columns.join("_and_")));
        match columns.as_slice() {
            [only] => match names::stem(only, &target.table.name) {
                Some(stem) => vec![names::relation(stem), both],
                // The name of the table would not describe a relation from the table to itself.
                None if link.from == link.to => vec![both],
                None => vec![table, both],
            },
            _ => vec![table, both],
        }
    });
    let chosen = settled(choices.collect(), taken);
    for (link, name) in own.into_iter().zip(chosen) {
        link.name = name;
    }
}

/// Returns the relations from the table `at` to the rows of the tables that reference it. They are named after the
/// referencing table, or, if that name is not free, after that table and its columns: `parts_by_car`.
fn direct(
    at: usize,
    links: &[Link],
    drafts: &[TableDraft],
    taken: &mut BTreeSet<String>,
) -> Vec<ManyNest> {
    let leads = |link: &&Link| link.to == at && !is_of_a_child(link, links, drafts);
    let leading: Vec<_> = links.iter().filter(leads).collect();
    let choices = leading.iter().map(|link| {
        let child = drafts.get(link.from);
        let by = child.map_or_else(String::new, |child| child.columns_of(link));
        let table = child
            .zip(drafts.get(at))
            .map_or_else(String::new, |(child, own)| {
                names::relation(&child.name_from(own))
            });
        let both = format!("{table}_by_{}", names::relation(&names::segment(&by)));
        vec![table, both]
    });
    let chosen = settled(choices.collect(), taken);
    let each = leading.into_iter().zip(chosen);
    each.filter_map(|(link, name)| {
        let (own, child) = (drafts.get(at)?, drafts.get(link.from)?);
        let (many, nest) = related(name, child, child.sql(&link.columns), None);
        Some((many, can_nest(own, child, link).then_some(nest)))
    })
    .collect()
}

/// Whether a link belongs to a PostgreSQL table that inherits from a parent table with an equal link. The parent table
/// contains the rows of the child, so its link suffices.
fn is_of_a_child(link: &Link, links: &[Link], drafts: &[TableDraft]) -> bool {
    let Some(own) = drafts.get(link.from) else {
        return false;
    };
    links.iter().any(|other| {
        let is_parent = drafts.get(other.from).is_some_and(|parent| {
            let name = (&parent.table.schema, &parent.table.name);
            own.table
                .inherits
                .iter()
                .any(|(schema, table)| (schema, table) == name)
        });
        let names = |link: &Link| drafts.get(link.from).map(|one| one.sql(&link.columns));
        is_parent && other.to == link.to && names(other) == names(link)
    })
}

/// Whether a list of child rows can be nested under the objects of a parent. The parent must have a key. The link must
/// consist of the child's whole key and reference the parent's key, or the child's key must have columns that the
/// parent's key does not determine, unless the child has no key.
fn can_nest(parent: &TableDraft, child: &TableDraft, link: &Link) -> bool {
    if child.key == link.columns {
        return parent.key == link.references;
    }
    let pairs = link.columns.iter().zip(&link.references);
    let known: Vec<ColumnNumber> = pairs
        .filter(|(_, there)| parent.key.contains(there))
        .map(|(here, _)| *here)
        .collect();
    let is_named = child.key.is_empty() || child.key.iter().any(|part| !known.contains(part));
    !parent.key.is_empty() && is_named
}

impl TableDraft {
    /// Returns the name of this table as `other` refers to it: without its schema if both are in the same schema.
    pub(super) fn name_from(&self, other: &Self) -> String {
        match self.table.schema == other.table.schema {
            true => names::path(None, &self.table.name),
            false => self.path.clone(),
        }
    }

    /// Returns a name made of a link's columns: the names joined by `_and_`, or a single name without an ending such as
    /// `_id`.
    pub(super) fn columns_of(&self, link: &Link) -> String {
        let columns = self.sql(&link.columns);
        match columns.as_slice() {
            [only] => {
                let stem = only.strip_suffix("_id").or_else(|| names::stem(only, ""));
                stem.filter(|stem| !stem.is_empty())
                    .unwrap_or(only)
                    .to_owned()
            }
            columns => columns.join("_and_"),
        }
    }

    pub(super) fn sql(&self, columns: &[ColumnNumber]) -> Vec<String> {
        let columns = columns.iter().filter_map(|at| self.column(*at));
        columns.map(|column| column.sql.clone()).collect()
    }
}
