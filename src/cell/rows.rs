//! Rows that keep all cells in one tape (a list of cells, and buffers for their texts and bytes), whose memory is
//! reused after the rows are dropped.
//!
//! A page of rows needs three allocations, whatever the number of its cells. Allocating new buffers of 200 KB for each
//! page would take longer than encoding the page: the allocator returns such memory to the system, which must map it
//! again.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Cell, Infinite, Time, Timestamp};

/// Rows with the same number of cells each. They own their cells, and are cheap to clone.
///
/// ```
/// use tower_rest::{Cell, Rows};
/// let rows = Rows::new(2, [[Cell::Integer(1), Cell::Text("Fiat")], [Cell::Integer(2), Cell::Null]]);
/// assert_eq!(rows.len(), 2);
/// assert_eq!(rows.get(0).unwrap().cell(1), Cell::Text("Fiat"));
/// ```
#[derive(Clone)]
pub struct Rows {
    tape: Arc<Tape>,
    reversed: bool,
    /// The part of the tape that these rows show: at most `most` of its rows, from its row `first` on.
    first: usize,
    most: usize,
}

/// One row of [`Rows`].
#[derive(Clone, Copy)]
pub struct Row<'a> {
    tape: &'a Tape,
    cells: &'a [Packed],
}

impl Rows {
    /// Creates rows of `width` cells each.
    ///
    /// A shorter row is filled with nulls, a longer one is cut.
    pub fn new<'a, R>(width: usize, rows: impl IntoIterator<Item = R>) -> Self
    where
        R: IntoIterator<Item = Cell<'a>>,
    {
        let mut tape = Tape::new(width);
        for row in rows {
            let mut cells = row.into_iter();
            for _ in 0..width {
                tape.push(cells.next().unwrap_or(Cell::Null));
            }
        }
        tape.finish()
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all().min(self.most)
    }

    fn all(&self) -> usize {
        let rows = self.tape.buffers.cells.len() / self.tape.width.max(1);
        rows.saturating_sub(self.first)
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the row at a position counted from zero.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Row<'_>> {
        let last = self.len().checked_sub(1)?;
        let from_the_end = last.checked_sub(at)?;
        let at = self.first + if self.reversed { from_the_end } else { at };
        let width = self.tape.width;
        let cells = self.tape.buffers.cells.get(at * width..(at + 1) * width)?;
        Some(Row {
            tape: &self.tape,
            cells,
        })
    }

    /// Returns the rows, first to last.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map_while(|at| self.get(at))
    }

    /// Returns the rows in reverse order, without copying them.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reversed = !self.reversed;
        self
    }

    /// Returns the number of bytes of memory that the cells, texts and binary values take.
    pub(crate) fn bytes(&self) -> usize {
        if self.len() * self.tape.width == self.tape.buffers.cells.len() {
            return self.tape.size();
        }
        let rows = self.iter();
        let cells = rows.flat_map(|row| row.cells.iter().map(|cell| cell.bytes()));
        cells.sum()
    }

    /// Returns the first rows, at most `most`.
    pub(crate) fn truncated(mut self, most: usize) -> Self {
        self.most = self.most.min(most);
        self
    }

    /// Returns at most `most` of the rows, from the row `first` on, without copying them.
    pub(crate) fn part(&self, first: usize, most: usize) -> Self {
        Self {
            first: self.first + first,
            most: most.min(self.most.saturating_sub(first)),
            ..self.clone()
        }
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .zip(other.iter())
                .all(|(left, right)| left.cells().eq(right.cells()))
    }
}

impl<'a> Row<'a> {
    /// Returns the cell at a position counted from zero; null past the end of the row.
    #[must_use]
    pub fn cell(self, at: usize) -> Cell<'a> {
        self.cells
            .get(at)
            .map_or(Cell::Null, |packed| self.tape.read(*packed))
    }

    /// Returns the cells, first to last.
    pub fn cells(self) -> impl Iterator<Item = Cell<'a>> {
        self.cells.iter().map(move |packed| self.tape.read(*packed))
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.cells()).finish()
    }
}

