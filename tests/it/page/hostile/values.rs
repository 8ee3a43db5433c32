//! Hostile strings as stored values and as keys.

use serde_json::{Value as Json, json};
use tower_rest::{Api, Database, Router, Schema};

use super::{check, harmless, same, says, strings};
use crate::page::browser::{Browser, Page, percent};

/// Words by their number and by themselves, and notes that refer to words.
async fn api(strings: &[String]) -> (Database, Api) {
    let db = Database::in_memory().await.expect("a database");
    let tables = "CREATE TABLE texts (text_id INTEGER PRIMARY KEY, body TEXT, title VARCHAR(9000) NOT NULL, document JSON);
        CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY, number INTEGER);
        CREATE TABLE uses (use_id INTEGER PRIMARY KEY, word TEXT REFERENCES words (word));";
    db.execute_script(tables).await.expect("tables");
    let pool = db.sqlite_pool().expect("a pool");
    for (at, text) in strings.iter().enumerate() {
        let at = i64::try_from(at).expect("a number") + 1;
        let document = json!({text.as_str(): [text]}).to_string();
        sqlx::query("INSERT INTO texts VALUES (?, ?, ?, ?)")
            .bind(at)
            .bind(text)
            .bind(text)
            .bind(document)
            .execute(pool)
            .await
            .expect("a text");
        // Harmless strings may be alike.
        let word = sqlx::query("INSERT OR IGNORE INTO words VALUES (?, ?)")
            .bind(text)
            .bind(at);
        word.execute(pool).await.expect("a word");
        let word = sqlx::query("INSERT INTO uses VALUES (?, ?)")
            .bind(at)
            .bind(text);
        word.execute(pool).await.expect("a use");
    }
    let schema = Schema::reflect(&db).await.expect("a schema");
    (db, Router::of(schema).writable().build().expect("an API"))
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_values_are_text_and_nothing_else() {
    let hostile = strings();
    let plain: Vec<_> = hostile.iter().map(|text| harmless(text)).collect();
    let ((db, ours), (_, theirs)) = (api(&hostile).await, api(&plain).await);
    let (ours, theirs) = (Browser::of(&ours), Browser::of(&theirs));
    let both = async |path: &str| (ours.open(path).await, theirs.open(path).await);
    for page in 1..=5 {
        let path = format!("/texts/?page_size=50&page={page}");
        let (left, right) = both(&path).await;
        assert_eq!(left.answer.status(), 200, "{path}: {}", left.main());
        same(&left, &right, &path);
    }
    for (at, text) in hostile.iter().enumerate() {
        let path = format!("/texts/{}/", at + 1);
        for query in ["", "?_form=edit", "?_form=delete", "?fields=body"] {
            let (left, right) = both(&format!("{path}{query}")).await;
            assert_eq!(left.answer.status(), 200, "{text:?}: {}", left.main());
            same(&left, &right, &format!("{text:?}"));
            says(&left, text, &format!("{query} {text:?}"));
        }
        // A form that is sent as it is changes nothing.
        let before = ours.get(&format!("{path}?format=json")).await;
        let form = ours.form(&format!("{path}?_form=edit")).await;
        ours.done(&form).await;
        let after = ours.get(&format!("{path}?format=json")).await;
        assert_eq!(before.text(), after.text(), "{text:?}");
        let change = format!(
            "UPDATE texts SET title = title || '.' WHERE text_id = {}",
            at + 1
        );
        db.execute_script(&change).await.expect("a change");
        let conflict = ours.sent(&form).await;
        assert_eq!(conflict.answer.status(), 412, "{text:?}");
        check(&conflict);
        says(
            &conflict,
            &format!("{text}."),
            &format!("conflict {text:?}"),
        );
    }
}

/// The links of a list to its objects.
fn opens(page: &Page) -> Vec<String> {
    let links = page.all("td.open a").into_iter();
    let links = links.filter_map(|link| link.attr("href"));
    links
        .map(|href| crate::page::browser::resolved(&page.url, href))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_text_and_nothing_else() {
    let hostile = strings();
    let (_, api) = api(&hostile).await;
    let browser = Browser::of(&api);
    let mut seen = 0;
    for page in 1..=5 {
        let list = browser
            .page(&format!("/words/?page_size=50&page={page}"))
            .await;
        check(&list);
        for path in opens(&list) {
            seen += 1;
            let json = browser.get(&format!("{path}?format=json")).await;
            assert_eq!(json.status(), 200, "{path}: {}", json.text());
            let word = json.json()["word"].as_str().expect("a word").to_owned();
            for query in [
                "",
                "?_form=edit",
                "?_form=delete",
                "?_form=options",
                "?nonsense=1",
            ] {
                let page = browser.open(&format!("{path}{query}")).await;
                let expected = if query == "?nonsense=1" { 400 } else { 200 };
                assert_eq!(
                    page.answer.status(),
                    expected,
                    "{path}{query}: {}",
                    page.main()
                );
                check(&page);
                if !matches!(query, "?_form=options" | "?nonsense=1") {
                    says(&page, &word, &path);
                }
                for crumb in page.all("nav.trail a") {
                    let href = crumb.attr("href").unwrap_or_default();
                    assert!(
                        href.starts_with("http://localhost/words/"),
                        "{path}: {href}"
                    );
                }
            }
        }
    }
    // Those that a path cannot hold have no page of their own.
    assert!(seen >= hostile.len() - 5, "{seen} of {}", hostile.len());

    // The key of each stands in the buttons of the look-up, and is what is chosen.
    let form = browser.form("/uses/?_form=create").await;
    let mut rows = browser.sent(&form.and("_form", "look-up=word")).await;
    let mut found = 0;
    loop {
        check(&rows);
        for button in rows.all("button[value^='choose=']") {
            let value = button.attr("value").expect("a value");
            let back = browser.sent(&rows.own_form().and("_form", value)).await;
            check(&back);
            found += 1;
        }
        let buttons = rows.all("button[value^='page=']");
        let next = buttons
            .into_iter()
            .find(|button| button.text().eq(["Next"]));
        let Some(next) = next.and_then(|next| next.attr("value").map(str::to_owned)) else {
            break;
        };
        rows = browser.sent(&rows.own_form().and("_form", &next)).await;
    }
    assert_eq!(found, hostile.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn links_to_hostile_keys_lead_to_their_rows() {
    let hostile = strings();
    let (_, api) = api(&hostile).await;
    let browser = Browser::of(&api);
    for (at, text) in hostile.iter().enumerate() {
        let page = browser.page(&format!("/uses/{}/", at + 1)).await;
        check(&page);
        let links: Vec<_> = page
            .all("dl a")
            .into_iter()
            .filter_map(|link| link.attr("href"))
            .collect();
        let leads = links
            .iter()
            .any(|href| href.starts_with("http://localhost/words/"));
        let has_a_path = !matches!(text.as_str(), "" | "." | "..");
        if leads {
            let to = links[0].trim_start_matches("http://localhost");
            let word = browser.get(&format!("{to}?format=json")).await.json();
            assert_eq!(word["word"], Json::from(text.as_str()), "{to}");
        } else {
            assert!(!has_a_path, "{text:?}: {links:?}");
        }
        // No text of a request holds NUL, and no URL is that long.
        if text.contains('\0') || text.len() > 1_000 {
            continue;
        }
        let listed = browser
            .page(&format!("/uses/?word={}", percent(text)))
            .await;
        assert_eq!(listed.all("tbody tr").len(), 1, "{text:?}");
        check(&listed);
    }
}
