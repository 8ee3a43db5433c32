//! Questions: a question is what a request asks for, such as a list or a deletion, determined by its path and its
//! method.
//!
//! Only [`Question::all`] lists the methods of each path, from which `Allow` is written. A question also determines the
//! access that policies check, the formats of its answer, whether the body is read, and whether stored data may change.

use http::Method;

use crate::{
    action::Action,
    params::Format,
    payload::Verb,
    policy::Access,
    route::{Located, Target},
    viewset::Writes,
};

/// A question: what a request asks for, and at which path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'t> {
    /// The API root, which links to the lists of the top-level places.
    Root,
    /// The description of what a path serves: the answer to OPTIONS.
    Describe(&'t Target<'t>),
    List(&'t Located<'t>),
    /// One object, by its key as written in the path.
    Retrieve(&'t Located<'t>, &'t str),
    Create(&'t Located<'t>),
    /// A change of one object, by its key as written in the path.
    Update(&'t Located<'t>, &'t str, Verb),
    Delete(&'t Located<'t>, &'t str),
    /// A change of every row that a list selects.
    UpdateMany(&'t Located<'t>),
    DeleteMany(&'t Located<'t>),
    /// An action: on the object with the given key, as written in the path, or on the collection if the key is `None`.
    Act(&'t Located<'t>, Option<&'t str>, &'t Action),
}

impl<'t> Question<'t> {
    /// Returns the methods of a target (what a path leads to), each with its question, in the order of `Allow`.
    /// `action` is the action that the target names, and `writes` says which changes the target's place offers.
    pub(crate) fn all(
        target: &'t Target<'t>,
        action: Option<&'t Action>,
        writes: Writes,
    ) -> Vec<(&'t str, Self)> {
        let describe = ("OPTIONS", Self::Describe(target));
        let mut all = match (target, action) {
            (Target::Root, _) => vec![("GET", Self::Root), ("HEAD", Self::Root), describe],
            (Target::List(found), _) => vec![
                ("GET", Self::List(found)),
                ("HEAD", Self::List(found)),
                ("POST", Self::Create(found)),
                ("PATCH", Self::UpdateMany(found)),
                ("DELETE", Self::DeleteMany(found)),
                describe,
            ],
            (Target::Object(found, key), _) => vec![
                ("GET", Self::Retrieve(found, key)),
                ("HEAD", Self::Retrieve(found, key)),
                ("PUT", Self::Update(found, key, Verb::Replace)),
                ("PATCH", Self::Update(found, key, Verb::Change)),
                ("DELETE", Self::Delete(found, key)),
                describe,
            ],
            (Target::Act(found, key, _), Some(action)) => {
                let act = Self::Act(found, *key, action);
                let methods = action.methods().map(|method| (method, act));
                methods.chain([describe]).collect()
            }
            (Target::Act(..), None) => Vec::new(),
        };
        all.retain(|(_, question)| question.is_served(writes));
        all
    }

    /// Whether a place answers the question, given the changes (create, update, delete) that it offers.
    const fn is_served(self, writes: Writes) -> bool {
        match self {
            Self::Root | Self::Describe(_) | Self::List(_) | Self::Retrieve(..) | Self::Act(..) => {
                true
            }
            Self::Create(_) => writes.create,
            Self::Update(..) => writes.update,
            Self::Delete(..) => writes.delete,
            Self::UpdateMany(_) => writes.update_many.is_some(),
            Self::DeleteMany(_) => writes.delete_many.is_some(),
        }
    }

    /// Returns the place whose policies decide about the question, and the access that they grant or refuse; `None` if
    /// no policy is asked.
    pub(crate) fn access(self) -> Option<(&'t Located<'t>, Access<'t>)> {
        match self {
            Self::Root | Self::Describe(_) => None,
            Self::List(found) => Some((found, Access::List)),
            Self::Retrieve(found, _) => Some((found, Access::Retrieve)),
            Self::Create(found) => Some((found, Access::Create)),
            Self::Update(found, ..) | Self::UpdateMany(found) => Some((found, Access::Update)),
            Self::Delete(found, _) | Self::DeleteMany(found) => Some((found, Access::Delete)),
            Self::Act(found, _, action) => Some((found, Access::Act(&action.name))),
        }
    }

    /// Returns the place whose rows the question changes; `None` if it changes none, or is an action.
    pub(crate) const fn written(self) -> Option<&'t Located<'t>> {
        match self {
            Self::Create(found)
            | Self::Update(found, ..)
            | Self::Delete(found, _)
            | Self::UpdateMany(found)
            | Self::DeleteMany(found) => Some(found),
            Self::Root | Self::Describe(_) | Self::List(_) | Self::Retrieve(..) | Self::Act(..) => {
                None
            }
        }
    }

    /// Returns the formats that the answer may have.
    pub(crate) const fn formats(self) -> &'static [Format] {
        match self {
            Self::List(_)
            | Self::Retrieve(..)
            | Self::Create(_)
            | Self::Update(..)
            | Self::Describe(Target::List(_) | Target::Object(..)) => Format::OF_ROWS,
            Self::Root
            | Self::Delete(..)
            | Self::UpdateMany(_)
            | Self::DeleteMany(_)
            | Self::Act(..)
            | Self::Describe(Target::Root | Target::Act(..)) => Format::OF_THE_REST,
        }
    }

    /// Whether the library itself reads the query string. That of an action is read by its handler.
    pub(crate) const fn reads_query(self) -> bool {
        match self {
            Self::Act(..) | Self::Describe(Target::Act(..)) => false,
            Self::Root
            | Self::Describe(Target::Root | Target::List(_) | Target::Object(..))
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Create(_)
            | Self::Update(..)
            | Self::Delete(..)
            | Self::UpdateMany(_)
            | Self::DeleteMany(_) => true,
        }
    }

    /// Whether the answer needs the request's body, so that the body is read.
    pub(crate) const fn reads_body(self) -> bool {
        match self {
            Self::Create(_) | Self::Update(..) | Self::UpdateMany(_) | Self::Act(..) => true,
            Self::Root
            | Self::Describe(_)
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Delete(..)
            | Self::DeleteMany(_) => false,
        }
    }

    /// Whether the request may change stored data, so that it is checked for cross-site request forgery.
    pub(crate) fn changes_state(self, method: &Method) -> bool {
        match self {
            Self::Root | Self::Describe(_) | Self::List(_) | Self::Retrieve(..) => false,
            Self::Create(_)
            | Self::Update(..)
            | Self::Delete(..)
            | Self::UpdateMany(_)
            | Self::DeleteMany(_) => true,
            Self::Act(..) => ![Method::GET, Method::HEAD].contains(method),
        }
    }
}
