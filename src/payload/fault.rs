//! Errors in request bodies, and the positions that they point to.

use crate::error::{Code, Error};

/// Returns the error of a body that cannot be read.
pub(super) fn malformed(detail: impl Into<String>) -> Error {
    Error::new(Code::MalformedBody, detail)
}

/// Appends a member's name to a JSON pointer: RFC 6901.
pub(super) fn push_step(name: &str, pointer: &mut String) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}
