//! The answer to a request for the OpenAPI document.

use std::sync::Arc;

use http::Response;

use super::{Request, Shared, conditional::answered, no_route};
use crate::{
    body::Body,
    error::Result,
    openapi::{DocumentView, Documentation, Documented, OpenApi},
    params::{self, Format, Shows},
    place::Place,
    representation::Document,
    response,
    route::Target,
};

/// The view of the document that a request may see, with the headers that its answer depends on.
pub(super) struct Viewed {
    pub(super) view: Arc<DocumentView>,
    /// Whether other requests may know something else.
    is_private: bool,
    /// The names of the request headers on which it depends.
    pub(super) vary: Vec<String>,
}

impl Shared {
    /// Serves the OpenAPI document with these settings. Mistakes in them are appended to `mistakes`.
    pub(crate) fn documented_by(mut self, settings: OpenApi, mistakes: &mut Vec<String>) -> Self {
        let documentation = Documentation::new(settings);
        documentation.check(&self.documented(), mistakes);
        self.documentation = Some(documentation);
        self
    }

    /// Returns the response to a request for the OpenAPI document: of what policies allow to this request.
    pub(super) fn document(&self, request: &Request<'_>) -> Result<Response<Body>> {
        let name = ("the OpenAPI document", Shows::Rest);
        params::about(
            name,
            request.query,
            &self.root_limits,
            &self.writers.formats,
        )?;
        let Viewed {
            view,
            is_private,
            vary,
        } = self.viewed(request)?;
        let (pieces, tag) = view.at(request.base.prefix());
        let document = Document {
            pieces,
            ..Document::new(Format::Json.media_type(), Vec::new())
        };
        let mut response = answered(document, tag, is_private, request)?;
        response::vary(&mut response, &vary);
        Ok(response)
    }

    /// Returns what a request may know of the document.
    pub(super) fn viewed(&self, request: &Request<'_>) -> Result<Viewed> {
        let documentation = self.documentation.as_ref().ok_or_else(no_route)?;
        let is_private = self.places.iter().any(|place| place.policy.is_some());
        let allows = |target: &Target<'static>| {
            let methods = self.allowed(target, request.head).into_iter();
            methods.map(str::to_owned).collect::<Vec<_>>()
        };
        let allows = is_private.then_some(&allows as &dyn Fn(&_) -> _);
        let vary = self.places.iter().filter(|place| place.policy.is_some());
        Ok(Viewed {
            view: documentation.view(&self.documented(), allows),
            is_private,
            vary: all_names(vary),
        })
    }

    /// Returns what the document describes.
    pub(super) fn documented(&self) -> Documented<'_> {
        Documented {
            routes: &self.routes,
            places: &self.places,
            formats: &self.writers.formats,
            slash: self.links.slash(),
        }
    }
}

/// Returns the names of the request headers on which answers of the places depend, each once.
fn all_names<'p>(places: impl Iterator<Item = &'p Place>) -> Vec<String> {
    let mut names: Vec<String> = places.flat_map(|place| place.vary.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
