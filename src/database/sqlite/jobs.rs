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

use tokio::{runtime::Handle, sync::oneshot, time::timeout};
use tracing::{Dispatch, Span, dispatcher};

use super::{
    super::{
        failure::{busy, failed},
        reading::Reading,
    },
    connections::{Connection, Connections},
    costs::Costs,
    counts::Counts,
    failure::Failure,
    fetch::run,
    handle::{Interrupt, Lent},
    lanes::{Lane, Lanes, Nothing, Serves, Turn},
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

/// How long a reading may take that is thought to be quick, or of which nothing is known; and one that is moderate. Then it
/// is done anew in another lane.
const QUICK_LEASH: Duration = Duration::from_millis(100);
const UNKNOWN_LEASH: Duration = Duration::from_millis(50);
const MODERATE_LEASH: Duration = Duration::from_millis(500);

/// Threads that read, and the lanes before them.
pub(super) struct Jobs {
    lanes: Arc<Lanes<Box<Job>>>,
    costs: Arc<Costs>,
}

struct Job {
    reading: Reading,
    /// A number for readings like it, and what such cost.
    kind: u64,
    costs: Arc<Costs>,
    lane: Lane,
    /// Whether it is known to belong there.
    is_known: bool,
    /// Whether a lost connection was replaced for it already.
    again: bool,
    answer: oneshot::Sender<Result<Outcome>>,
    stage: Stage,
    /// The request's runtime, span and log, which a thread has none of.
    runtime: Handle,
    span: Span,
    log: Dispatch,
}

impl Jobs {
    /// Starts the threads. They end with this value.
    pub(super) fn start(connections: &Arc<Connections>) -> std::io::Result<Self> {
        let processors = thread::available_parallelism()
            .map_or(2, usize::from)
            .max(2);
        let lanes = Arc::new(Lanes::new(processors, connections.most()));
        let jobs = Self {
            lanes: Arc::clone(&lanes),
            costs: Arc::new(Costs::new()),
        };
        for (number, serves) in Lanes::<Box<Job>>::threads(processors).enumerate() {
            let worker = Worker {
                lanes: Arc::clone(&lanes),
                serves,
                connections: Arc::clone(connections),
            };
            let name = format!("tower-rest-{number}");
            thread::Builder::new()
                .name(name)
                .spawn(move || worker.work())?;
        }
        Ok(jobs)
    }

    /// Has a reading done, within its time.
    pub(super) async fn run(&self, mut reading: Reading) -> Result<Outcome> {
        let limit = reading.time_limit();
        let kind = reading.kind()?;
        let known = self.costs.lane(kind);
        // Of readings of which nothing is known those by key are quick; others prove it first.
        let lane = known.unwrap_or_else(|| match reading.is_of_an_indexed_key() {
            true => Lane::Quick,
            false => Lane::Moderate,
        });
        let (answer, mut answered) = oneshot::channel();
        let stage = Stage::new();
        let _stop = StopOnDrop(stage.clone());
        let job = Box::new(Job {
            reading,
            kind,
            costs: Arc::clone(&self.costs),
            lane,
            is_known: known.is_some(),
            again: false,
            answer,
            stage: stage.clone(),
            runtime: Handle::current(),
            span: Span::current(),
            log: dispatcher::get_default(Dispatch::clone),
        });
        self.lanes.push(lane, job);
        loop {
            let patience = stage.patience(limit)?;
            if let Ok(answer) = timeout(patience, &mut answered).await {
                let lost = |_| Err(Error::new(Code::Internal, SERVER_FAILED));
                return answer.unwrap_or_else(lost);
            }
            stage.stop_counting();
            stage.stop_overrun();
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.lanes.close();
    }
}

/// A job, and the right to do it.
type Taken = (Box<Job>, Turn<Box<Job>>);

/// A thread.
struct Worker {
    lanes: Arc<Lanes<Box<Job>>>,
    serves: Serves,
    connections: Arc<Connections>,
}

impl Worker {
    /// Until there will be no more jobs, borrows a connection and serves some on it.
    fn work(&self) {
        let mut waiting = None;
        let take = || self.lanes.take(self.serves, None, None).ok();
        while let Some(job) = waiting.take().or_else(take) {
            // A panic here is a runtime that went away: its job is lost, the thread is not.
            let served = catch_unwind(AssertUnwindSafe(|| self.serve(job)));
            waiting = served.unwrap_or(None);
        }
    }

    /// Serves jobs on one connection until it has to go back; gives the job that another connection must do.
    fn serve(&self, first: Taken) -> Option<Taken> {
        let runtime = first.0.runtime.clone();
        // Giving a connection back to its pool takes a runtime.
        let _context = runtime.enter();
        let mut connection = match runtime.block_on(self.connections.checkout()) {
            Ok(connection) => connection,
            Err(error) => {
                first.0.give(Err(failed(error)));
                return None;
            }
        };
        match self.serve_on(&mut connection, first) {
            Ok(waiting) => waiting,
            Err(waiting) => {
                connection.close_on_drop();
                waiting
            }
        }
    }

    /// The same; an error is a connection that must be closed.
    fn serve_on(
        &self,
        connection: &mut Connection,
        (mut job, mut turn): Taken,
    ) -> Result<Option<Taken>, Option<Taken>> {
        let runtime = job.runtime.clone();
        let lent = runtime
            .block_on(connection.lock_handle())
            .map_err(Failure::Lost);
        let collations = self.connections.lacking();
        let sqlite = match lent.and_then(|locked| Ok(Lent::to_read(locked, collations)?)) {
            Ok(sqlite) => sqlite,
            Err(failure) => {
                job.give(Err(failure.into_error()));
                return Err(None);
            }
        };
        let (interrupt, since) = (sqlite.interrupt(), Instant::now());
        let mut counts = Counts::default();
        loop {
            match self.connections.is_current(since) {
                Ok(true) => {}
                // The connection is of a file that another one replaced.
                Ok(false) => return Err(Some((job, turn))),
                Err(error) => {
                    job.give(Err(failed(error)));
                    return Err(None);
                }
            }
            match job.done_on(&sqlite, &interrupt, &mut counts) {
                Ok(None) => {}
                Ok(Some(dearer)) => self.lanes.push(dearer.lane, dearer),
                Err(again) => return Err(again.map(|job| (job, turn))),
            }
            if !is_clean(&sqlite) {
                return Err(None);
            }
            let mut done = Some(turn);
            (job, turn) = loop {
                if self.connections.are_wanted() || since.elapsed() > LONGEST_HOLD {
                    return Ok(None);
                }
                match self.lanes.take(self.serves, Some(LOOK_AFTER), done.take()) {
                    Ok(next) => break next,
                    Err(Nothing::Yet) => {}
                    Err(Nothing::Ever) => return Ok(None),
                }
            };
        }
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
    /// Does the work and answers; gives the job back if it is to be done anew in another lane. An error is a connection that
    /// must be closed, and the job if another should try.
    fn done_on(
        mut self: Box<Self>,
        sqlite: &Lent<'_>,
        interrupt: &Interrupt,
        counts: &mut Counts,
    ) -> Result<Option<Box<Self>>, Option<Box<Self>>> {
        loop {
            let since = Instant::now();
            let done = catch_unwind(AssertUnwindSafe(|| self.attempt(sqlite, interrupt, counts)));
            let Ok(result) = done else {
                self.give(Err(Error::new(Code::Internal, SERVER_FAILED)));
                return Err(None);
            };
            match result {
                // It waited for a lock, and would wait for it in any lane.
                Err(failure) if failure.is_busy() => {
                    self.give(Err(failure.into_error()));
                    return Ok(None);
                }
                Err(_) if self.stage.overran() => {
                    return Ok(Some(self.dearer()));
                }
                Err(_) if self.stage.stopped_counting() => {
                    if let Err(error) = self.reading.uncount() {
                        self.give(Err(if is_locked(sqlite) { busy() } else { error }));
                        return Ok(None);
                    }
                    // What the reading left open is ended before it begins anew.
                    if !is_clean(sqlite) {
                        return Err(Some(self));
                    }
                }
                Err(failure) if failure.is_lost() && !self.again => {
                    self.stage.wait_again();
                    self.again = true;
                    self.reading.restart();
                    return Err(Some(self));
                }
                Err(failure) => {
                    let lost = failure.is_lost();
                    self.costs.learn(self.kind, 0, since.elapsed());
                    self.give(Err(failure.into_error()));
                    return if lost { Err(None) } else { Ok(None) };
                }
                Ok(outcome) => {
                    self.costs
                        .learn(self.kind, self.stage.steps(), since.elapsed());
                    self.give(Ok(outcome));
                    return Ok(None);
                }
            }
        }
    }

    /// The same job for another lane, where it begins anew.
    fn dearer(mut self: Box<Self>) -> Box<Self> {
        // With so few steps it may have waited for a processor.
        let may_be_quick = self.is_known || Costs::are_quick(self.stage.steps());
        self.lane = match self.lane {
            Lane::Quick if may_be_quick => Lane::Moderate,
            Lane::Moderate if !self.is_known && may_be_quick => Lane::Moderate,
            Lane::Quick | Lane::Moderate | Lane::Dear => Lane::Dear,
        };
        self.is_known = true;
        self.costs.overran(self.kind, self.lane);
        self.reading.restart();
        self.stage.wait_again();
        self
    }

    /// How long it may take in its lane.
    fn leash(&self) -> Option<Duration> {
        match self.lane {
            Lane::Quick => Some(QUICK_LEASH),
            Lane::Moderate if self.is_known => Some(MODERATE_LEASH),
            Lane::Moderate => Some(UNKNOWN_LEASH),
            Lane::Dear => None,
        }
    }

    fn attempt(
        &mut self,
        sqlite: &Lent<'_>,
        interrupt: &Interrupt,
        counts: &mut Counts,
    ) -> Result<Outcome, Failure> {
        sqlite.wait_for_locks(self.reading.time_limit())?;
        let mut held = sqlite.prepare_cached(HELD)?;
        let mut running = held.query([])?;
        running.next()?;
        if !self.stage.begin(interrupt, self.leash()) {
            return Err(Failure::Over);
        }
        let (stage, reading) = (&self.stage, &mut self.reading);
        dispatcher::with_default(&self.log, || {
            self.span.in_scope(|| run(sqlite, reading, stage, counts))
        })
    }

    /// Ends the job with an answer, which a request that is gone does not take.
    fn give(self: Box<Self>, answer: Result<Outcome>) {
        self.stage.end();
        drop(self.answer.send(answer));
    }
}
