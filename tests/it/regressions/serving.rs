//! The server of the examples: hosts, options, first contact, and how it stops.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use serde_json::json;
use tower_rest::Database;

use crate::{
    examples::{cars, options, program, served},
    server::{ask, ask_with, get, serve_any},
};

async fn file(folder: &Path) -> String {
    let path = folder.join("cars.db");
    let db = Database::open_file(&path).await.expect("a file");
    cars::fill(&db).await.expect("tables and rows");
    path.display().to_string()
}

/// The program `tower-rest serve`, as `cargo test` has built it.
pub(crate) fn serve() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tower-rest"));
    command.arg("serve");
    command
}

/// A program of the examples, as `cargo test` has built it.
fn example(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let folder = own
        .parent()
        .and_then(Path::parent)
        .expect("a target folder");
    folder.join("examples").join(name)
}

/// How long a program may take to say or do what it must, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a program that stops waits for requests.
const DRAINED: Duration = Duration::from_secs(5);

/// A program that runs, and what it writes. It is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = mpsc::channel();
        // It goes on reading, so that the program is never kept from writing.
        std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            lines.for_each(|line| drop(send.send(line)));
        });
        Self { child, lines }
    }

    /// What it writes, up to the line that is looked for.
    pub(crate) fn says(&self, mut is_last: impl FnMut(&str) -> bool) -> String {
        let (since, mut said) = (Instant::now(), String::new());
        loop {
            let left = PATIENCE.saturating_sub(since.elapsed());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|error| panic!("{error} after: {said}"));
            said += &line;
            said.push('\n');
            if is_last(&line) {
                return said;
            }
        }
    }

    /// The address it listens at.
    pub(crate) fn address(&self) -> String {
        let said = self.says(|line| line.contains("http://"));
        let (_, rest) = said.rsplit_once("http://").expect("an address");
        rest.split('/')
            .next()
            .expect("an address")
            .trim()
            .to_owned()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// Whether it has ended, as it should.
    fn has_ended(&mut self) -> bool {
        let status = self.child.try_wait().expect("a status");
        assert!(status.is_none_or(|status| status.success()), "{status:?}");
        status.is_some()
    }

    pub(crate) fn ends_within(mut self, limit: Duration) {
        let since = Instant::now();
        while !self.has_ended() {
            assert!(since.elapsed() < limit, "it goes on after {limit:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// It ends sooner than requests are waited for. Two signals may reach a program that is not run meanwhile as one.
    fn ends_by_signals(mut self) {
        let since = Instant::now();
        while !self.has_ended() {
            assert!(since.elapsed() < DRAINED, "it waits for the request");
            self.signal("INT");
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended can be neither.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection whose reads and writes end.
fn connected(address: impl ToSocketAddrs) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("a deadline");
    stream
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn r310_a_half_sent_request_keeps_no_server_from_stopping() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path()).await;
    let serve = || {
        let mut command = serve();
        command.args([&path, "--addr", "127.0.0.1:0"]);
        Program::start(command)
    };
    let cars = || {
        let mut command = Command::new(example("cars"));
        command.env("ADDR", "127.0.0.1:0");
        Program::start(command)
    };
    let half = |program: &Program| {
        let mut stream = connected(program.address());
        stream
            .write_all(b"GET /api/ HTTP/1.1\r\nHost: local")
            .expect("sent");
        stream
    };
    for program in [serve(), cars()] {
        let stream = half(&program);
        std::thread::sleep(Duration::from_millis(200));
        program.signal("TERM");
        program.ends_within(PATIENCE);
        drop(stream);
    }
    // A second signal does not wait for anything.
    for program in [serve(), cars()] {
        let stream = half(&program);
        std::thread::sleep(Duration::from_millis(200));
        program.ends_by_signals();
        drop(stream);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r311_a_request_by_another_host_is_refused_whatever_it_asks_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path()).await;
    let arguments = [
        &*path,
        "--allowed-host",
        "cars.example",
        "--allowed-host",
        "other.example:81",
    ];
    let options = options(&arguments).expect("options");
    let db = Database::connect_for_reading(&format!("sqlite:{path}")).await;
    let db = db.expect("a database");
    let schema = program::configure::find_in(&db, &options.api).await;
    let front = program::serve::front(schema.expect("a schema"), db, &options);
    let address = serve_any(program::stack::around(front.expect("an API"), None)).await;
    let status = |host: &str, path: &str| {
        let mut stream = connected(address);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        (answer.get(9..12).expect("a status").to_owned(), answer)
    };
    let status =
        |host: &'static str, path: &'static str| tokio::task::block_in_place(|| status(host, path));
    for host in [
        "localhost",
        "localhost:8000",
        "127.0.0.1:8000",
        "[::1]:8000",
        "LOCALHOST",
        "cars.example",
        "cars.example:8000",
        "other.example:81",
    ] {
        assert_eq!(status(host, "/api/cars/1/").0, "200", "{host}");
    }
    for path in ["/live", "/ready"] {
        let (status, answer) = status("10.0.0.7:8000", path);
        assert_eq!(status, "200", "{path}");
        assert!(
            answer.ends_with(&format!("{{\"status\":\"{}\"}}", &path[1..])),
            "{answer}"
        );
    }
    for host in [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "other.example",
        "127.0.0.1.nip.io",
        "",
        "user@localhost",
    ] {
        for path in ["/", "/api/", "/api/cars/1/", "/nothing"] {
            let (code, answer) = status(host, path);
            assert_eq!(code, "400", "{host} {path}");
            assert!(answer.contains("host_not_allowed"), "{answer}");
        }
    }
    let (code, answer) = status("localhost", "/");
    assert_eq!(code, "307");
    assert!(answer.contains("location: /api/\r\n"), "{answer}");
}

#[tokio::test]
async fn r312_the_options_of_serve_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.db");
    let db = Database::open_file(&path).await.expect("a file");
    db.execute_script(
        "CREATE TABLE users (id integer primary key, name text, api_key text, city text, raw blob); \
         CREATE TABLE posts (id integer primary key, author integer, age integer, title text); \
         INSERT INTO users VALUES (7, 'Ann', 'k3y', 'Rome', x'61'), (8, 'Bob', 'k4y', 'Oslo', x'62'); \
         INSERT INTO posts VALUES (1, 7, 5, 'first words'), (2, 8, 'old', 'second words')",
    )
    .await
    .expect("tables");
    let path = path.display().to_string();
    let api = served(&[
        &path,
        "--relate",
        "posts.author=users.id",
        "--show",
        "users.api_key",
        "--hide",
        "users.c*",
        "--text",
        "users.raw",
        "--type",
        "posts.age=integer",
        "--search",
        "posts.*",
        "--max-page-size",
        "1",
        "--page-size",
        "1",
        "--count",
        "none",
        "--export",
        "--limit",
        "filters=1",
    ])
    .await
    .expect("an API");
    let user = ask(&api, "/users/7/").await.json();
    assert_eq!(
        user,
        json!({"href": "http://test/users/7/", "id": 7, "name": "Ann", "api_key": "k3y", "raw": "a", "posts": ["http://test/posts/1/"]})
    );
    let list = ask(&api, "/posts/?search=second").await.json();
    assert_eq!(list["results"][0]["id"], 2);
    assert_eq!(
        (&list["count"], &list["results"][0]["age"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(ask(&api, "/posts/?page_size=2").await.status, 400);
    assert_eq!(
        ask(&api, "/posts/?id=1&author=7").await.json()["code"],
        "limit_exceeded"
    );
    let export = ask(&api, "/posts/?page=all&format=ndjson&fields=id").await;
    assert_eq!(export.body, "{\"id\":1}\n{\"id\":2}\n");
    for (arguments, expected) in [
        (vec!["--type", "posts.age=number"], "`number` is no type"),
        (
            vec!["--relate", "posts.author"],
            "write it as in `posts.author=users.id`",
        ),
        (vec!["--limit", "filtres=1"], "there is no limit `filtres`"),
        (
            vec!["--search", "posts.id"],
            "`--search posts.id` names no column of texts",
        ),
        (
            vec!["--show", "users.apikey"],
            "did you mean `users.api_key`",
        ),
    ] {
        let arguments: Vec<&str> = std::iter::once(&*path).chain(arguments).collect();
        let error = served(&arguments).await.expect_err("a refusal");
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r313_what_to_try_first_gives_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.db");
    let db = Database::open_file(&path).await.expect("a file");
    db.execute_script(
        "CREATE VIEW aaa AS SELECT 1 AS n WHERE 0; CREATE TABLE empty (id integer primary key); \
         CREATE TABLE owners (id integer primary key, name text); \
         CREATE TABLE cars (id integer primary key, make text, owner_id int REFERENCES owners); \
         INSERT INTO owners VALUES (1, 'Ann'); INSERT INTO cars VALUES (1, 'Saab', 1), (2, 'Fiat', 1)",
    )
    .await
    .expect("tables");
    let mut command = serve();
    command.args([&path.display().to_string(), "--addr", "127.0.0.1:0"]);
    let mut examples = 0;
    let said = Program::start(command).says(|line| {
        examples += line.matches("curl").count();
        examples >= 3
    });
    for path in [
        "cars/?page=last'",
        "cars/?make=Saab'",
        "cars/?expand=owner&page_size=5'",
    ] {
        assert!(said.contains(path), "{said}");
    }
}

#[tokio::test]
async fn r314_who_accepts_only_a_page_gets_json_and_the_root_leads_to_the_api() {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("rows");
    let app = cars::app(&db).expect("an application");
    let address = serve_any(app).await;
    let root = get(address, "/").await;
    assert_eq!(root.status, 307);
    let schema = tower_rest::Schema::reflect(&db).await.expect("a schema");
    let api = tower_rest::Router::of(schema).without_html();
    let api = api.build().expect("an API");
    for (accept, status) in [
        ("text/html", 200),
        ("text/html;q=0.5", 200),
        ("TEXT/HTML, image/png", 200),
        ("text/html;q=0", 406),
        ("text/plain", 406),
        ("text/html, application/json;q=0", 200),
    ] {
        for path in ["/", "/cars/", "/cars/1/"] {
            let request = http::Request::get(format!("http://test{path}")).header("accept", accept);
            let request = request.body(String::new()).expect("a request");
            let answer = ask_with(&api, request).await;
            assert_eq!(answer.status, status, "{accept} {path}");
            if status == 200 {
                assert!(answer.json().is_object(), "{accept} {path}");
            }
        }
    }
}
