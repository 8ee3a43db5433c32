//! The data of a problem document (RFC 9457), for every format.

use serde::Serialize;

use crate::error::{Error, Fault, Where};

/// The problem document of an error, as shown to the client.
#[derive(Debug, Serialize)]
pub(crate) struct Problem<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) title: &'a str,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<ProblemFault<'a>>,
}

/// One of the faults in a request, as shown to the client.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemFault<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<&'a str>,
    pub(crate) code: &'static str,
    pub(crate) detail: &'a str,
}

impl<'a> Problem<'a> {
    /// Returns the problem document of an error.
    pub(crate) fn of(error: &'a Error) -> Self {
        let status = error.status();
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: error.code().name(),
            detail: error.detail(),
            errors: error
                .parameter_faults()
                .iter()
                .map(ProblemFault::of)
                .collect(),
        }
    }
}

impl<'a> ProblemFault<'a> {
    fn of(fault: &'a Fault) -> Self {
        let (parameter, pointer) = match &fault.at {
            Where::Parameter(name) => (Some(name.as_str()), None),
            Where::Pointer(pointer) => (None, Some(pointer.as_str())),
        };
        Self {
            parameter,
            pointer,
            code: fault.code.name(),
            detail: &fault.detail,
        }
    }
}
