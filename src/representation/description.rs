//! The data of an answer to OPTIONS, for every format. The formats that use serde take the names of members from the
//! fields here.

use serde::Serialize;

use crate::cell::Value;

/// The description of what a URL serves.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Description<'a> {
    Root(RootDescription<'a>),
    ViewSet(Box<ViewSetDescription<'a>>),
    Action(ActionDescription<'a>),
}

#[derive(Debug, Serialize)]
pub(crate) struct RootDescription<'a> {
    pub(crate) name: &'a str,
    pub(crate) methods: Vec<&'a str>,
    pub(crate) resources: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ViewSetDescription<'a> {
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
    pub(crate) methods: Vec<&'a str>,
    pub(crate) columns: Vec<ColumnDescription<'a>>,
    /// The name under which answers also show the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_member: Option<&'a str>,
    pub(crate) filters: Vec<FilterDescription<'a>>,
    /// The names of the parameters that are groups of filters; empty if groups are not offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<&'static str>,
    /// The columns whose values can be counted by `facet`; empty if facets are not offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) facets: Vec<&'a str>,
    /// The terms of `aggregate`, such as `avg(price)`; empty if aggregates are not offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) aggregates: Vec<String>,
    /// The columns that rows can be grouped by, and the relations to others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) group_by: Vec<&'a str>,
    pub(crate) orderings: Vec<&'a str>,
    pub(crate) search: Vec<&'a str>,
    /// Whether `search` finds words as wholes, phrases in quotes and what does not have the words after a `-`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) full_text: bool,
    pub(crate) relations: Vec<&'a str>,
    pub(crate) page_size: u64,
    pub(crate) max_page_size: u64,
    /// The names of the parameters that choose a part of the list; empty if only `page` does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) pages: Vec<&'static str>,
    /// The values of `count`; empty if clients cannot choose how rows are counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) counts: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) actions: Vec<ActionDescription<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ColumnDescription<'a> {
    pub(crate) name: &'a str,
    #[serde(rename = "type")]
    pub(crate) ty: &'static str,
    pub(crate) nullable: bool,
    pub(crate) unique: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) read_only: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) write_only: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) create_only: bool,
    /// Whether a request that creates a row must send the column; `false` if rows cannot be created.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<Constant<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<Constant<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) not_blank: bool,
    /// A regular expression that matches in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<&'a str>,
    /// `email` or `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Constant<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) choices: Option<ChoiceDescriptions<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
}

/// The values that a column takes, if they are listed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ChoiceDescriptions<'a> {
    Members(&'a [String]),
    Values(Vec<Constant<'a>>),
}

/// A value from the model, such as a column's default, which each format writes like a cell.
#[derive(Debug)]
pub(crate) struct Constant<'a>(pub(crate) &'a Value);

#[derive(Debug, Serialize)]
pub(crate) struct FilterDescription<'a> {
    pub(crate) name: &'a str,
    pub(crate) lookups: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ActionDescription<'a> {
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
    pub(crate) methods: Vec<&'a str>,
    /// `object` or `collection`, by what the action is on; `None` in the description of the action's own URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<&'static str>,
}
