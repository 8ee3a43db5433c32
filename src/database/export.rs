//! Exports: the rows of a whole list, sent in tapes (blocks of rows) while one statement reads them.
//!
//! 1. At most two tapes are buffered; then the statement pauses. If the client takes no tape for half a minute, the
//!    export ends.
//! 2. Dropping an export before its end stops its statement.
//! 3. Exports use a few connections of their own, so that a slow client does not block the reading of pages.

#[cfg(feature = "_server")]
use std::collections::BTreeSet;
use std::{
    any::Any,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

#[cfg(feature = "_server")]
use super::reading::tables::{TableName, of_list};
use super::{reading::Query, words::too_slow};
use crate::{
    cell::Rows,
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::ActiveExport,
    model::Model,
    observer::RunningStatement,
    operation::{Counter, List},
    statement::{Dialect, Plans, Statement},
};

/// The greatest number of exports of a database that run at once.
pub(super) const MOST: usize = 2;
/// The longest time that a tape (a block of rows) waits for room in the buffer; then the export ends.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most tapes in the buffer.
const WAITING: usize = 2;
/// The size in bytes from which a tape is sent. Its last row may exceed this size.
pub(super) const TAPE: usize = 64 * 1024;

/// A list that is exported.
pub(super) struct Export {
    model: Model,
    list: List,
    counter: Option<Counter>,
    plans: Arc<Plans>,
    dialect: &'static dyn Dialect,
}

/// The permit to run one export, kept as long as the export has its connection.
#[derive(Debug)]
pub(super) struct ExportPermit {
    _turn: OwnedSemaphorePermit,
    _active: ActiveExport,
}

impl ExportPermit {
    pub(super) const fn new(turn: OwnedSemaphorePermit, active: ActiveExport) -> Self {
        Self {
            _turn: turn,
            _active: active,
        }
    }
}

/// A message from the statement of an export to the response: rows, `None` at the end, or the error that ended the
/// export.
type Message = Result<Option<Rows>>;

/// The stream of an export's rows, in tapes (blocks of rows).
pub(crate) struct Tapes {
    first: Option<Message>,
    rest: mpsc::Receiver<Message>,
    is_over: bool,
    /// A guard that stops the statement when it is dropped.
    _stop: Box<dyn Any + Send>,
}

/// The end of an export at which the response receives its rows.
pub(super) struct ExportReceiver(mpsc::Receiver<Message>);

/// The end of an export into which the statement sends its rows.
pub(super) struct Sink {
    sender: mpsc::Sender<Message>,
    patience: Duration,
}

/// The error if the receiver of an export was dropped, or took no rows for too long.
#[derive(Debug)]
pub(super) struct Gone;

impl Export {
    /// Creates the export of the list that `query` asks for.
    pub(super) fn new(
        query: Query<List>,
        plans: Arc<Plans>,
        dialect: &'static dyn Dialect,
    ) -> Self {
        Self {
            model: query.model,
            list: query.ask,
            counter: query.counter,
            plans,
            dialect,
        }
    }

    /// Switches to a dialect that converts columns to another character set before it compares them.
    #[cfg(feature = "_server")]
    pub(super) fn convert_by(&mut self, dialect: &'static dyn Dialect) {
        self.dialect = dialect;
        self.plans = Plans::observed_by(self.plans.observer.clone());
    }

    /// Returns the statement that checks that the list's parent, such as the car of `/cars/1/parts/`, exists; `None` if
    /// the list has no parent.
    pub(super) fn parent(&self) -> Option<Statement> {
        let parent = self.list.parent.as_ref()?;
        Some(Statement::parent(parent, &self.plans, self.dialect))
    }

    /// Returns the tables that the statements of the export read.
    #[cfg(feature = "_server")]
    pub(super) fn tables(&self) -> BTreeSet<TableName<'_>> {
        of_list(&self.model, &self.list)
    }

    pub(super) fn rows(&self) -> Statement {
        Statement::whole(&self.model, &self.list, &self.plans, self.dialect)
    }

    /// Adds a statement to the request's counter, and begins to observe it.
    pub(super) fn begin<'a>(
        &'a self,
        operation: &'static str,
        statement: &'a Statement,
    ) -> RunningStatement<'a> {
        if let Some(counter) = &self.counter {
            counter.add();
        }
        let names = (operation, statement.plan.model.name());
        let observer = &self.plans.observer;
        observer.begin(names, &statement.plan.sql)
    }
}

/// Creates the sending and the receiving end of an export.
pub(super) fn ends() -> (Sink, ExportReceiver) {
    let (sender, rest) = mpsc::channel(WAITING);
    let patience = PATIENCE;
    (Sink { sender, patience }, ExportReceiver(rest))
}

impl ExportReceiver {
    /// Returns the stream of rows. It holds `stop`, a guard that stops the statement when the stream is dropped.
    pub(super) fn until(self, stop: impl Any + Send) -> Tapes {
        Tapes {
            first: None,
            rest: self.0,
            is_over: false,
            _stop: Box::new(stop),
        }
    }
}

