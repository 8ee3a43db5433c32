//! The cells that a statement over groups reads of each, and those that an answer shows.
//!
//! A database adds exactly, but averages by rules of its own. So an average is read as a sum and a count, and divided here,
//! by one rule for all databases.

use super::{Dialect, group_dialect::is_float, window::no_such_page};
use crate::{
    cell::{Cell, ExactSum, Row, Rows, Tape, Type, average as average_of, trimmed},
    error::{Code, Error, Result},
    model::{Column, Model},
    operation::{Aggregate, Page, pages, too_large},
    params::{AggregateFunction, AggregateTerm, CountIs, GroupTerm, Position},
    predicate::DatePart,
};

/// The kind of numbers that are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Summands {
    /// Whole numbers. A sum of more than 64 bits is shown as a text or as a JSON number.
    Integers {
        as_text: bool,
    },
    Decimals,
    /// Decimals with zeros at their end that do not count, except of the last one.
    PaddedDecimals,
}

/// How the cells that are read for a member become the one that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MemberCells {
    /// The cell is shown as it is.
    AsIs,
    /// Numbers, of which there are so many, whose sum is shown.
    Sum { parts: usize, of: Summands },
    /// Numbers whose sum is divided by a count, which follows them.
    Average { parts: usize },
    /// A float, and a count by which it is divided.
    FloatAverage,
}

impl MemberCells {
    fn of(term: &AggregateTerm, as_text: bool, model: &Model, dialect: &dyn Dialect) -> Self {
        let Some(column) = term.column.and_then(|number| model.at(number)) else {
            return Self::AsIs;
        };
        let parts = || dialect.sums(column, sea_query::Expr::cust("1")).len();
        match term.function {
            AggregateFunction::Sum if is_float(column) => Self::AsIs,
            AggregateFunction::Sum => Self::Sum {
                parts: parts(),
                of: match column.ty {
                    Type::Decimal if dialect.pads_zeros(column) => Summands::PaddedDecimals,
                    Type::Decimal => Summands::Decimals,
                    _ => Summands::Integers { as_text },
                },
            },
            AggregateFunction::Avg if is_float(column) => Self::FloatAverage,
            AggregateFunction::Avg => Self::Average { parts: parts() },
            AggregateFunction::Count
            | AggregateFunction::CountDistinct
            | AggregateFunction::Min
            | AggregateFunction::Max => Self::AsIs,
        }
    }

    /// Returns how many cells are read.
    const fn width(self) -> usize {
        match self {
            Self::AsIs => 1,
            Self::Sum { parts, .. } => parts,
            Self::Average { parts } => parts + 1,
            Self::FloatAverage => 2,
        }
    }

