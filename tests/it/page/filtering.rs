//! The form of a list's filters, for columns that can be compared in few ways.

use serde_json::Value as Json;
use tower_rest::{Lookup, Model, Router, ViewSet};

use super::browser::Browser;
use crate::databases::Kind;

#[derive(Model)]
struct Thing {
    #[model(key)]
    thing_id: i64,
    name: String,
    spec: Option<Json>,
}

/// A browser, with two things of which one has a document.
async fn browser() -> (crate::databases::Fresh, Browser) {
    let fresh = Kind::Sqlite.fresh().await;
    let table = fresh.db.create_table(&Model::of::<Thing>());
    let rows = "INSERT INTO things VALUES (1, 'A', '{}'), (2, 'B', NULL)";
    fresh.execute(&format!("{table}; {rows}")).await;
    let things = ViewSet::of::<Thing>(&fresh.db).lookups(
        Thing::NAME,
        [Lookup::Isnull, Lookup::Exact, Lookup::Startswith],
    );
    let keyed = things.clone();
    let things = things.lookups(Thing::SPEC, [Lookup::Isnull]);
    let router = Router::new().register("things", things);
    let api = router.register("keyed", keyed).build();
    let browser = Browser::of(&api.expect("an API"));
    (fresh, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_compared_with_null_alone_is_not_unless_it_is_chosen() {
    let (_fresh, browser) = browser().await;
    let page = browser.page("/things/").await;
    let form = page.form("form.filters");
    let options = page.texts("select[name=spec__isnull] option");
    assert_eq!(options, ["any", "is null", "is not null"]);
    assert_eq!(form.value("spec__isnull"), "");
    assert_eq!(browser.done(&form).await, "/things/");

    for (value, name) in [("true", "B"), ("false", "A")] {
        let filtered = browser.done(&form.clone().set("spec__isnull", value)).await;
        assert_eq!(filtered, format!("/things/?spec__isnull={value}"));
        let page = browser.page(&filtered).await;
        assert_eq!(page.texts("tbody td.text")[0], name);
        // The form shows what is set, sends it once more, and takes it away.
        let form = page.form("form.filters");
        assert_eq!(browser.done(&form).await, filtered);
        assert_eq!(
            browser.done(&form.set("spec__isnull", "")).await,
            "/things/"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comparisons_that_need_no_value_come_last() {
    let (_fresh, browser) = browser().await;
    let page = browser.page("/things/").await;
    let of_name: Vec<_> = page
        .all("form.filters option")
        .into_iter()
        .filter_map(|option| option.attr("value"))
        .filter(|value| value.starts_with("name__"))
        .collect();
    assert_eq!(
        of_name,
        [
            "name__exact",
            "name__startswith",
            "name__isnull=true",
            "name__isnull=false"
        ]
    );
    assert_eq!(browser.done(&page.form("form.filters")).await, "/things/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_filtered_by_a_key_or_by_null() {
    let (fresh, browser) = browser().await;
    fresh
        .execute("UPDATE things SET spec = '{\"a b\": 1}' WHERE thing_id = 1")
        .await;
    let page = browser.page("/keyed/").await;
    let options = page.all("form.filters option").into_iter();
    let of_spec: Vec<_> = options
        .filter_map(|option| option.attr("value"))
        .filter(|value| value.starts_with("spec__"))
        .collect();
    assert_eq!(
        of_spec,
        ["spec__has_key", "spec__isnull=true", "spec__isnull=false"]
    );
    assert_eq!(browser.done(&page.form("form.filters")).await, "/keyed/");
    for (path, names) in [
        ("/keyed/?spec__has_key=a%20b", &["A"][..]),
        ("/keyed/?spec__has_key=b", &[]),
        ("/keyed/?spec__has_key%21=a%20b", &["B"]),
        ("/keyed/?spec__isnull=true", &["B"]),
    ] {
        let page = browser.page(path).await;
        assert_eq!(page.all("tbody tr").len(), names.len(), "{path}");
        let again = browser.done(&page.form("form.filters")).await;
        assert_eq!(again, path, "the form shows what is set");
    }
    let page = browser.page("/keyed/?spec__has_key=a%20b").await;
    let words = page.texts(".chips li span").join(" ");
    assert!(words.contains("spec has the key a b"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_filtered_by_its_items() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    fresh
        .execute(
            "CREATE TABLE cells (id int PRIMARY KEY, tags text[]); \
             INSERT INTO cells VALUES (1, '{red,blue}'), (2, '{red}'), (3, NULL)",
        )
        .await;
    let schema = tower_rest::Schema::reflect(&fresh.db)
        .await
        .expect("a schema");
    let browser = Browser::of(&Router::of(schema).build().expect("an API"));
    let page = browser.page("/cells/").await;
    let options = page.all("form.filters option").into_iter();
    let of_tags = options.filter(|one| {
        one.attr("value")
            .is_some_and(|value| value.starts_with("tags__"))
    });
    let of_tags: Vec<String> = of_tags.map(|one| one.text().collect()).collect();
    assert_eq!(
        of_tags,
        [
            "contains",
            "has only",
            "has one of",
            "is null",
            "is not null"
        ]
    );
    for (path, rows) in [
        ("/cells/?tags__contains=red,blue", 1),
        ("/cells/?tags__contained_by=red", 1),
        ("/cells/?tags__overlaps=blue,red", 2),
    ] {
        let page = browser.page(path).await;
        assert_eq!(page.all("tbody tr").len(), rows, "{path}");
        let again = browser.done(&page.form("form.filters")).await;
        assert_eq!(
            again.replace("%2C", ","),
            path,
            "the form shows what is set"
        );
    }
}
