//! Layers around viewsets and routers, and the API as a layer around another service.

use std::{
    cell::Cell,
    convert::Infallible,
    error::Error as StdError,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Empty, Full};
use tower::{
    Layer, Service, ServiceBuilder, ServiceExt,
    limit::{ConcurrencyLimitLayer, GlobalConcurrencyLimitLayer},
    load_shed::LoadShedLayer,
    timeout::TimeoutLayer,
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer,
    limit::RequestBodyLimitLayer, map_request_body::MapRequestBodyLayer,
    set_header::SetResponseHeaderLayer, trace::TraceLayer,
};
use tower_rest::{Api, ApiLayer, Body, BoxError, Code, Database, Error, Mount, Router};

use crate::{
    fixture::{self, Style},
    server::{Answer, ask, ask_with, get, send, serve, serve_any},
};

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// What a [`Doing`] layer does with a request before it passes it on.
type Before = Arc<dyn Fn(&mut Request<Body>) -> BoxFuture<()> + Send + Sync>;

/// A layer of one's own, as a function.
#[derive(Clone)]
struct Doing(Before);

impl Doing {
    fn new<F>(before: impl Fn(&mut Request<Body>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(before(request))))
    }

    /// Waits before it passes a request on.
    fn slowly(time: Duration) -> Self {
        Self::new(move |_| async move {
            tokio::time::sleep(time).await;
            Ok(())
        })
    }

    /// Notes its name and the path.
    fn noting(name: &'static str, notes: &Notes) -> Self {
        let notes = notes.clone();
        Self::new(move |request| {
            notes.add(format!("{name} {}", request.uri().path()));
            async { Ok(()) }
        })
    }

    /// Has another path served.
    fn leading(from: &'static str, to: &'static str) -> Self {
        Self::new(move |request| {
            if request.uri().path() == from {
                *request.uri_mut() = Uri::from_static(to);
            }
            async { Ok(()) }
        })
    }

    fn failing<E: Into<BoxError>>(error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self::new(move |_| {
            let error = error().into();
            async { Err(error) }
        })
    }
}

impl<S> Layer<S> for Doing {
    type Service = Done<S>;

    fn layer(&self, inner: S) -> Done<S> {
        Done(self.0.clone(), inner)
    }
}

#[derive(Clone)]
struct Done<S>(Before, S);

impl<S> Service<Request<Body>> for Done<S>
where
    S: Service<Request<Body>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<S::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.1.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let inner = self.1.clone();
        let mut ready = std::mem::replace(&mut self.1, inner);
        let before = (self.0)(&mut request);
        Box::pin(async move {
            before.await?;
            ready.call(request).await.map_err(Into::into)
        })
    }
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: String) {
        self.0.lock().expect("notes").push(note);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("notes"))
    }
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    let name = HeaderName::from_static(name);
    SetResponseHeaderLayer::appending(name, HeaderValue::from_static(value))
}

/// Owners alone, at `/owners/`, with the layers a function adds.
fn owners(db: &Database, add: impl Fn(tower_rest::ViewSet) -> tower_rest::ViewSet) -> Api {
    let owners = add(fixture::owner_viewset(db));
    let api = Router::new().register("owners", owners).build();
    api.expect("an API")
}

fn with_header(path: &str, name: &str, value: &str) -> Request<Empty<Bytes>> {
    let request = Request::get(path).header("host", "test");
    let request = request.header(name, value).body(Empty::new());
    request.expect("a request")
}

fn code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().expect("a code").to_owned();
    (answer.status, code)
}

