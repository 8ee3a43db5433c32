//! The part of reflection that servers share: finding the views that cannot be read, and changing the types of columns.

use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;

use crate::{catalog::Table, cell::Type, database::failure::unread, error::Result, model::Column};

/// The longest times for reading the first row of one view (`LONGEST`), and the first rows of all views
/// (`LONGEST_OF_ALL`).
const LONGEST: Duration = Duration::from_millis(500);
const LONGEST_OF_ALL: Duration = Duration::from_secs(10);

/// A reader of the first rows of views, on a connection that stops each statement after half a second.
pub(in crate::database) trait Probe: Send {
    /// Reads the first row of a table if `run`; otherwise only plans the statement that would read it.
    fn probe(&mut self, table: &Table, run: bool) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether an error is temporary or comes from the probe's own limits, such as its time limit, and so does not show
    /// that a view is broken.
    fn tells_nothing(error: &dyn DatabaseError) -> bool;
}

/// Reads the first row of each table at the positions `probed` of `tables`. Returns the positions of those that cannot
/// be read, with the reasons.
pub(in crate::database) async fn broken<P: Probe>(
    mut probe: P,
    tables: &[Table],
    probed: &[usize],
) -> Result<Vec<(usize, String)>> {
    let started = Instant::now();
    let mut broken = Vec::new();
    for at in probed {
        let Some(table) = tables.get(*at) else {
            continue;
        };
        let runs = started.elapsed() < LONGEST_OF_ALL - LONGEST;
        if let Err(error) = probe.probe(table, runs).await {
            broken.extend(reason::<P>(table, error)?.map(|reason| (*at, reason)));
        }
    }
    Ok(broken)
}

/// Returns the reason to leave a table out of the catalog; `None` if the error does not show that it cannot be read.
fn reason<P: Probe>(table: &Table, error: sqlx::Error) -> Result<Option<String>> {
    match error {
        sqlx::Error::Database(error) if P::tells_nothing(&*error) => Ok(None),
        sqlx::Error::Database(error) => {
            let what = if table.is_view { "view" } else { "table" };
            let reason = format!("a {what} that cannot be read: {}", error.message());
            Ok(Some(reason))
        }
        error => Err(unread(error)),
    }
}

/// Changes the type of a column to `ty`. Returns an error if `reads` says that the stored values cannot be read as
/// `ty`.
pub(in crate::database) fn retype(
    column: &mut Column,
    ty: &Type,
    reads: fn(&Column, &Column) -> bool,
) -> Result<(), String> {
    let stored = column.clone();
    column.ty = ty.clone();
    if reads(column, &stored) {
        return Ok(());
    }
    Err(format!("the database has it as {}", stored.ty.name()))
}