/// A builder of rows: the cells of all rows, one after the other, with their texts and bytes.
pub(crate) struct Tape {
    width: usize,
    buffers: Buffers,
}

struct Buffers {
    cells: Vec<Packed>,
    text: String,
    bytes: Vec<u8>,
    /// The number of bytes of texts and binary values that may still be added.
    room: usize,
    /// Whether a value did not fit and was replaced by a null.
    overflowed: bool,
}

/// A cell in sixteen bytes. `bits` and `extra` are its number, or start and length of its text or bytes in the buffers.
#[derive(Clone, Copy)]
struct Packed {
    kind: CellKind,
    extra: u32,
    bits: u64,
}

#[derive(Clone, Copy)]
enum CellKind {
    Null,
    Boolean,
    Integer,
    Unsigned,
    Float,
    Decimal,
    Text,
    Json,
    Bytes,
    Date,
    Time,
    Timestamp,
    ZonedTimestamp,
    Infinite,
    Uuid,
}

/// Buffers of dropped rows, kept for later rows. Both their number and the size of each are limited.
static SPARE: Mutex<Vec<Buffers>> = Mutex::new(Vec::new());
const MOST_SPARE: usize = 16;
const LARGEST_SPARE: usize = 4 << 20;

impl Tape {
    pub(crate) fn new(width: usize) -> Self {
        Self::within(width, usize::MAX)
    }

    /// Creates a tape for rows of `width` cells, with room for `most` bytes of texts and binary values. A value that
    /// does not fit becomes null, which [`Tape::overflows`] reports.
    pub(crate) fn within(width: usize, most: usize) -> Self {
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut buffers = spare.unwrap_or_default();
        buffers.room = most;
        Self { width, buffers }
    }

    /// Whether the tape takes more than `most` bytes, or a value did not fit into the room given to [`Tape::within`].
    pub(crate) fn overflows(&self, most: usize) -> bool {
        self.buffers.overflowed || self.size() > most
    }

    pub(crate) fn finish(self) -> Rows {
        Rows {
            tape: Arc::new(self),
            reversed: false,
            first: 0,
            most: usize::MAX,
        }
    }

    /// Returns the number of bytes of memory that the cells, texts and binary values take.
    pub(crate) fn size(&self) -> usize {
        let Buffers {
            cells, text, bytes, ..
        } = &self.buffers;
        size_of_val(cells.as_slice()) + text.len() + bytes.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, cell: Cell<'_>) {
        let buffers = &mut self.buffers;
        let packed = match cell {
            Cell::Null => Packed::new(CellKind::Null, 0),
            Cell::Boolean(value) => Packed::new(CellKind::Boolean, value.into()),
            Cell::Integer(value) => Packed::new(CellKind::Integer, value.cast_unsigned()),
            Cell::Unsigned(value) => Packed::new(CellKind::Unsigned, value),
            Cell::Float(value) => Packed::new(CellKind::Float, value.to_bits()),
            Cell::Decimal(text) => buffers.text(CellKind::Decimal, text),
            Cell::Text(text) => buffers.text(CellKind::Text, text),
            Cell::Json(text) => buffers.text(CellKind::Json, text),
            Cell::Bytes(bytes) => buffers.bytes(CellKind::Bytes, bytes),
            Cell::Uuid(uuid) => buffers.bytes(CellKind::Uuid, &uuid.to_be_bytes()),
            Cell::Infinite(infinite) => Packed::new(CellKind::Infinite, infinite.packed()),
            Cell::Date(date) => Packed::moment(CellKind::Date, date.midnight()),
            Cell::Time(time) => Packed::new(CellKind::Time, time.packed()),
            Cell::Timestamp(timestamp) => Packed::moment(CellKind::Timestamp, timestamp),
            Cell::ZonedTimestamp(timestamp) => Packed::moment(CellKind::ZonedTimestamp, timestamp),
        };
        buffers.cells.push(packed);
    }

    /// Pushes a JSON document without insignificant white space. Returns `false`, and pushes nothing, if `text` is no
    /// such document.
    pub(crate) fn push_json(&mut self, text: &str) -> bool {
        let start = self.buffers.text.len();
        if !super::compact_json(text, &mut self.buffers.text) {
            return false;
        }
        let length = self.buffers.text.len() - start;
        self.buffers
            .cells
            .push(Packed::place(CellKind::Json, start, length));
        true
    }

