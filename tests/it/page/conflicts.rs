//! Two people who change one row: the second one sees what the first one did.

use serde_json::json;
use tower_rest::testing::Client;

use super::open;
use crate::databases::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_update_becomes_a_question() {
    for kind in Kind::reachable().await {
        let (_fresh, api, browser) = open(kind).await;
        let mine = browser.form("/cars/1/?_form=edit").await;
        let theirs = browser.form("/cars/1/?_form=edit").await;
        browser
            .done(&theirs.set("make", "Lancia").set("year", "1980"))
            .await;

        let mine = mine.set("make", "Alfa").set("note", "mine\nalone");
        let conflict = browser.sent(&mine).await;
        assert_eq!(conflict.answer.status(), 412, "{kind}");
        let stored = |name: &str| conflict.beside(name, ".theirs");
        let form = conflict.own_form();
        // Both versions are shown of what both changed.
        assert!(
            stored("make").is_some_and(|text| text.contains("Lancia")),
            "{kind}"
        );
        assert_eq!(form.value("make"), "Alfa", "{kind}");
        // What only the other one changed is taken over, and said to be.
        assert_eq!(form.value("year"), "1980", "{kind}");
        assert!(
            stored("year").is_some_and(|text| text.contains("somebody else")),
            "{kind}: {}",
            conflict.main()
        );
        assert_eq!(form.value("note"), "mine\nalone", "{kind}");
        assert!(
            stored("note").is_some_and(|text| text.contains("one two")),
            "{kind}"
        );
        assert_eq!(stored("owner_id"), None, "{kind}");
        assert_eq!(stored("built"), None, "{kind}");
        let car = Client::new(api.clone()).get("/cars/1/").await.json();
        assert_eq!(
            (&car["make"], &car["year"]),
            (&json!("Lancia"), &json!(1980)),
            "{kind}: nothing is written"
        );

        // Saved once more, only what was typed is put in its place.
        assert_eq!(browser.done(&form).await, "/cars/1/", "{kind}");
        let car = Client::new(api.clone()).get("/cars/1/").await.json();
        let got = (&car["make"], &car["year"], &car["note"]);
        assert_eq!(
            got,
            (&json!("Alfa"), &json!(1980), &json!("mine\nalone")),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_changes_nothing_is_a_conflict_too_where_the_row_changed() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let mine = browser.form("/cars/2/?_form=edit").await;
        fresh
            .execute("UPDATE cars SET year = 1970 WHERE car_id = 2")
            .await;
        let conflict = browser.sent(&mine).await;
        assert_eq!(conflict.answer.status(), 412, "{kind}: {}", conflict.main());
        assert!(conflict.beside("year", ".theirs").is_some(), "{kind}");
        // A second change meanwhile is a second conflict.
        let form = conflict.own_form();
        fresh
            .execute("UPDATE cars SET year = 1971 WHERE car_id = 2")
            .await;
        let again = browser.sent(&form.set("make", "Y")).await;
        assert_eq!(again.answer.status(), 412, "{kind}");
        assert_eq!(again.own_form().value("year"), "1971", "{kind}");
        assert!(again.beside("year", ".theirs").is_some(), "{kind}");
        assert_eq!(again.beside("owner_id", ".theirs"), None, "{kind}");
        assert_eq!(
            fresh
                .number("SELECT count(*) FROM cars WHERE make = 'Saab'")
                .await,
            1,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_changed_is_not_deleted_unseen() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let question = browser.page("/cars/2/?_form=delete").await;
        fresh
            .execute("UPDATE cars SET year = 1970 WHERE car_id = 2")
            .await;
        let again = browser.sent(&question.own_form()).await;
        assert_eq!(again.answer.status(), 412, "{kind}: {}", again.main());
        assert!(
            again.main().contains("1970"),
            "{kind}: it is shown as it is now"
        );
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3, "{kind}");
        assert_eq!(browser.done(&again.own_form()).await, "/cars/", "{kind}");
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 2, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_not_found() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let form = browser.form("/cars/2/?_form=edit").await;
        fresh.execute("DELETE FROM cars WHERE car_id = 2").await;
        let gone = browser.sent(&form.set("make", "Y")).await;
        assert_eq!(gone.answer.status(), 404, "{kind}");
        assert!(gone.main().contains("not_found"), "{kind}: {}", gone.main());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_keeps_the_version_that_the_form_showed() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let form = browser.form("/cars/2/?_form=edit").await;
        let faulty = browser.sent(&form.set("year", "1")).await;
        assert_eq!(faulty.answer.status(), 400, "{kind}");
        fresh
            .execute("UPDATE cars SET make = 'Other' WHERE car_id = 2")
            .await;
        let conflict = browser.sent(&faulty.own_form().set("year", "1960")).await;
        assert_eq!(conflict.answer.status(), 412, "{kind}");
        assert_eq!(conflict.own_form().value("make"), "Other", "{kind}");
        assert!(conflict.beside("make", ".theirs").is_some(), "{kind}");
        let theirs = conflict.beside("year", ".theirs").unwrap_or_default();
        assert!(theirs.contains("2001"), "{kind}: {theirs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_leads_back_to_what_is_stored() {
    let (fresh, _api, browser) = open(Kind::Sqlite).await;
    let form = browser.form("/cars/2/?_form=edit").await;
    fresh
        .execute("UPDATE cars SET make = 'Other' WHERE car_id = 2")
        .await;
    let conflict = browser.sent(&form.set("make", "Mine")).await;
    let again = browser
        .form(&conflict.link("Begin again with what is stored"))
        .await;
    assert_eq!(again.value("make"), "Other");
    assert_eq!(browser.done(&again.set("year", "1960")).await, "/cars/2/");
    assert_eq!(
        fresh
            .number("SELECT year FROM cars WHERE make = 'Other'")
            .await,
        1960
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_does_not_say_what_it_showed_keeps_all_that_it_has() {
    let (fresh, _api, browser) = open(Kind::Sqlite).await;
    let mut form = browser.form("/cars/2/?_form=edit").await;
    form.pairs.retain(|(_, value)| !value.starts_with("shown="));
    fresh
        .execute("UPDATE cars SET year = 1970 WHERE car_id = 2")
        .await;
    let conflict = browser.sent(&form).await;
    assert_eq!(conflict.answer.status(), 412, "{}", conflict.main());
    assert_eq!(conflict.own_form().value("year"), "2001");
    let theirs = conflict.beside("year", ".theirs").unwrap_or_default();
    assert!(theirs.contains("1970"), "{theirs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_a_look_up_is_still_known() {
    let (fresh, _api, browser) = open(Kind::Sqlite).await;
    let form = browser
        .form("/cars/2/?_form=edit")
        .await
        .set("make", "Mine");
    let rows = browser.sent(&form.and("_form", "look-up=owner_id")).await;
    fresh
        .execute("UPDATE cars SET make = 'Other', year = 1970 WHERE car_id = 2")
        .await;
    let back = browser
        .sent(&rows.own_form().and("_form", "choose=1"))
        .await;
    let conflict = browser.sent(&back.own_form()).await.own_form();
    let values = ["make", "year", "owner_id"].map(|name| conflict.value(name));
    assert_eq!(values, ["Mine", "1970", "1"]);
}
