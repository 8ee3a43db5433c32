//! The answer of an action.

use http::{Response, StatusCode};
use serde::Serialize;

use super::failure::failed;
use crate::{
    body::Body,
    error::{BoxError, Result},
    params::Format,
    representation::Document,
    response,
};

/// The return value of an action's handler: the response to its request.
#[derive(Debug)]
pub struct Reply(ReplyKind);

#[derive(Debug)]
enum ReplyKind {
    Nothing,
    Document(StatusCode, serde_json::Result<Vec<u8>>),
    Response(Box<Response<Body>>),
}

impl Reply {
    /// Returns 201 with a value as JSON.
    #[must_use]
    pub fn created(value: &(impl Serialize + ?Sized)) -> Self {
        Self(ReplyKind::Document(
            StatusCode::CREATED,
            serde_json::to_vec(value),
        ))
    }

    /// Returns 200 with a value as JSON.
    #[must_use]
    pub fn json(value: &(impl Serialize + ?Sized)) -> Self {
        Self(ReplyKind::Document(
            StatusCode::OK,
            serde_json::to_vec(value),
        ))
    }

    /// Returns 202 with a value as JSON, for work that continues elsewhere.
    #[must_use]
    pub fn accepted(value: &(impl Serialize + ?Sized)) -> Self {
        Self(ReplyKind::Document(
            StatusCode::ACCEPTED,
            serde_json::to_vec(value),
        ))
    }

    /// Returns a response of your own. It is sent unchanged, and whatever its status the transaction is committed.
    #[must_use]
    pub fn response<B>(response: Response<B>) -> Self
    where
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        Self(ReplyKind::Response(Box::new(response.map(Body::new))))
    }

    /// Returns the response; fails if a value cannot be serialized as JSON. Shared caches must not store it if
    /// `is_private`.
    pub(super) fn answer(self, is_private: bool) -> Result<Response<Body>> {
        match self.0 {
            ReplyKind::Nothing => Ok(response::nothing(is_private)),
            ReplyKind::Response(response) => Ok(*response),
            ReplyKind::Document(status, Ok(document)) => {
                let document = Document::new(Format::Json.media_type(), document);
                Ok(response::with_status(status, document, is_private))
            }
            ReplyKind::Document(_, Err(error)) => Err(failed(error)),
        }
    }
}

/// Answers 200 without a body.
impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self(ReplyKind::Nothing)
    }
}

impl<B> From<Response<B>> for Reply
where
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    fn from(response: Response<B>) -> Self {
        Self::response(response)
    }
}
