//! Filters: nulls through relations, spellings of one filter, and the limits of values.

use sea_query::{ColumnDef, ForeignKey, SqliteQueryBuilder, Table};
use tower_rest::{Api, Database, Limits, Model, Router, ViewSet};

use super::{garage, keys};
use crate::{databases::Kind, server::ask};

/// Checks the keys that each query finds.
async fn check_keys(api: &Api, kind: Kind, facts: &[(&str, &str)]) {
    for (query, expected) in facts {
        let found = keys(api, &format!("/{query}")).await;
        assert_eq!(found, *expected, "{kind}: {query}");
    }
}

#[tokio::test]
async fn r240_a_column_of_a_row_that_is_not_there_is_null() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = garage(kind).await;
        let facts = [
            // Through one to-one relation, and through two.
            ("cars/?owner__name__isnull=true", "2 4 5 6"),
            ("cars/?owner__name__isnull=false", "1 3"),
            ("cars/?owner__city__name__isnull=true", "2 3 4 5 6"),
            ("cars/?owner__city__name__isnull=false", "1"),
            // A foreign key of the related row is a column of it.
            ("cars/?owner__city__isnull=true", "3 4 5"),
            ("cars/?owner__city_id__isnull=true", "3 4 5"),
            ("cars/?owner__city__isnull=false", "1 2 6"),
            ("cars/?owner__owner_id__isnull=true", "5"),
            ("parts/?car__owner__name__isnull=true", "3 4 6 7"),
            // A negated filter finds exactly the other rows.
            ("cars/?owner__name__isnull!=true", "1 3"),
            ("cars/?owner__name__isnull!=false", "2 4 5 6"),
            ("cars/?owner__city__isnull!=true", "1 2 6"),
            // With further filters on the same relation.
            (
                "cars/?owner__name__isnull=true&owner__city__isnull=false",
                "2 6",
            ),
            ("cars/?owner__name__isnull=true&owner__owner_id=4", "4"),
            ("cars/?owner__name__isnull=true&owner__name=Ann", ""),
        ];
        check_keys(&api, kind, &facts).await;
    }
}

#[tokio::test]
async fn r241_through_a_relation_to_many_a_null_is_that_of_a_row_there() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = garage(kind).await;
        let facts = [
            ("cars/?parts__name__isnull=true", "1 6"),
            ("cars/?parts__name__isnull=false", "1 2 3"),
            ("cars/?parts__name__isnull!=true", "2 3 4 5"),
            // To-many, then to-one: a part whose maker has no name, or that has no maker.
            ("cars/?parts__maker__name__isnull=true", "1 2 3 6"),
            ("cars/?parts__maker__name__isnull=false", "1 2"),
            ("cars/?parts__maker__isnull=true", "1 3"),
            ("cars/?parts__maker__name__isnull!=true", "4 5"),
            // Both filters must hold for the same part.
            (
                "cars/?parts__maker__name__isnull=true&parts__name=brake",
                "",
            ),
            (
                "cars/?parts__maker__name__isnull=true&parts__name=wheel",
                "2 3",
            ),
            // To-one, then to-many: a car of the same owner.
            ("cars/?owner__cars__name__isnull=true", "2 3 6"),
            ("cars/?owner__cars__name__isnull=false", "1 2 4 6"),
            // A row without the related row has no rows beyond it.
            ("parts/?car__parts__isnull=true", "7"),
            ("parts/?car__parts__isnull=false", "1 2 3 4 5 6"),
            ("parts/?car__parts__isnull!=false", "7"),
            ("owners/?city__owners__isnull=true", "3 4"),
        ];
        check_keys(&api, kind, &facts).await;
    }
}

