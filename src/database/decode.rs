//! Decoding the rows of a statement: their cells, the numbers selected before them (a total, for example), and a log
//! of unreadable values.

use std::{iter::repeat_n, mem};

use super::fetched::{Fetched, ReadBy};
use crate::{
    cell::{Cell, Rows, Tape},
    error::Error,
    model::{Column, ColumnNumber, Model},
    operation::too_large,
    statement::{Leads, Pairs, Plan, Statement},
};

/// Returns the `f64` that prints as the shortest text of an `f32`: 0.1, not 0.10000000149011612.
pub(super) fn shortest(number: f32) -> f64 {
    if number.is_finite() {
        let text = zmij::Buffer::new().format(number).parse();
        return text.unwrap_or_else(|_| number.into());
    }
    number.into()
}

/// The decoder of the rows that a database server sends. The types of a result's columns are checked once, with its
/// first row.
pub(super) struct RowDecoder<'p, W> {
    plan: &'p Plan,
    taking: Taking<'p>,
    /// The wire format (how the server sends values) of each column of the result; empty until the types are checked.
    wires: Vec<W>,
    scratch: String,
}

impl<'p, W: Copy> RowDecoder<'p, W> {
    pub(super) fn new(statement: &'p Statement) -> Self {
        Self {
            plan: &statement.plan,
            taking: Taking::new(statement),
            wires: Vec::new(),
            scratch: String::new(),
        }
    }

    /// Checks the types of the result's columns with [`wires`], if this is the first row.
    pub(super) fn check_types<'n>(
        &mut self,
        total: W,
        wire: impl Fn(usize, &Column) -> Option<W>,
        name: impl Fn(usize) -> &'n str,
    ) -> Result<(), String> {
        if self.wires.is_empty() {
            self.wires = wires(self.plan, total, wire, name)?;
        }
        Ok(())
    }

    /// Decodes a row as [`Taking::row`] does. `cell` also gets the wire format of the value, and a buffer to build
    /// texts in.
    pub(super) fn row(
        &mut self,
        lead: impl Fn(usize) -> Option<u64>,
        mut cell: impl FnMut(usize, W, &Column, &mut String, &mut Tape) -> bool,
    ) {
        let (wires, scratch) = (&self.wires, &mut self.scratch);
        self.taking.row(lead, |at, column, tape| {
            let wire = wires.get(at);
            wire.is_some_and(|wire| cell(at, *wire, column, scratch, tape))
        });
    }

    /// Takes the values by which the row is ordered, as [`Taking::marks`] does.
    pub(super) fn marks(&mut self, mark: impl FnMut(usize, &mut Tape)) {
        self.taking.marks(mark);
    }

    /// Returns an error if the rows exceed their limit in bytes, as [`Taking::check`] does.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.taking.check()
    }

    /// Returns the rows so far if they have at least `least` bytes, as [`Taking::cut`] does.
    pub(super) fn cut(&mut self, least: usize) -> Option<Rows> {
        self.taking.cut(least)
    }

    pub(super) fn finish(self) -> (Fetched, u64) {
        self.taking.finish()
    }
}

/// Returns the wire format of each column of a result, in order: `total` for the leading numbers (see [`Leads`]), and
/// the result of `wire` for each column of a model.
///
/// # Errors
///
/// A message with the `name` of the stored type, if `wire` returns `None`: the column cannot be read as its type in the
/// model.
fn wires<'n, W: Copy>(
    plan: &Plan,
    total: W,
    wire: impl Fn(usize, &Column) -> Option<W>,
    name: impl Fn(usize) -> &'n str,
) -> Result<Vec<W>, String> {
    let pairs = plan.pairs.iter().flat_map(|pairs| {
        let columns = pairs.columns.iter();
        columns.map(|number| known(&pairs.model, *number))
    });
    let own = plan.columns.iter();
    let own = own.map(|number| known(&plan.model, *number));
    let lead = plan.lead.map_or(0, Leads::width);
    let written = |(at, column): (usize, Result<Option<&Column>, String>)| {
        let Some(column) = column? else {
            return Ok(total);
        };
        wire(at, column).ok_or_else(|| {
            let (model, sql, ty) = (plan.model.name(), &column.sql, column.ty.name());
            let stored = name(at);
            format!(
                "{model}: the column `{sql}` is of type {stored} in the database, which cannot be read as {ty}"
            )
        })
    };
    let columns = pairs.chain(repeat_n(Ok(None), lead)).chain(own);
    columns.enumerate().map(written).collect()
}

