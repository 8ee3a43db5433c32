//! Jobs: a job is a reading (the statements for one answer) that runs on a dedicated thread, with one message to the
//! thread and one back.
//!
//! 1. A thread checks out a connection when it gets a job, and keeps the connection while more jobs follow. It gives
//!    the connection back without an open statement or transaction, or closes it.
//! 2. A request waits at most two seconds for a thread; then the client gets an error. A reading that exceeds its time
//!    limit, or whose request is dropped, is stopped at once.
//! 3. If a connection is lost, the reading runs once more on another one, which is possible since nothing has been sent
//!    to the client yet.

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
    connections::{Connection, Connections, SYSTEM},
    costs::Costs,
    counts::Counts,
    failure::Failure,
    fetch::run,
    handle::{Interrupt, LockedConnection},
    lanes::{Lane, Lanes, Nothing, Serves, Turn},
    stage::{JobStage, StopOnDrop},
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::{self, ConnectionQueue, ConnectionWait},
    operation::Outcome,
};

/// The interval at which an idle thread checks whether its connection is needed elsewhere.
const LOOK_AFTER: Duration = Duration::from_millis(500);
/// The longest time that a thread keeps a connection before it returns it to the pool.
const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// A statement that stays open during a job. As long as it is open, an interrupt also stops the statements that start
/// after it, so that no interrupt is lost between two statements: <https://www.sqlite.org/c3ref/interrupt.html>.
pub(super) const HELD: &str = "SELECT 1 UNION ALL SELECT 2";

/// The time limit of a reading in the quick lane (a queue by expected cost). A reading that exceeds the limit of its
/// lane restarts, with a longer limit or in a lane without one.
const QUICK_LEASH: Duration = Duration::from_millis(100);
/// The time limit of a reading of unknown cost in the moderate lane.
const UNKNOWN_LEASH: Duration = Duration::from_millis(50);
/// The time limit of a reading of known cost in the moderate lane.
const MODERATE_LEASH: Duration = Duration::from_millis(500);

/// The threads that run readings, and the lanes (queues by expected cost) from which they take them.
pub(super) struct Jobs {
    lanes: Arc<Lanes<Box<Job>>>,
    costs: Arc<Costs>,
}

struct Job {
    reading: Reading,
    /// The kind of the reading (readings that differ only in their values are of one kind), and the costs of all kinds.
    kind: u64,
    costs: Arc<Costs>,
    lane: Lane,
    /// Whether the cost of the reading's kind is known.
    is_known: bool,
    /// Whether the job runs for a second time, since its first connection was lost.
    again: bool,
    answer: oneshot::Sender<Result<Outcome>>,
    /// The wait for a thread; `None` once the job has begun.
    wait: Option<ConnectionWait>,
    stage: JobStage,
    /// The request's runtime, span and log subscriber, which the thread lacks.
    runtime: Handle,
    span: Span,
    log: Dispatch,
}

