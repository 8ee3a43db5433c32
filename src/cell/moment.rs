//! Days, times and timestamps: calendar arithmetic and ISO 8601 texts.
//!
//! The calendar is the proleptic Gregorian one, with years 0000 to 9999, fractions of a second of up to nine digits,
//! and no leap seconds. A text must have exactly the documented form, with every field in range. The arithmetic is
//! Howard Hinnant's `days_from_civil`.

use std::fmt;

const NANOS: u64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;
/// The seconds from 1970-01-01 to 2000-01-01.
const SECONDS_TO_2000: i64 = 10_957 * DAY_SECONDS;

/// A day, in years 0000 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

/// A time of day, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    nanos: u64,
}

/// A day and a time of day. For a column of moments with a zone, they are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

impl Date {
    /// Returns the day with this year, month and day of the month; `None` if no such day exists.
    ///
    /// ```
    /// use tower_rest::Date;
    /// assert_eq!(Date::new(2024, 2, 29).unwrap().to_string(), "2024-02-29");
    /// assert!(Date::new(2023, 2, 29).is_none());
    /// ```
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if year.is_multiple_of(4)
                && (!year.is_multiple_of(100) || year.is_multiple_of(400)) =>
            {
                29
            }
            2 => 28,
            _ => return None,
        };
        if year > 9999 || day == 0 || day > length {
            return None;
        }
        let year = i32::from(year) - i32::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted = (i32::from(month) + 9) % 12;
        let day_of_year = (153 * shifted + 2) / 5 + i32::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self {
            days: era * 146_097 + day_of_era - 719_468,
        })
    }

    /// Returns the year, month and day of the month.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "years 0 to 9999")]
    pub fn parts(self) -> (u16, u8, u8) {
        // Counts the days from March 1 of the year -400, so that no number is negative.
        let days = (self.days + 719_468 + 146_097).cast_unsigned();
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year_of_era + era * 400 + u32::from(month <= 2) - 400;
        (year as u16, month as u8, day as u8)
    }

    /// Returns the following day; `None` after 9999-12-31.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let next = Self {
            days: self.days + 1,
        };
        (self < Self::new(9999, 12, 31)?).then_some(next)
    }

    /// Returns the days since 2000-01-01, PostgreSQL's epoch.
    pub(crate) fn days_since_2000(self) -> i32 {
        self.days - 10_957
    }

    /// Returns the day this many days after 2000-01-01; `None` outside the years 0000 to 9999.
    pub(crate) fn from_days_since_2000(days: i32) -> Option<Self> {
        let days = days.checked_add(10_957)?;
        in_range(i64::from(days) * DAY_SECONDS).then_some(Self { days })
    }

    /// Returns the first moment of the day.
    #[must_use]
    pub fn midnight(self) -> Timestamp {
        Timestamp {
            seconds: i64::from(self.days) * DAY_SECONDS,
            nanos: 0,
        }
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut input = MomentInput(text.as_bytes());
        let date = input.date()?;
        input.end().then_some(date)
    }
}

