//! Groups of rows in memory, with their aggregates, by the rules of the statements over groups.

use std::{cmp::Ordering, iter::zip};

use super::{MemoryTable, compare::part_of, elsewhere};
use crate::{
    cell::{Cell, ExactSum, Row, Rows, Tape, Type, Value, average, sort_cells},
    error::Result,
    model::{ColumnNumber, Model},
    operation::{Aggregate, FacetCounts, Page},
    params::{AggregateFunction, AggregateTerm, FacetFilter, GroupTerm, Position},
    statement::show_integer,
};

impl Aggregate {
    /// Returns the page of groups over rows in memory, for a manager without a database. The rows are as in
    /// [`List::over`](crate::List::over).
    ///
    /// # Errors
    ///
    /// The errors of [`List::over`](crate::List::over), and one if there are too many groups. It is a failure of the
    /// server if the groups lead to rows of another model.
    pub fn over(&self, model: &Model, rows: &Rows) -> Result<Page> {
        let aggregate = self.clone().read(model, &[])?;
        let leads_away = aggregate
            .groups
            .iter()
            .any(|group| !group.through.is_empty());
        if aggregate.parent.is_some() || leads_away {
            return Err(elsewhere(model));
        }
        let table = MemoryTable::new(model, rows)?;
        let groups = table.groups(&aggregate)?;
        let total = groups.len();
        let size = usize::try_from(aggregate.size).unwrap_or(usize::MAX);
        let page: Vec<_> = match aggregate.position {
            Position::Page(number) => {
                let skip = usize::try_from(number - 1)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(size);
                groups.iter().skip(skip).take(size).collect()
            }
            Position::Last | Position::Offset(_) | Position::Cursor | Position::All => {
                groups.iter().rev().take(size).collect()
            }
        };
        let shown = table.shown_groups(&page, &aggregate);
        Page::of_groups(&aggregate, shown, Some(total as u64))
    }
}

/// The value of a member of a group; `None` is null.
type MemberValue = Option<Value>;

impl<'a> MemoryTable<'a> {
    /// Counts the rows that have each value of a column, the most frequent value first.
    pub(super) fn facet(self, facet: &FacetFilter, most: u64) -> Result<FacetCounts> {
        let aggregate = Aggregate::of_facet(facet, most);
        let groups = self.groups(&aggregate)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let values: Vec<_> = groups.iter().take(most).collect();
        Ok(FacetCounts {
            column: facet.column,
            values: self.shown_groups(&values, &aggregate),
            more: groups.len() > most,
        })
    }

