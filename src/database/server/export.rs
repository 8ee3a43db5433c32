//! Exports from a server, each on a connection of its own, which is closed afterwards.

use std::{collections::BTreeSet, sync::Arc};

use sqlx::Connection as _;
use tokio::{
    runtime::Handle,
    task::AbortHandle,
    time::{Instant as Deadline, timeout_at},
};
use tracing::{Instrument as _, Span, instrument::WithSubscriber as _};

use super::{
    connection_cache::ConnectionCache,
    failure::Failure,
    locks::{self, Unlockable},
    protocol::Connection,
    retry::{Remedy, Retries, Scene},
    statements::Server,
};
use crate::{
    database::{
        export::{Export, ExportPermit, Sink, Tapes, ends},
        failure::error_of,
        words::LONGEST_WAIT,
    },
    error::{Code, Error},
    statement::Statement,
};

/// A connection outside the pool. If it is dropped before the export ends, its statement is stopped.
struct OwnConnection<S: Server> {
    /// The connection, and the permit to run the export; `None` once the export has ended.
    held: Option<(Connection<S>, ExportPermit)>,
    /// The number by which the server identifies the connection.
    number: i64,
    cache: Arc<ConnectionCache<S>>,
}

/// A guard that aborts the task of an export when its rows are dropped.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins an export on a connection of its own; returns the stream of its rows.
pub(super) fn begin<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    export: Export,
    turn: ExportPermit,
) -> Tapes {
    let (sink, taken) = ends();
    let run = run(Arc::clone(cache), export, turn, sink);
    let task = tokio::spawn(run.instrument(Span::current()).with_current_subscriber());
    taken.until(AbortOnDrop(task.abort_handle()))
}

async fn run<S: Server>(
    cache: Arc<ConnectionCache<S>>,
    mut export: Export,
    turn: ExportPermit,
    sink: Sink,
) {
    let mut own = match OwnConnection::connect(cache, turn).await {
        Ok(own) => own,
        Err(failure) => return sink.end(Err(failure.into_error())).await,
    };
    let ran = match &mut own.held {
        Some((connection, _)) => {
            attempt::<S>(connection, &own.cache.unlockable, &mut export, &sink).await
        }
        None => Ok(()),
    };
    // After a timeout the statement may still run; it is stopped when `own` is dropped.
    if let Err(Failure::Slow(_)) = ran {
        return;
    }
    if let Some((connection, turn)) = own.held.take() {
        // The connection is closed in a task of its own, so that the last rows need not wait for it.
        tokio::spawn(async move {
            drop(connection.close().await);
            drop(turn);
        });
    }
    sink.end(ran.map_err(Failure::conflicting::<S>)).await;
}

/// Reads every row of the exported list into `sink`, with retries as long as no row has been sent to the client.
async fn attempt<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    export: &mut Export,
    sink: &Sink,
) -> Result<(), Failure> {
    let mut retries = Retries::new(Scene::Export);
    loop {
        let failure = match whole::<S>(connection, unlockable, export, sink).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        match retries.after::<S>(&failure).and_then(Remedy::dialect) {
            Some(dialect) => export.convert_by(dialect),
            None => return Err(failure),
        }
        let ended = S::execute(connection, "ROLLBACK".into()).await;
        ended.map_err(Failure::Database)?;
    }
}

/// Checks that the list's parent (the car of `/cars/1/parts/`) exists, if it has one, and then reads every row of the
/// list into `sink`, in one snapshot.
async fn whole<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    export: &Export,
    sink: &Sink,
) -> Result<(), Failure> {
    if let Some(statement) = export.parent() {
        locks::begin::<S>(connection, unlockable, &export.tables(), None).await?;
        parent::<S>(connection, export, &statement).await?;
    } else if S::IS_POOLED {
        locks::begin::<S>(connection, unlockable, &BTreeSet::new(), None).await?;
    }
    let statement = export.rows();
    let running = export.begin("export", &statement).of_any_length();
    let streaming = S::stream(connection, &statement, sink);
    let rows = streaming.instrument(running.span().clone()).await?;
    running.end(rows);
    if S::IS_POOLED {
        // A pooler closes the session of a client that leaves inside a transaction.
        let ended = S::execute(connection, "ROLLBACK".into()).await;
        ended.map_err(Failure::Database)?;
    }
    Ok(())
}

async fn parent<S: Server>(
    connection: &mut Connection<S>,
    export: &Export,
    statement: &Statement,
) -> Result<(), Failure> {
    let running = export.begin("parent", statement);
    let fetching = S::fetch(connection, statement);
    let (fetched, rows) = fetching.instrument(running.span().clone()).await?;
    running.end(rows);
    fetched.total.ok_or_else(Error::no_such_object)?;
    Ok(())
}

impl<S: Server> OwnConnection<S> {
    /// Opens a connection outside the pool, so that a slow client does not occupy a connection of the pool.
    async fn connect(cache: Arc<ConnectionCache<S>>, turn: ExportPermit) -> Result<Self, Failure> {
        let by = Deadline::now() + LONGEST_WAIT;
        let connecting = async {
            let mut connection = cache.apart(by).await?;
            let session = S::session(&mut connection).await;
            let number = session.map_err(Failure::Database)?.number;
            Ok((connection, number))
        };
        let connected = timeout_at(by, connecting).await;
        let too_late = |_| Err(Failure::Answered(error_of(Code::Unavailable)));
        let (connection, number) = connected.unwrap_or_else(too_late)?;
        Ok(Self {
            held: Some((connection, turn)),
            number,
            cache,
        })
    }
}

impl<S: Server> Drop for OwnConnection<S> {
    fn drop(&mut self) {
        let (Some(held), Ok(runtime)) = (self.held.take(), Handle::try_current()) else {
            return;
        };
        let (cache, number) = (Arc::clone(&self.cache), self.number);
        runtime.spawn(async move {
            cache.source.end(number).await;
            drop(held);
        });
    }
}
