//! [`Writable`]: any operation that changes rows.

use crate::operation::{Create, Delete, DeleteMany, Reference, Update, UpdateMany};

/// Any operation that changes rows.
pub(crate) enum Writable {
    Create(Create),
    Update(Update),
    Delete(Delete),
    UpdateMany(UpdateMany),
    DeleteMany(DeleteMany),
}

/// Converts each named operation to the variant of [`Writable`] with its name.
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

    /// Whether rows are deleted. If so, a broken foreign key is that of another row, which refers to a deleted one.
    pub(super) const fn deletes(&self) -> bool {
        match self {
            Self::Delete(_) | Self::DeleteMany(_) => true,
            Self::Create(_) | Self::Update(_) | Self::UpdateMany(_) => false,
        }
    }
}
