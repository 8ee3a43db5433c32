//! A browser without a screen: it asks for pages, reads them with a real parser and sends their forms.

use http::Method;
use scraper::{ElementRef, Html, Selector};
use tower_rest::{
    Api,
    testing::{Answer, Asking, Client},
};

/// What a browser says that it accepts.
pub(super) const ACCEPT: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const FORM: &str = "application/x-www-form-urlencoded";
const ORIGIN: &str = "http://localhost";

/// A client that asks as a browser does.
#[derive(Clone)]
pub(super) struct Browser(pub(super) Client<Api>);

/// A page: the path and query it was asked by, the answer, and its elements.
pub(super) struct Page {
    pub(super) url: String,
    pub(super) answer: Answer,
    pub(super) html: Html,
}

/// A form with the values that a browser would send.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// The path and query that it is sent to.
    pub(super) action: String,
    pub(super) method: Method,
    pub(super) pairs: Vec<(String, String)>,
}

impl Browser {
    pub(super) fn of(api: &Api) -> Self {
        Self(Client::new(api.clone()).header("accept", ACCEPT))
    }

    /// Sends a header with every request.
    pub(super) fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(super) async fn get(&self, url: &str) -> Answer {
        self.0.get(url).await
    }

    /// Asks for a page, whatever its status.
    pub(super) async fn open(&self, url: &str) -> Page {
        Page::of(url, self.get(url).await)
    }

    /// Asks for a page that is there.
    pub(super) async fn page(&self, url: &str) -> Page {
        let page = self.open(url).await;
        assert_eq!(page.answer.status(), 200, "{url}: {}", page.answer.text());
        page
    }

    /// Asks for a page that is there, and returns its form.
    pub(super) async fn form(&self, url: &str) -> Form {
        self.page(url).await.own_form()
    }

    fn request(&self, form: &Form) -> Asking<Api> {
        let body = encoded(&form.pairs);
        if form.method == Method::GET {
            let path = form.action.split('?').next().unwrap_or_default();
            return self.0.get(&format!("{path}?{body}"));
        }
        let request = self.0.post(&form.action);
        request
            .header("sec-fetch-site", "same-origin")
            .header("origin", ORIGIN)
            .body(FORM, body)
    }

    /// Sends a form from a page of the same site.
    pub(super) async fn send(&self, form: &Form) -> Answer {
        self.request(form).await
    }

    /// The same with a header.
    pub(super) async fn send_with(&self, form: &Form, (name, value): (&str, &str)) -> Answer {
        self.request(form).header(name, value).await
    }

    /// Sends a form that is answered by a page.
    pub(super) async fn sent(&self, form: &Form) -> Page {
        Page::of(&form.action, self.send(form).await)
    }

    /// Sends a form that is done, and returns the path and query that the browser is led to.
    pub(super) async fn done(&self, form: &Form) -> String {
        let answer = self.send(form).await;
        assert_eq!(
            answer.status(),
            303,
            "{form:?}: {:?}",
            shown(&answer.text())
        );
        let location = answer.header("location").expect("a location");
        resolved(&form.action, location)
    }
}

/// Returns what the main part of a page says, for messages.
pub(super) fn shown(text: &str) -> String {
    let html = Html::parse_document(text);
    let main = html.select(&selector("main")).next();
    main.map_or_else(|| text.to_owned(), |main| words(main))
}

