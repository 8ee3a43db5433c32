//! Actions that are called by a form.

use super::open;
use crate::databases::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_called_by_its_form_and_its_answer_is_shown() {
    for kind in Kind::reachable().await {
        let (_fresh, _api, browser) = open(kind).await;
        let object = browser.page("/cars/1/").await;
        let page = browser.page(&object.link("wash")).await;
        assert_eq!(page.url, "/cars/1/wash/?_form=act", "{kind}");
        assert!(page.main().contains("Washes the car with soap"), "{kind}");
        let form = page
            .own_form()
            .set("payload", r#"{"soap": "<b>green</b>"}"#);
        let done = browser.sent(&form).await;
        assert_eq!(done.answer.status(), 200, "{kind}: {}", done.main());
        let answer = done.text(".answer .unfolded");
        assert_eq!(answer, r#"{"washed":1,"with":"<b>green</b>"}"#, "{kind}");
        assert_eq!(done.link("Back"), "/cars/1/", "{kind}");

        for (payload, words) in [
            ("", "body"),
            ("{", "JSON"),
            (r#"{"soap": 1}"#, "soap"),
            (r#"{"sope": "x"}"#, "sope"),
        ] {
            let refused = browser.sent(&page.own_form().set("payload", payload)).await;
            assert!(
                matches!(refused.answer.status(), 400 | 422),
                "{kind} {payload}: {}",
                refused.main()
            );
            let problem = refused.text(".problem");
            assert!(problem.contains(words), "{kind} {payload}: {problem}");
            assert_eq!(refused.own_form().value("payload"), payload, "{kind}");
        }
        let missing = browser
            .sent(&super::browser::Form {
                action: "/cars/99/wash/?_form=act".to_owned(),
                ..form
            })
            .await;
        assert_eq!(missing.answer.status(), 404, "{kind}: {}", missing.main());
        let form = browser.get("/cars/99/wash/?_form=act").await;
        assert_eq!(form.status(), 404, "{kind}: {}", form.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_only_reads_is_a_link() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let list = browser.page("/cars/").await;
    let answer = browser.get(&list.link("stats")).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.json()["cars"], 3);
}
