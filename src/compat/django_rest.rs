//! Problems as Django REST framework's errors.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The members of the API's problem documents (RFC 9457) that the client is told of.
#[derive(Debug, Deserialize)]
struct SentProblem {
    detail: String,
    #[serde(default)]
    errors: Vec<SentFault>,
}

#[derive(Debug, Deserialize)]
struct SentFault {
    parameter: Option<String>,
    pointer: Option<String>,
    detail: String,
}

/// Returns the error of a problem document; `None` if it is none of the API's.
pub(super) fn error(document: &[u8]) -> Option<String> {
    let problem: SentProblem = serde_json::from_slice(document).ok()?;
    let mut members = Map::new();
    for fault in problem.errors {
        let steps: Vec<String> = match (fault.parameter, fault.pointer) {
            (Some(name), _) => vec![name],
            (None, Some(pointer)) => pointer.split('/').skip(1).map(unescaped).collect(),
            (None, None) => Vec::new(),
        };
        add(&mut members, &steps, fault.detail);
    }
    if members.is_empty() {
        members.insert("detail".to_owned(), Value::String(problem.detail));
    }
    Some(Value::Object(members).to_string())
}

/// Returns a step of a JSON pointer as it is without its escapes: RFC 6901.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Adds a fault at the end of a way through members; one of the whole is among those of no field.
fn add(members: &mut Map<String, Value>, steps: &[String], detail: String) {
    let (first, rest) = match steps.split_first() {
        Some((first, rest)) => (first.as_str(), rest),
        None => ("non_field_errors", steps),
    };
    let new = match rest.is_empty() {
        true => Value::Array(Vec::new()),
        false => Value::Object(Map::new()),
    };
    match members.entry(first).or_insert(new) {
        Value::Object(inner) => add(inner, rest, detail),
        Value::Array(details) => details.push(Value::String(detail)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn faults_are_by_their_members() {
    let problem = r#"{"detail":"all","errors":[
        {"pointer":"/year","detail":"a"},{"pointer":"/year","detail":"b"},{"parameter":"make","detail":"c"},
        {"pointer":"","detail":"d"},{"pointer":"/lines/0/a~1b","detail":"e"},{"pointer":"/lines","detail":"f"}]}"#;
    assert_eq!(
        error(problem.as_bytes()).expect("an error"),
        r#"{"lines":{"0":{"a/b":["e"]},"non_field_errors":["f"]},"make":["c"],"non_field_errors":["d"],"year":["a","b"]}"#
    );
    assert_eq!(
        error(br#"{"detail":"gone","code":"not_found"}"#).expect("an error"),
        r#"{"detail":"gone"}"#
    );
    assert_eq!(error(b"[]"), None);
}
