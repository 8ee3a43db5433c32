//! The checks of pages find what they are for: pages with one fault each.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fs, future,
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::net::TcpListener;
use tower::service_fn;

use super::{PATIENCE, runner::run};
use crate::server::serve_any;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'";

/// A page without a fault.
const PAGE: &str = r#"<!DOCTYPE html>
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
<p><a href="/sound">All cars</a></p>
<form action="/sound">
<p><label>Make <input type="text" name="make"></label> <button type="submit">Filter</button></p>
</form>
</main>
</body>
</html>
"#;

const STYLE: &str = "\
    :root { color-scheme: light dark; --text: #222; --page: #fff; }\n\
    @media (prefers-color-scheme: dark) { :root { --text: #eee; --page: #111; } }\n\
    body { color: var(--text); background: var(--page); margin: 1rem; }\n\
    a { color: inherit; display: inline-block; padding: 0.5rem; }\n\
    input { max-width: 10rem; }\n\
    .wide { width: 500px; }\n\
    .clipped { overflow-x: hidden; }\n\
    .pale { color: #ccc; background: #fff; }\n\
    @media (prefers-color-scheme: dark) { .pale { color: #fff; } .murky { color: #444; } }\n\
    .unseen:focus { outline: none; }\n\
    .faint:focus { outline: 2px solid; outline-color: color-mix(in srgb, var(--text) 15%, var(--page)); }\n\
    .box { width: 8rem; height: 5rem; overflow: auto; }\n\
    .stuck { position: sticky; bottom: 0; margin: 0; background: var(--page); }\n\
    .away { position: absolute; left: -999px; }\n";

/// Adds a text that cannot be read.
const ADDED: &str = "const text = document.createElement('p');\n\
    text.className = 'pale';\n\
    text.textContent = 'Cars';\n\
    document.querySelector('main').append(text);\n";

/// How a page differs from the sound one, and what finds it: with JavaScript, and without.
struct Fault {
    path: &'static str,
    from: &'static str,
    to: &'static str,
    with_scripts: &'static [&'static str],
    without: &'static [&'static str],
}

const fn fault(
    path: &'static str,
    from: &'static str,
    to: &'static str,
    checks: &'static [&'static str],
) -> Fault {
    Fault {
        path,
        from,
        to,
        with_scripts: checks,
        without: checks,
    }
}

const fn scripted(path: &'static str, to: &'static str, checks: &'static [&'static str]) -> Fault {
    Fault {
        path,
        from: "</main>",
        to,
        with_scripts: checks,
        without: &[],
    }
}

