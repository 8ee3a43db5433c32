//! The format that the query string asks for: `format=ndjson`.

use std::borrow::Cow;

use super::{hint, pairs, parameter::Parameter, reading::QueryReader};
use crate::error::{Code, Fault};

macro_rules! formats {
    (
        everything { $($every:ident $every_name:literal $every_type:literal streams: $every_streams:literal;)+ }
        rows_only { $($rows:ident $rows_name:literal $rows_type:literal streams: $rows_streams:literal;)* }
    ) => {
        /// The format of an answer.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) enum Format {
            #[default]
            $($every,)+
            $($rows,)*
        }

        impl Format {
            /// The formats of answers with rows. Of several that a client accepts equally, the first is chosen.
            pub(crate) const OF_ROWS: &'static [Self] = &[$(Self::$every,)+ $(Self::$rows,)*];
            /// The formats of answers without rows, such as the API root.
            pub(crate) const OF_THE_REST: &'static [Self] = &[$(Self::$every,)+];

            /// Returns the format's name in the parameter `format`.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$every => $every_name,)+ $(Self::$rows => $rows_name,)* }
            }

            pub(crate) const fn media_type(self) -> &'static str {
                match self { $(Self::$every => $every_type,)+ $(Self::$rows => $rows_type,)* }
            }

            /// Whether rows can be written while further rows are still being read.
            pub(crate) const fn streams(self) -> bool {
                match self { $(Self::$every => $every_streams,)+ $(Self::$rows => $rows_streams,)* }
            }
        }
    };
}

// Every format: its name in `format=`, its media type, and whether it can be streamed. The writer of each format is in
// `representation`.
formats! {
    everything {
        Json "json" "application/json" streams: false;
    }
    rows_only {
        Ndjson "ndjson" "application/x-ndjson" streams: true;
    }
}

impl Format {
    /// Returns the offered format with a name.
    pub(crate) fn named(name: &str, offered: &[Self]) -> Option<Self> {
        offered.iter().copied().find(|format| format.name() == name)
    }
}

/// Returns the value of `format`, even if the query string has faults: the format is chosen before the faults are
/// reported, since their report is written in it.
pub(crate) fn format(query: &str) -> Option<Cow<'_, str>> {
    if !query.contains("format") && !query.contains('%') {
        return None;
    }
    let pairs = pairs::read(query, &mut Vec::new());
    let format = pairs
        .into_iter()
        .find(|pair| pair.name == "format" && !pair.negated);
    format.map(|pair| pair.value)
}

impl QueryReader<'_> {
    /// Adds a fault if the value of `format` is no format of answers with rows.
    pub(super) fn check_format(&mut self) {
        if let Some(pair) = self.reserved(Parameter::Format) {
            self.faults.extend(fault(&pair.value, Format::OF_ROWS));
        }
    }
}

/// Returns the text of the parameters that select a streamed format, for errors: `format=…`.
pub(super) fn streamed() -> String {
    let streamed = Format::OF_ROWS.iter().filter(|format| format.streams());
    let streamed = streamed.map(|format| format!("`format={}`", format.name()));
    streamed.collect::<Vec<_>>().join(" or ")
}

pub(super) fn fault(value: &str, offered: &[Format]) -> Option<Fault> {
    if Format::named(value, offered).is_some() {
        return None;
    }
    let names: Vec<_> = offered
        .iter()
        .map(|format| format!("`{}`", format.name()))
        .collect();
    let detail = format!(
        "`format` is `{}`, which is not offered; the formats are: {}",
        hint::shown(value),
        names.join(", ")
    );
    Some(Fault::new("format", Code::InvalidValue, detail))
}