impl Time {
    /// Returns the time of day; `None` if a field is out of range.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8, nanos: u32) -> Option<Self> {
        if hour > 23 || minute > 59 || second > 59 || u64::from(nanos) >= NANOS {
            return None;
        }
        let seconds = (u64::from(hour) * 60 + u64::from(minute)) * 60 + u64::from(second);
        Some(Self {
            nanos: seconds * NANOS + u64::from(nanos),
        })
    }

    /// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`, where the fraction `f` has up to nine digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut input = MomentInput(text.as_bytes());
        let time = input.time()?;
        input.end().then_some(time)
    }

    /// Reads `HH:MM:SS` with an optional fraction: the form in which SQLite stores times, unless a column mixes forms.
    pub(crate) fn parse_stored(text: &str) -> Option<Self> {
        let mut input = MomentInput(text.as_bytes());
        let time = input.full_time()?;
        input.end().then_some(time)
    }

    pub(crate) fn packed(self) -> u64 {
        self.nanos
    }

    /// Truncates the time to microseconds.
    pub(crate) fn in_whole_micros(self) -> Self {
        let nanos = self.nanos - self.nanos % 1000;
        Self { nanos }
    }

    /// Returns the microseconds since midnight.
    pub(crate) fn micros(self) -> u64 {
        self.nanos / 1000
    }

    /// Returns the time this many microseconds after midnight; `None` from 24:00 on.
    pub(crate) fn from_micros(micros: u64) -> Option<Self> {
        let nanos = micros.checked_mul(1000)?;
        (nanos < NANOS * 86_400).then_some(Self { nanos })
    }

    pub(crate) fn from_packed(nanos: u64) -> Self {
        Self { nanos }
    }

    fn write(self, out: &mut Vec<u8>, fraction: Fraction) {
        out.extend_from_slice(&second_text(self.nanos / NANOS));
        fraction.write(out, self.nanos % NANOS);
    }
}

/// The reason why a text is not a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotATimestamp {
    /// The text does not have the form of a timestamp.
    Malformed,
    /// The text is a day without a time.
    OnlyADate,
    /// The text has a space instead of the offset's sign: an unencoded `+`.
    SpaceForPlus,
    /// The timestamp is outside the years 0000 to 9999 in UTC.
    OutOfRange,
}

impl Timestamp {
    /// Combines a day and a time of that day.
    ///
    /// ```
    /// use tower_rest::{Date, Time, Timestamp};
    /// let noon = Timestamp::new(Date::new(2014, 1, 2).unwrap(), Time::new(12, 0, 0, 0).unwrap());
    /// assert_eq!(noon.to_string(), "2014-01-02T12:00:00");
    /// ```
    #[must_use]
    #[expect(clippy::cast_possible_wrap, reason = "below a day")]
    pub fn new(date: Date, time: Time) -> Self {
        Self {
            seconds: date.midnight().seconds + (time.nanos / NANOS) as i64,
            nanos: (time.nanos % NANOS) as u32,
        }
    }

    /// Returns the day.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "years 0 to 9999")]
    pub fn date(self) -> Date {
        Date {
            days: self.seconds.div_euclid(DAY_SECONDS) as i32,
        }
    }

    /// Returns the time of day.
    #[must_use]
    pub fn time(self) -> Time {
        Time {
            nanos: self.seconds.rem_euclid(DAY_SECONDS) as u64 * NANOS + u64::from(self.nanos),
        }
    }

