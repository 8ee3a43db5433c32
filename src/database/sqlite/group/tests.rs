//! Which units of a group are written, and which answer each unit gets.

use std::time::Duration;

use sqlx::{ConnectOptions as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::{Handle, Runtime},
    sync::oneshot::{self, error::TryRecvError},
};
use tracing::{Dispatch, Span};

use super::*;
use crate::{
    cell::Value,
    database::{
        driver::{Unit, Work},
        violation::is_conflict,
    },
    metrics::{ConnectionQueue, ConnectionWait},
    model::{Model, nth},
    operation::{Changes, Set},
    statement::SqliteDialect,
};

const TABLES: &str = "PRAGMA journal_mode = wal; CREATE TABLE numbers (id INTEGER PRIMARY KEY); \
    CREATE TABLE parts (id INTEGER PRIMARY KEY REFERENCES numbers (id) DEFERRABLE INITIALLY DEFERRED); \
    CREATE TRIGGER ends AFTER INSERT ON numbers WHEN NEW.id = 99 BEGIN SELECT RAISE(ROLLBACK, 'over'); END";

/// A database file with tables, a connection that writes, and one that reads.
struct Tables {
    runtime: Runtime,
    writer: SqliteConnection,
    reader: SqliteConnection,
    _folder: tempfile::TempDir,
}

/// The receiver of a unit's answer.
type Answered = oneshot::Receiver<Result<Outcome>>;

impl Tables {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("numbers.db"))
            .create_if_missing(true);
        let (writer, reader) = runtime.block_on(async {
            let mut writer = options.connect().await.expect("a connection");
            let tables = sqlx::raw_sql(TABLES).execute(&mut writer).await;
            tables.expect("the tables");
            (writer, options.connect().await.expect("a connection"))
        });
        Self {
            runtime,
            writer,
            reader,
            _folder: folder,
        }
    }

    /// Runs a function with a group. Returns its result, and the rows that another connection sees before and after the
    /// end of the group.
    fn in_a_group<T>(
        &mut self,
        run: impl FnOnce(&mut Group<'_>, &Handle) -> T,
    ) -> (Vec<i64>, T, Vec<i64>) {
        let Self {
            runtime,
            writer,
            reader,
            ..
        } = self;
        let locked = runtime.block_on(writer.lock_handle()).expect("a handle");
        let sqlite = LockedConnection::of(locked).expect("lent");
        let mut group = Group::begin(&sqlite, true).expect("a transaction");
        let done = run(&mut group, runtime.handle());
        let before = runtime.block_on(numbers(reader));
        group.end();
        assert!(sqlite.is_autocommit(), "no transaction stays open");
        (before, done, runtime.block_on(numbers(reader)))
    }
}

async fn numbers(reader: &mut SqliteConnection) -> Vec<i64> {
    let rows = sqlx::query_scalar("SELECT id FROM numbers ORDER BY id");
    rows.fetch_all(reader).await.expect("numbers")
}

/// Runs a unit in a group; returns the receiver of its answer.
fn run(group: &mut Group<'_>, runtime: &Handle, work: Work) -> Answered {
    run_within(group, runtime, Deadline::new(Duration::from_secs(5)), work)
}

fn run_within(group: &mut Group<'_>, runtime: &Handle, deadline: Deadline, work: Work) -> Answered {
    let (answer, answered) = oneshot::channel();
    group.run(WriteJob {
        work,
        deadline,
        wait: Box::new(ConnectionWait::begin("sqlite", ConnectionQueue::Writing)),
        asker: Asker {
            answer,
            runtime: runtime.clone(),
            span: Span::none(),
            log: Dispatch::none(),
        },
    });
    answered
}

async fn insert(
    unit: Box<dyn Unit>,
    table: &str,
    id: i64,
) -> Result<(Box<dyn Unit>, Result<(), Violation>)> {
    let key = sea_query::ColumnDef::new("id")
        .integer()
        .primary_key()
        .to_owned();
    let definition = sea_query::Table::create()
        .table(table.to_owned())
        .col(key)
        .to_owned();
    let model = Model::from_table("Number", &definition);
    let mut changes = Changes::new(&model);
    changes.put(nth(0), Set::To(Value::Integer(id)));
    let inserts = Statement::inserts(&model, &[changes], |_| Vec::new(), false, &SqliteDialect);
    let statements = inserts.into_iter().map(|insert| insert.statement).collect();
    let (unit, (_, broken)) = unit.write(statements, Duration::from_secs(5)).await?;
    Ok((unit, broken.map_or(Ok(()), Err)))
}

/// Returns a unit that inserts a row and commits. A violation of a constraint becomes its error.
fn inserts(table: &'static str, id: i64) -> Work {
    Box::new(move |unit| {
        Box::pin(async move {
            let (unit, written) = insert(unit, table, id).await?;
            written.map_err(Violation::of_an_action)?;
            let committed = unit.commit().await?;
            committed.map_err(Violation::of_an_action)?;
            Ok(Outcome::Deleted(true))
        })
    })
}

fn code(mut answered: Answered) -> Code {
    let answer = answered.try_recv().expect("an answer");
    answer.expect_err("an error").code()
}

fn is_written(mut answered: Answered) -> bool {
    answered.try_recv().expect("an answer").is_ok()
}

fn is_a_conflict(mut answered: Answered) -> bool {
    let answer = answered.try_recv().expect("an answer");
    is_conflict(&answer.expect_err("an error"))
}

#[test]
fn units_are_answered_and_seen_by_readers_once_all_are_committed() {
    let (before, [one, two], after) = Tables::new().in_a_group(|group, runtime| {
        let mut both = [1, 2].map(|id| run(group, runtime, inserts("numbers", id)));
        for answered in &mut both {
            assert_eq!(answered.try_recv().err(), Some(TryRecvError::Empty));
        }
        both
    });
    assert_eq!((before, after), (vec![], vec![1, 2]));
    assert!(is_written(one) && is_written(two));
}

