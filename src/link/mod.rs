//! Absolute URIs: scheme and authority, the prefix that a host stripped from the path, and the paths and keys of
//! objects.

mod key;
mod template;

use std::{borrow::Cow, fmt, net::Ipv6Addr, ops::Range};

use http::{Extensions, HeaderMap, Uri, header};

#[cfg(feature = "html")]
pub(crate) use self::key::query_pair;
pub(crate) use self::{
    key::{percent_encode, percent_encoded, write_key},
    template::{Guard, Start, Template, TemplateStep, Trail},
};
use crate::{
    cursor::CursorKey,
    error::{Code, Error, Result, shown},
    header::{split, unquoted},
    operation::Head,
};

/// The path prefix that a host stripped before it called the API; the host puts it into the request's extensions.
///
/// Absolute links need it where a `ServiceBuilder` stack or a router strips a prefix without reporting it. Axum reports
/// the prefix itself (feature `axum`); for a constant prefix, use [`Router::mount`](crate::Router::mount).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount(pub String);

/// The family of headers that a trusted proxy sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forwarded {
    /// `Forwarded: host=…;proto=…`: RFC 7239.
    Rfc7239,
    /// `X-Forwarded-Host` and `X-Forwarded-Proto`.
    XForwarded,
}

/// The settings of a program for links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// The fixed scheme and authority of all links, such as `https://api.example.com`; `None` if they depend on the
    /// request.
    pub(crate) origin: Option<String>,
    pub(crate) scheme: Option<String>,
    pub(crate) mount: Option<String>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) trusted: Option<Forwarded>,
    pub(crate) no_trailing_slash: bool,
    /// The key that encrypts the cursors in links.
    pub(crate) cursor_key: CursorKey,
}

/// The beginning that all links of one answer have in common, such as `https://api.example.com/api`, without a slash at
/// its end.
#[derive(Clone, Debug)]
pub(crate) struct LinkBase {
    prefix: String,
    /// Whether the beginning has a path, such as `/api`, after the scheme and host.
    has_path: bool,
    slash: &'static str,
}

impl LinkBase {
    /// Returns the path below the API, such as `/cars/7/`, of a link to one of its objects. The link may be an absolute
    /// URI, or begin with the API's path prefix. `None` if it is no link of this API.
    pub(crate) fn path_of<'l>(&self, link: &'l str) -> Option<&'l str> {
        let authority = self.prefix.find("://").map_or(0, |at| at + 3);
        let after = self.prefix.get(authority..)?;
        let mount = after.find('/').and_then(|at| after.get(at..));
        let below = link.strip_prefix(self.prefix.as_str());
        let below = below.or_else(|| link.strip_prefix(mount.unwrap_or_default()));
        let is_path = |path: &&str| path.starts_with('/') && !path.starts_with("//");
        below.filter(|path| is_path(path) && !path.contains(['?', '#']))
    }
}

impl Links {
    /// Returns the common beginning of the links in the answer to a request.
    pub(crate) fn base(&self, head: &Head) -> Result<LinkBase> {
        let mount = self.mount(head).trim_end_matches('/');
        let mut prefix = String::with_capacity(64 + mount.len());
        match &self.origin {
            Some(origin) => prefix.push_str(origin),
            None => {
                if let Some(authority) = self.authority(head)? {
                    prefix.push_str(&self.scheme(head));
                    prefix.push_str("://");
                    prefix.push_str(&authority);
                }
            }
        }
        if !mount.is_empty() && !mount.starts_with('/') {
            prefix.push('/');
        }
        prefix.push_str(mount);
        Ok(LinkBase {
            prefix,
            has_path: !mount.is_empty(),
            slash: self.slash(),
        })
    }

