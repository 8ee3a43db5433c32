//! Reading the object of a related row, as answers embed it.

use super::members::Sent;
use crate::{
    cell::object_members,
    error::{Code, Fault},
    params::{Served, ToOne},
};

/// An object that stands for a related row in a body.
pub(super) struct EmbeddedRow {
    /// Its `href`.
    pub(super) link: String,
    /// Whether it has other members, which cannot be set by way of the relation.
    pub(super) says_more: bool,
}

impl EmbeddedRow {
    /// Reads the member of a relation whose rows are shown as objects; `None` if it is no object with a link.
    pub(super) fn of(relation: &Served, sent: &Sent<'_>) -> Option<Self> {
        let (Sent::Json(raw) | Sent::Patch(raw)) = sent else {
            return None;
        };
        if relation.shape != ToOne::Object {
            return None;
        }
        let members = object_members(raw.get().as_bytes())?;
        let (_, link) = members.iter().find(|(name, _)| name == "href")?;
        Some(Self {
            link: serde_json::from_str(link.get()).ok()?,
            says_more: members.len() > 1,
        })
    }

    /// Whether the object must be as the stored row shows it. In a new row, which shows none, it is a fault.
    pub(super) fn is_echo(&self, name: &str, is_new: bool) -> Result<bool, Fault> {
        if self.says_more && is_new {
            let detail = format!(
                "`{name}` takes the link of a row, or an object with its `href` and nothing else, in a new row"
            );
            return Err(Fault::member(name, Code::InvalidValue, detail));
        }
        Ok(self.says_more)
    }
}
