//! The writers of the formats that an API offers.

use std::{fmt, sync::Arc};

#[cfg(feature = "csv")]
use super::csv::Csv;
#[cfg(feature = "html")]
use super::html::{Html, HtmlWriter};
use super::{
    json::Json,
    ndjson::Ndjson,
    own::{OwnWriter, Representation},
    writer::Writer,
};
use crate::params::{Format, Formats};

/// The writers of the formats that an API offers.
pub(crate) struct Writers {
    pub(crate) formats: Arc<Formats>,
    #[cfg(feature = "html")]
    html: HtmlWriter,
    #[cfg(feature = "csv")]
    csv: &'static Csv,
    own: Vec<OwnWriter>,
}

/// The formats that a program asks for.
#[derive(Clone, Default)]
pub(crate) struct FormatSettings {
    /// The web pages; `None` if there are none.
    #[cfg(feature = "html")]
    pub(crate) html: Html,
    #[cfg(feature = "html")]
    pub(crate) without_html: bool,
    /// Whether texts in CSV that look like formulas stay as they are.
    #[cfg(feature = "csv")]
    pub(crate) csv_is_unguarded: bool,
    #[cfg(feature = "csv")]
    pub(crate) csv_has_bom: bool,
    pub(crate) own: Vec<Arc<dyn Representation>>,
}

impl Writers {
    /// Returns the writers for the settings of a program, and appends a message for each mistake in them.
    pub(crate) fn new(settings: FormatSettings, mistakes: &mut Vec<String>) -> Self {
        let own = settings.own.into_iter().map(OwnWriter);
        let own: Vec<_> = own.collect();
        let named = |writer: &OwnWriter| {
            let (name, media_type) = (writer.0.name(), writer.0.media_type());
            (name.to_owned(), media_type.to_owned())
        };
        let formats = Formats {
            #[cfg(feature = "html")]
            html: !settings.without_html,
            #[cfg(not(feature = "html"))]
            html: false,
            own: own.iter().map(named).collect(),
        };
        formats.check(mistakes);
        Self {
            formats: Arc::new(formats),
            #[cfg(feature = "html")]
            html: HtmlWriter::new(settings.html),
            #[cfg(feature = "csv")]
            csv: Csv::of(!settings.csv_is_unguarded, settings.csv_has_bom),
            own,
        }
    }

    /// Returns the writer of a format.
    pub(crate) fn of(&self, format: Format) -> &dyn Writer {
        match format {
            Format::Json => &Json,
            #[cfg(feature = "html")]
            Format::Html => &self.html,
            #[cfg(not(feature = "html"))]
            Format::Html => &Json,
            #[cfg(feature = "csv")]
            Format::Csv => self.csv,
            #[cfg(not(feature = "csv"))]
            Format::Csv => &Json,
            Format::Ndjson => &Ndjson,
            Format::Own(at) => match self.own.get(at) {
                Some(writer) => writer,
                None => &Json,
            },
        }
    }

    /// Returns the writer of web pages.
    #[cfg(feature = "html")]
    pub(crate) fn html(&self) -> &HtmlWriter {
        &self.html
    }
}

impl fmt::Debug for FormatSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.own.iter().map(|format| format.name());
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{params::Shows, representation::StreamWriter};

    #[test]
    fn a_format_that_is_said_to_be_streamed_has_a_writer_of_streams() {
        let writers = Writers::new(FormatSettings::default(), &mut Vec::new());
        for format in writers.formats.offered(Shows::Rows) {
            let stream = writers.of(format).stream();
            let media_type = stream.map(StreamWriter::media_type);
            let expected = format.streams().then(|| format.media_type());
            assert_eq!(media_type, expected, "{format:?}");
        }
    }
}
