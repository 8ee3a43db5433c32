//! Whether the contenders answer the same, before anything is measured.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    BoxError,
    cases::{BEFORE_LAST, BEFORE_LAST_ROWS, CASES, LAST, LAST_ROWS, MIDDLE, MIDDLE_UNCOUNTED},
    data::{CARS, PARTS},
    http,
    server::Server,
};

/// Every case, of every contender: the same rows with the same values, and the same count.
pub(crate) fn same_answers([ours, peers @ ..]: &[Server; 3]) -> Result<(), BoxError> {
    for case in &CASES {
        let paths = (case.paths)();
        for path in paths.iter().take(100) {
            let expected = without_links(http::json(ours.address, path)?);
            for peer in peers {
                if http::json(peer.address, path)? != expected {
                    let name = peer.contender.name();
                    return Err(format!("{path}: ours and the {name} differ").into());
                }
            }
        }
    }
    let counted = |path| Ok::<_, BoxError>(http::json(ours.address, path)?["count"].clone());
    expect("cars", &counted("/api/cars/")?, &json!(CARS))?;
    expect("parts", &counted("/api/parts/")?, &json!(PARTS))?;
    expect("B", &counted("/api/cars/?make=Toyota")?, &json!(10_000))?;
    expect("D", &counted("/api/cars/?make=Rare7")?, &json!(100))
}

/// An answer of ours as the peer gives it: the rows and their count, without links and pages.
fn without_links(mut answer: Value) -> Value {
    let Some(object) = answer.as_object_mut() else {
        return answer;
    };
    object.retain(|name, value| {
        let link = ["href", "next", "previous", "page", "page_size", "pages"];
        !link.contains(&name.as_str()) && !value.is_null()
    });
    if let Some(rows) = object.get_mut("results").and_then(Value::as_array_mut) {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.remove("href");
        }
    }
    answer
}

/// The last pages hold the last rows, and the statements that stand for them without a count read the same.
pub(crate) fn pages(ours: &Server) -> Result<(), BoxError> {
    let keys = |path| keys(ours.address, path);
    let rows = |range: std::ops::RangeInclusive<u32>| range.collect::<Vec<_>>();
    let backwards = |mut keys: Vec<u32>| {
        keys.reverse();
        keys
    };
    expect(LAST, &keys(LAST)?, &rows(CARS - 24..=CARS))?;
    expect(LAST_ROWS, &backwards(keys(LAST_ROWS)?), &keys(LAST)?)?;
    let before = rows(CARS - 49..=CARS - 25);
    expect(BEFORE_LAST, &keys(BEFORE_LAST)?, &before)?;
    expect(
        BEFORE_LAST_ROWS,
        &backwards(keys(BEFORE_LAST_ROWS)?),
        &before,
    )?;
    expect(MIDDLE, &keys(MIDDLE)?, &rows(49_976..=50_000))?;
    expect(MIDDLE_UNCOUNTED, &keys(MIDDLE_UNCOUNTED)?, &keys(MIDDLE)?)?;
    let last = http::json(ours.address, LAST)?;
    let previous = json!(format!("http://localhost{BEFORE_LAST}"));
    expect("the previous of the last", &last["previous"], &previous)
}

fn keys(address: SocketAddr, path: &str) -> Result<Vec<u32>, BoxError> {
    let answer = http::json(address, path)?;
    let rows = answer["results"].as_array().ok_or("a list has no rows")?;
    rows.iter()
        .map(|row| Ok(serde_json::from_value(row["car_id"].clone())?))
        .collect()
}

fn expect<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), BoxError> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, not {expected:?}").into())
}
