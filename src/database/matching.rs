//! Matching related rows to the rows that refer to them.
//!
//! A related row (an owner) matches a leading row (a car) if the join's columns are equal (`owner_id`). If the database
//! may take different keys for equal, the statement returns with each related row the position of the leading key that
//! it matched, and that position decides.

use std::{collections::HashMap, ops::Range};

use super::fetched::Fetched;
use crate::{
    cell::{BODY_BYTES, Cell, Row, Rows, Value, write_text},
    error::{Code, Error, Result, SERVER_FAILED},
    model::{ColumnNumber, Join},
    operation::Wanted,
};

/// The distinct keys by which leading rows refer to related rows, such as the values of `owner_id` in the cars that
/// were read.
#[derive(Debug)]
pub(super) struct LeadingKeys {
    /// Each key once. The position of a key in this list is the number of the key.
    pub(super) values: Vec<Vec<Value>>,
    numbers: HashMap<Vec<u8>, usize>,
    /// The number of the key of each leading row (such as a car); `None` if the key is null.
    of: Vec<Option<usize>>,
}

/// The range of the shown related rows that belong to one leading row (such as the parts of a car), and whether the
/// leading row has more of them, which are not shown.
pub(super) type Share = (Range<usize>, bool);

impl LeadingKeys {
    /// Collects the distinct keys by which `rows`, the leading rows, refer to others. `columns` are the columns of the
    /// rows, sorted.
    pub(super) fn of(join: &Join, columns: &[ColumnNumber], rows: &Rows) -> Result<Self> {
        let places = places(join.here(), columns)?;
        let mut keys = Self {
            values: Vec::new(),
            numbers: HashMap::new(),
            of: Vec::with_capacity(rows.len()),
        };
        for row in rows.iter() {
            let number = key(row, &places).map(|key| {
                *keys.numbers.entry(key).or_insert_with(|| {
                    let cells = places.iter().map(|place| row.cell(*place));
                    keys.values.push(cells.filter_map(Cell::to_value).collect());
                    keys.values.len() - 1
                })
            });
            keys.of.push(number);
        }
        Ok(keys)
    }

    /// Returns, for each related row, the number of the key in its cells at `places`; `None` if the key is null or no
    /// leading row has it. A key that cannot be read is null, and has been logged.
    fn numbers_of(&self, rows: &Rows, places: &[usize]) -> Vec<Option<usize>> {
        let number = |row| key(row, places).and_then(|key| self.numbers.get(&key).copied());
        rows.iter().map(number).collect()
    }

    /// Returns the related rows that are shown, at most `wanted.most` for each key, and for each leading row its share:
    /// the range of those that belong to it. Leading rows with the same key have the same share.
    pub(super) fn share(&self, wanted: &Wanted, fetched: Fetched) -> Result<(Rows, Vec<Share>)> {
        let (join, rows) = (&wanted.join, fetched.rows);
        let numbers = match (&fetched.pairs, &*fetched.readers) {
            (Some(pairs), _) => {
                self.numbers_of(pairs, &(0..join.here().count()).collect::<Vec<_>>())
            }
            (None, []) => self.numbers_of(&rows, &places(join.there(), &wanted.columns)?),
            (None, said) => {
                let said = said.iter().map(|read| usize::try_from(read.reader).ok());
                said.collect()
            }
        };
        let most = match join.many {
            true => usize::try_from(wanted.most).unwrap_or(usize::MAX),
            false => 1,
        };
        let mut of_keys = vec![(Vec::new(), false); self.values.len()];
        let mut order = Vec::new();
        for (at, number) in numbers.into_iter().enumerate() {
            let own = number.and_then(|number| Some((number, of_keys.get_mut(number)?)));
            let Some((number, (own, more))) = own else {
                continue;
            };
            if own.is_empty() {
                order.push(number);
            }
            if own.len() < most {
                own.push(at);
            } else {
                *more = join.many;
            }
        }
        let mut shown = Vec::with_capacity(rows.len());
        let mut shares = vec![Share::default(); of_keys.len()];
        for number in order {
            if let (Some((own, more)), Some(share)) = (of_keys.get(number), shares.get_mut(number))
            {
                *share = (shown.len()..shown.len() + own.len(), *more);
                shown.extend_from_slice(own);
            }
        }
        let of = self.of.iter().map(|number| {
            let share = number.and_then(|number| shares.get(number));
            share.cloned().unwrap_or_default()
        });
        Ok((picked(rows, wanted.columns.len(), &shown), of.collect()))
    }
}

/// Returns the rows at these positions, in this order; unchanged if these are all rows in order.
fn picked(rows: Rows, width: usize, places: &[usize]) -> Rows {
    if places.iter().copied().eq(0..rows.len()) {
        return rows;
    }
    let picked = places.iter().filter_map(|place| rows.get(*place));
    Rows::new(width, picked.map(Row::cells))
}

/// Returns the position of each of `columns` in `read`, the sorted columns that were read.
fn places(
    columns: impl Iterator<Item = ColumnNumber>,
    read: &[ColumnNumber],
) -> Result<Vec<usize>> {
    columns
        .map(|column| {
            let place = read.binary_search(&column);
            place.map_err(|_| unfit("rows were read without the columns that lead to others"))
        })
        .collect()
}

/// Encodes the key in the cells at `places` as bytes: the length and the text of each cell. Returns `None` if a cell
/// is null.
fn key(row: Row<'_>, places: &[usize]) -> Option<Vec<u8>> {
    let (mut key, mut text) = (Vec::new(), Vec::new());
    for place in places {
        let cell = row.cell(*place);
        if cell == Cell::Null {
            return None;
        }
        text.clear();
        write_text(cell, BODY_BYTES, &mut text);
        key.extend_from_slice(&text.len().to_le_bytes());
        key.extend_from_slice(&text);
    }
    Some(key)
}

/// Returns the internal error of a bug in this crate, which `words` describe for the log.
pub(super) fn unfit(words: &'static str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
