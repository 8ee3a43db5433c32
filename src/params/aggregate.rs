//! Aggregates over groups of rows: `aggregate=count,avg(price)&group_by=make&ordering=-avg_price`.
//!
//! 1. Filters, groups of filters, search and scope say which rows there are. They form one group for each combination of
//!    the values of `group_by`; without it, all of them form one.
//! 2. The answer has an object for each group, in the order of the groups unless `ordering` names groups or aggregates. The
//!    groups that it does not name follow, so that the order is total.
//! 3. Pages are numbered, whatever pages the viewset offers of its rows.

use std::ops::Range;

use super::{
    format::Format,
    group_by::GroupTerm,
    hint,
    paging::{Count, Position},
    pairs,
    parameter::Parameter,
    reading::QueryReader,
};
use crate::{
    cell::Type,
    error::Code,
    model::{Column, ColumnNumber},
    predicate::Predicate,
};

/// The parsed query string of a request for aggregates.
#[derive(Debug)]
pub(crate) struct AggregateParams {
    pub(crate) filter: Predicate,
    pub(crate) groups: Vec<GroupTerm>,
    pub(crate) aggregates: Vec<AggregateTerm>,
    pub(crate) order: Vec<ResultOrder>,
    pub(crate) position: Position,
    pub(crate) size: u64,
    /// The byte range of the value of `page` in the query string; `None` if `page` was not sent.
    pub(crate) page_at: Option<Range<usize>>,
}

/// A number of a group, such as `avg(price)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AggregateTerm {
    /// The name of the member: `avg_price`.
    pub(crate) name: String,
    pub(crate) function: AggregateFunction,
    /// The column whose values count; `None` for the number of rows.
    pub(crate) column: Option<ColumnNumber>,
}

/// A function of the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AggregateFunction {
    /// The number of rows or, of a column, of values that are not null.
    Count,
    /// The number of different values that are not null.
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
}

/// A term of the order of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ResultOrder {
    /// The index of the member among the groups, then the aggregates.
    pub(crate) member: usize,
    pub(crate) descending: bool,
}

impl AggregateFunction {
    /// Every function, with its name.
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Count, "count"),
        (Self::CountDistinct, "count_distinct"),
        (Self::Sum, "sum"),
        (Self::Avg, "avg"),
        (Self::Min, "min"),
        (Self::Max, "max"),
    ];

    /// Whether the function takes values of the column.
    pub(crate) const fn suits(self, column: &Column) -> bool {
        match self {
            Self::Count | Self::CountDistinct => true,
            Self::Sum | Self::Avg => matches!(
                column.ty,
                Type::Integer { .. } | Type::Float | Type::Decimal
            ),
            Self::Min | Self::Max => matches!(
                column.ty,
                Type::Integer { .. }
                    | Type::Float
                    | Type::Decimal
                    | Type::Text
                    | Type::Date
                    | Type::Time
                    | Type::Timestamp
                    | Type::ZonedTimestamp
            ),
        }
    }
}

/// Whether the query string asks for aggregates and not for rows.
pub(crate) fn asks_for_aggregates(query: &str) -> bool {
    let names = [Parameter::Aggregate, Parameter::GroupBy].map(Parameter::name);
    let may_ask = query.contains('%') || names.iter().any(|name| query.contains(name));
    may_ask && {
        let pairs = pairs::read(query, &mut Vec::new());
        let mut pairs = pairs.iter().filter(|pair| !pair.negated);
        pairs.any(|pair| names.contains(&&*pair.name))
    }
}

