//! What the log has been told: a table that is not as its model says fails every request, and is worth one line.

use std::{
    collections::HashMap,
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::error::{Code, Error};

/// How long the log is not told the same again.
const SILENCE: Duration = Duration::from_secs(10 * 60);
/// How many failures are remembered; at the limit all are forgotten.
const MOST: usize = 256;

/// The failures the log knows of, with when it was told.
#[derive(Debug, Default)]
pub(super) struct LogOnce(Mutex<HashMap<String, Instant>>);

impl LogOnce {
    /// The error, which is logged unless the log was told just that of late.
    pub(super) fn once(&self, error: Error) -> Error {
        let cause = error.source().map(ToString::to_string);
        let Some(cause) = cause.filter(|_| error.code() == Code::SchemaMismatch) else {
            return error;
        };
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told
            .get(&cause)
            .is_some_and(|when| when.elapsed() < SILENCE)
        {
            return error.in_silence();
        }
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(cause, Instant::now());
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_does_not_fit_is_told_once() {
        let told = LogOnce::default();
        let error = |code, cause: &str| told.once(Error::new(code, "failed").with_source(cause));
        assert!(!error(Code::SchemaMismatch, "no column a").is_silent());
        assert!(error(Code::SchemaMismatch, "no column a").is_silent());
        assert!(!error(Code::SchemaMismatch, "no column b").is_silent());
        assert!(!error(Code::Internal, "no column a").is_silent());
        assert!(!error(Code::Internal, "no column a").is_silent());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let told = LogOnce::default();
        for number in 0..1000 {
            let cause = format!("no column c{number}");
            let error = Error::new(Code::SchemaMismatch, "failed").with_source(cause);
            assert!(!told.once(error).is_silent());
        }
        assert!(told.0.lock().expect("no panic").len() <= MOST);
    }
}
