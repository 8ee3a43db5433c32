//! Readings on threads of their own: one message there, one back, and the rows are read where they are.
//!
//! 1. A thread borrows a connection when there is work, keeps it while there is more, and gives it back clean or closes
//!    it: no statement open, no transaction, no panic behind it.
//! 2. A request waits two seconds for a thread, then it is refused. A reading that takes too long, or whose request is
//!    gone, is stopped where it stands.
//! 3. A connection that is lost is replaced, and the reading done once more: it has sent nothing yet.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use flume::{Receiver, RecvTimeoutError, Sender};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};
use tracing::{Dispatch, Span, dispatcher};

use super::{
    super::{
        failure::{busy, failed},
        reading::Reading,
    },
    connections::{Connection, Connections},
    counts::Counts,
    failure::Failure,
    fetch::run,
    handle::{Interrupt, Lent},
    lanes::{Lanes, ListTurn},
    stage::{Stage, StopOnDrop},
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Outcome,
};

/// How often a thread without work looks whether somebody else wants its connection.
const LOOK_AFTER: Duration = Duration::from_millis(500);
/// How long it keeps one before the pool may have it.
const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// A statement kept running under a job's own: while one runs, an interrupt also stops those that start after it, so that
/// none is lost between two of them. <https://www.sqlite.org/c3ref/interrupt.html>
pub(super) const HELD: &str = "SELECT 1 UNION ALL SELECT 2";

/// Threads that read, and the queues before them.
pub(super) struct Jobs {
    queue: Sender<Box<Job>>,
    /// Before a thread that reads single rows while lists have all the others.
    rows: Sender<Box<Job>>,
    lanes: Arc<Lanes>,
}

pub(super) struct Job {
    reading: Reading,
    /// Whether a lost connection was replaced for it already.
    again: bool,
    answer: oneshot::Sender<Result<Outcome>>,
    stage: Stage,
    /// Of a list: one of those that wait or are read.
    _list: Option<ListTurn>,
    /// The request's runtime, span and log, which a thread has none of.
    runtime: Handle,
    span: Span,
    log: Dispatch,
}

impl Jobs {
    /// Starts the threads. They end with this value.
    pub(super) fn start(connections: &Arc<Connections>) -> std::io::Result<Self> {
        let threads = thread::available_parallelism()
            .map_or(2, usize::from)
            .max(2);
        let lanes = Arc::new(Lanes::new(threads));
        let (queue, all) = flume::unbounded();
        let (rows, single) = flume::unbounded();
        let lists = (0..threads).map(|number| (format!("tower-rest-{number}"), all.clone()));
        for (name, queue) in lists.chain([("tower-rest-rows".to_owned(), single)]) {
            let (connections, lanes) = (Arc::clone(connections), Arc::clone(&lanes));
            thread::Builder::new()
                .name(name)
                .spawn(move || work(&queue, &connections, &lanes))?;
        }
        Ok(Self { queue, rows, lanes })
    }

    /// Has a reading done, within its time.
    pub(super) async fn run(&self, reading: Reading) -> Result<Outcome> {
        let limit = reading.time_limit();
        let (answer, mut answered) = oneshot::channel();
        let stage = Stage::new();
        let _stop = StopOnDrop(stage.clone());
        let (queue, list) = match reading.is_list() {
            true => (&self.queue, Some(ListTurn::new(&self.lanes))),
            false if self.lanes.are_full() => (&self.rows, None),
            false => (&self.queue, None),
        };
        let job = Box::new(Job {
            reading,
            again: false,
            answer,
            stage: stage.clone(),
            _list: list,
            runtime: Handle::current(),
            span: Span::current(),
            log: dispatcher::get_default(Dispatch::clone),
        });
        queue
            .send(job)
            .map_err(|_| Error::new(Code::Internal, SERVER_FAILED))?;
        loop {
            let patience = stage.patience(limit)?;
            if let Ok(answer) = timeout(patience, &mut answered).await {
                let lost = |_| Err(Error::new(Code::Internal, SERVER_FAILED));
                return answer.unwrap_or_else(lost);
            }
            stage.stop_counting();
        }
    }
}

/// A thread: until the queue is gone, borrow a connection and serve jobs on it.
fn work(queue: &Receiver<Box<Job>>, connections: &Connections, lanes: &Lanes) {
    let mut waiting = None;
    while let Some(job) = waiting.take().or_else(|| queue.recv().ok()) {
        // A panic here is a runtime that went away: its job is lost, the thread is not.
        let served = catch_unwind(AssertUnwindSafe(|| serve(job, queue, connections, lanes)));
        waiting = served.unwrap_or(None);
    }
}

/// Serves jobs on one connection until it has to go back; gives the job that another connection must do.
fn serve(
    first: Box<Job>,
    queue: &Receiver<Box<Job>>,
    connections: &Connections,
    lanes: &Lanes,
) -> Option<Box<Job>> {
    let runtime = first.runtime.clone();
    // Giving a connection back to its pool takes a runtime.
    let _context = runtime.enter();
    let mut connection = match runtime.block_on(connections.checkout()) {
        Ok(connection) => connection,
        Err(error) => {
            first.give(Err(failed(error)));
            return None;
        }
    };
    match serve_on(&mut connection, first, queue, connections, lanes) {
        Ok(waiting) => waiting,
        Err(waiting) => {
            connection.close_on_drop();
            waiting
        }
    }
}

