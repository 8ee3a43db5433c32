//! A test client without sockets: requests to a service, answers as JSON, statement counts.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! # use sea_query::SqliteQueryBuilder;
//! # use tower_rest::{Database, Model, ViewSet};
//! use tower_rest::testing::Client;
//!
//! # #[derive(Model)]
//! # struct Car { #[model(key)] car_id: i64, make: String }
//! # let db = Database::in_memory().await?;
//! # let table = Model::of::<Car>().create_table().to_string(SqliteQueryBuilder);
//! # db.execute_script(&format!("{table}; INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Seat')")).await?;
//! let client = Client::new(ViewSet::of::<Car>(&db).build()?).header("authorization", "Bearer token");
//!
//! let answer = client.get("/?make=Fiat").await;
//! assert_eq!((answer.status(), answer.statements()), (200, 1));
//! assert_eq!(answer.json()["results"][0]["href"], "http://localhost/1/");
//! assert_eq!(client.get("/9/").await.code(), "not_found");
//! # Ok::<(), tower_rest::Error>(()) }).unwrap();
//! ```

use std::{
    fmt::Debug,
    future::{Future, IntoFuture},
    pin::Pin,
};

use bytes::Bytes;
use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header,
};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::Value;
use tower::{Service, ServiceExt};

use crate::{body::Body, operation::Counter};

/// A test client of any service that takes a [`Body`]: an [`Api`](crate::Api), or a whole application around it.
///
/// Invalid requests and unreadable responses panic with a message.
#[derive(Clone, Debug)]
#[must_use]
pub struct Client<S> {
    service: S,
    headers: HeaderMap,
    extensions: Extensions,
}

impl<S> Client<S> {
    /// Creates a client that sends `Host: localhost` and no other header.
    pub fn new(service: S) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        Self {
            service,
            headers,
            extensions: Extensions::new(),
        }
    }

    /// Sends a header with every request.
    ///
    /// # Panics
    ///
    /// When the name or value is not a valid header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        insert(&mut self.headers, name, value);
        self
    }

    /// Adds a value to the extensions of every request, as a layer would.
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// Prepares a GET request, which is sent when it is awaited.
    pub fn get(&self, uri: &str) -> Asking<S>
    where
        S: Clone,
    {
        self.ask(Method::GET, uri)
    }

    /// Prepares a POST request, which is sent when it is awaited.
    pub fn post(&self, uri: &str) -> Asking<S>
    where
        S: Clone,
    {
        self.ask(Method::POST, uri)
    }

    /// Prepares a request of any method, which is sent when it is awaited.
    pub fn ask(&self, method: Method, uri: &str) -> Asking<S>
    where
        S: Clone,
    {
        Asking {
            service: self.service.clone(),
            method,
            uri: uri.to_owned(),
            headers: self.headers.clone(),
            extensions: self.extensions.clone(),
            body: Bytes::new(),
        }
    }
}

/// A request that is sent when it is awaited. Awaiting it returns an [`Answer`].
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct Asking<S> {
    service: S,
    method: Method,
    uri: String,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
}

impl<S> Asking<S> {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When the name or value is not a valid header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        insert(&mut self.headers, name, value);
        self
    }

    /// Sets the body and its media type.
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// Sets the body to a value as JSON.
    ///
    /// # Panics
    ///
    /// When the value cannot be serialized.
    #[expect(clippy::expect_used, reason = "a test that cannot ask has failed")]
    pub fn json(self, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("a value that can be serialized");
        self.body("application/json", body)
    }
}

impl<S, R> IntoFuture for Asking<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error: Debug, Future: Send> + Send + 'static,
    R: http_body::Body<Data: Send, Error: Debug> + Send + 'static,
{
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    #[expect(
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot ask has failed"
    )]
    fn into_future(self) -> Self::IntoFuture {
        let counter = Counter::default();
        let mut request = Request::new(Body::from(self.body.to_vec()));
        *request.method_mut() = self.method;
        let uri = self.uri.parse();
        *request.uri_mut() =
            uri.unwrap_or_else(|error| panic!("`{}` is no URI: {error}", self.uri));
        *request.headers_mut() = self.headers;
        *request.extensions_mut() = self.extensions;
        request.extensions_mut().insert(counter.clone());
        let service = self.service;
        Box::pin(async move {
            let response = service.oneshot(request).await.expect("a response");
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes();
            Answer {
                status: parts.status,
                headers: parts.headers,
                body,
                statements: counter.count(),
            }
        })
    }
}

/// A response, with its whole body.
#[derive(Clone, Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    statements: usize,
}

impl Answer {
    /// Returns the status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Returns the value of a header, if it is present and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns all headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// Returns the body as text; invalid UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// When the body is not JSON.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that cannot read has failed")]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON: {error}: {}", self.text()))
    }

    /// Returns the code of a problem document; empty if the body is not one.
    #[must_use]
    pub fn code(&self) -> String {
        let document: Option<Value> = serde_json::from_slice(&self.body).ok();
        let code = document
            .as_ref()
            .and_then(|document| document.get("code")?.as_str());
        code.unwrap_or_default().to_owned()
    }

    /// Returns the number of statements that the request ran on all databases.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.statements
    }
}

#[expect(clippy::expect_used, reason = "a test that cannot ask has failed")]
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    let name: HeaderName = name.parse().expect("the name of a header");
    headers.insert(name, value.parse().expect("the value of a header"));
}
