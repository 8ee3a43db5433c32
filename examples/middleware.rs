//! Authentication, a timeout, tracing and a layer of one's own, each for one model only: `cargo run --example middleware`.

#![expect(clippy::print_stdout, reason = "it tells whoever runs it what to try")]

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response, StatusCode, header};
use sea_query::{ColumnDef, SqliteQueryBuilder, Table, TableCreateStatement};
use tower::{Layer, Service, timeout::TimeoutLayer};
use tower_http::{auth::AsyncRequireAuthorizationLayer, trace::TraceLayer};
use tower_rest::{Body, BoxError, Code, Database, Error, Model, Result, Router, ViewSet};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .init();
    let db = Database::in_memory().await?;
    fill(&db).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    println!("Serving until Ctrl-C. Try:\n");
    println!("  curl -H 'Authorization: Bearer sesame' http://127.0.0.1:8000/members/");
    println!("  curl http://127.0.0.1:8000/books/    # has a timeout");
    println!("  curl http://127.0.0.1:8000/loans/    # is traced");
    println!("  curl http://127.0.0.1:8000/fines/    # can be closed");
    axum::serve(listener, app(&db, Door::default())?)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    Ok(())
}

/// A library with four models, of which each has one layer around it, and no other's.
///
/// # Errors
///
/// When the description has mistakes.
pub fn app(db: &Database, door: Door) -> Result<axum::Router> {
    let viewset = |name| ViewSet::new(Model::from_table(name, &table(name))).database(db);
    let api = Router::new()
        .register(
            "members",
            viewset("members").layer(AsyncRequireAuthorizationLayer::new(authenticate)),
        )
        .register(
            "books",
            viewset("books").layer(TimeoutLayer::new(Duration::from_secs(2))),
        )
        .register("loans", viewset("loans").layer(TraceLayer::new_for_http()))
        .register("fines", viewset("fines").layer(door))
        .build()?;
    Ok(axum::Router::new().fallback_service(api))
}

/// Lets a request pass that has the password.
async fn authenticate(request: Request<Body>) -> Result<Request<Body>, Response<Body>> {
    let sent = request.headers().get(header::AUTHORIZATION);
    if sent.is_some_and(|sent| sent == "Bearer sesame") {
        return Ok(request);
    }
    let mut refusal = Response::new(Body::from("Who are you?"));
    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
    let how = header::HeaderValue::from_static("Bearer");
    refusal.headers_mut().insert(header::WWW_AUTHENTICATE, how);
    Err(refusal)
}

/// A layer of one's own: while it is closed, what it stands around cannot be asked for.
#[derive(Clone, Debug, Default)]
pub struct Door {
    closed: Arc<AtomicBool>,
}

impl Door {
    /// Closes it for every service it is around.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

impl<S> Layer<S> for Door {
    type Service = Behind<S>;

    fn layer(&self, inner: S) -> Behind<S> {
        Behind {
            door: self.clone(),
            inner,
        }
    }
}

/// A service behind a [`Door`].
#[derive(Clone, Debug)]
pub struct Behind<S> {
    door: Door,
    inner: S,
}

impl<S, B> Service<Request<B>> for Behind<S>
where
    S: Service<Request<B>, Response: 'static, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.door.closed.load(Ordering::Relaxed) {
            // An error of the crate becomes the answer it says: 503, as a problem document.
            let error = Error::new(
                Code::Unavailable,
                "fines are being counted; come back later",
            );
            return Box::pin(async { Err(error.into()) });
        }
        let answer = self.inner.call(request);
        Box::pin(async { answer.await.map_err(Into::into) })
    }
}

/// Makes the tables and a row in each.
///
/// # Errors
///
/// When the database refuses them.
pub async fn fill(db: &Database) -> Result<()> {
    for name in ["members", "books", "loans", "fines"] {
        let create = table(name).to_string(SqliteQueryBuilder);
        db.execute_script(&format!("{create}; INSERT INTO {name} VALUES (1, 'first')"))
            .await?;
    }
    Ok(())
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .to_owned()
}
