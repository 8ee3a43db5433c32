//! The SQL of every kind of statement, and the arithmetic of pages, without a database.

#[cfg(feature = "mysql")]
mod mysql;
mod related;

use std::time::Duration;

use expect_test::{Expect, expect};
use sea_query::{ColumnDef, Table};

use super::{Leads, PageTotals, Plans, SqliteDialect, Statement, Window};
use crate::{
    cell::{Cell, Date, Timestamp, Value},
    error::Code,
    model::{ColumnNumber, Model, TimestampFormat, UuidFormat, nth},
    operation::{List, Retrieve},
    params::{Count, Order, Paging, Position},
    predicate::{Anchor, DatePart, Matching, Operator, Predicate},
};

const ID: ColumnNumber = nth(0);
const MAKE: ColumnNumber = nth(1);
const YEAR: ColumnNumber = nth(2);
const SOLD: ColumnNumber = nth(3);
const BUILT: ColumnNumber = nth(4);
const SERIAL: ColumnNumber = nth(5);
const PRICE: ColumnNumber = nth(6);
const SEEN: ColumnNumber = nth(7);
const TAG: ColumnNumber = nth(8);

fn model() -> Model {
    let table = Table::create()
        .table("my \"cars\"")
        .col(ColumnDef::new("id").big_integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("year").integer())
        .col(ColumnDef::new("sold").boolean().not_null())
        .col(ColumnDef::new("built").date_time())
        .col(ColumnDef::new("serial").uuid())
        .col(ColumnDef::new("price").custom("decimal_text"))
        .col(ColumnDef::new("seen").timestamp_with_time_zone())
        .col(ColumnDef::new("tag").uuid())
        .to_owned();
    Model::from_table("Car", &table)
        .column("seen", |column| {
            column.timestamp_format(TimestampFormat::Offset)
        })
        .column("tag", |column| column.uuid_format(UuidFormat::Bytes))
}

fn list(filter: Predicate) -> List {
    let paging = Paging {
        position: Position::Page(1),
        size: 25,
        count: Count::Exact,
        offers_exact: false,
        deepest: 1_000_000,
    };
    List::new(filter, vec![order(ID, false)], vec![ID], paging)
}

fn order(column: ColumnNumber, descending: bool) -> Order {
    Order {
        through: Vec::new(),
        column,
        descending,
    }
}

fn shown(statement: &Statement) -> String {
    let values: Vec<String> = statement.values.iter().map(value).collect();
    format!("{}\n{}", statement.plan.sql, values.join(", "))
}

fn value(value: &Value) -> String {
    match value.as_cell() {
        Cell::Text(text) => format!("{text:?}"),
        Cell::Bytes(bytes) => format!("{bytes:02x?}"),
        cell => format!("{cell:?}"),
    }
}

const FIRST_PAGE: Window = Window {
    skip: 0,
    take: 25,
    reversed: false,
};

#[track_caller]
fn check(statement: &Statement, expected: &Expect) {
    let text = shown(statement);
    expected.assert_eq(&text);
    let placeholders = statement.plan.sql.matches('?').count();
    assert_eq!(
        placeholders,
        statement.values.len(),
        "one value a placeholder: {text}"
    );
}