    /// Returns the members of all groups, in order: those that the rows are grouped by, then the aggregates.
    fn groups(self, aggregate: &Aggregate) -> Result<Vec<Vec<MemberValue>>> {
        let selected = self.selected(&aggregate.filter)?;
        let rows = selected.iter().filter_map(|at| self.rows.get(*at));
        let key = |row: Row<'a>| {
            let parts = aggregate.groups.iter();
            let parts: Vec<_> = parts.map(|group| self.group_value(row, group)).collect();
            (parts, row)
        };
        let mut keyed: Vec<_> = rows.map(key).collect();
        keyed.sort_by(|(left, _), (right, _)| compare_all(left, right));
        let mut groups: Vec<Vec<MemberValue>> = Vec::new();
        for same in keyed.chunk_by(|(left, _), (right, _)| compare_all(left, right).is_eq()) {
            let rows: Vec<_> = same.iter().map(|(_, row)| *row).collect();
            let mut members = (0..aggregate.groups.len())
                .map(|at| first_text(same.iter().filter_map(|(key, _)| key.get(at))))
                .collect::<Vec<_>>();
            members.extend(
                aggregate
                    .aggregates
                    .iter()
                    .map(|term| self.number(&rows, term)),
            );
            groups.push(members);
        }
        if aggregate.groups.is_empty() && groups.is_empty() {
            let terms = aggregate.aggregates.iter();
            groups.push(terms.map(|term| self.number(&[], term)).collect());
        }
        groups.sort_by(|left, right| {
            let each = aggregate.order.iter().map(|order| {
                let rising = match (left.get(order.member), right.get(order.member)) {
                    (Some(left), Some(right)) => compare_values(left, right),
                    _ => Ordering::Equal,
                };
                if order.descending {
                    rising.reverse()
                } else {
                    rising
                }
            });
            each.fold(Ordering::Equal, Ordering::then)
        });
        Ok(groups)
    }

    fn group_value(self, row: Row<'a>, group: &GroupTerm) -> MemberValue {
        let cell = self.cell(row, group.column);
        match group.part {
            Some(part) => part_of(cell, part),
            None => seen(cell).to_value(),
        }
    }

    /// Returns the cells of a column that are not null.
    fn cells(self, rows: &[Row<'a>], column: ColumnNumber) -> Vec<Cell<'a>> {
        let cells = rows.iter().map(|row| seen(self.cell(*row, column)));
        cells.filter(|cell| *cell != Cell::Null).collect()
    }

    fn number(self, rows: &[Row<'a>], term: &AggregateTerm) -> MemberValue {
        let count = |count: usize| Some(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)));
        let Some(column) = term.column else {
            return count(rows.len());
        };
        let mut cells = self.cells(rows, column);
        let order = |left: &Cell<'_>, right: &Cell<'_>| sort_cells(*left, *right);
        match term.function {
            AggregateFunction::Count => count(cells.len()),
            AggregateFunction::CountDistinct => {
                cells.sort_by(order);
                cells.dedup_by(|left, right| order(left, right).is_eq());
                count(cells.len())
            }
            AggregateFunction::Min => cells.into_iter().min_by(order).and_then(Cell::to_value),
            AggregateFunction::Max => cells.into_iter().max_by(order).and_then(Cell::to_value),
            AggregateFunction::Sum => match self.is_float(column) {
                true => float_sum(&cells).map(Value::Float),
                false => exact_sum(&cells).text().map(Value::Decimal),
            },
            AggregateFunction::Avg if self.is_float(column) => {
                #[expect(clippy::cast_precision_loss, reason = "floats are approximate")]
                let count = cells.len() as f64;
                float_sum(&cells).map(|sum| Value::Float(sum / count))
            }
            AggregateFunction::Avg => {
                let sum = exact_sum(&cells);
                let average = sum.text().and_then(|text| average(&text, sum.count()));
                average.map(Value::Decimal)
            }
        }
    }

    fn is_float(self, column: ColumnNumber) -> bool {
        let column = self.model.at(column);
        column.is_some_and(|column| column.ty == Type::Float)
    }

    /// Returns the groups as the rows of an answer.
    fn shown_groups(self, groups: &[&Vec<MemberValue>], aggregate: &Aggregate) -> Rows {
        let is_integer = |column: ColumnNumber| {
            let column = self.model.at(column);
            column.is_some_and(|column| matches!(column.ty, Type::Integer { .. }))
        };
        let adds_integers = |term: &AggregateTerm| {
            term.function == AggregateFunction::Sum && term.column.is_some_and(is_integer)
        };
        let adds = aggregate.groups.iter().map(|_| false);
        let adds: Vec<_> = adds
            .chain(aggregate.aggregates.iter().map(adds_integers))
            .collect();
        let mut tape = Tape::new(adds.len());
        for group in groups {
            for (value, adds_integers) in zip(*group, &adds) {
                match value {
                    Some(Value::Decimal(digits)) if *adds_integers => {
                        show_integer(digits, aggregate.integers_as_text, &mut tape);
                    }
                    Some(value) => tape.push(value.as_cell()),
                    None => tape.push(Cell::Null),
                }
            }
        }
        tape.finish()
    }
}

/// Returns a cell as groups have it: zero has no sign, and what is not finite is null.
fn seen(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Float(number) if !number.is_finite() => Cell::Null,
        Cell::Float(number) => Cell::Float(number + 0.0),
        cell => cell,
    }
}

/// Returns the sum of floats; `None` if there are none, or if one is so large that a sum could be infinite.
fn float_sum(cells: &[Cell<'_>]) -> Option<f64> {
    let mut sum = None;
    for cell in cells {
        match cell {
            Cell::Float(number) if number.abs() < 1e290 => {
                sum = Some(sum.unwrap_or(0.0) + number);
            }
            _ => return None,
        }
    }
    sum
}

fn exact_sum(cells: &[Cell<'_>]) -> ExactSum {
    let mut sum = ExactSum::default();
    for cell in cells {
        match cell {
            Cell::Integer(number) => sum.add(itoa::Buffer::new().format(*number)),
            Cell::Unsigned(number) => sum.add(itoa::Buffer::new().format(*number)),
            Cell::Decimal(text) => sum.add(text),
            _ => {}
        }
    }
    sum
}

/// Returns the first value or, of equal decimals such as `1.5` and `1.50`, the first of their texts.
fn first_text<'v>(values: impl Iterator<Item = &'v MemberValue>) -> MemberValue {
    let least = values.min_by(|left, right| match (left, right) {
        (Some(Value::Decimal(left)), Some(Value::Decimal(right))) => left.cmp(right),
        _ => Ordering::Equal,
    });
    least.cloned().flatten()
}

/// Compares two values, as for sorting. A null is the largest value.
fn compare_values(left: &MemberValue, right: &MemberValue) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => sort_cells(left.as_cell(), right.as_cell()),
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

fn compare_all(left: &[MemberValue], right: &[MemberValue]) -> Ordering {
    let each = zip(left, right).map(|(left, right)| compare_values(left, right));
    each.fold(Ordering::Equal, Ordering::then)
}
