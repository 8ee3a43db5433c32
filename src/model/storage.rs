//! Storage: how a database stores the values of a column, beyond the type.

/// The storage of a column's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) timestamp: TimestampFormat,
    /// The form of UUIDs; the database's default if `None`.
    pub(crate) uuid: Option<UuidFormat>,
    /// Whether the column is declared as a text of decimal digits.
    pub(crate) decimal_text: bool,
    /// Whether the connections cannot compare the values by their type.
    pub(crate) incomparable: bool,
    /// Whether the column is a float of 32 bits.
    pub(crate) single: bool,
    /// Whether the database may take different texts for equal, because of padding or the collation.
    pub(crate) loose: bool,
    /// How the elements of an array column are read. Arrays are shown as JSON documents.
    pub(crate) array: Option<Elements>,
    /// Whether the column holds bytes that are read as UTF-8 texts.
    pub(crate) utf8: bool,
    /// Whether SQLite lacks the column's collation, so that the column is compared and ordered byte for byte.
    pub(crate) bytewise: bool,
    /// Whether SQLite stores both numbers and texts in the column, which are all read as texts by a cast.
    pub(crate) cast: bool,
    /// Whether SQLite stores bytes in the column beside values of other classes.
    pub(crate) mixed: bool,
    /// Whether SQLite stores only values of the column's type, so that comparisons need not check the class of each
    /// value.
    pub(crate) certain: bool,
    /// Whether equal moments or times are equal texts, as far as SQLite's samples tell.
    pub(crate) uniform: bool,
    /// The texts in which SQLite stores booleans, where they are not numbers.
    pub(crate) truths: Option<Truths>,
    /// Whether the column can hold infinite days and moments.
    pub(crate) infinite: bool,
    /// Whether the empty text is a member of the enum without being listed: MySQL stores it for an invalid member.
    pub(crate) empty_member: bool,
    /// Whether the database is known to take only identical texts for equal.
    pub(crate) exact: bool,
    /// Whether a constraint of the database keeps the values unique, alone or together with other columns.
    pub(crate) held: bool,
    pub(crate) keys: KeyComparison,
}

/// The comparison that decides which values of a column are the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyComparison {
    /// Values with equal cells.
    #[default]
    Exact,
    /// Values that are equal by the database's type and collation. Their cells may differ.
    Compared,
}

/// How the elements of a PostgreSQL array are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    /// Each element as a column of its type.
    ByType,
    /// As PostgreSQL's texts of the elements.
    AsTexts,
    /// As PostgreSQL writes the elements in JSON.
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

    /// Reads a text as a boolean.
    pub(crate) fn read(self, text: &str) -> Option<bool> {
        match text {
            text if text == self.yes => Some(true),
            text if text == self.no => Some(false),
            _ => None,
        }
    }
}

/// The form in which SQLite stores the timestamps of a column as text.
///
/// Values in another form read as null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampFormat {
    /// `2014-01-02 03:04:05`, with `.5` and up to nine digits if there is a fraction. SQLite's `CURRENT_TIMESTAMP` and
    /// sqlx's naive timestamps have this form. The default.
    #[default]
    Space,
    /// `2014-01-02T03:04:05`, with a fraction as in [`Space`](Self::Space).
    T,
    /// `2014-01-02T03:04:05+00:00`, with a fraction before the offset: the form of sqlx's zoned timestamps.
    Offset,
    /// `2014-01-02T03:04:05.678Z`, always three digits: the form of JavaScript's `toISOString`.
    Millis,
    /// `2014-01-02 03:04:05+00:00`, with a fraction before the offset: the form of Python's `str` of a moment in UTC.
    SpaceOffset,
    /// Any of these, mixed: a space or a `T`, with or without seconds and a fraction, a `Z`, an offset, or a day alone,
    /// which is its first moment. Moments without an offset are in UTC, as in SQLite. Comparisons cannot use an index.
    ///
    /// In a column of times: with or without seconds.
    Any,
}

/// The form in which SQLite or MySQL stores the UUIDs of a column.
///
/// Values in another form read as null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UuidFormat {
    /// Hyphenated lower case text. SQLite's default.
    #[default]
    Text,
    /// Sixteen bytes: the form of sqlx's `Uuid`. MySQL's default.
    Bytes,
    /// MariaDB's type `uuid`. Its index finds keys, but does not serve orderings and ranges: the type orders the last
    /// digits first, so these compare bytes. Elsewhere this is [`Text`](Self::Text).
    Native,
}
