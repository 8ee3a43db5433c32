//! Running a reading (the statements for one answer) on a connection: its rows are written to a tape, the block of rows
//! of the answer, directly from SQLite's memory.

use std::time::Instant;

use rusqlite::{CachedStatement, StatementStatus};

use super::{
    super::{
        decode::Taking,
        driver::WriteResults,
        fetched::{Fetched, Written},
        reading::{NextStep, Reading},
    },
    bind::bind,
    counts::{Counts, content_version},
    decode,
    failure::Failure,
    sums::add_lacking,
};
use crate::{observer::RunningStatement, operation::Outcome, statement::Statement};

/// An observer of a running reading (the statements for one answer). It may also end the reading.
pub(in super::super) trait Watch {
    /// Whether the reading must end, since its request was dropped.
    fn is_over(&self) -> bool;

    /// Records how many steps of SQLite's virtual machine a statement has taken.
    fn took(&self, _steps: i32) {}

    /// Records that a statement that counts the rows of a list begins (`true`), or has ended (`false`).
    fn counts(&self, _counts: bool) {}
}

impl<F: Fn() -> bool> Watch for F {
    fn is_over(&self) -> bool {
        self()
    }
}

/// Runs a reading (the statements for one answer) and returns its answer; in one snapshot, if it takes several
/// statements. Fails if the request is dropped meanwhile.
pub(in super::super) fn run(
    sqlite: &rusqlite::Connection,
    reading: &mut Reading,
    watch: &impl Watch,
    counts: &mut Counts,
) -> Result<Outcome, Failure> {
    let may_know = |list| counts.may_know(list);
    let in_snapshot = reading.needs_snapshot() || reading.counted().is_some_and(may_know);
    if in_snapshot {
        sqlite.prepare_cached("BEGIN")?.execute([])?;
    }
    let outcome = steps(sqlite, reading, watch, Some(counts));
    if in_snapshot {
        sqlite.prepare_cached("ROLLBACK")?.execute([])?;
    }
    outcome
}

/// Runs the statements of a reading, in the open transaction if there is one, and returns its answer. `counts` is the
/// cache of totals; it is `None` in the transaction of an action, which may write.
pub(super) fn steps(
    sqlite: &rusqlite::Connection,
    reading: &mut Reading,
    watch: &impl Watch,
    mut counts: Option<&mut Counts>,
) -> Result<Outcome, Failure> {
    let mut statement = reading.first()?;
    let mut counted_in = None;
    loop {
        if reading.counts()
            && let (Some(counts), Some(list)) = (&mut counts, reading.counted())
            && let Some((version, total)) = counts.total(list)
        {
            match reading.statement_with_total(total) {
                Ok(page) => (statement, counted_in) = (page, Some(version)),
                Err(error) if content_version(sqlite)? == version => return Err(error.into()),
                // By the cached total, the page does not exist. But the total is of an older version of the content, so
                // the page may exist now.
                Err(_) => doubt(counts, reading),
            }
        }
        let running = reading.begin(&statement);
        reading.count();
        let is_counting = reading.counts();
        if is_counting {
            watch.counts(true);
        }
        let mut steps = 0;
        let fetched = fetch(sqlite, &statement, running, &mut steps);
        watch.took(steps);
        let fetched = fetched?;
        if is_counting {
            watch.counts(false);
            if let (Some(counts), Some(list)) = (&mut counts, reading.counted())
                && let Some(total) = reading.counted_to(&fetched)
            {
                let cells = fetched.rows.len() * (statement.plan.columns.len() + 4);
                let steps = steps.saturating_sub(i32::try_from(cells).unwrap_or(i32::MAX));
                counts.learn(list, total, steps, sqlite)?;
            }
        } else if let Some(version) = counted_in.take()
            && content_version(sqlite)? != version
        {
            // The version is checked after reading, since with SQLite's shared cache another connection can write to a
            // table until it is read.
            reading.restart();
            if let Some(counts) = &mut counts {
                doubt(counts, reading);
            }
            statement = reading.statement()?;
            continue;
        }
        statement = match reading.next(fetched)? {
            NextStep::Done(outcome) => return Ok(outcome),
            NextStep::Run(_) if watch.is_over() => return Err(Failure::Over),
            NextStep::Run(next) => next,
        };
    }
}

fn doubt(counts: &mut Counts, reading: &Reading) {
    if let Some(list) = reading.counted() {
        counts.doubt(list);
    }
}

/// Runs a statement and returns its rows. Sets `steps` to the number of steps of SQLite's virtual machine that it took,
/// even if it failed.
pub(in super::super) fn fetch(
    sqlite: &rusqlite::Connection,
    statement: &Statement,
    running: RunningStatement<'_>,
    steps: &mut i32,
) -> Result<Fetched, Failure> {
    let started = Instant::now();
    let _span = running.span().clone().entered();
    let taken = take(sqlite, statement, steps, |taking| Ok(taking.check()?));
    statement.plan.took.set(started.elapsed());
    let (fetched, count) = taken?.finish();
    running.end(count);
    Ok(fetched)
}

