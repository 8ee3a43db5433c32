//! Pages that are read: which format a client gets, the headers, the files, and the form of a list's filters.

use http::Method;
use tower_rest::testing::Client;

use super::{
    browser::{ACCEPT, Browser, Page, words},
    open, router,
};
use crate::databases::Kind;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_pages_and_programs_get_json() {
    let (_fresh, api, _) = open(Kind::Sqlite).await;
    let plain = Client::new(api);
    for (accept, expected) in [
        (Some(ACCEPT), HTML),
        (Some("text/html"), HTML),
        (Some("text/html;q=0.5, application/json;q=0.4"), HTML),
        (Some("text/html;q=0.5, application/json"), JSON),
        (Some("text/html, application/json"), JSON),
        (Some("text/html;q=0, */*"), JSON),
        (Some("text/*"), HTML),
        (Some("*/*"), JSON),
        (Some("application/*"), JSON),
        (None, JSON),
    ] {
        for path in [
            "/",
            "/cars/",
            "/cars/1/",
            "/cars/1/parts/",
            "/cars/?make=Saab",
        ] {
            let request = plain.get(path);
            let request = match accept {
                Some(accept) => request.header("accept", accept),
                None => request,
            };
            let answer = request.await;
            let got = (answer.status(), answer.header("content-type"));
            assert_eq!(got, (200, Some(expected)), "{accept:?} {path}");
        }
    }
    // The parameter decides, whatever the header says.
    for (accept, format, expected) in [
        (ACCEPT, "json", JSON),
        (ACCEPT, "ndjson", "application/x-ndjson"),
        (JSON, "html", HTML),
        ("*/*", "html", HTML),
        ("image/png", "html", HTML),
    ] {
        let answer = plain.get(&format!("/cars/?format={format}"));
        let answer = answer.header("accept", accept).await;
        let got = (answer.status(), answer.header("content-type"));
        assert_eq!(got, (200, Some(expected)), "{accept} {format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_the_rows_of_the_same_url_in_json() {
    for kind in Kind::reachable().await {
        let (_fresh, api, browser) = open(kind).await;
        let plain = Client::new(api);
        for path in [
            "/cars/",
            "/cars/?ordering=-make",
            "/cars/?make=Saab",
            "/cars/?year__isnull=true",
            "/cars/?fields=car_id,make&page_size=2",
            "/cars/?page=2&page_size=2",
            "/owners/?search=a",
            "/cars/1/parts/",
            "/cars/2/parts/",
        ] {
            let page = browser.page(path).await;
            let json = plain.get(path).await.json();
            let rows = json["results"].as_array().expect("rows");
            assert_eq!(page.all("tbody tr").len(), rows.len(), "{kind} {path}");
            for (row, shown) in rows.iter().zip(page.all("tbody tr")) {
                let opens = shown.select(&super::browser::selector("td.open a")).next();
                let href = opens.and_then(|link| link.attr("href"));
                assert_eq!(href, row["href"].as_str(), "{kind} {path}");
                for name in ["make", "name", "kind"] {
                    if let Some(text) = row[name].as_str() {
                        assert!(words(shown).contains(text), "{kind} {path}: {text}");
                    }
                }
            }
        }
        let object = browser.page("/cars/1/").await;
        let names = object.texts("dl.members dt");
        let columns = [
            "car_id", "make", "year", "owner_id", "sold", "built", "note", "vin", "mileage",
        ];
        assert_eq!(names, columns, "{kind}");
        assert!(
            !object.main().contains("1234"),
            "{kind}: the pin is not shown"
        );
        let empty = browser.page("/cars/3/").await;
        let values = empty.texts("dl.members dd");
        assert_eq!(values[2], "null", "{kind}");
        assert_eq!(values[6], "empty text", "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_in_the_format_of_the_client() {
    let (_fresh, api, browser) = open(Kind::Sqlite).await;
    let plain = Client::new(api);
    let check = async |method: Method, path: &str, status: u16, code: &str| {
        let page = Page::of(path, browser.0.ask(method.clone(), path).await);
        assert_eq!(page.answer.status(), status, "{method} {path}");
        assert!(
            page.main().contains(code),
            "{method} {path}: {}",
            page.main()
        );
        assert_eq!(page.answer.header("cache-control"), Some("no-store"));
        assert_eq!(page.all("h1").len(), 1, "{method} {path}");
        let json = plain.ask(method.clone(), path).await;
        let got = (json.status(), json.header("content-type"), json.code());
        assert_eq!(
            got,
            (status, Some(PROBLEM), code.to_owned()),
            "{method} {path}"
        );
        let detail = json.json()["detail"].as_str().expect("a detail").to_owned();
        let shown = page.main();
        let first = detail.split(['`', '\n']).next().unwrap_or_default().trim();
        assert!(
            shown.contains(first),
            "{path}: {detail:?} is not in {shown:?}"
        );
    };
    check(Method::GET, "/nothing/", 404, "no_route").await;
    check(Method::GET, "/cars/99/", 404, "not_found").await;
    check(Method::GET, "/cars/99/parts/", 404, "not_found").await;
    check(Method::GET, "/cars/x/", 404, "not_found").await;
    check(Method::PUT, "/cars/", 405, "method_not_allowed").await;
    check(Method::DELETE, "/", 405, "method_not_allowed").await;
    check(Method::GET, "/cars/?page=9", 404, "no_such_page").await;
    check(Method::GET, "/cars/?mak=1", 400, "unknown_parameter").await;
    let long = format!("/cars/?make={}", "x".repeat(20_000));
    check(Method::GET, &long, 414, "uri_too_long").await;

    let faulty = browser.open("/cars/?mak=1&yea=2&ordering=x&page=0").await;
    assert_eq!(faulty.answer.status(), 400);
    let faults = faulty.texts(".problem li");
    assert_eq!(faults.len(), 4, "{faults:?}");
    for name in ["mak", "yea", "ordering", "page"] {
        let is_named = faults.iter().any(|fault| fault.contains(name));
        assert!(is_named, "{name}: {faults:?}");
    }
    assert_eq!(faulty.link("The same page without parameters"), "/cars/");
    // The path is shown as far as it is known, and the way back is a click away.
    let missing = browser.open("/cars/99/").await;
    assert_eq!(missing.texts("nav.trail li"), ["cars", "99"]);
    assert_eq!(missing.link("API"), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_kept_from_other_sites_and_shared_caches() {
    let (_fresh, api, browser) = open(Kind::Sqlite).await;
    for path in [
        "/",
        "/cars/",
        "/cars/1/",
        "/nothing/",
        "/cars/?x=1",
        "/cars/?_form=create",
        "/cars/1/?_form=options",
    ] {
        let answer = browser.get(path).await;
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let policy = header("content-security-policy");
        let rules: Vec<_> = policy.split(';').map(str::trim).collect();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(rules.contains(&rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("vary"), "Accept", "{path}");
        let caching = header("cache-control");
        let is_form = path.contains("create");
        let expected = match answer.status() {
            200 if !is_form => "private, no-cache",
            _ => "no-store",
        };
        assert_eq!(caching, expected, "{path}");
    }
    let plain = Client::new(api).get("/owners/").await;
    assert!(plain.header("content-security-policy").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_the_headers_of_the_page_and_no_body() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    for path in [
        "/",
        "/cars/",
        "/cars/1/",
        "/nothing/",
        "/cars/?_form=create",
        "/cars/?_form=1&make=Saab",
    ] {
        let whole = browser.get(path).await;
        let head = browser.0.ask(Method::HEAD, path).await;
        assert!(head.bytes().is_empty(), "{path}");
        assert_eq!(head.status(), whole.status(), "{path}");
        let of = |answer: &tower_rest::testing::Answer| {
            let mut headers = answer.headers().clone();
            // How long it took differs.
            headers.remove("server-timing");
            headers
        };
        assert_eq!(of(&head), of(&whole), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_unchanged_is_not_sent_again() {
    for kind in Kind::reachable().await {
        let (fresh, api, browser) = open(kind).await;
        for path in ["/cars/", "/cars/1/"] {
            let first = browser.get(path).await;
            let tag = first.header("etag").expect("an ETag").to_owned();
            let again = browser.0.get(path).header("if-none-match", &tag).await;
            assert_eq!(
                (again.status(), again.bytes().len()),
                (304, 0),
                "{kind} {path}"
            );
            // Who may do less sees another page.
            let guest = browser.0.get(path).header("x-role", "guest");
            let guest = guest.header("if-none-match", &tag).await;
            assert_eq!(guest.status(), 200, "{kind} {path}");
            let json = Client::new(api.clone()).get(path);
            let json = json.header("if-none-match", &tag).await;
            assert_eq!(json.status(), 200, "{kind} {path}: another format");
            fresh
                .execute("UPDATE cars SET year = year + 1 WHERE car_id = 1")
                .await;
            let changed = browser.0.get(path).header("if-none-match", &tag).await;
            assert_eq!(changed.status(), 200, "{kind} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_style_and_the_script_are_kept_for_ever_by_their_version() {
    let (fresh, _api, browser) = open(Kind::Sqlite).await;
    let check = async |browser: &Browser, path: &str, mount: &str| {
        let page = browser.page(path).await;
        let style = page.all("link[rel=stylesheet]");
        let [style] = style.as_slice() else {
            panic!("{path}: {} styles", style.len());
        };
        let script = page.all("script");
        let [script] = script.as_slice() else {
            panic!("{path}: {} scripts", script.len());
        };
        assert_eq!(script.text().collect::<String>(), "", "no script inline");
        for (url, kind, media_type) in [
            (style.attr("href"), "style", "text/css; charset=utf-8"),
            (
                script.attr("src"),
                "script",
                "text/javascript; charset=utf-8",
            ),
        ] {
            let url = super::browser::resolved(path, url.expect("a URL"));
            let version = url.strip_prefix(&format!("{mount}/?_form={kind}-"));
            let version = version.unwrap_or_else(|| panic!("{path}: {url}"));
            assert!(version.len() >= 8 && version.bytes().all(|byte| byte.is_ascii_hexdigit()));
            // The application that hosts the API takes the prefix off.
            let url = url.strip_prefix(mount).unwrap_or(&url);
            for client in [
                browser.0.get(url),
                browser.0.get(url).header("accept", "*/*"),
            ] {
                let file = client.await;
                assert_eq!(file.status(), 200, "{url}");
                assert_eq!(file.header("content-type"), Some(media_type));
                let caching = file.header("cache-control").unwrap_or_default();
                assert!(caching.contains("immutable") && caching.contains("max-age=31536000"));
                assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
                assert!(file.bytes().len() > 300, "{url}: {}", file.text());
            }
        }
    };
    for path in ["/", "/cars/", "/cars/1/", "/cars/1/?_form=edit"] {
        check(&browser, path, "").await;
    }
    let mounted = router(&fresh.db).mount("/v1").build().expect("an API");
    check(&Browser::of(&mounted), "/cars/", "/v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_list_leads_to_the_plain_url() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    for (query, expected) in [
        ("_form=1&make=Saab", "?make=Saab"),
        ("_form=1&make=&year=", ""),
        ("_form=1&make=&search=x&year=1999", "?search=x&year=1999"),
        ("_form=1&_form=year__gte&_form=2010", "?year__gte=2010"),
        ("_form=1&_form=year__exact&_form=2010", "?year=2010"),
        ("_form=1&_form=year__gte&_form=", ""),
        (
            "_form=1&_form=year__isnull%3Dtrue&_form=",
            "?year__isnull=true",
        ),
        (
            "_form=1&_form=year__isnull%3Dfalse&_form=7",
            "?year__isnull=false",
        ),
        (
            "_form=1&ordering=-make&_form=make__startswith&_form=S&_form=year__lte&_form=2005",
            "?ordering=-make&make__startswith=S&year__lte=2005",
        ),
        ("_form=1&make=a%26b%3Dc+d", "?make=a%26b%3Dc%20d"),
        (
            "_form=1&_form=make__exact&_form=%22%3E%3Cb%3E",
            "?make=%22%3E%3Cb%3E",
        ),
        // A pair that stands there already is not repeated.
        (
            "_form=1&year__gte=2010&_form=year__gte&_form=2010",
            "?year__gte=2010",
        ),
        ("make=Saab&_form=1", "?make=Saab"),
    ] {
        for path in ["/cars/", "/owners/"] {
            let answer = browser.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status(), 303, "{query}: {}", answer.text());
            let location = answer.header("location").expect("a location");
            assert_eq!(
                location,
                format!("http://localhost{path}{expected}"),
                "{query}"
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{query}");
            assert!(answer.bytes().is_empty(), "{query}");
        }
    }
    for (path, status) in [
        ("/cars/?_form=2", 400),
        ("/cars/?_form=", 400),
        ("/cars/?_form=style", 400),
        ("/cars/?_form=Create", 400),
        ("/?_form=nothing", 400),
        ("/?_form=style", 400),
        // Forms that there are not at this path.
        ("/cars/?_form=edit", 405),
        ("/cars/1/?_form=create", 405),
        ("/cars/1/?_form=1", 405),
        ("/?_form=create", 405),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), status, "{path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_the_filters_can_be_used_again_and_again() {
    for kind in Kind::reachable().await {
        let (_fresh, _api, browser) = open(kind).await;
        let submit =
            async |page: &Page, change: &dyn Fn(super::browser::Form) -> super::browser::Form| {
                let form = change(page.form("form.filters"));
                browser.page(&browser.done(&form).await).await
            };
        // Nothing filled in changes nothing.
        let all = browser.page("/cars/?ordering=-make&page_size=10").await;
        let same = submit(&all, &|form| form).await;
        assert_eq!(same.url, "/cars/?ordering=-make&page_size=10", "{kind}");
        assert_eq!(same.all("tbody tr").len(), 3, "{kind}");

        let typed = submit(&same, &|mut form: super::browser::Form| {
            let at = form
                .pairs
                .iter()
                .position(|(_, value)| value == "year__exact");
            let at = at.unwrap_or_else(|| panic!("{:?}", form.pairs));
            form.pairs[at].1 = "year__gte".to_owned();
            form.pairs[at + 1].1 = "2000".to_owned();
            form.set("sold", "true")
        })
        .await;
        let query = typed
            .url
            .split_once('?')
            .map(|(_, query)| query)
            .unwrap_or_default();
        let mut pairs: Vec<_> = query.split('&').collect();
        pairs.sort_unstable();
        assert_eq!(
            pairs,
            [
                "ordering=-make",
                "page_size=10",
                "sold=true",
                "year__gte=2000"
            ],
            "{kind}"
        );
        assert_eq!(typed.all("tbody tr").len(), 1, "{kind}");
        assert_eq!(
            typed.texts(".chips li span"),
            ["sold = true", "year ≥ 2000"],
            "{kind}"
        );
        // What is set is shown by the form, which sends it once more.
        let again = submit(&typed, &|form| form).await;
        let query = again
            .url
            .split_once('?')
            .map(|(_, query)| query)
            .unwrap_or_default();
        let mut kept: Vec<_> = query.split('&').collect();
        kept.sort_unstable();
        assert_eq!(kept, pairs, "{kind}");
        // Each chip is removed by its link.
        let removed = browser.page(&again.links("×")[0]).await;
        assert_eq!(removed.texts(".chips li").len(), 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_pages_a_browser_gets_json_and_no_forms() {
    let (fresh, _, _) = open(Kind::Sqlite).await;
    let api = router(&fresh.db).without_html().build().expect("an API");
    let browser = Browser::of(&api);
    for path in ["/", "/cars/", "/cars/1/"] {
        let answer = browser.get(path).await;
        assert_eq!(
            (answer.status(), answer.header("content-type")),
            (200, Some(JSON)),
            "{path}"
        );
        assert!(answer.header("content-security-policy").is_none(), "{path}");
    }
    for path in [
        "/cars/?_form=1",
        "/cars/?_form=create",
        "/cars/?_form=nothing",
    ] {
        let answer = browser.get(path).await;
        let faults = answer.json()["errors"][0]["code"].clone();
        assert_eq!(
            (answer.status(), faults),
            (400, "not_supported".into()),
            "{path}"
        );
    }
    for path in ["/cars/1/?_form=edit", "/?_form=options"] {
        assert_eq!(browser.get(path).await.status(), 400, "{path}");
    }
    // A style that no page links to is not served.
    assert_eq!(browser.get("/?_form=style-1").await.status(), 400);
    let unknown = browser.get("/cars/?format=html").await;
    assert_eq!(unknown.status(), 400);
    assert!(
        unknown
            .text()
            .ends_with("the formats are: `json`, `csv`, `ndjson`\"}]}"),
        "{}",
        unknown.text()
    );
    let missing = browser.get("/nothing/").await;
    assert_eq!(missing.header("content-type"), Some(PROBLEM));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_says_where_it_is_and_leads_on() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let root = browser.page("/").await;
    assert_eq!(root.all("ul.resources a").len(), 2);
    let parts = browser.page("/cars/1/parts/?kind=wheel").await;
    assert_eq!(parts.texts("nav.trail li"), ["cars", "1", "parts"]);
    assert_eq!(parts.link("cars"), "/cars/");
    assert_eq!(parts.link("1"), "/cars/1/");
    assert_eq!(parts.link("json"), "/cars/1/parts/?kind=wheel&format=json");
    assert_eq!(parts.link("csv"), "/cars/1/parts/?kind=wheel&format=csv");
    assert_eq!(
        parts.link("ndjson"),
        "/cars/1/parts/?kind=wheel&format=ndjson"
    );
    let curl = parts.text(".curl code");
    assert_eq!(curl, "curl 'http://localhost/cars/1/parts/?kind=wheel'");
    let described = browser.page("/cars/1/parts/?_form=options").await;
    assert!(described.main().contains("PATCH") || described.main().contains("POST"));
    for page in [&root, &parts, &described] {
        assert_eq!(page.all("h1").len(), 1, "{}", page.url);
        assert_eq!(page.all("main").len(), 1, "{}", page.url);
        let text = page.answer.text();
        assert!(
            !text.contains("style=\"") && !text.contains("onclick"),
            "{}",
            page.url
        );
        // Nothing is loaded from elsewhere, and nothing leads elsewhere.
        for address in page.addresses() {
            let is_own =
                address.starts_with("http://localhost/") || address.starts_with(['?', '#', '/']);
            assert!(is_own, "{}: {address}", page.url);
        }
    }
    // A browser reads OPTIONS as a page too.
    let options = browser.0.ask(Method::OPTIONS, "/cars/").await;
    assert_eq!(options.header("content-type"), Some(HTML));
    assert_eq!(options.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn headings_order_the_list_and_pages_lead_on() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let list = browser.page("/cars/?page_size=2").await;
    assert_eq!(list.text("p.rows"), "rows 1–2 of 3");
    let sorted = browser.page(&list.link("make")).await;
    assert_eq!(sorted.url, "/cars/?page_size=2&ordering=make");
    let heading = sorted.all("th[aria-sort]");
    assert_eq!(heading.len(), 1);
    assert_eq!(heading[0].attr("aria-sort"), Some("ascending"));
    let reversed = browser.page(&sorted.link("make")).await;
    assert_eq!(
        reversed.all("th[aria-sort]")[0].attr("aria-sort"),
        Some("descending")
    );
    assert!(words(reversed.all("tbody tr")[0]).contains("Volvo"));
    let last = browser.page(&list.link("Last")).await;
    assert_eq!(last.text("p.rows"), "rows 3–3 of 3");
    assert_eq!(
        browser
            .page(&last.link("Previous"))
            .await
            .all("tbody tr")
            .len(),
        2
    );
    assert_eq!(last.links("Next"), Vec::<String>::new());
    let size = list.form("form.sizes").set("page_size", "10");
    assert_eq!(browser.done(&size).await, "/cars/?page_size=10");
    let search = browser
        .page("/owners/")
        .await
        .form("form.search")
        .set("search", "ada");
    let found = browser.page(&browser.done(&search).await).await;
    assert_eq!(found.all("tbody tr").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_has_no_form_for_its_size() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    assert_eq!(browser.page("/cars/").await.all("#page-size").len(), 1);
    for path in ["/cars/?make=Nobody", "/cars/2/parts/"] {
        let empty = browser.page(path).await;
        assert!(empty.all("#page-size").is_empty(), "{path}");
        assert!(empty.all(".pages").is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_the_text_of_an_error_are_code() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    for path in ["/cars/?mak=1", "/cars/?mak=1&yea=2", "/cars/?year=%3Cb%3E"] {
        let page = browser.open(path).await;
        let main = page.main();
        assert!(!main.contains('`'), "{path}: {main}");
        assert!(page.all(".problem b").is_empty(), "{path}: {main}");
        let codes = page.texts(".problem code");
        let name = path.split(['?', '=']).nth(1).unwrap_or_default();
        assert!(codes.iter().any(|code| code == name), "{path}: {codes:?}");
    }
    // In a form, too.
    let form = browser.form("/cars/?_form=paste").await;
    let form = form.set("table", "nonsense\n1").and("_form", "insert=1");
    let refused = browser.sent(&form).await;
    let problem = refused.texts(".problem").concat();
    assert!(!problem.contains('`'), "{problem}");
}
