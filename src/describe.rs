//! What a place says of itself: the answer to OPTIONS.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    action::Action,
    cell::Type,
    model::{Column, DefaultValue},
    params::Offer,
    representation::json::write_cell,
};

#[derive(Serialize)]
struct Description<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    methods: Vec<&'a str>,
    columns: Vec<Described<'a>>,
    filters: Vec<Filter<'a>>,
    orderings: Vec<&'a str>,
    search: Vec<&'a str>,
    relations: Vec<&'a str>,
    page_size: u64,
    max_page_size: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Act<'a>>,
}

#[derive(Serialize)]
struct Act<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    methods: Vec<&'a str>,
    /// What it is on; a URL of its own says that by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<&'static str>,
}

#[derive(Serialize)]
struct Described<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'static str,
    nullable: bool,
    unique: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct Filter<'a> {
    name: &'a str,
    lookups: Vec<&'static str>,
}

#[derive(Serialize)]
struct Root<'a> {
    name: &'a str,
    methods: Vec<&'a str>,
    resources: Vec<&'a str>,
}

/// The description of a viewset: only what clients may know.
pub(crate) fn viewset<'a>(
    offer: &'a Offer,
    methods: &[&'a str],
    actions: impl Iterator<Item = &'a Action>,
) -> Vec<u8> {
    let model = &offer.model;
    let visible = || model.numbered().filter(|(_, column)| !column.hidden);
    let name_of = |number: &u16| model.at(*number).map(Column::name);
    let orderable = |number: u16| offer.orderable.get(usize::from(number)) == Some(&true);
    document(&Description {
        name: model.name(),
        description: model.describes(),
        methods: methods.to_vec(),
        columns: visible()
            .map(|(_, column)| Described {
                name: column.name(),
                ty: column.type_name(),
                nullable: column.nullable,
                unique: column.unique,
                read_only: column.read_only,
                max_length: column.max_length,
                default: column.default.as_ref().and_then(constant),
                choices: match &column.ty {
                    Type::Enum(members) => Some(members),
                    _ => None,
                },
                description: column.description.as_deref(),
            })
            .collect(),
        filters: visible()
            .filter_map(|(number, column)| Some((column, offer.lookups.get(usize::from(number))?)))
            .filter(|(_, lookups)| !lookups.is_empty())
            .map(|(column, lookups)| Filter {
                name: column.name(),
                lookups: lookups.iter().map(|lookup| lookup.suffix()).collect(),
            })
            .collect(),
        orderings: visible()
            .filter(|(number, _)| orderable(*number))
            .map(|(_, column)| column.name())
            .collect(),
        search: offer.search.iter().filter_map(name_of).collect(),
        relations: offer
            .relations
            .iter()
            .map(|relation| relation.name.as_str())
            .collect(),
        page_size: offer.pages.size,
        max_page_size: if offer.pages.fixed {
            offer.pages.size
        } else {
            offer.pages.largest
        },
        actions: actions.map(Act::of_a_place).collect(),
    })
}

/// The description of an action.
pub(crate) fn action(action: &Action, methods: &[&str]) -> Vec<u8> {
    document(&Act {
        on: None,
        methods: methods.to_vec(),
        ..Act::of_a_place(action)
    })
}

impl<'a> Act<'a> {
    fn of_a_place(action: &'a Action) -> Self {
        Self {
            name: &action.name,
            description: action.description.as_deref(),
            methods: action.methods().chain(["OPTIONS"]).collect(),
            on: Some(if action.on_object {
                "object"
            } else {
                "collection"
            }),
        }
    }
}

/// A default in JSON, where it is the same for every row.
fn constant(default: &DefaultValue) -> Option<Box<RawValue>> {
    let DefaultValue::Value(value) = default else {
        return None;
    };
    let mut json = Vec::new();
    write_cell(value.as_cell(), &mut json);
    RawValue::from_string(String::from_utf8(json).ok()?).ok()
}

/// The description of the API root.
pub(crate) fn root<'a>(methods: &[&'a str], resources: impl Iterator<Item = &'a str>) -> Vec<u8> {
    document(&Root {
        name: "API root",
        methods: methods.to_vec(),
        resources: resources.collect(),
    })
}

/// Texts, numbers and lists only: serializing them cannot fail.
fn document(description: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(description).unwrap_or_default()
}