impl Jobs {
    /// Starts the threads that run readings. They end when the returned value is dropped.
    pub(super) fn start(connections: &Arc<Connections>) -> std::io::Result<Self> {
        let processors = thread::available_parallelism()
            .map_or(2, usize::from)
            .max(2);
        // A thread without a connection would only wait for one.
        let processors = processors.min((connections.most().saturating_sub(1) / 2).max(1));
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

    /// Runs a reading (the statements for one answer) on one of the threads, within its time limit, and returns its
    /// answer.
    pub(super) async fn run(&self, mut reading: Reading) -> Result<Outcome> {
        let limit = reading.time_limit();
        let kind = reading.kind()?;
        let known = self.costs.lane(kind);
        // If the cost is unknown, a reading by an indexed key is assumed to be quick, and any other to be moderate.
        let lane = known.unwrap_or_else(|| match reading.is_of_an_indexed_key() {
            true => Lane::Quick,
            false => Lane::Moderate,
        });
        let (answer, mut answered) = oneshot::channel();
        let stage = JobStage::new();
        let _stop = StopOnDrop(stage.clone());
        let job = Box::new(Job {
            reading,
            kind,
            costs: Arc::clone(&self.costs),
            lane,
            is_known: known.is_some(),
            again: false,
            answer,
            wait: Some(ConnectionWait::begin(SYSTEM, ConnectionQueue::Reading)),
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

/// A job that a thread has taken, and the permit to run it, of which its lane (queue) has a limited number.
type TakenJob = (Box<Job>, Turn<Box<Job>>);

/// A thread that runs readings.
struct Worker {
    lanes: Arc<Lanes<Box<Job>>>,
    serves: Serves,
    connections: Arc<Connections>,
}

impl Worker {
    /// Checks out connections and runs jobs on them, until the lanes (queues of jobs) are closed.
    fn work(&self) {
        let mut waiting = None;
        let take = || self.lanes.take(self.serves, None, None).ok();
        while let Some(job) = waiting.take().or_else(take) {
            // A panic here means that the request's runtime has ended: the job is lost, but the thread continues.
            let served = catch_unwind(AssertUnwindSafe(|| self.serve(job)));
            waiting = served.unwrap_or(None);
        }
    }

    /// Runs jobs on one connection, `first` and those that follow, until the connection must be given back. Returns the
    /// job that needs another connection, if any.
    fn serve(&self, first: TakenJob) -> Option<TakenJob> {
        let runtime = first.0.runtime.clone();
        // Returning a connection to its pool requires a runtime.
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

    /// Runs jobs on a connection until it must be given back. Returns an error if the connection must be closed
    /// instead, with the job that then needs another connection, if any.
    fn serve_on(
        &self,
        connection: &mut Connection,
        (mut job, mut turn): TakenJob,
    ) -> Result<Option<TakenJob>, Option<TakenJob>> {
        let runtime = job.runtime.clone();
        let lent = runtime
            .block_on(connection.lock_handle())
            .map_err(Failure::Lost);
        let collations = self.connections.lacking();
        let sqlite =
            match lent.and_then(|locked| Ok(LockedConnection::to_read(locked, collations)?)) {
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
                // The file of the connection was replaced.
                Ok(false) => return Err(Some((job, turn))),
                Err(error) => {
                    job.give(Err(failed(error)));
                    return Err(None);
                }
            }
            let in_use = self.connections.meter.begin();
            let done = job.done_on(&sqlite, &interrupt, &mut counts);
            drop(in_use);
            match done {
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

/// Rolls back a transaction that is open; returns whether the connection now has none.
pub(super) fn is_clean(sqlite: &LockedConnection<'_>) -> bool {
    sqlite.is_autocommit() || (sqlite.execute_batch("ROLLBACK").is_ok() && sqlite.is_autocommit())
}

/// Whether another program has locked the file. If so, a count that was stopped for taking too long had waited for the
/// lock.
fn is_locked(sqlite: &LockedConnection<'_>) -> bool {
    let read = sqlite.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()));
    read.is_err_and(|error| Failure::from(error).is_busy())
}

impl Job {
    /// Runs the job and sends its answer; returns the job if it must restart in another lane (a queue by expected
    /// cost).
    ///
    /// # Errors
    ///
    /// When the connection must be closed. The error contains the job if it should run on another connection.
    fn done_on(
        mut self: Box<Self>,
        sqlite: &LockedConnection<'_>,
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
                // The job has waited for a lock, and would wait for it in any lane.
                Err(failure) if failure.is_busy() => {
                    self.give(Err(failure.into_error()));
                    return Ok(None);
                }
                Err(_) if self.stage.overran() => {
                    return Ok(Some(self.dearer()));
                }
                Err(_) if self.stage.stopped_counting() => {
                    metrics::retried("leave_out_total");
                    if let Err(error) = self.reading.uncount() {
                        self.give(Err(if is_locked(sqlite) { busy() } else { error }));
                        return Ok(None);
                    }
                    // If the reading has a transaction open, that ends before the reading restarts.
                    if !is_clean(sqlite) {
                        return Err(Some(self));
                    }
                }
                Err(failure) if failure.is_lost() && !self.again => {
                    metrics::retried("reconnect");
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

    /// Returns the job, prepared to restart in the lane (a queue by expected cost) with a longer time limit or none,
    /// after it exceeded its limit.
    fn dearer(mut self: Box<Self>) -> Box<Self> {
        // A job that took few steps may be quick: it may have waited for a processor.
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

    /// Returns the time limit of the job in its lane (a queue by expected cost); `None` if the lane has none.
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
        sqlite: &LockedConnection<'_>,
        interrupt: &Interrupt,
        counts: &mut Counts,
    ) -> Result<Outcome, Failure> {
        self.wait = None;
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

    /// Ends the job and sends its answer to the request, unless the request was dropped.
    fn give(self: Box<Self>, answer: Result<Outcome>) {
        self.stage.end();
        drop(self.answer.send(answer));
    }
}
