//! What an action answers.

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

/// What an action answers.
#[derive(Debug)]
pub struct Reply(Kind);

#[derive(Debug)]
enum Kind {
    Nothing,
    Document(StatusCode, serde_json::Result<Vec<u8>>),
    Response(Box<Response<Body>>),
}

impl Reply {
    /// 201 with a value as JSON.
    #[must_use]
    pub fn created(value: &(impl Serialize + ?Sized)) -> Self {
        Self(Kind::Document(
            StatusCode::CREATED,
            serde_json::to_vec(value),
        ))
    }

    /// 200 with a value as JSON.
    #[must_use]
    pub fn updated(value: &(impl Serialize + ?Sized)) -> Self {
        Self(Kind::Document(StatusCode::OK, serde_json::to_vec(value)))
    }

    /// 202 with a value as JSON: the work goes on elsewhere.
    #[must_use]
    pub fn accepted(value: &(impl Serialize + ?Sized)) -> Self {
        Self(Kind::Document(
            StatusCode::ACCEPTED,
            serde_json::to_vec(value),
        ))
    }

    /// A response of one's own, passed on untouched whatever its status; the transaction is committed.
    #[must_use]
    pub fn response<B>(response: Response<B>) -> Self
    where
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        Self(Kind::Response(Box::new(response.map(Body::new))))
    }

    /// The response it is; an error where a value is no JSON.
    pub(super) fn answer(self, is_private: bool) -> Result<Response<Body>> {
        match self.0 {
            Kind::Nothing => Ok(response::nothing(is_private)),
            Kind::Response(response) => Ok(*response),
            Kind::Document(status, Ok(document)) => {
                let document = Document::new(Format::Json.media_type(), document);
                Ok(response::with_status(status, document, is_private))
            }
            Kind::Document(_, Err(error)) => Err(failed(error)),
        }
    }
}

/// 200 without a body.
impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self(Kind::Nothing)
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
