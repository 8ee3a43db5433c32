//! Indexes of places (viewsets at paths), each into a list with one item for each place.

/// The index of a place (a viewset at a path) among all places of an API, and among their drafts while the API is
/// built. A nested place comes after its parent.
///
/// Only [`indexed`] and [`PlaceIndex::of_pushed`] create one, by counting places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PlaceIndex(usize);

impl PlaceIndex {
    /// Appends the item of a new place to a list, and returns the index of that place.
    pub(crate) fn of_pushed<T>(item: T, items: &mut Vec<T>) -> Self {
        items.push(item);
        Self(items.len() - 1)
    }

    /// Returns this place's item of a list that has one item for each place.
    #[inline]
    pub(crate) fn item<T>(self, items: &[T]) -> Option<&T> {
        items.get(self.0)
    }

    /// Returns this place's item, mutably, of a list that has one item for each place.
    #[inline]
    pub(crate) fn item_mut<T>(self, items: &mut [T]) -> Option<&mut T> {
        items.get_mut(self.0)
    }
}

/// Iterates over a list with one item for each place, with the index of each place.
pub(crate) fn indexed<T>(items: &[T]) -> impl DoubleEndedIterator<Item = (PlaceIndex, &T)> {
    let each = items.iter().enumerate();
    each.map(|(at, item)| (PlaceIndex(at), item))
}

/// Returns the place index with this number for tests, without checking that such a place exists.
#[cfg(test)]
pub(crate) const fn place_at(index: usize) -> PlaceIndex {
    PlaceIndex(index)
}
