//! Groups of filters: the documented examples of Django's `Q` and of PostgREST, translated by meaning; how the page shows
//! a group; and texts of every kind.

mod texts;

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{Api, Model, Router, ViewSet, testing::Client};

use crate::{
    databases::{Fresh, Kind},
    fixture,
    server::ask,
};

fn table(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    table.col(ColumnDef::new("id").integer().primary_key());
    for column in columns {
        table.col(column);
    }
    table
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().to_owned()
}

fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().to_owned()
}

/// The models of the examples: Django's polls, blogs and entries, PostgREST's people and films.
async fn examples(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let of_a_blog = ForeignKey::create()
        .from("entries", "blog_id")
        .to("blogs", "id")
        .to_owned();
    let student = ColumnDef::new("student").boolean().to_owned();
    let tables = [
        (
            "polls",
            table("polls", [text("question"), date("pub_date")]),
        ),
        ("blogs", table("blogs", [text("name")])),
        (
            "entries",
            table(
                "entries",
                [text("headline"), date("pub_date"), integer("blog_id")],
            )
            .foreign_key(&mut of_a_blog.clone())
            .to_owned(),
        ),
        (
            "people",
            table(
                "people",
                [text("last_name"), integer("age"), integer("grade"), student],
            ),
        ),
    ];
    let mut router = Router::new();
    for (name, table) in &tables {
        fresh.create(table).await;
        let model = Model::from_table(name, table);
        router = router.register(name, ViewSet::new(model).database(&fresh.db).groups());
    }
    let rows = "INSERT INTO polls VALUES (1, 'Who am I?', '2005-05-02'), (2, 'Who are you?', '2007-01-01'),
            (3, 'What is it?', '2005-05-06'), (4, 'Why?', NULL), (5, 'Who else?', '2005-05-06');
        INSERT INTO blogs VALUES (1, 'both'), (2, 'each'), (3, 'none');
        INSERT INTO entries VALUES (1, 'Lennon', '2008-01-01', 1), (2, 'Lennon', '2007-01-01', 2),
            (3, 'Best', '2008-06-01', 2), (4, 'Best', '2007-01-01', 3);
        INSERT INTO people VALUES (1, 'Hebdon,John', 14, 95, TRUE), (2, 'O''Neil', 12, 95, TRUE),
            (3, 'Pitt', 19, 91, TRUE), (4, 'Olson', 22, 80, FALSE), (5, NULL, NULL, 99, TRUE), (6, 'Owen', 15, 90, FALSE)";
    for statement in rows.split(';') {
        fresh.execute(statement).await;
    }
    (fresh, router.build().expect("an API"))
}

