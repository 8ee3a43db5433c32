//! The service behind the layers: the API below `/api/`, to which `/` leads, for the hosts that are allowed; and the health of
//! the program at `/live` and `/ready`, for any, since an orchestrator asks by an address.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use tower::{Service, ServiceExt as _};
use tower_rest::{Api, Body, BoxError, Code, Liveness, Readiness};

use super::{hosts::Hosts, refusal::refused};

/// Where the API is.
pub(crate) const PREFIX: &str = "/api";

#[derive(Clone, Debug)]
pub(crate) struct Front {
    api: Api,
    ready: Readiness,
    hosts: Hosts,
}

impl Front {
    /// Serves an API, whose links begin with [`PREFIX`], to clients that ask by one of `hosts`.
    pub(crate) fn new(api: Api, ready: Readiness, hosts: Hosts) -> Self {
        Self { api, ready, hosts }
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
        let Self { api, ready, hosts } = self.clone();
        let place = place(request.uri());
        let place = match place.is_for_any_host() || hosts.allow(&request) {
            true => place,
            false => Place::Forbidden,
        };
        Box::pin(async move {
            match place {
                Place::Api(uri) => {
                    *request.uri_mut() = uri;
                    api.oneshot(request).await
                }
                Place::Live => Liveness::default().oneshot(request).await,
                Place::Ready => ready.oneshot(request).await,
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
    Live,
    Ready,
    Root,
    Nowhere,
    /// Nowhere, since it asks by a host that is not allowed.
    Forbidden,
}

impl Place {
    fn is_for_any_host(&self) -> bool {
        match self {
            Self::Live | Self::Ready => true,
            Self::Api(_) | Self::Root | Self::Nowhere | Self::Forbidden => false,
        }
    }
}

fn place(uri: &Uri) -> Place {
    match uri.path() {
        "/" => Place::Root,
        "/live" => Place::Live,
        "/ready" => Place::Ready,
        _ => below(uri).map_or(Place::Nowhere, Place::Api),
    }
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
