//! The answer to a request for the OpenAPI document.

use http::Response;

use super::{Request, Shared, conditional::answered, no_route};
use crate::{
    body::Body,
    error::Result,
    openapi::{Documentation, Documented, OpenApi},
    params::{self, Format, Shows},
    place::Place,
    representation::Document,
    response,
    route::Target,
};

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
        let documentation = self.documentation.as_ref().ok_or_else(no_route)?;
        let name = ("the OpenAPI document", Shows::Rest);
        params::about(
            name,
            request.query,
            &self.root_limits,
            &self.writers.formats,
        )?;
        let is_private = self.places.iter().any(|place| place.policy.is_some());
        let allows = |target: &Target<'static>| {
            let methods = self.allowed(target, request.head).into_iter();
            methods.map(str::to_owned).collect::<Vec<_>>()
        };
        let allows = is_private.then_some(&allows as &dyn Fn(&_) -> _);
        let view = documentation.view(&self.documented(), allows);
        let (pieces, tag) = view.at(request.base.prefix());
        let document = Document {
            pieces,
            ..Document::new(Format::Json.media_type(), Vec::new())
        };
        let mut response = answered(document, tag, is_private, request)?;
        let vary = self.places.iter().filter(|place| place.policy.is_some());
        response::vary(&mut response, &all_names(vary));
        Ok(response)
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
