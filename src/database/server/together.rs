//! Rows that are read together: while all connections are busy, requests for single rows wait, and whoever gets a
//! connection reads for his share of those who ask the same of other rows.
//!
//! 1. Everybody waits in the line for a connection and in the list of those who wait, and leaves both when he is answered.
//! 2. Who gets a connection takes no more of the others than would fall to it if all connections became free.
//! 3. Where that fails, each reads alone, from the place in the line that he has kept.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
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
    cell::{Row, Rows},
    database::{
        failure::too_slow,
        reading::{Fetched, Reading, object},
    },
    error::Result,
    operation::Outcome,
    statement::Statement,
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
    answer: oneshot::Sender<Rows>,
}

/// A place among those who wait, given up when it is dropped.
struct Place<'a> {
    waiting: &'a Waiting,
    number: u64,
    answer: oneshot::Receiver<Rows>,
}

/// What waiting came to.
pub(super) enum Waited<S: Server> {
    /// Somebody else has read the row, or it was read for others too.
    Answered(Outcome),
    /// A connection to read it alone.
    Alone(Lent<S>),
}

/// Waits for a connection, or for somebody who has one; `statement` is the reading's.
pub(super) async fn turn<S: Server>(
    stack: &Arc<Stack<S>>,
    reading: &Reading,
    statement: Statement,
) -> Result<Waited<S>> {
    let Some(mut place) = stack.waiting.join(statement) else {
        return stack.checkout(false).await.map(Waited::Alone);
    };
    let by = Deadline::now() + LONGEST_WAIT;
    let mut line = pin!(stack.turn(by));
    let turn = match place.answer_or(line.as_mut()).await {
        Either::Answer(Some(rows)) => return Ok(Waited::Answered(given(reading, rows))),
        Either::Answer(None) => return stack.lent(line.await?, by).await.map(Waited::Alone),
        Either::Other(turn) => turn,
    };
    // Whatever others answer meanwhile, the connecting goes on.
    let lent = match turn {
        Ok(turn) => stack.lent(turn, by).await,
        Err(error) => Err(error),
    };
    let most = if lent.is_ok() { MOST_TOGETHER } else { 1 };
    let Some(readers) = place.take(most, stack.size()) else {
        lent.into_iter().for_each(Lent::give_back);
        return being_read(stack, reading, place).await;
    };
    let lent = lent?;
    if readers.len() < 2 {
        return Ok(Waited::Alone(lent));
    }
    match together(lent, reading, readers).await {
        Err(Failure::Slow(error)) => Err(error),
        // Alone it is known whose fault it is.
        Err(_) => stack.checkout(false).await.map(Waited::Alone),
        Ok(rows) => Ok(Waited::Answered(Outcome::Object(object(rows)))),
    }
}

/// What others have read for a reading.
fn given(reading: &Reading, rows: Rows) -> Outcome {
    reading.count();
    Outcome::Object(object(rows))
}

/// Goes on waiting for somebody who is reading the row just now.
async fn being_read<S: Server>(
    stack: &Arc<Stack<S>>,
    reading: &Reading,
    mut place: Place<'_>,
) -> Result<Waited<S>> {
    let limit = reading.time_limit();
    match place.answer_or(sleep(limit)).await {
        Either::Answer(Some(rows)) => Ok(Waited::Answered(given(reading, rows))),
        Either::Answer(None) => stack.checkout(false).await.map(Waited::Alone),
        Either::Other(()) => Err(too_slow(limit)),
    }
}

/// Reads the rows of several, whose first is the one who reads; his own is returned.
async fn together<S: Server>(
    lent: Lent<S>,
    reading: &Reading,
    readers: Vec<Reader>,
) -> Result<Rows, Failure> {
    let mismatch = || Failure::Mismatch("a list is read as if it were one row".to_owned());
    let values = readers.iter().flat_map(|reader| &reader.statement.values);
    let count = u8::try_from(readers.len()).map_err(|_| mismatch())?;
    let statement = reading.together(count, values.cloned().collect());
    let statement = statement.ok_or_else(mismatch)?;
    let fetched = run::once(lent, reading, &statement).await?;
    let mut rows = (0..).zip(readers).map(|(number, reader)| {
        let own = own(&fetched, number, statement.plan.columns.len());
        (reader, own)
    });
    let (_, first) = rows.next().ok_or_else(mismatch)?;
    for (reader, own) in rows {
        // Whoever has gone in the meantime wants no answer.
        let _gone = reader.answer.send(own);
    }
    Ok(first)
}

/// The rows of one reader.
fn own(fetched: &Fetched, reader: u64, width: usize) -> Rows {
    let at = fetched.readers.iter().position(|number| *number == reader);
    let row = at.and_then(|at| fetched.rows.get(at));
    Rows::new(width, row.into_iter().map(Row::cells))
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
    Answer(Option<Rows>),
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

    /// Takes oneself and one's share of those who ask the same of other rows, in the order in which they came; none where
    /// somebody else has taken this one. A statement is for one, two, four or eight, so that few are prepared.
    fn take(&self, most: usize, connections: usize) -> Option<Vec<Reader>> {
        let mut list = self.waiting.list();
        let at = list.all.iter().position(|one| one.number == self.number)?;
        let own = list.all.remove(at);
        let plan = Arc::clone(&own.statement.plan);
        let same = |one: &Reader| Arc::ptr_eq(&one.statement.plan, &plan);
        let alike = 1 + list.all.iter().filter(|one| same(one)).count();
        let share = alike.div_ceil(connections.max(1)).min(most);
        let share = share.checked_ilog2().map_or(1, |power| 1 << power);
        let mut readers = Vec::with_capacity(share);
        readers.push(own);
        let mut others = share - 1;
        let taken = list.all.extract_if(.., |one| {
            let is_taken = others > 0 && same(one);
            others -= usize::from(is_taken);
            is_taken
        });
        readers.extend(taken);
        Some(readers)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut list = self.waiting.list();
        list.all.retain(|one| one.number != self.number);
    }
}
