//! Connecting to a server: a pool, and errors without the URL's password.

use std::{num::NonZero, thread::available_parallelism};

use sqlx::{ConnectOptions as _, Database as Backend, Pool, pool::PoolOptions};

use super::{
    pooler,
    protocol::{LONGEST_WAIT, Options},
    statements::Server,
};
use crate::error::{Code, Error};

/// The connections of a pool that writes have to themselves. While a commit waits for the disk, its connection needs no
/// processor, and the server writes the commits of many connections to the disk together.
pub(super) const WRITES: u32 = 16;

/// Creates a pool of at most `most` connections, after a [check](pooler::check) of connections.
pub(in crate::database) async fn pool<S: Server>(
    options: Options<S::Db>,
    most: Option<u32>,
) -> Result<Pool<S::Db>, sqlx::Error> {
    let options = options.disable_statement_logging();
    pooler::check::<S>(&options).await?;
    Ok(pool_options(most).connect_lazy_with(options))
}

/// Creates a pool of at most `most` connections that opens the first one for the first request. Each connection runs the
/// server's [`SET_UP`](super::Protocol::SET_UP).
pub(in crate::database) fn pool_for_later<S: Server>(
    options: Options<S::Db>,
    most: Option<u32>,
) -> Pool<S::Db> {
    let settings = pool_options(most).after_connect(|connection, _| {
        Box::pin(async move {
            match S::SET_UP {
                Some(sql) => S::execute(connection, sql.into()).await,
                None => Ok(()),
            }
        })
    });
    settings.connect_lazy_with(options.disable_statement_logging())
}

/// Returns the settings of a pool of at most `most` connections. If that is `None`, these are two for each processor,
/// since more would serve no more readings, one for other statements, and [`WRITES`] for writes.
pub(super) fn pool_options<B: Backend>(most: Option<u32>) -> PoolOptions<B> {
    let processors = available_parallelism().map_or(2, NonZero::get);
    let readings = u32::try_from(2 * processors + 1).unwrap_or(u32::MAX);
    PoolOptions::new()
        .max_connections(most.unwrap_or(readings.saturating_add(WRITES)))
        .acquire_timeout(LONGEST_WAIT)
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

/// Returns the URL without its password and its options, which may contain secrets, too. Of a URL in which the password
/// may end anywhere, such as one with a `/` that is not encoded, only the user is left.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let shown = rest.split(['?', '#']).next().unwrap_or_default();
    let user = |login: &str| {
        login
            .split([':', '@'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    match (authority.rsplit_once('@'), authority.rsplit_once(':')) {
        (Some((login, host)), _) => {
            let path = shown.strip_prefix(authority).unwrap_or_default();
            format!("{scheme}://{}@{host}{path}", user(login))
        }
        // Text after the colon that is no port is the start of a password.
        (None, Some((_, port)))
            if !port.bytes().all(|byte| byte.is_ascii_digit()) || rest.contains('@') =>
        {
            format!("{scheme}://{}", user(rest))
        }
        (None, _) => format!("{scheme}://{shown}"),
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
            ("mysql://db:3307/cars?password=a@b", "mysql://db"),
            ("postgres://[::1]:5433/cars", "postgres://[::1]:5433/cars"),
            // Passwords whose special characters are not encoded, and one without a host.
            ("postgres://ann:a?b@db/cars", "postgres://ann"),
            ("postgres://ann:a/b@db/cars", "postgres://ann"),
            ("postgres://ann:a#b@db/cars", "postgres://ann"),
            ("postgres://ann:1/b@db/cars", "postgres://ann"),
            ("postgres://ann:s3cret", "postgres://ann"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_password(url), shown);
        }
    }
}
