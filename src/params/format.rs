//! The formats of answers, and the one that the query string asks for: `format=ndjson`.

use std::borrow::Cow;

use http::HeaderValue;

use super::{hint, pairs};
use crate::error::{Code, Fault};

/// The format of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Json,
    /// Web pages, for people with a browser.
    Html,
    Csv,
    Ndjson,
    /// A format of the program, by its index in the order of registration.
    Own(usize),
}

/// The content of an answer, which decides the formats that it is offered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Rows that were asked for.
    Rows,
    /// Rows that the request itself has written.
    WrittenRows,
    /// The API root, or the description of a viewset.
    Overview,
    /// The documentation, which is for people alone.
    Page,
    /// Anything else, such as the number of deleted rows.
    Rest,
}

/// The formats that an API offers, in the order of preference: of several that a client accepts equally, the first is
/// chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Formats {
    /// Whether browsers get web pages.
    pub(crate) html: bool,
    /// The name in `format=` and the media type of each format of the program.
    pub(crate) own: Vec<(String, String)>,
}

impl Format {
    /// The formats of the library, each with its name in the parameter `format` and its media type.
    const BUILT_IN: [(Self, &'static str, &'static str); 4] = [
        (Self::Json, "json", "application/json"),
        (Self::Html, "html", "text/html; charset=utf-8"),
        (Self::Csv, "csv", "text/csv; charset=utf-8; header=present"),
        (Self::Ndjson, "ndjson", "application/x-ndjson"),
    ];

    /// Whether rows can be written while further rows are still being read.
    pub(crate) const fn streams(self) -> bool {
        match self {
            Self::Csv | Self::Ndjson => true,
            Self::Json | Self::Html | Self::Own(_) => false,
        }
    }

    /// Whether answers that show `shows` are offered in the format.
    pub(crate) const fn suits(self, shows: Shows) -> bool {
        match self {
            Self::Json => !matches!(shows, Shows::Page),
            Self::Html => matches!(shows, Shows::Rows | Shows::Overview | Shows::Page),
            Self::Csv | Self::Ndjson | Self::Own(_) => {
                matches!(shows, Shows::Rows | Shows::WrittenRows)
            }
        }
    }

    /// Returns the name and the media type of a format of the library; of a format of the program, those of JSON.
    const fn built_in(self) -> (&'static str, &'static str) {
        let [json, html, csv, ndjson] = Self::BUILT_IN;
        let (_, name, media_type) = match self {
            Self::Json | Self::Own(_) => json,
            Self::Html => html,
            Self::Csv => csv,
            Self::Ndjson => ndjson,
        };
        (name, media_type)
    }

    /// Returns the ending of the name under which browsers save answers in the format; `None` if they show them.
    pub(crate) const fn file_ending(self) -> Option<&'static str> {
        match self {
            Self::Csv => Some("csv"),
            Self::Json | Self::Html | Self::Ndjson | Self::Own(_) => None,
        }
    }

    /// Returns the media type of a format of the library.
    pub(crate) const fn media_type(self) -> &'static str {
        self.built_in().1
    }
}

impl Formats {
    /// Returns the formats in which an answer is offered.
    pub(crate) fn offered(&self, shows: Shows) -> impl Iterator<Item = Format> + Clone {
        let html = self.html;
        let built_in = Format::BUILT_IN.into_iter().map(|(format, ..)| format);
        let built_in = built_in.filter(move |format| match format {
            Format::Html => html,
            Format::Csv => cfg!(feature = "csv"),
            Format::Json | Format::Ndjson | Format::Own(_) => true,
        });
        let all = built_in.chain((0..self.own.len()).map(Format::Own));
        all.filter(move |format| format.suits(shows))
    }

    /// Returns the name of a format in the parameter `format`.
    pub(crate) fn name(&self, format: Format) -> &str {
        self.own_format(format)
            .map_or(format.built_in().0, |(name, _)| name)
    }

    /// Returns the media type of a format, without parameters.
    pub(crate) fn essence(&self, format: Format) -> &str {
        let own = self.own_format(format);
        let media_type = own.map_or(format.media_type(), |(_, media_type)| media_type);
        let end = media_type.find(';').unwrap_or(media_type.len());
        media_type.get(..end).unwrap_or_default().trim()
    }

    /// Returns the format with a name, if an answer is offered in it.
    pub(crate) fn named(&self, name: &str, shows: Shows) -> Option<Format> {
        self.offered(shows)
            .find(|format| self.name(*format) == name)
    }

    /// Appends a message for each format of the program that has no usable name or media type.
    pub(crate) fn check(&self, mistakes: &mut Vec<String>) {
        for (at, (name, media_type)) in self.own.iter().enumerate() {
            let all = self.offered(Shows::Rows);
            let mut before = all.take_while(|format| *format != Format::Own(at));
            if before.any(|other| self.name(other) == name) || name == "html" {
                mistakes.push(format!("two formats have the name `{name}`"));
            }
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            if name.is_empty() || !name.bytes().all(is_plain) {
                mistakes.push(format!(
                    "the name `{name}` of a format has other characters than letters, digits, `-` and `_`"
                ));
            }
            let essence = self.essence(Format::Own(at));
            let is_type = essence
                .split_once('/')
                .is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty());
            if !is_type || HeaderValue::from_str(media_type).is_err() {
                mistakes.push(format!(
                    "`{media_type}`, of the format `{name}`, is no media type such as `application/geo+json`"
                ));
            }
        }
    }

    fn own_format(&self, format: Format) -> Option<&(String, String)> {
        match format {
            Format::Own(at) => self.own.get(at),
            Format::Json | Format::Html | Format::Csv | Format::Ndjson => None,
        }
    }

    /// Returns the text of the parameters that select a streamed format, for errors: `format=…`.
    pub(super) fn streamed(&self) -> String {
        let streamed = self.offered(Shows::Rows).filter(|format| format.streams());
        let streamed = streamed.map(|format| format!("`format={}`", self.name(format)));
        streamed.collect::<Vec<_>>().join(" or ")
    }

    /// Returns a fault if no format of answers with rows has this name.
    pub(super) fn fault(&self, value: &str, shows: Shows) -> Option<Fault> {
        if self.named(value, shows).is_some() {
            return None;
        }
        let names = self
            .offered(shows)
            .map(|format| format!("`{}`", self.name(format)));
        let names: Vec<_> = names.collect();
        let detail = format!(
            "`format` is `{}`, which is not offered; the formats are: {}",
            hint::shown(value),
            names.join(", ")
        );
        Some(Fault::new("format", Code::InvalidValue, detail))
    }
}

/// Returns the value of `format`, even if the query string has faults: the format is chosen before the faults are
/// reported, since their report is written in it.
pub(crate) fn format(query: &str) -> Option<Cow<'_, str>> {
    value_of("format", query)
}

/// Returns the value of `_form`, which the forms of web pages send, even if the query string has faults.
pub(crate) fn form(query: &str) -> Option<Cow<'_, str>> {
    value_of("_form", query)
}

fn value_of<'a>(name: &str, query: &'a str) -> Option<Cow<'a, str>> {
    if !query.contains(name) && !query.contains('%') {
        return None;
    }
    let pairs = pairs::read(query, &mut Vec::new());
    let found = pairs
        .into_iter()
        .find(|pair| pair.name == name && !pair.negated);
    found.map(|pair| pair.value)
}