impl QueryReader<'_> {
    /// Returns the terms of `aggregate`.
    pub(super) fn aggregates(&mut self, groups: &[GroupTerm]) -> Vec<AggregateTerm> {
        let offer = self.offer;
        if !offer.offers(Parameter::Aggregate) {
            return Vec::new();
        }
        let Some(pair) = self.reserved(Parameter::Aggregate) else {
            let detail =
                "`group_by` forms the groups of an `aggregate`; add one, such as `aggregate=count`";
            self.fault("group_by", Code::Conflicting, detail);
            return Vec::new();
        };
        let example = ["count".to_owned()];
        let Some(items) = self.names(&pair, offer.limits.aggregates, &example) else {
            return Vec::new();
        };
        let mut terms: Vec<AggregateTerm> = Vec::new();
        for item in items {
            let text = hint::shown(&item.text);
            match self.aggregate_term(&item.text) {
                Ok(term) if terms.contains(&term) => {
                    let detail = format!("`aggregate` names `{text}` more than once");
                    self.fault("aggregate", Code::Repeated, detail);
                }
                Ok(term)
                    if groups.iter().any(|group| group.name == term.name)
                        || terms.iter().any(|other| other.name == term.name) =>
                {
                    let detail = format!(
                        "`{text}` would be shown as `{}`, but another member has that name",
                        term.name
                    );
                    self.fault("aggregate", Code::Conflicting, detail);
                }
                Ok(term) => terms.push(term),
                Err((code, detail)) => self.fault("aggregate", code, detail),
            }
        }
        terms
    }

    /// Reads a term such as `count` or `avg(price)`.
    fn aggregate_term(&self, text: &str) -> Result<AggregateTerm, (Code, String)> {
        let shown = hint::shown(text);
        let inside = |text: &str| text.strip_suffix(')').map(str::to_owned);
        let (name, column) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(inside(rest).ok_or_else(|| not_written(&shown))?)),
            None => (text, None),
        };
        let functions = || AggregateFunction::ALL.map(|(_, name)| name);
        let named = (AggregateFunction::ALL.into_iter()).find(|(_, known)| *known == name);
        let Some((function, _)) = named else {
            let near = hint::nearest(name, functions());
            let all = format!("the functions are {}", hint::list(functions()));
            let all = hint::followed(&near, &all);
            return Err((
                Code::InvalidValue,
                format!("there is no aggregate `{shown}`{all}"),
            ));
        };
        let Some(column) = column else {
            if function == AggregateFunction::Count {
                return Ok(AggregateTerm {
                    name: name.to_owned(),
                    function,
                    column: None,
                });
            }
            return Err(not_written(&shown));
        };
        let (number, known) = self.aggregated(&column, &shown)?;
        if !function.suits(known) {
            let fit = AggregateFunction::ALL.into_iter();
            let fit = fit.filter(|(function, _)| function.suits(known));
            let detail = format!(
                "`{column}` is of type {} and has no `{name}`; its functions are {}",
                known.type_name(),
                hint::list(fit.map(|(_, name)| name))
            );
            return Err((Code::InvalidValue, detail));
        }
        Ok(AggregateTerm {
            name: self.offer.summary_name(name, &column),
            function,
            column: Some(number),
        })
    }

    /// Returns the column that a function names, if the viewset offers its aggregates.
    fn aggregated(
        &self,
        name: &str,
        shown: &str,
    ) -> Result<(ColumnNumber, &Column), (Code, String)> {
        let offer = self.offer;
        let columns = offer.summaries.aggregates.iter().flatten();
        let columns = columns.filter_map(|number| Some((*number, offer.model.at(*number)?)));
        let found = columns.clone().find(|(_, column)| column.name() == name);
        found.ok_or_else(|| {
            let names: Vec<_> = columns.map(|(_, column)| column.name()).collect();
            let near = hint::nearest(name, names.iter().copied());
            let all = match names.is_empty() {
                true => "only `count` is offered".to_owned(),
                false => format!("they are those of {}", hint::list(names)),
            };
            let (label, all) = (&offer.label, hint::followed(&near, &all));
            let detail = format!("{label} has no aggregate `{shown}`{all}");
            (Code::UnknownField, detail)
        })
    }

    /// Returns the order of the groups.
    pub(super) fn result_order(
        &mut self,
        groups: &[GroupTerm],
        aggregates: &[AggregateTerm],
    ) -> Vec<ResultOrder> {
        let names = groups.iter().map(|group| &*group.name);
        let names: Vec<&str> = names
            .chain(aggregates.iter().map(|one| &*one.name))
            .collect();
        let mut order: Vec<ResultOrder> = Vec::new();
        let pair = self
            .reserved(Parameter::Ordering)
            .or_else(|| self.reserved(Parameter::SortBy));
        if let Some(pair) = pair {
            let example: Vec<_> = names.iter().take(2).copied().map(hint::in_a_list).collect();
            let most = self.offer.limits.ordering_terms;
            for term in self.names(&pair, most, &example).unwrap_or_default() {
                let name = term.text.strip_prefix('-').unwrap_or(&term.text);
                let shown = hint::shown(&term.text);
                match names.iter().position(|known| *known == name) {
                    Some(member) if order.iter().any(|other| other.member == member) => {
                        let detail = format!("`{}` names `{shown}` more than once", pair.name);
                        self.fault(&*pair.name, Code::Repeated, detail);
                    }
                    Some(member) => order.push(ResultOrder {
                        member,
                        descending: term.text.starts_with('-'),
                    }),
                    None => {
                        let near = hint::nearest_as(name, names.iter().copied(), hint::in_a_list);
                        let all = hint::list_as(names.iter().copied(), hint::in_a_list);
                        let all = hint::followed(&near, &format!("their members are {all}"));
                        let detail = format!("the groups cannot be ordered by `{shown}`{all}");
                        self.fault(&*pair.name, Code::UnknownField, detail);
                    }
                }
            }
        }
        for member in 0..groups.len() {
            if !order.iter().any(|other| other.member == member) {
                order.push(ResultOrder {
                    member,
                    descending: false,
                });
            }
        }
        order
    }

    /// Returns the page of groups that `page` and `page_size` ask for.
    pub(super) fn aggregate_page(&mut self) -> (Position, u64) {
        let size = self.size(Parameter::PageSize);
        let pair = self.reserved(Parameter::Page);
        if pair.is_some_and(|pair| pair.value == "all") {
            let detail = "`page=all` is the whole list of rows, not of groups; follow `next` from page to page";
            self.fault("page", Code::Conflicting, detail);
            return (Position::Page(1), size);
        }
        (self.position(Format::Json, Count::Exact), size)
    }

    /// Adds a fault for each parameter that is about rows, and removes it.
    pub(super) fn refuse_beside_aggregates(&mut self) {
        const OF_ROWS: [Parameter; 7] = [
            Parameter::Fields,
            Parameter::Expand,
            Parameter::Facet,
            Parameter::Cursor,
            Parameter::Limit,
            Parameter::Offset,
            Parameter::Count,
        ];
        for parameter in OF_ROWS {
            let name = parameter.name();
            if self.reserved(parameter).is_some() {
                let detail = format!(
                    "`{name}` is about rows, and `aggregate` about groups of them; give one"
                );
                self.fault(name, Code::Conflicting, detail);
            }
        }
        // The pages of groups are numbered even where those of rows are not.
        let taken = [Parameter::Page, Parameter::PageSize];
        let handled = OF_ROWS.into_iter().chain(taken).map(Parameter::name);
        let handled: Vec<_> = handled.collect();
        self.pairs
            .retain(|pair| pair.negated || !handled.contains(&&*pair.name));
    }
}

fn not_written(shown: &str) -> (Code, String) {
    let detail = format!(
        "`aggregate` has `{shown}`, but takes `count`, and functions of a column, such as `avg(price)`"
    );
    (Code::InvalidValue, detail)
}
