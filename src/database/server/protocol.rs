//! [`Protocol`]: what PostgreSQL and MySQL say of themselves, each in its own module.

use std::{future::Future, pin::Pin, time::Duration};

use sqlx::{Database as Backend, Pool, database::HasStatementCache, error::DatabaseError};

use super::failure::Failure;
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::Value,
    database::{
        decode::Typed,
        driver::{Answer, UnitConnection},
        reading::tables::TableName,
    },
    error::Result,
    model::Column,
    statement::Dialect,
};

/// A connection to a server, as sqlx has it.
pub(super) type Connection<P> = <<P as Protocol>::Db as Backend>::Connection;

/// How long connecting may take, and how long a request waits for a connection.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A future that runs a statement.
pub(in crate::database) type Running<'a, T, E = sqlx::Error> =
    Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// One kind of server.
pub(in crate::database) trait Protocol: Send + Sync + Sized + 'static {
    type Db: Backend + HasStatementCache;

    /// How a value of a row is written.
    type Wire: Copy + Send;

    /// The name of the database, for people.
    const NAME: &'static str;

    const DIALECT: &'static dyn Dialect;

    /// The dialect that compares columns with texts their character sets lack, where [`DIALECT`](Self::DIALECT) cannot.
    const CONVERTING: Option<&'static dyn Dialect>;

    /// Begins a transaction that may write.
    const WRITES: &'static str;

    /// Begins a transaction that reads from one snapshot.
    const SNAPSHOT: &'static str;

    /// Writes the name of a table that is locked before a snapshot is taken; none where the server refuses to read a table
    /// from before it was rewritten.
    const LOCKED: Option<fn(TableName<'_>) -> String>;

    /// Whether the rows of a union come arm by arm, each arm's in its order.
    const BATCHES_LISTS: bool;

    /// Whether a statement of one row is read to its end by asking for one row, which takes half as many futures.
    const FETCHES_ONE_ROW: bool;

    /// Reads the number by which the server knows a connection.
    fn number(connection: &mut Connection<Self>) -> Running<'_, i64>;

    /// Returns the statement that ends the connection with a number, and what runs on it.
    ///
    /// To stop the statement alone would miss one that is on its way and has not begun.
    fn stop(number: i64) -> String;

    /// Binds the values of a statement.
    fn arguments(values: &[Value]) -> Result<<Self::Db as Backend>::Arguments, Failure>;

    /// Takes a row.
    fn row(
        typed: &mut Typed<'_, Self::Wire>,
        row: &<Self::Db as Backend>::Row,
    ) -> Result<(), Failure>;

    /// Tells whether another connection might succeed where this one cannot.
    fn is_lost(error: &dyn DatabaseError) -> bool;

    /// Tells whether a statement was prepared for tables that have changed since.
    fn is_stale(error: &dyn DatabaseError) -> bool;

    /// Tells whether a text of the request has characters that the compared column's character set lacks.
    fn is_unfit(error: &dyn DatabaseError) -> bool;

    /// Tells whether a relation cannot be locked: it is no table, the login may not, or the server has no such locks.
    fn refuses_lock(error: &dyn DatabaseError) -> bool;

    /// Changes a column to what this database makes of it; returns the mistake if it cannot hold such a column.
    fn adapt(column: &mut Column) -> Option<String>;

    /// Reads what the database says of its tables and views.
    fn reflect<'a>(pool: &'a Pool<Self::Db>, schemas: &'a Schemas) -> Answer<'a, Catalog>;

    /// Samples a column of bytes, from both ends of its table.
    fn bytes_of<'a>(
        pool: &'a Pool<Self::Db>,
        table: &'a Table,
        column: &'a str,
    ) -> Answer<'a, Vec<Vec<u8>>>;

    /// Lends the connection of a transaction, for a handler's own statements.
    fn lend(connection: &mut Connection<Self>) -> UnitConnection<'_>;
}
