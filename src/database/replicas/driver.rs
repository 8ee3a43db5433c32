//! [`Replicated`]: the driver of a database with replicas. All but readings goes to the primary.

use std::{any::Any, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    super::{
        driver::{Driver, DriverFuture, Replica, ServerState, Unit, Work},
        export::{Export, ExportPermit, Tapes},
        fetched::Written,
        reading::Reading,
    },
    servers::Servers,
    watch,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    error::{Code, Result},
    model::Column,
    operation::Outcome,
    read_after::{Freshness, ReadAfter},
    statement::{Dialect, Statement},
};

/// The interval at which a closing looks whether the servers are still watched.
const LOOK_AFTER: Duration = Duration::from_millis(20);

pub(super) struct Replicated {
    servers: Arc<Servers>,
    /// The number of the database, which is that of the primary of the configuration.
    number: u32,
}

impl Replicated {
    pub(super) fn new(servers: Servers) -> Self {
        let servers = Arc::new(servers);
        // The first request then finds what is known of the servers.
        watch::keep(&servers);
        let number = servers.first.database.0.driver.number();
        Self { servers, number }
    }

    fn primary(&self) -> &dyn Driver {
        watch::keep(&self.servers);
        self.servers.primary()
    }

    /// Returns the result. If the primary could not be reached, the servers are asked at once whether another one is
    /// the primary now.
    fn noted<T>(&self, done: Result<T>) -> Result<T> {
        done.inspect_err(|error| {
            if error.code() == Code::Unavailable {
                self.servers.wake.notify_one();
            }
        })
    }
}

impl Driver for Replicated {
    fn name(&self) -> &'static str {
        self.servers.first.database.0.driver.name()
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.servers.primary().dialect()
    }

    fn adapt(&self, column: &mut Column) -> Option<String> {
        self.servers.primary().adapt(column)
    }

    fn read(&self, reading: Reading) -> DriverFuture<'_, Outcome> {
        Box::pin(async { self.noted(self.primary().read(reading).await) })
    }

    fn export(&self, export: Export, turn: ExportPermit) -> Tapes {
        self.primary().export(export, turn)
    }

    fn connections(&self) -> usize {
        let each = self
            .servers
            .all()
            .map(|server| server.database.0.driver.connections());
        each.sum()
    }

    fn most_exports(&self) -> usize {
        self.servers.primary().most_exports()
    }

    fn begin(&self, writes: bool) -> DriverFuture<'_, Box<dyn Unit>> {
        Box::pin(async move { self.noted(self.primary().begin(writes).await) })
    }

    fn work(&self, work: Work, limit: Duration, alone: bool) -> DriverFuture<'_, Outcome> {
        Box::pin(async move { self.noted(self.primary().work(work, limit, alone).await) })
    }

    fn write_at_once<'a>(
        &'a self,
        statement: &'a Statement,
        limit: Duration,
    ) -> DriverFuture<'a, Option<Written>> {
        Box::pin(async move { self.noted(self.primary().write_at_once(statement, limit).await) })
    }

    fn keeps_returned<'a>(
        &'a self,
        table: (Option<&'a str>, &'a str),
        are_new: bool,
    ) -> DriverFuture<'a, bool> {
        self.primary().keeps_returned(table, are_new)
    }

    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> DriverFuture<'a, Catalog> {
        self.primary().reflect(schemas)
    }

    fn constrained<'a>(
        &'a self,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>> {
        self.primary().constrained(table, constraint)
    }

    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>> {
        self.primary().bytes_of(table, column)
    }

    fn execute_script<'a>(&'a self, sql: &'a str) -> DriverFuture<'a, ()> {
        self.primary().execute_script(sql)
    }

    /// Whether the primary is there or, if it does not answer, a replica.
    fn answers(&self) -> DriverFuture<'_, ()> {
        Box::pin(async {
            let mut answered = self.primary().answers().await;
            for server in self.servers.all() {
                if answered.is_ok() {
                    break;
                }
                answered = server.database.0.driver.answers().await;
            }
            answered
        })
    }

    /// Returns the state of the primary.
    fn state(&self) -> DriverFuture<'_, ServerState> {
        self.primary().state()
    }

    fn number(&self) -> u32 {
        self.number
    }

    fn replica(&self, freshness: &Freshness) -> Option<Box<dyn Replica + '_>> {
        watch::keep(&self.servers);
        let replica = self.servers.replica(freshness, self.number)?;
        Some(Box::new(replica))
    }

    fn has_replicas(&self) -> bool {
        true
    }

    fn read_after(&self) -> DriverFuture<'_, Option<(ReadAfter, Duration)>> {
        Box::pin(async {
            let state = self.servers.primary().state().await.ok();
            let position = state.and_then(|state| state.position);
            let token = ReadAfter::now(self.number, position);
            Ok(Some((token, self.servers.window())))
        })
    }

    fn pool(&self) -> &dyn Any {
        self.servers.primary().pool()
    }

    /// Waits for the task that watches the servers, which drops the last handle to them.
    fn close(self: Box<Self>) -> DriverFuture<'static, ()> {
        let servers = Arc::downgrade(&self.servers);
        self.servers.wake.notify_one();
        drop(self);
        Box::pin(async move {
            while servers.strong_count() > 0 {
                sleep(LOOK_AFTER).await;
            }
            Ok(())
        })
    }
}
