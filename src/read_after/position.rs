//! [`LogPosition`]: how far the log of a database has come, by which a replica knows whether it has a write already.

use std::{fmt, str::FromStr};

/// A place in the log of a database: for each stream of the log, the number that it has reached. PostgreSQL has one
/// stream, MariaDB one for each domain of its transaction ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogPosition(Vec<(u32, u64)>);

/// The most streams that a text may name.
const MOST_STREAMS: usize = 16;

impl LogPosition {
    /// Creates the position of these streams; `None` if there are none.
    pub(crate) fn of(streams: impl IntoIterator<Item = (u32, u64)>) -> Option<Self> {
        let streams: Vec<_> = streams.into_iter().collect();
        (!streams.is_empty()).then_some(Self(streams))
    }

    /// Whether every stream of `other` has come as far here.
    pub(crate) fn has_reached(&self, other: &Self) -> bool {
        other.0.iter().all(|(stream, number)| {
            let mut own = self.0.iter();
            own.any(|(known, reached)| known == stream && reached >= number)
        })
    }
}

/// Writes the position as part of a token: `0_16b3748`, several streams with `.` between them.
impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (stream, number)) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { "." };
            write!(f, "{between}{stream:x}_{number:x}")?;
        }
        Ok(())
    }
}

/// The text is no position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAPosition;

impl FromStr for LogPosition {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let stream = |text: &str| {
            let (stream, number) = text.split_once('_').ok_or(NotAPosition)?;
            let stream = u32::from_str_radix(stream, 16).map_err(|_| NotAPosition)?;
            let number = u64::from_str_radix(number, 16).map_err(|_| NotAPosition)?;
            Ok((stream, number))
        };
        let streams = text.split('.').take(MOST_STREAMS + 1).map(stream);
        let streams = streams.collect::<Result<Vec<_>, _>>()?;
        match streams.len() {
            1..=MOST_STREAMS => Ok(Self(streams)),
            _ => Err(NotAPosition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_reached_when_each_of_its_streams_is() {
        let position = |text: &str| text.parse::<LogPosition>().expect("a position");
        for (own, other, expected) in [
            ("0_10", "0_f", true),
            ("0_10", "0_10", true),
            ("0_10", "0_11", false),
            ("0_10.1_5", "1_5", true),
            ("0_10", "1_1", false),
            ("0_ffffffffffffffff", "0_fffffffffffffffe", true),
        ] {
            assert_eq!(
                position(own).has_reached(&position(other)),
                expected,
                "{own} {other}"
            );
            assert_eq!(position(own).to_string(), own);
        }
    }

    #[test]
    fn other_texts_are_no_positions() {
        let many = vec!["0_1"; MOST_STREAMS + 1].join(".");
        for text in [
            "",
            "0",
            "0_",
            "_1",
            "0_g",
            "0_1.",
            "0_10000000000000000",
            &many,
        ] {
            assert_eq!(text.parse::<LogPosition>(), Err(NotAPosition), "{text}");
        }
    }
}