    /// Reads `YYYY-MM-DDTHH:MM[:SS[.f]]`, then `Z`, an offset `±HH:MM` or nothing. Returns the timestamp (in UTC if
    /// there is a zone), and whether there is a zone.
    pub(crate) fn parse(text: &str) -> Result<(Self, bool), NotATimestamp> {
        let mut input = MomentInput(text.as_bytes());
        let date = input.date().ok_or(NotATimestamp::Malformed)?;
        if input.end() {
            return Err(NotATimestamp::OnlyADate);
        }
        if !input.take(b'T') {
            return Err(NotATimestamp::Malformed);
        }
        let local = Self::new(date, input.time().ok_or(NotATimestamp::Malformed)?);
        match input.0 {
            [] => Ok((local, false)),
            [b'Z'] => Ok((local, true)),
            [b' ', rest @ ..] if MomentInput(rest).offset().is_some() => {
                Err(NotATimestamp::SpaceForPlus)
            }
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let offset = MomentInput(rest).offset().ok_or(NotATimestamp::Malformed)?;
                let offset = if *sign == b'-' { -offset } else { offset };
                let seconds = local.seconds - offset;
                if !in_range(seconds) {
                    return Err(NotATimestamp::OutOfRange);
                }
                Ok((Self { seconds, ..local }, true))
            }
            _ => Err(NotATimestamp::Malformed),
        }
    }

    /// Reads a date, the byte `between`, a time with seconds, and `suffix`: the one form in which a column stores
    /// timestamps.
    pub(crate) fn parse_stored(text: &str, between: u8, suffix: &str) -> Option<Self> {
        let mut input = MomentInput(text.strip_suffix(suffix)?.as_bytes());
        let date = input.date()?;
        if !input.take(between) {
            return None;
        }
        let time = input.full_time()?;
        input.end().then(|| Self::new(date, time))
    }

    /// Reads a moment in any form that SQLite columns may mix: a day alone, or a day and a time after a `T` or a space.
    /// Returns the timestamp, and whether the text has a zone.
    ///
    /// Offsets of 15 hours or more are refused, since no zone has them and SQLite does not read them.
    pub(crate) fn parse_spelled(text: &str) -> Option<(Self, bool)> {
        if let Some(date) = Date::parse(text) {
            return Some((date.midnight(), false));
        }
        if let Some((_, [b'+' | b'-', hour @ .., b':', _, _])) =
            text.as_bytes().split_last_chunk::<6>()
            && *hour > *b"14"
        {
            return None;
        }
        let mut input = MomentInput(text.as_bytes());
        input.date()?;
        if input.take(b' ') {
            let mut with_t = text.to_owned();
            with_t.replace_range(10..11, "T");
            return Self::parse(&with_t).ok();
        }
        Self::parse(text).ok()
    }

    pub(crate) fn write(self, out: &mut Vec<u8>, between: u8, fraction: Fraction) {
        let date = self.date();
        let seconds = (self.seconds - date.midnight().seconds).cast_unsigned();
        let mut text = [between; 19];
        text[..10].copy_from_slice(&day_text(date));
        text[11..].copy_from_slice(&second_text(seconds));
        out.extend_from_slice(&text);
        fraction.write(out, u64::from(self.nanos));
    }

    pub(crate) fn is_whole_millis(self) -> bool {
        self.nanos.is_multiple_of(1_000_000)
    }

    /// Truncates the timestamp to microseconds.
    pub(crate) fn in_whole_micros(self) -> Self {
        let nanos = self.nanos - self.nanos % 1000;
        Self { nanos, ..self }
    }

    /// Returns the microseconds since 2000-01-01, PostgreSQL's epoch.
    pub(crate) fn micros_since_2000(self) -> i64 {
        (self.seconds - SECONDS_TO_2000) * 1_000_000 + i64::from(self.nanos / 1000)
    }

    /// Returns the moment this many microseconds after 2000-01-01; `None` outside the years 0000 to 9999.
    pub(crate) fn from_micros_since_2000(micros: i64) -> Option<Self> {
        let seconds = micros.div_euclid(1_000_000).checked_add(SECONDS_TO_2000)?;
        let nanos = u32::try_from(micros.rem_euclid(1_000_000)).ok()? * 1000;
        in_range(seconds).then_some(Self { seconds, nanos })
    }

    pub(crate) fn packed(self) -> (u64, u32) {
        (self.seconds.cast_unsigned(), self.nanos)
    }

    pub(crate) fn from_packed(seconds: u64, nanos: u32) -> Self {
        Self {
            seconds: seconds.cast_signed(),
            nanos,
        }
    }
}

fn in_range(seconds: i64) -> bool {
    (-62_167_219_200..253_402_300_800).contains(&seconds)
}

/// How many digits the fraction of a second is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fraction {
    /// As many digits as needed; none if the fraction is zero.
    Trimmed,
    /// Always this many digits.
    Fixed(u8),
}

impl Fraction {
    fn write(self, out: &mut Vec<u8>, nanos: u64) {
        if self == Self::Trimmed && nanos == 0 {
            return;
        }
        out.push(b'.');
        out.extend_from_slice(&nine_digits(nanos));
        match self {
            Self::Trimmed => {
                while out.last() == Some(&b'0') {
                    out.pop();
                }
            }
            Self::Fixed(count) => out.truncate(out.len() - 9 + usize::from(count)),
        }
    }
}