    /// Returns the text at the end of links: `/`, or nothing, depending on the settings.
    pub(crate) const fn slash(&self) -> &'static str {
        if self.no_trailing_slash { "" } else { "/" }
    }

    /// Returns the host and port of the links; `None` if the request names no host. An invalid host, or one that is not
    /// allowed, is an error.
    fn authority<'a>(&self, head: &'a Head) -> Result<Option<Cow<'a, str>>> {
        let refused = |host: &str, words: &str| {
            let detail = format!("the host `{}` {words}", shown(host));
            Err(Error::new(Code::HostNotAllowed, detail))
        };
        let claimed = match self.claimed_authority(head) {
            Ok(None) => return Ok(None),
            Ok(Some(claimed)) => claimed,
            Err(words) => return refused("", words),
        };
        if !is_host(&claimed) {
            return refused(&claimed, "is not of the form `name` or `name:port`");
        }
        if !self.allows(&claimed) {
            return refused(&claimed, "is not served here");
        }
        Ok(Some(claimed))
    }

    fn claimed_authority<'a>(&self, head: &'a Head) -> Result<Option<Cow<'a, str>>, &'static str> {
        if let Some(forwarded) = self.forwarded(head, "host", "x-forwarded-host") {
            return Ok(Some(forwarded.into()));
        }
        if let Some(authority) = head.uri.authority() {
            return Ok(Some(authority.as_str().into()));
        }
        let mut hosts = head.headers.get_all(header::HOST).iter();
        match (hosts.next(), hosts.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err("is given twice"),
            (Some(host), None) if host.is_empty() => Ok(None),
            (Some(host), None) => match host.to_str() {
                Ok(host) => Ok(Some(host.into())),
                Err(_) => Err("is not of the form `name` or `name:port`"),
            },
        }
    }

    /// Returns a value that a trusted proxy reports: a parameter of `Forwarded`, such as `host`, or the last value of
    /// `header`. Returns `None` if no proxy is trusted.
    fn forwarded(&self, head: &Head, parameter: &str, header: &str) -> Option<String> {
        match self.trusted? {
            Forwarded::Rfc7239 => forwarded_element(&head.headers, parameter),
            Forwarded::XForwarded => last_value(&head.headers, header),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let hosts = &self.allowed_hosts;
        hosts.is_empty()
            || hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    fn scheme<'a>(&'a self, head: &'a Head) -> Cow<'a, str> {
        let forwarded = self.forwarded(head, "proto", "x-forwarded-proto");
        let forwarded = forwarded.map(|scheme| scheme.to_ascii_lowercase());
        if let Some(scheme) = forwarded.filter(|scheme| is_web(scheme)) {
            return scheme.into();
        }
        let own = self.scheme.as_deref();
        let said = || head.uri.scheme_str().filter(|scheme| is_web(scheme));
        own.or_else(said).unwrap_or("http").into()
    }

    /// Whether the client has sent the request by an encrypted connection.
    pub(crate) fn is_https(&self, head: &Head) -> bool {
        match &self.origin {
            Some(origin) => origin.starts_with("https:"),
            None => self.scheme(head) == "https",
        }
    }

    fn mount<'a>(&'a self, head: &'a Head) -> &'a str {
        match &self.mount {
            Some(mount) => mount,
            None => mounted(&head.extensions, &head.uri),
        }
    }

    /// Appends a message for each mistake in the settings.
    pub(crate) fn check(&self, mistakes: &mut Vec<String>) {
        if let Some(origin) = &self.origin {
            let host = origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"));
            match host {
                Some(host) if is_host(host) => {
                    if !self.allows(host) {
                        mistakes.push(format!("the host of the origin `{origin}` is not one of the allowed hosts"));
                    }
                }
                _ => mistakes.push(format!(
                    "the origin `{origin}` is not a scheme and a host, such as `https://api.example.com`"
                )),
            }
        }
        if let Some(scheme) = &self.scheme
            && !is_web(scheme)
        {
            mistakes.push(format!(
                "the scheme `{scheme}` is neither `http` nor `https`"
            ));
        }
        if let Some(mount) = &self.mount
            && !is_path(mount)
        {
            mistakes.push(format!("the mount `{mount}` is not a path such as `/api`"));
        }
        for host in self.allowed_hosts.iter().filter(|host| !is_host(host)) {
            mistakes.push(format!(
                "the allowed host `{host}` is not of the form `name` or `name:port`"
            ));
        }
        if self.trusted.is_some() && self.allowed_hosts.is_empty() {
            mistakes.push(
                "`.trust_forwarded(…)` needs `.allowed_hosts(…)`: anybody can send a forwarded host".to_owned(),
            );
        }
    }
}

impl LinkBase {
    /// Returns the URI of a collection from the path of its place; an empty path is the root.
    pub(crate) fn collection(&self, path: &str) -> String {
        let nothing = path.is_empty() && !self.has_path;
        let slash = if nothing { "/" } else { self.slash };
        format!("{}{path}{slash}", self.prefix)
    }

    /// Returns the host and port of the API; `None` if neither the settings nor the request give them.
    pub(crate) fn authority(&self) -> Option<&str> {
        let (_, rest) = self.prefix.split_once("://")?;
        rest.split('/').next()
    }

    /// Returns the beginning of every link, before the path of a place.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the text after the key at the end of an object's path: `/`, or nothing, depending on the settings.
    pub(crate) fn after_key(&self) -> &'static str {
        self.slash
    }
}

