//! Computed columns: asked and shown as any other, read-only, through relations; values at paths in JSON documents.

use http::Method;
use sea_query::{ColumnDef, Expr, ExprTrait as _, ForeignKey, Func, Table, TableCreateStatement};
use serde_json::{Value as Json, json};
use tower_rest::{
    Api, Column, Database, List, Manager, Model, Router, Type, ViewSet, testing::Client,
};

use crate::{
    databases::{Fresh, Kind},
    server::{ask, followed},
};

fn owners() -> TableCreateStatement {
    let mut id = ColumnDef::new("owner_id")
        .integer()
        .primary_key()
        .to_owned();
    let mut table = Table::create().table("owners").col(&mut id).to_owned();
    table
        .col(ColumnDef::new("name").text())
        .col(ColumnDef::new("born").integer());
    table
}

fn cars() -> TableCreateStatement {
    let mut id = ColumnDef::new("car_id").integer().primary_key().to_owned();
    let mut table = Table::create().table("cars").col(&mut id).to_owned();
    table
        .col(ColumnDef::new("make").text().not_null())
        .col(ColumnDef::new("built").integer().not_null())
        .col(ColumnDef::new("scrapped").integer())
        .col(ColumnDef::new("secret").text())
        .col(ColumnDef::new("day").date())
        .col(ColumnDef::new("owner_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "owner_id"),
        );
    table
}

fn viewsets(db: &Database) -> (ViewSet, ViewSet) {
    let owner = Model::from_table("Owner", &owners()).computed("age", Type::INTEGER, |table| {
        Expr::val(2020).sub(table.column("born"))
    });
    let car = Model::from_table("Car", &cars())
        .column("secret", Column::hidden)
        .computed("lifetime", Type::INTEGER, |table| {
            table.column("scrapped").sub(table.column("built"))
        })
        .computed("label", Type::Text, |table| {
            Func::cust("concat")
                .args([
                    table.column("make"),
                    Expr::val(" '? $1` \"é\\ "),
                    Func::coalesce([table.column("secret"), Expr::val("")]).into(),
                ])
                .into()
        })
        .computed("old", Type::Boolean, |table| table.column("built").lt(1990))
        .computed("last_day", Type::Date, |table| {
            Func::coalesce([table.column("day"), Expr::val("1999-12-31")]).into()
        })
        .column("label", |column| column.description("what it is called"));
    (
        ViewSet::new(owner).database(db),
        ViewSet::new(car).database(db),
    )
}

fn api(db: &Database) -> Api {
    let (owners, cars) = viewsets(db);
    Router::new()
        .register("owners", owners.nest("cars", cars.clone()).groups())
        .register(
            "cars",
            cars.writable()
                .groups()
                .export()
                .search(["label"])
                .id_member("id"),
        )
        .build()
        .expect("an API")
}

async fn served(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.create(&owners()).await;
    fresh.create(&cars()).await;
    fresh
        .execute("INSERT INTO owners VALUES (1, 'Ann', 1980), (2, 'Bob', NULL), (3, 'Cy', 2000)")
        .await;
    fresh.execute(
        "INSERT INTO cars VALUES (1, 'Fiat', 1957, 1975, 'x', '2001-02-03', 1), (2, 'Opel', 1995, NULL, 'y', NULL, 1), \
         (3, 'Ford', 1989, 1999, NULL, NULL, 2), (4, 'Audi', 2010, 2012, 'z', NULL, NULL)",
    ).await;
    let api = api(&fresh.db);
    (fresh, api)
}

/// Lists, and the keys of their rows in order.
const LISTS: &[(&str, &[i64])] = &[
    ("/cars/?lifetime=18", &[1]),
    ("/cars/?lifetime__gte=10", &[1, 3]),
    ("/cars/?lifetime__in=2,18", &[1, 4]),
    ("/cars/?lifetime__range=3,", &[1, 3]),
    ("/cars/?lifetime__isnull=true", &[2]),
    ("/cars/?lifetime!=18", &[2, 3, 4]),
    ("/cars/?ordering=lifetime", &[4, 3, 1, 2]),
    ("/cars/?ordering=-lifetime&fields=car_id", &[2, 1, 3, 4]),
    (
        "/cars/?ordering=-old,lifetime&page_size=2&page=2&fields=id,car_id",
        &[4, 2],
    ),
    (
        "/cars/?label__startswith=Fiat%20'?%20$1%60%20%22%C3%A9%5C%20x",
        &[1],
    ),
    ("/cars/?label__icontains=opel", &[2]),
    ("/cars/?label__iendswith=Z", &[4]),
    ("/cars/?label__gt=Fiat", &[1, 2, 3]),
    ("/cars/?search=%22%22%22%C3%A9%22", &[1, 2, 3, 4]),
    ("/cars/?old=true", &[1, 3]),
    ("/cars/?last_day__year=2001", &[1]),
    ("/cars/?last_day__gte=2000-01-01", &[1]),
    ("/cars/?last_day=1999-12-31", &[2, 3, 4]),
    ("/cars/?or=(lifetime__lt=5,label__startswith=Fiat)", &[1, 4]),
    ("/cars/?owner__age__gte=40", &[1, 2]),
    ("/cars/?owner__age__isnull=true", &[3, 4]),
    ("/cars/?owner__age!=40", &[3, 4]),
    ("/cars/?ordering=-owner__age", &[3, 4, 1, 2]),
    ("/owners/?cars__lifetime__gt=10", &[1]),
    ("/owners/?cars__lifetime__gt!=10", &[2, 3]),
    ("/owners/?cars__old=true&ordering=-age", &[2, 1]),
    ("/owners/?not=(cars__label__contains=Opel)", &[2, 3]),
    ("/owners/1/cars/?lifetime__isnull=false", &[1]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_computed_column_is_filtered_and_ordered_like_any_other() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = served(kind).await;
        for (path, expected) in LISTS {
            let answer = ask(&api, path).await;
            assert_eq!(answer.status, 200, "{kind} {path}: {}", answer.body);
            let rows = answer.json()["results"].clone();
            let key = if path.starts_with("/owners/?") {
                "owner_id"
            } else {
                "car_id"
            };
            let found: Vec<_> = rows
                .as_array()
                .expect("rows")
                .iter()
                .filter_map(|row| row[key].as_i64())
                .collect();
            assert_eq!(found, *expected, "{kind} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computed_column_is_shown_in_every_form() {
    let label = "Fiat '? $1` \"é\\ x";
    for kind in Kind::reachable().await {
        let (_fresh, api) = served(kind).await;
        let one = ask(&api, "/cars/1/").await.json();
        let shown = json!([18, label, true, "2001-02-03"]);
        assert_eq!(
            json!([one["lifetime"], one["label"], one["old"], one["last_day"]]),
            shown,
            "{kind}"
        );
        let of_owner = ask(&api, "/owners/1/?expand=cars").await.json();
        assert_eq!(of_owner["age"], 40, "{kind}");
        assert_eq!(of_owner["cars"]["results"][0]["label"], label, "{kind}");
        assert_eq!(
            of_owner["cars"]["results"][1]["lifetime"],
            Json::Null,
            "{kind}"
        );
        let expanded = ask(&api, "/cars/?expand=owner&fields=lifetime")
            .await
            .json();
        assert_eq!(
            expanded["results"][3],
            json!({"lifetime": 2, "owner": null}),
            "{kind}"
        );
        assert_eq!(expanded["results"][2]["owner"]["age"], Json::Null, "{kind}");
        let csv = ask(&api, "/cars/?page=all&format=csv&fields=lifetime,old").await;
        assert_eq!(
            csv.body.replace('\r', ""),
            "lifetime,old\n18,true\n,false\n10,true\n2,false\n",
            "{kind}"
        );
        let lines = ask(
            &api,
            "/cars/?page=all&format=ndjson&fields=lifetime&lifetime__lt=10",
        )
        .await;
        assert_eq!(lines.body, "{\"lifetime\":2}\n", "{kind}");
        let options = Client::new(api.clone())
            .ask(Method::OPTIONS, "/cars/")
            .await
            .json();
        let columns = options["columns"].as_array().expect("columns").clone();
        let described = columns
            .iter()
            .find(|column| column["name"] == "label")
            .expect("the column");
        assert_eq!(described["type"], "text", "{kind}");
        assert_eq!(described["nullable"], true, "{kind}");
        assert_eq!(described["read_only"], true, "{kind}");
        assert_eq!(described["description"], "what it is called", "{kind}");
        assert!(
            options["orderings"]
                .as_array()
                .expect("names")
                .contains(&json!("lifetime")),
            "{kind}"
        );
        assert!(!ask(&api, "/cars/").await.body.contains("secret"), "{kind}");
    }
}

/// An API with everything that lists can be asked beside their rows.
fn summaries(db: &Database) -> Api {
    let (owners, cars) = viewsets(db);
    let names = ["lifetime", "label", "old", "last_day"];
    Router::new()
        .register("owners", owners.group_by(["age"]))
        .register(
            "cars",
            cars.cursor_pages()
                .facets(names)
                .aggregates(names)
                .group_by(["lifetime", "label", "old", "last_day", "owner"]),
        )
        .build()
        .expect("an API")
}

/// Orders by computed columns, and the keys of the cars in each.
const ORDERS: &[(&str, [i64; 4])] = &[
    ("lifetime", [4, 3, 1, 2]),
    ("-lifetime", [2, 1, 3, 4]),
    ("-old,lifetime", [3, 1, 4, 2]),
    ("label", [4, 1, 3, 2]),
    ("last_day,-lifetime", [2, 3, 4, 1]),
    ("owner__age,-lifetime", [2, 1, 3, 4]),
    ("-owner__age,old,label", [4, 3, 2, 1]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_by_cursors_over_a_computed_column_goes_both_ways() {
    for kind in Kind::reachable().await {
        let (fresh, _) = served(kind).await;
        let api = summaries(&fresh.db);
        for (order, expected) in ORDERS {
            for size in 1..=3 {
                let mut path =
                    format!("/cars/?cursor=&page_size={size}&fields=car_id&ordering={order}");
                for (link, backwards) in [("next", false), ("previous", true)] {
                    let (mut pages, last) = followed(&api, path, link).await;
                    path = last;
                    if backwards {
                        pages.reverse();
                    }
                    let rows = pages.iter().flat_map(|page| page.as_array().expect("rows"));
                    let found: Vec<_> = rows.filter_map(|row| row["car_id"].as_i64()).collect();
                    assert_eq!(found, expected, "{kind} {order} by {size} {link}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_and_aggregates_are_over_computed_columns_too() {
    let facet = |value: Json, count: u64| json!({"value": value, "count": count});
    let label = |make: &str, secret: &str| json!(format!("{make} '? $1` \"é\\ {secret}"));
    for kind in Kind::reachable().await {
        let (fresh, _) = served(kind).await;
        let api = summaries(&fresh.db);
        let json = async |path: &str| {
            let answer = ask(&api, path).await;
            assert_eq!(answer.status, 200, "{kind} {path}: {}", answer.body);
            answer.json()
        };
        let facets = json("/cars/?facet=lifetime,old,label&old=true").await["facets"].clone();
        assert_eq!(
            facets,
            json!({
                "lifetime": [facet(json!(10), 1), facet(json!(18), 1)],
                "old": [facet(json!(false), 2), facet(json!(true), 2)],
                "label": [facet(label("Fiat", "x"), 1), facet(label("Ford", ""), 1)],
            }),
            "{kind}"
        );
        let facets =
            json("/cars/?facet=lifetime,last_day&lifetime__isnull=true").await["facets"].clone();
        assert_eq!(
            facets["lifetime"],
            json!([
                facet(json!(2), 1),
                facet(json!(10), 1),
                facet(json!(18), 1),
                facet(Json::Null, 1)
            ]),
            "{kind}"
        );
        assert_eq!(
            facets["last_day"],
            json!([facet(json!("1999-12-31"), 1)]),
            "{kind}"
        );
        for (query, expected) in [
            (
                "aggregate=count,sum(lifetime),avg(lifetime),max(last_day)&group_by=old",
                json!([
                    {"old": false, "count": 2, "sum_lifetime": 2, "avg_lifetime": "2", "max_last_day": "1999-12-31"},
                    {"old": true, "count": 2, "sum_lifetime": 28, "avg_lifetime": "14", "max_last_day": "2001-02-03"},
                ]),
            ),
            (
                "aggregate=count,min(lifetime)&group_by=last_day__year&ordering=-count",
                json!([
                    {"last_day__year": 1999, "count": 3, "min_lifetime": 2},
                    {"last_day__year": 2001, "count": 1, "min_lifetime": 18},
                ]),
            ),
            (
                "aggregate=count_distinct(old)&group_by=lifetime&ordering=-lifetime&lifetime__gte!=18",
                json!([
                    {"lifetime": null, "count_distinct_old": 1},
                    {"lifetime": 10, "count_distinct_old": 1},
                    {"lifetime": 2, "count_distinct_old": 1},
                ]),
            ),
            (
                "aggregate=count,max(lifetime)&group_by=owner__age",
                json!([
                    {"owner__age": 40, "count": 2, "max_lifetime": 18},
                    {"owner__age": null, "count": 2, "max_lifetime": 10},
                ]),
            ),
            (
                "aggregate=max(label),count(lifetime)",
                json!([{"max_label": label("Opel", "y"), "count_lifetime": 3}]),
            ),
        ] {
            let found = json(&format!("/cars/?{query}")).await;
            assert_eq!(found["results"], expected, "{kind} {query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn computed_columns_are_cells_of_csv() {
    for kind in Kind::reachable().await {
        let (fresh, _) = served(kind).await;
        let api = summaries(&fresh.db);
        for (path, expected) in [
            (
                "/cars/?format=csv&fields=lifetime,label,old,last_day&ordering=-lifetime&car_id__lte=3",
                "lifetime,label,old,last_day\r\n\
                 ,\"Opel '? $1` \"\"é\\ y\",false,1999-12-31\r\n\
                 18,\"Fiat '? $1` \"\"é\\ x\",true,2001-02-03\r\n\
                 10,\"Ford '? $1` \"\"é\\ \",true,1999-12-31\r\n",
            ),
            (
                "/cars/1/?format=csv&fields=lifetime,old",
                "lifetime,old\r\n18,true\r\n",
            ),
            (
                "/cars/?format=csv&aggregate=count,max(lifetime)&group_by=old",
                "old,count,max_lifetime\r\nfalse,2,2\r\ntrue,2,18\r\n",
            ),
        ] {
            let answer = ask(&api, path).await;
            assert_eq!(
                (answer.status, &*answer.body),
                (200, expected),
                "{kind} {path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computed_column_is_never_written_and_always_of_its_row() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = served(kind).await;
        let client = Client::new(api);
        let before = client.get("/cars/1/").await;
        let etag = before.header("etag").expect("a tag").to_owned();
        let whole: Json = before.json();
        let refused = client
            .ask(Method::PATCH, "/cars/1/")
            .json(&json!({"lifetime": 19}))
            .await;
        assert_eq!(refused.status(), 400, "{kind}");
        let refused: Json = refused.json();
        assert_eq!(
            json!([refused["code"], refused["errors"][0]["pointer"]]),
            json!(["read_only", "/lifetime"]),
            "{kind}"
        );
        assert_eq!(
            client
                .ask(Method::PUT, "/cars/1/")
                .json(&whole)
                .await
                .status(),
            200,
            "{kind}"
        );
        let changed = client
            .ask(Method::PATCH, "/cars/1/")
            .header("if-match", &etag)
            .json(&json!({"scrapped": 1976, "lifetime": 18}))
            .await;
        assert_eq!(changed.status(), 200, "{kind}: {}", changed.text());
        assert_eq!(changed.json()["lifetime"], 19, "{kind}");
        assert_ne!(changed.header("etag"), Some(etag.as_str()), "{kind}");
        let stale = client
            .ask(Method::PATCH, "/cars/1/")
            .header("if-match", &etag)
            .json(&json!({"scrapped": 1977}))
            .await;
        assert_eq!(stale.status(), 412, "{kind}");
        let new = json!({"car_id": 9, "make": "Kia", "built": 1980, "scrapped": 1981, "day": null, "owner_id": 1});
        let created = client.post("/cars/").json(&new).await;
        assert_eq!(created.status(), 201, "{kind}: {}", created.text());
        assert_eq!(created.json()["lifetime"], 1, "{kind}");
        let with_it = json!({"car_id": 10, "make": "Kia", "built": 1980, "lifetime": 5});
        let refused = client.post("/cars/").json(&with_it).await;
        assert_eq!(refused.status(), 400, "{kind}: {}", refused.text());
        assert_eq!(
            client.ask(Method::DELETE, "/cars/9/").await.status(),
            204,
            "{kind}"
        );
    }
}

/// Documents, and the values at `$.wood`, `$.sizes[1]`, `$.ok`, `$."the price".eur`, `$.deep.er[0]."x y"` in them.
const DOCUMENTS: &[(&str, [&str; 5])] = &[
    (
        r#"{"wood": "oak", "sizes": [1, 2], "ok": true, "the price": {"eur": 1.50}, "deep": {"er": [{"x y": "z"}]}}"#,
        ["\"oak\"", "2", "true", "\"1.50\"", "\"z\""],
    ),
    (
        r#"{"wood": "", "sizes": [1, -7, 3], "ok": false, "the price": {"eur": 7}}"#,
        ["\"\"", "-7", "false", "\"7\"", "null"],
    ),
    (
        r#"{"wood": null, "sizes": [1, null], "ok": null, "the price": null}"#,
        ["null", "null", "null", "null", "null"],
    ),
    (
        r#"{"wood": ["oak"], "sizes": {"1": 5}, "ok": "true", "the price": {"eur": "1.5"}, "deep": {"er": {"x y": "z"}}}"#,
        ["null", "null", "null", "null", "null"],
    ),
    (
        r#"{"wood": {"a": 1}, "sizes": [1, 2.5], "ok": 1, "the price": {"eur": 1e2}}"#,
        ["null", "null", "null", "null", "null"],
    ),
    (
        r#"{"wood": 5, "sizes": [1, "2"], "ok": 0, "the price": {"eur": true}}"#,
        ["null", "null", "null", "null", "null"],
    ),
    (
        r#"{"wood": true, "sizes": 5, "ok": [], "the price": [1.5]}"#,
        ["null", "null", "null", "null", "null"],
    ),
    (
        r#"{"wood": "a\"b\\c\u00e9 \ud83d\ude97", "sizes": [0, 9223372036854775807], "the price": {"eur": -0.10}}"#,
        [
            r#""a\"b\\cé 🚗""#,
            "9223372036854775807",
            "null",
            "\"-0.10\"",
            "null",
        ],
    ),
    (
        r#"{"wood": "\\u0000", "sizes": [0, -9223372036854775808], "the price": {"eur": 123456789012345678901234567890.125}}"#,
        [
            r#""\\u0000""#,
            "-9223372036854775808",
            "null",
            "\"123456789012345678901234567890.125\"",
            "null",
        ],
    ),
    (
        r#"{"wood": "OAK", "sizes": [0, 9223372036854775808]}"#,
        ["\"OAK\"", "null", "null", "null", "null"],
    ),
    ("[]", ["null", "null", "null", "null", "null"]),
    ("5", ["null", "null", "null", "null", "null"]),
    ("null", ["null", "null", "null", "null", "null"]),
];

fn parts(jsonb: bool) -> (TableCreateStatement, Model) {
    let mut id = ColumnDef::new("id").integer().primary_key().to_owned();
    let mut spec = match jsonb {
        true => ColumnDef::new("spec").json_binary().to_owned(),
        false => ColumnDef::new("spec").json().to_owned(),
    };
    let table = Table::create()
        .table("parts")
        .col(&mut id)
        .col(&mut spec)
        .to_owned();
    let model = Model::from_table("Part", &table)
        .json_path("wood", "spec", "$.wood", Type::Text)
        .json_path("size", "spec", "$.sizes[1]", Type::INTEGER)
        .json_path("ok", "spec", "$.ok", Type::Boolean)
        .json_path("price", "spec", "$.\"the price\".eur", Type::Decimal)
        .json_path("deep", "spec", "$.deep.er[0].\"x y\"", Type::Text);
    (table, model)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_at_paths_in_documents_are_the_same_on_every_database() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (table, model) = parts(false);
        fresh.create(&table).await;
        let api = ViewSet::new(model)
            .database(&fresh.db)
            .writable()
            .max_page_size(100)
            .build()
            .expect("an API");
        let client = Client::new(api.clone());
        for (id, (document, _)) in (1..).zip(DOCUMENTS) {
            let body = format!("{{\"id\": {id}, \"spec\": {document}}}");
            let answer = client.post("/").body("application/json", body).await;
            assert_eq!(answer.status(), 201, "{kind} {document}: {}", answer.text());
        }
        let rows = ask(&api, "/?fields=wood,size,ok,price,deep").await;
        assert_eq!(rows.status, 200, "{kind}: {}", rows.body);
        for ((document, values), row) in DOCUMENTS
            .iter()
            .zip(rows.json()["results"].as_array().expect("rows"))
        {
            for (name, value) in ["wood", "size", "ok", "price", "deep"]
                .into_iter()
                .zip(values)
            {
                let value: Json = serde_json::from_str(value).expect("JSON");
                assert_eq!(row[name], value, "{kind} {name} of {document}");
            }
        }
        let cases: &[(&str, &[i64])] = &[
            ("wood=oak", &[1]),
            ("wood__iexact=oak", &[1, 10]),
            ("wood__contains=%F0%9F%9A%97", &[8]),
            ("wood__isnull=false", &[1, 2, 8, 9, 10]),
            ("wood=", &[2]),
            ("size__gte=2", &[1, 8]),
            ("size__lt=0", &[2, 9]),
            ("size__in=2,-7", &[1, 2]),
            ("ok=true", &[1]),
            ("ok=false", &[2]),
            ("ok!=true", &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
            ("price=1.5", &[1]),
            ("price__lt=7", &[1, 8]),
            ("deep=z", &[1]),
            ("ordering=price&price__isnull=false", &[8, 1, 2, 9]),
            ("ordering=-wood&wood__isnull=false", &[1, 8, 9, 10, 2]),
        ];
        for (query, expected) in cases {
            let answer = ask(&api, &format!("/?{query}")).await;
            assert_eq!(answer.status, 200, "{kind} {query}: {}", answer.body);
            let rows = answer.json()["results"].clone();
            let found: Vec<_> = rows
                .as_array()
                .expect("rows")
                .iter()
                .filter_map(|row| row["id"].as_i64())
                .collect();
            assert_eq!(found, *expected, "{kind} {query}");
        }
    }
}

/// Documents that no client can write, and characters that PostgreSQL's texts cannot hold.
#[tokio::test(flavor = "multi_thread")]
async fn no_stored_document_makes_a_path_fail() {
    for kind in Kind::reachable().await {
        for jsonb in [false, true] {
            let fresh = kind.fresh().await;
            let (table, model) = parts(jsonb);
            fresh.create(&table).await;
            let api = ViewSet::new(model)
                .database(&fresh.db)
                .build()
                .expect("an API");
            let mut documents = vec![
                "NULL".to_owned(),
                format!("'{{\"wood\": 1{}}}'", "0".repeat(2000)),
            ];
            if !jsonb || kind == Kind::Sqlite {
                // Escapes that no text of PostgreSQL has; `jsonb` refuses them itself.
                let escapes = ["\\u0000", "\\ud800", "\\udc00x", "a\\ud83d\\ud83d\\ude97"];
                let escaped = |text: &str| match kind {
                    Kind::MySql => text.replace('\\', "\\\\"),
                    Kind::Sqlite | Kind::Postgres => text.to_owned(),
                };
                documents
                    .extend(escapes.map(|text| format!("'{{\"wood\": \"{}\"}}'", escaped(text))));
                let number = "9".repeat(3000);
                documents.push(format!(
                    "'{{\"the price\": {{\"eur\": {number}.{number}}}, \"sizes\": [0, {number}]}}'"
                ));
            }
            if kind == Kind::Sqlite {
                documents.extend(
                    ["'{'", "x'7b7d'", "5", "1.5", "''", "'{\"wood\": }'"].map(str::to_owned),
                );
            }
            let rows = (1..)
                .zip(&documents)
                .map(|(id, document)| format!("({id}, {document})"));
            let rows: Vec<_> = rows.collect();
            fresh
                .execute(&format!("INSERT INTO parts VALUES {}", rows.join(", ")))
                .await;
            for query in [
                "",
                "wood=oak",
                "wood__icontains=x",
                "size__gte=0",
                "price__gte=0",
                "ok=true",
                "ordering=wood,-price,size,ok,deep",
            ] {
                let answer = ask(
                    &api,
                    &format!("/?fields=id,wood,size,ok,price,deep&{query}"),
                )
                .await;
                assert_eq!(answer.status, 200, "{kind} {query}: {}", answer.body);
            }
            let count = ask(&api, "/?fields=id").await.json()["count"].clone();
            assert_eq!(count, documents.len(), "{kind}");
        }
    }
}

#[tokio::test]
async fn mistakes_are_reported_by_build() {
    let db = Database::in_memory().await.expect("a database");
    let car = || Model::from_table("Car", &cars());
    let null = |_: &tower_rest::SourceTable<'_>| Expr::cust("NULL");
    let (_, part) = parts(false);
    let cases: Vec<(Model, &str)> = vec![
        (
            car().computed("make", Type::Text, null),
            "`make`: another column has the name",
        ),
        (
            car()
                .computed("age", Type::Text, null)
                .computed("age", Type::Text, null),
            "another column has the name",
        ),
        (
            car().computed("age", Type::INTEGER, |table| table.column("bilt")),
            "`age`: Car has no column `bilt`",
        ),
        (
            car()
                .computed("age", Type::INTEGER, null)
                .computed("more", Type::INTEGER, |table| table.column("age")),
            "a computed column is computed from stored ones",
        ),
        (car().computed("href", Type::Text, null), "`href`"),
        (car().computed("a,b", Type::Text, null), "without ambiguity"),
        (
            car().computed("owner", Type::Text, null),
            "`owner`, which is taken",
        ),
        (
            car().computed("age", Type::INTEGER, null).pk_field("age"),
            "`.pk_field(…)` names `age`",
        ),
        (
            car()
                .computed("age", Type::INTEGER, null)
                .relation("ager", "age", "owners"),
            "`age`",
        ),
        (
            car()
                .computed("age", Type::INTEGER, null)
                .column("age", Column::unique),
            "neither `unique`",
        ),
        (
            car().json_path("wood", "make", "$.wood", Type::Text),
            "`make` is of type text",
        ),
        (
            part.clone().json_path("more", "spec", "wood", Type::Text),
            "a path starts with `$`",
        ),
        (
            part.clone().json_path("more", "spec", "$.a", Type::Date),
            "not to a value of type date",
        ),
        (
            part.json_path("more", "spec", "$.a'b", Type::Text),
            "is no step",
        ),
    ];
    for (model, words) in cases {
        let viewset = ViewSet::new(model).database(&db);
        let owners = ViewSet::new(Model::from_table("Owner", &owners())).database(&db);
        let built = Router::new()
            .register("cars", viewset)
            .register("owners", owners)
            .build();
        let error = built
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(error.contains(words), "{words}: {error}");
    }
    let stamped = ViewSet::new(car().computed("age", Type::INTEGER, null))
        .database(&db)
        .writable()
        .version("age");
    let error = stamped
        .build()
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("`age` is computed"), "{error}");
}

struct Nothing;

impl Manager for Nothing {
    async fn list(&self, _: List, base: tower_rest::Base) -> tower_rest::Result<tower_rest::Page> {
        Err(tower_rest::Error::new(
            tower_rest::Code::Internal,
            base.model().name().to_owned(),
        ))
    }
}

#[tokio::test]
async fn rows_without_a_database_compute_nothing() {
    let model = Model::from_table("Car", &cars())
        .computed("age", Type::INTEGER, |table| table.column("built"));
    let error = ViewSet::new(model)
        .manager(Nothing)
        .build()
        .err()
        .map(|error| error.to_string());
    assert!(
        error
            .clone()
            .is_some_and(|error| error.contains("`age` is computed by a database")),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_table_that_is_created_has_the_stored_columns_alone() {
    let db = Database::in_memory().await.expect("a database");
    let (_, part) = parts(false);
    assert!(!db.create_table(&part).contains("wood"));
}
