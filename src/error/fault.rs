//! [`Fault`]: one fault of a request, and the part of the request that it is in.

use super::Code;

/// The part of a request that is faulty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Where {
    /// A parameter of the query string, by the name it was sent under.
    Parameter(String),
    /// A member of the body, as a JSON pointer (RFC 6901): `/year`; empty for the whole body.
    Pointer(String),
}

/// One fault of a request: where it is, its [`Code`], and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The faulty part of the request.
    pub at: Where,
    /// The kind of the fault.
    pub code: Code,
    /// The text: what is wrong, with which value, and what would be right.
    pub detail: String,
}

impl Where {
    /// Returns the JSON pointer to a member of the body's object, such as `/year`.
    pub(crate) fn member(name: &str) -> Self {
        let mut pointer = String::new();
        push_step(name, &mut pointer);
        Self::Pointer(pointer)
    }
}

/// Appends a member's name to a JSON pointer: RFC 6901.
pub(crate) fn push_step(name: &str, pointer: &mut String) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

impl Fault {
    /// Creates a fault of a member of the body's object.
    pub(crate) fn member(name: &str, code: Code, detail: impl Into<String>) -> Self {
        Self::of(Where::member(name), code, detail)
    }

    /// Creates a fault of a parameter of the query string.
    pub(crate) fn new(parameter: impl Into<String>, code: Code, detail: impl Into<String>) -> Self {
        Self::of(Where::Parameter(parameter.into()), code, detail)
    }

    pub(crate) fn of(at: Where, code: Code, detail: impl Into<String>) -> Self {
        Self {
            at,
            code,
            detail: detail.into(),
        }
    }

    /// Returns the fault as one of a row of the body's array: `/year` becomes `/3/year` for the row 3, counted from zero.
    pub(crate) fn in_row(mut self, row: Option<usize>) -> Self {
        if let (Where::Pointer(pointer), Some(row)) = (&mut self.at, row) {
            pointer.insert_str(0, &format!("/{row}"));
        }
        self
    }

    /// Returns the faulty parameter of the query string, if the fault is in one.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match &self.at {
            Where::Parameter(name) => Some(name),
            Where::Pointer(_) => None,
        }
    }

    /// Returns the faulty member of the body, if the fault is in one.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        match &self.at {
            Where::Pointer(pointer) => Some(pointer),
            Where::Parameter(_) => None,
        }
    }
}
