//! Operations as SQL. The text contains no name or value from a request, and its order of rows leaves no ties.
//!
//! 1. Every value is a bound parameter; every identifier is the model's own, quoted and qualified.
//! 2. Columns are named, never `*`; every order ends in the key.
//! 3. Requests that differ only in values give equal text, so that they share one plan and one prepared statement.

mod batch;
mod boundary;
mod computed;
mod confirmed;
mod dialect;
mod estimated;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod fitted;
mod full_text;
mod group_dialect;
mod grouped;
mod join;
mod lowering;
#[cfg(feature = "mysql")]
mod mysql;
mod names;
mod order;
mod ordered;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod raw_groups;
mod related;
mod select;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod term;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod through;
mod total;
mod trial;
mod window;
mod write;

#[cfg(feature = "mysql")]
pub(crate) use self::mysql::{MySqlDialect, is_decimal_text};
#[cfg(feature = "_server")]
pub(crate) use self::names::TWO_ROWS;
#[cfg(feature = "sqlite")]
pub(crate) use self::names::quoted;
#[cfg(any(test, feature = "_server"))]
pub(crate) use self::plan::PageTotals;
#[cfg(feature = "postgres")]
pub(crate) use self::postgres::{IS_PLAIN, PostgresDialect};
#[cfg(feature = "sqlite")]
pub(crate) use self::sqlite::{AVERAGE, DECIMAL_COLLATION, REGEX_FUNCTION, SUM, SqliteDialect};
pub(crate) use self::{
    computed::computed_by,
    confirmed::Confirmed,
    dialect::{Declares, Dialect},
    estimated::expected_rows,
    plan::{Leads, Pairs, Plan, Plans, Statement},
    raw_groups::{show_integer, shown_groups},
    trial::Fitness,
    window::Window,
    write::Insert,
};
