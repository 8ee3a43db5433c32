//! By which hosts clients may ask. A web page that a browser shows could otherwise read the database: its own name may lead
//! to this machine, too.

use std::{net::SocketAddr, sync::Arc};

use http::{Request, header, uri::Authority};

/// The hosts that are allowed, in lower case, with or without a port.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(Arc<[String]>);

impl Hosts {
    /// Allows these hosts, those of this machine, the one that is listened at, and that of the links.
    pub(crate) fn new(addr: SocketAddr, allowed: &[String], origin: Option<&str>) -> Self {
        let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "[::1]"]
            .map(str::to_owned)
            .into();
        hosts.push(match addr {
            SocketAddr::V4(addr) => addr.ip().to_string(),
            SocketAddr::V6(addr) => format!("[{}]", addr.ip()),
        });
        let of_links = origin.and_then(|origin| origin.split_once("://"));
        let of_links = of_links.map(|(_, host)| host.to_lowercase());
        hosts.extend(allowed.iter().map(|host| host.to_lowercase()));
        hosts.extend(of_links);
        Self(hosts.into())
    }

    /// Whether a request asks by an allowed host: the one of its URI, else that of its header.
    pub(crate) fn allow<B>(&self, request: &Request<B>) -> bool {
        let field = request.headers().get(header::HOST);
        let field = field.and_then(|host| host.to_str().ok());
        let named = request.uri().authority().map(Authority::as_str).or(field);
        let Some(named) = named.map(str::to_lowercase) else {
            return false;
        };
        let name = match named.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => &named,
        };
        self.0.iter().any(|host| *host == named || host == name)
    }
}
