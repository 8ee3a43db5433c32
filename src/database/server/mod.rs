//! Databases behind a socket: what PostgreSQL and MySQL have in common.
//!
//! 1. A reading takes a connection that stays checked out of its pool, so that a statement is one round trip.
//! 2. A connection goes back only when its reading ended; one that was left in the middle is stopped, and closed.
//! 3. A connection that is lost is replaced, and the reading done once more: it has sent nothing yet.

mod export;
mod failure;
mod locks;
mod run;
mod stack;
mod together;
mod unit;
mod waiting;

use std::{
    any::Any,
    future::{Future, poll_fn},
    num::NonZero,
    pin::Pin,
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _, Database as Backend, Either, Execute, Executor, Pool,
    database::HasStatementCache, error::DatabaseError, pool::PoolOptions,
};

use tokio::time::timeout;

pub(super) use self::{export::stream, failure::Failure, unit::ServerUnit};
use self::{
    stack::{Lent, Stack},
    together::Waited,
};
use super::{
    Answer, Driver, Tapes,
    export::{Export, Sink, Turn},
    reading::{Fetched, Reading, tables::TableName},
    transaction::{Unit, UnitConnection},
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    error::{Code, Error, Result},
    model::Column,
    operation::Outcome,
    statement::{Dialect, Statement},
};

/// A connection of a server, as sqlx has it.
type Connection<S> = <<S as Server>::Db as Backend>::Connection;

/// What says where a server is.
type Options<B> = <<B as Backend>::Connection as sqlx::Connection>::Options;

/// How many statements a connection keeps prepared; a client chooses the shapes of statements.
pub(super) const MOST_PREPARED: usize = 256;

/// How long connecting may take, and a request waits for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What a future of a server's gives.
pub(super) type Running<'a, T, E = sqlx::Error> =
    Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// One kind of server.
pub(super) trait Server: Send + Sync + Sized + 'static {
    type Db: Backend + HasStatementCache;

    /// The name of the database, for people.
    const NAME: &'static str;

    const DIALECT: &'static dyn Dialect;

    /// The dialect that compares columns with texts their character sets lack, where [`DIALECT`](Self::DIALECT) cannot.
    const CONVERTING: Option<&'static dyn Dialect>;

    /// Begins a transaction that may write.
    const WRITES: &'static str;

    /// Begins a transaction that reads from one snapshot.
    const SNAPSHOT: &'static str;

    /// How a table is written that is locked before a snapshot is taken; none where the server refuses to read a table from
    /// before it was rewritten.
    const LOCKED: Option<fn(TableName<'_>) -> String>;

    /// Whether the rows of a union come arm by arm, each arm's in its order.
    const LISTS_TOGETHER: bool;

    /// Reads the number by which the server knows a connection.
    fn number(connection: &mut Connection<Self>) -> Running<'_, i64>;

    /// The statement that ends the connection with a number, and what runs on it.
    ///
    /// To stop the statement alone would miss one that is on its way and has not begun.
    fn stop(number: i64) -> String;

    /// Runs a statement, and takes its rows.
    fn fetch<'a>(
        connection: &'a mut Connection<Self>,
        statement: &'a Statement,
    ) -> Running<'a, (Fetched, u64), Failure>;

    /// Runs a statement, and gives its rows on while they come; how many there were.
    fn stream<'a>(
        connection: &'a mut Connection<Self>,
        statement: &'a Statement,
        sink: &'a Sink,
    ) -> Running<'a, u64, Failure>;

    /// Runs statements whose rows nobody wants.
    fn execute<'a>(connection: &'a mut Connection<Self>, sql: Arc<str>) -> Running<'a, ()>;

    /// Whether another connection might succeed where this one cannot.
    fn is_lost(error: &dyn DatabaseError) -> bool;

    /// Whether what was prepared on the connection does not fit the tables any more.
    fn is_stale(error: &dyn DatabaseError) -> bool;

    /// Tells whether a text of the request has characters that the compared column's character set lacks.
    fn is_unfit(error: &dyn DatabaseError) -> bool;

    /// Whether a relation cannot be locked: it is no table, the login may not, or the server has no such locks.
    fn refuses_lock(error: &dyn DatabaseError) -> bool;

    /// Changes a column to what this database makes of it; the mistake, if it cannot hold such a column.
    fn adapt(column: &mut Column) -> Option<String>;

    /// What the database says of its tables and views.
    fn reflect<'a>(pool: &'a Pool<Self::Db>, schemas: &'a Schemas) -> Answer<'a, Catalog>;

    /// Samples of a column of bytes, from both ends of its table.
    fn bytes_of<'a>(
        pool: &'a Pool<Self::Db>,
        table: &'a Table,
        column: &'a str,
    ) -> Answer<'a, Vec<Vec<u8>>>;

    /// The connection of a transaction, for statements of a user's own.
    fn lend(unit: &mut ServerUnit<Self>) -> UnitConnection<'_>;
}