/// Returns the model's column with this number, or an error if the model has none. Without the error, the decoder would
/// read it as null.
fn known(model: &Model, number: ColumnNumber) -> Result<Option<&Column>, String> {
    let missing = || format!("{} has no column {number}", model.name());
    model.at(number).map(Some).ok_or_else(missing)
}

/// The decoder of a statement's rows, for any database; `RowDecoder` adds the wire formats of a server.
pub(super) struct Taking<'p> {
    lead: Option<Leads>,
    read: Decoder<'p>,
    pairs: Option<Decoder<'p>>,
    /// How many values by which the rows are ordered follow the cells of each, and the values.
    marks: Option<(usize, Tape)>,
    total: Option<u64>,
    readers: Vec<ReadBy>,
    count: u64,
    most_bytes: usize,
}

impl<'p> Taking<'p> {
    /// Makes the decoder of a statement's rows.
    pub(super) fn new(statement: &'p Statement) -> Self {
        let (plan, most_bytes) = (&*statement.plan, statement.most_bytes);
        let pairs = plan.pairs.as_ref();
        Self {
            lead: plan.lead,
            read: Decoder::of_rows(plan, most_bytes),
            pairs: pairs.map(|pairs| Decoder::of_pairs(pairs, most_bytes)),
            marks: (plan.marks > 0).then(|| (plan.marks, Tape::within(plan.marks, most_bytes))),
            most_bytes,
            total: None,
            readers: Vec::new(),
            count: 0,
        }
    }

    /// Decodes a row: its leading numbers, if the statement selects any, and each of its cells.
    ///
    /// `lead` returns the leading number at a position of the row. `cell` appends the value at a position of the row to
    /// the tape, as its column's type; if it cannot, it returns `false` and appends nothing.
    pub(super) fn row(
        &mut self,
        lead: impl Fn(usize) -> Option<u64>,
        mut cell: impl FnMut(usize, &Column, &mut Tape) -> bool,
    ) {
        match self.lead {
            Some(Leads::Total) if self.count == 0 => self.total = lead(0),
            Some(by @ (Leads::Reader | Leads::ReaderAndTotal)) => self.readers.push(ReadBy {
                reader: lead(0).unwrap_or(u64::MAX),
                total: (by == Leads::ReaderAndTotal).then(|| lead(1)).flatten(),
            }),
            _ => {}
        }
        if let Some(pairs) = &mut self.pairs {
            pairs.row(&mut cell);
        }
        self.read.row(&mut cell);
        self.count += 1;
    }

    /// Takes the values by which the row is ordered, if the statement selects them. `mark` appends the value at a position
    /// of the row to the tape, as bytes that the same database can bind again.
    pub(super) fn marks(&mut self, mut mark: impl FnMut(usize, &mut Tape)) {
        let Some((width, tape)) = &mut self.marks else {
            return;
        };
        let first = self.read.first + self.read.columns.len();
        (first..first + *width).for_each(|at| mark(at, tape));
    }

    /// Returns an error if the rows exceed the statement's limit in bytes.
    pub(super) fn check(&self) -> Result<(), Error> {
        let pairs = self.pairs.as_ref().map(|pairs| &pairs.tape);
        let tapes = [
            Some(&self.read.tape),
            pairs,
            self.marks.as_ref().map(|(_, tape)| tape),
        ];
        let mut tapes = tapes.into_iter().flatten();
        if tapes.any(|tape| tape.overflows(self.most_bytes)) {
            return Err(too_large());
        }
        Ok(())
    }

