//! `tower-rest serve` as a process, asked over a socket.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use tower_rest::Database;

use super::{check, file, filled};
use crate::{
    regressions::serving::{PATIENCE, Program, serve},
    server::{Answer, send},
};

/// A program that serves a database, and its address.
fn started(url: &str, options: &[&str]) -> (Program, SocketAddr) {
    let mut command = serve();
    command.args([url, "--addr", "127.0.0.1:0"]).args(options);
    let program = Program::start(command);
    let address = program.address().parse().expect("an address");
    (program, address)
}

async fn ask(address: SocketAddr, start: &str, headers: &str, body: &str) -> Answer {
    let request = format!(
        "{start} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    send(address, request.as_bytes()).await
}

const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_served_for_reading_or_writing_and_stops_when_told_to() {
    for database in filled().await {
        let (kind, url) = (database.kind, &*database.url);
        let (program, address) = started(url, &[]);
        let list = ask(address, "GET /api/cars/?make=Saab", "", "").await;
        let href = "http://localhost/api/cars/2/";
        assert_eq!(
            list.json()["results"][0]["href"],
            href,
            "{kind}: {}",
            list.body
        );
        let car = r#"{"id": 3, "make": "Seat", "owner_id": 1}"#;
        let refused = ask(address, "POST /api/cars/", JSON, car).await;
        assert_eq!(refused.status, 405, "{kind}: {}", refused.body);
        program.signal("TERM");
        program.ends_within(PATIENCE);
        let origin = "https://cars.example";
        let (program, address) = started(
            url,
            &["--writable", "--origin", origin, "--body-limit", "100"],
        );
        let created = ask(address, "POST /api/cars/", JSON, car).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        assert_eq!(
            created.header("location"),
            Some("https://cars.example/api/cars/3/")
        );
        let long = format!(r#"{{"make": "{}"}}"#, "x".repeat(200));
        let refused = ask(address, "PATCH /api/cars/3/", JSON, &long).await;
        assert_eq!(
            (refused.status, refused.json()["code"].clone()),
            (413, json!("body_too_large"))
        );
        let by_proxy =
            b"GET /api/cars/ HTTP/1.1\r\nHost: cars.example\r\nConnection: close\r\n\r\n";
        assert_eq!(send(address, by_proxy).await.json()["count"], 3, "{kind}");
        program.signal("INT");
        program.ends_within(PATIENCE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_id_of_its_request() {
    let (_folder, path) = file().await;
    let (_program, address) = started(&path, &[]);
    for (path, status) in [
        ("/api/cars/", 200),
        ("/", 307),
        ("/nothing", 404),
        ("/apis", 404),
        ("/api/nothing/", 404),
    ] {
        let own = ask(
            address,
            &format!("GET {path}"),
            "x-request-id: 7f3-own\r\n",
            "",
        )
        .await;
        assert_eq!(
            (own.status, own.header("x-request-id")),
            (status, Some("7f3-own")),
            "{path}"
        );
        let new = ask(address, &format!("GET {path}"), "", "").await;
        assert_eq!(new.header("x-request-id").map(str::len), Some(36), "{path}");
    }
    assert_eq!(
        ask(address, "GET /nothing", "", "").await.json()["code"],
        "no_route"
    );
    assert_eq!(
        ask(address, "GET /api", "", "").await.json()["cars"],
        "http://localhost/api/cars/"
    );
    assert_eq!(
        ask(address, "GET /api?format=json", "", "").await.status,
        200
    );
    assert_eq!(
        ask(address, "OPTIONS /api/cars/", "", "").await.json()["columns"][0]["name"],
        "id"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_origins_that_are_named_may_read_an_answer() {
    let (_folder, path) = file().await;
    let app = "Origin: https://app.example\r\n";
    let (_program, address) = started(&path, &[]);
    let answer = ask(address, "GET /api/cars/", app, "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let options = [
        "--cors",
        "https://app.example",
        "--cors",
        "http://localhost:3000",
        "--writable",
    ];
    let (_program, address) = started(&path, &options);
    let allowed = |answer: &Answer| {
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    let named = Some("https://app.example".to_owned());
    let preflight = format!(
        "{app}Access-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: content-type,if-match\r\n"
    );
    let answer = ask(address, "OPTIONS /api/cars/1/", &preflight, "").await;
    assert_eq!((answer.status, allowed(&answer)), (200, named.clone()));
    assert_eq!(answer.header("access-control-allow-methods"), Some("PATCH"));
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some("content-type,if-match")
    );
    let written = ask(
        address,
        "PATCH /api/cars/1/",
        &format!("{app}{JSON}"),
        r#"{"make": "Opel"}"#,
    )
    .await;
    assert_eq!(
        (written.status, allowed(&written)),
        (200, named.clone()),
        "{}",
        written.body
    );
    // A description is no preflight, and a refusal can be read, too.
    let described = ask(address, "OPTIONS /api/cars/", app, "").await;
    assert_eq!(allowed(&described), named);
    assert!(described.json()["columns"].is_array());
    let refused = ask(address, "GET /api/cars/?mke=1", app, "").await;
    assert_eq!((refused.status, allowed(&refused)), (400, named));
    let other = ask(
        address,
        "GET /api/cars/",
        "Origin: https://evil.example\r\n",
        "",
    )
    .await;
    assert_eq!(allowed(&other), None);
    let (_program, address) = started(&path, &["--cors", "*"]);
    let answer = ask(
        address,
        "GET /api/cars/",
        "Origin: https://evil.example\r\n",
        "",
    )
    .await;
    assert_eq!(allowed(&answer).as_deref(), Some("*"));
    let both = [
        "serve",
        &path,
        "--cors",
        "*",
        "--writable",
        "--addr",
        "127.0.0.1:0",
    ];
    check(&both, 1, &["name the origins that may"]);
    check(
        &["serve", &path, "--cors", "app.example"],
        2,
        &["write a scheme and a host"],
    );
}

/// The head and the body of an answer, as bytes.
fn raw(address: SocketAddr, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let end = bytes
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head of text");
    (head, bytes.split_off(end + 4))
}

/// Decompresses by the system's `gzip`.
fn unzipped(bytes: &[u8]) -> String {
    let mut gzip = Command::new("gzip");
    gzip.arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = gzip.spawn().expect("gzip");
    let mut input = child.stdin.take().expect("its input");
    let bytes = bytes.to_vec();
    // A thread writes, since what `gzip` says may be more than a pipe holds.
    let writing = std::thread::spawn(move || input.write_all(&bytes).expect("written"));
    let output = child.wait_with_output().expect("its output");
    writing.join().expect("a thread");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_for_clients_that_accept_it() {
    let (_folder, path) = file().await;
    let (_program, address) = started(&path, &["--writable"]);
    // HTTP/1.0 has no chunks.
    let request = |method: &str, path: &str| {
        format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
    };
    let plain = ask(address, "GET /api/cars/1/", "", "").await;
    let strong = plain.header("etag").expect("a tag").to_owned();
    let (head, body) = raw(address, &request("GET", "/api/cars/1/"));
    assert!(head.contains("content-encoding: gzip"), "{head}");
    assert!(head.to_lowercase().contains("vary: accept"), "{head}");
    assert!(head.contains(&format!("etag: W/{strong}")), "{head}");
    assert_eq!(unzipped(&body), plain.body);
    let (head, body) = raw(address, &request("HEAD", "/api/cars/1/"));
    assert!(
        head.contains("content-encoding: gzip") && body.is_empty(),
        "{head}"
    );
    assert!(!head.contains("content-length"), "{head}");
    // The tag of the compressed answer guards a write, and finds the copy unchanged.
    let guarded = format!("{JSON}If-Match: W/{strong}\r\n");
    let read = ask(
        address,
        "GET /api/cars/1/",
        &format!("If-None-Match: W/{strong}\r\n"),
        "",
    )
    .await;
    assert_eq!(read.status, 304);
    let written = ask(
        address,
        "PATCH /api/cars/1/",
        &guarded,
        r#"{"make": "Opel"}"#,
    )
    .await;
    assert_eq!(written.status, 200, "{}", written.body);
    let again = ask(
        address,
        "PATCH /api/cars/1/",
        &guarded,
        r#"{"make": "Audi"}"#,
    )
    .await;
    assert_eq!(again.status, 412, "{}", again.body);
}

/// How many kilobytes of memory a process has.
#[cfg(target_os = "linux")]
fn memory_of(program: &Program) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()));
    let status = status.expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a number")
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_export_is_streamed() {
    let (_folder, path) = file().await;
    let db = Database::open_file(&path).await.expect("a file");
    let rows = "CREATE TABLE notes (id integer primary key, text text); \
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) \
        INSERT INTO notes SELECT i, hex(randomblob(500)) FROM n";
    db.execute_script(rows).await.expect("rows");
    let (program, address) = started(&path, &["--export", "--exclude", "owners"]);
    let warm = "GET /api/notes/ HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";
    raw(address, warm);
    let before = memory_of(&program);
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = "GET /api/notes/?page=all&format=ndjson HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut first = [0; 65_536];
    stream.read_exact(&mut first).expect("the first bytes");
    let head = String::from_utf8_lossy(&first);
    assert!(head.contains("content-encoding: gzip"), "{head}");
    // It is not read on, so that whatever the server reads ahead it must hold.
    std::thread::sleep(Duration::from_secs(2));
    let held = memory_of(&program).saturating_sub(before);
    assert!(
        held < 40_000,
        "{held} kB are held of an export of 120,000 kB"
    );
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the rest");
    let whole = [&first[..], &rest].concat();
    let start = whole
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .expect("a head")
        + 4;
    let text = tokio::task::block_in_place(|| unzipped(&whole[start..]));
    assert_eq!(text.lines().count(), 40_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_answered() {
    let (_folder, path) = file().await;
    let (_program, address) = started(&path, &["--writable", "--timeout", "1"]);
    // Its body never comes.
    let request = "POST /api/cars/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{";
    let answer = tokio::time::timeout(PATIENCE, send(address, request.as_bytes())).await;
    let answer = answer.expect("an answer");
    assert_eq!(
        (answer.status, answer.json()["code"].clone()),
        (503, json!("timeout"))
    );
}
