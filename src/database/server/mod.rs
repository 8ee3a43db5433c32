//! Database servers: the code that PostgreSQL and MySQL share.
//!
//! 1. A reading uses a connection that stays checked out of its pool, so that a statement takes one round trip.
//! 2. A connection is given back only when its reading has ended. If the reading is dropped before its end, its
//!    statement is stopped and the connection is closed.
//! 3. A failed reading is retried by the rules of [`retry`], which is possible since nothing has been sent to the
//!    client yet.
//! 4. A server that cannot be reached is asked for connections only now and then ([`outage`]), so that requests are
//!    answered at once. Connections to one that takes no writes any more are closed, since its name may lead elsewhere.
//! 5. A write runs in a transaction on such a connection ([`write_unit`]). An action is lent its connection, so its
//!    transaction is one of sqlx's ([`unit`]).

mod attempt;
mod autocommit;
mod batching;
mod connect;
mod connected;
mod connection_cache;
mod counting;
mod export;
mod failure;
mod frame;
mod guard;
mod locks;
mod origin;
mod outage;
mod permits;
mod pool_settings;
mod pooler;
mod protocol;
mod reflect;
mod retry;
mod run;
mod shared_count;
mod side_connection;
mod source;
mod state;
mod statements;
mod stopper;
mod unit;
mod wait_queue;
mod write_unit;

pub(super) use self::{
    connect::{cannot_connect, pool, pool_for_later},
    connected::Connected,
    failure::Failure,
    guard::pool_for_reading,
    pool_settings::{PoolOwner, PoolSettings},
    pooler::UrlSettings,
    protocol::{ManualCommit, Protocol, Running, Session, TableLocks, Watched},
    reflect::{Probe, broken, retype},
};
