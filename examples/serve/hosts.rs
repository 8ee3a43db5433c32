//! By which hosts clients may ask. A web page that a browser shows could otherwise read the database: its own name may lead
//! to this machine, too.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};

/// Refuses every request by another host than these, those of this machine and the one that is listened at.
pub(crate) fn guarded(app: Router, addr: SocketAddr, allowed: &[String]) -> Router {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "[::1]"]
        .map(str::to_owned)
        .into();
    hosts.push(match addr {
        SocketAddr::V4(addr) => addr.ip().to_string(),
        SocketAddr::V6(addr) => format!("[{}]", addr.ip()),
    });
    hosts.extend(allowed.iter().map(|host| host.to_lowercase()));
    let hosts: Arc<[String]> = hosts.into();
    app.layer(middleware::from_fn(move |request: Request, next: Next| {
        let hosts = Arc::clone(&hosts);
        async move {
            match is_allowed(&request, &hosts) {
                true => next.run(request).await,
                false => refusal(),
            }
        }
    }))
}

fn is_allowed(request: &Request, hosts: &[String]) -> bool {
    let field = request.headers().get(header::HOST);
    let field = field.and_then(|host| host.to_str().ok());
    let named = request
        .uri()
        .authority()
        .map(http::uri::Authority::as_str)
        .or(field);
    let Some(named) = named.map(str::to_lowercase) else {
        return false;
    };
    let name = match named.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &named,
    };
    hosts.iter().any(|host| *host == named || host == name)
}

fn refusal() -> Response {
    let body = r#"{"type":"about:blank","title":"Bad Request","status":400,"code":"host_not_allowed","detail":"this host is not allowed; allow it with `--allowed-host`"}"#;
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::BAD_REQUEST, kind, body).into_response()
}
