//! Facets and aggregates: the documented examples of Django and of PostgREST, translated by meaning; sums beyond what numbers
//! hold; values of every type; what a request may not see; how the page shows them.

mod types;

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use serde_json::{Value, json};
use tower_rest::{Api, Condition, Model, Router, ViewSet, testing::Client};

use crate::{
    databases::{Fresh, Kind},
    fixture,
    server::ask,
};

fn books() -> TableCreateStatement {
    let of_a_publisher = ForeignKey::create()
        .from("books", "publisher_id")
        .to("publishers", "id")
        .to_owned();
    Table::create()
        .table("books")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("price").custom("decimal_text").not_null())
        .col(ColumnDef::new("rating").double())
        .col(ColumnDef::new("pubdate").date())
        .col(ColumnDef::new("publisher_id").integer())
        .foreign_key(&mut of_a_publisher.clone())
        .to_owned()
}

fn publishers() -> TableCreateStatement {
    Table::create()
        .table("publishers")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .to_owned()
}

fn orders() -> TableCreateStatement {
    Table::create()
        .table("orders")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("order_date").date())
        .col(ColumnDef::new("amount").integer())
        .to_owned()
}

/// Django's books and publishers, and PostgREST's orders.
async fn examples(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    for table in [publishers(), books(), orders()] {
        fresh.create(&table).await;
    }
    let rows = "INSERT INTO publishers VALUES (1, 'BaloneyPress'), (2, 'SalamiPress'), (3, 'NoPress');
        INSERT INTO books VALUES (1, 'Django for dogs', '30.00', 4.5, '2008-01-01', 1),
            (2, 'Django for cats', '25.50', 4.0, '2008-06-01', 1), (3, 'Salads', '81.20', 3.5, '2009-01-01', 2),
            (4, 'Django and tea', '24.00', 4.0, NULL, 2), (5, 'Left over', '10.00', NULL, '2009-03-01', NULL);
        INSERT INTO orders VALUES (1, '2023-02-14', 100), (2, '2023-02-14', 250), (3, '2023-02-15', 40), (4, NULL, NULL)";
    for statement in rows.split(';') {
        fresh.execute(statement).await;
    }
    let of = |name, table: &TableCreateStatement| {
        ViewSet::new(Model::from_table(name, table)).database(&fresh.db)
    };
    let books = of("Book", &books())
        .aggregates(["price", "rating", "name", "pubdate"])
        .group_by(["publisher", "pubdate", "rating", "publisher_id"]);
    let orders = of("Order", &orders())
        .aggregates(["amount", "order_date"])
        .group_by("order_date");
    let router = Router::new()
        .register(
            "publishers",
            of("Publisher", &publishers()).group_by("name"),
        )
        .register("books", books)
        .register("orders", orders);
    let api = router.build().expect("an API");
    (fresh, api)
}