impl Sink {
    /// Waits until the buffer has room for the rows, and sends them.
    pub(super) async fn give(&self, rows: Rows) -> Result<(), Gone> {
        self.send(Ok(Some(rows))).await
    }

    /// Sends the last message: the end of the export, or the error that ended it.
    pub(super) async fn end(self, ended: Result<()>) {
        // A receiver that is dropped needs no message.
        drop(self.send(ended.map(|()| None)).await);
    }

    async fn send(&self, message: Message) -> Result<(), Gone> {
        match timeout(self.patience, self.sender.send(message)).await {
            Ok(sent) => sent.map_err(|_| Gone),
            Err(_) => {
                tracing::warn!(
                    "an export was aborted: its client read nothing for {:?}",
                    self.patience
                );
                Err(Gone)
            }
        }
    }
}

impl Tapes {
    /// Waits for the first message, at most for `limit`, and returns the stream. An error before any rows thus becomes
    /// the response.
    pub(super) async fn begun(mut self, limit: Duration) -> Result<Self> {
        let first = timeout(limit, self.rest.recv()).await;
        let first = first.map_err(|_| too_slow(limit))?;
        self.first = Some(Ok(first.unwrap_or_else(|| Err(cut_off()))?));
        Ok(self)
    }

    /// Polls for the next rows; returns `None` at the end, and after an error.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Rows>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let message = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.rest.poll_recv(context)),
        };
        // A channel that is closed without a last message means that the export is incomplete.
        let next = message.unwrap_or_else(|| Err(cut_off())).transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        Poll::Ready(next)
    }
}

fn cut_off() -> Error {
    mistaken("the export was cut off before its end")
}

fn mistaken(words: &'static str) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, sync::Weak, time::Instant};

    use super::{super::words::busy, *};
    use crate::cell::Cell;

    fn rows(number: i64) -> Rows {
        Rows::new(1, [[Cell::Integer(number)]])
    }

    async fn next(tapes: &mut Tapes) -> Option<Result<i64, Code>> {
        let rows = poll_fn(|context| tapes.poll_next(context)).await?;
        let number = |rows: Rows| match rows.get(0).map(|row| row.cell(0)) {
            Some(Cell::Integer(number)) => number,
            other => panic!("{other:?}"),
        };
        Some(rows.map(number).map_err(|error| error.code()))
    }

    #[tokio::test]
    async fn rows_come_in_order_and_then_the_end() {
        let (sink, taken) = ends();
        let giving = tokio::spawn(async move {
            for number in 1..=9 {
                sink.give(rows(number)).await.expect("somebody takes it");
            }
            sink.end(Ok(())).await;
        });
        let limit = Duration::from_secs(5);
        let mut tapes = taken.until(()).begun(limit).await.expect("the first rows");
        for number in 1..=9 {
            assert_eq!(next(&mut tapes).await, Some(Ok(number)));
        }
        assert_eq!(next(&mut tapes).await, None);
        assert_eq!(next(&mut tapes).await, None);
        giving.await.expect("no panic");
    }

    #[tokio::test]
    async fn who_takes_nothing_gets_no_more_and_never_an_end() {
        let (mut sink, taken) = ends();
        let mut tapes = taken.until(());
        sink.patience = Duration::from_millis(50);
        sink.give(rows(1)).await.expect("room for one");
        sink.give(rows(2)).await.expect("room for two");
        let started = Instant::now();
        sink.give(rows(3)).await.expect_err("nobody takes it");
        assert!(started.elapsed() >= Duration::from_millis(50));
        drop(sink);
        assert_eq!(next(&mut tapes).await, Some(Ok(1)));
        assert_eq!(next(&mut tapes).await, Some(Ok(2)));
        assert_eq!(next(&mut tapes).await, Some(Err(Code::Internal)));
        assert_eq!(next(&mut tapes).await, None);
    }

    #[tokio::test]
    async fn what_fails_before_the_first_rows_is_no_export() {
        let (sink, taken) = ends();
        sink.end(Err(busy())).await;
        let begun = taken.until(()).begun(Duration::from_secs(5)).await;
        assert_eq!(begun.err().map(|error| error.code()), Some(Code::Busy));
        let (_sink, taken) = ends();
        let begun = taken.until(()).begun(Duration::from_millis(10)).await;
        assert_eq!(begun.err().map(|error| error.code()), Some(Code::Timeout));
    }

    #[tokio::test]
    async fn rows_that_are_dropped_are_stopped() {
        let stop = Arc::new(());
        let stopped = Arc::downgrade(&stop);
        let (sink, taken) = ends();
        drop(taken.until(stop));
        assert!(Weak::upgrade(&stopped).is_none());
        sink.give(rows(1)).await.expect_err("nobody is there");
    }
}
