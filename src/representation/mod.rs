//! Rows of cells as bytes a client reads, and which format it asked for.

pub(crate) mod json;
mod lines;
mod links;
pub(crate) mod negotiate;
mod objects;
mod pieces;

pub(crate) use self::{
    json::{escaped, inside},
    lines::{lines, page_of_lines},
    links::{Link, LinkStep, List},
    objects::{Held, Objects, Shown},
    pieces::Document,
};