const FAULTS: &[Fault] = &[
    fault("/sound", "", "", &[]),
    scripted(
        "/message",
        "</main><script src=\"/message.js\"></script>",
        &["console"],
    ),
    scripted(
        "/exception",
        "</main><script src=\"/exception.js\"></script>",
        &["console"],
    ),
    scripted(
        "/dialog",
        "</main><script src=\"/dialog.js\"></script>",
        &["dialog"],
    ),
    scripted(
        "/inline-script",
        "</main><script>document.title = 'Run';</script>",
        &["policy"],
    ),
    fault(
        "/inline-style",
        "</head>",
        "<style>h1 { margin: 0; }</style></head>",
        &["policy"],
    ),
    fault(
        "/foreign-image",
        "</main>",
        "<img src=\"http://other.example/a.png\" alt=\"\"></main>",
        &["foreign"],
    ),
    fault(
        "/blocked-image",
        "</main>",
        "<img src=\"http://other.example/a.png\" alt=\"\"></main>",
        &["foreign", "policy"],
    ),
    fault(
        "/preconnect",
        "</head>",
        "<link rel=\"preconnect\" href=\"http://other.example/\"></head>",
        &["foreign"],
    ),
    fault("/broken-style", "/style.css", "/no.css", &["request"]),
    fault("/cut-off", "/style.css", "/cut.css", &["request"]),
    fault("/error", "", "", &["status"]),
    fault("/landmark", "<main>", "<p>Lost</p><main>", &["axe"]),
    fault("/contrast", "<p>", "<p class=\"pale\">", &["axe"]),
    fault("/contrast-dark", "<p>", "<p class=\"murky\">", &["axe"]),
    fault("/markup", "</main>", "</main></span>", &["html"]),
    fault(
        "/two-headings",
        "</main>",
        "<h1>Owners</h1></main>",
        &["h1"],
    ),
    fault(
        "/no-heading",
        "<h1>Cars</h1>",
        "<p>Cars</p>",
        &["axe", "h1"],
    ),
    fault("/wide", "<p>", "<p class=\"wide\">", &["overflow"]),
    fault(
        "/clipped",
        "<body>\n<main>\n<h1>Cars</h1>\n<p>",
        "<body class=\"clipped\">\n<main>\n<h1>Cars</h1>\n<p class=\"wide\">",
        &["overflow"],
    ),
    fault(
        "/no-viewport",
        "<meta name=\"viewport\" content=\"width=device-width\">",
        "",
        &["overflow"],
    ),
    fault(
        "/label",
        "<label>Make <input type=\"text\" name=\"make\"></label>",
        "<input type=\"text\" name=\"make\" placeholder=\"Make\">",
        &["label"],
    ),
    fault("/focus", "<a ", "<a class=\"unseen\" ", &["focus"]),
    fault("/faint-focus", "<a ", "<a class=\"faint\" ", &["focus"]),
    fault("/hidden-focus", "<a ", "<a class=\"away\" ", &["focus"]),
    scripted(
        "/fetch",
        "<script src=\"/fetch.js\"></script></main>",
        &["request"],
    ),
    scripted(
        "/added",
        "<script src=\"/added.js\"></script></main>",
        &["axe"],
    ),
    Fault {
        path: "/noscript",
        from: "</main>",
        to: "<noscript><p class=\"pale\">Cars</p></noscript></main>",
        with_scripts: &[],
        without: &["axe"],
    },
    // The foot that stays lies over a part of the text.
    fault(
        "/covered",
        "</main>",
        "<section class=\"box\" tabindex=\"0\" aria-label=\"Rows\"><p>A text that is too long for its small box</p><p class=\"stuck\">Foot</p></section></main>",
        &[],
    ),
    fault(
        "/covered-pale",
        "</main>",
        "<section class=\"box\" tabindex=\"0\" aria-label=\"Rows\"><p class=\"pale\">A text that is too long for its small box</p><p class=\"stuck\">Foot</p></section></main>",
        &["axe"],
    ),
    // Only seen when it is unfolded, which is not looked at without scripts.
    scripted(
        "/folded",
        "<details><summary>More</summary><p class=\"pale\">Cars</p></details></main>",
        &["axe"],
    ),
    fault(
        "/form",
        "<form action=\"/sound\">",
        "<form action=\"/refused\" method=\"post\">",
        &[],
    ),
    // The answer to the form.
    fault(
        "/refused",
        "<main>",
        "<p>Lost in a form</p><main>",
        &["axe"],
    ),
    // It is expected not to be there.
    fault("/missing", "", "", &["status"]),
];

type Pieces = stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, std::io::Error>>>;

fn answer(path: &str) -> Response<StreamBody<Pieces>> {
    let found = FAULTS.iter().find(|fault| fault.path == path);
    let (kind, body) = match (path, found) {
        (_, Some(Fault { from: "", .. })) => ("text/html", PAGE.to_owned()),
        (_, Some(fault)) => {
            assert!(PAGE.contains(fault.from), "{path}");
            ("text/html", PAGE.replacen(fault.from, fault.to, 1))
        }
        ("/style.css" | "/cut.css", _) => ("text/css", STYLE.to_owned()),
        ("/message.js", _) => ("text/javascript", "console.error('No');".to_owned()),
        ("/exception.js", _) => ("text/javascript", "throw new Error('No');".to_owned()),
        ("/fetch.js", _) => ("text/javascript", "fetch('/no.json');".to_owned()),
        ("/added.js", _) => ("text/javascript", ADDED.to_owned()),
        ("/dialog.js", _) => ("text/javascript", "alert('No');".to_owned()),
        _ => ("text/plain", String::new()),
    };
    let status = match path {
        "/error" => StatusCode::INTERNAL_SERVER_ERROR,
        "/refused" => StatusCode::UNPROCESSABLE_ENTITY,
        _ if body.is_empty() => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    };
    let mut response = Response::builder()
        .status(status)
        .header("content-type", format!("{kind}; charset=utf-8"));
    if path != "/foreign-image" {
        response = response.header("content-security-policy", POLICY);
    }
    let mut pieces = vec![Ok(Frame::data(Bytes::from(body)))];
    if path == "/cut.css" {
        pieces.push(Err(std::io::ErrorKind::BrokenPipe.into()));
    }
    let body = StreamBody::new(stream::iter(pieces));
    response.body(body).expect("a response")
}