/// Each is an example as its documentation writes it, its translation, and its results.
fn documented() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "Book.objects.count()",
            "/books/?aggregate=count",
            json!([{"count": 5}]),
        ),
        (
            "Book.objects.filter(publisher__name='BaloneyPress').count()",
            "/books/?aggregate=count&publisher__name=BaloneyPress",
            json!([{"count": 2}]),
        ),
        (
            "Book.objects.aggregate(Avg('price', default=0))",
            "/books/?aggregate=avg(price)",
            json!([{"avg_price": "34.14"}]),
        ),
        (
            "Book.objects.aggregate(Avg('price'), Max('price'), Min('price'))",
            "/books/?aggregate=avg(price),max(price),min(price)",
            json!([{"avg_price": "34.14", "max_price": "81.20", "min_price": "10.00"}]),
        ),
        (
            "Publisher.objects.annotate(num_books=Count('book'))",
            "/books/?aggregate=count&group_by=publisher__name&publisher__isnull=false",
            json!([
                {"publisher__name": "BaloneyPress", "count": 2},
                {"publisher__name": "SalamiPress", "count": 2}
            ]),
        ),
        (
            "Publisher.objects.annotate(above_5=Count('book', filter=Q(book__rating__gt=4)))",
            "/books/?aggregate=count&group_by=publisher__name&rating__gt=4",
            json!([{"publisher__name": "BaloneyPress", "count": 1}]),
        ),
        (
            "Publisher.objects.annotate(num_books=Count('book')).order_by('-num_books')[:1]",
            "/books/?aggregate=count&group_by=publisher__name&ordering=-count,-publisher__name&page_size=1",
            json!([{"publisher__name": "SalamiPress", "count": 2}]),
        ),
        (
            "Book.objects.filter(name__startswith='Django').aggregate(Avg('price'))",
            "/books/?aggregate=avg(price)&name__startswith=Django",
            json!([{"avg_price": "26.5"}]),
        ),
        (
            "Book.objects.values('publisher').annotate(average_rating=Avg('rating'))",
            "/books/?aggregate=avg(rating)&group_by=publisher_id",
            json!([
                {"publisher_id": 1, "avg_rating": 4.25},
                {"publisher_id": 2, "avg_rating": 3.75},
                {"publisher_id": null, "avg_rating": null}
            ]),
        ),
        (
            "Book.objects.aggregate(Count('rating', distinct=True))",
            "/books/?aggregate=count_distinct(rating),count(rating)",
            json!([{"count_distinct_rating": 3, "count_rating": 4}]),
        ),
        (
            "Store.objects.aggregate(oldest_pubdate=Min('books__pubdate'))",
            "/books/?aggregate=min(pubdate)",
            json!([{"min_pubdate": "2008-01-01"}]),
        ),
        (
            "Book.objects.values('pubdate__year').annotate(n=Count('id'), Sum('price'))",
            "/books/?aggregate=count,max(name)&group_by=pubdate__year",
            json!([
                {"pubdate__year": 2008, "count": 2, "max_name": "Django for dogs"},
                {"pubdate__year": 2009, "count": 2, "max_name": "Salads"},
                {"pubdate__year": null, "count": 1, "max_name": "Django and tea"}
            ]),
        ),
        (
            "orders?select=amount.sum()",
            "/orders/?aggregate=sum(amount)",
            json!([{"sum_amount": 390}]),
        ),
        (
            "orders?select=amount.sum(),amount.avg(),order_date",
            "/orders/?aggregate=sum(amount),avg(amount)&group_by=order_date",
            json!([
                {"order_date": "2023-02-14", "sum_amount": 350, "avg_amount": "175"},
                {"order_date": "2023-02-15", "sum_amount": 40, "avg_amount": "40"},
                {"order_date": null, "sum_amount": null, "avg_amount": null}
            ]),
        ),
        (
            "orders?select=count(),amount.count(),amount.max(),amount.min()",
            "/orders/?aggregate=count,count(amount),max(amount),min(amount)",
            json!([{"count": 4, "count_amount": 3, "max_amount": 250, "min_amount": 40}]),
        ),
        (
            "orders?select=order_date,count()&order_date=eq.2023-02-14",
            "/orders/?aggregate=count&group_by=order_date&order_date=2023-02-14",
            json!([{"order_date": "2023-02-14", "count": 2}]),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn documented_examples_of_django_and_postgrest_are_answered_as_they_mean() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = examples(kind).await;
        for (example, translation, expected) in documented() {
            let answer = ask(&api, translation).await;
            let body = &answer.body;
            assert_eq!(
                answer.status, 200,
                "{kind} {example}\n{translation}: {body}"
            );
            let found = &answer.json()["results"];
            assert_eq!(*found, expected, "{kind} {example}\n{translation}");
        }
    }
}

