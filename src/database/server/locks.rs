//! Locks on the tables of a snapshot, taken before the snapshot.
//!
//! 1. A statement that rewrites a table (`TRUNCATE`, `ALTER TABLE`) locks it, and older snapshots see the new table as
//!    empty. A reading that takes its snapshot and then waits for such a lock would miss every row, so the reading
//!    locks its tables first.
//! 2. A reading takes the locks that a `SELECT` takes anyway. The lock statements are sent together with `BEGIN`, so
//!    they take no extra round trip.
//! 3. Relations that cannot be locked, or that this login may not lock, are remembered and read without a lock.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{PoisonError, RwLock},
    time::Duration,
};

use super::{
    failure::Failure,
    protocol::{Connection, TableLocks},
    statements::Server,
};
use crate::database::reading::tables::TableName;

/// The names of the tables and views that cannot be locked, in the form in which statements write them.
#[derive(Default)]
pub(super) struct Unlockable(RwLock<HashSet<String>>);

impl Unlockable {
    fn without(
        &self,
        tables: &BTreeSet<TableName<'_>>,
        write: fn(TableName<'_>) -> String,
    ) -> Vec<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let tables = tables.iter().map(|table| write(*table));
        tables.filter(|table| !known.contains(table)).collect()
    }

    fn add(&self, table: String) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(table);
    }
}

/// Begins a transaction that first locks `tables`, except the `unlockable` ones, and then reads from one snapshot, each
/// statement within `limit`, if there is one.
pub(super) async fn begin<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    tables: &BTreeSet<TableName<'_>>,
    limit: Option<Duration>,
) -> Result<(), Failure> {
    let before = S::begin_within(S::SNAPSHOT, limit);
    let begun = take::<S>(connection, unlockable, tables, Some(&before)).await;
    if let Err(failure) = &begun
        && failure.leaves_in_step::<S>()
    {
        let ended = S::execute(connection, "ROLLBACK".into()).await;
        ended.map_err(Failure::Database)?;
    }
    begun
}

/// Locks `tables` in a transaction, after running the statements `before`, if given, which begin it.
pub(super) async fn take<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    tables: &BTreeSet<TableName<'_>>,
    before: Option<&str>,
) -> Result<(), Failure> {
    let before = before.map_or_else(String::new, |before| format!("{before}; "));
    let locked = S::LOCKS.map(|locks| (unlockable.without(tables, locks.name), locks));
    let Some((tables, locks)) = locked.filter(|(tables, _)| !tables.is_empty()) else {
        return match before.is_empty() {
            true => Ok(()),
            false => run::<S>(connection, before).await,
        };
    };
    match run::<S>(connection, before + &(locks.lock)(&tables)).await {
        Err(failure) if is_refused::<S>(&failure) => {
            Box::pin(one_by_one::<S>(connection, unlockable, tables, locks)).await
        }
        taken => taken,
    }
}

/// Locks each table on its own, after locking all of them together was refused. Those that cannot be locked are added
/// to `unlockable`.
async fn one_by_one<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    tables: Vec<String>,
    TableLocks {
        lock, take_back, ..
    }: TableLocks,
) -> Result<(), Failure> {
    run::<S>(connection, take_back.to_owned()).await?;
    for table in tables {
        match run::<S>(connection, lock(std::slice::from_ref(&table))).await {
            Err(failure) if is_refused::<S>(&failure) => {
                run::<S>(connection, take_back.to_owned()).await?;
                unlockable.add(table);
            }
            taken => taken?,
        }
    }
    Ok(())
}

fn is_refused<S: Server>(failure: &Failure) -> bool {
    matches!(failure, Failure::Database(sqlx::Error::Database(error)) if S::refuses_lock(&**error))
}

async fn run<S: Server>(connection: &mut Connection<S>, sql: String) -> Result<(), Failure> {
    let ran = S::execute(connection, sql.into()).await;
    ran.map_err(Failure::Database)
}
