//! Conditions in a database's own terms: the tree from which a plan's key, its values and its SQL are read alike.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use sea_query::{Cond, Expr, ExprTrait as _, IntoCondition};

use super::{Dialect, dialect::padded, source::Source};
use crate::{
    cell::Value,
    model::{Column, Join, Model},
    predicate::{Operator, Part, Predicate},
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
    /// The condition in the dialect's terms.
    pub(crate) fn of(condition: &Predicate, model: &Model, dialect: &dyn Dialect) -> Self {
        let each = |conditions: &[Predicate]| {
            conditions
                .iter()
                .map(|condition| Self::of(condition, model, dialect))
                .collect()
        };
        let at = |number, term: &dyn Fn(&Column) -> Self| {
            (model.at(number)).map_or_else(|| Self::Any(Vec::new()), term)
        };
        match condition {
            Predicate::All(conditions) => Self::All(each(conditions)),
            Predicate::Any(conditions) => Self::Any(each(conditions)),
            Predicate::Not(condition) => Self::Not(Box::new(Self::of(condition, model, dialect))),
            Predicate::Related { join, condition } => Self::Related {
                join: Arc::clone(join),
                term: Box::new(Self::of(condition, &join.target, dialect)),
            },
            Predicate::Compare {
                column,
                operator,
                value,
            } => at(*column, &|own| {
                dialect.compare(*column, own, *operator, value)
            }),
            Predicate::Key { column, part } => at(*column, &|own| match own.keys_may_differ() {
                true => dialect.is_key(*column, own, part),
                false => {
                    let exactly = Predicate::is_key(*column, part.clone());
                    Self::of(&exactly, model, dialect)
                }
            }),
            Predicate::In { column, values } => {
                at(*column, &|own| dialect.one_of(*column, own, values))
            }
            Predicate::Text {
                column,
                matching,
                text,
            } => at(*column, &|own| {
                dialect.matches(*column, own, *matching, text)
            }),
            Predicate::Null { column } => Self::leaf(*column, Form::Null, Vec::new()),
            Predicate::Part {
                column,
                part,
                operator,
                value,
            } => {
                let value = Value::Integer(*value);
                Self::leaf(*column, Form::Part(*part, *operator), vec![value])
            }
            Predicate::PartIn {
                column,
                part,
                values,
            } => {
                let values: Vec<_> = values.iter().map(|value| dialect.part(value)).collect();
                Self::leaf(*column, Form::PartIn(*part), padded(&values))
            }
        }
    }

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

    /// The SQL of the term.
    pub(crate) fn condition(&self, source: Source<'_>, dialect: &dyn Dialect) -> Cond {
        match self {
            Self::All(terms) if terms.is_empty() => Expr::cust("1 = 1").into_condition(),
            Self::All(terms) => terms.iter().fold(Cond::all(), |all, term| {
                all.add(term.condition(source, dialect))
            }),
            Self::Any(terms) if terms.is_empty() => Expr::cust("1 = 0").into_condition(),
            Self::Any(terms) => terms.iter().fold(Cond::any(), |any, term| {
                any.add(term.condition(source, dialect))
            }),
            Self::Not(term) if let Some((join, term)) = term.related() => {
                related(join, term, source, dialect, true).into_condition()
            }
            // Exactly the other rows: also those for which the condition is null.
            Self::Not(term) => dialect
                .is_not_true(term.condition(source, dialect).into())
                .into_condition(),
            Self::Leaf(leaf) => dialect.expression(leaf, source).into_condition(),
            Self::Related { join, term } => {
                related(join, term, source, dialect, false).into_condition()
            }
        }
    }

    /// The relation and its condition, if the term is nothing else.
    fn related(&self) -> Option<(&Join, &Self)> {
        match self {
            Self::Related { join, term } => Some((join, term)),
            Self::All(terms) | Self::Any(terms) => match terms.as_slice() {
                [only] => only.related(),
                _ => None,
            },
            Self::Not(_) | Self::Leaf(_) => None,
        }
    }
}

/// That there is a row that a row leads to and that meets a term, or that there is none.
fn related(
    join: &Join,
    term: &Term,
    source: Source<'_>,
    dialect: &dyn Dialect,
    negated: bool,
) -> Expr {
    if dialect.lists_related(source, join)
        && let Some((keys, mut rows, there)) = source.keys_of(join, dialect)
    {
        if !term.is_always() {
            rows.cond_where(term.condition(there, dialect));
        }
        let listed = keys.in_subquery(rows);
        return match negated {
            true => dialect.is_not_true(listed),
            false => dialect.is_listed(listed),
        };
    }
    let (mut rows, there) = source.rows_of(join, dialect);
    rows.expr(Expr::cust("1"));
    if !term.is_always() {
        rows.cond_where(term.condition(there, dialect));
    }
    match negated {
        true => dialect.not_exists(rows),
        false => dialect.exists(rows),
    }
}
