//! Which format an answer has, as the query says it: `format=ndjson`.

use std::borrow::Cow;

use super::{Parameter, Reading, hint, pairs};
use crate::error::{Code, Fault};

/// What rows are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Json,
    /// Each object on a line of its own.
    Ndjson,
}

impl Format {
    /// Those of rows; of two that a client likes as much, the first.
    pub(crate) const OF_ROWS: &'static [Self] = &[Self::Json, Self::Ndjson];
    /// That of what is no rows.
    pub(crate) const OF_THE_REST: &'static [Self] = &[Self::Json];

    /// What `format` calls it.
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The one of a name, if it is among those offered.
    pub(crate) fn named(name: &str, offered: &[Self]) -> Option<Self> {
        offered.iter().copied().find(|format| format.name() == name)
    }
}

/// The value of `format`, wherever the query can be read: negotiation comes before the faults of a query.
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

impl Reading<'_> {
    /// Refuses a format that rows are not written as.
    pub(super) fn check_format(&mut self) {
        if let Some(pair) = self.reserved(Parameter::Format) {
            self.faults.extend(fault(&pair.value, Format::OF_ROWS));
        }
    }
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
