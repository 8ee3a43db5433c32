//! The text of a group of filters, such as `(make=Fiat,and(year__gte=2010,year__lt=2015))`, as a tree, without a meaning
//! yet.
//!
//! 1. Commas separate the items. Nothing is trimmed, and no item is empty.
//! 2. The value of a filter is plain text without `,`, `(` and `)`, or in quotes as an item of a list, or a list in
//!    parentheses. A whole filter may be in quotes instead, and is then written as outside of groups.
//! 3. A text is read once, from left to right, and no further than to the first fault or limit.

use std::borrow::Cow;

use super::{Limits, hint, items::quoted_item, parameter::Parameter};
use crate::error::Code;

/// How the items of a group are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupKind {
    Or,
    And,
    Not,
}

/// An item of a group, at a byte position in the text.
#[derive(Debug)]
pub(super) struct GroupItem<'t> {
    pub(super) at: usize,
    pub(super) content: GroupContent<'t>,
}

#[derive(Debug)]
pub(super) enum GroupContent<'t> {
    /// A filter: its name with the `!` of a negation, and its value.
    Filter(Cow<'t, str>, FilterText<'t>),
    Group(GroupKind, Vec<GroupItem<'t>>),
}

/// The value of a filter in a group, as it is written.
#[derive(Debug)]
pub(super) enum FilterText<'t> {
    /// Without quotes or parentheses, or from a filter that is in quotes as a whole.
    Plain(Cow<'t, str>),
    /// In quotes: the text with its quotes, as in a list, and without.
    Quoted(&'t str, Cow<'t, str>),
    /// In parentheses: the text of the list.
    List(&'t str),
}

/// The fault of a text that is no group, at a byte position in the text.
#[derive(Debug)]
pub(super) struct GroupFault {
    pub(super) at: usize,
    pub(super) code: Code,
    pub(super) detail: String,
}

impl GroupKind {
    pub(super) const fn parameter(self) -> Parameter {
        match self {
            Self::Or => Parameter::Or,
            Self::And => Parameter::And,
            Self::Not => Parameter::Not,
        }
    }

    /// The kinds, in the order of [`Parameter::GROUPS`].
    pub(super) const ALL: [Self; 3] = [Self::Or, Self::And, Self::Not];

    fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.parameter().name() == name)
    }
}

/// Reads the text of a group; `kind` is the group's own. At most `filters` filters are read.
pub(super) fn read<'t>(
    text: &'t str,
    kind: GroupKind,
    limits: &Limits,
    filters: usize,
) -> Result<Vec<GroupItem<'t>>, GroupFault> {
    let mut reader = GroupReader {
        text,
        at: 0,
        filters,
        limits,
    };
    let name = kind.parameter().name();
    if !reader.skip('(') {
        return Err(reader.fault(format!(
            "a group begins with `(`, as in `{name}=(make=Fiat,year=2010)`"
        )));
    }
    let items = reader.items(1)?;
    if !reader.rest().is_empty() {
        return Err(reader.fault("the group has ended, but more text follows"));
    }
    Ok(items)
}

/// A text while it is read, up to the byte position `at`.
struct GroupReader<'t, 'l> {
    text: &'t str,
    at: usize,
    /// The number of filters that may still be read.
    filters: usize,
    limits: &'l Limits,
}

