//! The body of a request: a JSON document or a form, deserialized as any type that serde supports.
//!
//! 1. A body is refused before a byte of it is read if its type is missing or not supported.
//! 2. No part of a body is ignored or guessed: a repeated member, or text after the document, is a fault.
//! 3. If a member does not fit its type, the fault points to it, as far as serde reports its position.

mod changes;
mod column;
mod embedded;
mod fault;
mod fields;
mod form;
mod input;
mod json;
mod members;
mod nested;
mod rows;

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;

use self::fault::malformed;
#[cfg(feature = "openapi")]
pub(crate) use self::{changes::sets, column::refused};
pub(crate) use self::{
    changes::{BodyForm, Child, Verb, conflicting, is_required},
    input::{Echo, Input, RowsComeBack},
    rows::Inputs,
};
use crate::{
    body::Body,
    error::{Code, Error, Result, shown},
    header::media_type,
    operation::Head,
    params::Limits,
};

/// The media type of a JSON merge patch (RFC 7396).
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The body of a request, read as its media type says.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// No body, and no media type.
    Absent,
    /// A JSON document, and the most levels of nesting that it may have.
    Json(Bytes, usize),
    /// A JSON merge patch, and the most levels of nesting that it may have.
    MergePatch(Bytes, usize),
    Form(Bytes),
    /// The rows of a form of the web pages, or of a table pasted there, and whether faults tell the number of the row.
    Rows(Vec<FieldRow>, bool),
}

/// The fields of one row in a form of the web pages, each with its text; `None` for null.
pub(crate) type FieldRow = Vec<(String, Option<String>)>;

/// A request's body that is still to be read, or its content.
#[derive(Debug)]
pub(crate) enum Incoming {
    Unread(Body),
    Read(Content),
}

impl From<Body> for Incoming {
    fn from(body: Body) -> Self {
        Self::Unread(body)
    }
}

impl From<Content> for Incoming {
    fn from(content: Content) -> Self {
        Self::Read(content)
    }
}

impl Content {
    /// Reads the body of a request; a body of a GET or HEAD is ignored.
    pub(crate) async fn read(head: &Head, body: Body, limits: &Limits) -> Result<Self> {
        Self::of_type(head, body, limits, false).await
    }

    /// Reads the body of a request that changes one row, which may be a merge patch.
    pub(crate) async fn read_patch(head: &Head, body: Body, limits: &Limits) -> Result<Self> {
        Self::of_type(head, body, limits, true).await
    }

    async fn of_type(head: &Head, body: Body, limits: &Limits, patches: bool) -> Result<Self> {
        if matches!(head.method, Method::GET | Method::HEAD) {
            return Ok(Self::Absent);
        }
        let Some(media_type) = media_type(&head.headers) else {
            return match body.read(0).await {
                Err(error) if error.code() == Code::BodyTooLarge => {
                    Err(unsupported("the body does not say its type"))
                }
                nothing => nothing.map(|_| Self::Absent),
            };
        };
        let essence = media_type.essence.as_str();
        if !media_type.is_utf8 {
            return Err(unsupported(&format!(
                "the body is of type `{}` with parameters other than `charset=utf-8`",
                shown(essence)
            )));
        }
        let most = limits.body_bytes;
        match essence {
            "application/json" => Ok(Self::Json(body.read(most).await?, limits.json_depth)),
            MERGE_PATCH if patches => {
                Ok(Self::MergePatch(body.read(most).await?, limits.json_depth))
            }
            MERGE_PATCH => Err(unsupported(
                "a merge patch changes one object that is there, by PATCH",
            )),
            FORM => Ok(Self::Form(body.read(most).await?)),
            _ => Err(unsupported(&format!(
                "the body is of type `{}`, which is not read here",
                shown(essence)
            ))),
        }
    }

    /// Returns the bytes of the body; none if there is no body.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Absent | Self::Rows(..) => Bytes::new(),
            Self::Json(bytes, _) | Self::MergePatch(bytes, _) | Self::Form(bytes) => bytes,
        }
    }

    /// Deserializes the body as a value of `P`.
    pub(crate) fn payload<P: DeserializeOwned>(&self) -> Result<P> {
        match self {
            Self::Absent | Self::Rows(..) => absent(),
            Self::Json(bytes, depth) | Self::MergePatch(bytes, depth) => json::read(bytes, *depth),
            Self::Form(bytes) => form::body(bytes),
        }
    }
}

/// Deserializes a query string, whose parameters are the fields of `Q`.
pub(crate) fn query<Q: DeserializeOwned>(query: &str) -> Result<Q> {
    form::query(query)
}

/// Deserializes a request without a body: types that accept null, such as `()` and `Option`, accept it.
fn absent<P: DeserializeOwned>() -> Result<P> {
    P::deserialize(serde_json::Value::Null).map_err(|_| {
        malformed("the body is missing: send JSON with `Content-Type: application/json`, or a form")
    })
}

fn unsupported(what: &str) -> Error {
    let detail = format!(
        "{what}; send JSON with `Content-Type: application/json`, or a form with \
         `Content-Type: application/x-www-form-urlencoded`"
    );
    Error::new(Code::UnsupportedMediaType, detail)
}
