//! Keys in several stored forms, and many keys at once.

use super::*;
use crate::{database::Database, model::TimestampFormat};

/// Returns the tables `visits`, `bills` and `pairs`, and the models of the first two, which share a timestamp, a
/// boolean and a decimal price.
fn tables() -> (Vec<TableCreateStatement>, Model, Model) {
    let table = |name: &'static str| {
        Table::create()
            .table(name)
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("seen").timestamp_with_time_zone())
            .col(ColumnDef::new("paid").boolean())
            .col(ColumnDef::new("price").custom("decimal_text"))
            .to_owned()
    };
    let model = |name: &str, table: &TableCreateStatement| {
        Model::from_table(name, table).column("seen", |column| {
            column.timestamp_format(TimestampFormat::Offset)
        })
    };
    let (visits, bills) = (table("visits"), table("bills"));
    let (visit, bill) = (model("Visit", &visits), model("Bill", &bills));
    let pairs = Table::create()
        .table("pairs")
        .col(ColumnDef::new("seen").string())
        .col(ColumnDef::new("bill").integer())
        .to_owned();
    (vec![visits, bills, pairs], visit, bill)
}

const ROWS: &str = "
    INSERT INTO visits VALUES (1, '2014-01-02T03:04:05.50+00:00', 2, '1.50'), (2, '2014-01-02T03:04:05+00:00', 0, '7');
    INSERT INTO bills VALUES (1, '2014-01-02T03:04:05.5+00:00', 1, '1.50'), (2, '2014-01-02T03:04:05.5+00:00', 1, '1.5'),
        (3, '2014-01-02T03:04:05.500+00:00', 3, '1.50'), (4, '2014-01-02T03:04:05+00:00', 0, '7');
    INSERT INTO pairs VALUES ('2014-01-02T03:04:05.5+00:00', 1), ('2014-01-02T03:04:05.500+00:00', 1);";

fn world() -> (World, Model, Model) {
    let (tables, visit, bill) = tables();
    let world = World::new();
    for table in tables {
        let sql = table.to_string(SqliteQueryBuilder);
        world.sqlite.execute_batch(&sql).expect("a table");
    }
    world.sqlite.execute_batch(ROWS).expect("rows");
    (world, visit, bill)
}

#[test]
fn keys_are_equal_where_their_cells_are() {
    let (world, visit, bill) = world();
    let bills = many(
        &bill,
        &[(nth(1), nth(1)), (nth(2), nth(2)), (nth(3), nth(3))],
    );
    let shown = |join: &Arc<Join>, size| {
        let mut list = list(&visit, vec![wanted(join, Vec::new())]);
        list.columns = vec![nth(0), nth(1), nth(2), nth(3)];
        list.paging.size = size;
        let found = world.read(&visit, Readable::List(list));
        let moment = ".2014-01-02T03:04:05";
        found
            .replace(moment, "")
            .replace("Z", "")
            .replace(".true", "")
            .replace(".false", "")
    };
    assert_eq!(shown(&bills, 1), "1.5.1.50 {1.5.1.50, 3.5.1.50}", "one key");
    let both = "1.5.1.50 {1.5.1.50, 3.5.1.50}, 2.7 {4.7}";
    assert_eq!(shown(&bills, 2), both, "several keys");
    let mut exists = list(&visit, Vec::new());
    exists.filter = related(&bills, Predicate::is_key(ID, Value::Integer(3)));
    exists.columns = vec![ID];
    assert_eq!(world.read(&visit, Readable::List(exists)), "1");
    let paired = Arc::new(Join {
        target: bill,
        many: true,
        on: Vec::new(),
        junction: Some(Junction {
            schema: None,
            table: "pairs".to_owned(),
            here: vec![(nth(1), "seen".to_owned())],
            there: vec![(nth(0), "bill".to_owned())],
        }),
    });
    assert_eq!(
        shown(&paired, 1),
        "1.5.1.50 {1.5.1.50}",
        "two forms of one pair are one"
    );
    assert_eq!(shown(&paired, 2), "1.5.1.50 {1.5.1.50}, 2.7 {-}");
}