    #[inline]
    fn read(&self, packed: Packed) -> Cell<'_> {
        let Packed { kind, extra, bits } = packed;
        match kind {
            CellKind::Null => Cell::Null,
            CellKind::Boolean => Cell::Boolean(bits != 0),
            CellKind::Integer => Cell::Integer(bits.cast_signed()),
            CellKind::Unsigned => Cell::Unsigned(bits),
            CellKind::Float => Cell::Float(f64::from_bits(bits)),
            CellKind::Decimal => Cell::Decimal(self.text(packed)),
            CellKind::Text => Cell::Text(self.text(packed)),
            CellKind::Json => Cell::Json(self.text(packed)),
            CellKind::Bytes => Cell::Bytes(self.bytes(packed)),
            CellKind::Uuid => {
                let bytes = <[u8; 16]>::try_from(self.bytes(packed)).unwrap_or_default();
                Cell::Uuid(u128::from_be_bytes(bytes))
            }
            CellKind::Infinite => Cell::Infinite(Infinite::from_packed(bits)),
            CellKind::Date => Cell::Date(Timestamp::from_packed(bits, extra).date()),
            CellKind::Time => Cell::Time(Time::from_packed(bits)),
            CellKind::Timestamp => Cell::Timestamp(Timestamp::from_packed(bits, extra)),
            CellKind::ZonedTimestamp => Cell::ZonedTimestamp(Timestamp::from_packed(bits, extra)),
        }
    }

    fn text(&self, packed: Packed) -> &str {
        self.buffers.text.get(packed.range()).unwrap_or_default()
    }

    fn bytes(&self, packed: Packed) -> &[u8] {
        self.buffers.bytes.get(packed.range()).unwrap_or_default()
    }
}

impl Default for Buffers {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            text: String::new(),
            bytes: Vec::new(),
            room: usize::MAX,
            overflowed: false,
        }
    }
}

impl Buffers {
    /// Reserves room for a value of `length` bytes. Returns `false` if there is not enough.
    fn has_room(&mut self, length: usize) -> bool {
        match self.room.checked_sub(length) {
            Some(room) => self.room = room,
            None => self.overflowed = true,
        }
        !self.overflowed
    }

    fn text(&mut self, kind: CellKind, text: &str) -> Packed {
        if !self.has_room(text.len()) {
            return Packed::new(CellKind::Null, 0);
        }
        let start = self.text.len();
        self.text.push_str(text);
        Packed::place(kind, start, text.len())
    }

    fn bytes(&mut self, kind: CellKind, bytes: &[u8]) -> Packed {
        if !self.has_room(bytes.len()) {
            return Packed::new(CellKind::Null, 0);
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Packed::place(kind, start, bytes.len())
    }

    fn size(&self) -> usize {
        self.cells.capacity() * size_of::<Packed>() + self.text.capacity() + self.bytes.capacity()
    }
}

impl Packed {
    const fn new(kind: CellKind, bits: u64) -> Self {
        Self {
            kind,
            extra: 0,
            bits,
        }
    }

    fn moment(kind: CellKind, timestamp: Timestamp) -> Self {
        let (bits, extra) = timestamp.packed();
        Self { kind, extra, bits }
    }

    /// Creates a cell for a range of a buffer. A value of 4 GiB or more, which no database stores, reads as empty.
    fn place(kind: CellKind, start: usize, length: usize) -> Self {
        Self {
            kind,
            extra: u32::try_from(length).unwrap_or(0),
            bits: start as u64,
        }
    }

    /// Returns the number of bytes of memory that the cell takes, with its text or binary value.
    fn bytes(self) -> usize {
        let text = match self.kind {
            CellKind::Decimal
            | CellKind::Text
            | CellKind::Json
            | CellKind::Bytes
            | CellKind::Uuid => self.extra,
            CellKind::Null
            | CellKind::Boolean
            | CellKind::Integer
            | CellKind::Unsigned
            | CellKind::Float
            | CellKind::Date
            | CellKind::Time
            | CellKind::Timestamp
            | CellKind::ZonedTimestamp
            | CellKind::Infinite => 0,
        };
        size_of::<Self>() + text as usize
    }

