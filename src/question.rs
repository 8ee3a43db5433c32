//! Questions: a question is what a request asks for, determined by its path and its method.
//!
//! Only [`Question::all`] lists the methods of each path, from which `Allow` is written. A question also determines the
//! access that policies check, the formats of its answer, whether the body is read, and whether stored data may change.

use http::Method;

use crate::{
    action::Action,
    params::Format,
    policy::Access,
    route::{Located, Target},
};

/// The question of a request: what it asks for, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'t> {
    /// The API root: links to the lists.
    Root,
    /// The description of what a path serves: the answer to OPTIONS.
    Describe(&'t Target<'t>),
    List(&'t Located<'t>),
    /// One object, by its key as written in the path.
    Retrieve(&'t Located<'t>, &'t str),
    Create(&'t Located<'t>),
    Update(&'t Located<'t>),
    Delete(&'t Located<'t>),
    /// An action: on the object with the given key, or on the collection if the key is `None`.
    Act(&'t Located<'t>, Option<&'t str>, &'t Action),
}

impl<'t> Question<'t> {
    /// Returns the served methods of a target with their questions, in the order of `Allow`. `action` is the action
    /// that the target names.
    pub(crate) fn all(target: &'t Target<'t>, action: Option<&'t Action>) -> Vec<(&'t str, Self)> {
        let describe = ("OPTIONS", Self::Describe(target));
        let mut all = match (target, action) {
            (Target::Root, _) => vec![("GET", Self::Root), ("HEAD", Self::Root), describe],
            (Target::List(found), _) => vec![
                ("GET", Self::List(found)),
                ("HEAD", Self::List(found)),
                ("POST", Self::Create(found)),
                describe,
            ],
            (Target::Object(found, key), _) => vec![
                ("GET", Self::Retrieve(found, key)),
                ("HEAD", Self::Retrieve(found, key)),
                ("PUT", Self::Update(found)),
                ("PATCH", Self::Update(found)),
                ("DELETE", Self::Delete(found)),
                describe,
            ],
            (Target::Act(found, key, _), Some(action)) => {
                let act = Self::Act(found, *key, action);
                let methods = action.methods().map(|method| (method, act));
                methods.chain([describe]).collect()
            }
            (Target::Act(..), None) => Vec::new(),
        };
        all.retain(|(_, question)| question.is_served());
        all
    }

    /// Whether the question is answered. Viewsets do not create, update or delete objects; only actions write.
    const fn is_served(self) -> bool {
        match self {
            Self::Root | Self::Describe(_) | Self::List(_) | Self::Retrieve(..) | Self::Act(..) => {
                true
            }
            Self::Create(_) | Self::Update(_) | Self::Delete(_) => false,
        }
    }

    /// Returns the place whose policies are asked, and the access that they check; `None` if no policy is asked.
    pub(crate) fn access(self) -> Option<(&'t Located<'t>, Access<'t>)> {
        match self {
            Self::Root | Self::Describe(_) => None,
            Self::List(found) => Some((found, Access::List)),
            Self::Retrieve(found, _) => Some((found, Access::Retrieve)),
            Self::Create(found) => Some((found, Access::Create)),
            Self::Update(found) => Some((found, Access::Update)),
            Self::Delete(found) => Some((found, Access::Delete)),
            Self::Act(found, _, action) => Some((found, Access::Act(&action.name))),
        }
    }

    /// Returns the formats that the answer may have.
    pub(crate) const fn formats(self) -> &'static [Format] {
        match self {
            Self::List(_)
            | Self::Retrieve(..)
            | Self::Create(_)
            | Self::Update(_)
            | Self::Describe(Target::List(_) | Target::Object(..)) => Format::OF_ROWS,
            Self::Root
            | Self::Delete(_)
            | Self::Act(..)
            | Self::Describe(Target::Root | Target::Act(..)) => Format::OF_THE_REST,
        }
    }

    /// Whether the library itself reads the query string; an action's handler reads that of its own request.
    pub(crate) const fn reads_query(self) -> bool {
        match self {
            Self::Act(..) | Self::Describe(Target::Act(..)) => false,
            Self::Root
            | Self::Describe(Target::Root | Target::List(_) | Target::Object(..))
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Create(_)
            | Self::Update(_)
            | Self::Delete(_) => true,
        }
    }

    /// Whether the body is read, since the answer needs it.
    pub(crate) const fn reads_body(self) -> bool {
        match self {
            Self::Create(_) | Self::Update(_) | Self::Act(..) => true,
            Self::Root
            | Self::Describe(_)
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Delete(_) => false,
        }
    }

    /// Whether the request may change stored data, so that it is checked for cross-site request forgery.
    pub(crate) fn changes_state(self, method: &Method) -> bool {
        match self {
            Self::Root | Self::Describe(_) | Self::List(_) | Self::Retrieve(..) => false,
            Self::Create(_) | Self::Update(_) | Self::Delete(_) => true,
            Self::Act(..) => ![Method::GET, Method::HEAD].contains(method),
        }
    }
}
