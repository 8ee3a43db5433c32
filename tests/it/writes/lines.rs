//! Requests and their outcomes as lines of text: a method, a path and a body, then ` -> `, a status and the faults.

use tower_rest::Api;

use super::outcome;
use crate::server::ask_with;

/// Sends the request of each line, and returns the lines that are answered otherwise. `POST@1` has the header
/// `x-tenant: 1`.
pub(super) async fn answered_otherwise(api: &Api, lines: &str) -> String {
    let mut otherwise = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (request, expected) = line.rsplit_once(" -> ").expect("an arrow");
        let mut words = request.splitn(3, ' ');
        let method = words.next().expect("a method");
        let (method, tenant) = method.split_once('@').unwrap_or((method, ""));
        let (path, body) = (words.next().expect("a path"), words.next());
        let mut request = http::Request::builder().method(method).uri(path);
        request = request.header("host", "test");
        if !tenant.is_empty() {
            request = request.header("x-tenant", tenant);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.unwrap_or_default().to_owned();
        let answer = ask_with(api, request.body(body).expect("a request")).await;
        let (status, faults) = outcome(&answer);
        let found = format!("{status} {}", faults.join(", "));
        // The tests call secret what only the database knows.
        let tells = answer.body.contains("secret_") && !line.contains("secret_");
        if found.trim_end() != expected || tells {
            otherwise.push_str(&format!("{line}\n    {found}\n    {}\n", answer.body));
        }
    }
    otherwise
}
