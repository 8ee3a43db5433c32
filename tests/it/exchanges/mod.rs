//! Exchanges over HTTP: each a request, sent byte for byte over a socket, and what its answer must be.
//!
//! The files in `exchanges/` hold them. A line says what it is by how it begins:
//!
//! | line | is |
//! |---|---|
//! | `@ name` | the API the exchanges that follow are with (see `fixture.rs`, and `garage/mod.rs` for `garage…`) |
//! | `# words` | the fact an exchange shows; it begins the exchange |
//! | `GET /path` | its request; ` HTTP/1.0` after the path for that version |
//! | `Name: value` | a header; `Host: test` is sent unless the exchange has one, or says `-Host` |
//! | `> …` | the body, on one line, with its `Content-Length`; JSON unless there is a `Content-Type` or `-Content-Type` |
//! | `= 200`, `= 400 code` | the status, and the code of the problem document |
//! | `count 3`, `page 1`, `pages 2`, `page_size 5`, `next …`, `previous …` | the member of a list, as JSON without quotes |
//! | `ndjson` | the answer is NDJSON, whose lines are its rows |
//! | `csv` | the answer is CSV |
//! | `line 2 …` | a line of CSV, the first of which has the names; a quoted line break ends a line, too |
//! | `html` | the answer is a web page, an error too, and private |
//! | `streamed` | the answer has no length; it is NDJSON, or CSV |
//! | `lines 3` | how many lines the body has, each ended |
//! | `ids 1 2 3` | the first column of every row of a list, in order |
//! | `hrefs /cars/1/ …` | the path of every row's link, in order |
//! | `column name a b …` | the member of that name in every row of a list, in order |
//! | `json /pointer value` | a value of the body, by its JSON pointer (RFC 6901) |
//! | `length /pointer 3`, `no /pointer` | the length of an array of the body; that there is nothing there |
//! | `body …` | the body, byte for byte |
//! | `faults name:code …` | the parameter or pointer, and the code, of every fault, in order |
//! | `contains …`, `lacks …` | a text that the body has, or has not |
//! | `header name: value`, `no-header name` | a header of the response |
//! | `private` | `Cache-Control: private, no-cache` instead of `no-cache` |
//! | `statements 3` | how many SQL statements it took |
//! | `differs reason` | that databases answer differently, for a reason of the table in `docs/guide/databases.md` |
//! | `sqlite: …`, `postgres: …`, `mysql: …` | an expectation of one database, where they differ |
//!
//! Those that write are in `exchanges/writes/`, with tables of their own.

mod writes;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    net::SocketAddr,
};

use serde_json::Value;
use tower_rest::{
    Api, Code,
    testing::{Asking, Client},
};

use crate::{
    databases::Kind,
    fixture::{self, Style},
    garage,
    openapi::Contract,
    server::{self, Answer},
};

/// Where the files are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/exchanges");

/// One exchange of a file.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) api: String,
    pub(crate) fact: String,
    pub(crate) request: Vec<u8>,
    expectations: Vec<String>,
    line: usize,
}

