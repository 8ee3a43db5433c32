//! What a refusal says and suggests.

use sea_query::{ColumnDef, Table};
use tower_rest::{Api, Count, Model, Router, Schema, ViewSet};

use super::{garage, keys};
use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

/// Serves a table whose column names have another meaning in a query.
async fn odd(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let table = Table::create()
        .table("odd")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("bang!").string_len(9))
        .col(ColumnDef::new("limit").string_len(9))
        .col(ColumnDef::new("search").string_len(9))
        .col(ColumnDef::new("a=b&c").string_len(9))
        .col(ColumnDef::new("per%cent").string_len(9))
        .col(ColumnDef::new("\"quote").string_len(9))
        .col(ColumnDef::new("plus+ one").string_len(9))
        .col(ColumnDef::new("papers").json())
        .to_owned();
    fresh.create(&table).await;
    let row = "INSERT INTO odd VALUES (1, 'ba', 'ba', 'ba', 'ba', 'ba', 'ba', 'ba', NULL)";
    fresh.execute(row).await;
    let odd = ViewSet::new(Model::from_table("Odd", &table)).database(&fresh.db);
    (fresh, odd.build().expect("an API"))
}

/// Returns the texts in backquotes after "did you mean".
fn suggested(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let words = problem["errors"][0]["detail"].as_str().unwrap_or_default();
    let (_, after) = words.split_once("did you mean ").unwrap_or_default();
    let quoted = after.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[tokio::test]
async fn r270_whatever_is_suggested_can_be_sent_as_it_is_written() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = odd(kind).await;
        for (sent, expected) in [
            ("bang%21=ba", "bang%21__exact"),
            ("bang=ba", "bang%21__exact"),
            ("bnag%21__iexact=ba", "bang%21__exact"),
            ("limt=ba", "limit__exact"),
            // This viewset has no search, so the name can only mean the column.
            ("serach=ba", "search__exact"),
            ("a%3Db%26d=ba", "a%3Db%26c"),
            ("per%25cnt=ba", "per%25cent"),
            ("qoute=ba", "%22quote"),
            ("plus%2B%20on=ba", "plus%2B%20one"),
        ] {
            let answer = ask(&api, &format!("/?{sent}")).await;
            assert_eq!(answer.status, 400, "{kind}: {sent}: {}", answer.body);
            assert_eq!(
                suggested(&answer),
                [expected],
                "{kind}: {sent}: {}",
                answer.body
            );
            assert_eq!(keys(&api, &format!("/?{expected}=ba")).await, "1", "{kind}");
            assert_eq!(keys(&api, &format!("/?{expected}=bo")).await, "", "{kind}");
        }
        // A column of JSON is not compared for equality.
        let answer = ask(&api, "/?paprs=1").await;
        assert_eq!(
            suggested(&answer),
            ["papers__has_key"],
            "{kind}: {}",
            answer.body
        );
        for (parameter, sent, expected) in [
            ("ordering", "qoute", "%22%22%22quote%22"),
            ("ordering", "-per%25cnt", "per%25cent"),
            ("fields", "qoute", "%22%22%22quote%22"),
            ("fields", "bang", "bang%21"),
            ("fields", "a%3Db%26d", "a%3Db%26c"),
        ] {
            let answer = ask(&api, &format!("/?{parameter}={sent}")).await;
            assert_eq!(
                suggested(&answer),
                [expected],
                "{kind}: {sent}: {}",
                answer.body
            );
            let followed = ask(&api, &format!("/?{parameter}={expected}")).await;
            assert_eq!(
                followed.status, 200,
                "{kind}: {expected}: {}",
                followed.body
            );
        }
    }
}

#[tokio::test]
async fn r271_a_refusal_speaks_of_what_is_there() {
    let (_fresh, api) = garage(Kind::Sqlite).await;
    let numbers = Table::create()
        .table("numbers")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("count").integer())
        .to_owned();
    let db = Kind::Sqlite.fresh().await;
    db.create(&numbers).await;
    let viewset = || ViewSet::new(Model::from_table("Number", &numbers)).database(&db.db);
    let plain = viewset().build().expect("an API");
    let narrow = viewset()
        .fixed_page_size()
        .fixed_fields()
        .count(Count::Off)
        .build()
        .expect("an API");
    for (api, path, expected) in [
        (
            &api,
            "/cars/?search=x",
            "`search` is not offered by cars; a text column is searched as in `name__icontains=…`",
        ),
        (&plain, "/?search=x", "`search` is not offered by Number"),
        (&api, "/cars/?count=true", "`count` is not offered by cars"),
        (
            &plain,
            "/?count=true",
            "`count` is not offered by Number; the column of that name is filtered as `count__exact`",
        ),
        (
            &api,
            "/cars/?page!=2",
            "`page` is a parameter and cannot be negated",
        ),
        (
            &plain,
            "/?count!=2",
            "`count` is a parameter and cannot be negated; the column of that name is `count__exact%21`",
        ),
        (
            &api,
            "/cars/1/?page!=2",
            "`page` is a parameter and cannot be negated",
        ),
        (&plain, "/?serach=x", "Number has no filter `serach`"),
        (&plain, "/?expnad=x", "Number has no filter `expnad`"),
        (
            &plain,
            "/?page_sise=2",
            "Number has no filter `page_sise`; did you mean `page_size`?",
        ),
        (&narrow, "/?page_sise=2", "Number has no filter `page_sise`"),
        (&narrow, "/?feilds=id", "Number has no filter `feilds`"),
        (
            &narrow,
            "/1/?feilds=id",
            "one object of Number has no parameter `feilds`",
        ),
        (
            &plain,
            "/1/?feilds=id",
            "one object of Number has no parameter `feilds`; did you mean `fields`?",
        ),
        (
            &plain,
            "/?page=x",
            "`page` is `x`, but takes a number from 1 up, or `last`",
        ),
        (
            &narrow,
            "/?page=x",
            "`page` is `x`, but takes a number from 1 up",
        ),
        (
            &plain,
            "/?ordering=",
            "`ordering` takes names split by commas, such as `id,count`",
        ),
        (
            &plain,
            "/?fields=id,,count",
            "`fields` takes names split by commas, such as `href,id`",
        ),
        (&plain, "/?expand=", "`expand` takes names split by commas"),
        (
            &api,
            "/parts/?expand=",
            "`expand` takes names split by commas, such as `car,maker`",
        ),
    ] {
        let answer = ask(api, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["detail"], expected, "{path}");
    }
}

#[tokio::test]
async fn r272_an_array_is_called_one() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = Kind::Postgres.fresh().await;
    fresh
        .execute("CREATE TABLE lists (id integer PRIMARY KEY, words text[], doc jsonb)")
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).build().expect("an API");
    for (query, expected) in [
        (
            "words=a",
            "`words` is of type array and has no lookup `exact`; its lookups are `contains`, `contained_by`, `overlaps`, `isnull`",
        ),
        (
            "words__icontains=a",
            "`words` is of type array and has no lookup `icontains`; did you mean `contains`? Its lookups are `contains`, \
             `contained_by`, `overlaps`, `isnull`",
        ),
        (
            "doc=a",
            "`doc` is of type json and has no lookup `exact`; its lookups are `has_key`, `isnull`",
        ),
    ] {
        let answer = ask(&api, &format!("/lists/?{query}")).await;
        assert_eq!(answer.json()["errors"][0]["detail"], expected, "{query}");
    }
    let request = http::Request::options("/lists/").header("host", "test");
    let answer = ask_with(&api, request.body(String::new()).expect("a request")).await;
    assert!(answer.body.contains(r#""type":"array""#), "{}", answer.body);
}
