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
    database::reading::{LONGEST_BATCH, Reading},
    error::Result,
    operation::Outcome,
    statement::{Plan, Statement},
};

/// The queue of the waiting readings.
#[derive(Default)]
pub(super) struct WaitQueue(Mutex<Waiters>);

/// The most readings in the queue. A further one waits for a connection outside the queue, and no batch answers it.
const MOST_WAITING: usize = 256;

/// The most waiting readings (each the statements for one answer) that one statement answers.
const LARGEST_BATCH: usize = 8;

/// The most waiting readings that one reading considers to answer.
const MOST_SEEN: usize = 64;

/// The most bound values of a statement in the queue, so that a batch stays below the 65,535 values that a server
/// accepts.
const MOST_VALUES: usize = 1000;

/// The most rows that one statement reads for several readings.
const MOST_ROWS: u64 = 256;

/// The number of rows from which the count of a list is shared, though one statement reads it. To count fewer is
/// cheaper than the round trips of a snapshot.
const MANY_ROWS: u32 = 1000;

#[derive(Default)]
struct Waiters {
    last: u64,
    all: Vec<Reader>,
}

/// A reading (the statements for one answer) that waits in the queue.
pub(super) struct Reader {
    number: u64,
    /// The first statement.
    pub(super) statement: Statement,
    /// Whether the first statement is the only one, and can be batched.
    is_batched: bool,
    count: Option<OwnCount>,
    /// The most rows that the reading may return (`rows`), and its time limit (`limit`).
    rows: u64,
    limit: Duration,
    pub(super) answer: oneshot::Sender<Delivered>,
}

/// A count that a reading would make: its statement, and the reading itself, which another one can run once it has
/// counted.
struct OwnCount {
    statement: Statement,
    reading: Box<Reading>,
}

/// The answer that another reading delivers to one that waits.
pub(super) enum Delivered {
    /// The rows of its only statement.
    Rows(OwnRows),
    Answer(Result<Outcome>),
    /// No answer: a statement that it has in common with the other took too long.
    Late,
}

/// The readings that a reading with a connection has taken from the queue, to answer them as well.
pub(super) enum Taken {
    /// Readings with statements of one text, among them the one with the connection.
    Batch(Batch),
    /// Readings of one list, besides the one with the connection.
    Counted(SharedCount),
}

/// Readings that one statement answers: their statements have the same text.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) all: Vec<Same>,
    /// How many values of each reading's statement belong to the count of the list that all readings are of; `None` if
    /// each list is counted for itself, or none.
    counted_once: Option<usize>,
}

/// The statement that counts a list, and the readings that it is counted for.
pub(super) struct SharedCount {
    /// The first statement of the reading that counts.
    pub(super) plan: Arc<Plan>,
    pub(super) count: Statement,
    pub(super) mates: Vec<Mate>,
}

/// A reading that another one runs.
pub(super) struct Mate {
    pub(super) reading: Box<Reading>,
    pub(super) answer: oneshot::Sender<Delivered>,
}

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
    /// Whether the reading counts a list so long that the count is shared.
    pub(super) counts_dearly: bool,
    answer: oneshot::Receiver<Delivered>,
}

impl Batch {
    pub(super) fn is_of_one_list(&self) -> bool {
        self.counted_once.is_some()
    }

    /// Returns the values of the statement that answers all readings, as [`Reading::batch`] needs them.
    pub(super) fn values(&self) -> Vec<Value> {
        let spared = self.counted_once.unwrap_or_default();
        let values = self.all.iter().enumerate().flat_map(|(at, same)| {
            let spared = if at == 0 { 0 } else { spared };
            same.values().iter().skip(spared)
        });
        values.cloned().collect()
    }
}

impl Same {
    pub(super) fn values(&self) -> &[Value] {
        self.0.first().map_or(&[], |one| &one.statement.values)
    }

    pub(super) fn is_one(&self) -> bool {
        self.0.len() == 1
    }

    fn rows(&self) -> u64 {
        self.0.first().map_or(0, |one| one.rows)
    }

    fn asks_as(&self, other: &Reader) -> bool {
        let first = self.0.first();
        first.is_some_and(|one| one.is_same(other) && one.limit == other.limit)
    }

    /// Returns all readings, the `own` one first, with those of equal statements together.
    fn all(own: Reader, others: Vec<Reader>) -> Vec<Self> {
        let mut all = vec![Self(vec![own])];
        for one in others {
            match all.iter_mut().find(|same| same.asks_as(&one)) {
                Some(same) => same.0.push(one),
                None => all.push(Self(vec![one])),
            }
        }
        all
    }
}

impl Reader {
    /// Whether one statement answers both.
    fn is_same(&self, other: &Self) -> bool {
        let both = [self, other].iter().all(|one| one.is_batched);
        both && self.is_alike(other) && self.statement.values == other.statement.values
    }

