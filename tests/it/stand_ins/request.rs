//! The requests that are sent by a stand-in.

/// A request, each of another kind of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Object,
    List,
    Export,
    /// One statement, which commits itself.
    Create,
    /// A transaction of the library.
    Change,
    Delete,
    /// A transaction of the program, whose handler is not run twice.
    Act,
}

impl Request {
    pub(super) const ALL: [Self; 7] = [
        Self::Object,
        Self::List,
        Self::Export,
        Self::Create,
        Self::Change,
        Self::Delete,
        Self::Act,
    ];

    pub(super) const fn reads(self) -> bool {
        matches!(self, Self::Object | Self::List | Self::Export)
    }

    /// Whether the library runs the whole request again after a conflict.
    pub(super) const fn is_repeated(self) -> bool {
        !matches!(self, Self::Export | Self::Act)
    }

    /// How the request changes the number of notes and the sum of their numbers.
    pub(super) const fn change(self) -> (i64, i64) {
        match self {
            Self::Object | Self::List | Self::Export => (0, 0),
            Self::Create => (1, 1),
            Self::Change | Self::Act => (0, 1),
            Self::Delete => (-1, 0),
        }
    }
}