    fn range(self) -> std::ops::Range<usize> {
        let start = usize::try_from(self.bits).unwrap_or(usize::MAX);
        start..start.saturating_add(self.extra as usize)
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let mut buffers = std::mem::take(&mut self.buffers);
        let size = buffers.size();
        if size == 0 || size > LARGEST_SPARE {
            return;
        }
        buffers.cells.clear();
        buffers.text.clear();
        buffers.bytes.clear();
        buffers.overflowed = false;
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MOST_SPARE {
            spare.push(buffers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_kind() -> Vec<Cell<'static>> {
        let timestamp = Timestamp::parse("1969-12-31T23:59:59.000000001")
            .expect("a timestamp")
            .0;
        vec![
            Cell::Null,
            Cell::Boolean(true),
            Cell::Integer(i64::MIN),
            Cell::Unsigned(u64::MAX),
            Cell::Float(-0.5),
            Cell::Decimal("1.50"),
            Cell::Text("Škoda"),
            Cell::Text(""),
            Cell::Bytes(&[0, 255]),
            Cell::Date(timestamp.date()),
            Cell::Time(timestamp.time()),
            Cell::Timestamp(timestamp),
            Cell::ZonedTimestamp(timestamp),
            Cell::Uuid(u128::MAX - 1),
            Cell::Json("[1]"),
        ]
    }

    #[test]
    fn every_kind_of_cell_comes_back_as_it_went_in() {
        let cells = every_kind();
        let rows = Rows::new(cells.len(), [cells.clone(), cells.clone()]);
        assert_eq!(rows.len(), 2);
        for row in rows.iter() {
            assert_eq!(row.cells().collect::<Vec<_>>(), cells);
        }
    }

    #[test]
    fn rows_are_read_from_either_end() {
        let rows = Rows::new(1, (1..=3).map(|number| [Cell::Integer(number)])).reversed();
        let numbers: Vec<_> = rows.iter().map(|row| row.cell(0)).collect();
        assert_eq!(
            numbers,
            [Cell::Integer(3), Cell::Integer(2), Cell::Integer(1)]
        );
        assert!(rows.get(3).is_none());
    }

    #[test]
    #[cfg(feature = "_server")]
    fn a_part_of_the_rows_is_rows() {
        fn numbers(rows: &Rows) -> Vec<Cell<'_>> {
            rows.iter().map(|row| row.cell(0)).collect()
        }
        let rows = Rows::new(1, (1..=5).map(|number| [Cell::Integer(number)]));
        let [two, three, four] = [2, 3, 4].map(Cell::Integer);
        let part = rows.part(1, 3);
        assert_eq!((part.len(), numbers(&part)), (3, vec![two, three, four]));
        assert_eq!(numbers(&part.clone().truncated(2)), [two, three]);
        assert_eq!(part.clone().truncated(9), part);
        assert_eq!(numbers(&part.clone().reversed()), [four, three, two]);
        assert_eq!(numbers(&part.part(2, 9)), [four]);
        assert!(rows.part(5, 1).is_empty() && rows.part(9, 1).get(0).is_none());
        assert_eq!(part, Rows::new(1, [[two], [three], [four]]));
    }

    #[test]
    fn a_row_is_as_wide_as_the_rows() {
        let rows = Rows::new(2, [vec![Cell::Boolean(true)], vec![Cell::Null; 3]]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.get(0).map(|row| row.cells().count()), Some(2));
        assert_eq!(rows.get(0).map(|row| row.cell(7)), Some(Cell::Null));
    }

    #[test]
    fn buffers_are_used_again() {
        let long = "x".repeat(1 << 20);
        // Other tests take spare buffers too, so a single attempt could fail.
        let again = (0..100).any(|_| {
            drop(Rows::new(1, [[Cell::Text(&long)]]));
            Tape::new(1).buffers.text.capacity() >= long.len()
        });
        assert!(again);
    }
}
