//! Tokens by which a client reads its own writes: how far the database had come after them, which a replica must have
//! reached to answer the client.
//!
//! 1. The answer to a write has the token in the header `Read-After` and in a cookie of that name. Browsers send the cookie
//!    back by themselves; other clients may send either.
//! 2. A token that cannot be read, or is of another database, is answered by the primary, as is every request without
//!    a position while the token holds. So nothing that a client sends can make its answers older.

mod position;

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderValue, Method, header};

pub(crate) use self::position::LogPosition;

/// The name of the header and of the cookie that hold a token.
pub(crate) const READ_AFTER: &str = "read-after";

/// A token: a moment after a write, in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadAfter {
    /// The number of the database, by which tokens of others are known.
    pub(crate) database: u32,
    /// The time of the write, in seconds since 1970.
    pub(crate) at: u64,
    /// How far the database had come; `None` if it did not say.
    pub(crate) position: Option<LogPosition>,
}

/// How new the rows must be that a request reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Those of the primary.
    Newest,
    /// Those of any replica that has come as far as each of these tokens.
    After(Vec<ReadAfter>),
}

impl ReadAfter {
    /// Creates the token for a write that has just ended.
    pub(crate) fn now(database: u32, position: Option<LogPosition>) -> Self {
        Self {
            database,
            at: seconds(),
            position,
        }
    }

    /// Whether the write was longer ago than `window`, so that every replica has it.
    pub(crate) fn is_over(&self, window: Duration) -> bool {
        seconds().saturating_sub(self.at) > window.as_secs()
    }
}

/// Returns the seconds since 1970.
fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

impl fmt::Display for ReadAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            database,
            at,
            position,
        } = self;
        write!(f, "{database:x}-{at:x}")?;
        match position {
            Some(position) => write!(f, "-{position}"),
            None => Ok(()),
        }
    }
}

/// The text is no token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAToken;

impl FromStr for ReadAfter {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(NotAToken);
        let (database, at) = (part()?, part()?);
        Ok(Self {
            database: u32::from_str_radix(database, 16).map_err(|_| NotAToken)?,
            at: u64::from_str_radix(at, 16).map_err(|_| NotAToken)?,
            position: match parts.next() {
                Some(position) => Some(position.parse().map_err(|_| NotAToken)?),
                None => None,
            },
        })
    }
}

impl Freshness {
    /// Returns how new the rows must be that a request with this method and these headers reads.
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let is_reading = matches!(*method, Method::GET | Method::HEAD);
        // The client names the version that it expects, which may be one that it has just written.
        let names_version = headers.contains_key(header::IF_MATCH);
        if !is_reading || names_version {
            return Self::Newest;
        }
        let given = headers.get_all(READ_AFTER).iter();
        let cookies = headers.get_all(header::COOKIE).iter().flat_map(tokens_of);
        let given = given.map(|value| value.to_str().unwrap_or_default());
        let tokens = given.chain(cookies).map(|text| text.trim().parse());
        match tokens.collect() {
            Ok(tokens) => Self::After(tokens),
            Err(NotAToken) => Self::Newest,
        }
    }
}

/// Returns the tokens in a `Cookie` header: RFC 6265, section 4.2.
fn tokens_of(cookies: &HeaderValue) -> impl Iterator<Item = &str> {
    let cookies = cookies.to_str().unwrap_or_default().split(';');
    let pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
    pairs.filter_map(|(name, value)| (name == READ_AFTER).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(headers: &[(&'static str, &'static str)]) -> Freshness {
        let headers = headers.iter().map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        Freshness::of(&Method::GET, &headers.collect())
    }

    #[test]
    fn tokens_come_from_the_header_and_the_cookie() {
        let token = |text: &str| text.parse::<ReadAfter>().expect("a token");
        for text in ["3f9a1c22-674a1b2c", "0-0-0_16b3748.1_9"] {
            assert_eq!(token(text).to_string(), text);
        }
        let both = [
            ("cookie", "id=7; read-after=1-2-0_3; read-after=1-2"),
            ("read-after", "4-5-0_6"),
        ];
        let expected = ["4-5-0_6", "1-2-0_3", "1-2"].map(token).to_vec();
        assert_eq!(after(&both), Freshness::After(expected));
        assert_eq!(
            after(&[("cookie", "unread-after=x; read-after2=y")]),
            Freshness::After(Vec::new())
        );
    }

    #[test]
    fn what_cannot_be_read_is_answered_by_the_primary() {
        for headers in [
            [("read-after", "")],
            [("read-after", "1")],
            [("read-after", "1-2-")],
            [("read-after", "1-2-0_3-4")],
            [("read-after", "g-2")],
            [("cookie", "read-after=1-2x")],
            [("if-match", "\"7\"")],
        ] {
            assert_eq!(after(&headers), Freshness::Newest, "{headers:?}");
        }
        assert_eq!(
            Freshness::of(&Method::POST, &HeaderMap::new()),
            Freshness::Newest
        );
    }

    #[test]
    fn a_token_holds_for_its_window() {
        let mut token = ReadAfter::now(1, None);
        assert!(!token.is_over(Duration::from_secs(1)));
        token.at -= 20;
        assert!(!token.is_over(Duration::from_secs(25)) && token.is_over(Duration::from_secs(15)));
    }
}
