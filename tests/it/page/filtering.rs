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
    let api = Router::new().register("things", things).build();
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