pub(super) fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns the text of an element, with single spaces.
pub(super) fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Page {
    pub(super) fn of(url: &str, answer: Answer) -> Self {
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{url}: {} {}",
            answer.status(),
            answer.text()
        );
        let html = Html::parse_document(&answer.text());
        Self {
            url: url.to_owned(),
            answer,
            html,
        }
    }

    /// The elements that a selector finds.
    pub(super) fn all(&self, what: &str) -> Vec<ElementRef<'_>> {
        self.html.select(&selector(what)).collect()
    }

    /// The text of the only element that a selector finds.
    pub(super) fn text(&self, what: &str) -> String {
        match self.all(what).as_slice() {
            [one] => words(*one),
            found => panic!("{}: {} are {what}: {}", self.url, found.len(), self.main()),
        }
    }

    /// The texts of all elements that a selector finds.
    pub(super) fn texts(&self, what: &str) -> Vec<String> {
        self.all(what).into_iter().map(words).collect()
    }

    /// What the main part says.
    pub(super) fn main(&self) -> String {
        self.texts("main").concat()
    }

    /// The path and query of every link whose text is given.
    pub(super) fn links(&self, text: &str) -> Vec<String> {
        let links = self.all("a[href]").into_iter();
        let links = links.filter(|link| words(*link) == text);
        let links = links.filter_map(|link| link.attr("href"));
        links.map(|href| resolved(&self.url, href)).collect()
    }

    /// The path and query of the first link with a text.
    pub(super) fn link(&self, text: &str) -> String {
        let found = self.links(text).into_iter().next();
        found.unwrap_or_else(|| panic!("{}: no link {text:?}: {}", self.url, self.main()))
    }

    /// The path and query of every link, form and file of the page.
    pub(super) fn addresses(&self) -> Vec<String> {
        let of = |attribute: &str| {
            let found = self.all(&format!("[{attribute}]")).into_iter();
            let values = found.filter_map(|element| element.attr(attribute).map(str::to_owned));
            values.collect::<Vec<_>>()
        };
        ["href", "src", "action", "formaction"]
            .into_iter()
            .flat_map(of)
            .collect()
    }

    /// The form that a selector finds, as a browser fills it.
    pub(super) fn form(&self, what: &str) -> Form {
        let found = self.all(what);
        let [form] = found.as_slice() else {
            panic!("{}: {} are {what}: {}", self.url, found.len(), self.main());
        };
        let action = form.attr("action").unwrap_or_default();
        let is_post = form.attr("method") == Some("post");
        Form {
            action: resolved(&self.url, action),
            method: if is_post { Method::POST } else { Method::GET },
            pairs: controls(*form),
        }
    }

    /// The form in the main part, where it is the only one.
    pub(super) fn own_form(&self) -> Form {
        self.form("main form[method=post]")
    }

    /// The names of the fields of the form in the main part.
    pub(super) fn fields(&self) -> Vec<String> {
        let form = self.own_form();
        let names = form.pairs.into_iter().map(|(name, _)| name);
        names.filter(|name| name != "_form").collect()
    }

    /// What is said beside the field with a label: its fault, the stored value of a conflict, or its hint.
    pub(super) fn beside(&self, name: &str, class: &str) -> Option<String> {
        let mut fields = self.all(".field").into_iter();
        let is_it = |field: &ElementRef<'_>| {
            let controls = selector("input, select, textarea");
            let mut controls = field.select(&controls);
            controls.any(|control| control.attr("name") == Some(name))
        };
        let field = fields.find(is_it)?;
        let class = selector(class);
        let mut found = field.select(&class);
        found.next().map(words)
    }
}

impl Form {
    /// Types a value into a field that is there.
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        let field = self.pairs.iter_mut().find(|(known, _)| known == name);
        let Some((_, known)) = field else {
            panic!("no field {name}: {:?}", self.pairs);
        };
        value.clone_into(known);
        self
    }

    /// Adds a pair, as a button or another client does.
    pub(super) fn and(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The value of a field.
    pub(super) fn value(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map_or_else(
            || panic!("no field {name}: {:?}", self.pairs),
            |(_, value)| value,
        )
    }
}

/// Returns what a browser sends of a form: buttons are left out, and lines end by CR and LF.
fn controls(form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for control in form.select(&selector("input, select, textarea")) {
        let Some(name) = control.attr("name") else {
            continue;
        };
        let value = match control.value().name() {
            "textarea" => control.text().collect(),
            "select" => {
                let chosen = control.select(&selector("option[selected]")).next();
                let chosen = chosen.or_else(|| control.select(&selector("option")).next());
                let value = chosen.and_then(|option| option.attr("value"));
                value.unwrap_or_default().to_owned()
            }
            _ => {
                // An input of one line holds no line ends.
                let value = control.attr("value").unwrap_or_default();
                match control.attr("type") {
                    Some("hidden") => value.to_owned(),
                    _ => value.replace(['\r', '\n'], ""),
                }
            }
        };
        pairs.push((name.to_owned(), value));
    }
    pairs
}

/// Returns pairs as a browser encodes them.
fn encoded(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| {
        let value = value.replace("\r\n", "\n").replace('\r', "\n");
        let value = value.replace('\n', "\r\n");
        format!("{}={}", percent(name), percent(&value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

pub(super) fn percent(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// Returns the path and query that a link on a page leads to, if it stays on the site; else the link itself.
pub(super) fn resolved(url: &str, link: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let link = link.split('#').next().unwrap_or_default();
    match link.strip_prefix(ORIGIN) {
        Some("") => "/".to_owned(),
        Some(rest) => rest.to_owned(),
        None if link.is_empty() => url.to_owned(),
        None if link.starts_with('?') => format!("{path}{link}"),
        None => link.to_owned(),
    }
}
