//! The formats of answers that a program adds, and how the web pages look.

use std::sync::Arc;

use super::Router;
#[cfg(feature = "html")]
use crate::representation::Html;
use crate::representation::Representation;

impl Router {
    /// Adds a format of answers with rows, which clients ask for by its name or its media type.
    ///
    /// ```
    /// # struct GeoJson;
    /// # impl tower_rest::Representation for GeoJson {
    /// #     fn name(&self) -> &str { "geojson" }
    /// #     fn media_type(&self) -> &str { "application/geo+json" }
    /// #     fn write(&self, _: &tower_rest::ShownRows<'_>) -> tower_rest::Result<Vec<u8>> { Ok(Vec::new()) }
    /// # }
    /// use tower_rest::Router;
    ///
    /// let api = Router::new().format(GeoJson).build()?; // ?format=geojson
    /// # Ok::<(), tower_rest::Error>(())
    /// ```
    pub fn format(mut self, format: impl Representation) -> Self {
        self.formats.own.push(Arc::new(format));
        self
    }

    /// Sets how the web pages look: their title, logo and style. Default: [`Html::default`].
    #[cfg(feature = "html")]
    pub fn html(mut self, html: Html) -> Self {
        self.formats.html = html;
        self
    }

    /// Serves no web pages: browsers get JSON.
    #[cfg(feature = "html")]
    pub fn without_html(mut self) -> Self {
        self.formats.without_html = true;
        self
    }

    /// Sets whether texts in CSV that begin with `=`, `+`, `-`, `@`, a tab or a carriage return get a leading `'`, so
    /// that no spreadsheet runs them as formulas. Default: `true`.
    ///
    /// Without the guard, every cell is the text as it is stored, for programs.
    #[cfg(feature = "csv")]
    pub fn csv_guard(mut self, guard: bool) -> Self {
        self.formats.csv_is_unguarded = !guard;
        self
    }

    /// Sets whether CSV begins with a byte order mark, without which Excel takes UTF-8 for another encoding. Default:
    /// `false`.
    #[cfg(feature = "csv")]
    pub fn csv_bom(mut self, bom: bool) -> Self {
        self.formats.csv_has_bom = bom;
        self
    }
}
