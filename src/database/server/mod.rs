//! Databases behind a socket: what PostgreSQL and MySQL have in common.
//!
//! 1. A reading takes a connection that stays checked out of its pool, so that a statement is one round trip.
//! 2. A connection goes back only when its reading ended; one that was left in the middle is stopped, and closed.
//! 3. A failed reading is retried as [`retry`] says: nothing was sent to the client yet.

mod attempt;
mod batching;
mod connect;
mod connected;
mod connection_cache;
mod export;
mod failure;
mod locks;
mod protocol;
mod reflect;
mod retry;
mod run;
mod statements;
mod unit;
mod wait_queue;

pub(super) use self::{
    connect::{MOST_PREPARED, cannot_connect, pool},
    connected::Connected,
    failure::Failure,
    protocol::{Protocol, Running},
    reflect::{Probe, broken, retype},
};
