//! The type of a column by its values: the declared type if every sampled value can be read as that, else a type that
//! can show all of them, such as text.

use std::collections::HashSet;

use super::declared::Affinity;
use crate::{
    cell::{Date, Time, Timestamp, Type, is_decimal, parse_uuid},
    model::{Column, TimestampFormat, Truths, UuidFormat},
};

const INTEGER: Type = Type::Integer {
    bits: 64,
    signed: true,
};

/// How many values of each storage class (integer, real, text, blob) a column has in a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    pub(super) integers: i64,
    /// Integers that no float represents exactly.
    pub(super) large: i64,
    pub(super) reals: i64,
    pub(super) texts: i64,
    pub(super) blobs: i64,
    /// Blobs of sixteen bytes, which may be UUIDs.
    pub(super) sixteens: i64,
    /// Texts that are not JSON documents.
    pub(super) undocumented: i64,
    /// Empty texts.
    pub(super) empties: i64,
}

impl Classes {
    const fn numbers(self) -> i64 {
        self.integers + self.reals
    }

    pub(super) const fn is_empty(self) -> bool {
        self.numbers() + self.texts + self.blobs == 0
    }

    /// Returns the counts as if the empty texts were nulls.
    pub(super) const fn without_empties(self) -> Self {
        Self {
            texts: self.texts - self.empties,
            undocumented: self.undocumented - self.empties,
            empties: 0,
            ..self
        }
    }

    const fn are_numbers(self) -> bool {
        self.texts + self.blobs == 0
    }

    const fn are_texts(self) -> bool {
        self.numbers() + self.blobs == 0
    }

    /// Returns the names of the storage classes that the values have, such as `integers and texts`.
    fn words(self) -> String {
        let classes = [
            (self.integers, "integers"),
            (self.reals, "fractions"),
            (self.texts, "texts"),
            (self.blobs, "bytes"),
        ];
        let there = classes.iter().filter(|(count, _)| *count > 0);
        let words: Vec<_> = there.map(|(_, word)| *word).collect();
        words.join(" and ")
    }
}

/// Whether the type of a column depends on what its texts say, such as dates, so that they must be sampled.
pub(super) fn needs_texts(column: &Column, classes: Classes) -> bool {
    classes.texts > 0
        && classes.are_texts()
        && matches!(
            column.ty,
            Type::Boolean
                | Type::Date
                | Type::Time
                | Type::Timestamp
                | Type::ZonedTimestamp
                | Type::Uuid
                | Type::Decimal
        )
}

/// Sets the type of a column by its sampled values. Returns a note for the user if they do not fit the declared type.
pub(super) fn settle(
    column: &mut Column,
    affinity: Affinity,
    is_key: bool,
    classes: Classes,
    texts: &[String],
) -> Option<String> {
    let declared = column.ty.clone();
    if declared == Type::Boolean && is_key && !classes.are_texts() {
        // A key must show different values differently, but a boolean shows 1 and 2 alike.
        column.ty = INTEGER;
    }
    if declared == Type::Float && is_key && affinity == Affinity::Numeric && classes.reals == 0 {
        // SQLite stores the whole numbers of a key with this affinity as integers. A URL can contain an integer, but
        // not a float.
        column.ty = INTEGER;
        column.read_from = Some(declared.clone());
    }
    let keeps_texts = matches!(affinity, Affinity::Text | Affinity::Blob);
    if classes.is_empty() {
        // No value was sampled. If the affinity makes SQLite store some texts as numbers, a text column's values are
        // converted back to texts when they are read.
        column.storage.cast = declared == Type::Text && !keeps_texts;
        return None;
    }
    if !fits(column, keeps_texts, is_key, classes, texts) {
        by_classes(column, keeps_texts, classes);
    }
    column.read_from = (column.ty != declared).then(|| declared.clone());
    if column.read_from.is_some() {
        column.max_length = None;
    }
    note(column, &declared, is_key, classes)
}

/// Returns whether all sampled values fit the type of a column. Also sets the column's storage to the form of the
/// values.
fn fits(
    column: &mut Column,
    keeps_texts: bool,
    is_key: bool,
    classes: Classes,
    texts: &[String],
) -> bool {
    match &column.ty {
        Type::Float => classes.are_numbers() && classes.large == 0,
        Type::Boolean if classes.are_texts() => {
            column.storage.truths = truths(texts);
            column.storage.truths.is_some()
        }
        Type::Integer { .. } | Type::Boolean => classes.are_numbers() && classes.reals == 0,
        Type::Text => {
            column.storage.cast = !keeps_texts && classes.blobs == 0;
            column.storage.cast || classes.are_texts()
        }
        Type::Enum(_) => true,
        Type::Decimal => classes.are_texts() && texts.iter().all(|text| is_decimal(text)),
        Type::Bytes => classes.numbers() + classes.texts == 0,
        Type::Date | Type::Time | Type::Timestamp | Type::ZonedTimestamp => {
            classes.are_texts() && as_moments(column, texts) && !(is_key && has_synonyms(texts))
        }
        Type::Uuid => as_uuids(column, classes, texts),
        Type::Json => classes.blobs == 0 && classes.undocumented == 0,
        Type::Other => false,
    }
}