#[tokio::test]
async fn every_kind_of_layer_stands_around_one_viewset() {
    let db = fixture::database().await;
    let measure = |request: axum::extract::Request, next: axum::middleware::Next| async move {
        let (parts, body) = request.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let length = HeaderValue::from(bytes.len());
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        let mut response = next.run(request).await;
        response.headers_mut().insert("x-length", length);
        response
    };
    let api = owners(&db, |owners| {
        owners
            .layer(ConcurrencyLimitLayer::new(64))
            .layer(RequestBodyLimitLayer::new(1024))
            .layer(TimeoutLayer::new(Duration::from_secs(60)))
            .layer(LoadShedLayer::new())
            .layer(TraceLayer::new_for_http())
            .layer(CatchPanicLayer::new())
            .layer(CorsLayer::permissive())
            .layer(header("x-set", "yes"))
            .layer(Doing::slowly(Duration::ZERO))
            .layer(
                ServiceBuilder::new()
                    .timeout(Duration::from_secs(60))
                    .concurrency_limit(8)
                    .into_inner(),
            )
            .layer((
                MapRequestBodyLayer::new(axum::body::Body::new),
                axum::middleware::from_fn(measure),
            ))
            .layer(CompressionLayer::new())
            .page_size(2)
    });
    let address = serve(api.clone()).await;
    let list = get(address, "/owners/").await;
    assert_eq!(list.status, 200);
    assert_eq!(list.json()["page_size"], 2, "settings after layers count");
    assert_eq!(list.header("x-set"), Some("yes"));
    assert_eq!(list.header("x-length"), Some("0"));
    let object = get(address, "/owners/1/").await;
    assert_eq!(object.json()["href"], "http://test/owners/1/");
    let post = |length: usize| {
        let head = format!(
            "POST /owners/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}"
        );
        [format!("{head}\r\n\r\n").into_bytes(), vec![b' '; length]].concat()
    };
    let refused = send(address, &post(7)).await;
    assert_eq!(code(&refused), (405, "method_not_allowed".to_owned()));
    assert_eq!(refused.header("x-length"), Some("7"), "layers see the body");
    assert_eq!(send(address, &post(1025)).await.status, 413);
    // Compressed, for GET and HEAD alike.
    for method in ["GET", "HEAD"] {
        let mut request = with_header("/owners/", "accept-encoding", "gzip");
        *request.method_mut() = method.parse().expect("a method");
        let Ok(response) = api.clone().oneshot(request).await;
        let headers = response.headers();
        assert_eq!(headers["content-encoding"], "gzip", "{method}");
        assert!(!headers.contains_key("content-length"), "{method}");
        let body = response.into_body().collect().await.expect("a body");
        let bytes = body.to_bytes();
        assert_eq!(
            bytes.starts_with(&[0x1f, 0x8b]),
            method == "GET",
            "{method}"
        );
        assert_eq!(bytes.is_empty(), method == "HEAD");
    }
}