impl<'t> GroupReader<'t, '_> {
    /// Reads the items of a group after its opening parenthesis, up to its closing one. `depth` is the number of groups
    /// that they are in.
    fn items(&mut self, depth: usize) -> Result<Vec<GroupItem<'t>>, GroupFault> {
        let most = self.limits.group_depth;
        if depth > most {
            let detail =
                format!("there are {depth} groups inside each other; at most {most} are read");
            return Err(self.limit(detail));
        }
        let mut items = Vec::new();
        loop {
            let at = self.at;
            let content = self.content(depth)?;
            items.push(GroupItem { at, content });
            if self.skip(')') {
                return Ok(items);
            }
            if self.rest().is_empty() {
                return Err(self.fault("the text ends, but a group is not closed by `)`"));
            }
            if !self.skip(',') {
                return Err(
                    self.fault("a quote or parenthesis has ended, so `,` or `)` must follow")
                );
            }
        }
    }

    fn content(&mut self, depth: usize) -> Result<GroupContent<'t>, GroupFault> {
        if self.rest().starts_with('"') {
            return self.quoted_filter();
        }
        let start = self.at;
        let name = self.until(&['=', ',', '(', ')']);
        let group = GroupKind::named(name);
        if self.rest().starts_with('(') {
            let Some(kind) = group else {
                return Err(self.no_group(start, name));
            };
            self.skip('(');
            return Ok(GroupContent::Group(kind, self.items(depth + 1)?));
        }
        if group.is_some() && self.rest().starts_with("=(") {
            let detail = format!("a group inside another has no `=`: write `{name}(…)`");
            return Err(self.fault(detail));
        }
        if !self.skip('=') {
            return Err(self.no_value(start, name));
        }
        let value = self.value()?;
        self.filter(start, Cow::Borrowed(name), value)
    }

    /// Reads a filter that is in quotes as a whole: `"make__in=Fiat,Seat"`.
    fn quoted_filter(&mut self) -> Result<GroupContent<'t>, GroupFault> {
        let start = self.at;
        let (_, text) = self.quoted()?;
        let split = match &text {
            Cow::Borrowed(text) => text
                .split_once('=')
                .map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value))),
            Cow::Owned(text) => text
                .split_once('=')
                .map(|(name, value)| (name.to_owned().into(), value.to_owned().into())),
        };
        match split {
            Some((name, value)) => self.filter(start, name, FilterText::Plain(value)),
            None => Err(self.no_value(start, &text)),
        }
    }

    fn filter(
        &mut self,
        start: usize,
        name: Cow<'t, str>,
        value: FilterText<'t>,
    ) -> Result<GroupContent<'t>, GroupFault> {
        let Some(left) = self.filters.checked_sub(1) else {
            self.at = start;
            let most = self.limits.filters;
            return Err(self.limit(format!(
                "there are more than {most} filters, the most that are read"
            )));
        };
        self.filters = left;
        Ok(GroupContent::Filter(name, value))
    }

    fn value(&mut self) -> Result<FilterText<'t>, GroupFault> {
        if self.rest().starts_with('"') {
            let (raw, text) = self.quoted()?;
            return Ok(FilterText::Quoted(raw, text));
        }
        if self.skip('(') {
            return self.list();
        }
        let value = self.until(&[',', '(', ')']);
        if self.rest().starts_with('(') {
            return Err(
                self.fault("a value with a parenthesis must be in quotes: `make=\"Fiat (I)\"`")
            );
        }
        Ok(FilterText::Plain(Cow::Borrowed(value)))
    }

    /// Reads a list of values after its opening parenthesis, up to its closing one.
    fn list(&mut self) -> Result<FilterText<'t>, GroupFault> {
        let start = self.at;
        loop {
            if self.rest().starts_with('"') {
                self.quoted()?;
            }
            self.until(&[',', '(', ')']);
            let end = self.at;
            if self.skip(')') {
                let list = self.text.get(start..end).unwrap_or_default();
                return Ok(FilterText::List(list));
            }
            if self.rest().is_empty() {
                return Err(self.fault("the text ends, but a list is not closed by `)`"));
            }
            if !self.skip(',') {
                return Err(self.fault(
                    "an item with a parenthesis must be in quotes: `make__in=(\"Fiat (I)\",Seat)`",
                ));
            }
        }
    }

    /// Reads a text in quotes; returns it with its quotes, and without.
    fn quoted(&mut self) -> Result<(&'t str, Cow<'t, str>), GroupFault> {
        let raw = self.rest();
        let Some((item, after)) = raw.strip_prefix('"').and_then(quoted_item) else {
            return Err(
                self.fault("a quote is not closed by another; inside it, `\"\"` is a quote")
            );
        };
        let length = raw.len() - after.len();
        self.at += length;
        Ok((raw.get(..length).unwrap_or_default(), item.text))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips a character if it is the next one.
    fn skip(&mut self, character: char) -> bool {
        let is_next = self.rest().starts_with(character);
        if is_next {
            self.at += character.len_utf8();
        }
        is_next
    }

    /// Reads up to one of the characters, or to the end.
    fn until(&mut self, ends: &[char]) -> &'t str {
        let rest = self.rest();
        let read = rest
            .find(ends)
            .map_or(rest, |end| rest.get(..end).unwrap_or_default());
        self.at += read.len();
        read
    }

    fn fault(&self, detail: impl Into<String>) -> GroupFault {
        GroupFault {
            at: self.at,
            code: Code::InvalidValue,
            detail: detail.into(),
        }
    }

    fn limit(&self, detail: String) -> GroupFault {
        GroupFault {
            code: Code::LimitExceeded,
            ..self.fault(detail)
        }
    }

    fn no_group(&self, start: usize, name: &str) -> GroupFault {
        let kinds = GroupKind::ALL.map(|kind| kind.parameter().name());
        let detail = match name {
            "" => "a group begins with its name: `or(…)`, `and(…)` or `not(…)`".to_owned(),
            name => {
                let all = "groups are `or(…)`, `and(…)` and `not(…)`";
                let all = hint::followed(&hint::nearest(name, kinds), all);
                format!("`{}` is no group{all}", hint::shown(name))
            }
        };
        GroupFault {
            at: start,
            ..self.fault(detail)
        }
    }

    fn no_value(&self, start: usize, name: &str) -> GroupFault {
        let detail = match name {
            "" => "a filter is missing".to_owned(),
            name if GroupKind::named(name).is_some() => {
                format!("`{name}` is a group: write `{name}(…)`")
            }
            name => format!(
                "`{0}` has no value: write `{0}=…`, a list in parentheses, as in `(a,b)`, and a value with a comma in quotes",
                hint::shown(name)
            ),
        };
        GroupFault {
            at: start,
            ..self.fault(detail)
        }
    }
}