/// Each is an example as its documentation writes it, its translation, and the rows it selects.
const EXAMPLES: &[(&str, &str, &[i64])] = &[
    (
        "Q(question__startswith='Who') | Q(question__startswith='What')",
        "/polls/?or=(question__startswith=Who,question__startswith=What)",
        &[1, 2, 3, 5],
    ),
    (
        "Q(question__startswith='Who') | ~Q(pub_date__year=2005)",
        "/polls/?or=(question__startswith=Who,pub_date__year!=2005)",
        &[1, 2, 4, 5],
    ),
    (
        "get(Q(question__startswith='Who'), Q(pub_date=date(2005, 5, 2)) | Q(pub_date=date(2005, 5, 6)))",
        "/polls/?question__startswith=Who&or=(pub_date=2005-05-02,pub_date=2005-05-06)",
        &[1, 5],
    ),
    (
        "Q(question__startswith='Who') & Q(pub_date__year=2005)",
        "/polls/?and=(question__startswith=Who,pub_date__year=2005)",
        &[1, 5],
    ),
    (
        "Q(question__startswith='Who') ^ Q(pub_date__year=2005)",
        "/polls/?or=(and(question__startswith=Who,pub_date__year!=2005),and(question__startswith!=Who,pub_date__year=2005))",
        &[2, 3],
    ),
    (
        "~(Q(question__startswith='Who') | Q(question__startswith='What'))",
        "/polls/?not=(or(question__startswith=Who,question__startswith=What))",
        &[4],
    ),
    (
        "filter(entry__headline__contains='Lennon', entry__pub_date__year=2008)",
        "/blogs/?and=(entries__headline__contains=Lennon,entries__pub_date__year=2008)",
        &[1],
    ),
    (
        "filter(entry__headline__contains='Lennon').filter(entry__pub_date__year=2008)",
        "/blogs/?and=(and(entries__headline__contains=Lennon),and(entries__pub_date__year=2008))",
        &[1, 2],
    ),
    (
        "exclude(entry__in=Entry.objects.filter(headline__contains='Lennon', pub_date__year=2008))",
        "/blogs/?not=(entries__headline__contains=Lennon,entries__pub_date__year=2008)",
        &[2, 3],
    ),
    (
        "exclude(entry__headline__contains='Lennon', entry__pub_date__year=2008)",
        "/blogs/?not=(and(entries__headline__contains=Lennon),and(entries__pub_date__year=2008))",
        &[3],
    ),
    (
        "?age=gte.18&student=is.true",
        "/people/?and=(age__gte=18,student=true)",
        &[3],
    ),
    (
        "?or=(age.lt.18,age.gt.21)",
        "/people/?or=(age__lt=18,age__gt=21)",
        &[1, 2, 4, 6],
    ),
    // PostgREST leaves out the null, as SQL does; a negation here is exactly the other rows.
    (
        "?not.and=(age.gte.11,age.lte.17)",
        "/people/?not=(age__gte=11,age__lte=17)",
        &[3, 4, 5],
    ),
    (
        "?grade=gte.90&student=is.true&or=(age.eq.14,not.and(age.gte.11,age.lte.17))",
        "/people/?grade__gte=90&student=true&or=(age=14,not(age__gte=11,age__lte=17))",
        &[1, 3, 5],
    ),
    (
        "?last_name=like(any).{O*,P*}",
        "/people/?or=(last_name__startswith=O,last_name__startswith=P)",
        &[2, 3, 4, 6],
    ),
    (
        "?last_name=like(all).{O*,*n}",
        "/people/?and=(last_name__startswith=O,last_name__endswith=n)",
        &[4, 6],
    ),
    (
        "?or=(last_name.in.(\"Hebdon,John\",Pitt),age.is.null)",
        "/people/?or=(last_name__in=(%22Hebdon,John%22,Pitt),age__isnull=true)",
        &[1, 3, 5],
    ),
    (
        "?and=(grade.gte.90,student.is.true,or(age.gte.14,age.is.null))",
        "/people/?and=(grade__gte=90,student=true,or(age__gte=14,age__isnull=true))",
        &[1, 3, 5],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn documented_examples_of_q_and_postgrest_select_what_they_mean() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = examples(kind).await;
        for (example, translation, expected) in EXAMPLES {
            let answer = ask(&api, translation).await;
            assert_eq!(
                answer.status, 200,
                "{kind} {example}\n{translation}: {}",
                answer.body
            );
            let rows = answer.json();
            let rows = rows["results"].as_array().into_iter().flatten();
            let found: Vec<_> = rows.filter_map(|row| row["id"].as_i64()).collect();
            assert_eq!(found, *expected, "{kind} {example}\n{translation}");
        }
    }
}

#[tokio::test]
async fn the_page_shows_a_group_as_a_filter_that_can_be_removed() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let page = |path: &str| {
        let asking = Client::new(api.clone()).get(path);
        asking.header("accept", "text/html")
    };
    let group = "or=(make=Fiat,not(year__lt=1996))";
    let shown = page(&format!("/grouped/?{group}&sold=true")).await.text();
    assert!(
        shown.contains("<span>or(make=Fiat,not(year__lt=1996))</span> <a href=\"?sold=true\""),
        "{shown}"
    );
    assert!(
        shown.contains("name=\"or\" value=\"(make=Fiat,not(year__lt=1996))\""),
        "{shown}"
    );
    let described = page("/grouped/?_form=options").await.text();
    assert!(
        described.contains("<dt>groups</dt><dd><code>or</code> <code>and</code> <code>not</code>"),
        "{described}"
    );
    let refused = ask(&api, "/grouped/?or=(x=%3Cb%3E)").await;
    assert_eq!(refused.status, 400, "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_says_which_rows_are_deleted() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let cars = table("cars", [text("make")]);
        fresh.create(&cars).await;
        fresh
            .execute("INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Opel'), (3, NULL)")
            .await;
        let cars = ViewSet::new(Model::from_table("Car", &cars)).database(&fresh.db);
        let api = cars.groups().bulk_deletes(10).build().expect("an API");
        let client = Client::new(api);
        for (query, status) in [
            ("or=()", 400),
            ("or=(maek=Fiat)", 400),
            ("not=(or(make=Fiat,id=3))", 200),
        ] {
            let answer = client
                .ask(http::Method::DELETE, &format!("/?{query}"))
                .await;
            assert_eq!(answer.status(), status, "{kind} {query}: {}", answer.text());
        }
        let left = client.get("/").await.json();
        assert_eq!(
            left["results"].as_array().map(Vec::len),
            Some(2),
            "{kind} {left}"
        );
        let filter = client.ask(http::Method::DELETE, "/").await;
        assert_eq!(filter.status(), 400, "{kind} {}", filter.text());
    }
}