pub(crate) fn write_date(out: &mut Vec<u8>, date: Date) {
    out.extend_from_slice(&day_text(date));
}

/// Returns a day as the text `YYYY-MM-DD`.
fn day_text(date: Date) -> [u8; 10] {
    let (year, month, day) = date.parts();
    let ([a, b], [c, d]) = (two_digits(u32::from(year / 100)), two_digits(year.into()));
    let ([e, f], [g, h]) = (two_digits(month.into()), two_digits(day.into()));
    [a, b, c, d, b'-', e, f, b'-', g, h]
}

/// Returns a number of seconds since midnight as the text `HH:MM:SS`.
#[expect(clippy::cast_possible_truncation, reason = "below a day")]
fn second_text(seconds: u64) -> [u8; 8] {
    let (minutes, seconds) = (seconds as u32 / 60, seconds as u32 % 60);
    let [a, b] = two_digits(minutes / 60);
    let ([c, d], [e, f]) = (two_digits(minutes % 60), two_digits(seconds));
    [a, b, b':', c, d, b':', e, f]
}

pub(crate) fn write_time(out: &mut Vec<u8>, time: Time, fraction: Fraction) {
    time.write(out, fraction);
}

/// Returns the last two digits of a number as text: `07` for 7.
fn two_digits(number: u32) -> [u8; 2] {
    let number = (number % 100) as u8;
    [b'0' + number / 10, b'0' + number % 10]
}

/// Returns a number below 10^9 as text of nine digits: `000000005` for 5.
fn nine_digits(mut number: u64) -> [u8; 9] {
    let mut text = [b'0'; 9];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    text
}

/// The bytes of a text that remain to be read.
struct MomentInput<'a>(&'a [u8]);

impl MomentInput<'_> {
    fn end(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.0 {
            [first, rest @ ..] if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn two(&mut self) -> Option<u8> {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = self.0 else {
            return None;
        };
        self.0 = rest;
        Some((tens - b'0') * 10 + (ones - b'0'))
    }

    fn date(&mut self) -> Option<Date> {
        let year = u16::from(self.two()?) * 100 + u16::from(self.two()?);
        let month = self.take(b'-').then(|| self.two())??;
        let day = self.take(b'-').then(|| self.two())??;
        Date::new(year, month, day)
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.two()?;
        let minute = self.take(b':').then(|| self.two())??;
        if !self.take(b':') {
            return Time::new(hour, minute, 0, 0);
        }
        let second = self.two()?;
        let nanos = self.fraction()?;
        Time::new(hour, minute, second, nanos)
    }

    fn full_time(&mut self) -> Option<Time> {
        let seconds_follow = self.0.get(5) == Some(&b':');
        if seconds_follow { self.time() } else { None }
    }

    fn fraction(&mut self) -> Option<u32> {
        if !self.take(b'.') {
            return Some(0);
        }
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        if count == 0 || count > 9 {
            return None;
        }
        self.0 = rest;
        let zeros = std::iter::repeat_n(&b'0', 9 - count);
        let nanos = digits.iter().chain(zeros);
        Some(nanos.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0')))
    }

    /// Reads an offset `HH:MM`, which must end the text, and returns it in seconds.
    fn offset(&mut self) -> Option<i64> {
        let hour = self.two()?;
        let minute = self.take(b':').then(|| self.two())??;
        (self.end() && hour < 24 && minute < 60)
            .then(|| (i64::from(hour) * 60 + i64::from(minute)) * 60)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, |out| write_date(out, *self))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, |out| self.write(out, Fraction::Trimmed))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, |out| Self::write(*self, out, b'T', Fraction::Trimmed))
    }
}

fn show(f: &mut fmt::Formatter<'_>, write: impl FnOnce(&mut Vec<u8>)) -> fmt::Result {
    let mut out = Vec::with_capacity(32);
    write(&mut out);
    f.write_str(&String::from_utf8_lossy(&out))
}