/// The same; an error is a connection that must be closed.
fn serve_on(
    connection: &mut Connection,
    first: Box<Job>,
    queue: &Receiver<Box<Job>>,
    connections: &Connections,
    lanes: &Lanes,
) -> Result<Option<Box<Job>>, Option<Box<Job>>> {
    let runtime = first.runtime.clone();
    let lent = runtime
        .block_on(connection.lock_handle())
        .map_err(Failure::Lost);
    let collations = connections.lacking();
    let sqlite = match lent.and_then(|locked| Ok(Lent::to_read(locked, collations)?)) {
        Ok(sqlite) => sqlite,
        Err(failure) => {
            first.give(Err(failure.into_error()));
            return Err(None);
        }
    };
    let (interrupt, since) = (sqlite.interrupt(), Instant::now());
    let mut counts = Counts::default();
    let mut job = first;
    loop {
        match connections.is_current(since) {
            Ok(true) => {}
            // The connection is of a file that another one replaced.
            Ok(false) => return Err(Some(job)),
            Err(error) => {
                job.give(Err(failed(error)));
                return Err(None);
            }
        }
        job.done_on(&sqlite, &interrupt, &mut counts, lanes)?;
        if !is_clean(&sqlite) {
            return Err(None);
        }
        if let Some(waiting) = lanes.next() {
            job = waiting;
            continue;
        }
        job = loop {
            if connections.are_wanted() || since.elapsed() > LONGEST_HOLD {
                return Ok(None);
            }
            match queue.recv_timeout(LOOK_AFTER) {
                Ok(job) => break job,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        };
    }
}

/// Whether a connection is as it was found, if need be after ending what a reading left open.
pub(super) fn is_clean(sqlite: &Lent<'_>) -> bool {
    sqlite.is_autocommit() || (sqlite.execute_batch("ROLLBACK").is_ok() && sqlite.is_autocommit())
}

/// Whether another program has the file locked: then a count that was stopped had not begun.
fn is_locked(sqlite: &Lent<'_>) -> bool {
    let read = sqlite.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()));
    read.is_err_and(|error| Failure::from(error).is_busy())
}

impl Job {
    /// Does the work and answers. An error is a connection that must be closed, and the job if another should try.
    fn done_on(
        mut self: Box<Self>,
        sqlite: &Lent<'_>,
        interrupt: &Interrupt,
        counts: &mut Counts,
        lanes: &Lanes,
    ) -> Result<(), Option<Box<Self>>> {
        loop {
            let done = catch_unwind(AssertUnwindSafe(|| {
                self.attempt(sqlite, interrupt, counts, lanes)
            }));
            let Ok(result) = done else {
                self.give(Err(Error::new(Code::Internal, SERVER_FAILED)));
                return Err(None);
            };
            match result {
                Err(failure) if !failure.is_busy() && self.stage.stopped_counting() => {
                    if let Err(error) = self.reading.uncount() {
                        self.give(Err(if is_locked(sqlite) { busy() } else { error }));
                        return Ok(());
                    }
                    // What the reading left open is ended before it begins anew.
                    if !is_clean(sqlite) {
                        return Err(Some(self));
                    }
                }
                Err(Failure::Waits) => {
                    self.stage.wait_again();
                    self.reading.restart();
                    let is_clean = is_clean(sqlite);
                    lanes.wait(self);
                    return if is_clean { Ok(()) } else { Err(None) };
                }
                Err(failure) if failure.is_lost() && !self.again => {
                    self.stage.wait_again();
                    self.again = true;
                    self.reading.restart();
                    return Err(Some(self));
                }
                Err(failure) => {
                    let lost = failure.is_lost();
                    self.give(Err(failure.into_error()));
                    return if lost { Err(None) } else { Ok(()) };
                }
                Ok(outcome) => {
                    self.give(Ok(outcome));
                    return Ok(());
                }
            }
        }
    }

    fn attempt(
        &mut self,
        sqlite: &Lent<'_>,
        interrupt: &Interrupt,
        counts: &mut Counts,
        lanes: &Lanes,
    ) -> Result<Outcome, Failure> {
        let mut held = sqlite.prepare_cached(HELD)?;
        let mut running = held.query([])?;
        running.next()?;
        if !self.stage.begin(interrupt) {
            return Err(Failure::Over);
        }
        let (lane, reading) = (lanes.lane(&self.stage), &mut self.reading);
        dispatcher::with_default(&self.log, || {
            self.span.in_scope(|| run(sqlite, reading, &lane, counts))
        })
    }

    /// Ends the job with an answer, which a request that is gone does not take.
    fn give(self: Box<Self>, answer: Result<Outcome>) {
        self.stage.end();
        drop(self.answer.send(answer));
    }
}
