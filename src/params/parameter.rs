//! The reserved parameters, in one table for the parser, its error messages and the descriptions.

/// A parameter with a reserved name. A column of the same name is filtered with a lookup, as in `page__exact`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Page,
    PageSize,
    Ordering,
    SortBy,
    Search,
    Fields,
    Expand,
    Format,
    Cursor,
    Limit,
    Offset,
    Facet,
    Aggregate,
    GroupBy,
    Count,
    Or,
    And,
    Not,
    Form,
}

/// The kinds of request whose query string the library reads. Each kind accepts a different set of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Root,
    List,
    Object,
    /// A request to change every row of a list.
    Rows,
    /// A request whose answer shows no rows, such as a deletion.
    Nothing,
}

/// A parameter, its name in a query string, the kinds of request that accept it, and its meaning.
type Entry = (Parameter, &'static str, &'static [Reads], &'static str);

use Reads::{List, Object, Root, Rows};

impl Parameter {
    /// Every reserved parameter. One that no kind of request accepts is always refused, but its name is kept for later
    /// use.
    #[rustfmt::skip]
    pub(crate) const ALL: &'static [Entry] = &[
        (Self::Page, "page", &[List], "the page, counted from 1; `last`; `all` where the whole list is offered"),
        (Self::PageSize, "page_size", &[List], "how many rows a page has"),
        (Self::Ordering, "ordering", &[List], "the columns to order by; a `-` before one reverses it"),
        (Self::SortBy, "sort_by", &[List], "another name of `ordering`"),
        (Self::Search, "search", &[List, Rows], "words and phrases in quotes, each of which must occur in one of the searched columns"),
        (Self::Fields, "fields", &[List, Object], "the members to show"),
        (Self::Expand, "expand", &[List, Object], "the relations to embed instead of linking to them"),
        (Self::Format, "format", &[List, Object, Root, Rows], "the format of the answer, whatever `Accept` says"),
        (Self::Cursor, "cursor", &[List], "the page that `next` or `previous` of another leads to; empty for the first, where cursors are offered"),
        (Self::Limit, "limit", &[List], "how many rows a window has, where windows are offered"),
        (Self::Offset, "offset", &[List], "how many rows of the list are before the window"),
        (Self::Facet, "facet", &[List], "the columns whose values are counted beside the page, where that is offered"),
        (Self::Aggregate, "aggregate", &[List], "numbers of groups of rows instead of rows, such as `count,avg(price)`, where that is offered"),
        (Self::GroupBy, "group_by", &[List], "the columns by which rows form the groups of `aggregate`"),
        (Self::Count, "count", &[List], "how the rows are counted, where that can be chosen: `exact`, `none`, `capped`, `estimated`"),
        (Self::Or, "or", &[List, Rows], "filters in a group, of which one must hold: `or=(make=Fiat,year__gte=2010)`"),
        (Self::And, "and", &[List, Rows], "filters in a group, which must all hold"),
        (Self::Not, "not", &[List, Rows], "filters in a group, which must not all hold"),
        (Self::Form, "_form", &[], "reserved"),
    ];

    /// The parameters whose values are groups of filters.
    pub(crate) const GROUPS: [Self; 3] = [Self::Or, Self::And, Self::Not];

    /// Returns the reserved parameter with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let row = Self::ALL.iter().find(|(_, known, ..)| *known == name);
        row.map(|(parameter, ..)| *parameter)
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, ..)| name)
    }

    /// Returns the meaning of the parameter.
    pub(crate) fn meaning(self) -> &'static str {
        self.row().map_or("", |(.., meaning)| meaning)
    }

    /// Whether a kind of request, such as one for a list, accepts the parameter.
    pub(super) fn is_of(self, reads: Reads) -> bool {
        self.row().is_some_and(|(_, _, of, _)| of.contains(&reads))
    }

    /// Returns the parameters that a kind of request, such as one for a list, accepts.
    pub(crate) fn of(reads: Reads) -> impl Iterator<Item = Self> {
        let taken = Self::ALL
            .iter()
            .filter(move |(_, _, of, _)| of.contains(&reads));
        taken.map(|(parameter, ..)| *parameter)
    }

    /// Whether the value is a group of filters.
    pub(crate) fn is_group(self) -> bool {
        Self::GROUPS.contains(&self)
    }

    /// Whether the parameter asks something of many rows at once.
    pub(super) const fn is_summary(self) -> bool {
        matches!(self, Self::Facet | Self::Aggregate | Self::GroupBy)
    }

    fn row(self) -> Option<&'static Entry> {
        Self::ALL.iter().find(|(parameter, ..)| *parameter == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_has_one_row_and_one_name() {
        for (at, (parameter, name, ..)) in Parameter::ALL.iter().enumerate() {
            let (before, _) = Parameter::ALL.split_at(at);
            assert!(
                before
                    .iter()
                    .all(|(other, known, ..)| other != parameter && known != name)
            );
            assert_eq!(Parameter::named(name), Some(*parameter));
            assert_eq!(parameter.name(), *name);
        }
        // A variant without a row in `ALL` could never be sent. This match names every variant, so a new one must be
        // added here.
        let count = |parameter| match parameter {
            Parameter::Page
            | Parameter::PageSize
            | Parameter::Ordering
            | Parameter::SortBy
            | Parameter::Search
            | Parameter::Fields
            | Parameter::Expand
            | Parameter::Format
            | Parameter::Cursor
            | Parameter::Limit
            | Parameter::Offset
            | Parameter::Facet
            | Parameter::Aggregate
            | Parameter::GroupBy
            | Parameter::Count
            | Parameter::Or
            | Parameter::And
            | Parameter::Not
            | Parameter::Form => 19,
        };
        assert_eq!(Parameter::ALL.len(), count(Parameter::Page));
    }

    #[test]
    fn the_guide_explains_every_parameter_that_is_taken() {
        let guide = include_str!("../../docs/guide/lists.md");
        for (_, name, of, words) in Parameter::ALL {
            let row = format!("| `{name}` | {words} |");
            assert_eq!(guide.contains(&row), !of.is_empty(), "{row}");
        }
    }
}
