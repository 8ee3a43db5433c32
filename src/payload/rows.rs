//! Reading a body as new rows: an object is one row, a JSON array of objects is many.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    Content,
    changes::{BodyForm, Verb},
    input::Input,
    json,
    members::{Sent, json_members, of_row},
};
use crate::error::{Code, Error, Fault, Result, Where};

/// The rows in a body.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) rows: Vec<Input>,
    /// Whether the body is an array, so that its faults have pointers such as `/3/year`.
    pub(crate) is_array: bool,
}

impl BodyForm<'_> {
    /// Reads the rows of a body: one object, or, if rows are created, an array of at most `most` objects.
    ///
    /// # Errors
    ///
    /// The errors of [`read`](BodyForm::read), for all rows of an array together; an error if the array is too long.
    pub(crate) fn read_rows(&self, content: &Content, most: usize) -> Result<Inputs> {
        if let (Verb::Create, Content::Rows(rows, true)) = (self.verb, content) {
            check_number(rows.len(), most)?;
            return Ok(Inputs {
                rows: self.read_all(rows.iter().map(|row| of_row(row)))?,
                is_array: true,
            });
        }
        let items = match self.verb {
            Verb::Create => items(content)?,
            Verb::Replace | Verb::Change => None,
        };
        let Some(items) = items else {
            return Ok(Inputs {
                rows: vec![self.read(content)?],
                is_array: false,
            });
        };
        check_number(items.len(), most)?;
        Ok(Inputs {
            rows: self.read_items(&items)?,
            is_array: true,
        })
    }

    /// Reads the items of a JSON array, each as a row.
    ///
    /// # Errors
    ///
    /// The faults of all items together, each with a pointer to its item, such as `/3/year`.
    pub(super) fn read_items(&self, items: &[&RawValue]) -> Result<Vec<Input>> {
        let members = items.iter();
        self.read_all(members.map(|item| json_members(item.get().as_bytes()).ok_or_else(no_object)))
    }

    /// Reads rows, each given by its members.
    fn read_all<'s>(
        &self,
        all: impl ExactSizeIterator<Item = Result<Vec<(Cow<'s, str>, Sent<'s>)>>>,
    ) -> Result<Vec<Input>> {
        let (mut rows, mut faults) = (Vec::with_capacity(all.len()), Vec::new());
        for (at, members) in all.enumerate() {
            match members.and_then(|members| self.read_members(members)) {
                Ok(input) => rows.push(input),
                Err(error) => {
                    let own = error.in_row(Some(at));
                    faults.extend_from_slice(own.parameter_faults());
                }
            }
        }
        Error::of_any(faults)?;
        Ok(rows)
    }
}

/// Returns the items of a body that is a JSON array; `None` for any other body.
fn items(content: &Content) -> Result<Option<Vec<&RawValue>>> {
    let Content::Json(bytes, depth) = content else {
        return Ok(None);
    };
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
        return Ok(None);
    }
    json::check(bytes, *depth)?;
    Ok(serde_json::from_slice(bytes).ok())
}

fn check_number(count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    let detail = format!("the array has {count} rows; at most {most} are inserted at once");
    Err(Error::new(Code::LimitExceeded, detail))
}

fn no_object() -> Error {
    let whole = Where::Pointer(String::new());
    let detail = "each item of the array must be a JSON object";
    Error::faults(vec![Fault::of(whole, Code::InvalidValue, detail)])
}
