//! Looking up, in the model, the columns that a program names in closures and managers.

use crate::{
    error::{BoxError, Code, Error, Result, SERVER_FAILED},
    model::{ColumnNumber, Columns, Model},
};

/// Returns the number of the single column that `column` names. It may be a hidden column.
///
/// # Errors
///
/// [`Code::Internal`] when the model has no such column, or several are named.
pub(super) fn number_of(model: &Model, column: impl Columns) -> Result<ColumnNumber> {
    match column.names().as_slice() {
        [name] => name.find(model).map_err(mistake),
        _ => Err(mistake("one column is named at a time")),
    }
}

/// Returns the error of a mistake in the program; its details are not sent to the client.
pub(super) fn mistake(words: impl Into<BoxError>) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
