//! The look of pages, as a program sets it, and who is signed in.

use tower_rest::{Account, Head, Html};

use super::{
    browser::{Browser, Page, percent},
    hostile, open, router,
};
use crate::databases::Kind;

async fn browser(html: Html) -> Browser {
    let (fresh, ..) = open(Kind::Sqlite).await;
    Browser::of(&router(&fresh.db).html(html).build().expect("an API"))
}

/// Who the header `X-User` says is signed in, and the page to come back to.
fn account(head: &Head) -> Account {
    match head
        .headers
        .get("x-user")
        .and_then(|user| user.to_str().ok())
    {
        Some(user) => Account::signed_in(user, "/logout"),
        None => Account::signed_out(&format!("/login?next={}", head.uri.path())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn title_logo_and_style_are_on_every_page() {
    let html = Html::new()
        .title("Garage & Co")
        .logo("/logo.svg")
        .style("/own.css");
    let browser = browser(html).await;
    for path in [
        "/",
        "/cars/",
        "/cars/1/",
        "/nothing/",
        "/cars/?_form=create",
        "/cars/?x=1",
    ] {
        let page = browser.open(path).await;
        assert!(page.text("title").contains("Garage & Co"), "{path}");
        assert_eq!(page.text(".brand"), "Garage & Co", "{path}");
        assert_eq!(
            page.all(".brand img")[0].attr("src"),
            Some("/logo.svg"),
            "{path}"
        );
        let styles = page.all("link[rel=stylesheet]");
        assert_eq!(
            styles.last().and_then(|style| style.attr("href")),
            Some("/own.css"),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_run_are_left_out() {
    let javascript = "javascript:alert(1)";
    let html = Html::new()
        .logo(javascript)
        .style("data:text/css,x")
        .link("x", javascript)
        .account(|head| match head.headers.contains_key("x-user") {
            true => Account::signed_in("<b>", "javascript:alert(1)"),
            false => Account::signed_out("JavaScript:alert(1)"),
        });
    let browser = browser(html).await;
    for browser in [browser.clone(), browser.with("x-user", "1")] {
        for path in ["/", "/cars/"] {
            let page = browser.page(path).await;
            hostile::check(&page);
            assert!(
                !page.answer.text().to_lowercase().contains("javascript:"),
                "{path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_who_is_signed_in_and_is_another_for_each() {
    let browser = browser(Html::new().account(account)).await;
    let out = browser.page("/cars/").await;
    assert_eq!(out.link("Sign in"), "/login?next=/cars/");
    let ann = browser.clone().with("x-user", "Ann <b>");
    let page = ann.page("/cars/").await;
    assert!(page.text("form.session").contains("Ann <b>"));
    let logout = page.form("form.session");
    assert_eq!(
        (logout.action.as_str(), logout.method),
        ("/logout", http::Method::POST)
    );
    // A copy of the page for somebody else is not used.
    let tag = page.answer.header("etag").expect("an ETag");
    assert_eq!(
        page.answer.header("cache-control"),
        Some("private, no-cache")
    );
    let answer = browser.0.get("/cars/").header("if-none-match", tag).await;
    assert_eq!(answer.status(), 200);
    assert!(Page::of("/cars/", answer).links("Sign in").len() == 1);
    // What the path holds is only text.
    for text in ["\"onclick=alert(1)", "<script>", "'x'"] {
        let path = format!("/cars/{}/", percent(text));
        let page = browser.open(&path).await;
        assert_eq!(page.all("header a").len(), 5, "{path}");
        assert!(
            page.all("script:not([src]), [onclick]").is_empty(),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_a_footer_only_where_it_has_something_to_say() {
    let browser = browser(Html::new()).await;
    for (path, footers) in [
        ("/", 1),
        ("/cars/", 1),
        ("/cars/1/", 1),
        ("/nothing/", 0),
        ("/cars/?_form=create", 0),
        ("/cars/?x=1", 0),
        ("/cars/?_form=options", 0),
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.all("footer").len(), footers, "{path}");
        assert_eq!(page.all(".formats").len(), footers, "{path}");
    }
    let linked = self::browser(Html::new().link("Help", "/help")).await;
    let error = linked.open("/nothing/").await;
    assert_eq!(error.texts("footer a"), ["Help"]);
    assert!(error.all(".curl").is_empty());
}
