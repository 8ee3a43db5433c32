//! Rows that are read together: while all connections are busy, requests for single rows and for first pages wait, and
//! whoever gets a connection reads for his share of those who ask the same of other rows.
//!
//! 1. Everybody waits in the line for a connection and in the list of those who wait, and leaves both when he is answered.
//! 2. Who gets a connection takes about as many of the others as would fall to it if all connections became free, never
//!    twice as many; who asks what is asked already is taken along.
//! 3. Where that fails, each reads alone, from the place in the line that he has kept.

use std::{
    future::{Future, poll_fn},
    iter, mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Instant,
};

use tokio::{
    sync::oneshot,
    time::{Instant as Deadline, sleep},
};

use super::{
    LONGEST_WAIT, Server,
    failure::Failure,
    run,
    stack::{Lent, Stack},
};
use crate::{
    cell::{Rows, Value},
    database::{
        failure::too_slow,
        reading::{Fetched, Read, Reading, Step},
    },
    error::Result,
    operation::Outcome,
    statement::{Lead, Statement},
};

/// Those who wait.
#[derive(Default)]
pub(super) struct Waiting(Mutex<List>);

/// Beyond so many, others wait by themselves.
const MOST_WAITING: usize = 256;

/// How many one statement reads for.
const MOST_TOGETHER: usize = 8;

/// With more values a statement is for one alone: of eight such a server would take no more.
const MOST_VALUES: usize = 1000;

#[derive(Default)]
struct List {
    last: u64,
    all: Vec<Reader>,
}

/// Somebody who waits.
struct Reader {
    number: u64,
    statement: Statement,
    answer: oneshot::Sender<Own>,
}

/// Those who ask the very same; there is one.
struct Same(Vec<Reader>);

/// The rows of one reader, and the total of his list.
#[derive(Clone)]
struct Own {
    rows: Rows,
    total: Option<u64>,
}

/// A place among those who wait, given up when it is dropped.
struct Place<'a> {
    waiting: &'a Waiting,
    number: u64,
    answer: oneshot::Receiver<Own>,
}

/// What waiting came to.
pub(super) enum Waited<S: Server> {
    /// Somebody else has read the rows, or they were read for others too.
    Answered(Outcome),
    /// A connection to read them alone.
    Alone(Lent<S>),
}

/// Waits for a connection, or for somebody who has one; `statement` is the reading's.
pub(super) async fn turn<S: Server>(
    stack: &Arc<Stack<S>>,
    reading: &mut Reading,
    statement: Statement,
) -> Result<Waited<S>> {
    let most = reading
        .most_together(&statement, S::LISTS_TOGETHER)
        .min(MOST_TOGETHER);
    let Some(mut place) = stack.waiting.join(statement) else {
        return stack.checkout(false).await.map(Waited::Alone);
    };
    let by = Deadline::now() + LONGEST_WAIT;
    let mut line = pin!(stack.turn(by));
    let turn = match place.answer_or(line.as_mut()).await {
        Either::Answer(Some(own)) => return given(reading, own).map(Waited::Answered),
        Either::Answer(None) => return stack.lent(line.await?, by).await.map(Waited::Alone),
        Either::Other(turn) => turn,
    };
    // Whatever others answer meanwhile, the connecting goes on.
    let lent = match turn {
        Ok(turn) => stack.lent(turn, by).await,
        Err(error) => Err(error),
    };
    let most = if lent.is_ok() { most } else { 1 };
    let Some(readers) = place.take(most, stack.size()) else {
        lent.into_iter().for_each(Lent::give_back);
        return being_read(stack, reading, place).await;
    };
    let lent = lent?;
    if let [Same(alone)] = &*readers
        && alone.len() == 1
    {
        return Ok(Waited::Alone(lent));
    }
    match together(lent, reading, readers).await {
        Err(Failure::Slow(error)) => Err(error),
        // Alone it is known whose fault it is.
        Err(_) => stack.checkout(false).await.map(Waited::Alone),
        Ok(own) => own.outcome(reading).map(Waited::Answered),
    }
}

/// What others have read for a reading.
fn given(reading: &mut Reading, own: Own) -> Result<Outcome> {
    reading.count();
    own.outcome(reading)
}

/// Goes on waiting for somebody who is reading the rows just now.
async fn being_read<S: Server>(
    stack: &Arc<Stack<S>>,
    reading: &mut Reading,
    mut place: Place<'_>,
) -> Result<Waited<S>> {
    let limit = reading.time_limit();
    match place.answer_or(sleep(limit)).await {
        Either::Answer(Some(own)) => given(reading, own).map(Waited::Answered),
        Either::Answer(None) => stack.checkout(false).await.map(Waited::Alone),
        Either::Other(()) => Err(too_slow(limit)),
    }
}

