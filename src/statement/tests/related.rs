//! The SQL of joins from one table to another.

use std::sync::Arc;

use expect_test::{Expect, expect};
use sea_query::{ColumnDef, Table, TableCreateStatement};

use super::{FIRST_PAGE, check, list, shown};
use crate::{
    cell::{Timestamp, Value},
    model::{ColumnNumber, Join, Junction, Model, TimestampFormat, nth},
    operation::{List, Parent, Wanted},
    params::{Order, Step},
    predicate::{Operator, Predicate},
    statement::{Plans, SqliteDialect, Statement},
};

const OWNER: ColumnNumber = nth(2);
const NAME: ColumnNumber = nth(1);

fn table(name: &str) -> TableCreateStatement {
    Table::create()
        .table(name.to_owned())
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("owner_id").integer())
        .col(ColumnDef::new("price").custom("decimal_text"))
        .col(ColumnDef::new("sold").boolean().not_null())
        .col(ColumnDef::new("seen").timestamp_with_time_zone())
        .to_owned()
}

fn model(name: &str) -> Model {
    Model::from_table(name, &table(name)).column("seen", |column| {
        column.timestamp_format(TimestampFormat::Offset)
    })
}

fn join(target: &Model, many: bool, on: &[(ColumnNumber, ColumnNumber)]) -> Arc<Join> {
    Arc::new(Join {
        target: target.clone(),
        many,
        on: on.to_vec(),
        junction: None,
    })
}

/// Returns the join from a car to its tags.
fn tags() -> Arc<Join> {
    Arc::new(Join {
        target: model("tags"),
        many: true,
        on: Vec::new(),
        junction: Some(Junction {
            schema: Some("main".to_owned()),
            table: "car_tags".to_owned(),
            here: vec![(nth(0), "car".to_owned())],
            there: vec![(nth(0), "tag".to_owned())],
        }),
    })
}

fn related(join: &Arc<Join>, condition: Predicate) -> Predicate {
    Predicate::Related {
        join: Arc::clone(join),
        condition: Box::new(condition),
    }
}

fn named(name: &str) -> Predicate {
    Predicate::compare(NAME, Operator::Equal, Value::Text(name.to_owned()))
}

#[track_caller]
fn check_where(model: &Model, filter: Predicate, expected: &Expect) {
    let statement = Statement::total(model, &list(filter), &Plans::default(), &SqliteDialect);
    check(&statement, expected);
}

fn wanted(join: &Arc<Join>, columns: &[ColumnNumber]) -> Wanted {
    Wanted {
        join: Arc::clone(join),
        condition: Predicate::All(Vec::new()),
        columns: columns.to_vec(),
        most: 100,
        most_in_all: 1000,
        related: Vec::new(),
    }
}

fn keys(count: i64) -> Vec<Vec<Value>> {
    (1..=count).map(|key| vec![Value::Integer(key)]).collect()
}

fn statement(wanted: &Wanted, keys: &[Vec<Value>], plans: &Plans) -> Statement {
    let statement = Statement::related(&model("cars"), wanted, keys, plans, &SqliteDialect);
    statement.expect("so many values fit")
}

#[track_caller]
fn check_related(wanted: &Wanted, keys: &[Vec<Value>], expected: &Expect) {
    check(&statement(wanted, keys, &Plans::default()), expected);
}

