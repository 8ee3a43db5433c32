//! Connections that cannot write, for programs that only read.
//!
//! 1. Each new connection makes its session read-only by a statement, and asks the server whether the session is. A
//!    setting of the startup message would not do: a pooler such as PgBouncer may ignore it.
//! 2. A pooler may lend one session of the server to several clients in turn. Such a session is left as it is, since
//!    the statement would also keep other programs from writing; it must be read-only by the settings of its login.

use sqlx::{ConnectOptions as _, Connection as _, Pool};
use tokio::time::timeout;

use super::{
    pool_settings::PoolSettings,
    pooler,
    protocol::{Connection, Options, Watched},
    statements::Server,
};
use crate::database::words::LONGEST_WAIT;

/// The advice for a database whose sessions cannot be made read-only.
const ADVICE: &str = "connect as a user who has no right to write and whose transactions are read-only by default \
                      (on PostgreSQL, `ALTER ROLE … SET default_transaction_read_only = on`)";

/// Creates a pool of connections that cannot write, after a [check](pooler::check) of connections.
pub(in crate::database) async fn pool_for_reading<S: Server>(
    options: Options<S::Db>,
    settings: PoolSettings,
) -> Result<Pool<S::Db>, sqlx::Error> {
    let options = options.disable_statement_logging();
    pooler::check::<S>(&options, &settings).await?;
    let tested = timeout(LONGEST_WAIT, are_guarded::<S>(&options, &settings)).await;
    tested.map_err(|_| sqlx::Error::PoolTimedOut)??;
    let guarded = settings.options().after_connect(move |connection, _| {
        let settings = settings.clone();
        Box::pin(async move {
            settings.begin::<S>(connection).await?;
            require_guard::<S>(connection).await
        })
    });
    Ok(guarded.connect_lazy_with(options))
}

/// Fails if a new connection can write.
async fn are_guarded<S: Server>(
    options: &Options<S::Db>,
    settings: &PoolSettings,
) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    settings.begin::<S>(&mut connection).await?;
    require_guard::<S>(&mut connection).await?;
    connection.close().await
}

/// Fails if the session of a connection can write.
async fn require_guard<S: Server>(connection: &mut Connection<S>) -> Result<(), sqlx::Error> {
    let Watched { is_read_only, .. } = S::watch(connection).await?;
    let reason = match (is_read_only, S::IS_POOLED) {
        (true, _) => return Ok(()),
        (false, true) => {
            "its sessions can write, and a pooler lends each of them to several clients in turn, so none can be made \
             read-only for this program alone"
        }
        (false, false) => "its sessions can write even after they were made read-only",
    };
    Err(sqlx::Error::Configuration(
        format!("{reason}; {ADVICE}").into(),
    ))
}
