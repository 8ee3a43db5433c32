//! Forms that create, change and delete one row.

use serde_json::{Value as Json, json};
use tower_rest::{Api, testing::Client};

use super::{
    browser::{Browser, Form, words},
    open, router,
};
use crate::databases::Kind;

async fn json(api: &Api, path: &str) -> Json {
    let answer = Client::new(api.clone()).get(path).await;
    assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_created_by_its_form() {
    for kind in Kind::reachable().await {
        let (fresh, api, browser) = open(kind).await;
        let list = browser.page("/cars/").await;
        let page = browser.page(&list.link("New")).await;
        assert_eq!(page.url, "/cars/?_form=create");
        // A hidden or read-only column has no field.
        let fields = page.fields();
        let expected = [
            "car_id", "make", "year", "owner_id", "sold", "built", "note", "vin", "pin",
        ];
        assert_eq!(fields, expected, "{kind}");
        assert_eq!(
            page.own_form().value("sold"),
            "false",
            "{kind}: the default"
        );
        let form = page
            .own_form()
            .set("make", "Alfa \"<b>&amp;")
            .set("year", "1975")
            .set("owner_id", "2")
            .set("built", "1975-02-03")
            .set("note", "one\ntwo")
            .set("pin", "9876");
        let location = browser.done(&form).await;
        assert_eq!(location, "/cars/4/", "{kind}");
        let car = json(&api, &location).await;
        assert_eq!(car["make"], "Alfa \"<b>&amp;", "{kind}");
        assert_eq!(
            (&car["year"], &car["owner_id"]),
            (&json!(1975), &json!(2)),
            "{kind}"
        );
        assert_eq!(
            (&car["sold"], &car["built"]),
            (&json!(false), &json!("1975-02-03")),
            "{kind}"
        );
        // The browser ends lines by CR and LF.
        assert_eq!(car["note"], "one\ntwo", "{kind}");
        assert_eq!(car["vin"], Json::Null, "{kind}: an empty field is null");
        let is_kept =
            "SELECT count(*) FROM cars WHERE car_id = 4 AND pin = '9876' AND bought_for IS NULL";
        assert_eq!(fresh.number(is_kept).await, 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_shown_beside_its_field_with_what_was_typed() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let form = browser.form("/cars/?_form=create").await;
        let typed = form
            .clone()
            .set("make", "much too long for any make of cars")
            .set("year", "1700")
            .set("built", "yesterday")
            .set("note", "first\nsecond\n")
            .set("vin", "\"><i>&lt;")
            .set("owner_id", "1")
            .set("pin", "secret");
        let refused = browser.sent(&typed).await;
        assert_eq!(refused.answer.status(), 400, "{kind}");
        assert_eq!(refused.answer.header("cache-control"), Some("no-store"));
        for name in ["make", "year", "built"] {
            let fault = refused.beside(name, ".fault");
            assert!(
                fault.is_some_and(|fault| fault.contains(name)),
                "{kind} {name}"
            );
        }
        for name in ["note", "vin", "owner_id"] {
            assert_eq!(refused.beside(name, ".fault"), None, "{kind} {name}");
        }
        let kept = refused.own_form();
        for name in ["make", "year", "built", "note", "vin", "owner_id"] {
            assert_eq!(kept.value(name), typed.value(name), "{kind} {name}");
        }
        // What describes a field is tied to it, for people who hear the page.
        for bad in refused.all("[aria-invalid=true]") {
            let ids = bad.attr("aria-describedby").unwrap_or_default();
            for id in ids.split(' ') {
                assert_eq!(refused.all(&format!("[id='{id}']")).len(), 1, "{kind} {id}");
            }
        }
        // The same form, mended, goes through.
        let mended = kept
            .set("make", "Lancia")
            .set("year", "1970")
            .set("built", "1970-01-01");
        assert_eq!(browser.done(&mended).await, "/cars/4/", "{kind}");

        let blank = browser.sent(&form.clone().set("make", "")).await;
        assert_eq!(blank.answer.status(), 400, "{kind}");
        assert!(blank.beside("make", ".fault").is_some(), "{kind}");
        let missing = browser
            .sent(&form.clone().set("make", "X").set("owner_id", "99"))
            .await;
        assert_eq!(missing.answer.status(), 400, "{kind}: {}", missing.main());
        assert!(missing.beside("owner_id", ".fault").is_some(), "{kind}");
        let owner = browser.form("/owners/?_form=create").await;
        let twice = owner.set("name", "Ada").set("tenant", "1");
        let twice = browser.sent(&twice).await;
        assert_eq!(twice.answer.status(), 409, "{kind}: {}", twice.main());
        assert_eq!(twice.own_form().value("name"), "Ada", "{kind}");
        assert!(twice.main().contains("name"), "{kind}: {}", twice.main());
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 4, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_not_in_the_form_are_refused() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let create = browser.form("/cars/?_form=create").await.set("make", "X");
        let edit = browser.form("/cars/1/?_form=edit").await;
        for (form, name) in [
            (&create, "mileage"),
            (&create, "bought_for"),
            (&create, "nonsense"),
            (&edit, "mileage"),
            (&edit, "bought_for"),
            (&edit, "vin"),
            (&edit, "car_id"),
            (&edit, "nonsense"),
        ] {
            let sent = browser.sent(&form.clone().and(name, "77")).await;
            assert_eq!(sent.answer.status(), 400, "{kind} {name}: {}", sent.main());
            assert!(sent.main().contains(name), "{kind} {name}: {}", sent.main());
        }
        let untouched = "SELECT count(*) FROM cars WHERE mileage = 77 OR bought_for = 77 OR vin = '77' OR car_id = 77";
        assert_eq!(fresh.number(untouched).await, 0, "{kind}");
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_changed_is_written() {
    for kind in Kind::reachable().await {
        let (fresh, api, browser) = open(kind).await;
        let object = browser.page("/cars/1/").await;
        let page = browser.page(&object.link("Edit")).await;
        assert_eq!(page.url, "/cars/1/?_form=edit");
        // A key, or a column that is only set in new rows, has no field.
        let fields = page.fields();
        let expected = ["make", "year", "owner_id", "sold", "built", "note", "pin"];
        assert_eq!(fields, expected, "{kind}");
        let form = page.own_form();
        assert_eq!(form.value("pin"), "", "{kind}: it is never shown");
        assert!(!page.answer.text().contains("1234"), "{kind}");
        assert_eq!(form.value("built"), "1999-05-06", "{kind}");

        // Saved as it is, nothing is written: the text keeps its CR.
        let statements = browser.send(&form).await.statements();
        assert!(statements <= 2, "{kind}: {statements}");
        assert_eq!(browser.done(&form).await, "/cars/1/", "{kind}");
        let cr = match kind {
            Kind::Sqlite | Kind::MySql => {
                "SELECT count(*) FROM cars WHERE note LIKE concat('one', char(13), '%') AND pin = '1234'"
            }
            Kind::Postgres => {
                "SELECT count(*) FROM cars WHERE note LIKE concat('one', chr(13), '%') AND pin = '1234'"
            }
        };
        assert_eq!(fresh.number(cr).await, 1, "{kind}");
        // Another column is changed: the text and the secret still stay.
        let changed = form.clone().set("year", "2000").set("sold", "true");
        assert_eq!(browser.done(&changed).await, "/cars/1/", "{kind}");
        assert_eq!(fresh.number(cr).await, 1, "{kind}");
        let car = json(&api, "/cars/1/").await;
        assert_eq!(
            (&car["year"], &car["sold"], &car["mileage"]),
            (&json!(2000), &json!(true), &json!(70)),
            "{kind}"
        );

        // A text that is changed has LF; an empty field is null, where the column may be.
        let form = browser.form("/cars/1/?_form=edit").await;
        let changed = form
            .set("note", "one\nthree")
            .set("year", "")
            .set("owner_id", "")
            .set("pin", "5555");
        browser.done(&changed).await;
        let car = json(&api, "/cars/1/").await;
        assert_eq!(
            (&car["year"], &car["owner_id"]),
            (&Json::Null, &Json::Null),
            "{kind}"
        );
        assert_eq!(car["note"], "one\nthree", "{kind}");
        let pin = "SELECT count(*) FROM cars WHERE car_id = 1 AND pin = '5555'";
        assert_eq!(fresh.number(pin).await, 1, "{kind}");
        // A null and an empty text look alike in a field, and both stay as they are.
        for key in [2, 3] {
            let path = format!("/cars/{key}/");
            let before = json(&api, &path).await;
            let form = browser.form(&format!("{path}?_form=edit")).await;
            browser.done(&form.set("year", "1950")).await;
            let mut expected = before.clone();
            expected["year"] = json!(1950);
            assert_eq!(json(&api, &path).await, expected, "{kind}");
        }
        // A column that may not be null keeps its value where the field is emptied.
        let form = browser.form("/cars/1/?_form=edit").await;
        let refused = browser.sent(&form.set("make", "")).await;
        assert_eq!(refused.answer.status(), 400, "{kind}");
        assert!(
            refused.beside("make", ".fault").is_some(),
            "{kind}: {}",
            refused.main()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_odd_line_ends_survives_the_form() {
    for kind in Kind::reachable().await {
        let (_fresh, api, browser) = open(kind).await;
        let client = Client::new(api.clone());
        for note in [
            "\nstarts",
            "\r\nstarts",
            "\n\n",
            "ends\n",
            "a\rb",
            "  spaces  ",
            "tab\tbed",
            "<textarea></textarea>\n",
            "a\u{2028}b\nc",
        ] {
            let set = client
                .ask(http::Method::PATCH, "/cars/1/")
                .json(&json!({"note": note}))
                .await;
            assert_eq!(set.status(), 200, "{kind} {note:?}: {}", set.text());
            let form = browser.form("/cars/1/?_form=edit").await;
            browser.done(&form.set("sold", "true")).await;
            assert_eq!(
                json(&api, "/cars/1/").await["note"],
                note,
                "{kind} {note:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_deleted_after_a_question() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let object = browser.page("/cars/2/").await;
        let question = browser.page(&object.link("Delete")).await;
        assert_eq!(question.url, "/cars/2/?_form=delete", "{kind}");
        assert!(
            question.main().contains("Saab"),
            "{kind}: what is deleted is shown"
        );
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3, "{kind}");
        assert_eq!(browser.done(&question.own_form()).await, "/cars/", "{kind}");
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 2, "{kind}");
        // A second click finds nothing more.
        let again = browser.sent(&question.own_form()).await;
        assert_eq!(again.answer.status(), 404, "{kind}");

        // Rows that refer to it are named, and it stays.
        let question = browser.page("/owners/1/?_form=delete").await;
        let refused = browser.sent(&question.own_form()).await;
        assert_eq!(refused.answer.status(), 409, "{kind}: {}", refused.main());
        let problem = refused.text(".problem");
        assert!(problem.contains("refer"), "{kind}: {problem}");
        assert_eq!(
            fresh.number("SELECT count(*) FROM owners").await,
            3,
            "{kind}"
        );
        assert!(refused.main().contains("Ada"), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let create = browser.form("/cars/?_form=create").await.set("make", "X");
        let edit = browser.form("/cars/1/?_form=edit").await.set("make", "X");
        let delete = browser.form("/cars/2/?_form=delete").await;
        let paste = Form {
            action: "/cars/?_form=paste".to_owned(),
            ..create.clone()
        };
        let paste = Form {
            pairs: Vec::new(),
            ..paste
        }
        .and("table", "make\nX")
        .and("_form", "insert=1");
        let act = browser
            .form("/cars/1/wash/?_form=act")
            .await
            .set("payload", r#"{"soap": "x"}"#);
        for form in [&create, &edit, &delete, &paste, &act] {
            for header in [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-site", "nonsense"),
            ] {
                let refused = browser.send_with(form, header).await;
                assert_eq!(refused.status(), 403, "{kind} {} {header:?}", form.action);
                assert!(
                    refused.text().contains("cross_site"),
                    "{kind} {}",
                    form.action
                );
            }
            // An older browser says the origin alone.
            let request = browser
                .0
                .post(&form.action)
                .header("origin", "https://evil.example");
            let refused = request
                .body("application/x-www-form-urlencoded", "make=X")
                .await;
            assert_eq!(refused.status(), 403, "{kind} {}", form.action);
            // Without a media type it could be a form.
            let request = browser
                .0
                .post(&form.action)
                .header("sec-fetch-site", "cross-site");
            assert_eq!(request.await.status(), 403, "{kind} {}", form.action);
        }
        assert_eq!(
            fresh
                .number("SELECT count(*) FROM cars WHERE make <> 'X'")
                .await,
            3,
            "{kind}"
        );
        // JSON, which another site cannot send, is no form of a page.
        let json = browser
            .0
            .post("/cars/?_form=create")
            .json(&json!({"make": "X"}))
            .await;
        assert_eq!(json.status(), 415, "{kind}");
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_have_the_rules_of_their_columns() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let page = browser.page("/cars/?_form=create").await;
    let control = |name: &str| {
        let found = page.all(&format!("main [name='{name}']"));
        assert_eq!(found.len(), 1, "{name}");
        found[0]
    };
    let year = control("year");
    assert_eq!(
        (year.attr("type"), year.attr("min"), year.attr("max")),
        (Some("number"), Some("1886"), Some("2100"))
    );
    let make = control("make");
    assert_eq!(
        (make.attr("maxlength"), make.attr("required")),
        (Some("20"), Some(""))
    );
    assert_eq!(control("built").attr("type"), Some("date"));
    assert_eq!(control("sold").value().name(), "select");
    assert_eq!(control("note").value().name(), "textarea");
    assert!(control("year").attr("required").is_none());
    // Each field has a label.
    for control in
        page.all("main form input:not([type=hidden]), main form select, main form textarea")
    {
        let id = control
            .attr("id")
            .unwrap_or_else(|| panic!("{:?}", control.value()));
        let label = page.all(&format!("label[for='{id}']"));
        assert_eq!(label.len(), 1, "{id}");
        assert!(!words(label[0]).is_empty(), "{id}");
    }
    assert!(page.main().contains("When it was first built."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_nested_list_belongs_to_its_parent() {
    for kind in Kind::reachable().await {
        let (_fresh, api, browser) = open(kind).await;
        let page = browser.page("/cars/2/parts/?_form=create").await;
        assert_eq!(page.fields(), ["part_id", "kind", "weight"], "{kind}");
        let created = browser.done(&page.own_form().set("kind", "mirror")).await;
        assert_eq!(created, "/cars/2/parts/4/", "{kind}");
        let part = json(&api, &created).await;
        assert_eq!(
            (&part["car_id"], &part["weight"]),
            (&json!(2), &Json::Null),
            "{kind}"
        );
        // The parent is no field, and cannot be sent as one.
        let form = page.own_form().set("kind", "mirror").and("car_id", "1");
        let refused = browser.sent(&form).await;
        assert_eq!(refused.answer.status(), 400, "{kind}: {}", refused.main());
        let edit = browser.page("/cars/2/parts/4/?_form=edit").await;
        assert_eq!(edit.fields(), ["kind", "weight"], "{kind}");
        assert_eq!(
            browser.done(&edit.own_form().set("weight", "3")).await,
            "/cars/2/parts/4/"
        );
        let delete = browser.page("/cars/2/parts/4/?_form=delete").await;
        assert_eq!(
            browser.done(&delete.own_form()).await,
            "/cars/2/parts/",
            "{kind}"
        );
        // A parent that is not there has no forms.
        for path in [
            "/cars/99/parts/?_form=create",
            "/cars/99/parts/?_form=paste",
            "/cars/x/parts/?_form=create",
            "/cars/2/parts/1/?_form=edit",
            "/cars/2/parts/1/?_form=delete",
        ] {
            assert_eq!(
                browser.open(path).await.answer.status(),
                404,
                "{kind} {path}"
            );
        }
        let lost = Form {
            action: "/cars/99/parts/?_form=create".to_owned(),
            ..page.own_form().set("kind", "x")
        };
        assert_eq!(browser.sent(&lost).await.answer.status(), 404, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_work_below_a_prefix_and_behind_a_proxy() {
    let (fresh, ..) = open(Kind::Sqlite).await;
    let api = router(&fresh.db)
        .origin("https://api.example.com")
        .mount("/v1")
        .build()
        .expect("an API");
    let browser = Browser::of(&api);
    let page = browser.page("/cars/?_form=create").await;
    let action = page.all("main form")[0].attr("action");
    assert_eq!(
        action,
        Some("https://api.example.com/v1/cars/?_form=create")
    );
    // The application that hosts the API takes the prefix off.
    let form = Form {
        action: "/cars/?_form=create".to_owned(),
        ..page.own_form()
    };
    assert_eq!(
        browser.done(&form.set("make", "X")).await,
        "https://api.example.com/v1/cars/4/"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_only_reads_has_no_forms() {
    let (fresh, ..) = open(Kind::Sqlite).await;
    let api = router(&fresh.db).read_only().build().expect("an API");
    let browser = Browser::of(&api);
    let list = browser.page("/cars/").await;
    let object = browser.page("/cars/1/").await;
    for page in [&list, &object] {
        for text in ["New", "Paste rows", "Edit", "Delete"] {
            assert_eq!(page.links(text), Vec::<String>::new(), "{}", page.url);
        }
        assert!(page.all("form[method=post]").is_empty(), "{}", page.url);
    }
    for path in [
        "/cars/?_form=create",
        "/cars/?_form=paste",
        "/cars/1/?_form=edit",
        "/cars/1/?_form=delete",
    ] {
        assert_eq!(browser.open(path).await.answer.status(), 405, "{path}");
        let form = Form {
            action: path.to_owned(),
            method: http::Method::POST,
            pairs: Vec::new(),
        };
        assert_eq!(browser.sent(&form).await.answer.status(), 405, "{path}");
    }
    assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3);
}
