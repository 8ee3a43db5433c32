//! [`WrittenDatabases`]: which databases with replicas a request has written to, for the tokens of its answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::super::handle::Database;
use crate::{operation::Head, read_after::ReadAfter};

/// The databases with replicas to which a request has written, kept in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenDatabases(Arc<Mutex<Vec<Database>>>);

impl WrittenDatabases {
    /// Notes that a request writes to a database.
    pub(crate) fn note(head: &Head, database: &Database) {
        if !database.0.driver.has_replicas() {
            return;
        }
        if let Some(Self(written)) = head.extensions.get() {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            // One token for a database is enough, whatever the number of writes.
            if !written.iter().any(|known| Database::same(known, database)) {
                written.push(database.clone());
            }
        }
    }

    /// Returns the tokens for what the request has written, and how long clients keep each.
    pub(crate) async fn tokens(head: &Head) -> Vec<(ReadAfter, Duration)> {
        let Some(Self(written)) = head.extensions.get() else {
            return Vec::new();
        };
        let written = std::mem::take(&mut *written.lock().unwrap_or_else(PoisonError::into_inner));
        let mut tokens = Vec::new();
        for database in written {
            let token = database.0.driver.read_after().await;
            tokens.extend(token.ok().flatten());
        }
        tokens
    }
}