#[test]
fn the_whole_list_is_ordered_and_has_no_limit() {
    let filter = Predicate::compare(YEAR, Operator::Greater, Value::Integer(2000));
    let list = list(filter);
    let statement = Statement::whole(&model(), &list, &Plans::default(), &SqliteDialect);
    check(
        &statement,
        &expect![[r#"
            SELECT "my ""cars"""."id" FROM "my ""cars""" WHERE "my ""cars"""."year" > ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."id" ASC
            Integer(2000)"#]],
    );
}

/// Checks the SQL that a condition becomes after `WHERE`, and its values.
#[track_caller]
fn check_where(filter: Predicate, expected: &Expect) {
    let statement = Statement::total(&model(), &list(filter), &Plans::default(), &SqliteDialect);
    let text = shown(&statement);
    let (_, condition) = text.split_once("WHERE ").expect("a condition");
    expected.assert_eq(&condition.replace("\"my \"\"cars\"\"\".", ""));
    assert_eq!(
        statement.plan.sql.matches('?').count(),
        statement.values.len()
    );
}

#[test]
fn a_page_comes_with_its_total_in_one_statement() {
    let mut list = list(Predicate::compare(
        YEAR,
        Operator::GreaterOrEqual,
        Value::Integer(2010),
    ));
    list.columns = vec![ID, MAKE];
    list.order = vec![order(YEAR, true), order(MAKE, false), order(ID, false)];
    let statement = Statement::page_and_total(
        &model(),
        &list,
        FIRST_PAGE,
        &Plans::default(),
        &SqliteDialect,
    );
    check(
        &statement,
        &expect![[r#"
            SELECT (SELECT COUNT(*) FROM "my ""cars""" WHERE "my ""cars"""."year" >= ? AND (typeof("my ""cars"""."year") = 'integer')), "my ""cars"""."id", "my ""cars"""."make" FROM "my ""cars""" WHERE "my ""cars"""."year" >= ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."year" DESC NULLS FIRST, "my ""cars"""."make" ASC, "my ""cars"""."id" ASC LIMIT ? + 0 OFFSET ?
            Integer(2010), Integer(2010), Unsigned(25), Unsigned(0)"#]],
    );
}

#[test]
fn a_dear_page_and_its_total_are_read_once_unless_that_is_dearer() {
    let filter = Predicate::compare(YEAR, Operator::GreaterOrEqual, Value::Integer(2010));
    let (mut list, model, plans) = (list(filter), model(), Plans::default());
    list.columns = vec![ID];
    list.order = vec![order(ID, false)];
    let statement = || Statement::page_and_total(&model, &list, FIRST_PAGE, &plans, &SqliteDialect);
    let is_once = || statement().plan.sql.contains("OVER ()");
    assert!(!is_once());
    statement().plan.took.set(Duration::from_millis(99));
    assert!(!is_once());
    statement().plan.took.set(Duration::from_millis(300));
    check(
        &statement(),
        &expect![[r#"
            SELECT COUNT(*) OVER (), "my ""cars"""."id" FROM "my ""cars""" WHERE "my ""cars"""."year" >= ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."id" ASC LIMIT ? + 0 OFFSET ?
            Integer(2010), Unsigned(25), Unsigned(0)"#]],
    );
    statement().plan.took.set(Duration::from_millis(150));
    assert!(is_once());
    statement().plan.took.set(Duration::from_millis(400));
    assert!(!is_once());
}

#[test]
fn a_page_past_the_middle_is_read_in_the_reversed_order() {
    let mut list = list(Predicate::All(Vec::new()));
    list.order = vec![order(YEAR, false), order(PRICE, true), order(ID, false)];
    let window = Window {
        skip: 75,
        take: 10,
        reversed: true,
    };
    let statement = Statement::page(&model(), &list, window, &Plans::default(), &SqliteDialect);
    check(
        &statement,
        &expect![[r#"
            SELECT "my ""cars"""."id" FROM "my ""cars""" ORDER BY "my ""cars"""."year" DESC NULLS FIRST, "my ""cars"""."price" COLLATE tower_rest_decimal ASC NULLS LAST, "my ""cars"""."id" DESC LIMIT ? + 0 OFFSET ?
            Unsigned(10), Unsigned(75)"#]],
    );
}

#[test]
fn a_total_reads_no_column_and_has_no_order() {
    let statement = Statement::total(
        &model(),
        &list(Predicate::All(Vec::new())),
        &Plans::default(),
        &SqliteDialect,
    );
    check(
        &statement,
        &expect![[r#"
        SELECT COUNT(*) FROM "my ""cars"""
    "#]],
    );
}

#[test]
fn a_row_is_found_by_its_key() {
    let retrieve = Retrieve {
        condition: Predicate::is_key(nth(0), Value::Integer(7)),
        also: Vec::new(),
        most_bytes: usize::MAX,
        related: Vec::new(),
        locks: false,
        columns: vec![ID, MAKE],
    };
    let statement = Statement::row(&model(), &retrieve, &Plans::default(), &SqliteDialect);
    check(
        &statement,
        &expect![[r#"
            SELECT "my ""cars"""."id", "my ""cars"""."make" FROM "my ""cars""" WHERE "my ""cars"""."id" = ? AND (typeof("my ""cars"""."id") = 'integer')
            Integer(7)"#]],
    );
}

#[test]
fn rows_of_several_readers_are_told_apart_by_a_number() {
    let retrieve = Retrieve {
        condition: Predicate::is_key(nth(0), Value::Integer(7)),
        also: Vec::new(),
        most_bytes: usize::MAX,
        related: Vec::new(),
        locks: false,
        columns: vec![ID],
    };
    let values = vec![Value::Integer(7), Value::Integer(8)];
    let plans = Plans::default();
    let statement = Statement::rows(&model(), &retrieve, 2, values, &plans, &SqliteDialect);
    check(
        &statement,
        &expect![[r#"
            SELECT 0, "my ""cars"""."id" FROM "my ""cars""" WHERE "my ""cars"""."id" = ? AND (typeof("my ""cars"""."id") = 'integer') UNION ALL SELECT 1, "my ""cars"""."id" FROM "my ""cars""" WHERE "my ""cars"""."id" = ? AND (typeof("my ""cars"""."id") = 'integer')
            Integer(7), Integer(8)"#]],
    );
}

#[test]
fn pages_of_several_readers_come_with_their_totals_and_in_their_order() {
    let mut list = list(Predicate::compare(YEAR, Operator::Less, Value::Integer(7)));
    list.columns = vec![ID, MAKE];
    list.order = vec![order(MAKE, true), order(ID, false)];
    let (model, plans, dialect) = (model(), Plans::default(), &SqliteDialect);
    let mut values = Vec::new();
    for skip in [0, 25] {
        let window = Window { skip, ..FIRST_PAGE };
        let alone = Statement::page_and_total(&model, &list, window, &plans, dialect);
        values.extend(alone.values);
    }
    let counted = Statement::pages(
        &model,
        &list,
        PageTotals::OfEach,
        2,
        values.clone(),
        &plans,
        dialect,
    );
    check(
        &counted,
        &expect![[r#"
            SELECT "p"."c0", "p"."c1", "p"."c2", "p"."c3" FROM (SELECT 0 AS "c0", (SELECT COUNT(*) FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer')) AS "c1", "my ""cars"""."id" AS "c2", "my ""cars"""."make" AS "c3" FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."make" DESC, "my ""cars"""."id" ASC LIMIT ? OFFSET ?) AS "p" UNION ALL SELECT "p"."c0", "p"."c1", "p"."c2", "p"."c3" FROM (SELECT 1 AS "c0", (SELECT COUNT(*) FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer')) AS "c1", "my ""cars"""."id" AS "c2", "my ""cars"""."make" AS "c3" FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."make" DESC, "my ""cars"""."id" ASC LIMIT ? OFFSET ?) AS "p"
            Integer(7), Integer(7), Unsigned(25), Unsigned(0), Integer(7), Integer(7), Unsigned(25), Unsigned(25)"#]],
    );
    values.remove(4);
    let once = Statement::pages(
        &model,
        &list,
        PageTotals::OfAll,
        2,
        values.clone(),
        &plans,
        dialect,
    );
    check(
        &once,
        &expect![[r#"
        SELECT "p"."c0", (SELECT COUNT(*) FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer')), "p"."c1", "p"."c2" FROM (SELECT "p"."c0", "p"."c1", "p"."c2" FROM (SELECT 0 AS "c0", "my ""cars"""."id" AS "c1", "my ""cars"""."make" AS "c2" FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."make" DESC, "my ""cars"""."id" ASC LIMIT ? OFFSET ?) AS "p" UNION ALL SELECT "p"."c0", "p"."c1", "p"."c2" FROM (SELECT 1 AS "c0", "my ""cars"""."id" AS "c1", "my ""cars"""."make" AS "c2" FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."make" DESC, "my ""cars"""."id" ASC LIMIT ? OFFSET ?) AS "p") AS "p"
        Integer(7), Integer(7), Unsigned(25), Unsigned(0), Integer(7), Unsigned(25), Unsigned(25)"#]],
    );
    values.retain(|value| *value != Value::Integer(7));
    let uncounted = Statement::pages(&model, &list, PageTotals::None, 1, values, &plans, dialect);
    assert_eq!(uncounted.plan.lead, Some(Leads::Reader));
    expect![[r#"SELECT "p"."c0", "p"."c1", "p"."c2" FROM (SELECT 0 AS "c0", "my ""cars"""."id" AS "c1", "my ""cars"""."make" AS "c2" FROM "my ""cars""" WHERE "my ""cars"""."year" < ? AND (typeof("my ""cars"""."year") = 'integer') ORDER BY "my ""cars"""."make" DESC, "my ""cars"""."id" ASC LIMIT ? OFFSET ?) AS "p""#]].assert_eq(&uncounted.plan.sql);
}

#[test]
fn comparisons_are_of_what_sqlite_stores() {
    let compare = Predicate::compare;
    let text = |text: &str| Value::Text(text.to_owned());
    let moment = Timestamp::parse("2014-01-02T03:04:05.5")
        .expect("a timestamp")
        .0;
    check_where(
        compare(YEAR, Operator::Less, Value::Integer(-1)),
        &expect![[r#"
            "year" < ? AND (typeof("year") = 'integer')
            Integer(-1)"#]],
    );
    check_where(
        compare(MAKE, Operator::Equal, text("Fiat")),
        &expect![[r#"
        ("make" COLLATE BINARY) = ?
        "Fiat""#]],
    );
    check_where(
        compare(MAKE, Operator::Greater, text("Fiat")),
        &expect![[r#"
            "make" > ? AND (typeof("make") = 'text')
            "Fiat""#]],
    );
    check_where(
        compare(SOLD, Operator::Equal, Value::Boolean(true)),
        &expect![[r#"
            ("sold" <> 0) AND (typeof("sold") = 'integer')
        "#]],
    );
    check_where(
        compare(SOLD, Operator::Equal, Value::Boolean(false)),
        &expect![[r#"
            ("sold" = 0) AND (typeof("sold") = 'integer')
        "#]],
    );
    check_where(
        compare(BUILT, Operator::Equal, Value::Timestamp(moment)),
        &expect![[r#"
            ("built" BETWEEN ? AND ?) AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' '))
            "2014-01-02 03:04:05.5", "2014-01-02 03:04:05.500000000""#]],
    );
    check_where(
        compare(BUILT, Operator::Greater, Value::Timestamp(moment)),
        &expect![[r#"
            "built" > ? AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' '))
            "2014-01-02 03:04:05.500000000""#]],
    );
    check_where(
        compare(BUILT, Operator::Less, Value::Timestamp(moment)),
        &expect![[r#"
            "built" < ? AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' '))
            "2014-01-02 03:04:05.5""#]],
    );
    check_where(
        compare(SEEN, Operator::LessOrEqual, Value::ZonedTimestamp(moment)),
        &expect![[r#"
            "seen" <= ? AND (substr("seen", 11, 1) = 'T' AND "seen" = substr("seen", 1, 35) AND (substr("seen", 20) = '+00:00' OR substr("seen", 20) GLOB '.[0-9]*' AND ltrim(substr("seen", 21), '0123456789') = '+00:00') AND datetime(substr("seen", 1, 19), '+0 days') = replace(substr("seen", 1, 19), 'T', ' '))
            "2014-01-02T03:04:05.500000000+00:00""#]],
    );
    check_where(
        compare(SERIAL, Operator::Equal, Value::Uuid(0xab)),
        &expect![[r#"
        "serial" = ?
        "00000000-0000-0000-0000-0000000000ab""#]],
    );
    check_where(
        compare(TAG, Operator::Equal, Value::Uuid(0xab)),
        &expect![[r#"
        "tag" = ?
        [00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, ab]"#]],
    );
    check_where(
        compare(PRICE, Operator::Equal, Value::Decimal("1.50".to_owned())),
        &expect![[r#"
            ("price" COLLATE tower_rest_decimal) = ? AND (typeof("price") = 'text' AND "price" = substr("price", 1) AND ltrim("price", '-') GLOB '[0-9]*' AND instr(substr("price", 2), '-') = 0 AND "price" NOT GLOB '*[^0-9.-]*' AND "price" NOT GLOB '*.*.*' AND "price" NOT GLOB '*.')
            "1.50""#]],
    );
}

#[test]
fn lists_are_padded_so_that_they_share_a_plan() {
    let texts = |count: usize| (0..count).map(|at| Value::Text(at.to_string())).collect();
    check_where(
        Predicate::In {
            column: MAKE,
            values: texts(3),
        },
        &expect![[r#"
        ("make" COLLATE BINARY) IN (?, ?, ?, ?)
        "0", "1", "2", "2""#]],
    );
    check_where(
        Predicate::In {
            column: YEAR,
            values: vec![Value::Integer(1), Value::Integer(2)],
        },
        &expect![[r#"
            "year" IN (?, ?) AND (typeof("year") = 'integer')
            Integer(1), Integer(2)"#]],
    );
    check_where(
        Predicate::In {
            column: MAKE,
            values: Vec::new(),
        },
        &expect![[r#"
        1 = 0
    "#]],
    );
    let (plans, model) = (Plans::default(), model());
    let plan = |count| {
        let filter = Predicate::In {
            column: MAKE,
            values: texts(count),
        };
        Statement::total(&model, &list(filter), &plans, &SqliteDialect)
            .plan
            .sql
            .clone()
    };
    assert!(
        std::sync::Arc::ptr_eq(&plan(5), &plan(8)),
        "five and eight items are one plan"
    );
    assert!(
        !std::sync::Arc::ptr_eq(&plan(8), &plan(9)),
        "nine are another"
    );
}

#[test]
fn patterns_are_escaped() {
    let text = |place, ignore_case, text: &str| Predicate::Text {
        column: MAKE,
        matching: Matching { place, ignore_case },
        text: text.to_owned(),
    };
    check_where(
        text(Anchor::Inside, false, "a*b?[c]%_\\"),
        &expect![[r#"
            ("make" GLOB ?) AND (typeof("make") = 'text')
            "*a[*]b[?][[]c]%_\\*""#]],
    );
    check_where(
        text(Anchor::Start, false, "Al"),
        &expect![[r#"
            ("make" GLOB ?) AND (typeof("make") = 'text')
            "Al*""#]],
    );
    check_where(
        text(Anchor::End, true, "50%_\\*"),
        &expect![[r#"
            "make" LIKE ? ESCAPE '\' AND (typeof("make") = 'text')
            "%50\\%\\_\\\\*""#]],
    );
    check_where(
        text(Anchor::Whole, true, "FIAT"),
        &expect![[r#"
        ("make" COLLATE NOCASE) = ?
        "FIAT""#]],
    );
}

#[test]
fn negation_is_exactly_the_other_rows() {
    let equal = Predicate::compare(YEAR, Operator::Equal, Value::Integer(2010));
    let either = Predicate::Any(vec![equal.clone(), Predicate::Null { column: MAKE }]);
    check_where(
        equal.clone().negated_if(true),
        &expect![[r#"
            ("year" = ? AND (typeof("year") = 'integer')) IS NOT TRUE
            Integer(2010)"#]],
    );
    check_where(
        either.negated_if(true),
        &expect![[r#"
            (("year" = ? AND (typeof("year") = 'integer')) OR "make" IS NULL) IS NOT TRUE
            Integer(2010)"#]],
    );
    check_where(
        Predicate::Any(Vec::new()).negated_if(true),
        &expect![[r#"
        (1 = 0) IS NOT TRUE
    "#]],
    );
    check_where(
        Predicate::All(vec![equal, Predicate::Null { column: YEAR }]),
        &expect![[r#"
            "year" = ? AND (typeof("year") = 'integer') AND "year" IS NULL
            Integer(2010)"#]],
    );
}

#[test]
fn a_part_of_a_date_is_a_number() {
    let part = |part, operator, value| Predicate::DatePart {
        column: BUILT,
        part,
        operator,
        value,
    };
    check_where(
        part(DatePart::Month, Operator::Equal, 2),
        &expect![[r#"
            CAST((substr("built", 6, 2)) AS integer) = ? AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' '))
            Integer(2)"#]],
    );
    check_where(
        part(DatePart::Day, Operator::GreaterOrEqual, 15),
        &expect![[r#"
            CAST((substr("built", 9, 2)) AS integer) >= ? AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' '))
            Integer(15)"#]],
    );
}

#[test]
fn requests_of_one_shape_share_a_plan_and_others_do_not() {
    let (plans, model) = (Plans::default(), model());
    let plan = |change: &dyn Fn(&mut List)| {
        let mut list = list(Predicate::compare(YEAR, Operator::Equal, Value::Integer(1)));
        change(&mut list);
        Statement::page(&model, &list, FIRST_PAGE, &plans, &SqliteDialect).plan
    };
    let same = |change: &dyn Fn(&mut List)| std::sync::Arc::ptr_eq(&plan(&|_| {}), &plan(change));
    assert!(same(
        &|list| list.filter = Predicate::compare(YEAR, Operator::Equal, Value::Integer(2))
    ));
    assert!(same(&|list| list.paging.position = Position::Page(3)));
    assert!(!same(
        &|list| list.filter = Predicate::compare(ID, Operator::Equal, Value::Integer(1))
    ));
    assert!(!same(
        &|list| list.filter = Predicate::compare(YEAR, Operator::Less, Value::Integer(1))
    ));
    assert!(!same(&|list| list.order = vec![order(ID, true)]));
    assert!(!same(&|list| list.columns = vec![ID, MAKE]));
}

#[test]
fn a_page_is_reached_from_the_nearer_end() {
    let check = |number, total, expected: Option<(u64, u64, u64, bool)>| {
        let mut list = list(Predicate::All(Vec::new()));
        list.paging.size = 10;
        list.paging.position = number;
        let window = Window::of_total(&list, total).ok();
        let found = window.map(|(position, window)| {
            let number = position.page().expect("a page");
            (number, window.skip, window.take, window.reversed)
        });
        assert_eq!(found, expected, "page {number:?} of {total} rows");
    };
    check(Position::Page(1), 0, Some((1, 0, 0, false)));
    check(Position::Last, 0, Some((1, 0, 0, false)));
    check(Position::Page(2), 0, None);
    check(Position::Last, 1, Some((1, 0, 1, false)));
    check(Position::Last, 10, Some((1, 0, 10, false)));
    check(Position::Last, 11, Some((2, 0, 1, true)));
    check(Position::Last, 95, Some((10, 0, 5, true)));
    check(Position::Page(9), 95, Some((9, 5, 10, true)));
    check(Position::Page(5), 95, Some((5, 40, 10, false)));
    check(Position::Page(6), 95, Some((6, 35, 10, true)));
    check(Position::Page(11), 95, None);
    check(Position::Page(u64::MAX), 95, None);
}

#[test]
fn a_page_too_deep_from_both_ends_is_refused() {
    let mut list = list(Predicate::All(Vec::new()));
    list.paging.deepest = 100;
    let mut code = |number| {
        list.paging.position = number;
        Window::of_total(&list, 1_000)
            .err()
            .map(|error| error.code())
    };
    assert_eq!(code(Position::Page(5)), None);
    assert_eq!(code(Position::Page(6)), Some(Code::OffsetTooDeep));
    assert_eq!(code(Position::Page(35)), Some(Code::OffsetTooDeep));
    assert_eq!(code(Position::Page(36)), None);
    assert_eq!(code(Position::Last), None);
    assert_eq!(code(Position::Page(41)), Some(Code::NoSuchPage));
}

#[test]
fn a_day_is_a_range_of_moments() {
    let day = |text| Value::Timestamp(Date::parse(text).expect("a date").midnight());
    check_where(
        Predicate::All(vec![
            Predicate::compare(BUILT, Operator::GreaterOrEqual, day("2014-01-02")),
            Predicate::compare(BUILT, Operator::Less, day("2014-01-03")),
        ]),
        &expect![[r#"
            "built" >= ? AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' ')) AND ("built" < ? AND (substr("built", 11, 1) = ' ' AND "built" = substr("built", 1, 29) AND (substr("built", 20) = '' OR substr("built", 20) GLOB '.[0-9]*' AND ltrim(substr("built", 21), '0123456789') = '') AND datetime(substr("built", 1, 19), '+0 days') = replace(substr("built", 1, 19), 'T', ' ')))
            "2014-01-02 00:00:00", "2014-01-03 00:00:00""#]],
    );
}
