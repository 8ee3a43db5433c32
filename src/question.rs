//! Questions: a question is what a request asks for, such as a list or a deletion, determined by its path and its
//! method.
//!
//! Only [`Question::all`] lists the methods of each path, from which `Allow` is written. A question also determines the
//! access that policies check, the formats of its answer, whether the body is read, and whether stored data may change.

use http::Method;

use crate::{
    action::Action,
    params::Shows,
    payload::Verb,
    policy::Access,
    route::{DocsPath, Located, Target},
    viewset::Writes,
};

/// A question: what a request asks for, and at which path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'t> {
    /// The API root, which links to the lists of the top-level places.
    Root,
    /// The OpenAPI document of the API.
    Document,
    /// A page of the OpenAPI document.
    Docs(DocsPath),
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
    /// The list without the empty fields of the form by which it was filtered.
    Filter(&'t Located<'t>),
    /// The page of a form, by which people ask for a change of rows or call an action.
    Form(&'t Target<'t>, FormName),
    /// A form that was filled in and sent.
    Submit(&'t Target<'t>, FormName),
    /// An action: on the object with the given key, as written in the path, or on the collection if the key is `None`.
    Act(&'t Located<'t>, Option<&'t str>, &'t Action),
}

/// A form of the web pages, as `_form` in the query string names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormName {
    /// The filters, search and page size of a list.
    Filter,
    /// The description of what a URL takes. It has no fields.
    Options,
    Create,
    /// New rows, as a pasted table.
    Paste,
    Edit,
    Delete,
    /// The payload of an action.
    Act,
}

impl FormName {
    /// Returns the form that `_form` names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "1" => Self::Filter,
            "options" => Self::Options,
            "create" => Self::Create,
            "paste" => Self::Paste,
            "edit" => Self::Edit,
            "delete" => Self::Delete,
            "act" => Self::Act,
            _ => return None,
        })
    }
}

