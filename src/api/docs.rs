//! The answers to requests for the OpenAPI document as web pages.

use http::Response;

use super::{
    Request, Shared,
    conditional::{answered, tag},
};
use crate::{
    body::Body,
    error::Result,
    link::LinkBase,
    openapi::anchor_of,
    params::{self, Shows},
    representation::{ApiDocs, DocsLinks},
    response,
    route::{DOCS, DOCUMENT, Target},
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

    /// Returns the URI of the documentation of a target; `None` if it is not served.
    pub(super) fn docs_uri(&self, target: Option<&Target<'_>>, base: &LinkBase) -> Option<String> {
        let has_docs = self.routes.has_docs();
        let docs = has_docs.then(|| base.collection(&format!("/{DOCS}")))?;
        Some(match target.filter(|target| target.found().is_some()) {
            Some(target) => format!("{docs}#{}", anchor_of(target, &self.places)),
            None => docs,
        })
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
            #[cfg(feature = "swagger-ui")]
            docs: base.collection(&format!("/{DOCS}")),
            #[cfg(feature = "swagger-ui")]
            swagger_ui: Some(base.collection(&format!("/{DOCS}/{}", crate::route::SWAGGER_UI))),
            #[cfg(not(feature = "swagger-ui"))]
            swagger_ui: None,
        }
    }
}
