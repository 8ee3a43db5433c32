//! How the web pages of an API look, as a program sets it.

use std::{fmt, sync::Arc};

use crate::operation::Head;

/// How the web pages of an API look: their title, logo and style, and who is signed in.
///
/// ```
/// use tower_rest::{Head, Html, Router, Account};
///
/// #[derive(Clone)]
/// struct User { name: String }
///
/// let html = Html::new()
///     .title("Garage")
///     .logo("/static/garage.svg")
///     .style("/static/garage.css")
///     .account(|head: &Head| match head.identity::<User>() {
///         Ok(user) => Account::signed_in(&user.name, "/logout"),
///         Err(_) => Account::signed_out("/login"),
///     });
/// let router = Router::new().html(html);
/// ```
#[derive(Clone)]
#[must_use = "settings do nothing until a router has them"]
pub struct Html {
    title: String,
    logo: Option<String>,
    style: Option<String>,
    account: Option<Arc<AccountFn>>,
    links: Vec<(String, String)>,
    replaced: Vec<(PagePart, Arc<MainFn>)>,
}

type AccountFn = dyn Fn(&Head) -> Account + Send + Sync;
type MainFn = dyn Fn(&PageMain<'_>) -> String + Send + Sync;

/// The kinds of page, each with a main part of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PagePart {
    /// The API root.
    Root,
    /// A page of a list.
    List,
    /// One object.
    Object,
    /// The description of a URL, as in the answer to OPTIONS.
    Description,
    /// A form.
    Form,
    /// An error.
    Problem,
    /// The OpenAPI document, at `docs/`.
    Docs,
}

/// The main part of a page, for a function of the program that writes another in its place.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PageMain<'a> {
    /// The title, as text.
    pub title: &'a str,
    /// The URI that was asked for, without its query string; empty if the request names no host that is allowed.
    pub uri: &'a str,
    /// The main part as the library writes it, as HTML.
    pub html: &'a str,
    /// The answer of the page's URL as JSON; empty for a form.
    pub json: &'a str,
}

/// Whether the reader of a page is signed in, and the link or button to change it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Account {
    /// The reader is not signed in; the page links to the login page.
    SignedOut {
        /// The path or URI of the login page.
        login: String,
    },
    /// Somebody is signed in; the page has a button that sends a POST to sign out.
    SignedIn {
        /// The name that the page shows.
        name: String,
        /// The path or URI that the button sends its POST to.
        logout: String,
    },
}

impl Account {
    /// Returns the state of a reader who is not signed in, with the path of the login page.
    #[must_use]
    pub fn signed_out(login: &str) -> Self {
        Self::SignedOut {
            login: login.to_owned(),
        }
    }

    /// Returns the state of a reader who is signed in by this name, with the path that a POST signs out at.
    #[must_use]
    pub fn signed_in(name: &str, logout: &str) -> Self {
        Self::SignedIn {
            name: name.to_owned(),
            logout: logout.to_owned(),
        }
    }
}

impl Html {
    /// Creates the default look.
    pub fn new() -> Self {
        Self {
            title: "API".to_owned(),
            logo: None,
            style: None,
            account: None,
            links: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// Sets the title of the API, which every page shows. Default: `API`.
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    /// Sets the path or URI of an image that is shown before the title. It must be of the same origin as the API.
    pub fn logo(mut self, uri: &str) -> Self {
        self.logo = Some(uri.to_owned());
        self
    }

    /// Sets the path or URI of a style sheet that is loaded after the own one, and so may change everything in it. It
    /// must be of the same origin as the API.
    pub fn style(mut self, uri: &str) -> Self {
        self.style = Some(uri.to_owned());
        self
    }

    /// Adds a link to the bottom of every page, such as to the documentation, with its text. Only a relative URI, or one of
    /// `http` or `https`, becomes a link.
    pub fn link(mut self, text: &str, uri: &str) -> Self {
        self.links.push((text.to_owned(), uri.to_owned()));
        self
    }

    /// Sets a function that says for each request who is signed in. Pages then have a link to sign in, or a button to
    /// sign out.
    pub fn account(mut self, account: impl Fn(&Head) -> Account + Send + Sync + 'static) -> Self {
        self.account = Some(Arc::new(account));
        self
    }

    /// Writes the main part of one kind of page in another way, or adds to it. What the function returns becomes HTML as
    /// it is, so it must escape the values that it shows.
    ///
    /// ```
    /// use tower_rest::{Html, PagePart};
    ///
    /// let html = Html::new().replace(PagePart::Root, |page| {
    ///     format!("{}<p>Questions? <a href=\"/help\">Ask us</a></p>", page.html)
    /// });
    /// ```
    pub fn replace(
        mut self,
        part: PagePart,
        main: impl Fn(&PageMain<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.replaced.push((part, Arc::new(main)));
        self
    }

    /// Returns the main part of a page, as the program writes it. `json` returns the same answer as JSON.
    pub(super) fn main(
        &self,
        part: PagePart,
        page: PageMain<'_>,
        json: impl FnOnce() -> Vec<u8>,
    ) -> Option<String> {
        let mut functions = self.replaced.iter().filter(|(known, _)| *known == part);
        let (_, first) = functions.next()?;
        let json = String::from_utf8(json()).unwrap_or_default();
        let page = PageMain {
            json: &json,
            ..page
        };
        let main = first(&page);
        Some(functions.fold(main, |main, (_, next)| {
            next(&PageMain {
                html: &main,
                ..page
            })
        }))
    }

    pub(super) fn name(&self) -> &str {
        &self.title
    }

    pub(super) fn image(&self) -> Option<&str> {
        self.logo.as_deref().filter(|uri| is_safe(uri))
    }

    pub(super) fn sheet(&self) -> Option<&str> {
        self.style.as_deref().filter(|uri| is_safe(uri))
    }

    pub(super) fn links_of_program(&self) -> impl Iterator<Item = (&str, &str)> {
        let links = self.links.iter();
        let links = links.map(|(text, uri)| (text.as_str(), uri.as_str()));
        links.filter(|(_, uri)| is_safe(uri))
    }

    pub(super) fn account_of(&self, head: &Head) -> Option<Account> {
        let account = self.account.as_ref().map(|account| account(head));
        account.filter(|account| match account {
            Account::SignedOut { login: uri } | Account::SignedIn { logout: uri, .. } => {
                is_safe(uri)
            }
        })
    }
}

impl Default for Html {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Html")
            .field("title", &self.title)
            .field("logo", &self.logo)
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

/// Whether a URI may be the target of a link: it is relative, or its scheme is `http` or `https`.
pub(super) fn is_safe(uri: &str) -> bool {
    let scheme = uri.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme.split_once(':') {
        None => true,
        Some((scheme, _)) => {
            scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_web_are_safe() {
        for uri in [
            "/a:b",
            "a",
            "?a:b",
            "#a:b",
            "https://x/",
            "HTTP://x",
            "//x/y",
        ] {
            assert!(is_safe(uri), "{uri}");
        }
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "\u{1}javascript:x",
        ] {
            assert!(!is_safe(uri), "{uri}");
        }
    }
}