/// Reads the rows of several, whose first is the one who reads; his own are returned.
async fn together<S: Server>(
    lent: Lent<S>,
    reading: &Reading,
    readers: Vec<Same>,
) -> Result<Own, Failure> {
    let mut readers = readers.into_iter();
    let mismatch = |words: &str| Failure::Mismatch(words.to_owned());
    let nobody = || mismatch("a statement is for nobody");
    let Same(first) = readers.next().ok_or_else(nobody)?;
    let mut first = first.into_iter();
    let reader = first.next().ok_or_else(nobody)?;
    let others: Vec<Same> = readers.collect();
    let mut statement = reader.statement;
    let alone = Arc::clone(&statement.plan);
    if !others.is_empty() {
        let count = u8::try_from(others.len() + 1).map_err(|_| nobody())?;
        let values = others.iter().flat_map(Same::values).cloned();
        let values = statement.values.into_iter().chain(values).collect();
        statement = reading.together(count, values);
    }
    let started = Instant::now();
    let fetched = run::once(lent, reading, &statement).await?;
    let share = u32::try_from(others.len() + 1).unwrap_or(u32::MAX);
    alone.took.set(started.elapsed() / share);
    let own = |number| Own::of(&fetched, number, statement.plan.lead);
    let scattered = || mismatch("the rows of a reader stand apart");
    let own_first = own(0).ok_or_else(scattered)?;
    let others = (1..)
        .zip(others)
        .map(|(number, same)| (own(number), same.0));
    let first = (Some(own_first.clone()), first.collect());
    for (own, readers) in iter::once(first).chain(others) {
        let Some(own) = own else { continue };
        for reader in readers {
            // Whoever has gone in the meantime wants no answer.
            let _gone = reader.answer.send(own.clone());
        }
    }
    Ok(own_first)
}

impl Same {
    fn values(&self) -> &[Value] {
        self.0.first().map_or(&[], |one| &one.statement.values)
    }

    fn asks(&self, statement: &Statement) -> bool {
        self.values() == statement.values
    }
}

impl Own {
    /// The rows of one reader, if they stand together: then they are in his order.
    fn of(fetched: &Fetched, reader: u64, lead: Option<Lead>) -> Option<Self> {
        if !matches!(lead, Some(Lead::Reader | Lead::ReaderAndTotal)) {
            return Some(Self {
                rows: fetched.rows.clone(),
                total: fetched.total,
            });
        }
        let is_own = |read: &Read| read.reader == reader;
        let readers = &fetched.readers;
        let count = readers.iter().filter(|read| is_own(read)).count();
        let first = readers.iter().position(is_own).unwrap_or(readers.len());
        let own = readers.get(first..first + count)?;
        own.iter().all(is_own).then(|| Self {
            rows: fetched.rows.part(first, count),
            total: own.first().and_then(|read| read.total),
        })
    }

    /// The answer to the reading whose rows they are.
    fn outcome(self, reading: &mut Reading) -> Result<Outcome> {
        let fetched = Fetched {
            rows: self.rows,
            total: self.total,
            readers: Vec::new(),
            pairs: None,
        };
        match reading.next(fetched)? {
            Step::Done(outcome) => Ok(outcome),
            Step::Run(_) => {
                let words = "a reading of several statements is read together with others";
                Err(Failure::Mismatch(words.to_owned()).into_error())
            }
        }
    }
}

impl Waiting {
    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, statement: Statement) -> Option<Place<'_>> {
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
            answer: sender,
        });
        Some(Place {
            waiting: self,
            number,
            answer,
        })
    }
}

/// What comes first.
enum Either<T> {
    /// The rows; none where whoever was to read them has failed.
    Answer(Option<Own>),
    Other(T),
}

impl Place<'_> {
    async fn answer_or<T>(&mut self, other: impl Future<Output = T>) -> Either<T> {
        let mut other = pin!(other);
        poll_fn(|context| match Pin::new(&mut self.answer).poll(context) {
            Poll::Ready(answer) => Poll::Ready(Either::Answer(answer.ok())),
            Poll::Pending => other.as_mut().poll(context).map(Either::Other),
        })
        .await
    }

    /// Takes oneself and one's share of those who ask the same of other rows, in the order in which they came, and all
    /// who ask the very same as one of those; none where somebody else has taken this one. A statement is for one, two,
    /// four or eight, so that few are prepared.
    fn take(&self, most: usize, connections: usize) -> Option<Vec<Same>> {
        let mut list = self.waiting.list();
        let at = list.all.iter().position(|one| one.number == self.number)?;
        let own = list.all.remove(at);
        let plan = Arc::clone(&own.statement.plan);
        let (alike, rest): (Vec<_>, Vec<_>) = mem::take(&mut list.all)
            .into_iter()
            .partition(|one| Arc::ptr_eq(&one.statement.plan, &plan));
        list.all = rest;
        let share = (1 + alike.len()).div_ceil(connections.max(1));
        let most = share.next_power_of_two().min(most);
        let mut all = vec![Same(vec![own])];
        for one in alike {
            let is_full = all.len() >= most;
            match all.iter_mut().find(|same| same.asks(&one.statement)) {
                Some(same) => same.0.push(one),
                None if is_full => list.all.push(one),
                None => all.push(Same(vec![one])),
            }
        }
        let power = all.len().checked_ilog2().map_or(1, |power| 1 << power);
        let left = all.split_off(power);
        list.all.extend(left.into_iter().flat_map(|same| same.0));
        list.all.sort_unstable_by_key(|one| one.number);
        Some(all)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut list = self.waiting.list();
        list.all.retain(|one| one.number != self.number);
    }
}