/// A server and the connections to it, cheap to clone.
pub(super) struct Connected<S: Server>(Arc<Stack<S>>);

impl<S: Server> Connected<S> {
    /// Over a pool, which others may use too.
    pub(super) fn over(pool: Pool<S::Db>, shared: bool) -> Self {
        Self(Arc::new(Stack::new(pool, shared)))
    }

    async fn read(&self, mut reading: Reading) -> Result<Outcome> {
        let mut again = false;
        loop {
            let lent = match self.checkout(&mut reading, again).await? {
                Waited::Alone(lent) => lent,
                Waited::Answered(outcome) => return Ok(outcome),
            };
            match run::run(lent, &mut reading).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) if failure.is_lost::<S>() && !again => {
                    again = true;
                    reading.restart();
                }
                Err(Failure::Uncounted) => reading.uncount()?,
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// A connection for a reading, unless somebody who has one reads its rows too.
    async fn checkout(&self, reading: &mut Reading, tested: bool) -> Result<Waited<S>> {
        if !tested && let Some(lent) = self.0.checkout_now() {
            return Ok(Waited::Alone(lent));
        }
        if !tested && let Some(statement) = reading.shareable() {
            return Box::pin(together::turn(&self.0, reading, statement)).await;
        }
        self.0.checkout(tested).await.map(Waited::Alone)
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        let mut lent = self.0.checkout(false).await?;
        let connection = lent.connection().map_err(Failure::into_error)?;
        let done = S::execute(connection, sql.into()).await;
        // It may have left a transaction open, or changed the session.
        lent.close();
        done.map_err(super::failure::failed)
    }
}

impl<S: Server> Driver for Connected<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn dialect(&self) -> &'static dyn Dialect {
        S::DIALECT
    }

    fn adapt(&self, column: &mut Column) -> Option<String> {
        S::adapt(column)
    }

    fn read(&self, reading: Reading) -> Answer<'_, Outcome> {
        Box::pin(self.read(reading))
    }

    fn export(&self, export: Export, turn: Turn) -> Tapes {
        export::begin(&self.0, export, turn)
    }

    fn begin(&self, writes: bool) -> Answer<'_, Box<dyn Unit>> {
        let begin = if writes { S::WRITES } else { S::SNAPSHOT };
        Box::pin(unit::begin(&self.0, begin))
    }

    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> Answer<'a, Catalog> {
        S::reflect(self.0.pool(), schemas)
    }

    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> Answer<'a, Vec<Vec<u8>>> {
        S::bytes_of(self.0.pool(), table, column)
    }

    fn execute_script<'a>(&'a self, sql: &'a str) -> Answer<'a, ()> {
        Box::pin(self.execute(sql))
    }

    fn pool(&self) -> &dyn Any {
        self.0.pool()
    }
}

/// Runs a statement, and hands its rows over one by one.
pub(super) async fn rows<'c, 'q, B, C>(
    connection: C,
    query: impl Execute<'q, B> + 'q,
    mut take: impl FnMut(B::Row) -> Result<(), Failure>,
) -> Result<(), Failure>
where
    B: Backend,
    C: Executor<'c, Database = B>,
    'q: 'c,
{
    let mut rows = connection.fetch_many(query);
    while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
        if let Either::Right(row) = row.map_err(Failure::Database)? {
            take(row)?;
        }
    }
    Ok(())
}

/// A pool of our own, once a connection has shown that it can be: a pool would try again until its time is over, and not
/// say why.
///
/// More connections than two for each processor serve no more requests; one is for what is asked beside them.
pub(super) async fn pool<B: Backend>(options: Options<B>) -> Result<Pool<B>, sqlx::Error> {
    let options = options.disable_statement_logging();
    let first = timeout(LONGEST_WAIT, options.connect()).await;
    first
        .map_err(|_| sqlx::Error::PoolTimedOut)??
        .close()
        .await?;
    let processors = available_parallelism().map_or(2, NonZero::get);
    let most = u32::try_from(2 * processors + 1).unwrap_or(u32::MAX);
    Ok(PoolOptions::new()
        .max_connections(most)
        .acquire_timeout(LONGEST_WAIT)
        .connect_lazy_with(options))
}

/// The error of a database that could not be connected to, without the password of its URL.
pub(super) fn cannot_connect(kind: &str, url: &str, error: &sqlx::Error) -> Error {
    let shown = without_password(url);
    let detail = format!(
        "cannot connect to the {kind} database `{shown}`: {}",
        reason(error)
    );
    Error::new(Code::Unavailable, detail)
}

fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Configuration(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => format!("it did not answer within {LONGEST_WAIT:?}"),
        error => error.to_string(),
    }
}

fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // Options may hold secrets too.
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let cases = [
            ("postgres://ann:s3cret@db/cars", "postgres://ann@db/cars"),
            (
                "postgres://ann:a@b:c@db/cars?password=x",
                "postgres://ann@db/cars",
            ),
            ("mysql://db/cars", "mysql://db/cars"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_password(url), shown);
        }
    }
}
