//! The surroundings of the data on a web page: the path to it, and the other requests that the client may make.

use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Head,
    params::{Formats, Offer, Shows},
};

/// The surroundings of the data of an answer on a web page.
pub(crate) struct PageContext<'a> {
    pub(crate) head: &'a Head,
    /// The URI of the API root.
    pub(crate) root: String,
    /// The URI that was asked for, without its query string.
    pub(crate) uri: String,
    pub(crate) query: &'a str,
    /// The places and objects on the path, outermost first, the one that was asked for last.
    pub(crate) trail: Vec<Crumb>,
    /// The URI of the documentation, with the anchor of the viewset; `None` if it is not served.
    pub(crate) docs: Option<String>,
    pub(crate) formats: &'a Formats,
    pub(crate) shows: Shows,
    /// The viewset that was asked; `None` at the API root.
    pub(crate) place: Option<PlaceContext<'a>>,
}

impl<'a> PageContext<'a> {
    /// Returns the viewset that was asked.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] for a page of rows at the API root, which only a bug of this crate makes.
    pub(crate) fn place(&self) -> Result<&PlaceContext<'a>> {
        self.place.as_ref().ok_or_else(|| {
            let source = "a page of rows is written without its viewset";
            Error::new(Code::Internal, SERVER_FAILED).with_source(source)
        })
    }
}

/// One step of the path to a page: its text and its URI.
#[derive(Debug)]
pub(crate) struct Crumb {
    pub(crate) text: String,
    pub(crate) uri: String,
}

/// The viewset that a page is about, and the requests that the client may make to it.
pub(crate) struct PlaceContext<'a> {
    pub(crate) offer: &'a Offer,
    /// The URI of the viewset's list.
    pub(crate) list: String,
    /// Which changes the policies allow to this request.
    pub(crate) may: Allowed,
    /// The actions that this request may call on what the page is about, each with its URI.
    pub(crate) actions: Vec<ActionLink<'a>>,
}

/// The changes that a request may make.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    pub(crate) create: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
}

/// An action that a page offers: as a form, or as a link if it only reads.
#[derive(Debug)]
pub(crate) struct ActionLink<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) uri: String,
}
