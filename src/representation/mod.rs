//! Rows of cells as bytes a client reads, and which format it asked for.

pub(crate) mod json;
pub(crate) mod negotiate;
mod objects;

pub(crate) use self::{
    json::inside,
    objects::{Link, LinkStep, List, Objects, Shown},
};
