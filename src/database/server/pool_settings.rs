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
    /// Whether each new connection makes its session read-only. Behind a pooler, the session is that of other clients, too,
    /// and is left as it is.
    pub(in crate::database) reads_only: bool,
}

/// The creator of a pool.
pub(in crate::database) enum PoolOwner {
    /// The program, which may run statements of its own on it, and prepare its connections in a way that is not known.
    Program,
    /// This crate, with these settings.
    Library(PoolSettings),
}

impl PoolOwner {
    pub(super) const fn is_program(&self) -> bool {
        match self {
            Self::Program => true,
            Self::Library(_) => false,
        }
    }
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

    /// Runs the statements that a new connection begins with.
    pub(super) async fn begin<S: Server>(
        &self,
        connection: &mut Connection<S>,
    ) -> Result<(), sqlx::Error> {
        if let Some(sql) = &self.set_up {
            S::execute(connection, Arc::clone(sql)).await?;
        }
        match self.reads_only && !S::IS_POOLED {
            true => S::execute(connection, S::READS_ONLY.into()).await,
            false => Ok(()),
        }
    }
}
