//! Whether the contenders answer the same, before anything is measured.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    BoxError,
    cases::{BEFORE_LAST, BEFORE_LAST_ROWS, Case, LAST, LAST_ROWS, MIDDLE, MIDDLE_UNCOUNTED},
    data::{CARS, PARTS},
    http::{self, Request},
    server::Server,
};

/// Every case, of every contender: the same rows with the same values, and the same count.
pub(crate) fn same_answers(
    [ours, peers @ ..]: &[Server; 3],
    cases: &[&Case],
) -> Result<(), BoxError> {
    for case in cases {
        for request in (case.requests)().iter().take(100) {
            let answer = http::json(ours.address, request).map_err(|error| {
                let Case { name, what, .. } = case;
                format!("case {name} ({what}) cannot be measured, for ours refuses it: {error}")
            })?;
            let expected = comparable(answer, request);
            for peer in peers {
                let answer = comparable(http::json(peer.address, request)?, request);
                if answer != expected {
                    let (name, path) = (peer.contender.name(), &request.path);
                    return Err(format!("{path}: ours and the {name} differ").into());
                }
            }
        }
    }
    let counted = |path| {
        let list = http::json(ours.address, &Request::get(path))?;
        Ok::<_, BoxError>(list["count"].clone())
    };
    expect("cars", &counted("/api/cars/")?, &json!(CARS))?;
    expect("parts", &counted("/api/parts/")?, &json!(PARTS))?;
    expect("B", &counted("/api/cars/?make=Toyota")?, &json!(10_000))?;
    expect("D", &counted("/api/cars/?make=Rare7")?, &json!(100))
}

/// An answer as every contender gives it: the rows and their count, without links and pages, and without the keys of
/// created rows, each of which is another.
fn comparable(answer: Value, request: &Request) -> Value {
    let mut answer = match answer {
        Value::Array(rows) => {
            let rows = rows.into_iter().map(|row| comparable(row, request));
            return rows.collect();
        }
        other => other,
    };
    let Some(object) = answer.as_object_mut() else {
        return answer;
    };
    if !request.is_read() {
        object.remove("order_id");
    }
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
    let last = http::json(ours.address, &Request::get(LAST))?;
    let previous = json!(format!("http://localhost{BEFORE_LAST}"));
    expect("the previous of the last", &last["previous"], &previous)
}

fn keys(address: SocketAddr, path: &str) -> Result<Vec<u32>, BoxError> {
    let answer = http::json(address, &Request::get(path))?;
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
