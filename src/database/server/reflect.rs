//! Reflection, as far as servers share it: finding the views that cannot be read, and retyping columns.

use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;

use crate::{catalog::Table, cell::Type, database::failure::unread, error::Result, model::Column};

/// The longest time for reading the first row of a view, and for those of all views.
const LONGEST: Duration = Duration::from_millis(500);
const LONGEST_OF_ALL: Duration = Duration::from_secs(10);

/// A reader of the first rows of views, on a connection that stops each statement after half a second.
pub(in crate::database) trait Probe: Send {
    /// Reads the first row of a table, or only plans that unless `run`.
    fn probe(&mut self, table: &Table, run: bool) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether an error is temporary or caused by the probe, so that the view may be readable.
    fn tells_nothing(error: &dyn DatabaseError) -> bool;
}

/// Returns the positions of the tables that cannot be read, with the reasons.
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

/// Returns the reason to leave a table out, if an error is one.
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

/// Changes the type of a column, if `reads` accepts it.
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
