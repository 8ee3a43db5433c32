//! The query string that a dialect makes for the API.

use crate::{link::percent_encoded, params::form_pairs};

/// A query string of the API's own parameters, in the making.
#[derive(Debug, Default)]
pub(super) struct CoreQuery(String);

impl CoreQuery {
    /// Adds a piece `name=value` of the client's query string as it is.
    pub(super) fn keep(&mut self, piece: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(piece);
    }

    /// Adds a parameter.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let piece = [&percent_encoded(name), "=", &percent_encoded(value)].concat();
        self.keep(&piece);
    }

    /// Adds the window of `rows` rows after the first `offset`.
    pub(super) fn window(&mut self, offset: u64, rows: u64) {
        self.add("limit", &rows.to_string());
        self.add("offset", &offset.to_string());
    }

    /// Adds the window that holds all rows with the given number of keys, however many a page has by default.
    pub(super) fn all_of(&mut self, keys: usize) {
        self.add("limit", &keys.max(1).to_string());
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Returns the decoded name and value of a piece `name=value`; `None` if it cannot be decoded, which the API refuses.
pub(super) fn decoded(piece: &str) -> Option<(String, String)> {
    let mut faults = Vec::new();
    let pair = form_pairs(piece, &mut faults).pop()?;
    Some((pair.0.into_owned(), pair.1.into_owned()))
}

/// Returns the API's name of a member of a related row: `owner__name` for `owner.name`.
pub(super) fn core_name(name: &str) -> String {
    name.replace('.', "__")
}
