//! Cross-site request forgery: refuses what a browser says that another site's form sends.
//!
//! A page of any site can have a browser send a form, with the cookies of this one. What a form cannot send, such as JSON,
//! a browser asks for permission first.

use http::{HeaderMap, header};

use crate::{
    error::{Code, Error, Result},
    header::media_type,
    operation::Head,
};

/// The media types that a form, or a page without permission, can send.
const OF_FORMS: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

/// Refuses a form that a page of another site sends, as the browser reports. Only requests that may change state are
/// checked. `authority` is the API's host and port.
pub(crate) fn check(head: &Head, authority: Option<&str>) -> Result<()> {
    if !is_of_a_form(&head.headers) || !is_from_another(&head.headers, authority) {
        return Ok(());
    }
    Err(Error::new(
        Code::CrossSite,
        "the browser reports that another site sends this form; if that is intended, send JSON with `Content-Type: application/json`",
    ))
}

fn is_of_a_form(headers: &HeaderMap) -> bool {
    media_type(headers).is_none_or(|media_type| OF_FORMS.contains(&media_type.essence.as_str()))
}

/// Whether a browser reports another site, by `Sec-Fetch-Site`, else by `Origin`:
/// <https://www.w3.org/TR/fetch-metadata/>. Current browsers send one of them.
fn is_from_another(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return sites.any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    origins.any(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        !authority.is_some_and(|authority| is_same(origin, authority))
    })
}

/// Whether an origin is of this host and port; the scheme may be a proxy's, so that only its port counts.
fn is_same(origin: &str, authority: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let default = if scheme == "https" { ":443" } else { ":80" };
    let bare = |host: &str| {
        host.strip_suffix(default)
            .unwrap_or(host)
            .to_ascii_lowercase()
    };
    bare(host) == bare(authority)
}