fn integers() -> TableCreateStatement {
    Table::create()
        .table("integers")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("big").big_integer())
        .col(ColumnDef::new("price").custom("decimal_text"))
        .col(ColumnDef::new("float").double())
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_of_more_than_64_bits_has_all_its_digits() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.create(&integers()).await;
        let (big, small) = (i64::MAX, i64::MIN);
        let rows = format!(
            "INSERT INTO integers VALUES (1, {big}, '12345678901234567890.25', 1e308), (2, {big}, '0.75', 1e308), \
             (3, {big}, '98765432109876543210', -1e308), (4, {small}, NULL, NULL)"
        );
        fresh.execute(&rows).await;
        let viewset = || {
            ViewSet::new(Model::from_table("Integer", &integers()))
                .database(&fresh.db)
                .aggregates(["big", "price", "float"])
                .group_by("big")
        };
        let query =
            "/?aggregate=sum(big),avg(big),sum(price),avg(price),sum(float),avg(float),max(float)";
        let api = viewset().build().expect("an API");
        let found = ask(&api, query).await.body;
        let sum = "\"sum_big\":18446744073709551613,\"avg_big\":\"4611686018427387903.25\",\"sum_price\":\"111111111011111111101";
        assert!(found.contains(sum), "{kind} {found}");
        let rest = "\"avg_price\":\"37037037003703703700.333333\",\"sum_float\":null,\"avg_float\":null,\"max_float\":1e+308}]}";
        assert!(found.contains(rest), "{kind} {found}");
        let found = ask(&api, "/?aggregate=sum(big)&id__lt=4").await.body;
        assert!(
            found.ends_with("[{\"sum_big\":27670116110564327421}]}"),
            "{kind} {found}"
        );
        let ordered = ask(
            &api,
            "/?aggregate=sum(big),count&group_by=big&ordering=-sum_big",
        )
        .await;
        let first = &ordered.json()["results"][0]["count"];
        assert_eq!(*first, 3, "{kind} {}", ordered.body);
        let as_text = viewset().big_integers_as_text().build().expect("an API");
        for (query, expected) in [
            ("id__lt=4", "\"27670116110564327421\""),
            ("id__in=1,2", "\"18446744073709551614\""),
            ("id=1", "\"9223372036854775807\""),
        ] {
            let found = ask(&as_text, &format!("/?aggregate=sum(big)&{query}"))
                .await
                .body;
            let end = format!("[{{\"sum_big\":{expected}}}]}}");
            assert!(found.ends_with(&end), "{kind} {found}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_and_aggregates_show_no_rows_beyond_the_scope() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        for table in [publishers(), books()] {
            fresh.create(&table).await;
        }
        fresh
            .execute("INSERT INTO publishers VALUES (1, 'Seen'), (2, 'Unseen')")
            .await;
        fresh
            .execute(
                "INSERT INTO books VALUES (1, 'a', '1.00', NULL, NULL, 1), (2, 'b', '2.00', NULL, NULL, 2), \
                 (3, 'secret', '4.00', NULL, NULL, 1)",
            )
            .await;
        let of = |name, table: &TableCreateStatement| {
            ViewSet::new(Model::from_table(name, table)).database(&fresh.db)
        };
        let books = of("Book", &books())
            .scope(|_| Ok(Condition::column("name").ne("secret")))
            .facets("name")
            .aggregates("price")
            .group_by("publisher");
        let publishers = of("Publisher", &publishers())
            .scope(|_| Ok(Condition::column("name").ne("Unseen")))
            .group_by("name")
            .nest("books", books.clone());
        let router = Router::new()
            .register("publishers", publishers)
            .register("books", books);
        let api = router.build().expect("an API");
        for (path, pointer, expected) in [
            (
                "/books/?facet=name",
                "/facets/name",
                json!([{"value": "a", "count": 1}, {"value": "b", "count": 1}]),
            ),
            (
                "/books/?aggregate=count,sum(price)&group_by=publisher__name",
                "/results",
                json!([
                    {"publisher__name": "Seen", "count": 1, "sum_price": "1.00"},
                    {"publisher__name": null, "count": 1, "sum_price": "2.00"}
                ]),
            ),
            (
                "/publishers/1/books/?aggregate=count",
                "/results",
                json!([{"count": 1}]),
            ),
            (
                "/publishers/1/books/?facet=name&name=b",
                "/facets/name",
                json!([{"value": "a", "count": 1}]),
            ),
        ] {
            let answer = ask(&api, path).await;
            assert_eq!(
                answer.json().pointer(pointer),
                Some(&expected),
                "{kind} {path}: {}",
                answer.body
            );
        }
        for path in [
            "/publishers/2/books/?aggregate=count",
            "/publishers/2/books/?facet=name",
        ] {
            assert_eq!(ask(&api, path).await.status, 404, "{kind} {path}");
        }
        let again = ask(&api, "/publishers/1/books/?aggregate=count&page_size=1").await;
        assert!(again.body.contains("\"pages\":1"), "{kind} {}", again.body);
    }
}

