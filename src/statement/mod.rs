//! Operations as SQL. The text contains no name or value from a request, and its order of rows leaves no ties.
//!
//! 1. Every value is a bound parameter; every identifier is the model's own, quoted and qualified.
//! 2. Columns are named, never `*`; every order ends in the key.
//! 3. Requests that differ only in values give equal text, so that they share one plan and one prepared statement.

mod batch;
mod confirmed;
mod dialect;
mod join;
mod lowering;
#[cfg(feature = "mysql")]
mod mysql;
mod names;
mod order;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod related;
mod select;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod term;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod total;
mod trial;
mod window;
mod write;

#[cfg(feature = "mysql")]
pub(crate) use self::mysql::{MySqlDialect, is_decimal_text};
#[cfg(feature = "sqlite")]
pub(crate) use self::names::quoted;
#[cfg(feature = "postgres")]
pub(crate) use self::postgres::{IS_PLAIN, PostgresDialect};
#[cfg(feature = "sqlite")]
pub(crate) use self::sqlite::{DECIMAL_COLLATION, SqliteDialect};
pub(crate) use self::{
    confirmed::Confirmed,
    dialect::{Declares, Dialect},
    plan::{Leads, Pairs, Plan, Plans, Statement},
    trial::Fitness,
    window::Window,
    write::Insert,
};
