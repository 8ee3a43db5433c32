//! Rows of cells as bytes a client reads, and which format it asked for.

pub(crate) mod json;
mod lines;
mod links;
pub(crate) mod negotiate;
mod objects;

pub(crate) use self::{
    json::{escaped, inside},
    lines::lines,
    links::{Link, LinkStep, List},
    objects::{Held, Objects, Shown},
};
