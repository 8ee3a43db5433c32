//! [`JsonNode`]: any JSON value, read back from a document. What is not there, or is of another type, reads as nothing: merge
//! patches of a program may put anything anywhere.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::entries::Entries;

/// A JSON value whose members keep their order.
#[derive(Debug)]
pub(super) enum JsonNode {
    Null,
    Boolean(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Self>),
    Object(Entries<Self>),
}

static NOTHING: JsonNode = JsonNode::Null;

impl JsonNode {
    /// Reads a JSON text.
    pub(super) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or(Self::Null)
    }

    /// Returns a member; null if there is none.
    pub(super) fn get(&self, name: &str) -> &Self {
        match self {
            Self::Object(members) => members.get(name).unwrap_or(&NOTHING),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => {
                &NOTHING
            }
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => {
                None
            }
        }
    }

    /// Returns a text; empty if it is none.
    pub(super) fn owned(&self) -> String {
        self.text().unwrap_or_default().to_owned()
    }

    /// Returns a text that is not empty.
    pub(super) fn words(&self) -> Option<String> {
        self.text()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Boolean(true))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) => {
                &[]
            }
        }
    }

    /// Returns the members of an object.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        let members = match self {
            Self::Object(members) => Some(members),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        };
        let members = members.into_iter().flat_map(|members| &members.0);
        members.map(|(name, node)| (name.as_str(), node))
    }
}

/// A text without quotes, any other value as JSON.
impl fmt::Display for JsonNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Object(members) => {
                let members = members.0.iter();
                let members: Vec<_> = members
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                write!(f, "{{{}}}", members.join(", "))
            }
        }
    }
}

impl<'de> Deserialize<'de> for JsonNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = JsonNode;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<JsonNode, E> {
        Ok(JsonNode::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<JsonNode, E> {
        Ok(JsonNode::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<JsonNode, E> {
        Ok(JsonNode::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<JsonNode, E> {
        Ok(JsonNode::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<JsonNode, E> {
        let number = serde_json::Number::from_f64(value);
        Ok(number.map_or(JsonNode::Null, JsonNode::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<JsonNode, E> {
        Ok(JsonNode::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<JsonNode, E> {
        Ok(JsonNode::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<JsonNode, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(JsonNode::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<JsonNode, A::Error> {
        let mut members = Entries::default();
        while let Some((name, value)) = object.next_entry::<String, JsonNode>()? {
            members.push(name, value);
        }
        Ok(JsonNode::Object(members))
    }
}