#[test]
fn a_key_that_cannot_be_read_is_nobodys() {
    let world = World::new();
    let table = Table::create()
        .table("loose")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("owner").integer())
        .to_owned();
    let loose = Model::from_table("Loose", &table);
    let rows = "CREATE TABLE loose (id INTEGER PRIMARY KEY, owner TEXT); INSERT INTO loose VALUES (1, '1'), (2, 'x')";
    world.sqlite.execute_batch(rows).expect("rows");
    let join = many(&loose, &[(ID, nth(1))]);
    let of = |size| {
        let mut list = list(&world.people, vec![wanted(&join, Vec::new())]);
        (list.paging.size, list.columns) = (size, vec![ID]);
        world.read(&world.people, Readable::List(list))
    };
    assert_eq!(
        of(1),
        "1 {-}",
        "a text is no integer, whatever SQLite compares it with"
    );
    assert_eq!(of(2), "1 {-}, 2 {-}");
    let mut back = list(
        &loose,
        vec![wanted(&one(&world.people, &[(nth(1), ID)]), Vec::new())],
    );
    back.order = vec![by(&[], ID)];
    assert_eq!(world.read(&loose, Readable::List(back)), "1. {-}, 2. {-}");
}

#[test]
fn a_statement_takes_as_many_keys_as_it_has_values() {
    let world = World::new();
    world
        .sqlite
        .execute_batch(
            "DELETE FROM cars; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO cars SELECT 'Fiat', i, 1 FROM n; INSERT INTO parts SELECT number, make, number FROM cars WHERE number > 10",
        )
        .expect("rows");
    let ask = |size| {
        let parts = Wanted {
            most_in_all: 100_000,
            ..wanted(&world.parts_of_car(), Vec::new())
        };
        let mut list = list(&world.cars, vec![parts]);
        list.paging.size = size;
        Readable::List(list)
    };
    let found = world.read(&world.cars, ask(16_000));
    assert!(found.ends_with("Fiat.16000.1 {16000.Fiat.16000}"));
    assert_eq!(
        world.refusal(&world.cars, ask(17_000)).0,
        Code::LimitExceeded
    );
}

#[tokio::test]
async fn an_order_through_relations_is_that_of_the_column_there() {
    let (tables, visit, bill) = tables();
    let db = Database::in_memory().await.expect("a database");
    for table in tables {
        let sql = table.to_string(SqliteQueryBuilder);
        db.execute_script(&sql).await.expect("a table");
    }
    let rows = "
        INSERT INTO visits VALUES (1, NULL, 1, NULL), (2, NULL, 2, NULL), (3, NULL, 3, NULL), (4, NULL, 4, NULL);
        INSERT INTO bills VALUES (1, NULL, 7, '10'), (2, NULL, 0, '9.5'), (3, NULL, 'x', '9.50');";
    db.execute_script(rows).await.expect("rows");
    let of_bill = [one(&bill, &[(nth(0), nth(0))])];
    let mut found = Vec::new();
    for (column, descending) in [
        (nth(3), false),
        (nth(3), true),
        (nth(2), false),
        (nth(2), true),
    ] {
        let mut list = list(&visit, Vec::new());
        list.columns = vec![ID];
        list.order.insert(
            0,
            Order {
                descending,
                ..by(&of_bill, column)
            },
        );
        let question = Query {
            model: visit.clone(),
            ask: list,
            time_limit: Duration::from_secs(1),
            counter: None,
        };
        let page = db.read(question).await.expect("a page");
        found.push(shown(&Outcome::Page(page)));
    }
    assert_eq!(
        found,
        ["2, 3, 1, 4", "4, 1, 2, 3", "2, 1, 3, 4", "3, 4, 1, 2"],
        "decimals as numbers, what is no truth as null"
    );
}
