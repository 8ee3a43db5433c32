//! Terms: conditions in the form of one database, from which a plan's key, its values and its SQL are derived.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::full_text::FullTextTerm;
use crate::{
    cell::Value,
    model::{ColumnNumber, Join},
    predicate::{ArrayOperator, DatePart, Operator},
};

/// A condition whose values have the form in which the database stores them, such as a UUID as sixteen bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Leaf(Leaf),
    FullText(FullTextTerm),
    /// At least one row related by `join` meets `term`.
    Related {
        join: Arc<Join>,
        term: Box<Self>,
    },
}

/// A comparison of a column, whose values are in the order of their placeholders in the SQL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) column: ColumnNumber,
    pub(crate) form: ComparisonForm,
    pub(crate) values: Vec<Value>,
}

/// The form of a comparison, of which each database's dialect writes the SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ComparisonForm {
    /// A comparison such as `=` or `<`, by the database's own rules for the column.
    Plain(Operator),
    /// A comparison of decimals as numbers: `1.50` equals `1.5`.
    Decimal(Operator),
    /// The column equals a part of a key in a URL, such as `kia` in `/makes/kia/`, by the collation of the column.
    Key,
    /// The column equals a value byte for byte.
    Exact,
    /// The column is a decimal number with exactly these digits: `1.50` is not `1.5`.
    ExactDecimal,
    /// The column equals a text, ignoring the case of ASCII letters.
    ExactIgnoringCase,
    /// The column is between two values, both included.
    Between,
    /// The column equals one of a list of values.
    In,
    /// The column equals one of a list of texts byte for byte.
    ExactIn,
    /// The column equals, as a number, one of a list of decimals.
    DecimalIn,
    /// The column equals one of a list of times or timestamps; trailing zeros of the fraction are ignored.
    ShortestIn,
    /// A part of the column's date, such as its year, is in a list.
    PartIn(DatePart),
    /// The column matches a pattern, such as `Fi%`, case-sensitively.
    Pattern,
    /// The column matches a pattern, such as `fi%`, in any case.
    PatternIgnoringCase,
    /// The column matches a regular expression.
    Regex,
    /// The column is an array that has the items of a list as the operator says.
    Array(ArrayOperator),
    /// The column is a document, an object with a member of a name.
    HasKey,
    /// A comparison of a part of a date, such as its year, with a value.
    DatePart(DatePart, Operator),
    /// The column is the boolean true.
    True,
    /// The column is the boolean false.
    False,
    /// The column is null.
    Null,
}

impl Term {
    pub(crate) fn leaf(column: ColumnNumber, form: ComparisonForm, values: Vec<Value>) -> Self {
        Self::Leaf(Leaf {
            column,
            form,
            values,
        })
    }

    /// Adds the term to the key under which a plan (the text of a statement) is cached. The key has the number of the
    /// term's values, but not the values.
    pub(crate) fn shape(&self, key: &mut impl Hasher) {
        std::mem::discriminant(self).hash(key);
        match self {
            Self::All(terms) | Self::Any(terms) => {
                terms.len().hash(key);
                terms.iter().for_each(|term| term.shape(key));
            }
            Self::Not(term) => term.shape(key),
            Self::Leaf(leaf) => (leaf.column, leaf.form, leaf.values.len()).hash(key),
            Self::FullText(term) => term.shape(key),
            Self::Related { join, term } => {
                join.hash(key);
                term.shape(key);
            }
        }
    }

    /// Appends the values of the term, in the order of their placeholders in its SQL.
    pub(crate) fn values(&self, out: &mut Vec<Value>) {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().for_each(|term| term.values(out)),
            Self::Not(term) | Self::Related { term, .. } => term.values(out),
            Self::Leaf(leaf) => out.extend_from_slice(&leaf.values),
            Self::FullText(term) => term.values(out),
        }
    }

    /// Whether every row meets the term.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self, Self::All(terms) if terms.is_empty())
    }

    /// Whether the term depends on rows of other tables.
    pub(crate) fn is_about_related(&self) -> bool {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().any(Self::is_about_related),
            Self::Not(term) => term.is_about_related(),
            Self::Leaf(_) | Self::FullText(_) => false,
            Self::Related { .. } => true,
        }
    }
}