/// Returns the note for [`Schema::notes`](crate::Schema::notes) on a column that is read as another type than declared.
fn note(column: &Column, declared: &Type, is_key: bool, classes: Classes) -> Option<String> {
    let is_as_declared = column.ty == *declared || *declared == Type::Other || is_key;
    let is_moment = |ty: &Type| matches!(ty, Type::Timestamp | Type::ZonedTimestamp);
    let is_spelled = column.storage.timestamp == TimestampFormat::Any;
    if is_as_declared && !is_spelled
        || (is_moment(&column.ty) && is_moment(declared) && !is_spelled)
    {
        return None;
    }
    let (words, ty) = (classes.words(), column.ty.name());
    Some(match is_spelled {
        true => format!("moments or times of several spellings, served as {ty}"),
        false => format!(
            "{words} in a column for {}, served as {ty}",
            declared.name()
        ),
    })
}

/// Sets the type of a column by the storage classes (integer, real, text, blob) of its values alone.
fn by_classes(column: &mut Column, keeps_texts: bool, classes: Classes) {
    column.storage.timestamp = TimestampFormat::default();
    column.storage.truths = None;
    column.storage.decimal_text = false;
    column.ty = if classes.blobs > 0 {
        match classes.numbers() + classes.texts {
            0 => Type::Bytes,
            _ => {
                column.storage.mixed = true;
                Type::Other
            }
        }
    } else if classes.texts > 0 {
        column.storage.cast = !keeps_texts || classes.numbers() > 0;
        Type::Text
    } else if classes.reals == 0 {
        INTEGER
    } else if classes.large == 0 {
        Type::Float
    } else {
        column.storage.cast = true;
        Type::Text
    };
}

/// Returns the pair of boolean texts, such as `true` and `false`, to which all of `texts` belong; `None` if no pair has
/// all.
fn truths(texts: &[String]) -> Option<Truths> {
    let all = |truths: &Truths| texts.iter().all(|text| truths.read(text).is_some());
    Truths::ALL.into_iter().find(all)
}

fn as_uuids(column: &mut Column, classes: Classes, texts: &[String]) -> bool {
    if classes.blobs > 0 {
        column.storage.uuid = Some(UuidFormat::Bytes);
        return classes.numbers() + classes.texts == 0 && classes.sixteens == classes.blobs;
    }
    classes.are_texts() && texts.iter().all(|text| parse_uuid(text).is_some())
}

/// A parser of timestamps in one form.
type ParseMoment<'a> = &'a dyn Fn(&str) -> Option<Timestamp>;

/// Sets the type to date, time or timestamp if all sampled texts can be read as that; returns whether they can. If all
/// texts have one form, later values must have it, too; otherwise each may have any form.
fn as_moments(column: &mut Column, texts: &[String]) -> bool {
    let all = |fits: &dyn Fn(&str) -> bool| texts.iter().all(|text| fits(text));
    let one_length = have_one_length(texts);
    if column.ty == Type::Time {
        if !all(&|text| Time::parse_stored(text).is_some()) {
            column.storage.timestamp = TimestampFormat::Any;
            return all(&|text| Time::parse(text).is_some());
        }
        column.storage.uniform = one_length;
        return true;
    }
    if all(&|text| Date::parse(text).is_some()) {
        column.ty = Type::Date;
        return true;
    }
    let is_zoned = column.ty == Type::ZonedTimestamp;
    let forms: [(TimestampFormat, ParseMoment<'_>); 4] = [
        (TimestampFormat::Space, &|text| {
            Timestamp::parse_stored(text, b' ', "")
        }),
        (TimestampFormat::T, &|text| {
            Timestamp::parse_stored(text, b'T', "")
        }),
        (TimestampFormat::Offset, &|text| {
            Timestamp::parse_stored(text, b'T', "+00:00")
        }),
        (TimestampFormat::SpaceOffset, &|text| {
            Timestamp::parse_stored(text, b' ', "+00:00")
        }),
    ];
    for (format, read) in forms {
        if all(&|text| read(text).is_some()) {
            let says_zone = matches!(
                format,
                TimestampFormat::Offset | TimestampFormat::SpaceOffset
            );
            column.ty = moments(is_zoned || says_zone);
            column.storage.timestamp = format;
            column.storage.uniform = one_length;
            return true;
        }
    }
    let has_millis =
        |text: &str| text.len() == 24 && Timestamp::parse_stored(text, b'T', "Z").is_some();
    if all(&has_millis) {
        column.ty = Type::ZonedTimestamp;
        column.storage.timestamp = TimestampFormat::Millis;
        return true;
    }
    let read: Option<Vec<_>> = texts
        .iter()
        .map(|text| Timestamp::parse_spelled(text))
        .collect();
    let Some(read) = read else {
        return false;
    };
    column.ty = moments(is_zoned || read.iter().any(|(_, says_zone)| *says_zone));
    column.storage.timestamp = TimestampFormat::Any;
    true
}

/// Whether all texts have the same number of bytes.
fn have_one_length(texts: &[String]) -> bool {
    let lengths = || texts.iter().map(String::len);
    lengths().max() == lengths().min()
}

/// Whether different texts denote the same time or timestamp. If so, they cannot be a key, which would show different
/// rows under one value.
fn has_synonyms(texts: &[String]) -> bool {
    let shown: HashSet<_> = (texts.iter())
        .map(|text| match Timestamp::parse_spelled(text) {
            Some((moment, _)) => moment.to_string(),
            None => Time::parse(text).map_or_else(|| text.clone(), |time| time.to_string()),
        })
        .collect();
    shown.len() < texts.len()
}

const fn moments(is_zoned: bool) -> Type {
    if is_zoned {
        Type::ZonedTimestamp
    } else {
        Type::Timestamp
    }
}
