//! Rows of cells as bytes a client reads, and which format it asked for.

pub(crate) mod json;
mod links;
pub(crate) mod negotiate;
mod objects;

pub(crate) use self::{
    json::{escaped, inside},
    links::{Link, LinkStep, List},
    objects::{Objects, Shown},
};
