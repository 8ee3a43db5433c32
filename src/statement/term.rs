//! Conditions in a database's own terms: the tree from which a plan's key, its values and its SQL are read alike.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::{
    cell::Value,
    model::Join,
    predicate::{Operator, Part},
};

/// A condition whose values are what the database stores.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Leaf(Leaf),
    /// A row that the row leads to meets the term.
    Related {
        join: Arc<Join>,
        term: Box<Self>,
    },
}

/// One comparison of a column, and its values in the order their placeholders stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) column: u16,
    pub(crate) form: Form,
    pub(crate) values: Vec<Value>,
}

/// The forms of a comparison; a dialect says how each is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// Compared as the database compares the column.
    Plain(Operator),
    /// Compared as a decimal number.
    Decimal(Operator),
    /// The same key, by the column's own collation.
    Key,
    /// Equal byte for byte.
    Exact,
    /// A decimal number with exactly these digits.
    ExactDecimal,
    /// Equal but for the case of ASCII letters.
    ExactIgnoringCase,
    /// Between two values, both included.
    Between,
    /// One of a list.
    In,
    /// One of a list of texts, byte for byte.
    ExactIn,
    /// One of a list of decimal numbers.
    DecimalIn,
    /// One of a list of times or timestamps, however many zeros end their fraction.
    ShortestIn,
    /// A part of a date is one of a list.
    PartIn(Part),
    /// A pattern in which case counts.
    Pattern,
    /// A pattern in which it does not.
    PatternIgnoringCase,
    /// A part of a date, compared.
    Part(Part, Operator),
    /// True, of a boolean.
    True,
    /// False, of a boolean.
    False,
    /// Without a value.
    Null,
}

impl Term {
    pub(crate) fn leaf(column: u16, form: Form, values: Vec<Value>) -> Self {
        Self::Leaf(Leaf {
            column,
            form,
            values,
        })
    }

    /// Everything about the term but its values, as part of a plan's key.
    pub(crate) fn shape(&self, key: &mut impl Hasher) {
        std::mem::discriminant(self).hash(key);
        match self {
            Self::All(terms) | Self::Any(terms) => {
                terms.len().hash(key);
                terms.iter().for_each(|term| term.shape(key));
            }
            Self::Not(term) => term.shape(key),
            Self::Leaf(leaf) => (leaf.column, leaf.form, leaf.values.len()).hash(key),
            Self::Related { join, term } => {
                join.hash(key);
                term.shape(key);
            }
        }
    }

    /// The values, in the order of their placeholders.
    pub(crate) fn values(&self, out: &mut Vec<Value>) {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().for_each(|term| term.values(out)),
            Self::Not(term) | Self::Related { term, .. } => term.values(out),
            Self::Leaf(leaf) => out.extend_from_slice(&leaf.values),
        }
    }

    /// Whether every row meets it.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self, Self::All(terms) if terms.is_empty())
    }

    /// Whether it depends on rows of other tables.
    pub(crate) fn is_about_related(&self) -> bool {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().any(Self::is_about_related),
            Self::Not(term) => term.is_about_related(),
            Self::Leaf(_) => false,
            Self::Related { .. } => true,
        }
    }
}
