//! The indexes of places.

/// The index of a place, and of its draft, among all places, each of which stands after its parent.
///
/// Only created by counting places, by [`indexed`] and [`PlaceIndex::of_pushed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PlaceIndex(usize);

impl PlaceIndex {
    /// Appends the item of one more place to a list, and returns the index of that place.
    pub(crate) fn of_pushed<T>(item: T, items: &mut Vec<T>) -> Self {
        items.push(item);
        Self(items.len() - 1)
    }

    /// Returns what a list with one item for each place has for this one.
    #[inline]
    pub(crate) fn item<T>(self, items: &[T]) -> Option<&T> {
        items.get(self.0)
    }

    /// Returns what a list with one item for each place has for this one, to be changed.
    #[inline]
    pub(crate) fn item_mut<T>(self, items: &mut [T]) -> Option<&mut T> {
        items.get_mut(self.0)
    }
}

/// Returns a list with one item for each place, with their indexes.
pub(crate) fn indexed<T>(items: &[T]) -> impl DoubleEndedIterator<Item = (PlaceIndex, &T)> {
    let each = items.iter().enumerate();
    each.map(|(at, item)| (PlaceIndex(at), item))
}

/// Returns an index, unchecked, for a test that knows its places.
#[cfg(test)]
pub(crate) const fn place_at(index: usize) -> PlaceIndex {
    PlaceIndex(index)
}
