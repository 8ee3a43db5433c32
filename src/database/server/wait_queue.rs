//! The queue of readings (each the statements for one answer) that wait for a connection, and that one statement may
//! answer together.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    cell::{Rows, Value},
    database::reading::Reading,
    statement::Statement,
};

/// The queue of the waiting readings.
#[derive(Default)]
pub(super) struct WaitQueue(Mutex<Waiters>);

/// The most readings in the queue. A further one waits for a connection outside the queue, and no batch answers it.
const MOST_WAITING: usize = 256;

/// The most waiting readings (each the statements for one answer) that one statement answers.
const LARGEST_BATCH: usize = 8;

/// The most waiting readings with statements of one text that are considered for a batch.
const MOST_SEEN: usize = 64;

/// The most bound values of a statement in the queue, so that a batch stays below the 65,535 values that a server
/// accepts.
const MOST_VALUES: usize = 1000;

/// The most rows that one statement reads for several readings.
const MOST_ROWS: u64 = 256;

#[derive(Default)]
struct Waiters {
    last: u64,
    all: Vec<Reader>,
}

/// A reading (the statements for one answer) that waits in the queue.
pub(super) struct Reader {
    number: u64,
    pub(super) statement: Statement,
    /// The most rows that the reading may return (`rows`), and its time limit (`limit`).
    rows: u64,
    limit: Duration,
    pub(super) answer: oneshot::Sender<Delivered>,
}

/// The answer that a batch delivers to a reading: its rows, or an error.
pub(super) type Delivered = Result<OwnRows, Late>;

/// The error of a batch of equal statements that took too long.
pub(super) struct Late;

/// One or more readings with equal statements, which one result answers.
pub(super) struct Same(pub(super) Vec<Reader>);

/// The rows of one reading, and the total of its list.
#[derive(Clone)]
pub(super) struct OwnRows {
    pub(super) rows: Rows,
    pub(super) total: Option<u64>,
}

/// A reading's entry in the queue; when it is dropped, the reading leaves the queue.
pub(super) struct QueuePlace<'a> {
    wait_queue: &'a WaitQueue,
    number: u64,
    answer: oneshot::Receiver<Delivered>,
}

impl Same {
    pub(super) fn values(&self) -> &[Value] {
        self.0.first().map_or(&[], |one| &one.statement.values)
    }

    fn rows(&self) -> u64 {
        self.0.first().map_or(0, |one| one.rows)
    }

    fn asks_as(&self, other: &Reader) -> bool {
        let first = self.0.first();
        first.is_some_and(|one| {
            one.statement.values == other.statement.values && one.limit == other.limit
        })
    }
}

impl WaitQueue {
    fn list(&self) -> MutexGuard<'_, Waiters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn join(&self, reading: &Reading, statement: Statement) -> Option<QueuePlace<'_>> {
        let (sender, answer) = oneshot::channel();
        let mut list = self.list();
        if list.all.len() >= MOST_WAITING || statement.values.len() > MOST_VALUES {
            return None;
        }
        list.last += 1;
        let number = list.last;
        list.all.push(Reader {
            number,
            statement,
            rows: reading.most_rows(),
            limit: reading.time_limit(),
            answer: sender,
        });
        Some(QueuePlace {
            wait_queue: self,
            number,
            answer,
        })
    }
}

/// Whichever came first: the answer of a batch, or the result of another future, such as the wait for a connection.
pub(super) enum Either<T> {
    /// The answer of a batch; `None` if the batch failed.
    Answer(Option<Delivered>),
    Other(T),
}

impl QueuePlace<'_> {
    pub(super) async fn answer_or<T>(&mut self, other: impl Future<Output = T>) -> Either<T> {
        let mut other = pin!(other);
        poll_fn(|context| match Pin::new(&mut self.answer).poll(context) {
            Poll::Ready(answer) => Poll::Ready(Either::Answer(answer.ok())),
            Poll::Pending => other.as_mut().poll(context).map(Either::Other),
        })
        .await
    }

    /// Removes the reading from the queue, with its share of the readings whose statements have the same text, in
    /// order. Readings with equal statements are taken together and count as one. Returns `None` if another batch has
    /// taken this reading.
    ///
    /// The share is one, two, four or eight, so that few different statements are prepared; `most` is an upper limit.
    pub(super) fn take(&self, most: usize, connections: usize) -> Option<Vec<Same>> {
        let mut list = self.wait_queue.list();
        let at = list.all.iter().position(|one| one.number == self.number)?;
        let own = list.all.remove(at);
        let plan = Arc::clone(&own.statement.plan);
        let is_alike = |one: &mut Reader| Arc::ptr_eq(&one.statement.plan, &plan);
        let mut all = vec![Same(vec![own])];
        let mut seen = 0;
        let alike: Vec<_> = list
            .all
            .extract_if(.., |one| {
                let is_seen = seen < MOST_SEEN && is_alike(one);
                seen += usize::from(is_seen);
                is_seen
            })
            .collect();
        for one in alike {
            match all.iter_mut().find(|same| same.asks_as(&one)) {
                Some(same) => same.0.push(one),
                None => all.push(Same(vec![one])),
            }
        }
        let mut rows = 0;
        let few = all.iter().take_while(|same| {
            rows += same.rows();
            rows <= MOST_ROWS
        });
        let share = all.len().div_ceil(connections.max(1)).next_power_of_two();
        let most = most.min(LARGEST_BATCH).min(few.count());
        let share = share.min(most).min(all.len());
        let share = share.checked_ilog2().map_or(1, |power| 1 << power);
        let left = all.split_off(share);
        list.all.extend(left.into_iter().flat_map(|same| same.0));
        list.all.sort_unstable_by_key(|one| one.number);
        Some(all)
    }

    /// Leaves the queue; returns whether the reading was still in it.
    pub(super) fn leave(&self) -> bool {
        let mut list = self.wait_queue.list();
        let before = list.all.len();
        list.all.retain(|one| one.number != self.number);
        list.all.len() < before
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