async fn serve_pages() -> String {
    let pages = service_fn(|request: Request<hyper::body::Incoming>| {
        let answer = answer(request.uri().path());
        future::ready(Ok::<_, Infallible>(answer))
    });
    format!("http://{}/", serve_any(pages).await)
}

#[tokio::test]
async fn every_check_of_a_page_finds_its_fault() {
    let url = serve_pages().await;
    let Some(report) = run("walk.mjs", &["walk-faults", &url, &url], PATIENCE).await else {
        return;
    };
    let report = report.expect("a report");
    let paths: Vec<_> = FAULTS.iter().map(|fault| fault.path).collect();
    assert_eq!(report.pages, paths);
    for scripts in [true, false] {
        let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut steps = 0;
        for finding in &report.findings {
            if finding.javascript == scripts && finding.check == "step" {
                steps += 1;
            } else if finding.javascript == scripts {
                let checks = found.entry(&finding.page).or_default();
                checks.insert(&finding.check);
            }
        }
        let expected = FAULTS.iter().map(|fault| {
            let checks = if scripts {
                fault.with_scripts
            } else {
                fault.without
            };
            (fault.path, checks.iter().copied().collect::<BTreeSet<_>>())
        });
        let expected: BTreeMap<_, _> = expected.filter(|(_, checks)| !checks.is_empty()).collect();
        assert!(
            found == expected,
            "{scripts}: {found:#?} {}",
            report.words()
        );
        assert_eq!(steps, 1, "the link that is not there");
    }
}

#[tokio::test]
async fn pages_are_shown_at_two_widths_in_both_color_schemes() {
    let url = serve_pages().await;
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().display().to_string();
    let arguments = [&url, &inside, "/sound", "/label"];
    let Some(report) = run("screenshots.mjs", &arguments, PATIENCE).await else {
        return;
    };
    let files = report.expect("a report").files;
    let mut sizes = BTreeMap::new();
    for file in files {
        let bytes = fs::read(&file).expect("a picture");
        let (signature, rest) = bytes.split_at(8);
        assert_eq!(signature, b"\x89PNG\r\n\x1a\n");
        // The width is the first number of the first chunk, after its length and type.
        let width = rest[8..12].try_into().expect("four bytes");
        let name = file.file_name().expect("a name").to_string_lossy();
        sizes.insert(name.into_owned(), u32::from_be_bytes(width));
    }
    let expected = ["label", "sound"].map(|page| {
        [
            (format!("{page}-1280-dark.png"), 1280),
            (format!("{page}-1280-light.png"), 1280),
            (format!("{page}-360-dark.png"), 360),
            (format!("{page}-360-light.png"), 360),
        ]
    });
    assert!(sizes.into_iter().eq(expected.into_iter().flatten()));
}

#[tokio::test]
async fn a_script_that_takes_too_long_is_ended() {
    // It takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let url = format!("http://{address}/");
    let arguments = ["walk-cars", &url, &url];
    let limit = Duration::from_secs(2);
    let Some(report) = run("walk.mjs", &arguments, limit).await else {
        return;
    };
    let error = report.expect_err("no report");
    assert!(error.starts_with("it takes longer than 2s"), "{error}");
}
