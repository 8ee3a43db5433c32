//! The SQL of MySQL: comparisons by collation and by bytes, and the declarations of a new table.

use std::sync::Arc;

use expect_test::{Expect, expect};
use sea_query::{ColumnDef, Table};

use super::{FIRST_PAGE, check, list, order};
use crate::{
    cell::{Timestamp, Value},
    model::{ColumnNumber, Join, Model, UuidFormat, nth},
    operation::Wanted,
    predicate::{Anchor, DatePart, Matching, Operator, Predicate},
    statement::{Declares, Dialect, MySqlDialect, Plans, Statement},
};

const ID: ColumnNumber = nth(0);
const MAKE: ColumnNumber = nth(1);
const PRICE: ColumnNumber = nth(2);
const EXACT: ColumnNumber = nth(3);
const SOLD: ColumnNumber = nth(4);
const BUILT: ColumnNumber = nth(5);
const UID: ColumnNumber = nth(6);
const TAG: ColumnNumber = nth(7);
const RATE: ColumnNumber = nth(8);

fn model() -> Model {
    let table = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").big_integer().primary_key())
        .col(ColumnDef::new("make").string())
        .col(ColumnDef::new("price").decimal())
        .col(ColumnDef::new("exact").custom("decimal_text"))
        .col(ColumnDef::new("sold").boolean().not_null())
        .col(ColumnDef::new("built").date_time())
        .col(ColumnDef::new("uid").uuid())
        .col(ColumnDef::new("tag").uuid())
        .col(ColumnDef::new("rate").float())
        .col(ColumnDef::new("notes").text().default("none"))
        .col(ColumnDef::new("raw").blob())
        .col(ColumnDef::new("misc"))
        .to_owned();
    Model::from_table("Car", &table).column("tag", |column| column.uuid_format(UuidFormat::Text))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Checks the SQL that conditions, joined by AND, become after `WHERE`, and their values.
#[track_caller]
fn check_where(conditions: Vec<Predicate>, expected: &Expect) {
    let list = list(Predicate::All(conditions));
    let statement = Statement::total(&model(), &list, &Plans::default(), &MySqlDialect::Plain);
    check(&statement, expected);
}

#[test]
fn texts_are_compared_by_their_collation_and_their_bytes() {
    let equal = Predicate::compare(MAKE, Operator::Equal, text("Fiat"));
    check_where(
        vec![equal.clone()],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE `cars`.`make` = ? AND (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY)) = (CAST(CONVERT(? USING utf8mb4) AS BINARY))
        "Fiat", "Fiat""#]],
    );
    check_where(
        vec![equal.negated_if(true)],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE (`cars`.`make` = ? AND (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY)) = (CAST(CONVERT(? USING utf8mb4) AS BINARY))) IS NOT TRUE
        "Fiat", "Fiat""#]],
    );
    let values = ["a", "b", "c"].map(text).to_vec();
    check_where(
        vec![Predicate::In {
            column: MAKE,
            values,
        }],
        &expect![[r#"
            SELECT COUNT(*) FROM `cars` WHERE `cars`.`make` IN (?, ?, ?, ?) AND (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY)) IN (CAST(CONVERT(? USING utf8mb4) AS BINARY), CAST(CONVERT(? USING utf8mb4) AS BINARY), CAST(CONVERT(? USING utf8mb4) AS BINARY), CAST(CONVERT(? USING utf8mb4) AS BINARY))
            "a", "b", "c", "c", "a", "b", "c", "c""#]],
    );
    check_where(
        vec![Predicate::compare(MAKE, Operator::Greater, text("F"))],
        &expect![[r#"
            SELECT COUNT(*) FROM `cars` WHERE `cars`.`make` > ?
            "F""#]],
    );
}

#[test]
fn patterns_are_narrowed_by_what_every_character_set_has() {
    let matches = |place, ignore_case, text: &str| Predicate::Text {
        column: MAKE,
        matching: Matching { place, ignore_case },
        text: text.to_owned(),
    };
    check_where(
        vec![matches(Anchor::Start, false, "Citroën")],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE ((`cars`.`make` LIKE ? ESCAPE '!')) AND ((CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY) LIKE CAST(CONVERT(? USING utf8mb4) AS BINARY) ESCAPE '!'))
        "Citro%", "Citroën%""#]],
    );
    check_where(
        vec![matches(Anchor::Start, false, "Škoda")],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY) LIKE CAST(CONVERT(? USING utf8mb4) AS BINARY) ESCAPE '!')
        "Škoda%""#]],
    );
    check_where(
        vec![matches(Anchor::Inside, false, "50%!")],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY) LIKE CAST(CONVERT(? USING utf8mb4) AS BINARY) ESCAPE '!')
        "%50!%!!%""#]],
    );
    check_where(
        vec![matches(Anchor::End, true, "A")],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE (CAST(LOWER(CONVERT(`cars`.`make` USING utf8mb4)) AS BINARY) LIKE CAST(LOWER(CONVERT(? USING utf8mb4)) AS BINARY) ESCAPE '!')
        "%A""#]],
    );
    check_where(
        vec![matches(Anchor::Whole, true, "A")],
        &expect![[r#"
        SELECT COUNT(*) FROM `cars` WHERE (CAST(LOWER(CONVERT(`cars`.`make` USING utf8mb4)) AS BINARY)) = (CAST(LOWER(CONVERT(? USING utf8mb4)) AS BINARY))
        "A""#]],
    );
}

#[test]
fn values_are_what_the_columns_hold() {
    let moment = Timestamp::parse("2014-01-02T03:04:05.0000005")
        .expect("a timestamp")
        .0;
    let uuid = || Value::Uuid(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
    let equal = |column, value| Predicate::compare(column, Operator::Equal, value);
    check_where(
        vec![
            equal(UID, uuid()),
            equal(TAG, uuid()),
            equal(RATE, Value::Float(0.1)),
            equal(SOLD, Value::Boolean(true)),
            equal(SOLD, Value::Boolean(false)),
            Predicate::compare(BUILT, Operator::Less, Value::Timestamp(moment)),
            equal(BUILT, Value::Timestamp(moment)),
            Predicate::DatePart {
                column: BUILT,
                part: DatePart::Year,
                operator: Operator::GreaterOrEqual,
                value: 2010,
            },
        ],
        &expect![[r#"
            SELECT COUNT(*) FROM `cars` WHERE `cars`.`uid` = ? AND `cars`.`tag` = ? AND `cars`.`rate` = ? AND ((`cars`.`sold` <> 0)) AND ((`cars`.`sold` = 0)) AND (`cars`.`built` <= ? AND MONTH(`cars`.`built`) > 0 AND DAYOFMONTH(`cars`.`built`) > 0) AND (1 = 0) AND (YEAR(`cars`.`built`) >= ? AND MONTH(`cars`.`built`) > 0 AND DAYOFMONTH(`cars`.`built`) > 0)
            [67, e5, 50, 44, 10, b1, 42, 6f, 92, 47, bb, 68, 0e, 5f, e0, c8], "67e55044-10b1-426f-9247-bb680e5fe0c8", Float(0.10000000149011612), Timestamp(Timestamp { seconds: 1388631845, nanos: 0 }), Integer(2010)"#]],
    );
}

#[test]
fn decimals_are_numbers_also_where_they_are_texts() {
    let ten = || Value::Decimal("10.50".to_owned());
    check_where(
        vec![
            Predicate::compare(PRICE, Operator::Less, ten()),
            Predicate::In {
                column: PRICE,
                values: vec![ten(), Value::Decimal(format!("0.{}1", "0".repeat(40)))],
            },
        ],
        &expect![[r#"
            SELECT COUNT(*) FROM `cars` WHERE `cars`.`price` < ? AND `cars`.`price` IN (?)
            Decimal("10.50"), Decimal("10.50")"#]],
    );
    check_where(
        vec![Predicate::compare(EXACT, Operator::Less, ten())],
        &expect![[r#"
            SELECT COUNT(*) FROM `cars` WHERE (CASE WHEN `cars`.`exact` REGEXP '^-{0,1}[0-9]+([.][0-9]+){0,1}$' THEN CAST(`cars`.`exact` AS DECIMAL(65, 30)) END) < ?
            Decimal("10.50")"#]],
    );
}

#[test]
fn nulls_come_last_and_truth_is_ordered() {
    let mut list = list(Predicate::All(Vec::new()));
    list.order = vec![order(MAKE, false), order(SOLD, true), order(ID, false)];
    let plans = Plans::default();
    let statement =
        Statement::page_and_total(&model(), &list, FIRST_PAGE, &plans, &MySqlDialect::Plain);
    check(
        &statement,
        &expect![[r#"
        SELECT (SELECT COUNT(*) FROM `cars`), `cars`.`id` FROM `cars` ORDER BY `cars`.`make` IS NULL ASC, `cars`.`make` ASC, (`cars`.`sold` <> 0) DESC, `cars`.`id` ASC LIMIT ? OFFSET ?
        Unsigned(25), Unsigned(0)"#]],
    );
}

#[test]
fn keys_that_are_texts_are_listed_twice() {
    let wanted = |on: Vec<(ColumnNumber, ColumnNumber)>| Wanted {
        join: Arc::new(Join {
            target: model(),
            many: true,
            on,
            junction: None,
        }),
        condition: Predicate::All(Vec::new()),
        columns: vec![ID],
        most: 100,
        most_in_all: 1000,
        related: Vec::new(),
    };
    let related = |on, keys: &[Vec<Value>]| {
        let wanted = wanted(on);
        let statement = Statement::related(
            &model(),
            &wanted,
            keys,
            &Plans::default(),
            &MySqlDialect::Plain,
        );
        statement.expect("so many values fit")
    };
    let keys = [vec![text("a")], vec![text("b")]];
    check(
        &related(vec![(MAKE, MAKE)], &keys[..1]),
        &expect![[r#"
        SELECT `cars`.`id` FROM `cars` WHERE `cars`.`make` = ? AND (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY)) = (CAST(CONVERT(? USING utf8mb4) AS BINARY)) ORDER BY `cars`.`id` ASC LIMIT ?
        "a", "a", Unsigned(101)"#]],
    );
    check(
        &related(vec![(MAKE, MAKE)], &keys),
        &expect![[r#"
        SELECT `r0`.`c0` FROM (SELECT `cars`.`id` AS `c0`, ROW_NUMBER() OVER ( PARTITION BY CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY) ORDER BY `cars`.`id` ASC ) AS `place` FROM `cars` WHERE `cars`.`make` IN (?, ?) AND (CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY)) IN (CAST(CONVERT(? USING utf8mb4) AS BINARY), CAST(CONVERT(? USING utf8mb4) AS BINARY))) AS `r0` WHERE `r0`.`place` <= ? ORDER BY CAST(CONVERT(`r0`.`c1` USING utf8mb4) AS BINARY) ASC, `r0`.`place` ASC LIMIT ?
        "a", "b", "a", "b", Unsigned(101), Unsigned(1003)"#]],
    );
    let keys = [
        vec![Value::Integer(1), text("a")],
        vec![Value::Integer(2), text("b")],
    ];
    check(
        &related(vec![(ID, ID), (MAKE, MAKE)], &keys),
        &expect![[r#"
        SELECT `r0`.`c0` FROM (SELECT `cars`.`id` AS `c0`, ROW_NUMBER() OVER ( PARTITION BY `cars`.`id`, CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY) ORDER BY `cars`.`id` ASC ) AS `place` FROM `cars` WHERE (`cars`.`id`, `cars`.`make`) IN ((?, ?), (?, ?)) AND (`cars`.`id`, CAST(CONVERT(`cars`.`make` USING utf8mb4) AS BINARY)) IN ((?, CAST(CONVERT(? USING utf8mb4) AS BINARY)), (?, CAST(CONVERT(? USING utf8mb4) AS BINARY)))) AS `r0` WHERE `r0`.`place` <= ? ORDER BY `r0`.`c0` ASC, CAST(CONVERT(`r0`.`c1` USING utf8mb4) AS BINARY) ASC, `r0`.`place` ASC LIMIT ?
        Integer(1), "a", Integer(2), "b", Integer(1), "a", Integer(2), "b", Unsigned(101), Unsigned(1003)"#]],
    );
    check(
        &related(vec![(ID, ID)], &[vec![Value::Integer(1)]]),
        &expect![[r#"
            SELECT `cars`.`id` FROM `cars` WHERE `cars`.`id` = ? ORDER BY `cars`.`id` ASC LIMIT ?
            Integer(1), Unsigned(101)"#]],
    );
}

#[test]
fn a_new_table_holds_the_values_of_the_models_types() {
    let table = model().create_table_with(&|column, is_key| {
        let Declares { ty, collation } = MySqlDialect::Plain.declares(column, is_key);
        (ty, collation)
    });
    expect![[r#"
        CREATE TABLE `cars` ( `id` bigint NOT NULL PRIMARY KEY,
        `make` text COLLATE /*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */,
        `price` decimal(65,
        30),
        `exact` varchar(255) COLLATE /*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */,
        `sold` bool NOT NULL,
        `built` datetime(6),
        `uid` binary(16),
        `tag` char(36) COLLATE /*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */,
        `rate` float,
        `notes` varchar(255) DEFAULT 'none' COLLATE /*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */,
        `raw` longblob,
        `misc` text COLLATE /*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */ )"#]].assert_eq(&MySqlDialect::Plain.table(&table).replace(", ", ",\n"));
}
