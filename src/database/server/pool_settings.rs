//! [`PoolSettings`]: the size of a pool, and how its connections begin.

use std::{num::NonZero, sync::Arc, thread::available_parallelism};

use sqlx::{Database as Backend, pool::PoolOptions};

use super::{protocol::Connection, statements::Server};
use crate::database::words::LONGEST_WAIT;

/// The connections of a pool that writes have to themselves. While a commit waits for the disk, its connection needs no
/// processor, and the server writes the commits of many connections to the disk together.
pub(super) const WRITES: u32 = 16;

/// The settings of a pool.
#[derive(Clone, Debug)]
pub(in crate::database) struct PoolSettings {
    /// The most connections. `None` stands for two for each processor, since more would serve no more readings, one for
    /// other statements, and [`WRITES`] for writes.
    pub(in crate::database) most: Option<u32>,
    /// The statement that each new connection begins with; `None` if there is none.
    pub(in crate::database) set_up: Option<Arc<str>>,
}

impl PoolSettings {
    /// Returns sqlx's settings of a pool.
    pub(super) fn options<B: Backend>(&self) -> PoolOptions<B> {
        let processors = available_parallelism().map_or(2, NonZero::get);
        let readings = u32::try_from(2 * processors + 1).unwrap_or(u32::MAX);
        PoolOptions::new()
            .max_connections(self.most.unwrap_or(readings.saturating_add(WRITES)))
            .acquire_timeout(LONGEST_WAIT)
    }

    /// Runs the statement that a new connection begins with, if there is one.
    pub(super) async fn begin<S: Server>(
        &self,
        connection: &mut Connection<S>,
    ) -> Result<(), sqlx::Error> {
        match &self.set_up {
            Some(sql) => S::execute(connection, Arc::clone(sql)).await,
            None => Ok(()),
        }
    }
}