#[test]
fn a_unit_that_fails_takes_back_only_its_own_changes() {
    let drops: Work = Box::new(|unit| {
        Box::pin(async move {
            let (unit, written) = insert(unit, "numbers", 3).await?;
            assert!(written.is_ok());
            drop(unit);
            Err(Error::new(Code::Forbidden, "no"))
        })
    });
    let rolls_back: Work = Box::new(|unit| {
        Box::pin(async move {
            let (unit, written) = insert(unit, "numbers", 4).await?;
            assert!(written.is_ok());
            unit.roll_back().await?;
            Err(Error::new(Code::OutsideScope, "no"))
        })
    });
    let panics: Work = Box::new(|unit| {
        Box::pin(async move {
            let (_unit, written) = insert(unit, "numbers", 5).await?;
            panic!("{written:?}")
        })
    });
    let (_, answers, after) = Tables::new().in_a_group(|group, runtime| {
        let works = [
            inserts("numbers", 1),
            inserts("numbers", 1),
            drops,
            rolls_back,
            panics,
            inserts("numbers", 2),
        ];
        works.map(|work| run(group, runtime, work))
    });
    assert_eq!(after, [1, 2]);
    let [first, unique, drops, rolls_back, panics, last] = answers;
    assert!(is_written(first) && is_written(last));
    assert_eq!(code(unique), Code::Unique);
    assert_eq!(code(drops), Code::Forbidden);
    assert_eq!(code(rolls_back), Code::OutsideScope);
    assert_eq!(code(panics), Code::Internal);
}

#[test]
fn a_broken_deferred_key_is_the_error_of_its_own_unit() {
    let mut tables = Tables::new();
    let (_, [one, broken, three], after) = tables.in_a_group(|group, runtime| {
        [("numbers", 1), ("parts", 7), ("parts", 1)]
            .map(|(table, id)| run(group, runtime, inserts(table, id)))
    });
    assert_eq!(after, [1]);
    assert!(is_written(one) && is_written(three));
    assert_eq!(code(broken), Code::ForeignKey);
    let parts = sqlx::query_scalar::<_, i64>("SELECT id FROM parts");
    let parts = tables.runtime.block_on(parts.fetch_all(&mut tables.reader));
    assert_eq!(parts.expect("parts"), [1]);
}

#[test]
fn a_unit_that_makes_sqlite_end_the_transaction_fails_and_the_others_are_conflicts() {
    let mut tables = Tables::new();
    let (_, [one, ends], after) = tables.in_a_group(|group, runtime| {
        let both = [1, 99].map(|id| run(group, runtime, inserts("numbers", id)));
        assert!(group.is_full(), "no unit joins a transaction that is over");
        both
    });
    assert_eq!(after, [] as [i64; 0]);
    assert!(is_a_conflict(one));
    assert_ne!(code(ends), Code::Busy);
    let (_, next, after) =
        tables.in_a_group(|group, runtime| run(group, runtime, inserts("numbers", 3)));
    assert!(is_written(next));
    assert_eq!(after, [3]);
}

#[test]
fn a_statement_after_the_end_of_the_transaction_does_not_run() {
    let goes_on: Work = Box::new(|unit| {
        Box::pin(async move {
            let (unit, _ended) = insert(unit, "numbers", 99).await?;
            let (unit, _written) = insert(unit, "numbers", 5).await?;
            drop(unit.commit().await?);
            Ok(Outcome::Deleted(true))
        })
    });
    let (_, answered, after) =
        Tables::new().in_a_group(|group, runtime| run(group, runtime, goes_on));
    assert_eq!(code(answered), Code::Internal);
    assert_eq!(after, [] as [i64; 0]);
}

#[test]
fn units_whose_commit_fails_are_conflicts() {
    let mut tables = Tables::new();
    tables.runtime.block_on(async {
        let mut locked = tables.writer.lock_handle().await.expect("a handle");
        locked.set_commit_hook(|| false);
    });
    let (_, answers, after) = tables
        .in_a_group(|group, runtime| [1, 2].map(|id| run(group, runtime, inserts("numbers", id))));
    assert!(answers.into_iter().all(is_a_conflict));
    assert_eq!(after, [] as [i64; 0]);
}

#[test]
fn a_unit_whose_request_has_given_up_never_runs() {
    let (_, mut answered, after) = Tables::new().in_a_group(|group, runtime| {
        let deadline = Deadline::new(Duration::ZERO);
        let given_up = deadline.check().expect_err("it has not begun in time");
        assert_eq!(given_up.code(), Code::Busy);
        run_within(group, runtime, deadline, inserts("numbers", 1))
    });
    assert_eq!(answered.try_recv().err(), Some(TryRecvError::Closed));
    assert_eq!(after, [] as [i64; 0]);
}

#[test]
fn a_unit_may_wait_for_something_else_and_goes_on_after_the_commit() {
    let (sender, receiver) = oneshot::channel();
    let waits: Work = Box::new(move |unit| {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let (unit, _written) = insert(unit, "numbers", 1).await?;
            assert!(unit.commit().await?.is_ok());
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(sender.send(()), Ok(()));
            Ok(Outcome::Deleted(true))
        })
    });
    let mut tables = Tables::new();
    let (before, answered, after) = tables.in_a_group(|group, runtime| run(group, runtime, waits));
    assert_eq!((before, after), (vec![], vec![1]));
    let answer = tables.runtime.block_on(answered).expect("an answer");
    assert!(answer.is_ok());
    assert!(tables.runtime.block_on(receiver).is_ok());
}
