//! Hostile strings that a request says: parameters, paths, headers, fields of forms.

use http::HeaderValue;

use super::{check, harmless, same, strings};
use crate::{
    databases::Kind,
    page::{
        browser::{Browser, Form, Page, percent},
        open,
    },
};

/// Asks for a page with a hostile string and with a harmless one in place of `{}`.
async fn both(browser: &Browser, url: &str, text: &str) {
    let left = browser.open(&url.replace("{}", &percent(text))).await;
    let right = browser
        .open(&url.replace("{}", &percent(&harmless(text))))
        .await;
    same(&left, &right, &format!("{url} {text:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_echoed_as_text() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    // A text of other length may be refused for its length.
    for text in strings().iter().filter(|text| text.len() < 1000) {
        for url in [
            "/cars/?{}=1",
            "/cars/?make={}",
            "/cars/?note={}&sold=true",
            "/cars/?year={}",
            "/cars/?sold={}",
            "/cars/?make__{}=1",
            "/cars/?ordering={}",
            "/cars/?fields={}",
            "/cars/?expand={}",
            "/cars/?page={}",
            "/owners/?search={}",
            "/cars/1/?{}",
            "/?{}=x",
        ] {
            // No text of a request holds NUL, a list of names is split by commas and quotes, and a search has phrases.
            let is_split = ["ordering", "fields", "expand", "search"]
                .iter()
                .any(|name| url.contains(name));
            match text.contains('\0') || is_split && text.contains([',', '"']) {
                true => check(&browser.open(&url.replace("{}", &percent(text))).await),
                false => both(&browser, url, text).await,
            }
        }
        for url in [
            "/cars/?format={}",
            "/cars/?_form={}",
            "/cars/?_form=1&make={}",
            "/cars/?_form=1&_form={}&_form={}",
            "/cars/?make__in={}",
        ] {
            let answer = browser.get(&url.replace("{}", &percent(text))).await;
            match answer.status() {
                303 => {
                    let location = answer.header("location").expect("a location");
                    assert!(
                        location.starts_with("http://localhost/cars/"),
                        "{url} {text:?}: {location}"
                    );
                    assert!(
                        !location.contains(['<', '>', '"', '\'', ' ']),
                        "{text:?}: {location}"
                    );
                }
                _ => check(&Page::of(url, answer)),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_parameters_are_echoed_in_part() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    for text in strings().iter().filter(|text| text.len() >= 1000) {
        for url in [
            "/cars/?{}=1",
            "/cars/?make={}",
            "/owners/?search={}",
            "/cars/{}/",
            "/{}/",
        ] {
            let page = browser.open(&url.replace("{}", &percent(text))).await;
            assert!(page.answer.status() < 500, "{url}");
            check(&page);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_are_echoed_as_text() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    for text in strings().iter().filter(|text| text.len() < 1000) {
        for url in [
            "/{}/",
            "/{}",
            "/cars/{}/",
            "/cars/{}/parts/",
            "/cars/1/{}/",
            "/cars/{}/?_form=edit",
            "/cars/{}/parts/?_form=create",
        ] {
            // In a path a plus is a plus.
            let encoded = percent(text).replace('+', "%20");
            let left = browser.open(&url.replace("{}", &encoded)).await;
            assert!(
                matches!(left.answer.status(), 200 | 400 | 404),
                "{url} {text:?}: {}",
                left.main()
            );
            let plain = percent(&harmless(text)).replace('+', "%20");
            let right = browser.open(&url.replace("{}", &plain)).await;
            if left.answer.status() == right.answer.status() {
                same(&left, &right, &format!("{url} {text:?}"));
            }
            check(&left);
        }
    }
    // Characters that need no encoding in a path for a client that is no browser.
    for path in [
        "/cars/\"onclick=x/",
        "/cars/'x'/",
        "/cars/a&b/",
        "/cars/a;b=c/",
        "/cars/&lt;b&gt;/",
        "//evil.example/",
        "/cars//evil.example/",
        "/cars/javascript:alert(1)/",
    ] {
        let request = path.parse::<http::Uri>();
        if request.is_ok() {
            check(&browser.open(path).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_echoed_as_text() {
    let (_fresh, api, _) = open(Kind::Sqlite).await;
    let trusting = {
        let fresh = open(Kind::Sqlite).await.0;
        let router = crate::page::router(&fresh.db)
            .trust_forwarded(tower_rest::Forwarded::XForwarded)
            .allowed_hosts(["localhost"]);
        (router.build().expect("an API"), fresh)
    };
    for text in strings() {
        let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else {
            continue;
        };
        for (api, names) in [
            (
                &api,
                &[
                    "accept-language",
                    "referer",
                    "user-agent",
                    "cookie",
                    "origin",
                    "if-none-match",
                    "if-match",
                    "prefer",
                    "x-forwarded-host",
                    "x-forwarded-proto",
                    "x-forwarded-prefix",
                    "forwarded",
                    "host",
                    "accept",
                ][..],
            ),
            (
                &trusting.0,
                &[
                    "x-forwarded-host",
                    "x-forwarded-proto",
                    "x-forwarded-prefix",
                    "x-forwarded-for",
                    "x-forwarded-port",
                ][..],
            ),
        ] {
            for name in names {
                for path in ["/cars/1/?_form=edit", "/nothing/?x=1"] {
                    let mut request = http::Request::get(path)
                        .header("host", "localhost")
                        .header("accept", crate::page::browser::ACCEPT)
                        .body(tower_rest::Body::default())
                        .expect("a request");
                    let header: http::HeaderName = name.parse().expect("a name");
                    request.headers_mut().insert(header, value.clone());
                    let Ok(answer) = tower::ServiceExt::oneshot(api.clone(), request).await;
                    assert!(answer.status().as_u16() < 500, "{name} {text:?}");
                    let kind = answer
                        .headers()
                        .get("content-type")
                        .and_then(|kind| kind.to_str().ok());
                    let is_page = kind.is_some_and(|kind| kind.starts_with("text/html"));
                    if !is_page {
                        assert!(
                            matches!(*name, "accept" | "if-none-match"),
                            "{name} {text:?}: {kind:?}"
                        );
                        continue;
                    }
                    let body = http_body_util::BodyExt::collect(answer.into_body())
                        .await
                        .expect("a body")
                        .to_bytes();
                    let html = String::from_utf8(body.to_vec()).expect("UTF-8");
                    elements_are_ours(&html, &format!("{name}: {text:?} {path}"));
                }
            }
        }
    }
}

/// The same as [`check`], where the links may begin with another host.
fn elements_are_ours(html: &str, what: &str) {
    let html = scraper::Html::parse_document(html);
    for element in html.select(&crate::page::browser::selector("*")) {
        for name in ["href", "src", "action"] {
            if let Some(address) = element.attr(name) {
                assert!(super::is_of_the_web(address), "{what}: {address}");
                assert!(
                    !address.contains(['"', '<', '>', ' ', '\'']),
                    "{what}: {address}"
                );
            }
        }
        if element.value().name() != "form" {
            let runs = element
                .value()
                .attrs()
                .any(|(name, _)| name.starts_with("on") || name == "style");
            assert!(!runs, "{what}: {:?}", element.value());
        }
    }
    for never in [
        "iframe",
        "svg",
        "img",
        "object",
        "base",
        "style",
        "meta[http-equiv]",
    ] {
        let found = html.select(&crate::page::browser::selector(never)).count();
        assert_eq!(found, 0, "{what}: {never}");
    }
    let scripts = html
        .select(&crate::page::browser::selector("script"))
        .count();
    assert!(scripts <= 1, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_forms_are_echoed_as_text() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let form = |path: &str, pairs: &[(&str, &str)]| Form {
        action: path.to_owned(),
        method: http::Method::POST,
        pairs: pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    for text in strings().iter().filter(|text| text.len() < 1000) {
        let check = async |path: &str, of: &dyn Fn(&str) -> Vec<(String, String)>| {
            let sent = async |text: &str| {
                let pairs = of(text);
                let pairs: Vec<_> = pairs
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                browser.send(&form(path, &pairs)).await
            };
            // A cell of a table holds no quotes, tabs or line ends.
            let text = match path.contains("paste") {
                true => &text.replace(['\t', '\n', '\r', '"'], "'"),
                false => text,
            };
            let (left, right) = (sent(text).await, sent(&harmless(text)).await);
            assert!(left.status() < 500, "{path} {text:?}");
            if left.status() == 303 || right.status() == 303 {
                return;
            }
            let (left, right) = (Page::of(path, left), Page::of(path, right));
            // No text of a request holds NUL, and a search has phrases.
            let is_search = of(text).iter().any(|(_, value)| value == "search");
            match text.contains('\0') || is_search && text.contains('"') {
                true => check(&left),
                false => same(&left, &right, &format!("{path} {text:?}")),
            }
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        // `year` is wrong, so that the form is shown again.
        check("/cars/?_form=create", &|text| {
            vec![pair("make", "X"), pair("year", "1"), pair("note", text)]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![pair("make", text), pair("year", "1"), pair("vin", text)]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![pair("make", "X"), pair("year", "1"), pair("sold", text)]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![pair("make", "X"), pair("year", text), pair("built", text)]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![pair("make", "X"), pair(text, "1")]
        })
        .await;
        check("/cars/1/?_form=edit", &|text| {
            vec![
                pair("make", text),
                pair("year", "1"),
                pair("_form", "tag=\"x\""),
            ]
        })
        .await;
        check("/cars/1/?_form=edit", &|text| {
            vec![
                pair("make", "X"),
                pair("year", "1"),
                pair("_form", &format!("tag={text}")),
            ]
        })
        .await;
        check("/cars/1/?_form=edit", &|text| {
            vec![
                pair("make", "X"),
                pair("year", "1"),
                pair("_form", "tag=\"x\""),
                pair("_form", &format!("shown={}:make", text.replace(':', ""))),
            ]
        })
        .await;
        check("/cars/1/?_form=delete", &|text| {
            vec![pair(
                "_form",
                &format!("tag=\"{}\"", text.replace(['"', '\n', '\r', '\0'], "")),
            )]
        })
        .await;
        check("/cars/?_form=paste", &|text| {
            vec![pair("table", &format!("make\tyear\n{text}\t1"))]
        })
        .await;
        check("/cars/?_form=paste", &|text| {
            vec![
                pair("table", &format!("{text}\tyear\nX\t1")),
                pair("_form", "insert=1"),
            ]
        })
        .await;
        check("/cars/1/wash/?_form=act", &|text| {
            vec![pair(
                "payload",
                &serde_json::json!({"soap": [text]}).to_string(),
            )]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![
                pair("note", text),
                pair("_form", "look-up=owner_id"),
                pair("_form", "search"),
                pair("_form", text),
            ]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![
                pair("note", text),
                pair("_form", &format!("look-up={text}")),
            ]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![
                pair("note", text),
                pair("_form", "look-up=owner_id"),
                pair("_form", &format!("choose={text}")),
            ]
        })
        .await;
        check("/cars/?_form=create", &|text| {
            vec![pair(text, text), pair("_form", "look-up=owner_id")]
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_an_action_is_shown_as_text() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    for text in strings() {
        let form = browser.form("/cars/1/wash/?_form=act").await;
        let payload = serde_json::json!({"soap": text}).to_string();
        let done = browser.sent(&form.set("payload", &payload)).await;
        assert_eq!(done.answer.status(), 200, "{text:?}: {}", done.main());
        check(&done);
        let answer = serde_json::json!({"washed": 1, "with": text}).to_string();
        super::says(&done, &answer, "the answer");
    }
}
