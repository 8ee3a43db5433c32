//! What a request may not do has no button, and its form is refused.

use super::{
    browser::{Browser, Form},
    open,
};
use crate::databases::Kind;

const BUTTONS: [&str; 5] = ["New", "Paste rows", "Edit", "Delete", "wash"];

async fn buttons(browser: &Browser) -> Vec<&'static str> {
    let list = browser.page("/cars/").await;
    let object = browser.page("/cars/1/").await;
    let shown = |text: &&str| !list.links(text).is_empty() || !object.links(text).is_empty();
    BUTTONS.into_iter().filter(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forbidden_is_hidden_and_refused() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let forms = [
            ("create", "/cars/?_form=create"),
            ("paste", "/cars/?_form=paste"),
            ("edit", "/cars/2/?_form=edit"),
            ("delete", "/cars/2/?_form=delete"),
            ("act", "/cars/2/wash/?_form=act"),
        ];
        for (role, seen, allowed) in [
            (
                "mechanic",
                &BUTTONS[..],
                &["create", "paste", "edit", "delete", "act"][..],
            ),
            (
                "clerk",
                &["New", "Paste rows"][..],
                &["create", "paste"][..],
            ),
            ("guest", &[][..], &[][..]),
        ] {
            let who = browser.clone().with("x-role", role);
            assert_eq!(buttons(&who).await, seen, "{kind} {role}");
            for (name, path) in forms {
                let page = who.open(path).await;
                let may = allowed.contains(&name);
                assert_eq!(
                    page.answer.status(),
                    if may { 200 } else { 403 },
                    "{kind} {role} {name}"
                );
                if may {
                    continue;
                }
                // What another may see is refused when it is sent.
                let form = browser.page(path).await.own_form();
                let form = match name {
                    "create" | "edit" => form.set("make", "Y"),
                    "paste" => form.set("table", "make\nY").and("_form", "insert=1"),
                    "act" => form.set("payload", r#"{"soap": "x"}"#),
                    _ => form,
                };
                let refused = who.sent(&form).await;
                assert_eq!(
                    refused.answer.status(),
                    403,
                    "{kind} {role} {name}: {}",
                    refused.main()
                );
                assert!(
                    refused.main().contains("only mechanics"),
                    "{kind} {role} {name}"
                );
                assert!(!refused.main().contains("Saab"), "{kind} {role} {name}");
            }
        }
        let nobody = browser.clone().with("x-role", "stranger");
        for path in [
            "/cars/",
            "/cars/1/",
            "/cars/1/parts/",
            "/cars/?_form=1",
            "/cars/?_form=create",
        ] {
            let page = nobody.open(path).await;
            assert_eq!(page.answer.status(), 403, "{kind} {path}");
            assert_eq!(page.answer.statements(), 0, "{kind} {path}");
        }
        let root = nobody.page("/").await;
        assert!(root.links("cars").is_empty(), "{kind}: {}", root.main());
        assert_eq!(
            fresh
                .number("SELECT count(*) FROM cars WHERE make <> 'Y'")
                .await,
            3,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_asks_the_policy_of_its_target() {
    let (fresh, ..) = open(Kind::Sqlite).await;
    let owners = tower_rest::ViewSet::of::<super::Owner>(&fresh.db).policy(super::by_role);
    let cars = tower_rest::ViewSet::of::<super::Car>(&fresh.db).writable();
    let api = tower_rest::Router::new()
        .register("owners", owners)
        .register("cars", cars)
        .build();
    let browser = Browser::of(&api.expect("an API"));
    let form = browser
        .form("/cars/?_form=create")
        .await
        .and("_form", "look-up=owner_id");
    assert_eq!(browser.sent(&form).await.answer.status(), 200);
    let stranger = browser.with("x-role", "stranger");
    let refused = stranger.sent(&form).await;
    assert_eq!(refused.answer.status(), 403, "{}", refused.main());
    assert!(!refused.main().contains("Ada"), "{}", refused.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_has_what_the_caller_may_do() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let methods = async |role: &str| {
        let who = browser.clone().with("x-role", role);
        let page = who.page("/cars/1/?_form=options").await;
        page.texts("main p code")
    };
    assert_eq!(methods("guest").await, ["GET", "HEAD", "OPTIONS"]);
    assert_eq!(
        methods("mechanic").await,
        ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
    );
    let form = Form {
        action: "/cars/1/?_form=options".to_owned(),
        method: http::Method::POST,
        pairs: Vec::new(),
    };
    assert_eq!(browser.sent(&form).await.answer.status(), 405);
}
