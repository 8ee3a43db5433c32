//! Which rows a body refers to by its foreign keys.

use crate::{
    cell::Value,
    error::{Code, Error, Fault, Result},
    model::{Column, ColumnNumber, DefaultValue},
    operation::{Changes, Reference, Set},
    params::{Offer, Served, World},
    visibility::Entered,
};

/// A column that the path or the request determines, with its value; `None` if only the parent row has it.
pub(super) type GivenColumn = (ColumnNumber, Option<Value>);

/// Sets the columns of new rows whose values the path or the request determines.
pub(super) fn set_given(rows: &mut [Changes], given: &[GivenColumn]) {
    for (column, value) in given {
        let Some(value) = value else { continue };
        for row in &mut *rows {
            row.put(*column, Set::To(value.clone()));
        }
    }
}

/// Whether written rows are new or come from an array, and which columns are determined by the path or the request.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) given: &'a [GivenColumn],
    /// Whether the rows are new, so that columns that are not set get their defaults.
    pub(super) is_new: bool,
    /// Whether the rows are those of an array, whose faults have pointers such as `/3/owner_id`.
    pub(super) is_array: bool,
}

/// Returns the related rows to whose keys the changes set foreign keys. These rows must exist, and the request must be
/// allowed to see them.
pub(super) fn references<'c>(
    entered: &Entered<'_>,
    offer: &Offer,
    rows: impl IntoIterator<Item = &'c Changes>,
    known: Known<'_>,
) -> Result<Vec<Reference>> {
    let relations = offer.relations.iter();
    let relations: Vec<_> = relations.filter(|one| one.is_set_by_columns()).collect();
    let reference = |relation: &&Served| Reference {
        join: relation.join.clone(),
        keys: Vec::new(),
        visible: entered.row_filter(relation.place),
        member: member(relation, offer),
    };
    let mut references: Vec<_> = relations.iter().map(reference).collect();
    let mut faults = Vec::new();
    for (at, changes) in rows.into_iter().enumerate() {
        let row = known.is_array.then_some(at);
        for (relation, reference) in relations.iter().zip(&mut references) {
            match key(relation, offer, changes, known) {
                Ok(key) => reference.keys.extend(key.map(|key| (row, key))),
                Err(fault) => faults.push(fault.in_row(row)),
            }
        }
    }
    references.retain(|reference| !reference.keys.is_empty());
    Error::of_any(faults)?;
    Ok(references)
}

/// Returns the member of the body on which a fault of a relation is reported: the foreign key, or the link if the
/// foreign key has several columns.
fn member(relation: &Served, offer: &Offer) -> String {
    let mut here = relation
        .join
        .here()
        .filter_map(|column| offer.model.at(column));
    match (here.next(), here.next()) {
        (Some(column), None) if !column.hidden => column.name().to_owned(),
        _ => relation.name.clone(),
    }
}

/// Returns the key of the row that a written row refers to by a relation. Returns `None` if the changes do not set the
/// foreign key, or set a part of it to null, which refers to no row.
fn key(
    relation: &Served,
    offer: &Offer,
    changes: &Changes,
    known: Known<'_>,
) -> Result<Option<Vec<Value>>, Fault> {
    let here: Vec<_> = relation.join.here().collect();
    // Only columns that the client sends are checked. The program sets read-only columns, and may choose a row that the
    // request cannot see.
    let is_sent = |column: &ColumnNumber| {
        let is_free = offer.model.at(*column).is_some_and(|one| !one.read_only);
        is_free && matches!(changes.at(*column), Some(Set::To(_)))
    };
    if !here.iter().any(is_sent) {
        return Ok(None);
    }
    let value = |column: &ColumnNumber| match changes.at(*column) {
        Some(set @ (Set::To(_) | Set::Null)) => Some(set.clone()),
        Some(Set::Default) => default_of(offer.model.at(*column)?),
        Some(Set::Next | Set::Merge(_)) => None,
        None => match known.given.iter().find(|(given, _)| given == column) {
            Some((_, given)) => given.clone().map(Set::To),
            None if known.is_new => default_of(offer.model.at(*column)?),
            None => None,
        },
    };
    let values: Vec<_> = here.iter().map(value).collect();
    let has_null = values.contains(&Some(Set::Null));
    let parts = values.into_iter().map(|set| match set? {
        Set::To(value) => Some(value),
        Set::Null | Set::Default | Set::Next | Set::Merge(_) => None,
    });
    match parts.collect::<Option<Vec<_>>>() {
        Some(key) => Ok(Some(key)),
        None if has_null => Ok(None),
        None => {
            let names = here.iter().filter_map(|column| offer.model.at(*column));
            let names: Vec<_> = names.map(Column::name).collect();
            let detail = format!("`{}` are set together", names.join("`, `"));
            Err(Fault::member(
                &member(relation, offer),
                Code::Required,
                detail,
            ))
        }
    }
}

/// Returns the column's value in a new row that omits it; `None` if the default is an expression that the database
/// evaluates.
fn default_of(column: &Column) -> Option<Set> {
    match &column.default {
        None => Some(Set::Null),
        Some(DefaultValue::Value(value)) => Some(Set::To(value.clone())),
        Some(DefaultValue::Sql(_)) => None,
    }
}
