//! Rate limiting for the log: a table that does not match its model fails every request, and is logged once.

use std::{
    collections::HashMap,
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::error::{Code, Error};

/// The time during which a logged failure is not logged again.
const SILENCE: Duration = Duration::from_secs(10 * 60);
/// The most failures that are remembered. If there are more, all are forgotten.
const MOST: usize = 256;

/// The failures that were logged, each with the time at which that was.
#[derive(Debug, Default)]
pub(super) struct LogOnce(Mutex<HashMap<String, Instant>>);

impl LogOnce {
    /// Returns the error; one of a table that does not match its model is marked as silent (not logged) if one with the
    /// same cause was logged a short time ago.
    pub(super) fn once(&self, error: Error) -> Error {
        let cause = error.source().map(ToString::to_string);
        let Some(cause) = cause.filter(|_| error.code() == Code::SchemaMismatch) else {
            return error;
        };
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged
            .get(&cause)
            .is_some_and(|when| when.elapsed() < SILENCE)
        {
            return error.in_silence();
        }
        if logged.len() >= MOST {
            logged.clear();
        }
        logged.insert(cause, Instant::now());
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_does_not_fit_is_told_once() {
        let logged = LogOnce::default();
        let error = |code, cause: &str| logged.once(Error::new(code, "failed").with_source(cause));
        assert!(!error(Code::SchemaMismatch, "no column a").is_silent());
        assert!(error(Code::SchemaMismatch, "no column a").is_silent());
        assert!(!error(Code::SchemaMismatch, "no column b").is_silent());
        assert!(!error(Code::Internal, "no column a").is_silent());
        assert!(!error(Code::Internal, "no column a").is_silent());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let logged = LogOnce::default();
        for number in 0..1000 {
            let cause = format!("no column c{number}");
            let error = Error::new(Code::SchemaMismatch, "failed").with_source(cause);
            assert!(!logged.once(error).is_silent());
        }
        assert!(logged.0.lock().expect("no panic").len() <= MOST);
    }
}
