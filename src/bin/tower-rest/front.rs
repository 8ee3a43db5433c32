//! The service behind the layers: the API below `/api/`, to which `/` leads, for the hosts that are allowed.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use tower::{Service, ServiceExt as _};
use tower_rest::{Api, Body, BoxError, Code};

use super::{hosts::Hosts, refusal::refused};

/// Where the API is.
pub(crate) const PREFIX: &str = "/api";

#[derive(Clone, Debug)]
pub(crate) struct Front {
    api: Api,
    hosts: Hosts,
}

impl Front {
    /// Serves an API, whose links begin with [`PREFIX`], to clients that ask by one of `hosts`.
    pub(crate) fn new(api: Api, hosts: Hosts) -> Self {
        Self { api, hosts }
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }
}

impl<B> Service<Request<B>> for Front
where
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let api = self.api.clone();
        let place = match self.hosts.allow(&request) {
            true => place(request.uri()),
            false => Place::Forbidden,
        };
        Box::pin(async move {
            match place {
                Place::Api(uri) => {
                    *request.uri_mut() = uri;
                    api.oneshot(request).await
                }
                Place::Root => Ok(to_the_api()),
                Place::Nowhere => {
                    let detail = format!("nothing is served here; the API is at {PREFIX}/");
                    Ok(refused(Code::NoRoute, &detail))
                }
                Place::Forbidden => {
                    let detail = "this host is not allowed; allow it with `--allowed-host`";
                    Ok(refused(Code::HostNotAllowed, detail))
                }
            }
        })
    }
}

/// Where a request leads.
enum Place {
    /// To the API, by the URI without the prefix.
    Api(Uri),
    Root,
    Nowhere,
    /// Nowhere, since it asks by a host that is not allowed.
    Forbidden,
}

fn place(uri: &Uri) -> Place {
    if uri.path() == "/" {
        return Place::Root;
    }
    below(uri).map_or(Place::Nowhere, Place::Api)
}

/// Returns the URI without the prefix, if the path is the prefix or below it.
fn below(uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(PREFIX)?;
    let rest = match rest.as_bytes().first() {
        Some(b'/') => rest.parse(),
        None | Some(b'?') => format!("/{rest}").parse(),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.ok()?);
    Uri::from_parts(parts).ok()
}

fn to_the_api() -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let location = HeaderValue::from_static("/api/");
    response.headers_mut().insert(header::LOCATION, location);
    response
}
