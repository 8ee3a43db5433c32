//! Connecting to a server: a pool, and errors without the URL's password.

use std::{num::NonZero, thread::available_parallelism};

use sqlx::{ConnectOptions as _, Connection as _, Database as Backend, Pool, pool::PoolOptions};
use tokio::time::timeout;

use super::protocol::LONGEST_WAIT;
use crate::error::{Code, Error};

/// The connection options of a server's sqlx back end, such as host and password.
type Options<B> = <<B as Backend>::Connection as sqlx::Connection>::Options;

/// The most prepared statements that a connection keeps. Without a limit, clients could add any number of them.
pub(in crate::database) const MOST_PREPARED: usize = 256;

/// The connections of a pool that writes have to themselves. While a commit waits for the disk, its connection needs no
/// processor, and the server writes the commits of many connections to the disk together.
pub(super) const WRITES: u32 = 16;

/// Creates a pool after one connection was opened as a test: the pool itself would retry until its timeout, and hide
/// the reason of a failure.
///
/// The pool has two connections for each processor, since more would serve no more readings, and one for other
/// statements; and [`WRITES`] for writes.
pub(in crate::database) async fn pool<B: Backend>(
    options: Options<B>,
) -> Result<Pool<B>, sqlx::Error> {
    let options = options.disable_statement_logging();
    let first = timeout(LONGEST_WAIT, options.connect()).await;
    first
        .map_err(|_| sqlx::Error::PoolTimedOut)??
        .close()
        .await?;
    let processors = available_parallelism().map_or(2, NonZero::get);
    let readings = u32::try_from(2 * processors + 1).unwrap_or(u32::MAX);
    let most = readings.saturating_add(WRITES);
    Ok(PoolOptions::new()
        .max_connections(most)
        .acquire_timeout(LONGEST_WAIT)
        .connect_lazy_with(options))
}

/// Returns the error of a failed connection, in which the password of the URL is left out.
pub(in crate::database) fn cannot_connect(kind: &str, url: &str, error: &sqlx::Error) -> Error {
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
    // The options of the URL may contain secrets, too.
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
