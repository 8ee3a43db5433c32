//! The functions by which SQLite adds integers and decimal texts exactly. SQLite itself adds texts as floats, and fails where
//! a sum of integers has more than 64 bits.
//!
//! They are added to a connection when a statement first needs them, so that connections of the program's pool have them,
//! too.

use rusqlite::{
    Connection, Error, Result,
    functions::{Aggregate, Context, FunctionFlags},
    types::ValueRef,
};

use crate::{
    cell::{ExactSum, average, compare_decimals},
    statement::{AVERAGE, DECIMAL_COLLATION, SUM},
};

/// Adds what a statement lacks, which could not be prepared: the functions, or the collation that orders their results.
/// Returns `false`, and adds nothing, if the statement has another mistake.
///
/// Only what is missing is added: while a statement is open, SQLite replaces nothing.
pub(super) fn add_lacking(sqlite: &Connection, error: &Error) -> Result<bool> {
    let Error::SqliteFailure(_, Some(words)) = error else {
        return Ok(false);
    };
    if let Some(name) = words.strip_prefix("no such function: ") {
        let is_average = name == AVERAGE;
        if !is_average && name != SUM {
            return Ok(false);
        }
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_INNOCUOUS;
        sqlite.create_aggregate_function(name, 1, flags, ExactSums { is_average })?;
        return Ok(true);
    }
    if words.strip_prefix("no such collation sequence: ") == Some(DECIMAL_COLLATION) {
        sqlite.create_collation(DECIMAL_COLLATION, compare_decimals)?;
        return Ok(true);
    }
    Ok(false)
}

/// The aggregate that returns the exact sum or, if `is_average`, the average of its arguments, as a decimal text.
struct ExactSums {
    is_average: bool,
}

impl Aggregate<ExactSum, Option<String>> for ExactSums {
    fn init(&self, _: &mut Context<'_>) -> Result<ExactSum> {
        Ok(ExactSum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut ExactSum) -> Result<()> {
        match context.get_raw(0) {
            ValueRef::Integer(number) => sum.add(itoa::Buffer::new().format(number)),
            ValueRef::Text(text) => sum.add(std::str::from_utf8(text).unwrap_or_default()),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => {}
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<ExactSum>) -> Result<Option<String>> {
        let sum = sum.unwrap_or_default();
        Ok(match (sum.text(), self.is_average) {
            (Some(text), true) => average(&text, sum.count()),
            (text, _) => text,
        })
    }
}
