//! Lists whose rows are estimated by the planner of a server.

use std::future::ready;

use serde_json::Value;
use tower_rest::{
    Api, Base, Cell, Count, Database, Declared, List, Manager, Model, Object, Page, Result,
    Retrieve, Router, Rows, ViewSet,
};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::{Answer, ask},
    servers::servers,
};

#[derive(Model)]
struct Shop {
    #[model(key)]
    id: i64,
    name: String,
}

#[derive(Model)]
struct Sale {
    #[model(key)]
    id: i64,
    #[model(one(Shop))]
    shop_id: i64,
    kind: i64,
}

/// How many sales there are: those of the shop 1 are as many as all others, and all have the kind 5 but twelve, with a 7.
const SALES: i64 = 4000;

const COUNTS: [Count; 2] = [Count::Exact, Count::Estimated];

fn sales(db: &Database) -> ViewSet {
    let sales = ViewSet::of::<Sale>(db).count_choices(COUNTS);
    sales.limit_offset_pages().page_headers().facets(("kind",))
}

/// The tables of a new database, filled, with statistics.
async fn filled(fresh: &Fresh) -> Api {
    for model in [Shop::model(), Sale::model()] {
        fresh.execute(&fresh.db.create_table(&model)).await;
    }
    fresh
        .execute("CREATE INDEX of_shop ON sales (shop_id)")
        .await;
    let rows = |rows: &[String]| rows.join(",");
    let shops: Vec<_> = (1..=40).map(|id| format!("({id}, 'shop {id}')")).collect();
    let of = |id: i64| if id % 2 == 0 { 1 } else { id % 40 + 1 };
    let kind = |id: i64| if id <= 12 { 7 } else { 5 };
    let sold = (1..=SALES).map(|id| format!("({id}, {}, {})", of(id), kind(id)));
    let sold: Vec<_> = sold.collect();
    let analyze = match fresh.kind {
        Kind::Postgres => "ANALYZE",
        Kind::MySql => "ANALYZE TABLE sales, shops",
        Kind::Sqlite => unreachable!("it has no estimates"),
    };
    let insert = format!(
        "INSERT INTO shops VALUES {}; INSERT INTO sales VALUES {}; {analyze}",
        rows(&shops),
        rows(&sold)
    );
    fresh.execute(&insert).await;
    let views = Router::new().register("sales", sales(&fresh.db)).register(
        "shops",
        ViewSet::of::<Shop>(&fresh.db).count_choices(COUNTS),
    );
    views.build().expect("an API")
}

/// Asks for a list that is estimated.
async fn estimated(api: &Api, query: &str) -> Answer {
    ask(api, &format!("/sales/?count=estimated{query}")).await
}

