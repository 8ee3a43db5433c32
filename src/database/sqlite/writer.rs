//! The writing thread, on which units of work share transactions.
//!
//! 1. SQLite has one writer at a time. The units that wait for it when it becomes free share one transaction; no unit
//!    waits for company.
//! 2. The thread waits for the permit to write before it takes a connection. It keeps the connection while units
//!    follow, but not while it waits for the permit: the writer that has the permit may need that connection.
//! 3. A request waits at most its time limit for its unit to begin, and no statement of the unit may run longer.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};
use tracing::{Span, dispatcher};

use super::{
    super::{driver::Work, failure::failed},
    connections::{Connection, Connections, SYSTEM},
    deadline::Deadline,
    failure::Failure,
    group::{Asker, Group, WriteJob},
    handle::LockedConnection,
    jobs::is_clean,
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::{ConnectionQueue, ConnectionWait},
    operation::Outcome,
};

/// The interval at which the idle thread checks whether its connection is needed elsewhere.
const LOOK_AFTER: Duration = Duration::from_millis(500);
/// The longest time that the thread keeps a connection before it returns it to the pool.
const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// The writing thread, which ends when this is dropped.
pub(super) struct WritingThread {
    queue: Sender<WriteJob>,
}

impl WritingThread {
    /// Starts the thread. `turns` has the single permit to write.
    pub(super) fn start(
        connections: &Arc<Connections>,
        turns: &Arc<Semaphore>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = channel();
        let runner = UnitRunner {
            jobs,
            connections: Arc::clone(connections),
            turns: Arc::clone(turns),
        };
        let named = thread::Builder::new().name("tower-rest-writer".to_owned());
        named.spawn(move || runner.work())?;
        Ok(Self { queue })
    }

    /// Runs a unit of work; returns once its changes are committed or rolled back.
    pub(super) async fn run(&self, work: Work, limit: Duration) -> Result<Outcome> {
        let (answer, mut answered) = oneshot::channel();
        let deadline = Deadline::new(limit);
        let job = WriteJob {
            work,
            wait: Box::new(ConnectionWait::begin(SYSTEM, ConnectionQueue::Writing)),
            deadline: deadline.clone(),
            asker: Asker {
                answer,
                runtime: Handle::current(),
                span: Span::current(),
                log: dispatcher::get_default(Clone::clone),
            },
        };
        // If the thread is gone, the sender of the answer is dropped together with the job.
        drop(self.queue.send(job));
        loop {
            if let Ok(answer) = timeout(deadline.patience(), &mut answered).await {
                let lost = |_| Err(Error::new(Code::Internal, SERVER_FAILED));
                return answer.unwrap_or_else(lost);
            }
            deadline.check()?;
        }
    }
}

struct UnitRunner {
    jobs: Receiver<WriteJob>,
    connections: Arc<Connections>,
    turns: Arc<Semaphore>,
}

impl UnitRunner {
    /// Runs units until the writer is dropped.
    fn work(&self) {
        let mut waiting = None;
        while let Some(job) = waiting.take().or_else(|| self.jobs.recv().ok()) {
            // A panic here means that the request's runtime has ended: the unit is lost, but the thread continues.
            let served = catch_unwind(AssertUnwindSafe(|| self.serve(job)));
            waiting = served.unwrap_or(None);
        }
    }

    /// Runs units on one connection until it must be given back. Returns the unit that was not run, if any.
    fn serve(&self, first: WriteJob) -> Option<WriteJob> {
        let runtime = first.asker.runtime.clone();
        // Returning a connection to its pool requires a runtime.
        let _context = runtime.enter();
        let turn = runtime.block_on(Arc::clone(&self.turns).acquire_owned());
        // The permit is dropped after the connection.
        let mut turn = Some(turn.ok()?);
        let mut connection = match runtime.block_on(self.connections.checkout()) {
            Ok(connection) => connection,
            Err(error) => {
                first.refuse(failed(error));
                return None;
            }
        };
        let serve = || self.serve_on(&mut connection, &runtime, first, &mut turn);
        let served = catch_unwind(AssertUnwindSafe(serve));
        match served {
            Ok(Ok(waiting)) => waiting,
            Ok(Err(waiting)) => {
                connection.close_on_drop();
                waiting
            }
            Err(_) => {
                connection.close_on_drop();
                None
            }
        }
    }

    /// Runs units on a connection. Returns an error if the connection must be closed; the unit in it was not run.
    fn serve_on(
        &self,
        connection: &mut Connection,
        runtime: &Handle,
        mut job: WriteJob,
        turn: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<Option<WriteJob>, Option<WriteJob>> {
        let (sqlite, checks_references) = match lend(connection, runtime) {
            Ok(lent) => lent,
            Err(failure) => {
                job.refuse(failure.into_error());
                return Err(None);
            }
        };
        let since = Instant::now();
        loop {
            match self.connections.is_current(since) {
                Ok(true) => {}
                // The file of the connection was replaced.
                Ok(false) => return Err(Some(job)),
                Err(error) => {
                    job.refuse(failed(error));
                    return Err(None);
                }
            }
            let in_use = self.connections.meter.begin();
            self.run_group(&sqlite, checks_references, job);
            drop(in_use);
            if !is_clean(&sqlite) {
                return Err(None);
            }
            drop(turn.take());
            let Some(next) = self.next(since) else {
                return Ok(None);
            };
            job = next;
            match Arc::clone(&self.turns).try_acquire_owned() {
                Ok(next) => *turn = Some(next),
                Err(_) => return Ok(Some(job)),
            }
        }
    }

    /// Runs the unit, and those that wait by then, in one transaction.
    fn run_group(&self, sqlite: &LockedConnection<'_>, checks_references: bool, first: WriteJob) {
        let mut group = match Group::begin(sqlite, checks_references) {
            Ok(group) => group,
            Err(failure) => return first.refuse(failure.into_error()),
        };
        group.run(first);
        while !group.is_full()
            && let Ok(job) = self.jobs.try_recv()
        {
            group.run(job);
        }
        group.end();
    }

    /// Waits for the next unit; returns `None` when the connection must be given back.
    fn next(&self, since: Instant) -> Option<WriteJob> {
        loop {
            if self.connections.are_wanted() || since.elapsed() > LONGEST_HOLD {
                return None;
            }
            match self.jobs.recv_timeout(LOOK_AFTER) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

/// Lends the connection, and reads whether it enforces foreign keys: one of the program's own pool may not.
fn lend<'c>(
    connection: &'c mut Connection,
    runtime: &Handle,
) -> Result<(LockedConnection<'c>, bool), Failure> {
    let locked = runtime.block_on(connection.lock_handle());
    let sqlite = LockedConnection::of(locked.map_err(Failure::Lost)?)?;
    let checks = sqlite.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    Ok((sqlite, checks))
}