/// Returns the prefix, such as `/api`, that the host program stripped from the path of a request; empty if none is
/// reported.
#[cfg_attr(
    not(feature = "axum"),
    expect(unused_variables, reason = "only axum keeps the URI as it was")
)]
pub(crate) fn mounted<'a>(extensions: &'a Extensions, uri: &Uri) -> &'a str {
    if let Some(Mount(mount)) = extensions.get() {
        return mount;
    }
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(original)) = extensions.get() {
        return stripped(original, uri);
    }
    ""
}

/// Whether the host program stripped an empty segment with its prefix: under `/api`, axum reads `/api//cars/` as
/// `/cars/`.
#[cfg_attr(
    not(feature = "axum"),
    expect(unused_variables, reason = "only axum keeps the URI as it was")
)]
pub(crate) fn hides_an_empty_segment(head: &Head) -> bool {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(original)) = head.extensions.get() {
        return stripped(original, &head.uri).ends_with('/');
    }
    false
}

/// Returns the value of a `Link` header (RFC 8288) from the relations to other pages, such as `next`, and their URIs;
/// `None` if there are none.
pub(crate) fn link_header<const N: usize>(pages: [(&str, Option<&str>); N]) -> Option<String> {
    let mut links = Vec::new();
    for (relation, uri) in pages {
        let Some(uri) = uri else {
            continue;
        };
        let mut encoded = String::with_capacity(uri.len() + 16);
        for byte in uri.bytes() {
            match byte {
                // A host may accept bytes in a request that are not allowed in a URI.
                0..=b' ' | b'"' | b'<' | b'>' | 0x7f.. => encoded.push_str(&format!("%{byte:02X}")),
                byte => encoded.push(char::from(byte)),
            }
        }
        links.push(format!("<{encoded}>; rel=\"{relation}\""));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

/// Returns the query string of another page: the parameter `page` gets another value, all others stay. `page_at` is the
/// byte range of the old value.
pub(crate) fn page_query(
    query: &str,
    parameter: &str,
    page_at: Option<&Range<usize>>,
    page: impl fmt::Display,
) -> String {
    match page_at {
        Some(at) => {
            let before = query.get(..at.start).unwrap_or_default();
            let after = query.get(at.end..).unwrap_or_default();
            format!("{before}{page}{after}")
        }
        None if query.is_empty() => format!("{parameter}={page}"),
        None => format!("{query}&{parameter}={page}"),
    }
}

/// Returns the prefix that a host stripped from the path of `original` to get the path of `left`; the whole path if `/`
/// is left; empty if the original path does not end with that of `left`.
#[cfg(feature = "axum")]
fn stripped<'a>(original: &'a Uri, left: &Uri) -> &'a str {
    let original = original.path();
    match original.strip_suffix(left.path()) {
        Some(prefix) => prefix,
        None if left.path() == "/" => original,
        None => "",
    }
}

/// Returns the last value of a header to which each proxy appends its own: the value of the nearest proxy.
fn last_value(headers: &HeaderMap, name: &str) -> Option<String> {
    let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let value = split(last, ',').last()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// Returns a parameter of the last element of `Forwarded`: RFC 7239, section 4.
fn forwarded_element(headers: &HeaderMap, name: &str) -> Option<String> {
    let element = last_value(headers, "forwarded")?;
    let mut pairs = split(&element, ';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(unquoted(value)).filter(|value| !value.is_empty())
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// Whether a text is `name[:port]` or `[address][:port]`, without user information.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, rest)) if address.parse::<Ipv6Addr>().is_ok() => (None, rest),
            _ => return false,
        },
        None => {
            let end = text.find(':').unwrap_or(text.len());
            let (host, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            (Some(host), rest)
        }
    };
    let name = host.is_none_or(|host| {
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        !host.is_empty() && host.bytes().all(part)
    });
    let port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok() && !port.starts_with('+'));
    name && port
}

/// Whether a text, such as `/api`, can be put in front of the API's paths.
fn is_path(text: &str) -> bool {
    text.is_empty()
        || (text.starts_with('/') && !text.contains(['?', '#']) && text.parse::<Uri>().is_ok())
}
