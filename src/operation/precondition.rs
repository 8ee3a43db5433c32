//! Preconditions: which version of a row a request expects to change (RFC 9110, section 13).

use crate::{
    cell::Row,
    error::{Code, Error, Result},
    etag::Tags,
    model::{ColumnNumber, Model},
};

/// The preconditions of a request to change a row. They are checked in the transaction, on the locked row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Precondition {
    /// The tags of `If-Match`; one of them must be the row's.
    pub(crate) matches: Option<Tags>,
    /// The tags of `If-None-Match`; none of them may be the row's.
    pub(crate) none_matches: Option<Tags>,
    /// Whether the request must have `If-Match`.
    pub(crate) is_required: bool,
}

impl Precondition {
    /// Returns the columns that must be read to check the row. They have no order, and a column may occur twice.
    pub(crate) fn columns<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = ColumnNumber> {
        let tags = self.matches.iter().chain(&self.none_matches);
        tags.flat_map(|tags| tags.columns(model))
    }

    /// Checks a row whose cells are those of the columns `read`, ascending.
    ///
    /// # Errors
    ///
    /// [`Code::PreconditionRequired`] when `If-Match` is missing and required, [`Code::PreconditionFailed`] when a
    /// precondition is false.
    pub(crate) fn check(&self, model: &Model, row: Row<'_>, read: &[ColumnNumber]) -> Result<()> {
        if self.is_required && self.matches.is_none() {
            let detail = "send the object's `ETag` in `If-Match`, so that nobody's change is lost";
            return Err(Error::new(Code::PreconditionRequired, detail));
        }
        let names = |tags: &Tags| tags.name_row(model, row, read);
        if self.matches.as_ref().is_some_and(|tags| !names(tags)) {
            let detail = "the object has changed since its `ETag` was read; read it again";
            return Err(Error::new(Code::PreconditionFailed, detail));
        }
        if self.none_matches.as_ref().is_some_and(names) {
            let detail = "the object is one that `If-None-Match` excludes";
            return Err(Error::new(Code::PreconditionFailed, detail));
        }
        Ok(())
    }
}
