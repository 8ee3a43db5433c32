//! JSON documents and arrays of rows in memory, by the rules of the databases.

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::IgnoredAny;
use serde_json::Value as Json;

use super::compare::holds;
use crate::{
    cell::{BODY_BYTES, Value, compare_cells},
    model::Column,
    params::read_value,
    predicate::{ArrayOperator, Operator},
};

/// Whether a document is an object with a member named `key`.
pub(super) fn has_key(document: &str, key: &str) -> bool {
    let members = serde_json::from_str::<BTreeMap<Cow<'_, str>, IgnoredAny>>(document);
    members.is_ok_and(|members| members.contains_key(key))
}

/// Whether an array, given as a JSON document, has the items as the operator says. `element` describes its elements.
pub(super) fn holds_items(
    array: &str,
    element: &Column,
    operator: ArrayOperator,
    items: &[Value],
) -> bool {
    let Ok(Json::Array(array)) = serde_json::from_str(array) else {
        return false;
    };
    let mut elements = Vec::new();
    flatten(array, element, &mut elements);
    let is_equal = |own: &Option<Value>, item: &Value| {
        own.as_ref().is_some_and(|own| {
            holds(
                Operator::Equal,
                compare_cells(own.as_cell(), item.as_cell()),
            )
        })
    };
    let is_held = |item: &Value| elements.iter().any(|own| is_equal(own, item));
    match operator {
        ArrayOperator::Contains => items.iter().all(is_held),
        ArrayOperator::Overlaps => items.iter().any(is_held),
        ArrayOperator::ContainedBy => {
            let is_item = |own: &Option<Value>| items.iter().any(|item| is_equal(own, item));
            elements.iter().all(is_item)
        }
    }
}

/// Appends the elements of an array of any number of dimensions; `None` for those that are no values of their type.
fn flatten(array: Vec<Json>, element: &Column, out: &mut Vec<Option<Value>>) {
    for one in array {
        let text = match one {
            Json::Array(inner) => {
                flatten(inner, element, out);
                continue;
            }
            Json::String(text) => text,
            Json::Bool(_) | Json::Number(_) => one.to_string(),
            Json::Null | Json::Object(_) => {
                out.push(None);
                continue;
            }
        };
        out.push(read_value(&text, element, "", BODY_BYTES).ok());
    }
}
