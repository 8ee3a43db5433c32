//! The answers to requests for the OpenAPI document as web pages.

use http::Response;

use super::{
    Request, Shared,
    conditional::{answered, tag},
};
use crate::{
    body::Body,
    error::Result,
    params::{self, Shows},
    representation::{ApiDocs, DocsLinks},
    response,
    route::{DOCS, DOCUMENT},
};

impl Shared {
    /// Returns the response to a request for the page of the document: of what policies allow to this request.
    pub(super) fn docs(&self, request: &Request<'_>) -> Result<Response<Body>> {
        self.check_docs(request)?;
        let viewed = self.viewed(request)?;
        let html = self.writers.html();
        let drawn = viewed.view.drawn(ApiDocs::drawn)?;
        let json = || viewed.view.at(request.base.prefix()).0.concat();
        let context = self.context(
            Some(request.target),
            request.base,
            request.head,
            request.query,
        );
        let document = html.docs((&drawn, json), &request.docs_links(), &context)?;
        let tag = tag(&document, None, self.writers.formats.name(request.format));
        let mut response = answered(document, tag, true, request)?;
        response::vary(&mut response, &viewed.vary);
        Ok(response)
    }

    /// Checks the query string of a request for a page of the document, which takes `format` alone.
    pub(super) fn check_docs(&self, request: &Request<'_>) -> Result<()> {
        let about = ("the documentation", Shows::Page);
        params::about(
            about,
            request.query,
            &self.root_limits,
            &self.writers.formats,
        )
    }
}

impl Request<'_> {
    /// Returns the links of the pages of the document.
    pub(super) fn docs_links(&self) -> DocsLinks {
        let base = self.base;
        DocsLinks {
            server: base.collection(""),
            document: format!("{}/{DOCUMENT}", base.prefix()),
            docs: base.collection(&format!("/{DOCS}")),
            #[cfg(feature = "swagger-ui")]
            swagger_ui: base.collection(&format!("/{DOCS}/{}", crate::route::SWAGGER_UI)),
        }
    }
}
