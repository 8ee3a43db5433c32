//! The answers to requests for Swagger UI and its files.

use http::Response;

use super::{
    Request, Shared,
    conditional::{answered, tag},
};
use crate::{
    body::Body,
    error::Result,
    representation::{SwaggerFile, SwaggerPage},
    response,
};

impl Shared {
    /// Returns the response to a request for the page of Swagger UI.
    pub(super) fn swagger_ui(&self, request: &Request<'_>) -> Result<Response<Body>> {
        self.check_docs(request)?;
        let page = SwaggerPage::of(request.docs_links());
        let document = page.document()?;
        let tag = tag(&document, None, self.writers.formats.name(request.format));
        let mut response = answered(document, tag, true, request)?;
        response::runs_swagger_ui(&mut response);
        Ok(response)
    }
}

/// Returns the response to a request for a file of Swagger UI, as the page names it; `None` for any other name.
pub(super) fn swagger_file(name: &str) -> Option<Response<Body>> {
    let file = SwaggerFile::named(name)?;
    Some(response::asset(file.media_type(), file.bytes()))
}
