//! The labels of a measurement.

/// The value of a label.
#[derive(Clone, Copy, Debug)]
pub(super) enum LabelValue<'a> {
    Fixed(&'static str),
    /// A name that the program's description of the API has, such as that of a model.
    Named(&'a str),
}

/// The labels of a measurement, each with its name.
pub(super) type Labels<'a> = &'a [(&'static str, LabelValue<'a>)];
