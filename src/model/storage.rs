//! Storage: how a database stores the values of a column, in whatever their type leaves open.

/// How a database stores the values of a column, in whatever their type leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) timestamp: TimestampFormat,
    /// The form of UUIDs; the database's default if `None`.
    pub(crate) uuid: Option<UuidFormat>,
    /// Whether decimals are stored as texts of digits, in a column of the type `decimal_text`.
    pub(crate) decimal_text: bool,
    /// Whether the database cannot compare the values by their type: decimals on SQLite, if the connections lack the
    /// collation that compares them.
    pub(crate) incomparable: bool,
    /// Whether the connections lack the function that matches regular expressions, as those of a program to SQLite may.
    pub(crate) unmatchable: bool,
    /// Whether the column is a float of 32 bits.
    pub(crate) single: bool,
    /// The digits that a decimal number may have; `None` if they are not limited.
    pub(crate) digits: Option<Digits>,
    /// The least and the greatest integer that a request may write, if the database would keep others as well: on
    /// SQLite, those of the declared width.
    pub(crate) range: Option<(i128, i128)>,
    /// How many digits of the fraction of a second the column keeps; `None` if it keeps nine.
    pub(crate) fraction: Option<u8>,
    /// Whether the database may take different texts for equal, such as `Kia` and `kia`, because of padding or the
    /// collation.
    pub(crate) loose: bool,
    /// How the elements of a PostgreSQL array are read; `None` if the column holds no arrays. Arrays are shown as JSON
    /// documents.
    pub(crate) array: Option<Elements>,
    /// Whether the column is of PostgreSQL's type `jsonb`, whose operators an index serves.
    pub(crate) jsonb: bool,
    /// Whether the column holds bytes that are read as UTF-8 texts (by `Reflect::text`, on MySQL).
    pub(crate) utf8: bool,
    /// Whether SQLite lacks the column's collation, so that the column is compared and ordered byte for byte.
    pub(crate) bytewise: bool,
    /// Whether the column holds both numbers and texts in SQLite. All of them are then read as texts, by a cast.
    pub(crate) cast: bool,
    /// Whether the column holds both bytes and other values, such as texts, in SQLite.
    pub(crate) mixed: bool,
    /// Whether SQLite stores only values of the column's type, so that comparisons need not check the class of each
    /// value.
    pub(crate) certain: bool,
    /// Whether equal moments or times are stored as equal texts in SQLite, as far as the sampled values tell.
    pub(crate) uniform: bool,
    /// The two texts, such as `yes` and `no`, in which SQLite stores booleans; `None` if it stores them as numbers.
    pub(crate) truths: Option<Truths>,
    /// Whether the column can hold PostgreSQL's infinite days and moments.
    pub(crate) infinite: bool,
    /// Whether the empty text is a member of the enum without being listed: MySQL stores it for an invalid member.
    pub(crate) empty_member: bool,
    /// Whether the database is known to take only identical texts for equal, and not also `Kia` for `kia`.
    pub(crate) exact: bool,
    /// Whether a constraint of the database keeps the values unique, alone or together with other columns.
    pub(crate) held: bool,
    pub(crate) keys: KeyComparison,
}

/// The digits of a decimal column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    /// How many digits a number may have.
    pub(crate) precision: u16,
    /// How many of the digits are after the point. If negative, how many zeros end the number: `1200` has the scale -2.
    pub(crate) scale: i16,
}

/// The comparison that decides which values of a column are the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyComparison {
    /// Values are the same key if their cells are equal.
    #[default]
    Exact,
    /// Values are the same key if the database takes them for equal, by their type and collation. Their cells may
    /// differ.
    Compared,
}

/// How the elements of a PostgreSQL array are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    /// Each element is read like a column of the element's type.
    ByType,
    /// Each element is read as the text that PostgreSQL makes of it.
    AsTexts,
    /// The array is read as the JSON that PostgreSQL makes of it.
    AsJson,
}

/// The two texts that a column stores for true and false.
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

    /// Reads one of the two texts as a boolean; `None` for any other text.
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
    /// which means the first moment of that day. Moments without an offset are in UTC, as in SQLite. Comparisons cannot
    /// use an index.
    ///
    /// In a column of times, this form means times with or without seconds.
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
    /// MariaDB's type `uuid`. An index on the column finds keys, but does not serve orderings and ranges: they compare
    /// the bytes, since the type itself sorts by the last digits first. On other databases, this is the same as
    /// [`Text`](Self::Text).
    Native,
}
