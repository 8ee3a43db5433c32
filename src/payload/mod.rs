//! The body of a request: a JSON document or a form, as a value of any type serde reads.
//!
//! 1. A body of a type that is missing or not supported is refused before a byte of it is read.
//! 2. Nothing in a body is ignored or guessed: a repeated member, or text after the document, is a fault.
//! 3. Where serde reports the member that does not fit, the fault points to it.

mod fault;
mod form;
mod json;

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;

use self::fault::malformed;
use crate::{
    body::Body,
    error::{Code, Error, Result, shown},
    header::media_type,
    operation::Head,
    params::Limits,
};

/// A request's body, by its type.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// No body, and no type of a body.
    Absent,
    /// A document, with its maximum depth of nesting.
    Json(Bytes, usize),
    Form(Bytes),
}

impl Content {
    /// Reads a request's body. The body of a GET is ignored.
    pub(crate) async fn read(head: &Head, body: Body, limits: &Limits) -> Result<Self> {
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
            "application/x-www-form-urlencoded" => Ok(Self::Form(body.read(most).await?)),
            _ => Err(unsupported(&format!(
                "the body is of type `{}`, which is not read here",
                shown(essence)
            ))),
        }
    }

    /// Deserializes the body.
    pub(crate) fn payload<P: DeserializeOwned>(&self) -> Result<P> {
        match self {
            Self::Absent => absent(),
            Self::Json(bytes, depth) => json::read(bytes, *depth),
            Self::Form(bytes) => form::body(bytes),
        }
    }
}

/// Deserializes a query string. Its names are the names of fields.
pub(crate) fn query<Q: DeserializeOwned>(query: &str) -> Result<Q> {
    form::query(query)
}

/// Deserializes an absent body, for types that take no value.
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
