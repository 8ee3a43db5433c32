//! The requests with an idempotency key that this process is running now.

use std::{
    collections::HashSet,
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error, Result};

/// The keys of the requests that are running now, each with the address of the database that it is written to.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunningKeys(Arc<Mutex<HashSet<(usize, String)>>>);

/// A request with an idempotency key. Until it is dropped, other requests with its key are refused.
#[derive(Debug)]
pub(crate) struct KeyedRequest {
    /// The address of the database, which no other open one has.
    database: usize,
    /// The digest of the key and of the client's name, under which the answer is stored.
    id: String,
    fingerprint: String,
    lifetime: Duration,
    /// Whether an expired answer is stored under this key, which must be deleted before the new one is stored.
    replaces: AtomicBool,
    running: RunningKeys,
}

impl RunningKeys {
    /// Lets a request with an idempotency key run, which writes to the database at this address. `principal` is the name
    /// of its client; another request with the key must have the same `parts`.
    ///
    /// # Errors
    ///
    /// [`Code::IdempotencyInProgress`] when a request of the same client with the same key is running.
    pub(crate) fn enter(
        &self,
        database: usize,
        (principal, key): (&str, &str),
        parts: &[&[u8]],
        lifetime: Duration,
    ) -> Result<KeyedRequest> {
        let id = digest(&[principal.as_bytes(), key.as_bytes()]);
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !ids.insert((database, id.clone())) {
            return Err(KeyedRequest::in_progress());
        }
        Ok(KeyedRequest {
            database,
            id,
            fingerprint: digest(parts),
            lifetime,
            replaces: AtomicBool::new(false),
            running: self.clone(),
        })
    }
}

impl KeyedRequest {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Notes that an expired answer is stored under this key.
    pub(crate) fn replace(&self) {
        self.replaces.store(true, Ordering::Relaxed);
    }

    /// Whether an expired answer is stored under this key.
    pub(crate) fn replaces(&self) -> bool {
        self.replaces.load(Ordering::Relaxed)
    }

    /// Returns the error of a request whose key belongs to a request that has not been answered yet.
    pub(crate) fn in_progress() -> Error {
        let detail = "a request with this `Idempotency-Key` still runs; send this one again in a while for its answer";
        Error::new(Code::IdempotencyInProgress, detail)
    }

    /// Returns the error of a request whose key belongs to another request.
    pub(crate) fn mismatch() -> Error {
        let detail = "this `Idempotency-Key` was sent with another method, URL, media type or body; send a new key with a \
                      new request";
        Error::new(Code::IdempotencyMismatch, detail)
    }
}

impl Drop for KeyedRequest {
    fn drop(&mut self) {
        let mut ids = self
            .running
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ids.remove(&(self.database, std::mem::take(&mut self.id)));
    }
}

/// Returns the SHA-256 digest of several texts in hexadecimal digits. The length of each text is digested too, so that
/// `ab`, `c` differs from `a`, `bc`.
fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a text cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_key_runs_once_for_each_client_until_it_is_done() {
        let running = RunningKeys::default();
        let first = running
            .enter(1, ("ada", "k"), &[b"POST"], DAY)
            .expect("free");
        let again = running.enter(1, ("ada", "k"), &[b"POST"], DAY);
        let again = again.expect_err("it runs").code();
        assert_eq!(again, Code::IdempotencyInProgress);
        let other = running
            .enter(1, ("bob", "k"), &[b"POST"], DAY)
            .expect("free");
        assert_ne!(first.id(), other.id());
        assert_eq!(first.fingerprint(), other.fingerprint());
        let elsewhere = running.enter(2, ("ada", "k"), &[b"POST"], DAY);
        assert_eq!(elsewhere.expect("another database").id(), first.id());
        let glued = running.enter(1, ("ad", "ak"), &[b"POS", b"T"], DAY);
        let glued = glued.expect("another key");
        assert_ne!(first.fingerprint(), glued.fingerprint());
        let id = first.id().to_owned();
        drop(first);
        let next = running
            .enter(1, ("ada", "k"), &[b"POST"], DAY)
            .expect("free");
        assert_eq!(next.id(), id);
    }
}
