//! How durable a commit is: the settings of the database, which are the same for all contenders, and what a sync costs.

use std::{fs::File, io::Write, path::Path, time::Instant};

use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection};
use tower_rest::Database;

use crate::{BoxError, databases::Kind};

/// Says how durable a commit is. Fails if a commit is not on the disk when it is answered.
pub(crate) async fn of(kind: Kind, url: &str, folder: &Path) -> Result<String, BoxError> {
    let (settings, expected) = match kind {
        Kind::Sqlite => (sqlite(url).await?, "journal_mode=wal, synchronous=2 (FULL)"),
        Kind::Postgres => (
            postgres(url).await?,
            "fsync=on, synchronous_commit=on, full_page_writes=on",
        ),
        Kind::MySql => (mysql(url).await?, "innodb_flush_log_at_trx_commit=1"),
    };
    if settings != expected {
        return Err(format!("a commit is not durable: {settings}, not {expected}").into());
    }
    let sync = sync_micros(folder)?;
    Ok(format!(
        "{settings}; 4 KiB appended and synced in the temporary folder: {sync} µs"
    ))
}

/// The settings of a peer's connection, if those of ours are the same.
async fn sqlite(url: &str) -> Result<String, BoxError> {
    let mut peer = SqliteConnection::connect(url).await?;
    let ours = Database::connect(url).await?;
    let pool = ours.sqlite_pool().ok_or("no pool of SQLite")?;
    let mut ours = pool.acquire().await?;
    let (peer, ours) = (pragmas(&mut peer).await?, pragmas(&mut ours).await?);
    match peer == ours {
        true => Ok(ours),
        false => Err(format!("ours commits with {ours}, the peer with {peer}").into()),
    }
}

async fn pragmas(connection: &mut SqliteConnection) -> Result<String, BoxError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(connection)
        .await?;
    let name = if synchronous == 2 { " (FULL)" } else { "" };
    Ok(format!(
        "journal_mode={journal}, synchronous={synchronous}{name}"
    ))
}

async fn postgres(url: &str) -> Result<String, BoxError> {
    let mut connection = PgConnection::connect(url).await?;
    let sql = "SELECT concat('fsync=', current_setting('fsync'), \
               ', synchronous_commit=', current_setting('synchronous_commit'), \
               ', full_page_writes=', current_setting('full_page_writes'))";
    Ok(sqlx::query_scalar(sql).fetch_one(&mut connection).await?)
}

async fn mysql(url: &str) -> Result<String, BoxError> {
    let mut connection = MySqlConnection::connect(url).await?;
    let sql = "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR)";
    let flush: String = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
    Ok(format!("innodb_flush_log_at_trx_commit={flush}"))
}

/// How long it takes to append 4 KiB to a file and to sync it, in the middle of a hundred.
fn sync_micros(folder: &Path) -> Result<u128, BoxError> {
    let mut file = File::create(folder.join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed().as_micros());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
