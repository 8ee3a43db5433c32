//! Bugs of computed columns.

use sea_query::{ColumnDef, Expr, Func, Table};
use tower_rest::{Model, Type, ViewSet};

use crate::{
    databases::Kind,
    server::{ask, ids},
};

/// A decimal that MariaDB computes as a text was a schema mismatch, since the list took it for one of its numbers.
#[tokio::test(flavor = "multi_thread")]
async fn r320_a_computed_decimal_may_be_a_text_in_the_database() {
    let table = Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("price").custom("decimal_text"))
        .to_owned();
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.create(&table).await;
        let rows = "INSERT INTO things VALUES (1, '10.50'), (2, NULL), (3, '9.75'), (4, '-0.5')";
        fresh.execute(rows).await;
        let model = Model::from_table("Thing", &table).computed("cost", Type::Decimal, |table| {
            Func::coalesce([table.column("price"), Expr::val("7.250")]).into()
        });
        let api = ViewSet::new(model)
            .database(&fresh.db)
            .build()
            .expect("an API");
        for (query, expected) in [
            (
                "ordering=cost",
                &[(4, "-0.5"), (2, "7.250"), (3, "9.75"), (1, "10.50")][..],
            ),
            ("cost=7.25", &[(2, "7.250")]),
            ("cost__gt=9.8", &[(1, "10.50")]),
            ("cost__in=10.5,-0.50", &[(1, "10.50"), (4, "-0.5")]),
            (
                "cost!=10.5&ordering=-cost",
                &[(3, "9.75"), (2, "7.250"), (4, "-0.5")],
            ),
        ] {
            let answer = ask(&api, &format!("/?{query}")).await;
            assert_eq!(answer.status, 200, "{kind} {query}: {}", answer.body);
            let list = answer.json();
            let rows = list["results"].as_array().expect("rows").iter();
            let found: Vec<_> = rows
                .map(|row| {
                    (
                        row["id"].as_i64().expect("an id"),
                        row["cost"].as_str().expect("a cost"),
                    )
                })
                .collect();
            assert_eq!(found, expected, "{kind} {query}");
        }
    }
}

/// MariaDB keeps a name as it was written, and did not find it at a path that is written otherwise. Programs that escape
/// all letters but those of ASCII store such names.
#[tokio::test(flavor = "multi_thread")]
async fn r321_a_name_with_escapes_is_found_at_its_path() {
    let table = Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("doc").json())
        .to_owned();
    let documents = [
        (
            r#"{"gr\u00f6\u00dfe": 7, "w\u006fod": "oa\u006b", "a": {"\ud83d\ude97": [true]}}"#,
            ["7", "\"oak\"", "true"],
        ),
        (
            r#"{"größe": "7", "wood": "oak", "a": {"🚗": [false]}}"#,
            ["null", "\"oak\"", "false"],
        ),
        (
            r#"{"größe": 7.5, "wood": ["oak"], "a": {"🚗": true}}"#,
            ["null", "null", "null"],
        ),
        (
            r#"{"gr\u00f6\u00dfe": [7], "wood": {"a": 1}, "a": [{"🚗": [true]}]}"#,
            ["null", "null", "null"],
        ),
        (
            r#"{"größe": null, "wood": "", "a": {"🚗": [[true]]}}"#,
            ["null", "\"\"", "null"],
        ),
    ];
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.create(&table).await;
        for (id, (document, _)) in (1..).zip(documents) {
            let row = format!("INSERT INTO things VALUES ({id}, '{document}')");
            fresh.execute(&row).await;
        }
        let model = Model::from_table("Thing", &table)
            .json_path("size", "doc", "$.\"größe\"", Type::INTEGER)
            .json_path("wood", "doc", "$.wood", Type::Text)
            .json_path("first", "doc", "$.a.\"🚗\"[0]", Type::Boolean);
        let api = ViewSet::new(model)
            .database(&fresh.db)
            .build()
            .expect("an API");
        let list = ask(&api, "/?fields=size,wood,first").await.json();
        let rows = list["results"].as_array().expect("rows").iter();
        let shown = rows.map(|row| ["size", "wood", "first"].map(|name| row[name].to_string()));
        let expected = documents.map(|(_, values)| values.map(str::to_owned));
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{kind}");
        assert_eq!(ids(&api, "size=7").await, [1], "{kind}");
        assert_eq!(ids(&api, "wood=oak").await, [1, 2], "{kind}");
    }
}