#[tokio::test]
async fn the_last_layer_is_the_outermost_and_the_routers_are_outside() {
    let (db, notes) = (fixture::database().await, Notes::default());
    let owners = fixture::owner_viewset(&db)
        .layer(Doing::noting("first", &notes))
        .layer(Doing::noting("second", &notes));
    let api = Router::new()
        .register("owners", owners)
        .register("bare", fixture::owner_viewset(&db))
        .layer(Doing::noting("third", &notes))
        .layer(Doing::noting("fourth", &notes))
        .build()
        .expect("an API");
    for (path, status, names) in [
        ("/owners/", 200, &["fourth", "third", "second", "first"][..]),
        ("/owners", 200, &["fourth", "third", "second", "first"]),
        ("/owners/1/", 200, &["fourth", "third", "second", "first"]),
        ("/%6Fwners/1/", 200, &["fourth", "third", "second", "first"]),
        ("/owners/99/", 404, &["fourth", "third", "second", "first"]),
        (
            "/owners/1/2/3",
            404,
            &["fourth", "third", "second", "first"],
        ),
        ("/bare/1/", 200, &["fourth", "third"]),
        ("/", 200, &["fourth", "third"]),
        ("/nothing/", 404, &["fourth", "third"]),
        ("//owners/", 404, &["fourth", "third"]),
    ] {
        assert_eq!(ask(&api, path).await.status, status, "{path}");
        let expected: Vec<_> = names.iter().map(|name| format!("{name} {path}")).collect();
        assert_eq!(notes.take(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_viewset_alone_is_inside_its_layers_with_every_path() {
    let (db, notes) = (fixture::database().await, Notes::default());
    let owners = fixture::owner_viewset(&db).layer(Doing::noting("own", &notes));
    let api = owners.build().expect("an API");
    for path in ["/", "/1/", "/1/2/3/"] {
        ask(&api, path).await;
        assert_eq!(notes.take(), [format!("own {path}")]);
    }
}

#[tokio::test]
async fn the_layers_of_a_parent_stand_around_those_of_its_children() {
    let (db, notes) = (fixture::database().await, Notes::default());
    let cars = fixture::car_viewset(Style::Classical, &db).layer(Doing::noting("child", &notes));
    let owners = fixture::owner_viewset(&db)
        .nest("cars", cars)
        .nest("bare", fixture::car_viewset(Style::Classical, &db))
        .layer(Doing::noting("parent", &notes))
        .layer(Doing::leading("/owners/2/past/", "/others/2/cars/"));
    let others = fixture::owner_viewset(&db).nest(
        "cars",
        fixture::car_viewset(Style::Classical, &db).layer(Doing::noting("other", &notes)),
    );
    let api = Router::new()
        .register("owners", owners)
        .register("others", others)
        .build()
        .expect("an API");
    for (path, status, names) in [
        ("/owners/1/cars/", 200, &["parent", "child"][..]),
        ("/owners/1/cars/1", 200, &["parent", "child"]),
        ("/owners/1/cars/2/", 404, &["parent", "child"]),
        ("/owners/99/cars/", 404, &["parent", "child"]),
        ("/owners/1/cars/1/more/", 404, &["parent", "child"]),
        ("/owners/1/bare/", 200, &["parent"]),
        ("/owners/1/", 200, &["parent"]),
        ("/others/1/cars/1/", 200, &["other"]),
        ("/others/1/", 200, &[]),
    ] {
        assert_eq!(ask(&api, path).await.status, status, "{path}");
        let expected: Vec<_> = names.iter().map(|name| format!("{name} {path}")).collect();
        assert_eq!(notes.take(), expected, "{path}");
    }
    // A layer that rewrites the path leads past no layer of another place, nested or not.
    let answer = ask(&api, "/owners/2/past/").await;
    assert_eq!(code(&answer), (404, "no_route".to_owned()));
}

#[derive(Debug)]
struct Wrapping(BoxError);

impl fmt::Display for Wrapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk of db-7 is full")
    }
}

impl StdError for Wrapping {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

#[tokio::test]
async fn what_a_layer_fails_with_becomes_a_problem_document() {
    use tower::{load_shed::error::Overloaded, timeout::error::Elapsed};

    let db = fixture::database().await;
    let own = || Error::new(Code::Unavailable, "closed on Sundays");
    let wrapped = |error: BoxError| Wrapping(error);
    for (layer, status, code_, retry) in [
        (Doing::failing(Elapsed::new), 503, "timeout", Some("1")),
        (Doing::failing(Overloaded::new), 503, "busy", Some("1")),
        (Doing::failing(own), 503, "unavailable", Some("1")),
        (
            Doing::failing(move || wrapped(Elapsed::new().into())),
            503,
            "timeout",
            Some("1"),
        ),
        (
            Doing::failing(move || wrapped(wrapped(own().into()).into())),
            503,
            "unavailable",
            Some("1"),
        ),
        (
            Doing::failing(move || wrapped("no space".into())),
            500,
            "internal",
            None,
        ),
    ] {
        let answer = ask(
            &owners(&db, |owners| owners.layer(layer.clone())),
            "/owners/1/",
        )
        .await;
        assert_eq!(code(&answer), (status, code_.to_owned()));
        assert_eq!(answer.header("retry-after"), retry);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        assert!(!answer.body.contains("db-7") && !answer.body.contains("space"));
        if code_ == "unavailable" {
            assert_eq!(answer.json()["detail"], "closed on Sundays");
        }
        let mut head = with_header("/owners/1/", "accept", "*/*");
        *head.method_mut() = http::Method::HEAD;
        let api = owners(&db, |owners| owners.layer(layer.clone()));
        let answer = ask_with(&api, head).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, ""));
    }
}

#[tokio::test]
async fn what_takes_too_long_or_is_too_much_at_once_is_503() {
    let db = fixture::database().await;
    let slow = Doing::slowly(Duration::from_secs(60));
    let api = owners(&db, |owners| {
        owners
            .layer(slow.clone())
            .layer(TimeoutLayer::new(Duration::from_millis(20)))
    });
    let answer = ask(&api, "/owners/").await;
    assert_eq!(code(&answer), (503, "timeout".to_owned()));

    let slow = Doing::slowly(Duration::from_millis(200));
    let shedding = ServiceBuilder::new().load_shed().concurrency_limit(1);
    let api = owners(&db, |owners| {
        owners.layer(slow.clone()).layer(shedding.clone())
    });
    let (first, second) = tokio::join!(ask(&api, "/owners/1/"), ask(&api, "/owners/1/"));
    assert_eq!(first.status, 200);
    assert_eq!(code(&second), (503, "busy".to_owned()));
    assert_eq!(ask(&api, "/owners/1/").await.status, 200);

    // A route is always ready: a limit in a layer of its own is waited for, within the timeout around it.
    let api = owners(&db, |owners| {
        owners
            .layer(slow.clone())
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(LoadShedLayer::new())
            .layer(TimeoutLayer::new(Duration::from_millis(300)))
    });
    let path = "/owners/1/";
    let (first, second) = tokio::join!(ask(&api, path), ask(&api, path));
    assert_eq!((first.status, second.status), (200, 503));
    assert_eq!(code(&second), (503, "timeout".to_owned()));
}

/// Counts how many requests are inside it at once.
#[derive(Clone, Default)]
struct Gauge {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Gauge {
    fn layer(&self) -> Doing {
        let gauge = self.clone();
        Doing::new(move |_| {
            let gauge = gauge.clone();
            async move {
                let now = gauge.now.fetch_add(1, Ordering::SeqCst) + 1;
                gauge.most.fetch_max(now, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(30)).await;
                gauge.now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        })
    }
}

async fn most_at_once<L>(limit: L) -> usize
where
    L: Layer<tower_rest::Route> + Send + Sync + 'static,
    L::Service: Service<Request<Body>, Response = Response<Body>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let (db, gauge) = (fixture::database().await, Gauge::default());
    let owners = fixture::owner_viewset(&db)
        .layer(gauge.layer())
        .layer(limit);
    let api = Router::new()
        .register("here", owners.clone())
        .register("there", owners)
        .build()
        .expect("an API");
    let paths = ["/here/", "/there/", "/here/1/", "/there/1/"];
    let (a, b, c, d) = tokio::join!(
        ask(&api, paths[0]),
        ask(&api, paths[1]),
        ask(&api, paths[2]),
        ask(&api, paths[3])
    );
    for answer in [a, b, c, d] {
        assert_eq!(answer.status, 200);
    }
    gauge.most.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_limit_counts_for_each_place_unless_it_is_global() {
    assert_eq!(most_at_once(ConcurrencyLimitLayer::new(1)).await, 2);
    assert_eq!(most_at_once(GlobalConcurrencyLimitLayer::new(1)).await, 1);
}

#[tokio::test]
async fn a_path_that_a_layer_rewrites_is_read_anew() {
    let (db, notes) = (fixture::database().await, Notes::default());
    let guarded = fixture::owner_viewset(&db).layer(Doing::noting("guard", &notes));
    let api = Router::new()
        .register(
            "owners",
            fixture::owner_viewset(&db)
                .layer(Doing::leading("/owners/me/", "/owners/2/"))
                .layer(Doing::leading("/owners/past/", "/guarded/2/")),
        )
        .register("guarded", guarded)
        .layer(Doing::leading("/old/", "/guarded/1/"))
        .build()
        .expect("an API");
    assert_eq!(ask(&api, "/owners/me/").await.json()["owner_id"], 2);
    assert_eq!(ask(&api, "/old/").await.json()["owner_id"], 1);
    assert_eq!(notes.take(), ["guard /guarded/1/"]);
    // From inside one viewset's layers no way leads around those of another.
    let answer = ask(&api, "/owners/past/").await;
    assert_eq!(code(&answer), (404, "no_route".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_a_layer_ends_its_request_alone() {
    let db = fixture::database().await;
    let panicking = |name: &'static str| {
        Doing::new(move |request| {
            assert!(!request.headers().contains_key(name), "as it was asked to");
            async { Ok(()) }
        })
    };
    let later = Doing::new(|request| {
        let panics = request.headers().contains_key("x-later");
        async move {
            assert!(!panics, "as it was asked to");
            Ok(())
        }
    });
    let owners = fixture::owner_viewset(&db)
        .layer(panicking("x-inside"))
        .layer(later)
        .layer(ConcurrencyLimitLayer::new(4));
    let api = Router::new()
        .register("owners", owners)
        .layer(panicking("x-outside"))
        .build()
        .expect("an API");
    for number in 0..100 {
        let name = ["x-inside", "x-later", "x-outside"][number % 3];
        let request = with_header("/owners/1/", name, "1");
        let panicked = tokio::spawn(api.clone().oneshot(request)).await;
        assert!(panicked.is_err_and(|error| error.is_panic()));
    }
    let ask_many = |api: Api| async move {
        for _ in 0..2500 {
            assert_eq!(ask(&api, "/owners/1/").await.json()["owner_id"], 1);
        }
    };
    let tasks: Vec<_> = (0..4)
        .map(|_| tokio::spawn(ask_many(api.clone())))
        .collect();
    for task in tasks {
        task.await.expect("2,500 right answers");
    }
    // Caught, a panic is an answer.
    let caught = Router::new()
        .register("owners", fixture::owner_viewset(&db))
        .layer(panicking("x-outside"))
        .layer(CatchPanicLayer::new())
        .build()
        .expect("an API");
    let request = with_header("/owners/1/", "x-outside", "1");
    assert_eq!(ask_with(&caught, request).await.status, 500);
}

/// A body that cannot be shared between threads, and counts how often it is polled.
#[derive(Clone, Default)]
struct Watched(Arc<AtomicUsize>, Cell<u8>);

impl http_body::Body for Watched {
    type Data = std::collections::VecDeque<u8>;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, std::io::Error>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.set(self.1.get() + 1);
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn around_any_service_the_api_answers_what_it_knows_and_passes_the_rest() {
    let db = fixture::database().await;
    let api = owners(&db, |owners| owners);
    let inner = tower::service_fn(async |request: Request<Watched>| {
        let polled = request.body().0.load(Ordering::SeqCst);
        assert!(request.extensions().get::<Mount>().is_none());
        match request.uri().path() {
            "/broken" => Err(std::io::Error::other("as it was asked to")),
            path => {
                let body = format!("inner {} {path} {polled}", request.method());
                Ok(Response::new(Full::new(Bytes::from(body))))
            }
        }
    });
    let service = ApiLayer::at("/api", api).layer(inner);
    let answer = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", "test").body(Watched::default());
        let response = service.clone().oneshot(request.expect("a request")).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body");
        let text = String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8");
        Ok::<_, std::io::Error>((status, text))
    };
    for (method, path, status, words) in [
        (
            "GET",
            "/api",
            200,
            r#"{"owners":"http://test/api/owners/"}"#,
        ),
        (
            "GET",
            "/api/",
            200,
            r#"{"owners":"http://test/api/owners/"}"#,
        ),
        (
            "GET",
            "/api/owners/1/",
            200,
            r#""href":"http://test/api/owners/1/""#,
        ),
        (
            "GET",
            "/api/owners?page_size=1",
            200,
            "http://test/api/owners/?page_size=1&page=2",
        ),
        ("GET", "/api/%6Fwners/1", 200, "http://test/api/owners/1/"),
        ("GET", "/api?yaer=1", 400, "unknown_parameter"),
        ("GET", "/api/owners/99/", 404, "not_found"),
        ("GET", "/api/owners/1/2/3/", 404, "no_route"),
        ("DELETE", "/api/owners/1/", 405, "method_not_allowed"),
        ("POST", "/api/", 405, "method_not_allowed"),
    ] {
        let (found, body) = answer(method, path).await.expect("an answer");
        assert_eq!(found, status, "{path}");
        assert!(body.contains(words), "{path}: {body}");
    }
    for path in [
        "/",
        "/owners/",
        "/apix",
        "/apix/owners/",
        "/ap",
        "/api/other/",
        "/api//",
        "/api//owners/",
        "/API/owners/",
        "/x/api/owners/",
        "/api/owners%2F1",
    ] {
        let (status, body) = answer("PUT", path).await.expect("an answer");
        assert_eq!((status, body), (200, format!("inner PUT {path} 0")));
    }
    let error = answer("GET", "/broken").await.expect_err("the inner error");
    assert_eq!(error.to_string(), "as it was asked to");
}

#[tokio::test]
async fn around_hypers_own_requests_a_body_passes_as_it_came() {
    let db = fixture::database().await;
    let echo = tower::service_fn(async |request: Request<hyper::body::Incoming>| {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let app = ApiLayer::at("/api/", owners(&db, |owners| owners)).layer(echo);
    let address = serve_any(app).await;
    let request = b"POST /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let answer = send(address, request).await;
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert_eq!(answer.body, "hello world");
    let object = get(address, "/api/owners/1/").await.json();
    assert_eq!(object["href"], "http://test/api/owners/1/");
}

#[tokio::test]
async fn prefixes_of_hosts_add_up() {
    let db = fixture::database().await;
    let api = || owners(&db, |owners| owners);
    let app = axum::Router::new().layer(ApiLayer::at("api", api()));
    let nested = axum::Router::new().nest_service("/v1", app);
    let address = serve_any(nested).await;
    let object = get(address, "/v1/api/owners/1/").await.json();
    assert_eq!(object["href"], "http://test/v1/api/owners/1/");
    // At the root it takes everything it knows, the inner `/` too.
    let everywhere = axum::Router::new().route("/login", axum::routing::get(async || "welcome"));
    let address = serve_any(everywhere.layer(ApiLayer::at("/", api()))).await;
    assert_eq!(get(address, "/login").await.body, "welcome");
    let root = get(address, "/").await.json();
    assert_eq!(root["owners"], "http://test/owners/");
    let object = get(address, "/owners/1/").await.json();
    assert_eq!(object["href"], "http://test/owners/1/");
}

#[tokio::test]
async fn an_inner_service_that_is_not_ready_is_waited_for() {
    struct Never;
    impl Service<Request<Body>> for Never {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = std::future::Pending<Result<Response<Body>, Infallible>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Pending
        }
        fn call(&mut self, _: Request<Body>) -> Self::Future {
            std::future::pending()
        }
    }
    let db = fixture::database().await;
    let mut service = ApiLayer::at("/api", owners(&db, |owners| owners)).layer(Never);
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(Service::<Request<Body>>::poll_ready(&mut service, &mut context).is_pending());
}
