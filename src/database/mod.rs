//! Connections to a database; all I/O of the crate is here.
//!
//! A [`Driver`](driver::Driver) runs each reading (the statements for one answer) on one connection; [`reading`]
//! decides which statements it takes. No module outside this one uses sqlx.

mod admission;
#[cfg(feature = "_sql")]
mod decode;
mod driver;
mod export;
#[cfg(feature = "_sql")]
mod failure;
mod fetched;
mod handle;
mod idempotency;
mod log_once;
mod matching;
#[cfg(feature = "mysql")]
mod mysql;
mod new_key;
#[cfg(feature = "postgres")]
mod postgres;
mod reading;
mod related;
mod replicas;
#[cfg(feature = "_server")]
mod server;
mod slow;
#[cfg(feature = "_sql")]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod survivor;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod transaction;
#[cfg(feature = "_sql")]
mod url;
mod violation;
mod words;
mod writing;

#[cfg(feature = "mysql")]
pub use self::transaction::MySqlTransaction;
#[cfg(feature = "postgres")]
pub use self::transaction::PostgresTransaction;
#[cfg(feature = "sqlite")]
pub use self::transaction::SqliteTransaction;
pub(crate) use self::{
    driver::SAMPLED_BYTES,
    export::Tapes,
    reading::Query,
    replicas::WrittenDatabases,
    transaction::ConnectionUser,
    words::LONGEST_WAIT,
    writing::{
        Attempt, Ending, HookCall, HookFuture, HookPoint, PlaceHooks, RequestHooks, RowHook,
        RowHooks, RowWrite, Writable, WriteContext,
    },
};
pub use self::{handle::Database, replicas::Replicas, transaction::Transaction};
