//! [`Protocol`]: the differences between PostgreSQL and MySQL, implemented in their modules.

use std::{future::Future, pin::Pin, time::Duration};

use sqlx::{Database as Backend, Pool, database::HasStatementCache, error::DatabaseError};

use super::failure::Failure;
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::Value,
    database::{
        decode::RowDecoder,
        driver::{DriverFuture, ServerState},
        reading::tables::TableName,
        violation::Violation,
    },
    error::Result,
    model::Column,
    statement::Dialect,
};

/// An sqlx connection to a server.
pub(super) type Connection<P> = <<P as Protocol>::Db as Backend>::Connection;

/// The connection options of a server's sqlx back end, such as host and password.
pub(super) type Options<B> = <<B as Backend>::Connection as sqlx::Connection>::Options;

/// A future that runs a statement.
pub(in crate::database) type Running<'a, T, E = sqlx::Error> =
    Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// Facts about a connection that the server reports.
#[derive(Clone, Copy, Debug)]
pub(in crate::database) struct Session {
    /// The number by which the server identifies the connection.
    pub(in crate::database) number: i64,
    /// Whether an insert can return cells of its rows, in their order.
    pub(in crate::database) returns_rows: bool,
    /// Whether the server applies the writes of another one, and takes none itself.
    pub(in crate::database) is_replica: bool,
}

/// Facts about the session of a connection, by which connections are kept from writing.
#[derive(Clone, Copy, Debug)]
pub(in crate::database) struct Watched {
    /// The number by which the server identifies the session.
    pub(in crate::database) number: i64,
    /// Whether the server refuses to write in this session, in this transaction and in further ones.
    pub(in crate::database) is_read_only: bool,
}

/// The statements by which a session commits nothing but by `COMMIT`, and by which it commits each statement outside a
/// transaction again.
#[derive(Clone, Copy, Debug)]
pub(in crate::database) struct ManualCommit {
    pub(in crate::database) begin: &'static str,
    pub(in crate::database) end: &'static str,
}

/// The SQL that locks tables inside a transaction.
pub(in crate::database) struct TableLocks {
    /// Returns the name of a table as the statements write it.
    pub(in crate::database) name: fn(TableName<'_>) -> String,
    /// Returns the statement that locks the tables of these names.
    pub(in crate::database) lock: fn(&[String]) -> String,
    /// The statement that lets the transaction continue after a lock was refused: it returns to a savepoint.
    pub(in crate::database) take_back: &'static str,
}

/// The differences between kinds of server: PostgreSQL, and MySQL with MariaDB.
pub(in crate::database) trait Protocol: Send + Sync + Sized + 'static {
    type Db: Backend + HasStatementCache;

    /// The format in which the server sends a value, such as an integer in eight bytes.
    type Wire: Copy + Send;

    /// The display name of the database, such as `PostgreSQL`.
    const NAME: &'static str;

    /// The dialect with which a column can be compared with a text outside its character set, such as `日本` with a
    /// `latin1` column of MySQL; `None` if the [dialect](Self::dialect) can do that.
    const CONVERTING: Option<&'static dyn Dialect>;

    /// Whether this kind of server has [poolers](super::pooler) that lend a session for one transaction at a time.
    const HAS_POOLERS: bool;

    /// Whether a [pooler](super::pooler) lends the server's sessions for one transaction at a time, so that every
    /// statement runs in a transaction and is prepared for itself alone.
    const IS_POOLED: bool;

    /// The statement that begins a transaction that may write.
    const WRITES: &'static str;

    /// Whether a transaction can run further statements after one of its statements has failed.
    const GOES_ON: bool;

    /// The statement that begins a transaction that reads from one snapshot.
    const SNAPSHOT: &'static str;

    /// The statement after which every transaction of the session is read-only.
    const READS_ONLY: &'static str;

    /// The statements that lock tables before the snapshot is taken; `None` if the server itself refuses to read a
    /// table that was rewritten (by `TRUNCATE`, for example) after the snapshot.
    const LOCKS: Option<TableLocks>;

    /// Whether a `UNION ALL` returns all rows of one arm after those of another, each arm in its own order. Only then
    /// can one statement read several lists.
    const BATCHES_LISTS: bool;

    /// Whether sqlx's method that fetches one row also reads the end of the result, so that the connection can be used
    /// again. If so, that method is used, since it takes half as many futures as fetching all rows.
    const FETCHES_ONE_ROW: bool;

    /// Returns the dialect of a server whose inserts can return rows, or cannot.
    fn dialect(returns_rows: bool) -> &'static dyn Dialect;

    /// Returns what tells a database from others: where its server is, and its name.
    fn address(options: &Options<Self::Db>) -> String;

    /// Returns how many prepared statements sqlx keeps for a connection, if each further one waits, for 40 ms or so, to take
    /// the place of another one: the message that closes the other one has no answer, sqlx 0.9.0 does not set
    /// `TCP_NODELAY`, and so the next message waits for an acknowledgment, which the server delays. `None` if none waits.
    fn statements_without_wait(options: &Options<Self::Db>) -> Option<usize>;

