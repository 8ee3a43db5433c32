//! An index serves a search: what the databases say of their plans.

use super::{database, viewset};
use crate::{
    cursors::plans::{plan, statement},
    databases::Kind,
};

/// Many rows, of which few have the word.
fn rows(kind: Kind) -> String {
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)";
    let notes = match kind {
        Kind::MySql => "CONCAT('number ', i)",
        Kind::Sqlite | Kind::Postgres => "'number ' || i",
    };
    format!("{numbers} SELECT i, 'Fiat', {notes}, i % 50 FROM n")
}

#[tokio::test]
async fn an_index_serves_a_search_its_count_and_its_order() {
    for kind in Kind::reachable().await {
        let fresh = database(kind, &rows(kind)).await;
        let api = viewset(&fresh.db).build().expect("an API");
        for (query, texts) in [("", 2), ("&ordering=-search_rank", 3)] {
            let sql = statement(&api, &format!("/?search=1957{query}")).await;
            // The window comes last, after the text for the count, the rows and their order.
            let values = [vec!["'1957'"; texts], vec!["5", "5"]].concat();
            let plan = plan(&fresh, &sql, &values).await;
            let is_served = match kind {
                Kind::Sqlite => !plan.contains("SCAN cars\n"),
                Kind::Postgres => {
                    plan.contains("Bitmap Index Scan on car_text") && !plan.contains("Seq Scan")
                }
                Kind::MySql => plan
                    .lines()
                    .all(|line| line.starts_with("fulltext car_text")),
            };
            assert!(is_served, "{kind}, {query}: {sql}\n{plan}");
        }
    }
}
