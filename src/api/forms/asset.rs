//! The style and the script of the web pages, which the API root serves.

use http::{Method, Response};

use super::super::Shared;
use crate::{
    body::Body,
    operation::Head,
    params,
    representation::{SCRIPT, STYLE},
    response,
};

impl Shared {
    /// Returns the response to a request for the style or the script; `None` for any other request.
    pub(in super::super) fn asset(&self, head: &Head) -> Option<Response<Body>> {
        let is_root = matches!(head.uri.path(), "" | "/");
        let reads = matches!(head.method, Method::GET | Method::HEAD);
        if !self.writers.formats.html || !is_root || !reads {
            return None;
        }
        let form = params::form(head.uri.query()?)?;
        match form.split_once('-')?.0 {
            "style" => Some(response::asset("text/css; charset=utf-8", STYLE.as_bytes())),
            "script" => Some(response::asset(
                "text/javascript; charset=utf-8",
                SCRIPT.as_bytes(),
            )),
            #[cfg(feature = "swagger-ui")]
            name => super::super::swagger_ui::swagger_file(name).filter(|_| self.routes.has_docs()),
            #[cfg(not(feature = "swagger-ui"))]
            _ => None,
        }
    }
}
