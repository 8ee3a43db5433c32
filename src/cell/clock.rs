//! The time of the server's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Timestamp;

impl Timestamp {
    /// Returns the time of the server's clock, in UTC.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::from_packed(since.as_secs(), since.subsec_nanos())
    }

    /// Returns the moment cut to this many digits after the second.
    pub(crate) fn cut(self, places: u8) -> Self {
        let (seconds, nanos) = self.packed();
        let step = 10_u32.pow(9_u32.saturating_sub(places.into()));
        Self::from_packed(seconds, nanos - nanos % step)
    }
}
