//! Swagger UI: its page, and its files out of the archive in the program.

use std::{
    io::{Cursor, Read as _},
    sync::LazyLock,
};

use askama::Template;
use bytes::Bytes;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

use super::{super::pieces::Document, docs::DocsLinks, failure::failed, layout::versioned};
use crate::{error::Result, params::Format};

/// A file that the page of Swagger UI loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SwaggerFile {
    Style,
    /// Swagger UI itself.
    Bundle,
    /// The script that starts it.
    Start,
}

/// The script that starts Swagger UI.
const START: &str = include_str!("templates/swagger_ui.js");

static STYLE: LazyLock<Bytes> = LazyLock::new(|| unpacked("/dist/swagger-ui.css"));
static BUNDLE: LazyLock<Bytes> = LazyLock::new(|| unpacked("/dist/swagger-ui-bundle.js"));

impl SwaggerFile {
    const ALL: [Self; 3] = [Self::Style, Self::Bundle, Self::Start];

    const fn name(self) -> &'static str {
        match self {
            Self::Style => "swagger_style",
            Self::Bundle => "swagger_bundle",
            Self::Start => "swagger_start",
        }
    }

    /// Returns the file with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Bundle | Self::Start => "text/javascript; charset=utf-8",
        }
    }

    /// Returns the content, which is unpacked at the first call.
    pub(crate) fn bytes(self) -> Bytes {
        match self {
            Self::Style => STYLE.clone(),
            Self::Bundle => BUNDLE.clone(),
            Self::Start => Bytes::from_static(START.as_bytes()),
        }
    }
}

/// Returns the file of the archive whose path ends so; nothing if there is none.
fn unpacked(end: &str) -> Bytes {
    let unpack = || {
        let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).ok()?;
        let found = archive
            .file_names()
            .filter_map(Result::ok)
            .find(|path| path.ends_with(end));
        let path = found?.into_owned();
        let mut bytes = Vec::new();
        archive.by_name(&path).ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    unpack().unwrap_or_default().into()
}

/// The page of Swagger UI.
#[derive(Debug, Template)]
#[template(
    path = "swagger_ui.html",
    config = "src/representation/html/askama.toml"
)]
pub(crate) struct SwaggerPage {
    links: DocsLinks,
}

impl SwaggerPage {
    pub(crate) const fn of(links: DocsLinks) -> Self {
        Self { links }
    }

    /// Returns the whole page.
    pub(crate) fn document(&self) -> Result<Document> {
        let html = self.render().map_err(failed)?;
        Ok(Document::new(Format::Html.media_type(), html.into_bytes()))
    }

    /// Returns the URI of a file, with its version, by which browsers that have the file ask no more.
    fn uri(&self, file: SwaggerFile) -> String {
        [&self.links.server, &*versioned(file.name(), &file.bytes())].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_has_every_file() {
        let text = |file: SwaggerFile| String::from_utf8(file.bytes().to_vec()).expect("a text");
        assert!(text(SwaggerFile::Style).contains(".swagger-ui"));
        assert!(text(SwaggerFile::Bundle).contains("SwaggerUIBundle"));
        assert!(text(SwaggerFile::Start).contains("SwaggerUIBundle("));
        assert!(unpacked("/dist/none.js").is_empty());
    }
}
