//! Each kind of step does what it says, with JavaScript and without.

use std::{convert::Infallible, future};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::service_fn;

use super::walk;

const FORM: &str = r#"<p>All of them</p>
<form action="/found">
<p><label>Make <input type="text" name="make"></label></p>
<p><label>Country <select name="country"><option value="fr">France</option><option value="it">Italy</option></select></label></p>
<p><label><input type="checkbox" name="electric"> Electric</label></p>
<p><button type="submit">Filter</button></p>
</form>
<script src="/script.js"></script>"#;

const TABLE: &str = r#"<p><a href="/">All cars</a> <a href="/cars.csv">CSV</a></p>
<table>
<thead>
<tr><th scope="col">Model</th><th scope="col">Actions</th></tr>
</thead>
<tbody>
<tr><td>Panda</td><td><a href="/panda">Edit</a></td></tr>
<tr><td>Tipo</td><td><a href="/tipo">Edit</a></td></tr>
</tbody>
</table>"#;

const NOTES: &str = "<details><summary>Notes</summary><p>Small</p></details>";

const STYLE: &str = "a { display: inline-block; padding: 0.5rem; }\n\
    input, button { min-height: 1.5rem; min-width: 1.5rem; }\n";

/// Adds a button whose request is refused.
const SCRIPT: &str = "const button = document.createElement('button');\n\
    button.type = 'button';\n\
    button.textContent = 'Try';\n\
    button.addEventListener('click', () => fetch('/refused'));\n\
    document.querySelector('main').append(button);\n";

fn page(main: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Cars</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Cars</h1>
{main}
</main>
</body>
</html>
"#
    )
}

fn answer(path: &str) -> Response<Full<Bytes>> {
    let (status, kind, body) = match path {
        "/" => (200, "text/html", page(FORM)),
        "/found" => (200, "text/html", page(TABLE)),
        "/panda" => (200, "text/html", page(NOTES)),
        "/cars.csv" => (200, "text/csv", "model\r\nPanda\r\n".to_owned()),
        "/style.css" => (200, "text/css", STYLE.to_owned()),
        "/script.js" => (200, "text/javascript", SCRIPT.to_owned()),
        "/refused" => (422, "text/plain", "No".to_owned()),
        _ => (404, "text/html", page("<p>Nothing is here</p>")),
    };
    let mut response = Response::builder()
        .status(status)
        .header("content-type", format!("{kind}; charset=utf-8"))
        .header("content-security-policy", "default-src 'self'");
    if kind == "text/csv" {
        response = response.header("content-disposition", "attachment; filename=cars.csv");
    }
    let body = Full::new(Bytes::from(body));
    response.body(body).expect("a response")
}

#[tokio::test]
async fn steps_do_what_they_say() {
    let pages = async || {
        service_fn(|request: Request<hyper::body::Incoming>| {
            let answer = answer(request.uri().path());
            future::ready(Ok::<_, Infallible>(answer))
        })
    };
    walk("walk-steps", pages).await;
}
