//! Hostile strings as the names of tables, columns and relations.

use tower_rest::{Api, Database, Router, Schema};

use super::{check, harmless, same, says, strings};
use crate::page::browser::{Browser, Page, resolved};

/// A table with a column by the name of each string, and one with a foreign key by that name that refers to it.
async fn api(names: &[String]) -> Api {
    let db = Database::in_memory().await.expect("a database");
    for (at, name) in names.iter().enumerate() {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        // A number tells names apart that differ in case or by what is replaced alone.
        let parent = quoted(&format!("{name}_{at}"));
        let child = quoted(&format!("child{at}_{name}"));
        let column = quoted(name);
        let sql = format!(
            "CREATE TABLE {parent} (id INTEGER PRIMARY KEY, {column} TEXT);
             CREATE TABLE {child} (id INTEGER PRIMARY KEY, {column} INTEGER REFERENCES {parent} (id));
             INSERT INTO {parent} VALUES (1, 'x'); INSERT INTO {child} VALUES (1, 1)"
        );
        let done = db.execute_script(&sql).await;
        done.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
    }
    let schema = Schema::reflect(&db).await.expect("a schema");
    Router::of(schema).writable().build().expect("an API")
}

/// The paths of the two tables by the name with a number.
fn lists(root: &Page, at: usize) -> [String; 2] {
    let (parent, child) = (format!("_{at}/"), format!("/child{at}_"));
    let links = root.all("ul.resources a").into_iter();
    let links: Vec<_> = links
        .filter_map(|link| Some(resolved("/", link.attr("href")?)))
        .collect();
    let one = |is_it: &dyn Fn(&str) -> bool| {
        let mut found = links.iter().filter(|link| is_it(link));
        let one = found.next().unwrap_or_else(|| panic!("no table {at}"));
        assert_eq!(found.next(), None, "two tables are {at}");
        one.clone()
    };
    let is_parent = |link: &str| link.ends_with(&parent) && !link.starts_with("/child");
    [one(&is_parent), one(&|link| link.starts_with(&child))]
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_text_and_nothing_else() {
    // SQLite takes no NUL in a name.
    let is_name = |text: &String| !text.contains('\0') && !text.is_empty();
    let hostile: Vec<_> = strings().into_iter().filter(is_name).collect();
    let plain: Vec<_> = hostile.iter().map(|name| harmless(name)).collect();
    let ours = Browser::of(&api(&hostile).await);
    let theirs = Browser::of(&api(&plain).await);
    let (root, other) = (ours.page("/").await, theirs.page("/").await);
    check(&root);
    for (at, name) in hostile.iter().enumerate() {
        for (left, right) in lists(&root, at).iter().zip(lists(&other, at)) {
            for end in [
                "",
                "1/",
                "?_form=create",
                "1/?_form=edit",
                "1/?_form=delete",
            ] {
                let left = ours.page(&format!("{left}{end}")).await;
                let right = theirs.page(&format!("{right}{end}")).await;
                same(&left, &right, &format!("{name:?}"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_pages_with_hostile_names_lead_to_pages() {
    let is_name = |text: &String| !text.contains('\0') && !text.is_empty();
    let hostile: Vec<_> = strings().into_iter().filter(is_name).collect();
    let browser = Browser::of(&api(&hostile).await);
    let root = browser.page("/").await;
    for at in 0..hostile.len() {
        let [parent, child] = lists(&root, at);
        let page = browser.page(&parent).await;
        for link in page.all("main a, footer a") {
            let href = resolved(&page.url, link.attr("href").unwrap_or_default());
            let answer = browser.get(&href).await;
            assert_eq!(answer.status(), 200, "{parent}: {href}: {}", answer.text());
        }
        // The names that clients use are shown as they are.
        let json = browser.get(&format!("{parent}?format=json")).await.json();
        for name in json["results"][0].as_object().expect("a row").keys() {
            if hostile.contains(name) {
                says(&page, name, &parent);
            }
        }
        for end in ["?_form=options", "?_form=paste"] {
            check(&browser.page(&format!("{child}{end}")).await);
        }
        let refused = browser.open(&format!("{child}?expand=nonsense")).await;
        assert_eq!(refused.answer.status(), 400, "{child}: {}", refused.main());
        check(&refused);
    }
}
