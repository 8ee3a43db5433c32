//! An export from a server: on a connection of its own, which is closed after it.

use std::{future::poll_fn, sync::Arc, time::Instant};

use sqlx::{Connection as _, Database as Backend, Either, Execute, Executor};
use tokio::{
    runtime::Handle,
    task::AbortHandle,
    time::{Instant as Deadline, timeout_at},
};
use tracing::{Instrument as _, Span, instrument::WithSubscriber as _};

use super::{
    Connection, Failure, LONGEST_WAIT, Server,
    connection_cache::ConnectionCache,
    locks::{self, Unlockable},
};
use crate::{
    database::{
        decode::Typed,
        export::{Export, Gone, Sink, TAPE, Tapes, Turn, ends},
        failure::error_of,
        reading::record,
    },
    error::{Code, Error},
    statement::Statement,
};

/// A connection outside its pool. Dropped before its end, what it runs is stopped.
struct Own<S: Server> {
    /// With the turn to have it.
    held: Option<(Connection<S>, Turn)>,
    /// What the server knows it by.
    number: i64,
    cache: Arc<ConnectionCache<S>>,
}

/// Ends a task whose rows nobody takes any more.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl From<Gone> for Failure {
    fn from(_: Gone) -> Self {
        Self::Slow(error_of(Code::Timeout))
    }
}

/// Begins an export.
pub(super) fn begin<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    export: Export,
    turn: Turn,
) -> Tapes {
    let (sink, taken) = ends();
    let run = run(Arc::clone(cache), export, turn, sink);
    let task = tokio::spawn(run.instrument(Span::current()).with_current_subscriber());
    taken.until(AbortOnDrop(task.abort_handle()))
}

async fn run<S: Server>(
    cache: Arc<ConnectionCache<S>>,
    mut export: Export,
    turn: Turn,
    sink: Sink,
) {
    let mut own = match Own::connect(cache, turn).await {
        Ok(own) => own,
        Err(failure) => return sink.end(Err(failure.into_error())).await,
    };
    let ran = match &mut own.held {
        Some((connection, _)) => {
            converted::<S>(connection, &own.cache.unlockable, &mut export, &sink).await
        }
        None => Ok(()),
    };
    // What nobody waits for may still run: it is stopped where this is dropped.
    if let Err(Failure::Slow(_)) = ran {
        return;
    }
    if let Some((connection, turn)) = own.held.take() {
        // It waits for nobody who takes the last rows.
        tokio::spawn(async move {
            drop(connection.close().await);
            drop(turn);
        });
    }
    sink.end(ran.map_err(Failure::into_error)).await;
}

/// Begins once more where a column's character set lacks characters of the request: no row was given yet.
async fn converted<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    export: &mut Export,
    sink: &Sink,
) -> Result<(), Failure> {
    match (
        whole::<S>(connection, unlockable, export, sink).await,
        S::CONVERTING,
    ) {
        (Err(failure), Some(dialect)) if failure.is_unfit::<S>() => {
            export.convert_by(dialect);
            let ended = S::execute(connection, "ROLLBACK".into()).await;
            ended.map_err(Failure::Database)?;
            whole::<S>(connection, unlockable, export, sink).await
        }
        (ran, _) => ran,
    }
}

/// Reads the parent, if one must be there, and then every row, in one snapshot.
async fn whole<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    export: &Export,
    sink: &Sink,
) -> Result<(), Failure> {
    if let Some(statement) = export.parent() {
        locks::begin::<S>(connection, unlockable, &export.tables()).await?;
        parent::<S>(connection, export, &statement).await?;
    }
    let statement = export.rows();
    let (span, started) = (export.span("export", &statement), Instant::now());
    let streaming = S::stream(connection, &statement, sink);
    let rows = streaming.instrument(span.clone()).await?;
    record(&span, rows, started);
    Ok(())
}

async fn parent<S: Server>(
    connection: &mut Connection<S>,
    export: &Export,
    statement: &Statement,
) -> Result<(), Failure> {
    let (span, started) = (export.span("parent", statement), Instant::now());
    let fetching = S::fetch(connection, statement);
    let (fetched, rows) = fetching.instrument(span.clone()).await?;
    record(&span, rows, started);
    fetched.total.ok_or_else(Error::no_such_object)?;
    Ok(())
}

/// Runs a statement, and gives its rows on in tapes; how many there were.
pub(in super::super) async fn stream<'c, 'q, B, C, W>(
    connection: C,
    query: impl Execute<'q, B> + 'q,
    mut typed: Typed<'_, W>,
    take: impl Fn(&mut Typed<'_, W>, &B::Row) -> Result<(), Failure>,
    sink: &Sink,
) -> Result<u64, Failure>
where
    B: Backend,
    C: Executor<'c, Database = B>,
    'q: 'c,
    W: Copy,
{
    let mut rows = connection.fetch_many(query);
    while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
        if let Either::Right(row) = row.map_err(Failure::Database)? {
            take(&mut typed, &row)?;
        }
        if let Some(tape) = typed.cut(TAPE) {
            sink.give(tape).await?;
        }
    }
    let (last, count) = typed.finish();
    if !last.rows.is_empty() {
        sink.give(last.rows).await?;
    }
    Ok(count)
}

impl<S: Server> Own<S> {
    /// A connection that its pool has no part in: whoever reads slowly keeps none of those from a page.
    async fn connect(cache: Arc<ConnectionCache<S>>, turn: Turn) -> Result<Self, Failure> {
        let by = Deadline::now() + LONGEST_WAIT;
        let connecting = async {
            let mut connection = cache.apart(by).await?;
            let number = S::number(&mut connection).await;
            Ok((connection, number.map_err(Failure::Database)?))
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

impl<S: Server> Drop for Own<S> {
    fn drop(&mut self) {
        let (Some(held), Ok(runtime)) = (self.held.take(), Handle::try_current()) else {
            return;
        };
        let (cache, number) = (Arc::clone(&self.cache), self.number);
        runtime.spawn(async move {
            cache.end(number).await;
            drop(held);
        });
    }
}