    /// Appends the cell that is shown, given those that were read.
    fn show(self, read: &[Cell<'_>], tape: &mut Tape) {
        let first = read.first().copied().unwrap_or(Cell::Null);
        match self {
            Self::AsIs => tape.push(first),
            Self::Sum { of, .. } => {
                let pads = of == Summands::PaddedDecimals;
                match (exact_sum(read, pads), of) {
                    (None, _) => tape.push(Cell::Null),
                    (Some(sum), Summands::Integers { as_text }) => {
                        show_integer(&sum, as_text, tape);
                    }
                    (Some(sum), Summands::Decimals | Summands::PaddedDecimals) => {
                        tape.push(Cell::Decimal(&sum));
                    }
                }
            }
            Self::Average { parts } => {
                let (sums, count) = read.split_at_checked(parts).unwrap_or_default();
                let count = count.first().and_then(|cell| number(*cell));
                let average = exact_sum(sums, false).zip(count);
                let average = average.and_then(|(sum, count)| average_of(&sum, count));
                tape.push(average.as_deref().map_or(Cell::Null, Cell::Decimal));
            }
            Self::FloatAverage => {
                let count = read.get(1).and_then(|cell| number(*cell));
                tape.push(match (first, count) {
                    #[expect(clippy::cast_precision_loss, reason = "floats are approximate")]
                    (Cell::Float(sum), Some(count)) if count > 0 => Cell::Float(sum / count as f64),
                    _ => Cell::Null,
                });
            }
        }
    }
}

fn number(cell: Cell<'_>) -> Option<u64> {
    match cell {
        Cell::Integer(number) => u64::try_from(number).ok(),
        _ => None,
    }
}

/// Returns the sum of decimal numbers; `None` if one of them is null. If `pads`, zeros at their end do not count, except of
/// the last one.
fn exact_sum(numbers: &[Cell<'_>], pads: bool) -> Option<String> {
    let mut sum = ExactSum::default();
    for (at, number) in (1..).zip(numbers) {
        match number {
            Cell::Decimal(text) if pads && at < numbers.len() => sum.add(trimmed(text)),
            Cell::Decimal(text) => sum.add(text),
            _ => return None,
        }
    }
    sum.text()
}

/// Appends a whole number. One of more than 64 bits is its digits: as a text, or as a JSON document, which is a number.
pub(crate) fn show_integer(digits: &str, as_text: bool, tape: &mut Tape) {
    if let Ok(number) = digits.parse() {
        tape.push(Cell::Integer(number));
    } else if let Ok(number) = digits.parse() {
        tape.push(Cell::Unsigned(number));
    } else if as_text {
        tape.push(Cell::Text(digits));
    } else if !tape.push_json(digits) {
        tape.push(Cell::Null);
    }
}

/// Returns the columns of the rows that the statement reads, as a model.
pub(super) fn raw_model(aggregate: &Aggregate, model: &Model, dialect: &dyn Dialect) -> Model {
    let mut columns = Vec::new();
    for group in &aggregate.groups {
        columns.extend(raw_group(group, model));
    }
    for term in &aggregate.aggregates {
        let reading = MemberCells::of(term, aggregate.integers_as_text, model, dialect);
        let source = term.column.and_then(|number| model.at(number));
        for at in 0..reading.width() {
            let name = format!("{}_{at}", term.name);
            columns.push(match reading {
                MemberCells::Sum { .. } => summand(name, source),
                MemberCells::Average { parts } if at < parts => summand(name, source),
                MemberCells::FloatAverage if at == 0 => Column::new(name, Type::Float, true),
                MemberCells::FloatAverage | MemberCells::Average { .. } => {
                    Column::new(name, INTEGER, true)
                }
                MemberCells::AsIs => raw_cell(name, term.function, source),
            });
        }
    }
    Model::of_columns(model.name(), columns)
}

const INTEGER: Type = Type::Integer {
    bits: 64,
    signed: true,
};

fn raw_group(group: &GroupTerm, model: &Model) -> Option<Column> {
    let source = group.source(model)?;
    let name = group.name.clone();
    Some(match group.part {
        None => of_type(name, source),
        Some(DatePart::Date) => Column::new(name, Type::Date, true),
        Some(DatePart::Year | DatePart::Month | DatePart::Day) => Column::new(name, INTEGER, true),
    })
}

/// Returns the column of a number that is added.
fn summand(name: String, source: Option<&Column>) -> Column {
    let mut column = Column::new(name, Type::Decimal, true);
    column.storage.decimal_text = source.is_some_and(|source| source.storage.decimal_text);
    column
}

fn raw_cell(name: String, function: AggregateFunction, source: Option<&Column>) -> Column {
    match (function, source) {
        (AggregateFunction::Min | AggregateFunction::Max, Some(source)) => of_type(name, source),
        (AggregateFunction::Sum | AggregateFunction::Avg, _) => {
            Column::new(name, Type::Float, true)
        }
        _ => Column::new(name, INTEGER, true),
    }
}

/// Returns a column of the type and the storage of another. Booleans are read as numbers.
fn of_type(name: String, source: &Column) -> Column {
    let mut column = Column::new(name, source.ty.clone(), true);
    column.storage = source.storage;
    column.storage.truths = None;
    column
}

/// Returns the rows of an answer, given those that the statement has read.
pub(crate) fn shown_groups(
    aggregate: &Aggregate,
    model: &Model,
    rows: &Rows,
    dialect: &dyn Dialect,
) -> Result<Rows> {
    let groups = aggregate.groups.iter().map(|_| MemberCells::AsIs);
    let terms = aggregate.aggregates.iter();
    let terms = terms.map(|term| MemberCells::of(term, aggregate.integers_as_text, model, dialect));
    let readings: Vec<_> = groups.chain(terms).collect();
    let mut tape = Tape::within(readings.len(), aggregate.most_bytes);
    for row in rows.iter() {
        show_row(&readings, row, &mut tape);
        if tape.overflows(aggregate.most_bytes) {
            return Err(too_large());
        }
    }
    Ok(tape.finish())
}

impl Page {
    /// Creates a page of groups. `total` is the number of all groups, which was read with each of `rows`; `None` if there
    /// are none, or if all rows form one group.
    ///
    /// # Errors
    ///
    /// When there are too many groups, or the page does not exist.
    pub(crate) fn of_groups(aggregate: &Aggregate, rows: Rows, total: Option<u64>) -> Result<Self> {
        if let Position::Page(number @ 2..) = aggregate.position
            && rows.is_empty()
        {
            return Err(no_such_page(number, None));
        }
        let total = total.unwrap_or(rows.len() as u64);
        if total > aggregate.most_groups {
            return Err(too_many_groups(total, aggregate.most_groups));
        }
        let size = aggregate.size;
        let pages = pages(total, size);
        let (number, rows) = match aggregate.position {
            Position::Page(number) => (number, rows),
            Position::Last | Position::Offset(_) | Position::Cursor | Position::All => {
                let own = total - (pages - 1) * size;
                let own = usize::try_from(own).unwrap_or(usize::MAX);
                (pages, rows.truncated(own).reversed())
            }
        };
        Ok(Self {
            position: Position::Page(number),
            total: Some(total),
            count_is: CountIs::Exact,
            more: number < pages,
            rows,
            related: Vec::new(),
            facets: Vec::new(),
            beside: None,
            existed: 0,
        })
    }
}

fn too_many_groups(total: u64, most: u64) -> Error {
    let detail = format!(
        "the rows form {total} groups, but at most {most} are answered; narrow the list with filters, or group it by less"
    );
    Error::new(Code::LimitExceeded, detail)
}

fn show_row(readings: &[MemberCells], row: Row<'_>, tape: &mut Tape) {
    let cells: Vec<_> = row.cells().collect();
    let mut from = 0;
    for reading in readings {
        let read = cells.get(from..from + reading.width());
        reading.show(read.unwrap_or_default(), tape);
        from += reading.width();
    }
}