impl<'t> Question<'t> {
    /// Returns the name of what is asked for, as metrics have it: that of an action is its own.
    pub(crate) fn name(self) -> &'t str {
        match self {
            Self::Root => "root",
            Self::Document => "document",
            Self::Docs(_) => "docs",
            Self::Describe(_) => "describe",
            Self::List(_) => "list",
            Self::Retrieve(..) => "retrieve",
            Self::Create(_) => "create",
            Self::Update(..) => "update",
            Self::Delete(..) => "delete",
            Self::UpdateMany(_) => "update_many",
            Self::DeleteMany(_) => "delete_many",
            Self::Filter(_) | Self::Form(..) | Self::Submit(..) => "form",
            Self::Act(_, _, action) => &action.name,
        }
    }

    /// Returns the methods of a form at a target, each with its question; none if the target has no such form.
    /// `action` and `writes` are as in [`all`](Self::all).
    pub(crate) fn of_form(
        target: &'t Target<'t>,
        action: Option<&'t Action>,
        writes: Writes,
        form: FormName,
    ) -> Vec<(&'t str, Self)> {
        let is_there = match (form, target) {
            (FormName::Filter, Target::List(found)) => {
                let filter = Self::Filter(found);
                return vec![("GET", filter), ("HEAD", filter)];
            }
            // Pages of the document are no part of the API that they describe.
            (_, Target::Docs(_)) => return Vec::new(),
            (FormName::Options, _) => {
                let describe = Self::Describe(target);
                return vec![("GET", describe), ("HEAD", describe)];
            }
            (FormName::Create | FormName::Paste, Target::List(_)) => writes.create,
            (FormName::Edit, Target::Object(..)) => writes.update,
            (FormName::Delete, Target::Object(..)) => writes.delete,
            (FormName::Act, Target::Act(..)) => {
                let mut methods = action.into_iter().flat_map(Action::methods);
                methods.any(|method| !matches!(method, "GET" | "HEAD"))
            }
            (
                FormName::Filter
                | FormName::Create
                | FormName::Paste
                | FormName::Edit
                | FormName::Delete
                | FormName::Act,
                _,
            ) => false,
        };
        let (page, submit) = (Self::Form(target, form), Self::Submit(target, form));
        match is_there {
            true => vec![("GET", page), ("HEAD", page), ("POST", submit)],
            false => Vec::new(),
        }
    }

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
            (Target::Document, _) => {
                vec![("GET", Self::Document), ("HEAD", Self::Document), describe]
            }
            (Target::Docs(path), _) => {
                let docs = Self::Docs(*path);
                vec![("GET", docs), ("HEAD", docs)]
            }
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
            Self::Root
            | Self::Document
            | Self::Docs(_)
            | Self::Describe(_)
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Filter(_)
            | Self::Form(..)
            | Self::Submit(..)
            | Self::Act(..) => true,
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
            Self::Root | Self::Document | Self::Docs(_) | Self::Describe(_) => None,
            Self::List(found) | Self::Filter(found) => Some((found, Access::List)),
            Self::Form(target, form) | Self::Submit(target, form) => access_of(target, form),
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
            Self::Root
            | Self::Document
            | Self::Docs(_)
            | Self::Describe(_)
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Filter(_)
            | Self::Form(..)
            | Self::Submit(..)
            | Self::Act(..) => None,
        }
    }

    /// Returns what the answer shows, by which it is offered in other formats.
    pub(crate) const fn shows(self) -> Shows {
        match self {
            Self::List(_)
            | Self::Retrieve(..)
            | Self::Describe(Target::List(_) | Target::Object(..)) => Shows::Rows,
            Self::Create(_) | Self::Update(..) => Shows::WrittenRows,
            Self::Docs(_) => Shows::Page,
            Self::Root
            | Self::Describe(_)
            | Self::Filter(_)
            | Self::Form(..)
            | Self::Submit(..) => Shows::Overview,
            Self::Document
            | Self::Delete(..)
            | Self::UpdateMany(_)
            | Self::DeleteMany(_)
            | Self::Act(..) => Shows::Rest,
        }
    }

    /// Whether the library itself reads the query string. That of an action is read by its handler.
    pub(crate) const fn reads_query(self) -> bool {
        match self {
            Self::Act(..)
            | Self::Describe(Target::Act(..))
            | Self::Filter(_)
            | Self::Form(..)
            | Self::Submit(..) => false,
            Self::Root
            | Self::Document
            | Self::Docs(_)
            | Self::Describe(
                Target::Root
                | Target::Document
                | Target::Docs(_)
                | Target::List(_)
                | Target::Object(..),
            )
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
            Self::Create(_)
            | Self::Update(..)
            | Self::UpdateMany(_)
            | Self::Submit(..)
            | Self::Act(..) => true,
            Self::Root
            | Self::Document
            | Self::Docs(_)
            | Self::Describe(_)
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Filter(_)
            | Self::Form(..)
            | Self::Delete(..)
            | Self::DeleteMany(_) => false,
        }
    }

    /// Whether the request may change stored data, so that it is checked for cross-site request forgery.
    pub(crate) fn changes_state(self, method: &Method) -> bool {
        match self {
            Self::Root
            | Self::Document
            | Self::Docs(_)
            | Self::Describe(_)
            | Self::List(_)
            | Self::Retrieve(..)
            | Self::Filter(_)
            | Self::Form(..) => false,
            Self::Create(_)
            | Self::Update(..)
            | Self::Delete(..)
            | Self::UpdateMany(_)
            | Self::DeleteMany(_)
            | Self::Submit(..) => true,
            Self::Act(..) => ![Method::GET, Method::HEAD].contains(method),
        }
    }
}

/// Returns the place and the access that a form needs: those of the request that it stands for. The name of an action
/// is not known here; the action's own check follows.
fn access_of<'t>(target: &'t Target<'t>, form: FormName) -> Option<(&'t Located<'t>, Access<'t>)> {
    let access = match form {
        FormName::Filter => Access::List,
        FormName::Create | FormName::Paste => Access::Create,
        FormName::Edit => Access::Update,
        FormName::Delete => Access::Delete,
        FormName::Options | FormName::Act => return None,
    };
    Some((target.found()?, access))
}
