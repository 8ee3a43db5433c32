//! [`Connected`]: the driver of database servers.

use std::{any::Any, sync::Arc, time::Duration};

use sqlx::Pool;
use tokio::time::timeout;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    attempt::attempt, autocommit, connection_cache::ConnectionCache, export, failure::Failure,
    pool_settings::PoolOwner, statements::Server, unit, write_unit,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    database::{
        driver::{Driver, DriverFuture, ServerState, Unit, Work, work_alone},
        export::{Export, ExportPermit, Tapes},
        failure::{busy, failed},
        fetched::Written,
        reading::Reading,
    },
    error::Result,
    model::Column,
    operation::Outcome,
    statement::{Dialect, Statement},
};

/// The driver of a database server: a handle to its connections, cheap to clone.
pub(in crate::database) struct Connected<S: Server>(Arc<ConnectionCache<S>>);

impl<S: Server> Connected<S> {
    /// Creates the driver of a pool.
    pub(in crate::database) fn over(pool: Pool<S::Db>, owner: PoolOwner) -> Self {
        Self(Arc::new(ConnectionCache::new(pool, owner)))
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        let mut lent = self.0.checkout(false).await?;
        let connection = lent.connection().map_err(Failure::into_error)?;
        let done = S::execute(connection, sql.into()).await;
        // The script may have left a transaction open, or changed the session.
        lent.close();
        done.map_err(failed)
    }
}

impl<S: Server> Driver for Connected<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn dialect(&self) -> &'static dyn Dialect {
        S::dialect(self.0.source.returns_rows())
    }

    fn adapt(&self, column: &mut Column) -> Option<String> {
        S::adapt(column)
    }

    fn connections(&self) -> usize {
        let most = self.0.pool().options().get_max_connections();
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    fn read(&self, reading: Reading) -> DriverFuture<'_, Outcome> {
        Box::pin(attempt(&self.0, reading))
    }

    fn export(&self, export: Export, turn: ExportPermit) -> Tapes {
        export::begin(&self.0, export, turn)
    }

    fn begin(&self, writes: bool) -> DriverFuture<'_, Box<dyn Unit>> {
        let begin = if writes { S::WRITES } else { S::SNAPSHOT };
        Box::pin(unit::begin(&self.0, begin))
    }

    /// A transaction that does not run `alone` lends no connection, which spares it three round trips.
    fn work(&self, work: Work, limit: Duration, alone: bool) -> DriverFuture<'_, Outcome> {
        if alone {
            return work_alone(self, work, limit);
        }
        Box::pin(async move {
            let begun = timeout(limit, write_unit::begin(&self.0, limit)).await;
            work(begun.map_err(|_| busy())??).await
        })
    }

    fn write_at_once<'a>(
        &'a self,
        statement: &'a Statement,
        limit: Duration,
    ) -> DriverFuture<'a, Option<Written>> {
        Box::pin(autocommit::write(&self.0, statement, limit))
    }

    fn keeps_returned<'a>(
        &'a self,
        table: (Option<&'a str>, &'a str),
        are_new: bool,
    ) -> DriverFuture<'a, bool> {
        Box::pin(async move {
            if S::IS_POOLED {
                // The statement would run outside a transaction.
                return Ok(false);
            }
            let mut lent = self.0.checkout(false).await?;
            let connection = lent.connection().map_err(Failure::into_error)?;
            let keeps = S::keeps_returned(connection, table, are_new).await;
            let keeps = keeps.map_err(failed)?;
            lent.give_back();
            Ok(keeps)
        })
    }

    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> DriverFuture<'a, Catalog> {
        S::reflect(self.0.pool(), schemas)
    }

    fn constrained<'a>(
        &'a self,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>> {
        S::constrained(self.0.pool(), table, constraint)
    }

    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>> {
        S::bytes_of(self.0.pool(), table, column)
    }

    fn execute_script<'a>(&'a self, sql: &'a str) -> DriverFuture<'a, ()> {
        Box::pin(self.execute(sql))
    }

    fn state(&self) -> DriverFuture<'_, ServerState> {
        Box::pin(self.0.source.state())
    }

    fn answers(&self) -> DriverFuture<'_, ()> {
        Box::pin(self.0.source.answers())
    }

    fn number(&self) -> u32 {
        let address = S::address(&self.0.pool().connect_options());
        u32::try_from(xxh3_64(address.as_bytes()) >> 32).unwrap_or_default()
    }

    fn pool(&self) -> &dyn Any {
        self.0.pool()
    }

    fn close(self: Box<Self>) -> DriverFuture<'static, ()> {
        let pool = self.0.pool().clone();
        self.0.distrust();
        drop(self);
        Box::pin(async move {
            pool.close().await;
            Ok(())
        })
    }
}
