//! Poolers: programs such as PgBouncer between this one and the server. In transaction mode, a pooler lends a session of
//! the server to a connection for one transaction at a time.
//!
//! 1. Outside a transaction, each of the messages by which a statement is prepared and run may reach another session, so
//!    that the statement of another client would run. So every statement runs in a transaction, and none is kept
//!    prepared.
//! 2. The number of a session may be that of another client by the time it is used. So no statement is stopped by it;
//!    each transaction has the time limit of its request on the server, too.

use sqlx::{ConnectOptions as _, Connection as _};
use tokio::time::timeout;

use super::{
    pool_settings::PoolSettings,
    protocol::{Connection, Options, Protocol},
    statements::Server,
};
use crate::database::{
    url::{max_connections, take_out},
    words::LONGEST_WAIT,
};

/// The most prepared statements that a connection keeps. Without a limit, clients could add any number of them.
const MOST_PREPARED: usize = 256;

/// The settings of a URL that are about connections and prepared statements, and the URL without those that sqlx does
/// not know.
#[derive(Debug)]
pub(in crate::database) struct UrlSettings {
    pub(in crate::database) url: String,
    /// Whether a pooler in transaction mode is before the server.
    pub(in crate::database) is_pooled: bool,
    /// The most prepared statements that a connection keeps.
    pub(in crate::database) prepared: usize,
    /// The most connections of the pool; `None` for as many as the processors can use.
    pub(in crate::database) most: Option<u32>,
}

impl UrlSettings {
    /// Reads the settings of a URL of a kind of server.
    pub(in crate::database) fn of<P: Protocol>(url: &str) -> Result<Self, sqlx::Error> {
        Self::read(url, P::HAS_POOLERS)
    }

    fn read(url: &str, has_poolers: bool) -> Result<Self, sqlx::Error> {
        let refused = |words: String| Err(sqlx::Error::Configuration(words.into()));
        let (url, most) = max_connections(url)?;
        let (url, pooler) = take_out(&url, "pooler");
        let (_, prepared) = take_out(&url, "statement-cache-capacity");
        let is_pooled = match pooler.as_deref() {
            None => false,
            Some("transaction") if has_poolers => true,
            Some(_) if !has_poolers => {
                return refused("`pooler` is a setting for PostgreSQL alone".to_owned());
            }
            Some(other) => {
                return refused(format!(
                    "`pooler` is `{other}`; it may be `transaction`, and a pooler in session mode needs no setting"
                ));
            }
        };
        let prepared = match prepared.as_deref().map(str::parse) {
            None if is_pooled => 0,
            None => MOST_PREPARED,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                return refused("`statement-cache-capacity` is no whole number".to_owned());
            }
        };
        if is_pooled && prepared > 0 {
            return refused(format!(
                "`statement-cache-capacity` is {prepared}, but a pooler in transaction mode keeps no prepared statement \
                 for its clients: leave it out"
            ));
        }
        if !is_pooled && prepared == 0 && has_poolers {
            return refused(
                "`statement-cache-capacity` is 0, by which each query would leave a prepared statement on the server: \
                 before a pooler in transaction mode say `pooler=transaction`, else leave it out"
                    .to_owned(),
            );
        }
        Ok(Self {
            url,
            is_pooled,
            prepared,
            most,
        })
    }
}

/// Fails if a pooler lends one session of the server to several connections, and the URL does not say so. Also opens a
/// connection as a test: a pool would retry until its timeout, and hide the reason of a failure.
pub(super) async fn check<S: Server>(
    options: &Options<S::Db>,
    settings: &PoolSettings,
) -> Result<(), sqlx::Error> {
    let first = timeout(LONGEST_WAIT, numbered::<S>(options)).await;
    let (mut first, number) = first.map_err(|_| sqlx::Error::PoolTimedOut)??;
    let mut are_shared = false;
    if S::HAS_POOLERS && !S::IS_POOLED {
        // A server or a pooler that has no second connection to give does not share the first.
        if let Ok(Ok((second, other))) = timeout(LONGEST_WAIT, numbered::<S>(options)).await {
            are_shared = number == other;
            second.close().await?;
        }
    }
    if !are_shared {
        // A shared session would be changed for the other clients, too.
        settings.begin::<S>(&mut first).await?;
    }
    first.close().await?;
    match are_shared {
        false => Ok(()),
        true => Err(sqlx::Error::Configuration(
            "a pooler in transaction mode is before the server, which lends one session to several connections, so that \
             prepared statements of one would run for another: add `?pooler=transaction` to the URL, or use the pooler's \
             session mode"
                .into(),
        )),
    }
}

/// Opens a connection; returns it with the number of its session.
async fn numbered<S: Server>(
    options: &Options<S::Db>,
) -> Result<(Connection<S>, i64), sqlx::Error> {
    let mut connection = options.connect().await?;
    let number = S::watch(&mut connection).await?.number;
    Ok((connection, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_mix_up_statements_are_refused() {
        let read = |url: &str, has_poolers: bool| match UrlSettings::read(url, has_poolers) {
            Ok(settings) => format!(
                "{} {} {}",
                settings.url, settings.is_pooled, settings.prepared
            ),
            Err(error) => error.to_string(),
        };
        for (url, has_poolers, expected) in [
            ("postgres://db/cars", true, "postgres://db/cars false 256"),
            (
                "postgres://db/cars?pooler=transaction",
                true,
                "postgres://db/cars true 0",
            ),
            (
                "postgres://db/cars?sslmode=require&pooler=transaction&statement-cache-capacity=0",
                true,
                "postgres://db/cars?sslmode=require&statement-cache-capacity=0 true 0",
            ),
            (
                "postgres://db/cars?statement-cache-capacity=20",
                true,
                "postgres://db/cars?statement-cache-capacity=20 false 20",
            ),
            (
                "mysql://db/cars?statement-cache-capacity=0",
                false,
                "mysql://db/cars?statement-cache-capacity=0 false 0",
            ),
        ] {
            assert_eq!(read(url, has_poolers), expected);
        }
        for (query, has_poolers, words) in [
            ("pooler=session", true, "it may be `transaction`"),
            ("pooler=transaction", false, "for PostgreSQL alone"),
            (
                "statement-cache-capacity=0",
                true,
                "say `pooler=transaction`",
            ),
            ("statement-cache-capacity=many", true, "no whole number"),
            (
                "pooler=transaction&statement-cache-capacity=9",
                true,
                "leave it out",
            ),
        ] {
            let said = read(&format!("db://db/cars?{query}"), has_poolers);
            assert!(said.contains(words), "{query}: {said}");
        }
    }
}