    /// Whether one statement can answer both: their statements have the same text.
    fn is_alike(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.statement.plan, &other.statement.plan)
    }

    /// Whether the list is counted, and the count is worth a snapshot of its own, or the reading needs one anyway. What
    /// takes long for other reasons is read by a statement of its own in any case.
    fn counts_dearly(&self) -> bool {
        let took = &self.statement.plan.took;
        let is_dear = took.counted() >= MANY_ROWS || took.get() >= LONGEST_BATCH;
        self.count.is_some() && (is_dear || !self.is_batched)
    }

    /// Whether the lists of both are one, and both read the same tables.
    fn counts_as(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (&self.count, &other.count) else {
            return false;
        };
        Arc::ptr_eq(&own.statement.plan, &others.statement.plan)
            && own.statement.values == others.statement.values
            && self.limit == other.limit
            && own.reading.is_below_a_parent() == others.reading.is_below_a_parent()
            && own.reading.tables() == others.reading.tables()
    }
}

impl Waiters {
    /// Removes the first readings that are wanted, in order.
    fn extract(&mut self, is_wanted: impl Fn(&Reader) -> bool) -> Vec<Reader> {
        let is_wanted = |one: &mut Reader| is_wanted(one);
        let wanted = self.all.extract_if(.., is_wanted);
        wanted.take(MOST_SEEN).collect()
    }

    /// Removes the readings that the `own` one can count for, unless one statement answers them all without.
    fn counted_by(&mut self, own: &Reader) -> Option<Vec<Reader>> {
        let mut with_others = self.all.iter().filter(|one| own.counts_as(one));
        if !own.counts_dearly() || with_others.all(|one| own.is_same(one)) {
            return None;
        }
        Some(self.extract(|one| own.counts_as(one)))
    }
}

impl Taken {
    /// Returns how many readings are answered.
    pub(super) fn readings(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.all.iter().map(|same| same.0.len()).sum(),
            Self::Counted(shared) => shared.mates.len() + 1,
        }
    }

    /// Returns how the readings of one list, `own` among them, are answered with one count: by one statement if they
    /// are a few pages whose statements have the same text, and the server reads such pages well (`batches_lists`),
    /// else from one snapshot.
    fn of_one_list(own: Reader, mates: Vec<Reader>, batches_lists: bool) -> Option<Self> {
        let count = own.count.as_ref()?.statement.clone();
        let plan = Arc::clone(&own.statement.plan);
        let is_one_text = |one: &Reader| one.is_batched && one.is_alike(&own);
        let is_one_text = own.is_batched && mates.iter().all(is_one_text);
        let all = Same::all(own, mates);
        let rows = all.iter().map(Same::rows).sum::<u64>();
        if batches_lists && is_one_text && all.len() <= LARGEST_BATCH && rows <= MOST_ROWS {
            let counted_once = Some(count.values.len());
            return Some(Self::Batch(Batch { all, counted_once }));
        }
        let mates = all.into_iter().flat_map(|same| same.0).skip(1);
        let mates = mates.filter_map(|one| {
            let (reading, answer) = (one.count?.reading, one.answer);
            Some(Mate { reading, answer })
        });
        Some(Self::Counted(SharedCount {
            mates: mates.collect(),
            plan,
            count,
        }))
    }
}

impl WaitQueue {
    fn list(&self) -> MutexGuard<'_, Waiters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a reading to the queue; returns `None` if the queue is full, or nothing can be shared with others.
    pub(super) fn join(&self, reading: &Reading) -> Option<QueuePlace<'_>> {
        let statement = reading.statement().ok()?;
        let is_batched = reading.is_batched();
        let count = (!statement.plan.is_alone).then(|| reading.count_to_share());
        let count = count.flatten().map(|statement| OwnCount {
            statement,
            reading: Box::new(reading.fork()),
        });
        if !is_batched && count.is_none() {
            return None;
        }
        let (sender, answer) = oneshot::channel();
        let mut list = self.list();
        if list.all.len() >= MOST_WAITING || statement.values.len() > MOST_VALUES {
            return None;
        }
        list.last += 1;
        let number = list.last;
        let reader = Reader {
            number,
            statement,
            is_batched,
            count,
            rows: reading.most_rows(),
            limit: reading.time_limit(),
            answer: sender,
        };
        let counts_dearly = reader.counts_dearly();
        list.all.push(reader);
        Some(QueuePlace {
            wait_queue: self,
            number,
            counts_dearly,
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

    /// Removes the reading from the queue, with those of the same list if its count is dear, else with its share of the
    /// readings whose statements have the same text, in order. Readings with equal statements are taken together and
    /// count as one. Returns `None` if another reading has taken this one.
    ///
    /// The share is one, two, four or eight, so that few different statements are prepared; `most` is an upper limit.
    /// `batches_lists` says whether one statement can read pages of one list that are counted once.
    pub(super) fn take(
        &self,
        most: impl FnOnce(&Plan) -> usize,
        connections: usize,
        batches_lists: bool,
    ) -> Option<Taken> {
        let mut list = self.wait_queue.list();
        let at = list.all.iter().position(|one| one.number == self.number)?;
        let own = list.all.remove(at);
        if let Some(mates) = list.counted_by(&own) {
            return Taken::of_one_list(own, mates, batches_lists);
        }
        let alike = list.extract(|one| own.is_batched && one.is_batched && own.is_alike(one));
        // Readings of other lists are left for one that can count their list for several.
        let most = match own.counts_dearly() {
            true => 1,
            false => most(&own.statement.plan),
        };
        let mut all = Same::all(own, alike);
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
        let counted_once = None;
        Some(Taken::Batch(Batch { all, counted_once }))
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
