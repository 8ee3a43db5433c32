//! The exchanges of `values.txt`: each value of each type, by each way in which a body may bring it.
//!
//! A line is a column of `/things/`, the value as it is sent, and what it is shown as: `=` for the value as sent, or
//! the code with which it is refused. Below `form`, values are fields of forms.

use super::{Exchange, Placed};
use crate::exchanges::request;

/// The columns after the key, in order.
const COLUMNS: [&str; 16] = [
    "big", "whole", "small", "flag", "twice", "amount", "few", "words", "colour", "raw", "day",
    "hour", "local", "zoned", "uid", "doc",
];

/// The object of a thing, in which one column has a value and the text `words` another, unless it is that column.
fn object(id: u64, words: &str, column: &str, shown: &str) -> String {
    let mut text = format!(r#"{{"href":"http://test/things/{id}/","id":{id}"#);
    for name in COLUMNS {
        let value = match name {
            _ if name == column => shown,
            "words" => words,
            _ => "null",
        };
        text.push_str(&format!(r#","{name}":{value}"#));
    }
    text + "}"
}

pub(super) fn all() -> Vec<Placed> {
    let mut exchanges = Vec::new();
    let mut is_form = false;
    for line in include_str!("values.txt")
        .lines()
        .filter(|line| !line.is_empty())
    {
        if line == "form" {
            is_form = true;
            continue;
        }
        let mut parts = line.split(" | ");
        let column = parts.next().expect("a column");
        let (sent, shown) = (
            parts.next().expect("a value"),
            parts.next().expect("what is shown"),
        );
        let ways = match is_form {
            false => [
                (
                    "POST /things/",
                    format!(r#"{{"id": 9, "{column}": {sent}}}"#),
                ),
                ("PUT /things/1/", format!(r#"{{"{column}": {sent}}}"#)),
                ("PATCH /things/1/", format!(r#"{{"{column}": {sent}}}"#)),
            ],
            true => [
                ("POST /things/", format!("id=9&{column}={sent}")),
                ("PUT /things/1/", format!("{column}={sent}")),
                ("PATCH /things/1/", format!("{column}={sent}")),
            ],
        };
        for (first, body) in ways {
            let content = match is_form {
                true => "Content-Type: application/x-www-form-urlencoded\n",
                false => "",
            };
            exchanges.push((
                format!("{first} {column} {sent} form:{is_form}"),
                Exchange {
                    fact: format!("{column} takes {sent}, or not"),
                    request: request(&format!("{first}\n{content}> {body}\n")),
                    expectations: expectations(first, column, sent, shown),
                    ..Exchange::default()
                },
            ));
        }
    }
    exchanges
}

fn expectations(first: &str, column: &str, sent: &str, shown: &str) -> Vec<String> {
    let is_code = shown.starts_with(|first: char| first.is_ascii_lowercase())
        && !["true", "false", "null"].contains(&shown);
    if is_code {
        let mut refused = vec![format!("= 400 {shown}")];
        // A body that is not read has no members to point at.
        if shown != "malformed_body" {
            refused.push(format!("faults /{column}:{shown}"));
        }
        return refused;
    }
    let shown = if shown == "=" { sent } else { shown };
    match first.split(' ').next() {
        Some("POST") => vec![
            "= 201".to_owned(),
            "header location: http://test/things/9/".to_owned(),
            format!("body {}", object(9, "null", column, shown)),
        ],
        // The other columns get their defaults.
        Some("PUT") => vec![
            "= 200".to_owned(),
            format!("body {}", object(1, "null", column, shown)),
        ],
        // The other columns stay.
        _ => vec![
            "= 200".to_owned(),
            format!("body {}", object(1, "\"kept\"", column, shown)),
        ],
    }
}
