//! AWS Lambda: `lambda_http` asks its runtime for events, which a stand-in of the runtime makes of HTTP requests, in the
//! format of API Gateway's HTTP APIs (2.0).

use std::{collections::HashMap, future::IntoFuture as _, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, Method, Uri},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::Command,
    sync::{Mutex, mpsc, oneshot},
};

use crate::check::{Exports, check, client};

/// An event, and where its answer goes.
type Invocation = (Value, oneshot::Sender<Value>);

/// The stand-in: events that wait, and the answers that are waited for, by the number of the event.
struct Runtime {
    waiting: Mutex<mpsc::Receiver<Invocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<Value>>>,
    invoke: mpsc::Sender<Invocation>,
}

#[tokio::test(flavor = "multi_thread")]
async fn lambda_answers_events_of_api_gateway() {
    let (invoke, waiting) = mpsc::channel(8);
    let runtime = Arc::new(Runtime {
        waiting: Mutex::new(waiting),
        running: Mutex::default(),
        invoke,
    });
    let invocation = "/2018-06-01/runtime/invocation";
    let app = Router::new()
        .route(&format!("{invocation}/next"), get(next))
        .route(&format!("{invocation}/{{id}}/response"), post(answered))
        .fallback(gateway)
        .with_state(runtime);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(axum::serve(listener, app).into_future());
    let function = Command::new(env!("CARGO_BIN_EXE_function"))
        .env("ORIGIN", format!("http://{address}"))
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "cars")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "log")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "log")
        .kill_on_drop(true)
        .spawn();
    let _function = function.expect("the function");
    check(&client(), &format!("http://{address}"), Exports::Whole).await;
    server.abort();
}

/// Hands the next event to the function.
async fn next(State(runtime): State<Arc<Runtime>>) -> Response {
    let (event, answer) = runtime.waiting.lock().await.recv().await.expect("an event");
    let mut running = runtime.running.lock().await;
    let id = format!("event-{}", running.len());
    running.insert(id.clone(), answer);
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", "4000000000000".to_owned()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:cars".to_owned(),
        ),
    ];
    (headers, event.to_string()).into_response()
}

/// Takes the function's answer to an event.
async fn answered(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: Bytes) {
    let answer = runtime.running.lock().await.remove(&id).expect("an event");
    let body = serde_json::from_slice(&body).expect("JSON");
    answer.send(body).expect("a client that waits");
}

/// Makes an event of a request, and a response of its answer, as API Gateway does.
async fn gateway(
    State(runtime): State<Arc<Runtime>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers: HashMap<_, _> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("a text")))
        .collect();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "http": {"method": method.as_str(), "path": uri.path(), "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": String::from_utf8_lossy(&body),
        "isBase64Encoded": false,
    });
    let (sender, answer) = oneshot::channel();
    runtime
        .invoke
        .send((event, sender))
        .await
        .expect("a runtime");
    let answer = answer.await.expect("an answer");
    let mut response = Response::builder()
        .status(u16::try_from(answer["statusCode"].as_u64().expect("a status")).expect("a status"));
    for (name, value) in answer["headers"].as_object().expect("headers") {
        response = response.header(name, value.as_str().expect("a text"));
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).expect("Base64"),
        _ => body.as_bytes().to_vec(),
    };
    response.body(Body::from(body)).expect("a response")
}
