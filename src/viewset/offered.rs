//! [`Writes`]: the changes of rows that a viewset offers.

/// The changes that clients may make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    pub(crate) create: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
    /// Whether PUT, PATCH and DELETE must have `If-Match`.
    pub(crate) requires_if_match: bool,
}
