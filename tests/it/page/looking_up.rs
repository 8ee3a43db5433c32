//! The page on which the row that a column refers to is looked up.

use serde_json::json;
use tower_rest::testing::Client;

use super::{
    browser::{Form, Page, words},
    open,
};
use crate::databases::Kind;

/// The keys of the rows that can be chosen.
fn choices(page: &Page) -> Vec<String> {
    let buttons = page.all("button[value^='choose=']").into_iter();
    buttons
        .filter_map(|button| {
            button
                .attr("value")?
                .strip_prefix("choose=")
                .map(str::to_owned)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_looked_up_and_what_was_typed_stays() {
    for kind in Kind::reachable().await {
        let (_fresh, api, browser) = open(kind).await;
        for (form, saves) in [
            ("/cars/?_form=create", "/cars/4/"),
            ("/cars/2/?_form=edit", "/cars/2/"),
        ] {
            let page = browser.page(form).await;
            let button = page.all("button[value^='look-up=']");
            assert_eq!(button.len(), 1, "{kind} {form}");
            assert_eq!(words(button[0]), "Look up Owner", "{kind} {form}");
            let value = button[0].attr("value").expect("a value");
            assert_eq!(value, "look-up=owner_id", "{kind} {form}");
            let typed = page
                .own_form()
                .set("make", "A\"<b>")
                .set("note", "x\n\ny")
                .set("year", "no number")
                .set("pin", "77");
            let rows = browser.sent(&typed.clone().and("_form", value)).await;
            assert_eq!(rows.answer.status(), 200, "{kind} {form}: {}", rows.main());
            assert_eq!(choices(&rows), ["1", "2", "3"], "{kind} {form}");
            // Rows are searched for; what was typed goes along.
            let searched = browser.sent(&rows.own_form().and("_form", "ignored")).await;
            assert_eq!(choices(&searched).len(), 3, "{kind} {form}");
            let mut search = rows.own_form();
            let at = search
                .pairs
                .iter()
                .position(|(_, value)| value == "search")
                .expect("a search");
            search.pairs[at + 1].1 = "CYD".to_owned();
            let searched = browser.sent(&search).await;
            assert_eq!(choices(&searched), ["3"], "{kind} {form}");
            let back = browser
                .sent(&searched.own_form().and("_form", "choose=3"))
                .await;
            assert_eq!(back.answer.status(), 200, "{kind} {form}");
            let filled = back.own_form();
            assert_eq!(filled.value("owner_id"), "3", "{kind} {form}");
            for name in ["make", "note", "year", "pin"] {
                assert_eq!(
                    filled.value(name),
                    typed.value(name),
                    "{kind} {form} {name}"
                );
            }
            let cancelled = browser
                .sent(&searched.own_form().and("_form", "cancel=1"))
                .await;
            assert_eq!(
                cancelled.own_form().value("owner_id"),
                typed.value("owner_id"),
                "{kind} {form}"
            );
            assert_eq!(
                cancelled.own_form().value("note"),
                "x\n\ny",
                "{kind} {form}"
            );
            // Nothing is written before it is saved.
            let saved = browser.done(&filled.set("year", "1999")).await;
            assert_eq!(saved, saves, "{kind} {form}");
            let car = Client::new(api.clone()).get(&saved).await.json();
            assert_eq!(
                (&car["owner_id"], &car["make"], &car["note"]),
                (&json!(3), &json!("A\"<b>"), &json!("x\n\ny")),
                "{kind}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_of_the_row_goes_along() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let page = browser.page("/cars/2/?_form=edit").await;
        let rows = browser
            .sent(&page.own_form().and("_form", "look-up=owner_id"))
            .await;
        fresh
            .execute("UPDATE cars SET year = 1970 WHERE car_id = 2")
            .await;
        let back = browser
            .sent(&rows.own_form().and("_form", "choose=1"))
            .await;
        let conflict = browser.sent(&back.own_form()).await;
        assert_eq!(conflict.answer.status(), 412, "{kind}: {}", conflict.main());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_out_of_scope_are_never_shown() {
    for kind in Kind::reachable().await {
        let (_fresh, _api, browser) = open(kind).await;
        let red = browser.clone().with("x-tenant", "1");
        let form = red.form("/cars/?_form=create").await.set("make", "X");
        let rows = red
            .sent(&form.clone().and("_form", "look-up=owner_id"))
            .await;
        assert_eq!(choices(&rows), ["1", "3"], "{kind}");
        assert!(!rows.main().contains("Bob"), "{kind}");
        for search in ["Bob", "b", "%", "2", ""] {
            let form = form
                .clone()
                .and("_form", "look-up=owner_id")
                .and("_form", "search")
                .and("_form", search);
            let found = red.sent(&form).await;
            assert!(
                !choices(&found).contains(&"2".to_owned()),
                "{kind} {search}"
            );
            assert!(!found.main().contains("Bob"), "{kind} {search}");
        }
        // A key out of scope is as one that is not there.
        let answers = ["2", "99"].map(|key| form.clone().set("owner_id", key));
        let [hidden, missing] = answers;
        let (hidden, missing) = (red.sent(&hidden).await, red.sent(&missing).await);
        assert_eq!(hidden.answer.status(), missing.answer.status(), "{kind}");
        assert_eq!(
            hidden.main().replace('2', "99"),
            missing.main().replace('2', "99"),
            "{kind}"
        );
        // Nor can it be edited, deleted or seen.
        for path in [
            "/owners/2/",
            "/owners/2/?_form=edit",
            "/owners/2/?_form=delete",
            "/owners/2/?_form=options",
        ] {
            let page = red.open(path).await;
            let is_same = path.contains("options");
            assert_eq!(
                page.answer.status(),
                if is_same { 200 } else { 404 },
                "{kind} {path}"
            );
            assert!(!page.main().contains("Bob"), "{kind} {path}");
        }
        for form in ["edit", "delete"] {
            let seen = browser.form(&format!("/owners/2/?_form={form}")).await;
            let refused = red.sent(&seen).await;
            assert_eq!(refused.answer.status(), 404, "{kind} {form}");
            assert!(!refused.main().contains("Bob"), "{kind} {form}");
        }
        let list = red.page("/owners/").await;
        assert_eq!(list.text("p.rows"), "2 rows", "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_columns_that_refer_to_rows_are_looked_up() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let form = browser.form("/cars/?_form=create").await;
    for column in ["make", "bought_for", "nothing", "", "owner", "car_id"] {
        let page = browser
            .sent(&form.clone().and("_form", &format!("look-up={column}")))
            .await;
        assert_eq!(page.answer.status(), 404, "{column}: {}", page.main());
    }
    for (page, expected) in [
        ("2", 200),
        ("0", 200),
        ("x", 200),
        ("-1", 200),
        ("18446744073709551615", 400),
    ] {
        let form = form
            .clone()
            .and("_form", "look-up=owner_id")
            .and("_form", &format!("page={page}"));
        let status = browser.sent(&form).await.answer.status();
        assert!(status == expected || status == 404, "{page}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_looked_up_page_by_page() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let owners: Vec<_> = (0..50).map(|at| format!("('Owner {at}', 1)")).collect();
        fresh
            .execute(&format!(
                "INSERT INTO owners (name, tenant) VALUES {}",
                owners.join(", ")
            ))
            .await;
        let form: Form = browser.form("/cars/?_form=create").await.set("make", "Z");
        let mut rows = browser.sent(&form.and("_form", "look-up=owner_id")).await;
        let mut seen = Vec::new();
        loop {
            let keys = choices(&rows);
            assert!(keys.len() <= 20, "{kind}: {}", keys.len());
            seen.extend(keys);
            let buttons = rows.all("button[value^='page=']");
            let next = buttons.into_iter().find(|button| words(*button) == "Next");
            let Some(next) = next.and_then(|next| next.attr("value").map(str::to_owned)) else {
                break;
            };
            rows = browser.sent(&rows.own_form().and("_form", &next)).await;
        }
        let expected: Vec<_> = (1..=53).map(|key| key.to_string()).collect();
        assert_eq!(seen, expected, "{kind}");
        let back = browser
            .sent(&rows.own_form().and("_form", "choose=53"))
            .await;
        assert_eq!(back.own_form().value("make"), "Z", "{kind}");
    }
}
