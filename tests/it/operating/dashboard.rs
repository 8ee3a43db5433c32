//! The guide and the dashboard agree with the table of metrics.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;
use tower_rest::{Metric, MetricKind};

use super::samples::{sample_names, sanitized};

#[test]
fn every_metric_is_documented_and_no_other() {
    let page = include_str!("../../../docs/guide/operating.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|line| {
        let cells = line.trim_matches('|').split(" | ");
        cells
            .map(|cell| cell.trim().replace('`', ""))
            .collect::<Vec<_>>()
    });
    let documented: Vec<_> = rows.filter(|cells| cells.len() == 5).collect();
    let known: Vec<_> = Metric::ALL
        .iter()
        .map(|metric| {
            let kind = match metric.kind {
                MetricKind::Counter => "counter",
                MetricKind::Gauge => "gauge",
                MetricKind::Histogram => "histogram",
                _ => panic!("{:?} has no word here", metric.kind),
            };
            let (labels, meaning) = (metric.labels.join(", "), metric.meaning.replace('`', ""));
            [metric.name, kind, metric.unit, &labels, &meaning]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    assert_eq!(documented, known);
}

fn dashboard() -> Value {
    let text = include_str!("../../../docs/dashboard.json");
    serde_json::from_str(text).expect("JSON")
}

/// The panels, and those inside rows.
fn panels(of: &Value) -> Vec<&Value> {
    let own = of["panels"].as_array().map_or(&[][..], Vec::as_slice);
    own.iter()
        .flat_map(|panel| [vec![panel], panels(panel)].concat())
        .collect()
}

fn queries(dashboard: &Value) -> Vec<&str> {
    let all = panels(dashboard).into_iter();
    let targets = all
        .filter_map(|panel| panel["targets"].as_array())
        .flatten();
    let queries = targets.map(|target| target["expr"].as_str().expect("a query"));
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let of_variables = variables
        .iter()
        .filter_map(|one| one["query"]["query"].as_str());
    queries.chain(of_variables).collect()
}

#[test]
fn every_panel_has_an_id_of_its_own_a_title_and_the_data_source_that_is_chosen() {
    let dashboard = dashboard();
    let (mut ids, all) = (BTreeSet::new(), panels(&dashboard));
    assert!(all.len() > 12, "{}", all.len());
    for panel in all {
        assert!(
            ids.insert(panel["id"].as_u64().expect("an id")),
            "{}",
            panel["id"]
        );
        assert!(!panel["title"].as_str().expect("a title").is_empty());
        if panel["type"] != "row" {
            assert_eq!(
                panel["datasource"]["uid"], "${datasource}",
                "{}",
                panel["title"]
            );
            let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
            assert!(unit.is_some(), "{}", panel["title"]);
        }
    }
    assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
    assert_eq!(
        dashboard["id"],
        Value::Null,
        "the importing Grafana gives the id"
    );
}

#[test]
fn every_metric_and_label_of_the_dashboard_is_in_the_table() {
    let (names, dashboard) = (sample_names(), dashboard());
    let metric = Regex::new(r"([a-z_]+)\{([^}]*)\}").expect("a pattern");
    let label = Regex::new(r#"([a-z_]+)\s*(?:=~|!~|!=|=)\s*""#).expect("a pattern");
    let grouped = Regex::new(r"by \(([^)]*)\)").expect("a pattern");
    let mut used = BTreeSet::new();
    for query in queries(&dashboard) {
        let mut labels = BTreeSet::from(["instance".to_owned(), "job".to_owned()]);
        for found in metric.captures_iter(query) {
            let known = names.get(&found[1]);
            let known = known.unwrap_or_else(|| panic!("{}: {query}", &found[1]));
            used.insert(known.name);
            labels.extend(known.labels.iter().map(|name| sanitized(name)));
            if found[1].ends_with("_bucket") {
                labels.insert("le".to_owned());
            }
            for label in label.captures_iter(&found[2]) {
                assert!(labels.contains(&label[1]), "{}: {query}", &label[1]);
            }
        }
        assert!(metric.is_match(query), "no metric in {query}");
        for by in grouped.captures_iter(query) {
            for label in by[1].split(", ") {
                assert!(labels.contains(label), "{label}: {query}");
            }
        }
    }
    let all: BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(used, all, "metrics that no panel shows");
}
