//! Running statements on a connection of any server.

use std::{future::poll_fn, sync::Arc};

use sqlx::{Database as Backend, Either, Executor, IntoArguments, query::Query};

use super::{
    failure::Failure,
    protocol::{Connection, Protocol, Running},
};
use crate::{
    database::{
        decode::RowDecoder,
        export::{Gone, Sink, TAPE},
        failure::error_of,
        fetched::{Fetched, Written},
        sql::trusted,
    },
    error::Code,
    statement::Statement,
};

/// A server whose connections run statements.
pub(in crate::database) trait Server: Protocol {
    /// Runs a statement; returns its decoded result and the number of rows.
    fn fetch<'a>(
        connection: &'a mut Connection<Self>,
        statement: &'a Statement,
    ) -> Running<'a, (Fetched, u64), Failure>;

    /// Runs a statement that writes, such as an insert; returns the cells or the generated number that the server
    /// reports.
    fn write<'a>(
        connection: &'a mut Connection<Self>,
        statement: &'a Statement,
    ) -> Running<'a, Written, Failure>;

    /// Runs a statement and sends its rows to `sink` in tapes (blocks of rows); returns the number of rows.
    fn stream<'a>(
        connection: &'a mut Connection<Self>,
        statement: &'a Statement,
        sink: &'a Sink,
    ) -> Running<'a, u64, Failure>;

    /// Runs the statements of an SQL text and discards the rows that they return.
    fn execute<'a>(connection: &'a mut Connection<Self>, sql: Arc<str>) -> Running<'a, ()>;
}

/// The bound values of a statement, in sqlx's type for the server.
type Arguments<P> = <<P as Protocol>::Db as Backend>::Arguments;

impl<P: Protocol> Server for P
where
    for<'c> &'c mut Connection<P>: Executor<'c, Database = P::Db>,
    Arguments<P>: IntoArguments<P::Db> + 'static,
{
    fn fetch<'a>(
        connection: &'a mut Connection<P>,
        statement: &'a Statement,
    ) -> Running<'a, (Fetched, u64), Failure> {
        Box::pin(async move {
            let failed = |error| Failure::of_reading(error, statement);
            let query = query::<P>(statement)?;
            let mut typed = RowDecoder::new(statement);
            let mut take = |row| {
                P::row(&mut typed, &row)?;
                typed.check().map_err(Failure::TooLarge)
            };
            if P::FETCHES_ONE_ROW && statement.plan.is_single {
                let row = connection.fetch_optional(query).await;
                row.map_err(failed)?.map_or(Ok(()), take)?;
            } else {
                let mut rows = connection.fetch_many(query);
                while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
                    if let Either::Right(row) = row.map_err(failed)? {
                        take(row)?;
                    }
                }
            }
            Ok(typed.finish())
        })
    }

    fn write<'a>(
        connection: &'a mut Connection<P>,
        statement: &'a Statement,
    ) -> Running<'a, Written, Failure> {
        Box::pin(async move {
            let running = statement.begin_write();
            let (mut typed, mut last_id) = (RowDecoder::new(statement), None);
            let mut rows = connection.fetch_many(query::<P>(statement)?);
            while let Some(next) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
                match next.map_err(Failure::Database)? {
                    Either::Left(done) => last_id = P::last_id(&done),
                    Either::Right(row) => P::row(&mut typed, &row)?,
                }
            }
            let (fetched, count) = typed.finish();
            running.end(count);
            let rows = fetched.rows;
            Ok(Written { rows, last_id })
        })
    }

    fn stream<'a>(
        connection: &'a mut Connection<P>,
        statement: &'a Statement,
        sink: &'a Sink,
    ) -> Running<'a, u64, Failure> {
        Box::pin(async move {
            let failed = |error| Failure::of_reading(error, statement);
            let mut typed = RowDecoder::new(statement);
            let mut rows = connection.fetch_many(query::<P>(statement)?);
            while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
                if let Either::Right(row) = row.map_err(failed)? {
                    P::row(&mut typed, &row)?;
                }
                if let Some(tape) = typed.cut(TAPE) {
                    sink.give(tape).await?;
                }
            }
            let (last, count) = typed.finish();
            if !last.rows.is_empty() {
                sink.give(last.rows).await?;
            }
            Ok(count)
        })
    }

    fn execute<'a>(connection: &'a mut Connection<P>, sql: Arc<str>) -> Running<'a, ()> {
        Box::pin(async move {
            let script = sqlx::raw_sql(trusted(sql));
            script.execute(connection).await.map(drop)
        })
    }
}

/// Returns the statement as a query of sqlx, with its values bound.
fn query<P: Protocol>(statement: &Statement) -> Result<Query<'static, P::Db, Arguments<P>>, Failure>
where
    Arguments<P>: IntoArguments<P::Db>,
{
    let arguments = P::arguments(&statement.values)?;
    let sql = trusted(Arc::clone(&statement.plan.sql));
    Ok(sqlx::query_with(sql, arguments))
}

impl From<Gone> for Failure {
    fn from(_: Gone) -> Self {
        Self::Slow(error_of(Code::Timeout))
    }
}
