//! [`Writes`]: the changes of rows that a viewset offers.

/// The changes that clients may make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    pub(crate) create: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
    /// The most rows that a PATCH of a list may change; `None` if it is not offered.
    pub(crate) update_many: Option<u64>,
    /// The most rows that a DELETE of a list may delete; `None` if it is not offered.
    pub(crate) delete_many: Option<u64>,
    /// Whether a PUT creates an object that does not exist.
    pub(crate) put_creates: bool,
    /// Whether a request may be a dry run: `Prefer: tx=rollback` makes its change and rolls it back.
    pub(crate) dry_runs: bool,
    /// Whether PUT, PATCH and DELETE must have `If-Match`.
    pub(crate) requires_if_match: bool,
}