/// Every exchange of every file, with the file's name.
pub(crate) fn all() -> Vec<(String, Exchange)> {
    let folder = std::fs::read_dir(FOLDER).expect("the folder of exchanges");
    let files = folder.map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    let mut exchanges = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of exchanges");
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        exchanges.extend(
            parse(&text)
                .into_iter()
                .map(|exchange| (name.clone(), exchange)),
        );
    }
    exchanges
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exchange_is_answered_as_written() {
    for kind in Kind::reachable().await {
        every_exchange(kind, Style::Classical).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_models_answer_every_exchange_as_classical_ones_do() {
    every_exchange(Kind::Sqlite, Style::Declared).await;
}

/// Where databases differ is one list, for people, and each of its lines is shown by an exchange.
#[test]
fn databases_differ_for_a_listed_reason_only() {
    let guide = include_str!("../../../docs/guide/databases.md");
    let (_, list) = guide
        .split_once("\n## Where databases differ\n")
        .expect("the list");
    let rows = list.lines().skip_while(|line| !line.starts_with("|-"));
    let listed: BTreeSet<_> = rows
        .skip(1)
        .map_while(|line| line.strip_prefix("| ")?.split(" |").next())
        .map(str::to_owned)
        .collect();
    assert!(listed.len() > 3, "{listed:?}");
    let mut shown = BTreeSet::new();
    for (file, exchange) in all() {
        let place = format!("{file}:{}", exchange.line);
        let lines = || exchange.expectations.iter();
        let reasons: Vec<_> = lines()
            .filter_map(|line| line.strip_prefix("differs "))
            .collect();
        let differs =
            Kind::ALL.map(|kind| lines().any(|line| of(kind, line).is_some_and(|own| own != line)));
        assert_eq!(!reasons.is_empty(), differs.contains(&true), "{place}");
        for reason in reasons {
            assert!(
                listed.contains(reason),
                "{place}: {reason} is not in {listed:?}"
            );
            shown.insert(reason.to_owned());
        }
    }
    assert_eq!(shown, listed, "those no exchange shows");
}

/// What an expectation is for a kind of database; nothing where it is another's.
fn of(kind: Kind, line: &str) -> Option<&str> {
    let whose = |other: &Kind| {
        line.strip_prefix(other.name())?
            .strip_prefix(": ")
            .map(|own| (*other, own))
    };
    match Kind::ALL.iter().find_map(whose) {
        Some((other, own)) => (other == kind).then_some(own),
        None => Some(line),
    }
}

async fn every_exchange(kind: Kind, style: Style) {
    let db = fixture::database_on(kind, style).await;
    let garage = garage::database_on(kind).await;
    let mut servers: BTreeMap<String, (SocketAddr, Api, Contract)> = BTreeMap::new();
    let (mut failures, mut count, mut codes) = (String::new(), 0, BTreeSet::new());
    for (file, mut exchange) in all() {
        let own = exchange
            .expectations
            .iter()
            .filter_map(|line| of(kind, line));
        exchange.expectations = own.map(str::to_owned).collect();
        let name = &exchange.api;
        if !servers.contains_key(name) {
            let api = if name.starts_with("garage") {
                garage::api(name, &garage.db)
            } else {
                fixture::api_of(style, name, &db.db)
            };
            let address = server::serve(api.clone()).await;
            let contract = Contract::of(address).await;
            servers.insert(name.clone(), (address, api, contract));
        }
        let (address, api, contract) = &servers[name];
        let answer = server::send(*address, &exchange.request).await;
        count += 1;
        codes.extend(problem_code(&answer));
        let mut found = failures_of(&exchange, &answer);
        let breaches = contract.breaches(&exchange.request, &answer).into_iter();
        // The column is a text in the database, which holds it to no members, and some rows have others.
        let is_known = |breach: &String| breach.ends_with("/colour");
        found.extend(breaches.filter(|breach| !is_known(breach)));
        found.extend(without_a_socket(&exchange, api, &answer).await);
        for failure in found {
            writeln!(
                failures,
                "{file}:{}: {}: {failure}\n    {}",
                exchange.line, exchange.fact, answer.body
            )
            .expect("a line written");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count >= 250, "{count} exchanges are too few");
    let listed: BTreeSet<_> = Code::ALL
        .iter()
        .map(|code| code.name().to_owned())
        .collect();
    // Failures of the server, requests with a body (`actions/`, `writes/`), and what closures ask of a request
    // (`scope.rs`).
    let elsewhere: BTreeSet<_> = [
        "constraint",
        "foreign_key",
        "idempotency_in_progress",
        "idempotency_mismatch",
        "null",
        "outcome_unknown",
        "outside_scope",
        "precondition_failed",
        "precondition_required",
        "read_only",
        "required",
        "retries_exhausted",
        "unique",
        "internal",
        "unavailable",
        "busy",
        "timeout",
        "malformed_body",
        "missing_header",
        "cross_site",
        "body_too_large",
        "unsupported_media_type",
    ]
    .map(str::to_owned)
    .into();
    let missing: Vec<_> = listed
        .difference(&codes)
        .filter(|code| !elsewhere.contains(*code))
        .collect();
    assert!(missing.is_empty(), "no exchange answers {missing:?}");
    assert!(
        codes.is_subset(&listed),
        "{codes:?} are not all of the list"
    );
}

/// How an answer without a socket differs from the one with it, and its statements from those an exchange expects.
///
/// Requests that only a socket can send, for they are no text or no URI, are asked over it alone.
async fn without_a_socket(exchange: &Exchange, api: &Api, answer: &Answer) -> Vec<String> {
    let Some(asked) = asked(&exchange.request, api) else {
        return Vec::new();
    };
    let same_answer = asked.await;
    let mut failures = vec![
        same(
            "status without a socket",
            &same_answer.status().to_string(),
            &answer.status.to_string(),
        ),
        same("body without a socket", &same_answer.text(), &answer.body),
    ];
    let mut lines = exchange.expectations.iter();
    if let Some(expected) = lines.find_map(|line| line.strip_prefix("statements ")) {
        failures.push(same(
            "statements",
            &same_answer.statements().to_string(),
            expected,
        ));
    }
    failures.into_iter().filter_map(Result::err).collect()
}

/// The request as one of the client without sockets; what HTTP/1.1 has and a request has not is left out.
fn asked(request: &[u8], api: &Api) -> Option<Asking<Api>> {
    let text = std::str::from_utf8(request).ok()?;
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.parse().ok()?, first.next()?);
    path.parse::<http::Uri>().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let mut headers: Vec<_> = headers.map(|(name, value)| (name, value.trim())).collect();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("connection"));
    let names: BTreeSet<_> = headers
        .iter()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    // A client sets a header once, and its own host if there is none.
    if !path.starts_with('/') || !names.contains("host") || names.len() != headers.len() {
        return None;
    }
    let asking = Client::new(api.clone()).ask(method, path);
    let headers = headers.into_iter();
    Some(headers.fold(asking, |asking, (name, value)| asking.header(name, value)))
}

fn parse(text: &str) -> Vec<Exchange> {
    let (mut exchanges, mut api) = (Vec::<Exchange>::new(), "main".to_owned());
    let mut head = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(name) = line.strip_prefix("@ ") {
            name.clone_into(&mut api);
        } else if let Some(fact) = line.strip_prefix("# ") {
            exchanges.push(Exchange {
                api: api.clone(),
                fact: fact.to_owned(),
                line: number,
                ..Exchange::default()
            });
            head.clear();
        } else if !line.trim().is_empty() {
            let exchange = exchanges
                .last_mut()
                .unwrap_or_else(|| panic!("line {number} belongs to no exchange"));
            let begins = line.starts_with("= ") || line.starts_with("differs ");
            if exchange.expectations.is_empty() && !begins {
                head.push_str(line);
                head.push('\n');
            } else {
                if exchange.expectations.is_empty() {
                    exchange.request = request(&head);
                }
                exchange.expectations.push(line.to_owned());
            }
        }
    }
    for exchange in &exchanges {
        assert!(
            !exchange.expectations.is_empty(),
            "line {}: nothing is expected",
            exchange.line
        );
    }
    exchanges
}

