//! The changes that a body asks for: the columns of a row, and what goes with them.

use crate::{
    cell::Value,
    model::{ColumnNumber, Model},
    operation::Changes,
};

/// A mark among the extensions of a request whose client sends back the whole row that it was shown, changed in places: a
/// link that is as it was shown may then differ from its columns, which are what is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsComeBack;

/// The changes that a body asks for.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) changes: Changes,
    /// The members that must be as the stored row shows them.
    pub(crate) echoes: Vec<Echo>,
    /// The many-to-many relations that the body sets: each by its index in [`Offer::relations`], with the keys of the
    /// related rows.
    pub(crate) links: Vec<(usize, Vec<Vec<Value>>)>,
    /// The relations whose nested rows the body creates: each by its index in [`Offer::relations`], with the new rows.
    pub(crate) children: Vec<(usize, Vec<Self>)>,
    /// The to-one relations that the body sets to null: each by its name, with its foreign-key columns.
    pub(super) unlinked: Vec<(String, Vec<ColumnNumber>)>,
}

/// A member that must be as the stored row shows it: one that clients cannot set, or a link beside columns that name
/// another row.
#[derive(Debug)]
pub(crate) struct Echo {
    pub(crate) name: String,
    /// Its JSON text, as sent.
    pub(crate) sent: String,
    /// Whether it is a link beside columns that name another row.
    pub(crate) is_stale: bool,
}

impl Input {
    pub(super) fn of(model: &Model) -> Self {
        Self {
            changes: Changes::new(model),
            echoes: Vec::new(),
            links: Vec::new(),
            children: Vec::new(),
            unlinked: Vec::new(),
        }
    }

    /// Adds a member that must be as the stored row shows it; `is_stale` if it is a link beside columns that name another
    /// row.
    pub(super) fn echo(&mut self, name: &str, sent: &str, is_stale: bool) {
        self.echoes.push(Echo {
            name: name.to_owned(),
            sent: sent.to_owned(),
            is_stale,
        });
    }
}
