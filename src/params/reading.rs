//! A query string being read: its pairs, and the faults found so far.

use super::{
    Limits,
    format::Shows,
    offer::{Offer, World},
    pairs::{self, Pair},
    parameter::{Parameter, Reads},
};
use crate::error::{Code, Error, Fault, Result};

pub(super) fn check_pairs(query: &str, limits: &Limits) -> Result<()> {
    let (count, most) = (pairs::count(query), limits.pairs);
    if count <= most {
        return Ok(());
    }
    let detail = format!("the query string has {count} parameters; at most {most} are read");
    Err(Error::new(Code::LimitExceeded, detail))
}

/// Returns an error if there are faults: the error lists all, in the order of their parameters in the query string.
pub(super) fn finish(query: &str, mut faults: Vec<Fault>) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = query.split('&').map(pairs::name_of).collect();
    faults.sort_by_key(|fault| {
        names
            .iter()
            .position(|name| Some(name.as_str()) == fault.parameter())
    });
    Err(Error::faults(faults))
}

/// Whether a name matches a pattern of ignored parameters; a final `*` stands for any ending.
pub(super) fn is_ignored(name: &str, patterns: &[impl AsRef<str>]) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.as_ref().strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern.as_ref(),
        })
}

/// A query string while it is read: its pairs, and the faults found so far.
pub(super) struct QueryReader<'a> {
    pub(super) query: &'a str,
    pub(super) offer: &'a Offer,
    pub(super) world: &'a dyn World,
    pub(super) pairs: Vec<Pair<'a>>,
    pub(super) faults: Vec<Fault>,
    /// The number of filters in groups that were read.
    pub(super) in_groups: usize,
    /// Whether the filter that is read is inside a group, where no name is that of a parameter.
    pub(super) inside_group: bool,
}

impl<'a> QueryReader<'a> {
    pub(super) fn of(query: &'a str, offer: &'a Offer, world: &'a dyn World) -> Result<Self> {
        check_pairs(query, &offer.limits)?;
        let mut faults = Vec::new();
        let mut pairs = pairs::read(query, &mut faults);
        pairs.retain(|pair| !offer.ignores(pair));
        let mut read = Self {
            query,
            offer,
            world,
            pairs,
            faults,
            in_groups: 0,
            inside_group: false,
        };
        read.refuse_repeated();
        Ok(read)
    }

    /// Returns the `name=value` pair of a reserved parameter; `None` if the parameter was not sent.
    pub(super) fn reserved(&self, parameter: Parameter) -> Option<Pair<'a>> {
        let name = parameter.name();
        let found = self
            .pairs
            .iter()
            .find(|pair| pair.name == name && !pair.negated);
        found.map(|pair| Pair {
            name: pair.name.clone(),
            negated: false,
            value: pair.value.clone(),
            value_at: pair.value_at.clone(),
        })
    }

    /// Adds a fault if the value of `format` is no format of answers that show `shows`.
    pub(super) fn check_format(&mut self, shows: Shows) {
        if let Some(pair) = self.reserved(Parameter::Format) {
            self.faults
                .extend(self.offer.formats.fault(&pair.value, shows));
        }
    }

    pub(super) fn fault(
        &mut self,
        parameter: impl Into<String>,
        code: Code,
        detail: impl Into<String>,
    ) {
        self.faults.push(Fault::new(parameter, code, detail));
    }

    /// Adds a fault for each reserved parameter that is given more than once, and removes its pairs.
    fn refuse_repeated(&mut self) {
        for (_, name, ..) in Parameter::ALL {
            let is_it = |pair: &Pair<'_>| pair.name == *name && !pair.negated;
            if self.pairs.iter().filter(|pair| is_it(pair)).count() > 1 {
                self.faults.push(repeated(name));
                self.pairs.retain(|pair| !is_it(pair));
            }
        }
        let ordering = self.reserved(Parameter::Ordering);
        let both = ordering.zip(self.reserved(Parameter::SortBy));
        if both.is_some() {
            let detail = "`sort_by` is another name of `ordering`: give one of the two";
            self.fault("sort_by", Code::Conflicting, detail);
            self.pairs.retain(|pair| pair.name != "sort_by");
        }
    }

    /// Removes the pairs of reserved parameters such as `page`, and adds a fault for each that is negated or that this
    /// kind of request does not accept.
    pub(super) fn refuse_unoffered(&mut self, reads: Reads) {
        let is_list = matches!(reads, Reads::List | Reads::Rows);
        let label = &self.offer.label;
        let pairs = std::mem::take(&mut self.pairs);
        for pair in pairs {
            let name = &*pair.name;
            let Some(parameter) = Parameter::named(name) else {
                self.pairs.push(pair);
                continue;
            };
            if pair.negated {
                let instead = self.offer.column_filter(name).filter(|_| is_list);
                let instead =
                    instead.map(|filter| format!("; the column of that name is `{filter}%21`"));
                let instead = instead.unwrap_or_default();
                let detail = format!("`{name}` is a parameter and cannot be negated{instead}");
                self.fault(pair.sent(), Code::UnknownParameter, detail);
            } else if !is_list && !parameter.is_of(reads) {
                let detail =
                    format!("`{name}` is a parameter of a list, not of one object of {label}");
                self.fault(name, Code::UnknownParameter, detail);
            } else if !parameter.is_of(reads)
                || (reads == Reads::List && !self.offer.pages.accepts(parameter))
                || (parameter.is_group() && !self.offer.groups)
                || (parameter.is_summary() && !self.offer.offers(parameter))
            {
                let instead = self.offer.column_filter(name);
                let instead = instead
                    .map(|filter| format!("; the column of that name is filtered as `{filter}`"));
                let instead = instead.unwrap_or_default();
                let detail = format!("`{name}` is not offered by {label}{instead}");
                self.fault(name, Code::NotSupported, detail);
            }
        }
    }

    pub(super) fn finish(self) -> Result<()> {
        finish(self.query, self.faults)
    }
}

impl Offer {
    /// Whether the viewset ignores a parameter: its name matches a pattern in `ignored`, is not reserved, and does not
    /// begin with the name of a column or relation.
    fn ignores(&self, pair: &Pair<'_>) -> bool {
        let name = &*pair.name;
        let is_ours = Parameter::named(name).is_some() || self.first(name).is_some();
        !is_ours && is_ignored(name, &self.ignored)
    }
}

pub(super) fn repeated(name: &str) -> Fault {
    Fault::new(
        name,
        Code::Repeated,
        format!("`{name}` is given more than once"),
    )
}