/// The bytes of a request, from its lines; `\xNN` in the first line is that byte.
fn request(lines: &str) -> Vec<u8> {
    let (first, headers) = lines.split_once('\n').expect("a request line");
    let first = match first.strip_suffix(" HTTP/1.0") {
        Some(first) => format!("{first} HTTP/1.0"),
        None => format!("{first} HTTP/1.1"),
    };
    let mut bytes = unescaped(&first);
    let mut text = "\r\nConnection: close\r\n".to_owned();
    let (body, headers): (Vec<_>, Vec<_>) =
        headers.lines().partition(|line| line.starts_with("> "));
    let has = |name: &str| {
        let mut headers = headers.iter().map(|line| line.to_lowercase());
        headers.any(|line| line == format!("-{name}") || line.starts_with(&format!("{name}:")))
    };
    if !has("host") {
        text.push_str("Host: test\r\n");
    }
    let body = body.first().map(|line| unescaped(&line[2..]));
    if let Some(body) = &body {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        if !has("content-type") {
            text.push_str("Content-Type: application/json\r\n");
        }
    }
    for header in headers.iter().filter(|line| !line.starts_with('-')) {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend(body.unwrap_or_default());
    bytes
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut pieces = text.split("\\x");
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (byte, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(byte, 16).expect("two hexadecimal digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

fn problem_code(answer: &Answer) -> Option<String> {
    let is_problem = answer.header("content-type") == Some("application/problem+json");
    let document: Value = serde_json::from_str(&answer.body)
        .ok()
        .filter(|_| is_problem)?;
    Some(document.get("code")?.as_str()?.to_owned())
}

/// Everything about an answer that is not as expected.
fn failures_of(exchange: &Exchange, answer: &Answer) -> Vec<String> {
    let caching = if answer.status >= 400 {
        "no-store"
    } else if exchange
        .expectations
        .iter()
        .any(|line| line == "private" || line == "html")
    {
        "private, no-cache"
    } else {
        "no-cache"
    };
    let found = answer.header("cache-control").unwrap_or("(none)");
    let caching = same("cache-control", found, caching).err();
    let each = exchange.expectations.iter();
    each.filter_map(|expectation| check(expectation, answer, exchange).err())
        .chain(caching)
        .collect()
}

fn check(expectation: &str, answer: &Answer, exchange: &Exchange) -> Result<(), String> {
    let (kind, rest) = expectation.split_once(' ').unwrap_or((expectation, ""));
    let document = || {
        serde_json::from_str::<Value>(&answer.body).map_err(|error| format!("not JSON: {error}"))
    };
    match kind {
        "=" => check_status(rest, answer, exchange),
        "count" | "page" | "pages" | "page_size" | "next" | "previous" => {
            let document = document()?;
            let member = document
                .get(kind)
                .ok_or_else(|| format!("no member {kind}"))?;
            same(kind, &plain(member), rest)
        }
        "ids" => same(kind, &of_rows(answer, first_column)?, rest),
        "hrefs" => same(kind, &of_rows(answer, path_of_href)?, rest),
        "column" => {
            let (name, expected) = rest
                .split_once(' ')
                .ok_or("column takes a name and values")?;
            let of = |row: &Value| row.get(name).map_or_else(|| "(none)".to_owned(), plain);
            same(name, &of_rows(answer, of)?, expected)
        }
        "json" => {
            let (pointer, expected) = rest
                .split_once(' ')
                .ok_or("json takes a pointer and a value")?;
            same(pointer, &at(&document()?, pointer)?.to_string(), expected)
        }
        "length" => {
            let (pointer, expected) = rest
                .split_once(' ')
                .ok_or("length takes a pointer and a number")?;
            let document = document()?;
            let array = at(&document, pointer)?.as_array().ok_or("no array")?;
            same(pointer, &array.len().to_string(), expected)
        }
        "no" => match document()?.pointer(rest) {
            Some(found) => Err(format!("{rest} is {found}")),
            None => Ok(()),
        },
        // Looked at with the whole exchange.
        "private" | "statements" | "differs" | "csv" | "ndjson" | "html" | "streamed" => Ok(()),
        "line" => {
            let (nth, expected) = rest
                .split_once(' ')
                .ok_or("line takes a number and a text")?;
            let nth: usize = nth.parse().map_err(|_| "line takes a number")?;
            let found = answer.body.split("\r\n").nth(nth - 1);
            same(kind, found.unwrap_or("(none)"), expected)
        }
        "lines" => {
            let lines = answer.body.split_terminator('\n').count();
            if !answer.body.is_empty() && !answer.body.ends_with('\n') {
                return Err("the last line has no end".to_owned());
            }
            same(kind, &lines.to_string(), rest)
        }
        "body" => same(kind, &answer.body, rest),
        "faults" => same(kind, &faults(&document()?), rest),
        "contains" => answer
            .body
            .contains(rest)
            .then_some(())
            .ok_or_else(|| format!("lacks {rest}")),
        "lacks" => (!answer.body.contains(rest))
            .then_some(())
            .ok_or_else(|| format!("contains {rest}")),
        "header" => {
            let (name, value) = rest
                .split_once(": ")
                .ok_or("header takes a name and a value")?;
            same(name, answer.header(name).unwrap_or("(none)"), value)
        }
        "no-header" => same(rest, answer.header(rest).unwrap_or("(none)"), "(none)"),
        other => Err(format!("`{other}` is no expectation")),
    }
}

fn at<'a>(document: &'a Value, pointer: &str) -> Result<&'a Value, String> {
    document
        .pointer(pointer)
        .ok_or_else(|| format!("nothing at {pointer}"))
}

fn check_status(expected: &str, answer: &Answer, exchange: &Exchange) -> Result<(), String> {
    let is = |name: &str| exchange.expectations.iter().any(|line| line == name);
    let is_streamed = is("streamed");
    if answer.status == 204 {
        same("status", &answer.status.to_string(), expected)?;
        return same("body of a 204", &answer.body, "");
    }
    let code = problem_code(answer)
        .map(|code| format!(" {code}"))
        .unwrap_or_default();
    same("status", &format!("{}{code}", answer.status), expected)?;
    let media_type = match answer.status {
        _ if is("html") => "text/html; charset=utf-8",
        400.. => "application/problem+json",
        _ if is("csv") => "text/csv; charset=utf-8; header=present",
        _ if is_streamed || is("ndjson") => "application/x-ndjson",
        _ => "application/json",
    };
    let length = answer.header("content-length").unwrap_or("(none)");
    same(
        "content-type",
        answer.header("content-type").unwrap_or("(none)"),
        media_type,
    )?;
    same("vary", answer.header("vary").unwrap_or("(none)"), "Accept")?;
    same(
        "nosniff",
        answer.header("x-content-type-options").unwrap_or("(none)"),
        "nosniff",
    )?;
    if exchange.request.starts_with(b"HEAD ") {
        return same("body of HEAD", &answer.body, "");
    }
    if is_streamed {
        return same("content-length", length, "(none)");
    }
    same("content-length", length, &answer.body.len().to_string())
}

fn same(what: &str, found: &str, expected: &str) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what} is\n      {found}\n    and not\n      {expected}"
    ))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn of_rows(answer: &Answer, of: impl Fn(&Value) -> String) -> Result<String, String> {
    let read = |text: &str| serde_json::from_str::<Value>(text);
    let rows = if answer.header("content-type") == Some("application/x-ndjson") {
        answer.body.lines().map(read).collect()
    } else {
        let document = read(&answer.body);
        document.map(|document| document["results"].as_array().cloned().unwrap_or_default())
    };
    let rows: Vec<Value> = rows.map_err(|error| format!("not JSON: {error}"))?;
    Ok(rows.iter().map(of).collect::<Vec<_>>().join(" "))
}

/// The member after `href`, the key of every table here.
fn first_column(row: &Value) -> String {
    let columns = [
        "car_id", "owner_id", "id", "name", "uid", "raw", "day", "amount", "group",
    ];
    let key = columns.iter().find_map(|column| row.get(column));
    key.map_or_else(|| "(none)".to_owned(), plain)
}

fn path_of_href(row: &Value) -> String {
    let href = row.get("href").map_or_else(|| "(none)".to_owned(), plain);
    href.strip_prefix("http://test").unwrap_or(&href).to_owned()
}

fn faults(document: &Value) -> String {
    let faults = document
        .get("errors")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let one = |fault: &Value| {
        let text = |name| fault.get(name).map(plain);
        let at = text("parameter").or_else(|| text("pointer"));
        format!(
            "{}:{}",
            at.unwrap_or_default(),
            text("code").unwrap_or_default()
        )
    };
    faults.iter().map(one).collect::<Vec<_>>().join(" ")
}