#[tokio::test]
async fn the_page_shows_facets_as_links_and_groups_with_bars() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let page = |path: &str| {
        let asking = Client::new(api.clone()).get(path);
        asking.header("accept", "text/html")
    };
    let shown = page("/shop/?facet=make,owner_id&make=Ford&page=1")
        .await
        .text();
    for part in [
        // Another value, in place of the chosen one, and the chosen one taken away, both without the page.
        "<a href=\"?facet=make,owner_id&make=Toyota\">",
        "<a href=\"?facet=make,owner_id\" aria-current=\"true\">",
        "<a href=\"?facet=make,owner_id&make=Ford&owner_id__isnull=true\">",
        "<a class=\"hide\" href=\"?make=Ford&page=1&facet=owner_id\" aria-label=\"Hide the values of make\">",
        "<a href=\"?make=Ford&page=1&facet=make%2Cowner_id%2Csold\" aria-label=\"Count the values of sold\">",
        "<a href=\"?make=Ford&aggregate=count&group_by=make\" aria-label=\"Group by make\">",
        "<rect width=\"50%\"",
    ] {
        let part = part.replace('&', "&#38;");
        assert!(shown.contains(&part), "{part}\n{shown}");
    }
    let groups =
        page("/shop/?aggregate=count,avg(year)&group_by=make&ordering=-count&make__startswith=F")
            .await
            .text();
    for part in [
        "aria-sort=\"descending\"><a href=\"?aggregate=count,avg(year)&group_by=make&make__startswith=F&ordering=count\">count</a>",
        "<td class=\"text\">Ford</td>",
        "<rect width=\"100%\"",
        "<a class=\"button\" href=\"?make__startswith=F\">Show the rows</a>",
        "2 groups",
    ] {
        let part = part.replace('&', "&#38;");
        assert!(groups.contains(&part), "{part}\n{groups}");
    }
    let none = page("/shop/?aggregate=count&group_by=make&make=x")
        .await
        .text();
    assert!(none.contains("There are no groups."), "{none}");
}

#[tokio::test]
async fn what_cannot_be_summarized_is_a_mistake_of_the_configuration() {
    let db = fixture::database().await;
    let table = Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string())
        .col(ColumnDef::new("secret").string())
        .col(ColumnDef::new("extras").json())
        .to_owned();
    let model = Model::from_table("Car", &table).column("secret", tower_rest::Column::hidden);
    let viewset = ViewSet::new(model).database(&db);
    let built = viewset
        .facets(["make", "extras", "secret"])
        .aggregates("maek")
        .group_by("parts")
        .build();
    let words = built.map(drop).expect_err("mistakes").to_string();
    for mistake in [
        "`.facets(…)`: `extras` is of type json",
        "`.facets(…)` names `secret`",
        "`.aggregates(…)` names `maek`",
        "`.group_by(…)` names `parts`",
    ] {
        assert!(words.contains(mistake), "{mistake}: {words}");
    }
}
