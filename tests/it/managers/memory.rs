//! Rows in memory: filtered, ordered and paged as those of a database are.

use std::sync::{Arc, Mutex};

use sea_query::{ColumnDef, Table};
use tower_rest::{
    Ask, Cell, Condition, Database, Model, Next, Operation, Outcome, Router, Rows, ViewSet, from_fn,
};
use tracing::{Level, instrument::WithSubscriber};

use super::{Memory, memory, numbers, status_and_code, tenants, thing};
use crate::{
    fixture::{self, Style},
    logging::{Log, listening},
    server::ask,
};

#[tokio::test]
async fn rows_in_memory_are_served_without_a_database() {
    let rows = [
        (3, Some("c")),
        (1, Some("a")),
        (5, None),
        (4, Some("A")),
        (2, Some("b")),
    ];
    let api = thing()
        .page_size(2)
        .manager(memory(&rows))
        .build()
        .expect("an API");
    for (query, expected) in [
        ("", &[1, 2][..]),
        ("?page=2", &[3, 4]),
        ("?page=last", &[5]),
        ("?name__iexact=a", &[1, 4]),
        ("?name!=a", &[2, 3]),
        ("?name__gt=a", &[2, 3]),
        ("?ordering=-name", &[5, 3]),
        ("?ordering=name", &[4, 1]),
        ("?id__in=5,3,9", &[3, 5]),
        ("?id=9", &[]),
    ] {
        let answer = ask(&api, &format!("/{query}")).await;
        assert_eq!(numbers(&answer, "id"), expected, "{query}");
    }
    let answer = ask(&api, "/?page=4").await;
    assert_eq!(status_and_code(&answer), (404, "no_such_page".to_owned()));
    let answer = ask(&api, "/?nmae=a").await;
    assert_eq!(
        status_and_code(&answer),
        (400, "unknown_parameter".to_owned())
    );
    let answer = ask(&api, "/4/").await;
    assert_eq!(
        answer.body,
        r#"{"href":"http://test/4/","id":4,"name":"A","near_id":null}"#
    );
    let answer = ask(&api, "/9/").await;
    assert_eq!(status_and_code(&answer), (404, "not_found".to_owned()));
    let empty = thing().manager(memory(&[])).build().expect("an API");
    for path in ["/", "/?page=last"] {
        let list = ask(&empty, path).await.json();
        assert_eq!(
            (&list["count"], &list["pages"]),
            (&0.into(), &1.into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_scope_and_a_layer_narrow_rows_in_memory_too() {
    let narrowing = from_fn(|mut operation: Operation, next: Next| {
        operation.ask = match operation.ask {
            Ask::List(list) => Ask::List(list.and(Condition::column("id").lt(4))),
            Ask::Retrieve(one) => Ask::Retrieve(one.and(Condition::column("id").lt(4))),
            other => other,
        };
        next.run(operation)
    });
    let rows = [(1, Some("a")), (2, None), (3, Some("c")), (4, Some("d"))];
    let api = thing()
        .manager(memory(&rows))
        .operation_layer(narrowing)
        .scope(|_| Ok(!Condition::column("name").is_null()))
        .build()
        .expect("an API");
    assert_eq!(numbers(&ask(&api, "/").await, "id"), [1, 3]);
    for (path, status) in [("/1/", 200), ("/2/", 404), ("/4/", 404)] {
        assert_eq!(ask(&api, path).await.status, status, "{path}");
    }
}

/// Returns the rows of every type as the database reads them.
async fn rows_of_every_type(db: &Database) -> Rows {
    let shown = Arc::new(Mutex::new(None));
    let keeping = from_fn({
        let shown = shown.clone();
        move |operation: Operation, next: Next| {
            let shown = shown.clone();
            async move {
                let outcome = next.run(operation).await;
                if let Ok(Outcome::Page(page)) = &outcome {
                    *shown.lock().expect("rows") = Some(page.rows().clone());
                }
                outcome
            }
        }
    });
    let types = fixture::types_viewset(Style::Classical, db).operation_layer(keeping);
    let answer = ask(&types.build().expect("an API"), "/?id!=4").await;
    assert_eq!(answer.status, 200);
    let rows = shown.lock().expect("rows").take();
    rows.expect("a page")
}

#[tokio::test]
async fn rows_of_every_type_are_answered_as_those_of_a_database() {
    let db = fixture::database().await;
    let of_sqlite = fixture::types_viewset(Style::Classical, &db);
    let rows = rows_of_every_type(&db).await;
    let in_memory = of_sqlite
        .clone()
        .manager(Memory(rows))
        .build()
        .expect("an API");
    let of_sqlite = of_sqlite.build().expect("an API");
    let filters = [
        "whole=42",
        "whole__lt=42",
        "whole__gte=9223372036854775807",
        "whole__in=42,7",
        "small__range=-200,7",
        "flag=true",
        "flag=false",
        "flag!=true",
        "float__lt=1",
        "float=1.5",
        "float__gt=0",
        "amount=12.5",
        "amount__in=12.5,3",
        "amount__lte=12.500",
        "amount__gt=-999999999999999999999999999999.1",
        "word__contains=word",
        "word__icontains=NA%C3%8FVE",
        "word__icontains=NA%C3%AFVE",
        "word__iexact=NA%C3%AFVE+%22WORD%22",
        "word__startswith=na",
        "word__iendswith=SCRIPT%3E",
        "word!=x",
        "word__gt=n",
        "colour=red",
        "colour__in=red,blue",
        "colour!=red",
        "raw=AP8Q",
        "raw__in=AP8Q,AA==",
        "day=2014-01-02",
        "day__gt=2014-01-02",
        "day__year=2014",
        "day__month=1",
        "day__day__gte=2",
        "day__year__in=2014,9999",
        "day__month__in=1,12",
        "day!=2014-01-02",
        "hour=03:04:05",
        "hour__gt=03:04:05.1",
        "hour__in=03:04:05.000,23:00",
        "local=2014-01-02T03:04:05",
        "local__date=2014-01-02",
        "local__year__lt=2000",
        "local__day__in=1,2",
        "zoned=2014-01-02T04:04:05.678%2B01:00",
        "zoned__year=9999",
        "zoned__date__gt=2014-01-02",
        "zoned_offset__lt=2014-01-01T00:00:00Z",
        "zoned_millis__month=1",
        "local_t__gt=2014-01-02T03:04:05",
        "uid=67e55044-10b1-426f-9247-bb680e5fe0c8",
        "uid__lt=67e55044-10b1-426f-9247-bb680e5fe0c8",
        "uid_blob__gte=67e55044-10b1-426f-9247-bb680e5fe0c8",
        "doc__isnull=true",
        "doc__isnull=false",
        "misc__isnull=true",
        "misc__isnull!=true",
    ];
    let orders = [
        "whole",
        "-whole",
        "flag",
        "-float",
        "amount",
        "-amount",
        "word",
        "-colour",
        "-raw",
        "day",
        "-hour",
        "local",
        "-zoned",
        "local_t",
        "-zoned_offset",
        "uid",
        "-uid_blob",
        "flag,-word",
    ];
    // Rows 4 and 5 are shown otherwise than they are stored, so they compare differently.
    let filters = filters.map(|filter| format!("/?id!=4&id!=5&{filter}"));
    let orders = orders.map(|order| format!("/?id!=4&id!=5&ordering={order}"));
    for path in filters
        .into_iter()
        .chain(orders)
        .chain(["/1/", "/2/", "/3/", "/5/"].map(str::to_owned))
    {
        let (expected, found) = (ask(&of_sqlite, &path).await, ask(&in_memory, &path).await);
        if path.contains("?") {
            assert_eq!(expected.status, 200, "{path}: {}", expected.body);
        }
        assert_eq!(
            (found.status, found.body),
            (expected.status, expected.body),
            "{path}"
        );
    }
}

#[tokio::test]
async fn cells_of_another_type_than_their_columns_are_null_and_logged() {
    let table = Table::create()
        .table("odd")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("year").integer())
        .col(ColumnDef::new("price").decimal())
        .col(ColumnDef::new("doc").json())
        .col(ColumnDef::new("float").double())
        .col(ColumnDef::new("misc").custom("whatever"))
        .to_owned();
    let rows = Rows::new(
        6,
        [
            [
                Cell::Integer(1),
                Cell::Text("many"),
                Cell::Decimal("\",\"x\":\""),
                Cell::Json("{broken"),
                Cell::Float(f64::NAN),
                Cell::Float(0.5),
            ],
            [
                Cell::Unsigned(2),
                Cell::Integer(1990),
                Cell::Text("1.50"),
                Cell::Text("{ \"a\": 1 }"),
                Cell::Integer(3),
                Cell::Boolean(true),
            ],
        ],
    );
    let odd = ViewSet::new(Model::from_table("Odd", &table)).manager(Memory(rows));
    let api = odd.build().expect("an API");
    let log = Log::default();
    let answer = ask(&api, "/1/").with_subscriber(listening(&log)).await;
    assert_eq!(
        answer.body,
        r#"{"href":"http://test/1/","id":1,"year":null,"price":null,"doc":null,"float":null,"misc":"0.5"}"#
    );
    let log = log.up_to(Level::WARN);
    for column in ["year", "price", "doc"] {
        assert!(
            log.contains(&format!("column=\"{column}\"")),
            "{column}: {log}"
        );
    }
    assert_eq!(
        ask(&api, "/2/").await.body,
        r#"{"href":"http://test/2/","id":2,"year":1990,"price":"1.50","doc":{"a":1},"float":3.0,"misc":"true"}"#
    );
    for (query, expected) in [
        ("year__isnull=true", &[1][..]),
        ("year__gte=0", &[2]),
        ("price=1.5", &[2]),
        ("float__isnull=true", &[1]),
        ("float=3", &[2]),
        ("ordering=-year", &[1, 2]),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert_eq!(numbers(&answer, "id"), expected, "{query}");
    }
}

#[tokio::test]
async fn rows_in_memory_that_cannot_answer_say_so_in_the_log() {
    let tenants = tenants().await;
    let narrow = Memory(Rows::new(1, [[Cell::Integer(1)]]));
    let narrow = thing().manager(narrow).build().expect("an API");
    let related = || {
        thing()
            .database(&tenants["north"])
            .manager(memory(&[(1, None)]))
    };
    let related_api = related().build().expect("an API");
    let nested = Router::new().register(
        "things",
        thing().database(&tenants["north"]).nest("below", related()),
    );
    let nested = nested.build().expect("an API");
    for (api, path, words) in [
        (&narrow, "/", "Thing has 3 columns, but"),
        (&related_api, "/?expand=near", "takes rows of another model"),
        (
            &related_api,
            "/?near__name=a",
            "takes rows of another model",
        ),
        (
            &related_api,
            "/?ordering=near__name",
            "takes rows of another model",
        ),
        (
            &related_api,
            "/1/?expand=near",
            "takes rows of another model",
        ),
        (&nested, "/things/1/below/", "takes rows of another model"),
    ] {
        let log = Log::default();
        let answer = ask(api, path).with_subscriber(listening(&log)).await;
        assert_eq!(
            status_and_code(&answer),
            (500, "internal".to_owned()),
            "{path}"
        );
        let log = log.up_to(Level::ERROR);
        assert!(log.contains(words), "{path}: {log}");
    }
}