#[test]
fn a_condition_on_a_related_row_is_an_exists() {
    let (cars, owners) = (model("cars"), model("owners"));
    let owner = join(&owners, false, &[(OWNER, nth(0))]);
    check_where(
        &cars,
        related(&owner, named("Ann")),
        &expect![[r#"
            SELECT COUNT(*) FROM "cars" WHERE (EXISTS(SELECT 1 FROM "owners" AS "r1" WHERE "r1"."id" = "cars"."owner_id" AND ("r1"."name" COLLATE BINARY) = ?)) IS TRUE
            "Ann""#]],
    );
    check_where(
        &cars,
        related(&owner, Predicate::All(Vec::new())).negated_if(true),
        &expect![[r#"
            SELECT COUNT(*) FROM "cars" WHERE (EXISTS(SELECT 1 FROM "owners" AS "r1" WHERE "r1"."id" = "cars"."owner_id")) IS NOT TRUE
        "#]],
    );
    let boss = join(&owners, false, &[(OWNER, nth(0))]);
    check_where(
        &owners,
        Predicate::All(vec![
            named("Bob"),
            related(
                &boss,
                Predicate::All(vec![named("Ann"), related(&boss, named("Cid"))]),
            ),
        ]),
        &expect![[r#"
            SELECT COUNT(*) FROM "owners" WHERE ("owners"."name" COLLATE BINARY) = ? AND ((EXISTS(SELECT 1 FROM "owners" AS "r1" WHERE "r1"."id" = "owners"."owner_id" AND ("r1"."name" COLLATE BINARY) = ? AND ((EXISTS(SELECT 1 FROM "owners" AS "r2" WHERE "r2"."id" = "r1"."owner_id" AND ("r2"."name" COLLATE BINARY) = ?)) IS TRUE))) IS TRUE)
            "Bob", "Ann", "Cid""#]],
    );
}

#[test]
fn a_junction_stands_between_the_tables_it_pairs() {
    check_where(
        &model("cars"),
        related(&tags(), named("red")),
        &expect![[r#"
            SELECT COUNT(*) FROM "cars" WHERE "cars"."id" IN (SELECT "j1"."car" FROM "main"."car_tags" AS "j1" INNER JOIN "tags" AS "r1" ON "r1"."id" = "j1"."tag" WHERE ("r1"."name" COLLATE BINARY) = ?)
            "red""#]],
    );
}

#[test]
fn keys_are_compared_as_what_is_shown_of_them() {
    let (cars, others) = (model("cars"), model("others"));
    let all = join(
        &others,
        false,
        &[
            (nth(0), nth(0)),
            (nth(1), nth(1)),
            (nth(3), nth(3)),
            (nth(4), nth(4)),
            (nth(5), nth(5)),
        ],
    );
    check_where(
        &cars,
        related(&all, Predicate::All(Vec::new())),
        &expect![[r#"
            SELECT COUNT(*) FROM "cars" WHERE ("cars"."id", "cars"."name" COLLATE BINARY, "cars"."price" COLLATE BINARY, CASE typeof("cars"."sold") WHEN 'integer' THEN "cars"."sold" <> 0 END, CASE WHEN substr("cars"."seen", 11, 1) = 'T' AND "cars"."seen" = substr("cars"."seen", 1, 35) AND (substr("cars"."seen", 20) = '+00:00' OR substr("cars"."seen", 20) GLOB '.[0-9]*' AND ltrim(substr("cars"."seen", 21), '0123456789') = '+00:00') AND datetime(substr("cars"."seen", 1, 19), '+0 days') = replace(substr("cars"."seen", 1, 19), 'T', ' ') THEN CASE WHEN instr("cars"."seen", '.') THEN rtrim(rtrim(replace("cars"."seen", '+00:00', ''), '0'), '.') ELSE replace("cars"."seen", '+00:00', '') END || '+00:00' END) IN (SELECT "r1"."id", "r1"."name" COLLATE BINARY, "r1"."price" COLLATE BINARY, CASE typeof("r1"."sold") WHEN 'integer' THEN "r1"."sold" <> 0 END, CASE WHEN substr("r1"."seen", 11, 1) = 'T' AND "r1"."seen" = substr("r1"."seen", 1, 35) AND (substr("r1"."seen", 20) = '+00:00' OR substr("r1"."seen", 20) GLOB '.[0-9]*' AND ltrim(substr("r1"."seen", 21), '0123456789') = '+00:00') AND datetime(substr("r1"."seen", 1, 19), '+0 days') = replace(substr("r1"."seen", 1, 19), 'T', ' ') THEN CASE WHEN instr("r1"."seen", '.') THEN rtrim(rtrim(replace("r1"."seen", '+00:00', ''), '0'), '.') ELSE replace("r1"."seen", '+00:00', '') END || '+00:00' END FROM "others" AS "r1")
        "#]],
    );
    let never = join(&others, false, &[]);
    check_where(
        &cars,
        related(&never, named("x")),
        &expect![[r#"
            SELECT COUNT(*) FROM "cars" WHERE (EXISTS(SELECT 1 FROM "others" AS "r1" WHERE (1 = 0) AND ("r1"."name" COLLATE BINARY) = ?)) IS TRUE
            "x""#]],
    );
}

#[test]
fn a_table_whose_name_reads_like_an_alias_has_one() {
    let (r1, j2) = (model("r1"), model("j2"));
    let owner = join(&j2, false, &[(OWNER, nth(0))]);
    check_where(
        &r1,
        related(&owner, named("Ann")),
        &expect![[r#"
            SELECT COUNT(*) FROM "r1" AS "r0" WHERE (EXISTS(SELECT 1 FROM "j2" AS "r1" WHERE "r1"."id" = "r0"."owner_id" AND ("r1"."name" COLLATE BINARY) = ?)) IS TRUE
            "Ann""#]],
    );
}

#[test]
fn a_row_beyond_a_wall_orders_as_null() {
    let (cars, owners) = (model("cars"), model("owners"));
    let owner = join(&owners, false, &[(OWNER, nth(0))]);
    let step = |name| Step {
        row_filter: named(name),
        ..Step::open(&owner)
    };
    let mut list = list(named("Fiat"));
    list.order = vec![Order {
        through: vec![step("outer"), step("inner")],
        column: NAME,
        descending: false,
    }];
    let plans = Plans::default();
    let order =
        |list: &List| Statement::page_and_total(&cars, list, FIRST_PAGE, &plans, &SqliteDialect);
    check(
        &order(&list),
        &expect![[r#"
        SELECT (SELECT COUNT(*) FROM "cars" WHERE ("cars"."name" COLLATE BINARY) = ?), "cars"."id" FROM "cars" WHERE ("cars"."name" COLLATE BINARY) = ? ORDER BY (SELECT (SELECT "r2"."name" FROM "owners" AS "r2" WHERE "r2"."id" = "r1"."owner_id" AND ("r2"."name" COLLATE BINARY) = ?) FROM "owners" AS "r1" WHERE "r1"."id" = "cars"."owner_id" AND ("r1"."name" COLLATE BINARY) = ?) ASC NULLS LAST LIMIT ? + 0 OFFSET ?
        "Fiat", "Fiat", "inner", "outer", Unsigned(25), Unsigned(0)"#]],
    );
    // The shape of the row filter is part of the plan's key, its values are not.
    let same = order(&list);
    assert!(Arc::ptr_eq(&same.plan, &order(&list).plan));
    list.order[0].through[0].row_filter = Predicate::All(Vec::new());
    assert_ne!(same.plan.sql, order(&list).plan.sql);
}

#[test]
fn a_list_is_ordered_through_to_one_relations() {
    let (cars, owners) = (model("cars"), model("owners"));
    let owner = join(&owners, false, &[(OWNER, nth(0))]);
    let by = |steps: usize, column, descending| Order {
        through: vec![Step::open(&owner); steps],
        column,
        descending,
    };
    let mut list = list(Predicate::All(Vec::new()));
    list.order = vec![
        by(1, NAME, false),
        by(2, nth(3), true),
        by(1, nth(4), false),
        by(0, nth(0), false),
    ];
    let statement = Statement::page(&cars, &list, FIRST_PAGE, &Plans::default(), &SqliteDialect);
    check(
        &statement,
        &expect![[r#"
        SELECT "cars"."id" FROM "cars" ORDER BY (SELECT "r1"."name" FROM "owners" AS "r1" WHERE "r1"."id" = "cars"."owner_id") ASC NULLS LAST, (SELECT (SELECT "r2"."price" FROM "owners" AS "r2" WHERE "r2"."id" = "r1"."owner_id") FROM "owners" AS "r1" WHERE "r1"."id" = "cars"."owner_id") COLLATE tower_rest_decimal DESC NULLS FIRST, (SELECT CASE typeof("r1"."sold") WHEN 'integer' THEN "r1"."sold" <> 0 END FROM "owners" AS "r1" WHERE "r1"."id" = "cars"."owner_id") ASC NULLS LAST, "cars"."id" ASC LIMIT ? + 0 OFFSET ?
        Unsigned(25), Unsigned(0)"#]],
    );
}

#[test]
fn a_parent_is_looked_for_by_its_condition() {
    let parent = Parent {
        model: model("owners"),
        condition: Predicate::is_key(nth(0), Value::Integer(7)),
    };
    let statement = Statement::parent(&parent, &Plans::default(), &SqliteDialect);
    check(
        &statement,
        &expect![[r#"
            SELECT 1 FROM "owners" WHERE "owners"."id" = ? AND (typeof("owners"."id") = 'integer') LIMIT ? + 0
            Integer(7), Unsigned(1)"#]],
    );
}

#[test]
fn what_a_row_leads_to_is_read_by_key() {
    let owner = join(&model("owners"), false, &[(OWNER, nth(0))]);
    check_related(
        &wanted(&owner, &[nth(0), nth(1)]),
        &keys(1),
        &expect![[r#"
        SELECT "owners"."id", "owners"."name" FROM "owners" WHERE "owners"."id" = ? LIMIT ? + 0
        Integer(1), Unsigned(1002)"#]],
    );
    let mut seen = wanted(&owner, &[nth(0), nth(1)]);
    seen.condition = named("Ann");
    check_related(
        &seen,
        &keys(3),
        &expect![[r#"
        SELECT "owners"."id", "owners"."name" FROM "owners" WHERE "owners"."id" IN (?, ?, ?, ?) AND ("owners"."name" COLLATE BINARY) = ? LIMIT ? + 0
        Integer(1), Integer(2), Integer(3), Integer(3), "Ann", Unsigned(1004)"#]],
    );
}

#[test]
fn of_many_rows_the_first_of_each_are_read() {
    let cars = join(&model("cars"), true, &[(nth(0), OWNER)]);
    check_related(
        &wanted(&cars, &[nth(0), OWNER]),
        &keys(1),
        &expect![[r#"
        SELECT "cars"."id", "cars"."owner_id" FROM "cars" WHERE "cars"."owner_id" = ? ORDER BY "cars"."id" ASC LIMIT ? + 0
        Integer(1), Unsigned(101)"#]],
    );
    let mut seen = wanted(&cars, &[nth(0), OWNER]);
    seen.condition = related(&tags(), named("red"));
    check_related(
        &seen,
        &keys(2),
        &expect![[r#"
            SELECT "r0"."c0", "r0"."c2" FROM (SELECT "cars"."id" AS "c0", "cars"."owner_id" AS "c2", ROW_NUMBER() OVER ( PARTITION BY "cars"."owner_id" ORDER BY "cars"."id" ASC ) AS "place" FROM "cars" WHERE "cars"."owner_id" IN (?, ?) AND "cars"."id" IN (SELECT "j1"."car" FROM "main"."car_tags" AS "j1" INNER JOIN "tags" AS "r1" ON "r1"."id" = "j1"."tag" WHERE ("r1"."name" COLLATE BINARY) = ?)) AS "r0" WHERE "r0"."place" <= ? ORDER BY "r0"."c2" ASC, "r0"."place" ASC LIMIT ? + 0
            Integer(1), Integer(2), "red", Unsigned(101), Unsigned(1003)"#]],
    );
}

#[test]
fn of_a_junction_every_pair_is_read_once() {
    let mut seen = wanted(&tags(), &[nth(0), nth(1)]);
    seen.condition = named("red");
    check_related(
        &seen,
        &keys(1),
        &expect![[r#"
        SELECT "j0"."p0", "tags"."id", "tags"."name" FROM (SELECT DISTINCT "j0"."car" AS "p0", "j0"."tag" AS "q0" FROM "main"."car_tags" AS "j0" WHERE "j0"."car" = ?) AS "j0" INNER JOIN "tags" ON "tags"."id" = "j0"."q0" WHERE ("tags"."name" COLLATE BINARY) = ? ORDER BY "tags"."id" ASC LIMIT ? + 0
        Integer(1), "red", Unsigned(101)"#]],
    );
    check_related(
        &seen,
        &keys(2),
        &expect![[r#"
        SELECT "r0"."p0", "r0"."c0", "r0"."c1" FROM (SELECT "j0"."p0" AS "p0", "tags"."id" AS "c0", "tags"."name" AS "c1", ROW_NUMBER() OVER ( PARTITION BY "j0"."p0" ORDER BY "tags"."id" ASC ) AS "place" FROM (SELECT DISTINCT "j0"."car" AS "p0", "j0"."tag" AS "q0" FROM "main"."car_tags" AS "j0" WHERE "j0"."car" IN (?, ?)) AS "j0" INNER JOIN "tags" ON "tags"."id" = "j0"."q0" WHERE ("tags"."name" COLLATE BINARY) = ?) AS "r0" WHERE "r0"."place" <= ? ORDER BY "r0"."p0" ASC, "r0"."place" ASC LIMIT ? + 0
        Integer(1), Integer(2), "red", Unsigned(101), Unsigned(1003)"#]],
    );
}

#[test]
fn keys_of_several_columns_are_rows_of_values() {
    let others = model("others");
    let moment = Timestamp::parse("2014-01-02T03:04:05.50")
        .expect("a timestamp")
        .0;
    let key = |number| {
        vec![
            Value::Integer(number),
            Value::Text("a".to_owned()),
            Value::ZonedTimestamp(moment),
        ]
    };
    let one = join(
        &others,
        false,
        &[(nth(0), nth(0)), (nth(1), nth(1)), (nth(5), nth(5))],
    );
    check_related(
        &wanted(&one, &[nth(0), nth(1), nth(5)]),
        &[key(1)],
        &expect![[r#"
            SELECT "others"."id", "others"."name", "others"."seen" FROM "others" WHERE "others"."id" = ? AND ("others"."name" COLLATE BINARY) = ? AND (CASE WHEN substr("others"."seen", 11, 1) = 'T' AND "others"."seen" = substr("others"."seen", 1, 35) AND (substr("others"."seen", 20) = '+00:00' OR substr("others"."seen", 20) GLOB '.[0-9]*' AND ltrim(substr("others"."seen", 21), '0123456789') = '+00:00') AND datetime(substr("others"."seen", 1, 19), '+0 days') = replace(substr("others"."seen", 1, 19), 'T', ' ') THEN CASE WHEN instr("others"."seen", '.') THEN rtrim(rtrim(replace("others"."seen", '+00:00', ''), '0'), '.') ELSE replace("others"."seen", '+00:00', '') END || '+00:00' END) = ? LIMIT ? + 0
            Integer(1), "a", "2014-01-02T03:04:05.5+00:00", Unsigned(1002)"#]],
    );
    check_related(
        &wanted(&one, &[nth(0), nth(1), nth(5)]),
        &[key(1), key(2)],
        &expect![[r#"
            SELECT "others"."id", "others"."name", "others"."seen" FROM "others" INNER JOIN (SELECT DISTINCT "k0"."column1", "k0"."column2", "k0"."column3" FROM (VALUES (?, ?, ?), (?, ?, ?)) AS "k0") AS "k0" ON "others"."id" = "k0"."column1" AND ("others"."name" COLLATE BINARY) = "k0"."column2" AND (CASE WHEN substr("others"."seen", 11, 1) = 'T' AND "others"."seen" = substr("others"."seen", 1, 35) AND (substr("others"."seen", 20) = '+00:00' OR substr("others"."seen", 20) GLOB '.[0-9]*' AND ltrim(substr("others"."seen", 21), '0123456789') = '+00:00') AND datetime(substr("others"."seen", 1, 19), '+0 days') = replace(substr("others"."seen", 1, 19), 'T', ' ') THEN CASE WHEN instr("others"."seen", '.') THEN rtrim(rtrim(replace("others"."seen", '+00:00', ''), '0'), '.') ELSE replace("others"."seen", '+00:00', '') END || '+00:00' END) = "k0"."column3" LIMIT ? + 0
            Integer(1), "a", "2014-01-02T03:04:05.5+00:00", Integer(2), "a", "2014-01-02T03:04:05.5+00:00", Unsigned(1003)"#]],
    );
}

#[test]
fn numbers_of_keys_share_plans_and_fit_what_a_statement_takes() {
    let cars = join(&model("cars"), true, &[(nth(0), OWNER)]);
    let (seen, plans) = (wanted(&cars, &[nth(0), OWNER]), Plans::default());
    let leading = model("cars");
    let statement = |count| {
        let keys = keys(count);
        Statement::related(&leading, &seen, &keys, &plans, &SqliteDialect)
    };
    let plan = |count| statement(count).expect("so many values fit").plan;
    assert!(
        Arc::ptr_eq(&plan(3), &plan(4)),
        "three and four keys are one plan"
    );
    assert!(!Arc::ptr_eq(&plan(4), &plan(5)), "five are another");
    assert_eq!(statement(20_000).map(|all| all.values.len()), Some(20_002));
    assert_eq!(statement(32_764).map(|all| all.values.len()), Some(32_766));
    assert!(statement(32_765).is_none(), "SQLite binds no more values");
}

#[test]
fn plans_tell_joins_and_what_they_lead_to_apart() {
    let (plans, cars, owners) = (Plans::default(), model("cars"), model("owners"));
    let one = join(&owners, false, &[(OWNER, nth(0))]);
    let other = join(&owners, false, &[(nth(0), OWNER)]);
    let filters = [
        related(&one, named("Ann")),
        related(&other, named("Ann")),
        related(&tags(), named("Ann")),
        related(&one, related(&other, named("Ann"))),
        related(&other, related(&one, named("Ann"))),
        Predicate::All(vec![
            related(&one, named("Ann")),
            related(&other, named("Ann")),
        ]),
    ];
    let mut texts: Vec<_> = filters
        .iter()
        .map(|filter| Statement::total(&cars, &list(filter.clone()), &plans, &SqliteDialect))
        .map(|statement| shown(&statement))
        .collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), filters.len(), "{texts:#?}");
    let again = Statement::total(
        &cars,
        &list(related(&one, named("Bob"))),
        &plans,
        &SqliteDialect,
    );
    let first = Statement::total(
        &cars,
        &list(related(&one, named("Ann"))),
        &plans,
        &SqliteDialect,
    );
    assert!(
        Arc::ptr_eq(&again.plan, &first.plan),
        "values are no part of a plan"
    );
}
