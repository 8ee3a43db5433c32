//! [`Liveness`] and [`Readiness`]: services that tell an orchestrator or a load balancer how the program is.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{Method, Request, Response, StatusCode};
use tokio::sync::Mutex;
use tower::Service;

use crate::{
    body::Body,
    database::Database,
    error::{Code, Error, Result},
    representation::{Document, json_problem},
    response,
};

/// How long an answer of the databases counts, so that many probes ask them once.
const KNOWN_FOR: Duration = Duration::from_millis(250);

const JSON: &str = "application/json";

/// A service that answers 200 to GET and HEAD as long as the program runs. Mount it at `/live`, say.
///
/// It asks no database: a program whose database is down need not be started anew.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_rest::Liveness;
///
/// let request = Request::get("/live").body(String::new()).unwrap();
/// let answer = Liveness::default().oneshot(request).await.unwrap();
/// assert_eq!(answer.status(), StatusCode::OK);
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Liveness(());

/// A service that answers 200 to GET and HEAD if each of its databases answers, else 503. Mount it at `/ready`, say.
///
/// A database with [replicas](Database::reads_from) answers if its primary does, or a replica. Each has two seconds;
/// its answer counts for a quarter of a second, for all that ask. The body is JSON, `{"status":"ready"}`, or a problem
/// document with the code `unavailable`; it does not say which database is down, of which the log has the number.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_rest::{Database, Readiness};
///
/// let db = Database::in_memory().await?;
/// let ready = Readiness::of([db]);
/// let request = Request::get("/ready").body(String::new()).unwrap();
/// let answer = ready.oneshot(request).await.unwrap();
/// assert_eq!(answer.status(), StatusCode::OK);
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Readiness(Arc<ReadinessInner>);

#[derive(Debug)]
struct ReadinessInner {
    databases: Vec<Database>,
    /// When the databases were last asked, and whether each has answered.
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Creates the service for these databases.
    pub fn of(databases: impl IntoIterator<Item = Database>) -> Self {
        Self(Arc::new(ReadinessInner {
            databases: databases.into_iter().collect(),
            last: Mutex::default(),
        }))
    }
}

impl ReadinessInner {
    /// Whether each database answers.
    async fn is_ready(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, is_ready)) = *last
            && at.elapsed() < KNOWN_FOR
        {
            return is_ready;
        }
        let mut is_ready = true;
        for (number, database) in (1..).zip(&self.databases) {
            if let Err(error) = database.answers().await {
                tracing::warn!(
                    "database {number} of those that must be ready, {database:?}, does not answer: {error:?}"
                );
                is_ready = false;
            }
        }
        *last = Some((Instant::now(), is_ready));
        is_ready
    }
}

impl<B> Service<Request<B>> for Liveness {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = refused(request.method());
        ready(Ok(answer.unwrap_or_else(|| {
            answered(request.method(), healthy("live"))
        })))
    }
}

impl<B> Service<Request<B>> for Readiness {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let refused = refused(request.method());
        let method = request.method().clone();
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            if let Some(refused) = refused {
                return Ok(refused);
            }
            let response = match inner.is_ready().await {
                true => healthy("ready"),
                false => unavailable(),
            };
            Ok(answered(&method, response))
        })
    }
}

/// Returns the response to a method: to HEAD without its body.
fn answered(method: &Method, response: Response<Body>) -> Response<Body> {
    match *method == Method::HEAD {
        true => response::without_body(response),
        false => response,
    }
}

fn healthy(status: &str) -> Response<Body> {
    let document = Document::new(JSON, format!("{{\"status\":\"{status}\"}}"));
    response::unkept(StatusCode::OK, document)
}

fn unavailable() -> Response<Body> {
    let detail = "a database does not answer; the server's log says which";
    // Each probe would log it once more.
    let error = Error::new(Code::Unavailable, detail).in_silence();
    response::problem(&error, json_problem(&error), None)
}

/// Returns the refusal of a method; `None` for GET and HEAD.
fn refused(method: &Method) -> Option<Response<Body>> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let detail = "only GET and HEAD are served here".to_owned();
    let error = Error::method_not_allowed(detail, "GET, HEAD");
    Some(response::problem(&error, json_problem(&error), None))
}
