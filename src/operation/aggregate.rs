//! The operation that computes numbers of groups of rows, and which columns its answer has.

use std::fmt;

use super::Parent;
use crate::{
    cell::Type,
    condition::Condition,
    error::Result,
    model::{Column, Model},
    params::{
        AggregateFunction, AggregateTerm, FacetFilter, GroupTerm, Position, ResultOrder, Served,
    },
    predicate::{DatePart, Predicate},
};

/// An operation that groups the rows of a list, and computes numbers of each group, such as its number of rows.
///
/// Its answer is a page of rows: one for each group, with a cell for each term of `group_by`, then one for each of
/// `aggregate`.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Aggregate {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    pub(crate) filter: Predicate,
    /// Conditions added by `and`, whose column names are not yet looked up in the model.
    pub(crate) also: Vec<Condition>,
    pub(crate) groups: Vec<GroupTerm>,
    pub(crate) aggregates: Vec<AggregateTerm>,
    /// The order of the groups, which names every term of `groups`, so that it is total.
    pub(crate) order: Vec<ResultOrder>,
    pub(crate) position: Position,
    /// The number of groups on a page.
    pub(crate) size: u64,
    /// The most groups on all pages.
    pub(crate) most_groups: u64,
    /// The limit on the bytes of the rows.
    pub(crate) most_bytes: usize,
    /// Whether a sum of more than 64 bits is a text of digits, and not a JSON number.
    pub(crate) integers_as_text: bool,
}

impl Aggregate {
    /// Creates the operation that counts the rows that have each value of a column, the most frequent value first. It
    /// reads `most` values.
    pub(crate) fn of_facet(facet: &FacetFilter, most: u64) -> Self {
        let value = GroupTerm {
            name: "value".to_owned(),
            through: Vec::new(),
            column: facet.column,
            part: None,
        };
        let count = AggregateTerm {
            name: "count".to_owned(),
            function: AggregateFunction::Count,
            column: None,
        };
        let order = |(member, descending)| ResultOrder { member, descending };
        Self {
            parent: None,
            filter: facet.filter.clone(),
            also: Vec::new(),
            groups: vec![value],
            aggregates: vec![count],
            order: [(1, true), (0, false)].map(order).into(),
            position: Position::Page(1),
            size: most,
            most_groups: u64::MAX,
            most_bytes: usize::MAX,
            integers_as_text: false,
        }
    }

    /// Narrows the rows to those that meet the condition. A mistake in the condition is reported as by
    /// [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Returns the position of the requested page of groups.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the number of groups on a page.
    #[must_use]
    pub const fn page_size(&self) -> u64 {
        self.size
    }

    /// Returns the names of the cells of the answer's rows, in order: `make`, `count`, `avg_price`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let groups = self.groups.iter().map(|group| &*group.name);
        groups.chain(self.aggregates.iter().map(|term| &*term.name))
    }

    /// Looks the column names of the added conditions up in the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.filter = self.filter.and(condition.over(model, relations)?);
        }
        Ok(self)
    }

    /// Returns the columns of the answer's rows, given the model of the rows that are grouped.
    pub(crate) fn columns(&self, model: &Model) -> Vec<Column> {
        let groups = self.groups.iter();
        let groups = groups.filter_map(|group| group.column_of(model));
        let aggregates = self.aggregates.iter();
        groups
            .chain(aggregates.map(|term| term.column_of(model)))
            .collect()
    }
}

/// Shows the page and the names of the members, but no filter values.
impl fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregate")
            .field("position", &self.position)
            .field("page_size", &self.size)
            .field("names", &self.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl GroupTerm {
    /// Returns the column that rows are grouped by; `None` if the model lacks it.
    pub(crate) fn source<'m>(&'m self, model: &'m Model) -> Option<&'m Column> {
        let last = self.through.last();
        last.map_or(model, |step| &step.join.target).at(self.column)
    }

    /// Returns the column that shows the group in an answer.
    fn column_of(&self, model: &Model) -> Option<Column> {
        let source = self.source(model)?;
        let shown = match self.part {
            None => Column {
                ty: source.ty.clone(),
                storage: source.storage,
                ..Column::new(self.name.clone(), source.ty.clone(), true)
            },
            Some(DatePart::Date) => Column::new(self.name.clone(), Type::Date, true),
            Some(DatePart::Year | DatePart::Month | DatePart::Day) => {
                Column::new(self.name.clone(), INTEGER, true)
            }
        };
        Some(shown)
    }
}

/// The type of counts and of sums of integers.
const INTEGER: Type = Type::Integer {
    bits: 64,
    signed: true,
};

impl AggregateTerm {
    /// Returns the column that shows the number in an answer.
    fn column_of(&self, model: &Model) -> Column {
        let source = self.column.and_then(|number| model.at(number));
        let own = source.map_or(INTEGER, |column| column.ty.clone());
        let ty = match self.function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => INTEGER,
            AggregateFunction::Avg if own != Type::Float => Type::Decimal,
            AggregateFunction::Sum | AggregateFunction::Avg if own == Type::Float => Type::Float,
            AggregateFunction::Sum if own != Type::Decimal => INTEGER,
            AggregateFunction::Sum | AggregateFunction::Avg => Type::Decimal,
            AggregateFunction::Min | AggregateFunction::Max => own,
        };
        let storage = source.map(|column| column.storage).unwrap_or_default();
        Column {
            storage,
            ..Column::new(self.name.clone(), ty, true)
        }
    }
}
