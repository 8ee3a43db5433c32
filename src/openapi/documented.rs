//! The parts of an API that its document describes.

use crate::{params::Formats, place::Place, route::Routes};

/// The parts of an API that its document describes.
pub(crate) struct Documented<'a> {
    pub(crate) routes: &'a Routes,
    pub(crate) places: &'a [Place],
    pub(crate) formats: &'a Formats,
    /// The end of links: `/`, or nothing.
    pub(crate) slash: &'static str,
}
