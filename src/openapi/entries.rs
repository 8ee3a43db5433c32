//! [`Entries`]: a map whose members keep their order.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

/// A map whose members keep their order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entries<T>(pub(super) IndexMap<String, T>);

impl<T> Entries<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name)
    }

    pub(super) fn push(&mut self, name: impl Into<String>, value: T) {
        self.0.insert(name.into(), value);
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<T> FromIterator<(String, T)> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(&self.0)
    }
}
