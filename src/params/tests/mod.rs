//! Tests of reading query strings: filters through relations, and by whole keys.

mod filters;
mod groups;
mod orders;
mod refusals;
mod selections;
mod world;

use self::world::{Places, condition, places};
use super::{Format, ListParams, list};
use crate::error::Result;

/// Reads a query string of a list: returns what the list asks for, or its faults as `parameter:code`.
fn read(
    places: &Places,
    place: usize,
    query: &str,
    show: impl Fn(&ListParams) -> String,
) -> String {
    let read = list(query, &places.0[place], places, Format::Json, None);
    shown(read.map(|params| show(&params)))
}

fn shown(read: Result<String>) -> String {
    read.unwrap_or_else(|error| {
        let faults = error.parameter_faults().iter();
        let faults = faults.map(|fault| {
            format!(
                "{}:{}",
                fault.parameter().unwrap_or_default(),
                fault.code.name()
            )
        });
        faults.collect::<Vec<_>>().join(" ")
    })
}

#[track_caller]
fn check(rows: &[(&str, &str)], read: impl Fn(&str) -> String) {
    let wrong: Vec<_> = rows
        .iter()
        .map(|(query, expected)| (query, expected, read(query)))
        .filter(|(_, expected, read)| read != *expected)
        .map(|(query, expected, read)| format!("{query}\n  expected {expected}\n  read     {read}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check_filters(place: usize, rows: &[(&str, &str)]) {
    let places = places();
    let model = &places.0[place].model;
    check(rows, |query| {
        read(&places, place, query, |params| {
            condition(&params.filter, model)
        })
    });
}

/// Checks the text of the first fault of query strings of one place; each row has a query string and its expected text.
#[track_caller]
fn check_words(place: usize, rows: &[(&str, &str)]) {
    let places = places();
    check(rows, |query| {
        match list(query, &places.0[place], &places, Format::Json, None) {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(error) => error.parameter_faults()[0].detail.clone(),
        }
    });
}
