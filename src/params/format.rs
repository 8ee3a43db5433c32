//! Which format an answer has, as the query says it: `format=ndjson`.

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
            /// The formats of rows. If a client accepts several equally, the first is chosen.
            pub(crate) const OF_ROWS: &'static [Self] = &[$(Self::$every,)+ $(Self::$rows,)*];
            /// The formats of answers without rows.
            pub(crate) const OF_THE_REST: &'static [Self] = &[$(Self::$every,)+];

            /// Returns the format's name in the parameter `format`.
            const fn name(self) -> &'static str {
                match self { $(Self::$every => $every_name,)+ $(Self::$rows => $rows_name,)* }
            }

            pub(crate) const fn media_type(self) -> &'static str {
                match self { $(Self::$every => $every_type,)+ $(Self::$rows => $rows_type,)* }
            }

            /// Whether a whole list can be written as its rows are read.
            pub(crate) const fn streams(self) -> bool {
                match self { $(Self::$every => $every_streams,)+ $(Self::$rows => $rows_streams,)* }
            }
        }
    };
}

// Every format: its name in `format=`, its media type, and whether it can be streamed. What writes each is in
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

/// Returns the value of `format`, even if other parameters are faulty: negotiation precedes the query's faults.
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
    /// Refuses a format that rows are not written as.
    pub(super) fn check_format(&mut self) {
        if let Some(pair) = self.reserved(Parameter::Format) {
            self.faults.extend(fault(&pair.value, Format::OF_ROWS));
        }
    }
}

/// Returns the parameters that ask for a format which can be streamed.
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