#[tokio::test]
async fn r242_one_column_and_one_lookup_are_one_filter_however_they_are_spelt() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = garage(kind).await;
        let facts = [
            ("cars/?name=Fiat&name__exact=Seat", "1 2"),
            ("cars/?name__exact=Fiat&name__exact=Seat", "1 2"),
            ("cars/?name!=Fiat&name__exact!=Seat", "3 4 5 6"),
            ("cars/?owner__name=Ann&owner__name__exact=Cid", "1 3"),
            ("cars/?owner=1&owner__exact=2", "1 2 6"),
            (
                "cars/?owner__name!=Ann&owner__name__exact%21=Cid",
                "2 4 5 6",
            ),
            ("cars/?parts=1&parts__exact=3", "1 2"),
            // Different lookups, and the two names of a foreign key, are separate filters.
            ("cars/?name__in=Fiat,Seat&name=Opel", ""),
            ("cars/?owner=1&owner_id=2", ""),
        ];
        check_keys(&api, kind, &facts).await;
        for (query, parameter, words) in [
            (
                "name__gt=a&name__gt=b",
                "name__gt",
                "`name__gt` is given more than once",
            ),
            (
                "name__in!=a&name__in%21=b",
                "name__in!",
                "`name__in!` is given more than once",
            ),
            (
                "owner__name__in=a&owner__name__in=b",
                "owner__name__in",
                "`owner__name__in` is given more than once",
            ),
        ] {
            let answer = ask(&api, &format!("/cars/?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.body);
            let fault = &answer.json()["errors"][0];
            assert_eq!(
                (&fault["code"], &fault["parameter"]),
                (&"repeated".into(), &parameter.into()),
                "{query}"
            );
            assert_eq!(fault["detail"], words, "{query}");
        }
    }
}

#[tokio::test]
async fn r243_a_refusal_names_each_spelling_that_was_sent() {
    let table = Table::create()
        .table("visits")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("day").date())
        .to_owned();
    let fresh = Kind::Sqlite.fresh().await;
    fresh.create(&table).await;
    let visits = ViewSet::new(Model::from_table("Visit", &table)).database(&fresh.db);
    let api = visits
        .limits(Limits::default().items(2))
        .build()
        .expect("an API");
    for (query, words) in [
        (
            "day__year=2014&day__year__exact=2015",
            "`day__year` and `day__year__exact` are one filter, which is given more than once",
        ),
        (
            "day__year__exact!=2014&day__year!=2015",
            "`day__year__exact!` and `day__year!` are one filter, which is given more than once",
        ),
        (
            "id=1&id__exact=2&id=3",
            "`id` and `id__exact` are given 3 values; at most 2 are read",
        ),
        (
            "id=1&id=2&id=3",
            "`id` is given 3 values; at most 2 are read",
        ),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["detail"], words, "{query}");
    }
}

#[tokio::test]
async fn r244_iexact_has_the_limit_of_values() {
    for kind in Kind::reachable().await {
        let (fresh, api) = garage(kind).await;
        let name = "aB".repeat(1900);
        let insert = format!("INSERT INTO owners VALUES (9, '{name}', NULL)");
        fresh.execute(&insert).await;
        let lower = name.to_lowercase();
        let found = keys(&api, &format!("/owners/?name__iexact={lower}")).await;
        assert_eq!(found, "9", "{kind}");
        let found = keys(&api, &format!("/owners/?name__iexact!={lower}")).await;
        assert_eq!(found, "1 2 3 4", "{kind}");
        let too_long = "a".repeat(4097);
        let answer = ask(&api, &format!("/owners/?name__iexact={too_long}")).await;
        assert_eq!(answer.json()["code"], "limit_exceeded", "{kind}");
        assert!(
            answer.body.contains("at most 4096 bytes"),
            "{}",
            answer.body
        );
        let answer = ask(&api, &format!("/owners/?name__icontains={lower}")).await;
        assert_eq!(answer.json()["code"], "limit_exceeded", "{kind}");
        assert!(answer.body.contains("at most 256 bytes"), "{}", answer.body);
    }
}

#[tokio::test]
async fn r245_a_key_that_the_path_gives_is_no_filter() {
    let car = Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .to_owned();
    // The first column is not of the key.
    let engine = Table::create()
        .table("engines")
        .col(ColumnDef::new("name").string())
        .col(ColumnDef::new("car_id").integer().primary_key())
        .foreign_key(
            ForeignKey::create()
                .from("engines", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned();
    let db = Database::in_memory().await.expect("a database");
    let rows = "INSERT INTO cars VALUES (1), (2); INSERT INTO engines VALUES ('2', 1), ('1', 2)";
    for table in [&car, &engine] {
        let sql = table.to_string(SqliteQueryBuilder);
        db.execute_script(&sql).await.expect("a table");
    }
    db.execute_script(rows).await.expect("rows");
    let viewset = |name, table| ViewSet::new(Model::from_table(name, table)).database(&db);
    let engines = viewset("Engine", &engine).id_member("id");
    let cars = viewset("Car", &car).nest("engine", engines);
    let api = Router::new()
        .register("cars", cars)
        .build()
        .expect("an API");
    assert_eq!(keys(&api, "/cars/?engine__name=2").await, "1");
    let answer = ask(&api, "/cars/?engine__id=2").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.json()["errors"][0]["code"], "unknown_parameter");
}