/// Whether a number is the truth, give or take a half of it.
fn is_near(number: &Value, truth: i64) -> bool {
    let number = number.as_i64();
    number.is_some_and(|number| (truth / 2..=truth * 3 / 2).contains(&number))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_estimated_unless_its_page_shows_where_it_ends() {
    for fresh in servers().await {
        let (api, kind) = (filled(&fresh).await, fresh.kind);
        for (query, truth) in [
            ("", SALES),
            ("&page=7&ordering=-kind,id", SALES),
            ("&limit=10&offset=3000", SALES),
            ("&shop_id=1", SALES / 2),
            ("&kind=5", SALES - 12),
            ("&kind!=7&page_size=100", SALES - 12),
            ("&shop_id__in=1,2,3&kind=5&page=2", SALES / 2),
        ] {
            let answer = estimated(&api, query).await;
            assert_eq!(answer.status, 200, "{kind}: {query}: {}", answer.body);
            let list = answer.json();
            assert_eq!(list["count_is"], "estimated", "{kind}: {query}");
            assert!(
                is_near(&list["count"], truth),
                "{kind}: {query}: {}",
                list["count"]
            );
            let pages = list.get("pages").unwrap_or(&Value::Null);
            assert!(
                pages.is_null() && list["next"].is_string(),
                "{kind}: {query}"
            );
            assert_eq!(answer.header("x-total-count"), None, "{kind}: {query}");
            let links = answer.header("link").expect("links");
            assert!(links.contains("next") && !links.contains("last"), "{links}");
        }
        for (query, truth, pages) in [
            ("&kind=7", 12, Some(1)),
            ("&kind=7&page=2&page_size=10", 12, Some(2)),
            ("&kind=8", 0, Some(1)),
            ("&page=160", SALES, Some(160)),
            ("&limit=100&offset=3990", SALES, None),
        ] {
            let answer = estimated(&api, query).await;
            let list = answer.json();
            assert_eq!(list["count"], truth, "{kind}: {query}");
            assert_eq!(list.get("count_is"), None, "{kind}: {query}");
            assert_eq!(list["next"], Value::Null, "{kind}: {query}");
            assert_eq!(list["pages"].as_i64(), pages, "{kind}: {query}");
            let total = answer.header("x-total-count").map(str::to_owned);
            assert_eq!(total, Some(truth.to_string()), "{kind}: {query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_agrees_with_what_the_page_shows() {
    for fresh in servers().await {
        let (api, kind) = (filled(&fresh).await, fresh.kind);
        // Rows of which the statistics know nothing.
        let more: Vec<_> = (1..=300)
            .map(|id| format!("({}, 2, 9)", SALES + id))
            .collect();
        fresh
            .execute(&format!("INSERT INTO sales VALUES {}", more.join(",")))
            .await;
        for (query, rows) in [
            ("&kind=9", 26),
            ("&kind=9&page=10", 251),
            ("&kind=9&limit=20&offset=200", 221),
        ] {
            let list = estimated(&api, query).await.json();
            let count = list["count"].as_i64().expect("a number");
            assert!(count >= rows, "{kind}: {query}: {count}");
        }
        // A window after the last row.
        let list = estimated(&api, "&kind=5&limit=5&offset=5000").await.json();
        let count = list["count"].as_i64().expect("a number");
        assert!((1..=5000).contains(&count), "{kind}: {count}");
        assert_eq!(
            (&list["count_is"], &list["next"]),
            (&"estimated".into(), &Value::Null)
        );
        let beyond = estimated(&api, "&page=5000").await;
        assert_eq!(
            (beyond.status, &beyond.json()["code"]),
            (404, &"no_such_page".into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_one_statement_which_counts_nothing() {
    for fresh in servers().await {
        let api = filled(&fresh).await;
        for (query, statements) in [
            ("", 2),
            ("&kind=7", 1),
            ("&shop__name__contains=1", 2),
            ("&facet=kind", 3),
            ("&expand=shop&facet=kind", 4),
        ] {
            let log = Log::default();
            let asking = estimated(&api, query).with_subscriber(listening(&log));
            let answer = asking.await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
            let log = log.up_to(Level::DEBUG);
            let found = log
                .lines()
                .filter(|line| line.starts_with("DEBUG statement model"));
            assert_eq!(found.count(), statements, "{}: {query}: {log}", fresh.kind);
            let explained = log.matches(" db.query.text=\"EXPLAIN ").count();
            assert_eq!(explained, usize::from(statements > 1), "{query}: {log}");
            let counted = log.lines().filter(|line| line.contains("COUNT(*)"));
            let facets = usize::from(query.contains("facet"));
            assert_eq!(counted.count(), facets, "{query}: {log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_page_is_no_estimate() {
    for fresh in servers().await {
        let api = filled(&fresh).await;
        let answer = estimated(&api, "&page=last").await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, &problem["code"]),
            (400, &"count_unavailable".into())
        );
        assert_eq!(problem["errors"][0]["parameter"], "page");
        let detail = problem["detail"].as_str().expect("words");
        assert!(
            detail.ends_with("which is estimated here; add `count=exact`"),
            "{detail}"
        );
        let exact = ask(&api, "/sales/?page=last&count=exact").await.json();
        assert_eq!(exact["page"], 160);
        let described = crate::server::ask_with(
            &api,
            http::Request::options("/sales/")
                .body(String::new())
                .expect("a request"),
        );
        assert_eq!(
            described.await.json()["counts"],
            serde_json::json!(["exact", "estimated"])
        );
        let own = ViewSet::of::<Sale>(&fresh.db)
            .count(Count::Estimated)
            .build();
        let answer = ask(&own.expect("an API"), "/?page=last").await;
        let detail = answer.json()["detail"].to_string();
        assert!(
            detail.contains("reverse the ordering and ask for the first page"),
            "{detail}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_formats_say_what_is_estimated() {
    for fresh in servers().await {
        let api = filled(&fresh).await;
        let page = estimated(&api, "&format=html&page=2").await.body;
        assert!(page.contains("rows 26–50 of about "), "{page}");
        for format in ["csv", "ndjson"] {
            let answer = estimated(&api, &format!("&format={format}")).await;
            assert_eq!(answer.header("x-total-count"), None);
            assert!(
                answer
                    .header("link")
                    .is_some_and(|link| link.contains("next"))
            );
        }
    }
}

/// A view that a login may read, but not explain, has rows and no count.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_estimated_has_no_count() {
    for fresh in servers().await {
        if fresh.kind != Kind::MySql {
            continue;
        }
        filled(&fresh).await;
        let url = fresh.url.as_deref().expect("a server");
        let name = url.rsplit('/').next().expect("a name").to_owned();
        let login = format!("e{}", name.trim_start_matches("tower_rest_"));
        fresh
            .execute(&format!(
                "CREATE VIEW sold AS SELECT id, shop_id, kind FROM sales; \
                 CREATE USER {login} IDENTIFIED BY 'word'; GRANT SELECT ON {name}.sold TO {login}; \
                 GRANT SELECT ON {name}.shops TO {login}"
            ))
            .await;
        let (_, host) = url.rsplit_once('@').expect("a host");
        let db = Database::connect(&format!("mysql://{login}:word@{host}")).await;
        let db = db.expect("a login");
        let sold = sea_query::Table::create()
            .table("sold")
            .col(sea_query::ColumnDef::new("id").big_integer().primary_key())
            .col(sea_query::ColumnDef::new("kind").big_integer().not_null())
            .to_owned();
        let sold = ViewSet::new(Model::from_table("Sold", &sold)).database(&db);
        let api = sold
            .count(Count::Estimated)
            .facets(("kind",))
            .build()
            .expect("an API");
        for path in ["/", "/?page=2", "/?facet=kind"] {
            let answer = ask(&api, path).await;
            let list = answer.json();
            assert_eq!(
                (answer.status, &list["count"]),
                (200, &Value::Null),
                "{list}"
            );
            assert_eq!(list.get("count_is"), None);
            assert_eq!(list["results"].as_array().map(Vec::len), Some(25));
            assert!(list["next"].is_string());
        }
        fresh.execute(&format!("DROP USER {login}")).await;
    }
}

/// Rows that are in no database.
struct InMemory;

impl Manager for InMemory {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let rows = Rows::new(
            2,
            (1..=70).map(|id| [Cell::Integer(id), Cell::Text("a shop")]),
        );
        list.over(base.model(), &rows)
    }

    async fn retrieve(&self, _: Retrieve, _: Base) -> Result<Option<Object>> {
        Ok(None)
    }
}

#[tokio::test]
async fn rows_that_are_easily_counted_are_not_estimated() {
    let shops = || ViewSet::new(Shop::model()).count(Count::Estimated);
    let in_memory = shops().manager(InMemory).build().expect("an API");
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(&db.create_table(&Shop::model()))
        .await
        .expect("a table");
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70) \
                INSERT INTO shops SELECT i, 'a shop' FROM n";
    db.execute_script(fill).await.expect("rows");
    // Which database it is, is not known before there is a request.
    let given = shops()
        .manager_factory(move |_| ready(Ok(db.clone())))
        .build();
    for api in [in_memory, given.expect("an API")] {
        for (path, next) in [("/", true), ("/?page=2", true), ("/?page=3", false)] {
            let list = ask(&api, path).await.json();
            assert_eq!(
                (&list["count"], &list["pages"]),
                (&70.into(), &3.into()),
                "{list}"
            );
            assert_eq!(
                (list.get("count_is"), list["next"].is_string()),
                (None, next)
            );
        }
        let last = ask(&api, "/?page=last").await;
        assert_eq!(last.json()["code"], "count_unavailable");
    }
}
