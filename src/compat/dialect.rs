//! Which dialects there are, and what each makes of a request and of its answer.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts,
};

use super::{answer::BareList, deleted, django_rest, json_server, simple_rest};
use crate::{
    body::Body,
    error::{Code, Error, Result, SERVER_FAILED},
    header::media_type,
    link::percent_encoded,
    response,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// The API that a client was written for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ClientDialect {
    SimpleRest,
    JsonServer,
    DjangoRest,
}

/// The parts of a request by which its answer is translated.
#[derive(Debug)]
pub(super) struct Asked {
    dialect: ClientDialect,
    method: Method,
    path: String,
}

impl ClientDialect {
    /// Translates a request.
    pub(super) fn translate(self, parts: &mut Parts) -> Result<Asked> {
        let asked = Asked {
            dialect: self,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
        };
        match parts.method {
            // The headers are made of the list, which the answer to HEAD lacks.
            Method::GET | Method::HEAD => {
                parts.method = Method::GET;
                self.translate_query(parts)?;
            }
            // No page of another site can send DELETE unless the server allowed it to, whatever the type of its body.
            Method::DELETE if is_plain(&parts.headers) => {
                parts.headers.insert(header::CONTENT_TYPE, JSON);
            }
            _ => {}
        }
        Ok(asked)
    }

    fn translate_query(self, parts: &mut Parts) -> Result<()> {
        let Some(query) = parts.uri.query() else {
            return Ok(());
        };
        let query = match self {
            Self::SimpleRest => simple_rest::translate(query)?,
            Self::JsonServer => json_server::translate(query)?,
            Self::DjangoRest => return Ok(()),
        };
        let mut uri = parts.uri.clone().into_parts();
        let separator = if query.is_empty() { "" } else { "?" };
        let all = format!("{}{separator}{query}", parts.uri.path());
        let too_long = |_| {
            let detail = "the query string is too long to be translated; ask for less at once";
            Error::new(Code::UriTooLong, detail)
        };
        uri.path_and_query = Some(all.try_into().map_err(too_long)?);
        parts.uri = uri.try_into().unwrap_or_else(|_| parts.uri.clone());
        Ok(())
    }
}

/// Whether a request has no body of a type, or a plain text's, which clients say of no body at all.
fn is_plain(headers: &HeaderMap) -> bool {
    media_type(headers).is_none_or(|media_type| media_type.essence == "text/plain")
}

impl Asked {
    /// Translates the answer.
    pub(super) async fn answer(self, answer: Response<Body>) -> Response<Body> {
        let translated = match self.dialect {
            ClientDialect::SimpleRest | ClientDialect::JsonServer => self.rows(answer).await,
            ClientDialect::DjangoRest => errors(answer).await,
        };
        match self.method {
            Method::HEAD => response::without_body(translated),
            _ => translated,
        }
    }

    /// Translates the answers that are about rows: lists, and the end of one.
    async fn rows(&self, mut answer: Response<Body>) -> Response<Body> {
        if self.method == Method::DELETE && answer.status() == StatusCode::NO_CONTENT {
            *answer.status_mut() = StatusCode::OK;
            answer.headers_mut().insert(header::CONTENT_TYPE, JSON);
            return with_body(answer, deleted::object(&self.path).into());
        }
        let is_read = self.method == Method::GET || self.method == Method::HEAD;
        if !is_read || answer.status() != StatusCode::OK || !is_of(&answer, "application/json") {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let document = match body.read(usize::MAX).await {
            Ok(document) => document,
            Err(error) => return broken(error),
        };
        let mut answer = Response::from_parts(parts, Body::default());
        let Some(list) = BareList::read(&document) else {
            return with_body(answer, document.into());
        };
        let (name, value) = match self.dialect {
            ClientDialect::SimpleRest => (
                header::CONTENT_RANGE,
                Some(list.content_range(&self.unit())),
            ),
            ClientDialect::JsonServer | ClientDialect::DjangoRest => {
                (TOTAL, list.total.map(|total| total.to_string()))
            }
        };
        if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
            let exposed = HeaderValue::from_name(name.clone());
            let headers = answer.headers_mut();
            headers.insert(name, value);
            headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        with_body(answer, list.rows.into())
    }

    /// Returns the name of the list, as that of a unit of ranges.
    fn unit(&self) -> String {
        let last = self.path.trim_end_matches('/').rsplit('/').next();
        match last.map(percent_encoded) {
            Some(name) if !name.is_empty() => name,
            _ => "rows".to_owned(),
        }
    }
}

async fn errors(answer: Response<Body>) -> Response<Body> {
    if !is_of(&answer, "application/problem+json") {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let document = match body.read(usize::MAX).await {
        Ok(document) => document,
        Err(error) => return broken(error),
    };
    let body = match django_rest::error(&document) {
        Some(error) => {
            parts.headers.insert(header::CONTENT_TYPE, JSON);
            error.into()
        }
        None => document.into(),
    };
    with_body(Response::from_parts(parts, Body::default()), body)
}

/// Whether an answer is of a type, and not compressed.
fn is_of(answer: &Response<Body>, essence: &str) -> bool {
    let headers = answer.headers();
    let media_type = media_type(headers);
    media_type.is_some_and(|own| own.essence == essence)
        && !headers.contains_key(header::CONTENT_ENCODING)
}

fn with_body(mut answer: Response<Body>, body: Body) -> Response<Body> {
    let length = http_body::Body::size_hint(&body).lower();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer.map(|_| body)
}

/// Returns the response for an answer whose body breaks off.
fn broken(error: Error) -> Response<Body> {
    refused(&Error::new(Code::Internal, SERVER_FAILED).with_source(error))
}

/// Returns the response for a request that cannot be translated.
pub(super) fn refused(error: &Error) -> Response<Body> {
    response::problem(error, crate::representation::json_problem(error), None)
}
