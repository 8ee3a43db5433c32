//! Protection against cross-site request forgery: refuses a form if the browser's headers report that another site
//! sends it.
//!
//! A page of any site can make a browser send a form to this API, with the API's cookies. Before a browser sends what a
//! form cannot contain, such as JSON, it asks the API for permission (CORS).

use http::{HeaderMap, header};

use crate::{
    error::{Code, Error, Result},
    header::media_type,
    operation::Head,
};

/// The media types that another site's page can send without permission of the API, as a form does.
const OF_FORMS: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

/// Returns an error for a form that another site sends, as the browser reports. To be called only for requests that may
/// change state. `authority` is the API's host and port.
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

/// Whether a browser reports that a page of another origin sends the request, even one of the same site, such as
/// another subdomain. The report is `Sec-Fetch-Site` or, without that header, `Origin`:
/// <https://www.w3.org/TR/fetch-metadata/>. Current browsers send at least one of them.
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

/// Whether `origin` has the host and port of `authority`. The schemes are not compared, since a proxy may change them;
/// the scheme of `origin` only determines its default port.
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
