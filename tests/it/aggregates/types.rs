//! Groups and aggregates of values of every type, those that a column cannot show among them.

use serde_json::{Value, json};
use tower_rest::Api;

use crate::{
    databases::{Fresh, Kind},
    fixture::{self, Style},
    server::ask,
};

const COLUMNS: &[&str] = &[
    "whole",
    "small",
    "flag",
    "float",
    "amount",
    "word",
    "colour",
    "raw",
    "day",
    "hour",
    "local",
    "zoned",
    "local_t",
    "zoned_offset",
    "zoned_millis",
    "uid",
    "uid_blob",
];

const ORDERED: &[&str] = &[
    "whole",
    "small",
    "float",
    "amount",
    "word",
    "day",
    "hour",
    "local",
    "zoned",
    "local_t",
    "zoned_offset",
    "zoned_millis",
];

async fn get(api: &Api, path: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// The values that rows show in a column, without nulls.
fn values(list: &Value, column: &str) -> Vec<Value> {
    let rows = list["results"].as_array().expect("rows");
    let values = rows.iter().map(|row| row[column].clone());
    values.filter(|value| !value.is_null()).collect()
}

/// Only SQLite holds texts that are no UTF-8. They are shown as null, but are groups of their own.
async fn leave_out_what_is_no_text(fresh: &Fresh) {
    fresh
        .execute("UPDATE types SET word = NULL WHERE id = 5")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_the_values_that_rows_show() {
    for kind in Kind::reachable().await {
        let styles = match kind {
            Kind::Sqlite => [Style::Classical, Style::Declared].as_slice(),
            Kind::Postgres | Kind::MySql => &[Style::Classical],
        };
        for style in styles.iter().copied() {
            let fresh = fixture::database_on(kind, style).await;
            leave_out_what_is_no_text(&fresh).await;
            let viewset = fixture::types_viewset(style, &fresh.db);
            let viewset = viewset
                .facets(COLUMNS.to_vec())
                .aggregates(COLUMNS.to_vec());
            let limits = tower_rest::Limits::default().facets(32).aggregates(64);
            let api = viewset.group_by(COLUMNS.to_vec()).limits(limits).build();
            let api = api.expect("an API");
            let all = get(&api, "/?ordering=id").await;
            for column in COLUMNS {
                let shown = values(&all, column);
                let nulls = all["results"].as_array().map_or(0, Vec::len) - shown.len();
                let groups = get(&api, &format!("/?aggregate=count,count({column}),count_distinct({column})&group_by={column}")).await;
                let mut counted = 0;
                for group in groups["results"].as_array().expect("groups") {
                    let same = match &group[column] {
                        Value::Null => nulls,
                        value => shown.iter().filter(|other| *other == value).count(),
                    };
                    assert_eq!(group["count"], same, "{kind} {style:?} {column} {groups}");
                    let is_null = group[column].is_null();
                    let (values, distinct) = if is_null { (0, 0) } else { (same, 1) };
                    assert_eq!(
                        group[format!("count_{column}")],
                        values,
                        "{kind} {style:?} {column} {groups}"
                    );
                    assert_eq!(
                        group[format!("count_distinct_{column}")],
                        distinct,
                        "{kind} {style:?} {column} {groups}"
                    );
                    counted += same;
                }
                assert_eq!(
                    counted,
                    shown.len() + nulls,
                    "{kind} {style:?} {column} {groups}"
                );
                let facet = get(&api, &format!("/?facet={column}")).await;
                let facet = facet["facets"][column].as_array().expect("a facet").len();
                assert_eq!(groups["count"], facet, "{kind} {style:?} {column}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_and_the_greatest_value_are_the_ends_of_an_ordered_list() {
    for kind in Kind::reachable().await {
        let fresh = fixture::database_on(kind, Style::Classical).await;
        leave_out_what_is_no_text(&fresh).await;
        let viewset = fixture::types_viewset(Style::Classical, &fresh.db);
        let api = viewset
            .aggregates(COLUMNS.to_vec())
            .build()
            .expect("an API");
        for column in ORDERED {
            // A value that cannot be shown is ordered by how it is stored, and has no part in an aggregate.
            let list = get(&api, &format!("/?ordering={column}&fields={column}")).await;
            let shown = values(&list, column);
            let ends = get(&api, &format!("/?aggregate=min({column}),max({column})")).await;
            let ends = &ends["results"][0];
            let found = (
                &ends[format!("min_{column}")],
                &ends[format!("max_{column}")],
            );
            let expected = (
                shown.first().unwrap_or(&Value::Null),
                shown.last().unwrap_or(&Value::Null),
            );
            assert_eq!(found, expected, "{kind} {column} {list}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_a_month_and_a_day_are_those_of_the_dates_that_rows_show() {
    for kind in Kind::reachable().await {
        let fresh = fixture::database_on(kind, Style::Classical).await;
        let viewset = fixture::types_viewset(Style::Classical, &fresh.db);
        let columns = [
            "day",
            "local",
            "zoned",
            "local_t",
            "zoned_offset",
            "zoned_millis",
        ];
        let viewset = viewset.aggregates("id").group_by(columns);
        let api = viewset.build().expect("an API");
        let all = get(&api, "/").await;
        for column in columns {
            for (part, at) in [
                ("year", 0..4),
                ("month", 5..7),
                ("day", 8..10),
                ("date", 0..10),
            ] {
                let path = format!("/?aggregate=count&group_by={column}__{part}");
                let groups = get(&api, &path).await;
                let name = format!("{column}__{part}");
                let mut expected: Vec<Value> = Vec::new();
                for value in values(&all, column) {
                    // Infinity is a day, but has no year, month or day.
                    let text = value.as_str().expect("a text");
                    let value = match (text.contains("infinity"), part) {
                        (true, "date") => json!(text),
                        (true, _) => continue,
                        (false, "date") => json!(text[at.clone()]),
                        (false, _) => json!(text[at.clone()].parse::<i64>().expect("digits")),
                    };
                    if !expected.contains(&value) {
                        expected.push(value);
                    }
                }
                let found = values(&groups, &name);
                assert_eq!(
                    found.len(),
                    expected.len(),
                    "{kind} {path} {groups} {expected:?}"
                );
                assert!(
                    expected.iter().all(|one| found.contains(one)),
                    "{kind} {path} {groups} {expected:?}"
                );
            }
        }
    }
}
