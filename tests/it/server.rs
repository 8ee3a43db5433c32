//! A service on a real socket, and a client that sends exactly the bytes it is given.

use std::{convert::Infallible, net::SocketAddr};

use http_body_util::BodyExt;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::{Service, ServiceExt};
use tower_rest::Api;

/// Serves on a free port of the loopback interface until the runtime ends, by hyper alone.
pub(crate) async fn serve(api: Api) -> SocketAddr {
    serve_any(api).await
}

/// A service that hyper can serve.
pub(crate) trait Served:
    Service<
        http::Request<hyper::body::Incoming>,
        Response = http::Response<Self::Reply>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + 'static
{
    type Reply: http_body::Body<Data: Send, Error: Into<tower_rest::BoxError>> + Send + 'static;
}

impl<S, R> Served for S
where
    S: Service<http::Request<hyper::body::Incoming>, Response = http::Response<R>>,
    S: Service<http::Request<hyper::body::Incoming>, Error = Infallible, Future: Send>,
    S: Clone + Send + 'static,
    R: http_body::Body<Data: Send, Error: Into<tower_rest::BoxError>> + Send + 'static,
{
    type Reply = R;
}

/// Serves any service of hyper's requests, and returns its address.
pub(crate) async fn serve_any(service: impl Served) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                // A client that goes away is no failure of the server's.
                drop(
                    builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await,
                );
            });
        }
    });
    address
}

/// A response as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("not JSON: {error}: {}", self.body))
    }
}

/// Sends the bytes on a connection of their own and reads until the server closes it.
pub(crate) async fn send(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("a request sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("a response");
    parse(&bytes)
}

/// A GET of a path, as a client of today sends it.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    send(address, request.as_bytes()).await
}

/// The answer of a server that closes its connection; `None` if it is not all there.
pub(crate) fn whole(bytes: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    let answer = parse(bytes);
    let length = answer.header("content-length").map_or(Ok(0), str::parse);
    (length == Ok(body.len())).then_some(answer)
}

fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let mut answer = Answer {
        status: status.unwrap_or_else(|| panic!("no status in {text:?}")),
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        let (body, is_whole) = unchunked(&answer.body);
        assert!(
            is_whole,
            "the last chunk is missing after {} bytes",
            body.len()
        );
        answer.body = body;
    }
    answer
}

/// The chunks of a body, and whether the last one is among them: RFC 9112, section 7.1.
pub(crate) fn unchunked(mut rest: &str) -> (String, bool) {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).expect("the length of a chunk");
        if length == 0 {
            return (body, true);
        }
        let Some(chunk) = after.get(..length) else {
            body.push_str(after);
            break;
        };
        body.push_str(chunk);
        rest = after[length..].strip_prefix("\r\n").unwrap_or_default();
    }
    (body, false)
}

/// Asks a service without a socket.
pub(crate) async fn ask(api: &Api, path: &str) -> Answer {
    let request = http::Request::get(path)
        .header("host", "test")
        .body(http_body_util::Empty::<bytes::Bytes>::new());
    ask_with(api, request.expect("a request")).await
}

/// The same with any request.
pub(crate) async fn ask_with<B>(api: &Api, request: http::Request<B>) -> Answer
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<tower_rest::BoxError>,
{
    let Ok(response) = api.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let headers = parts.headers.iter();
    Answer {
        status: parts.status.as_u16(),
        headers: headers
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        body: String::from_utf8(body.to_vec()).expect("UTF-8"),
    }
}

/// The keys of the rows that a query finds, in order.
pub(crate) async fn ids(api: &Api, query: &str) -> Vec<i64> {
    let answer = ask(api, &format!("/?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let rows = answer.json()["results"].clone();
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_i64().expect("a key")).collect()
}

/// The members `cell` of a list.
pub(crate) async fn cells(api: &Api) -> Vec<serde_json::Value> {
    let answer = ask(api, "/?fields=cell").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let rows = answer.json()["results"].clone();
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| row["cell"].clone()).collect()
}

/// The rows of the pages from a path on, by the links from each to the one beside it, and the path of the last.
pub(crate) async fn followed(
    api: &Api,
    mut path: String,
    link: &str,
) -> (Vec<serde_json::Value>, String) {
    let mut pages = Vec::new();
    loop {
        let answer = ask(api, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let page = answer.json();
        pages.push(page["results"].clone());
        let Some(beside) = page[link].as_str() else {
            return (pages, path);
        };
        path = beside
            .strip_prefix("http://test")
            .expect("a link")
            .to_owned();
    }
}
