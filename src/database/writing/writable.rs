//! [`Writable`]: a question that changes rows, of any kind.

use crate::operation::{Create, Delete, DeleteMany, Reference, Update, UpdateMany};

/// A question that changes rows.
pub(crate) enum Writable {
    Create(Create),
    Update(Update),
    Delete(Delete),
    UpdateMany(UpdateMany),
    DeleteMany(DeleteMany),
}

/// Takes the names of the questions that change rows, each of which is a variant of [`Writable`].
macro_rules! writable {
    ($($question:ident)+) => {$(
        impl From<$question> for Writable {
            fn from(question: $question) -> Self {
                Self::$question(question)
            }
        }
    )+};
}

writable! { Create Update Delete UpdateMany DeleteMany }

impl Writable {
    /// Returns the rows that the written row refers to.
    pub(super) fn references(&self) -> &[Reference] {
        match self {
            Self::Create(create) => &create.references,
            Self::Update(update) => &update.references,
            Self::UpdateMany(update) => &update.references,
            Self::Delete(_) | Self::DeleteMany(_) => &[],
        }
    }

    /// Whether rows are deleted, so that a broken foreign key is one of other rows.
    pub(super) const fn deletes(&self) -> bool {
        match self {
            Self::Delete(_) | Self::DeleteMany(_) => true,
            Self::Create(_) | Self::Update(_) | Self::UpdateMany(_) => false,
        }
    }
}
