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
    /// The values of each key. Other fields name a key by its position in this list.
    pub(super) values: Vec<Vec<Value>>,
    positions: HashMap<Vec<u8>, usize>,
    /// The position of each leading row's key in `values`; `None` if the key is null.
    of: Vec<Option<usize>>,
}

/// The range of the shown related rows that belong to one leading row (such as the parts of a car), and whether the
/// leading row has more of them, which are not shown.
pub(super) type Share = (Range<usize>, bool);

impl LeadingKeys {
    /// Collects the distinct keys by which `rows`, the leading rows, refer to related rows. `columns` are the columns
    /// that `rows` have, sorted.
    pub(super) fn of(join: &Join, columns: &[ColumnNumber], rows: &Rows) -> Result<Self> {
        let places = places(join.here(), columns)?;
        let mut keys = Self {
            values: Vec::new(),
            positions: HashMap::new(),
            of: Vec::with_capacity(rows.len()),
        };
        for row in rows.iter() {
            let position = key(row, &places).map(|key| {
                *keys.positions.entry(key).or_insert_with(|| {
                    let cells = places.iter().map(|place| row.cell(*place));
                    keys.values.push(cells.filter_map(Cell::to_value).collect());
                    keys.values.len() - 1
                })
            });
            keys.of.push(position);
        }
        Ok(keys)
    }

    /// Returns, for each of the related `rows`, the position in `values` of the key in its cells at `places`; `None` if
    /// that key is null or no leading row has it. A key that cannot be read is null, and has been logged.
    fn positions_of(&self, rows: &Rows, places: &[usize]) -> Vec<Option<usize>> {
        let position = |row| key(row, places).and_then(|key| self.positions.get(&key).copied());
        rows.iter().map(position).collect()
    }

    /// Returns the related rows that are shown, at most `wanted.most` for each key, and the share of each leading row:
    /// the range of the related rows that belong to it. Leading rows with the same key have the same share.
    pub(super) fn share(&self, wanted: &Wanted, fetched: Fetched) -> Result<(Rows, Vec<Share>)> {
        let (join, rows) = (&wanted.join, fetched.rows);
        let positions = match (&fetched.pairs, &*fetched.readers) {
            (Some(pairs), _) => {
                self.positions_of(pairs, &(0..join.here().count()).collect::<Vec<_>>())
            }
            (None, []) => self.positions_of(&rows, &places(join.there(), &wanted.columns)?),
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
        for (at, position) in positions.into_iter().enumerate() {
            let own = position.and_then(|position| Some((position, of_keys.get_mut(position)?)));
            let Some((position, (own, more))) = own else {
                continue;
            };
            if own.is_empty() {
                order.push(position);
            }
            if own.len() < most {
                own.push(at);
            } else {
                *more = join.many;
            }
        }
        let mut shown = Vec::with_capacity(rows.len());
        let mut shares = vec![Share::default(); of_keys.len()];
        for position in order {
            if let (Some((own, more)), Some(share)) =
                (of_keys.get(position), shares.get_mut(position))
            {
                *share = (shown.len()..shown.len() + own.len(), *more);
                shown.extend_from_slice(own);
            }
        }
        let of = self.of.iter().map(|position| {
            let share = position.and_then(|position| shares.get(position));
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
