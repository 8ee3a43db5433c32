//! How a database keeps the values of a column, where its type does not say.

/// How a database without the type keeps a column's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) timestamp: TimestampFormat,
    /// Whatever the database prefers, unless it is said.
    pub(crate) uuid: Option<UuidFormat>,
    /// The column is declared as a text of decimal digits.
    pub(crate) decimal_text: bool,
    /// The connections cannot compare values of this column as what they are.
    pub(crate) incomparable: bool,
    /// A float of 32 bits.
    pub(crate) single: bool,
    /// A text that the database takes for equal to others: padded, or of a collation that ignores differences.
    pub(crate) loose: bool,
    /// How the elements of an array are read, which is shown as a JSON document; none of any other column.
    pub(crate) array: Option<Elements>,
    /// Bytes that are read as texts in UTF-8.
    pub(crate) utf8: bool,
    /// SQLite lacks the column's collation, so that it is compared and ordered byte for byte.
    pub(crate) bytewise: bool,
    /// SQLite keeps numbers and texts in it, and all are read as the texts it makes of them.
    pub(crate) cast: bool,
    /// SQLite keeps values of the column's type alone, so that comparisons need not look at each value's class.
    pub(crate) certain: bool,
    /// Equal moments or times of the column are equal texts, as far as SQLite's samples tell.
    pub(crate) uniform: bool,
    /// The texts in which SQLite keeps the truths of the column, where they are no numbers.
    pub(crate) truths: Option<Truths>,
    /// The column can hold infinite days and moments.
    pub(crate) infinite: bool,
    /// The empty text is a member of the enum although it is not listed: MySQL's value for what is no member.
    pub(crate) empty_member: bool,
    /// The database is known to take only equal texts of it for equal.
    pub(crate) exact: bool,
    /// The database holds its values unique, alone or together with other columns.
    pub(crate) held: bool,
    pub(crate) keys: Keys,
}

/// Which values of a column are one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those whose cells are equal.
    #[default]
    Exact,
    /// Those that the database's own comparison takes for equal, by type and collation: their cells may differ.
    Compared,
}

/// How the elements of PostgreSQL's arrays are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    /// Each as a column of its type is.
    ByType,
    /// As the texts PostgreSQL makes of them.
    AsTexts,
    /// As PostgreSQL writes them in JSON.
    AsJson,
}

/// The texts of true and false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Truths {
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
}

impl Truths {
    pub(crate) const ALL: [Self; 12] = [
        Self::of("t", "f"),
        Self::of("T", "F"),
        Self::of("true", "false"),
        Self::of("TRUE", "FALSE"),
        Self::of("True", "False"),
        Self::of("y", "n"),
        Self::of("Y", "N"),
        Self::of("yes", "no"),
        Self::of("YES", "NO"),
        Self::of("Yes", "No"),
        Self::of("on", "off"),
        Self::of("ON", "OFF"),
    ];

    const fn of(yes: &'static str, no: &'static str) -> Self {
        Self { yes, no }
    }

    /// Reads a text as a truth.
    pub(crate) fn read(self, text: &str) -> Option<bool> {
        match text {
            text if text == self.yes => Some(true),
            text if text == self.no => Some(false),
            _ => None,
        }
    }
}

/// The form in which SQLite holds the timestamps of a column as text. Values in another form read as null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampFormat {
    /// `2014-01-02 03:04:05`, with `.5` and up to nine digits if there is a fraction: what SQLite's
    /// `CURRENT_TIMESTAMP` and sqlx's naive timestamps write. The default.
    #[default]
    Space,
    /// `2014-01-02T03:04:05`, with a fraction as in [`Space`](Self::Space).
    T,
    /// `2014-01-02T03:04:05+00:00`, with a fraction before the offset: what sqlx's zoned timestamps write.
    Offset,
    /// `2014-01-02T03:04:05.678Z`, always three digits: what JavaScript's `toISOString` writes.
    Millis,
    /// `2014-01-02 03:04:05+00:00`, with a fraction before the offset: what Python's `str` writes of a moment in UTC.
    SpaceOffset,
    /// Any of these, mixed: a space or a `T`, with or without seconds and a fraction, a `Z`, an offset, or a day alone,
    /// which is its first moment. Moments without an offset are in UTC, as SQLite has them. No index serves comparisons.
    ///
    /// Of a column of times: with or without seconds.
    Any,
}

/// The one form in which SQLite or MySQL holds the UUIDs of a column. Values in another form read as null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UuidFormat {
    /// Hyphenated lower case text. SQLite's default.
    #[default]
    Text,
    /// Sixteen bytes: what sqlx's `Uuid` writes. MySQL's default.
    Bytes,
    /// MariaDB's type `uuid`, which is found by its index and ordered without: the type puts the last digits first, so that
    /// orderings and ranges compare its bytes. Elsewhere this is [`Text`](Self::Text).
    Native,
}
