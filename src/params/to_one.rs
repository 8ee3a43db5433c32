//! How an object shows the row that a to-one relation leads to.

/// How an object shows the row that a to-one relation leads to, unless a client asks for it by `expand`.
///
/// [`ViewSet::to_one`](crate::ViewSet::to_one) sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToOne {
    /// As the link to the related object: `"owner": "http://host/api/owners/7/"`. The default.
    #[default]
    Link,
    /// As the key of the related object, which must have one column: `"owner": 7`.
    Key,
    /// As the related object itself, as by `expand`: `"owner": {"href": …, "name": "Ann"}`. Its own relations are links or
    /// keys.
    Object,
}
