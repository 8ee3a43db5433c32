//! Connecting to a server: a pool, and errors without the URL's password.

use sqlx::{ConnectOptions as _, Pool};

use super::{pool_settings::PoolSettings, pooler, protocol::Options, statements::Server};
use crate::{
    database::words::LONGEST_WAIT,
    error::{Code, Error},
};

/// Creates a pool, after a [check](pooler::check) of connections.
pub(in crate::database) async fn pool<S: Server>(
    options: Options<S::Db>,
    settings: PoolSettings,
) -> Result<Pool<S::Db>, sqlx::Error> {
    let options = options.disable_statement_logging();
    pooler::check::<S>(&options, &settings).await?;
    Ok(pool_for_later::<S>(options, settings))
}

/// Creates a pool that opens the first connection for the first request.
pub(in crate::database) fn pool_for_later<S: Server>(
    options: Options<S::Db>,
    settings: PoolSettings,
) -> Pool<S::Db> {
    let pool = settings.options().after_connect(move |connection, _| {
        let settings = settings.clone();
        Box::pin(async move { settings.begin::<S>(connection).await })
    });
    pool.connect_lazy_with(options.disable_statement_logging())
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
