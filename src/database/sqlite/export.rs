//! Exports from SQLite, each on a thread of its own, with a connection of the pool.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::runtime::Handle;
use tracing::{Dispatch, Span, dispatcher};

use super::{
    connections::{Connection, Connections},
    failure::Failure,
    fetch::{fetch, take},
    handle::{Interrupt, LockedConnection},
    jobs::{HELD, is_clean},
};
use crate::{
    cell::Rows,
    database::{
        decode::Taking,
        export::{Export, ExportPermit, Gone, Sink, TAPE, Tapes, ends},
    },
    error::{Code, Error, SERVER_FAILED},
    metrics::ConnectionInUse,
    statement::Statement,
};

/// The progress of an export, shared between the export's thread and the receiver of its rows.
#[derive(Clone, Default)]
struct ExportStage(Arc<Mutex<ExportState>>);

#[derive(Default)]
enum ExportState {
    #[default]
    Waiting,
    Running(Interrupt),
    /// The receiver of the rows was dropped, so that the export must stop.
    Over,
}

impl ExportStage {
    fn lock(&self) -> MutexGuard<'_, ExportState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the export as running, on a connection that `interrupt` can stop; returns an error if the receiver of its
    /// rows was dropped.
    fn begin(&self, interrupt: Interrupt) -> Result<(), Gone> {
        let mut at = self.lock();
        if let ExportState::Over = *at {
            return Err(Gone);
        }
        *at = ExportState::Running(interrupt);
        Ok(())
    }
}

/// A guard that stops an export when its stream of rows is dropped, unless the export has already given back its
/// connection.
struct StopExport(ExportStage);

impl Drop for StopExport {
    fn drop(&mut self) {
        let mut at = self.0.lock();
        if let ExportState::Running(interrupt) = &*at {
            interrupt.stop();
        }
        *at = ExportState::Over;
    }
}

impl From<Gone> for Failure {
    fn from(_: Gone) -> Self {
        Self::Over
    }
}

/// Begins an export on a thread of its own; returns the stream of its rows.
pub(super) fn begin(connections: &Arc<Connections>, export: Export, turn: ExportPermit) -> Tapes {
    let (sink, taken) = ends();
    let stage = ExportStage::default();
    let tapes = taken.until(StopExport(stage.clone()));
    let (connections, runtime) = (Arc::clone(connections), Handle::current());
    let (span, log) = (Span::current(), dispatcher::get_default(Dispatch::clone));
    let work = move || {
        dispatcher::with_default(&log, || {
            span.in_scope(|| run(&connections, &export, turn, sink, &stage, &runtime));
        });
    };
    let thread = thread::Builder::new().name("tower-rest-export".to_owned());
    if let Err(error) = thread.spawn(work) {
        // The sending end was dropped with the closure of the thread, so the receiver gets an error.
        tracing::error!("the thread of an export could not be started: {error}");
    }
    tapes
}

fn run(
    connections: &Connections,
    export: &Export,
    turn: ExportPermit,
    sink: Sink,
    stage: &ExportStage,
    runtime: &Handle,
) {
    // Returning a connection to its pool requires a runtime.
    let _context = runtime.enter();
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let ran = match runtime.block_on(connections.checkout()) {
            Ok(mut connection) => on(
                connections.meter.begin(),
                (&mut connection, connections.lacking()),
                export,
                &sink,
                stage,
                runtime,
            ),
            Err(error) => Err(Failure::Lost(error)),
        };
        drop(turn);
        let ended = match ran {
            Err(Failure::Over) => return,
            ran => ran.map_err(Failure::into_error),
        };
        runtime.block_on(sink.end(ended));
    }));
    // A panic here means that the runtime has ended, or a bug in this crate. The receiver then gets no last message,
    // which is an error.
    drop(ran);
}

/// Runs an export on a connection, with stand-ins for missing collations (see `collations.rs`). Closes the connection
/// if the transaction of the export cannot be rolled back.
fn on(
    _in_use: ConnectionInUse,
    (connection, collations): (&mut Connection, Arc<BTreeSet<String>>),
    export: &Export,
    sink: &Sink,
    stage: &ExportStage,
    runtime: &Handle,
) -> Result<(), Failure> {
    let mut is_as_it_was = false;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let locked = runtime.block_on(connection.lock_handle());
        let sqlite = LockedConnection::to_read(locked.map_err(Failure::Lost)?, collations)?;
        let ran = whole(&sqlite, export, sink, stage, runtime);
        is_as_it_was = is_clean(&sqlite);
        ran
    }));
    if !is_as_it_was {
        connection.close_on_drop();
    }
    let panicked = |_| Err(Error::new(Code::Internal, SERVER_FAILED).into());
    ran.unwrap_or_else(panicked)
}

/// Checks that the list's parent (the car of `/cars/1/parts/`) exists, if it has one, and then reads every row of the
/// list, in one snapshot.
fn whole(
    sqlite: &LockedConnection<'_>,
    export: &Export,
    sink: &Sink,
    stage: &ExportStage,
    runtime: &Handle,
) -> Result<(), Failure> {
    let mut held = sqlite.prepare_cached(HELD)?;
    let mut running = held.query([])?;
    running.next()?;
    stage.begin(sqlite.interrupt())?;
    if let Some(statement) = export.parent() {
        sqlite.execute_batch("BEGIN")?;
        let running = export.begin("parent", &statement);
        let found = fetch(sqlite, &statement, running, &mut 0)?;
        found.total.ok_or_else(Error::no_such_object)?;
    }
    let statement = export.rows();
    let running = export.begin("export", &statement).of_any_length();
    let give = |rows| runtime.block_on(sink.give(rows));
    let rows = running
        .span()
        .in_scope(|| stream(sqlite, &statement, give))?;
    running.end(rows);
    Ok(())
}

/// Runs a statement and sends its rows in tapes (blocks of rows); returns the number of rows.
fn stream(
    sqlite: &rusqlite::Connection,
    statement: &Statement,
    give: impl Fn(Rows) -> Result<(), Gone>,
) -> Result<u64, Failure> {
    let cut = |taking: &mut Taking<'_>| match taking.cut(TAPE) {
        Some(tape) => Ok(give(tape)?),
        None => Ok(()),
    };
    let taking = take(sqlite, statement, &mut 0, cut)?;
    let (last, count) = taking.finish();
    if !last.rows.is_empty() {
        give(last.rows)?;
    }
    Ok(count)
}
