//! The lowering of a `Predicate` to a `Term`, whose values have the form of one database, and of a `Term` to SQL.

use std::sync::Arc;

use sea_query::{Cond, Expr, ExprTrait as _, IntoCondition};

use super::{
    Dialect,
    dialect::padded,
    full_text::FullTextTerm,
    source::Source,
    term::{ComparisonForm, Term},
};
use crate::{
    cell::Value,
    model::{Column, Join, Model},
    predicate::Predicate,
};

impl Term {
    /// Lowers `condition`, a condition on rows of `model`, to a term, whose values have the form in which the database
    /// compares them.
    pub(crate) fn of(condition: &Predicate, model: &Model, dialect: &dyn Dialect) -> Self {
        let one = |condition: &Predicate| Self::of(condition, model, dialect);
        let each = |conditions: &[Predicate]| conditions.iter().map(one).collect();
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
            Predicate::Pattern { column, pattern } => Self::leaf(
                *column,
                ComparisonForm::Regex,
                dialect
                    .regex(pattern)
                    .into_iter()
                    .map(Value::Text)
                    .collect(),
            ),
            Predicate::FullText(search) => Self::FullText(FullTextTerm::of(search, dialect)),
            Predicate::Array {
                column,
                operator,
                items,
            } => at(*column, &|own| {
                dialect.array(*column, own, *operator, items)
            }),
            Predicate::HasKey { column, key } => dialect.has_key(*column, key),
            Predicate::Null { column } => Self::leaf(*column, ComparisonForm::Null, Vec::new()),
            Predicate::DatePart {
                column,
                part,
                operator,
                value,
            } => {
                let form = ComparisonForm::DatePart(*part, *operator);
                Self::leaf(*column, form, vec![Value::Integer(*value)])
            }
            Predicate::PartIn {
                column,
                part,
                values,
            } => {
                let values: Vec<_> = values.iter().map(|value| dialect.part(value)).collect();
                Self::leaf(*column, ComparisonForm::PartIn(*part), padded(&values))
            }
        }
    }

    /// Returns the SQL of the term, as a condition on rows of `source` (a table of the statement).
    pub(crate) fn condition(&self, source: Source<'_>, dialect: &dyn Dialect) -> Cond {
        match self {
            Self::All(terms) if terms.is_empty() => Expr::cust("1 = 1").into_condition(),
            Self::All(terms) => {
                let terms = terms.iter().map(|term| term.condition(source, dialect));
                joined(terms.collect(), Cond::all)
            }
            Self::Any(terms) if terms.is_empty() => Expr::cust("1 = 0").into_condition(),
            Self::Any(terms) => {
                let terms = terms.iter().map(|term| term.condition(source, dialect));
                joined(terms.collect(), Cond::any)
            }
            Self::Not(term) if let Some((join, term)) = term.related() => {
                related(join, term, source, dialect, true).into_condition()
            }
            // A negation matches every row that the term does not, including those for which the term is null.
            Self::Not(term) => dialect
                .is_not_true(term.condition(source, dialect).into())
                .into_condition(),
            Self::Leaf(leaf) => dialect.expression(leaf, source).into_condition(),
            Self::FullText(term) => term.condition(source, dialect).into_condition(),
            Self::Related { join, term } => {
                related(join, term, source, dialect, false).into_condition()
            }
        }
    }

    /// If the term is nothing but one condition on related rows, returns its join and the term that a related row must
    /// meet.
    fn related(&self) -> Option<(&Join, &Self)> {
        match self {
            Self::Related { join, term } => Some((join, term)),
            Self::All(terms) | Self::Any(terms) => match terms.as_slice() {
                [only] => only.related(),
                _ => None,
            },
            Self::Not(_) | Self::Leaf(_) | Self::FullText(_) => None,
        }
    }
}

/// Returns the condition on a row of `source` (a table of the statement) that at least one row related by `join` meets
/// `term`, or, if `negated`, that none does.
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
/// The most conditions beside each other.
const WIDEST: usize = 32;

/// Joins conditions by `AND` or `OR`, as `join` says: many of them in groups, since sea-query writes a chain of conditions by
/// as many calls inside each other, and SQLite parses at most a thousand.
fn joined(mut conditions: Vec<Cond>, join: fn() -> Cond) -> Cond {
    while conditions.len() > WIDEST {
        let mut rest = conditions.into_iter().peekable();
        let group = || {
            rest.peek()?;
            Some(rest.by_ref().take(WIDEST).fold(join(), Cond::add))
        };
        conditions = std::iter::from_fn(group).collect();
    }
    conditions.into_iter().fold(join(), Cond::add)
}