    /// Returns the statement `begin`, which begins a transaction, with a time limit, if there is one, for each of
    /// its statements where the server must know it.
    fn begin_within(begin: &'static str, limit: Option<Duration>) -> String;

    /// Reads the facts about a connection that the server reports.
    fn session(connection: &mut Connection<Self>) -> Running<'_, Session>;

    /// Reads whether the session can write, by statements that are not prepared: a pooler may lend the session to other
    /// clients, whose prepared statements have the same names.
    fn watch(connection: &mut Connection<Self>) -> Running<'_, Watched>;

    /// Asks whether the server may end a transaction without an error to its client. Returns the settings of a session for
    /// such a transaction; `None` if the server never does that.
    fn manual_commit(_connection: &mut Connection<Self>) -> Running<'_, Option<ManualCommit>> {
        Box::pin(async { Ok(None) })
    }

    /// Whether the session has committed anything since a transaction with [`manual_commit`](Self::manual_commit) began.
    fn has_committed(_connection: &mut Connection<Self>) -> Running<'_, bool> {
        Box::pin(async { Ok(true) })
    }

    /// Asks the server for its part in replication, and how far it has come.
    fn state(connection: &mut Connection<Self>) -> Running<'_, ServerState>;

    /// Returns the statement that ends the connection with this number, and so stops the statement that runs on it;
    /// `None` if the number may be that of another client's.
    ///
    /// Stopping only the running statement would miss a statement that was sent and has not begun.
    fn stop(number: i64) -> Option<String>;

    /// Returns the statement that stops the statement that runs on the connection with this number, and nothing else;
    /// `None` if the number may be that of another client's.
    fn interrupt(number: i64) -> Option<String>;

    /// Whether the rows of a table, new ones if `are_new`, stay as a statement that writes them returns them, as far as
    /// the table's definition says.
    fn keeps_returned<'a>(
        connection: &'a mut Connection<Self>,
        table: TableName<'a>,
        are_new: bool,
    ) -> Running<'a, bool>;

    /// Returns the values of a statement as arguments for its placeholders.
    fn arguments(values: &[Value]) -> Result<<Self::Db as Backend>::Arguments, Failure>;

    /// Decodes a row with `typed`, which checks the types of the result's columns with the first row.
    fn row(
        typed: &mut RowDecoder<'_, Self::Wire>,
        row: &<Self::Db as Backend>::Row,
    ) -> Result<(), Failure>;

    /// Returns the number that MySQL generated for the `AUTO_INCREMENT` column of an inserted row; `None` on
    /// PostgreSQL.
    fn last_id(done: &<Self::Db as Backend>::QueryResult) -> Option<u64>;

    /// Returns the violation of a constraint that an error reports; `None` if it reports another failure.
    fn violation(error: &dyn DatabaseError) -> Option<Violation>;

    /// Whether a transaction failed by a conflict with another one, such as a deadlock, so that it may succeed when it
    /// is run again.
    fn is_conflict(error: &dyn DatabaseError) -> bool;

    /// Whether a reading failed by a conflict with a write, and may succeed at once on this server.
    fn may_read_again(error: &dyn DatabaseError) -> bool;

    /// Reads the names, in the table, of the columns of a constraint or index, given its table and its name.
    fn constrained<'a>(
        pool: &'a Pool<Self::Db>,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>>;

    /// Whether the error means that the connection is lost, so that another connection may succeed.
    fn is_lost(error: &dyn DatabaseError) -> bool;

    /// Whether the server leaves unknown, by the error of a statement that commits, whether the change was made. It is a
    /// `COMMIT` if `is_commit`, else a statement that writes and commits itself.
    fn leaves_unknown(error: &dyn DatabaseError, is_commit: bool) -> bool;

    /// Whether the error means that the server takes no writes, as after it has become a replica.
    fn is_read_only(error: &dyn DatabaseError) -> bool;

    /// Whether the error means that a prepared statement no longer fits its tables, since these have changed.
    fn is_stale(error: &dyn DatabaseError) -> bool;

    /// Whether the error means that a text of the request has characters that the character set of the compared column
    /// lacks.
    fn is_unfit(error: &dyn DatabaseError) -> bool;

    /// Whether the error means that a table or view cannot be locked: it is not a table, the login may not lock it, or
    /// the server has no such locks.
    fn refuses_lock(error: &dyn DatabaseError) -> bool;

    /// Changes a column's type to the one that this database stores; returns a message if the database cannot hold the
    /// column.
    fn adapt(column: &mut Column) -> Option<String>;

    /// Reads which tables and views there are, with their columns and keys: the catalog.
    fn reflect<'a>(pool: &'a Pool<Self::Db>, schemas: &'a Schemas) -> DriverFuture<'a, Catalog>;

    /// Samples the values of a column of bytes, from both ends of its table; returns the first bytes of each value.
    fn bytes_of<'a>(
        pool: &'a Pool<Self::Db>,
        table: &'a Table,
        column: &'a str,
    ) -> DriverFuture<'a, Vec<Vec<u8>>>;
}