/// Runs a statement and decodes its rows; returns the decoder that holds them. Calls `after` after each row.
pub(super) fn take<'p>(
    sqlite: &rusqlite::Connection,
    statement: &'p Statement,
    steps: &mut i32,
    mut after: impl FnMut(&mut Taking<'p>) -> Result<(), Failure>,
) -> Result<Taking<'p>, Failure> {
    let Statement { plan, values, .. } = statement;
    let mut prepared = prepare(sqlite, &plan.sql)?;
    bind(values, &mut prepared)?;
    prepared.reset_status(StatementStatus::VmStep);
    let mut taking = Taking::new(statement);
    let ran = each(&mut prepared.raw_query(), |row| {
        decode::row(&mut taking, row);
        after(&mut taking)
    });
    *steps = prepared.get_status(StatementStatus::VmStep);
    ran.map(|()| taking)
}

/// Prepares a statement. If the connection lacks the functions or the collation of exact sums, adds them.
fn prepare<'c>(
    sqlite: &'c rusqlite::Connection,
    sql: &str,
) -> rusqlite::Result<CachedStatement<'c>> {
    loop {
        match sqlite.prepare_cached(sql) {
            Err(error) if add_lacking(sqlite, &error)? => {}
            prepared => return prepared,
        }
    }
}

fn each(
    rows: &mut rusqlite::Rows<'_>,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

/// Runs statements that write; returns the results of those before the first one that breaks a constraint, and that
/// violation.
pub(super) fn write(
    sqlite: &rusqlite::Connection,
    statements: &[Statement],
) -> Result<WriteResults, Failure> {
    let mut written = Vec::with_capacity(statements.len());
    for statement in statements {
        match fetch(sqlite, statement, statement.begin_write(), &mut 0) {
            Ok(fetched) => written.push(Written {
                rows: fetched.rows,
                last_id: None,
            }),
            Err(failure) => return Ok((written, Some(failure.violation()?))),
        }
    }
    Ok((written, None))
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, StatementStatus};
    use sea_query::{ColumnDef, SqliteQueryBuilder, Table};

    use std::sync::Arc;

    use super::{super::super::reading::Query, *};
    use crate::{
        cell::Value,
        model::{Model, nth},
        operation::{List, Readable, Retrieve},
        params::{Count, Order, Paging, Position},
        predicate::{Operator, Predicate},
        statement::SqliteDialect,
    };

    /// Returns operations that together take every kind of statement.
    fn asks() -> Vec<Readable> {
        let list = |position, count| {
            let filter = Predicate::compare(nth(1), Operator::GreaterOrEqual, Value::Integer(3));
            let order = Order {
                through: Vec::new(),
                column: nth(0),
                descending: false,
            };
            let paging = Paging {
                position,
                size: 10,
                count,
                offers_exact: false,
                deepest: 1000,
            };
            Readable::List(List::new(filter, vec![order], vec![nth(0), nth(1)], paging))
        };
        let key = Retrieve::new(Predicate::is_key(nth(0), Value::Integer(7)), vec![nth(0)]);
        vec![
            list(Position::Page(1), Count::Exact),
            list(Position::Page(2), Count::Off),
            list(Position::Last, Count::Exact),
            Readable::Retrieve(key),
        ]
    }

    #[test]
    fn a_statement_is_prepared_once_however_often_it_runs() {
        let table = Table::create()
            .table("numbers")
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("number").integer())
            .to_owned();
        let sqlite = Connection::open_in_memory().expect("a database");
        sqlite
            .execute_batch(&table.to_string(SqliteQueryBuilder))
            .expect("a table");
        let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO numbers SELECT i, i FROM n";
        sqlite.execute_batch(rows).expect("rows");
        let (model, plans) = (Model::from_table("Number", &table), Arc::default());
        for ask in asks() {
            let question = Query {
                model: model.clone(),
                ask,
                time_limit: std::time::Duration::from_secs(1),
                counter: None,
            };
            let reading = || Reading::new(question.clone(), Arc::clone(&plans), &SqliteDialect);
            for _ in 0..3 {
                run(&sqlite, &mut reading(), &|| false, &mut Counts::default())
                    .expect("an outcome");
            }
            let sql = reading().statement().expect("a statement").plan.sql.clone();
            let prepared = sqlite.prepare_cached(&sql).expect("the cached statement");
            assert!(prepared.get_status(StatementStatus::Run) >= 3, "{sql}");
            assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }
}
