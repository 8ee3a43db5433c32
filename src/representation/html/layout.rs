//! The parts that all pages have around their main part: title, path, formats and the same request for a terminal.

use std::sync::LazyLock;

use askama::Template;

use super::{
    super::context::{Crumb, PageContext},
    look::{Account, Html, PagePart},
    query::LinkQuery,
};

/// The style of all pages, and the script that makes some steps quicker.
pub(crate) const STYLE: &str = include_str!("templates/style.css");
pub(crate) const SCRIPT: &str = include_str!("templates/script.js");

static STYLE_QUERY: LazyLock<String> = LazyLock::new(|| versioned("style", STYLE.as_bytes()));
static SCRIPT_QUERY: LazyLock<String> = LazyLock::new(|| versioned("script", SCRIPT.as_bytes()));

/// A whole page.
#[derive(Debug, Template)]
#[template(path = "layout.html", config = "src/representation/html/askama.toml")]
pub(super) struct Layout<'a> {
    look: &'a Html,
    part: &'static str,
    title: &'a str,
    main: String,
    /// The URI of the API root; `None` if it is not known.
    root: Option<&'a str>,
    trail: &'a [Crumb],
    /// The documentation of what the page is about; `None` if it is not served.
    docs: Option<&'a str>,
    account: Option<Account>,
    /// The other formats of the page: the name and the link of each.
    formats: Vec<(&'a str, String)>,
    /// The link to the description of what the page's URL takes.
    describe: Option<&'static str>,
    curl: Option<String>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(
        look: &'a Html,
        part: PagePart,
        title: &'a str,
        main: String,
        context: Option<&'a PageContext<'_>>,
    ) -> Self {
        let data =
            context.filter(|_| matches!(part, PagePart::Root | PagePart::List | PagePart::Object));
        Self {
            look,
            part: match part {
                PagePart::Root => "root",
                PagePart::List => "list",
                PagePart::Object => "object",
                PagePart::Description => "description",
                PagePart::Form => "form",
                PagePart::Problem => "problem",
                PagePart::Docs => "docs",
            },
            title,
            main,
            root: context.map(|context| context.root.as_str()),
            trail: context.map_or(&[], |context| &context.trail),
            docs: context.and_then(|context| context.docs.as_deref()),
            account: context.and_then(|context| look.account_of(context.head)),
            formats: data.map(formats).unwrap_or_default(),
            describe: data.map(|_| "?_form=options"),
            curl: data.map(curl),
        }
    }
}

/// Returns the other formats of an answer, each with the link to it.
fn formats<'a>(context: &'a PageContext<'_>) -> Vec<(&'a str, String)> {
    let query = LinkQuery(context.query);
    let shows = context.shows;
    let names = context
        .formats
        .offered(shows)
        .map(|format| context.formats.name(format));
    names
        .filter(|name| *name != "html")
        .map(|name| (name, query.link(&["format"], Some(("format", name)))))
        .collect()
}

/// Returns the command that asks for the same data in a terminal.
fn curl(context: &PageContext<'_>) -> String {
    let query = LinkQuery(context.query).link(&["format"], None);
    let query = query.strip_suffix('?').unwrap_or(&query);
    // A quote cannot end the quoted text, since it is percent-encoded.
    let uri = format!("{}{query}", context.uri).replace('\'', "%27");
    format!("curl '{uri}'")
}

impl Layout<'_> {
    /// Returns about how many bytes the page has.
    pub(super) fn bytes(&self) -> usize {
        self.main.len() + 4_096
    }

    fn has_footer(&self) -> bool {
        self.curl.is_some() || self.has_links()
    }

    fn has_links(&self) -> bool {
        let mut own = self.look.links_of_program();
        !self.formats.is_empty() || self.describe.is_some() || own.next().is_some()
    }

    fn style(&self) -> String {
        [self.root.unwrap_or_default(), &STYLE_QUERY].concat()
    }

    fn script(&self) -> String {
        [self.root.unwrap_or_default(), &SCRIPT_QUERY].concat()
    }
}

/// Returns the query string of a file, with its version, by which browsers that have the file ask no more.
pub(super) fn versioned(name: &str, content: &[u8]) -> String {
    let version = xxhash_rust::xxh3::xxh3_64(content);
    format!("?_form={name}-{version:016x}")
}