    /// Returns the rows so far if they have at least `least` bytes, and begins a new tape for later rows.
    pub(super) fn cut(&mut self, least: usize) -> Option<Rows> {
        let Decoder { tape, columns, .. } = &mut self.read;
        let is_enough = tape.size() >= least;
        is_enough.then(|| mem::replace(tape, Tape::new(columns.len())).finish())
    }

    /// Returns the result and its number of rows, and logs the unreadable values.
    pub(super) fn finish(self) -> (Fetched, u64) {
        let fetched = Fetched {
            rows: self.read.finish(),
            total: self.total,
            readers: self.readers,
            pairs: self.pairs.map(Decoder::finish),
            marks: self.marks.map(|(_, tape)| tape.finish()),
        };
        (fetched, self.count)
    }
}

/// The decoder of columns that are beside each other in a row and belong to one model.
struct Decoder<'p> {
    model: &'p Model,
    columns: Vec<(ColumnNumber, Option<&'p Column>)>,
    /// The position in the row of the first of `columns`.
    first: usize,
    tape: Tape,
    unreadable: Unreadable,
}

impl<'p> Decoder<'p> {
    /// Makes the decoder of the model's own columns in the rows of a statement, up to `most` bytes.
    fn of_rows(plan: &'p Plan, most: usize) -> Self {
        let pairs = plan.pairs.as_ref().map_or(0, |pairs| pairs.columns.len());
        let first = plan.lead.map_or(0, Leads::width) + pairs;
        Self::new(&plan.model, &plan.columns, first, most)
    }

    /// Makes the decoder of the junction's columns, which are at the start of each row, up to `most` bytes.
    fn of_pairs(pairs: &'p Pairs, most: usize) -> Self {
        Self::new(&pairs.model, &pairs.columns, 0, most)
    }

    fn new(model: &'p Model, columns: &'p [ColumnNumber], first: usize, most: usize) -> Self {
        let column = |number: &ColumnNumber| (*number, model.at(*number));
        Self {
            model,
            columns: columns.iter().map(column).collect(),
            first,
            tape: Tape::within(columns.len(), most),
            unreadable: Unreadable::default(),
        }
    }

    fn row(&mut self, cell: &mut impl FnMut(usize, &Column, &mut Tape) -> bool) {
        for (at, (number, column)) in (self.first..).zip(&self.columns) {
            if !column.is_some_and(|column| cell(at, column, &mut self.tape)) {
                self.tape.push(Cell::Null);
                self.unreadable.count(*number);
            }
        }
    }

    fn finish(self) -> Rows {
        self.unreadable.log(self.model);
        self.tape.finish()
    }
}

/// The number of values of each column that could not be read as the column's type.
#[derive(Debug, Default)]
struct Unreadable(Vec<(ColumnNumber, u64)>);

impl Unreadable {
    fn count(&mut self, column: ColumnNumber) {
        match self.0.iter_mut().find(|(other, _)| *other == column) {
            Some((_, count)) => *count += 1,
            None => self.0.push((column, 1)),
        }
    }

    /// Logs a warning for each column with unreadable values.
    fn log(self, model: &Model) {
        for (number, count) in self.0 {
            let Some(column) = model.at(number) else {
                continue;
            };
            tracing::warn!(
                model = model.name(),
                column = column.sql,
                expected = column.ty.name(),
                count,
                "stored values cannot be read as the column's type and are served as null"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn a_single_float_is_the_number_it_was_written_as() {
        assert_eq!(shortest(0.1), 0.1);
        assert_eq!(shortest(f32::MAX), 3.402_823_5e38);
        assert!(shortest(f32::NAN).is_nan());
    }
}
