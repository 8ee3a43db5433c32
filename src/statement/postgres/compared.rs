//! Comparisons of a column with values, in the SQL of PostgreSQL.

use sea_query::{Expr, ExprTrait as _};

use super::{
    super::{
        dialect::{placeholder, sql_operator},
        term::{ComparisonForm, Leaf},
    },
    arrays, documents,
    expressions::{
        bytes, date_part, is_checked, like, like_ignoring_case, parameter, pattern_of, text,
    },
    readable::readable,
};
use crate::model::Column;

/// Returns the SQL of a comparison; `own` is the expression of the column's value.
pub(super) fn compared(leaf: &Leaf, column: &Column, own: Expr) -> Expr {
    let mut values = leaf.values.iter().map(|_| parameter(column));
    let mut value = || values.next().unwrap_or_else(|| Expr::cust("NULL"));
    match leaf.form {
        ComparisonForm::Plain(operator) | ComparisonForm::Decimal(operator) => {
            let compared = own.clone().binary(sql_operator(operator), value());
            match readable(column, own, operator) {
                Some(readable) => compared.and(readable),
                None => compared,
            }
        }
        ComparisonForm::Exact if is_checked(column) => {
            (own.clone().eq(value())).and(bytes(own).eq(placeholder()))
        }
        ComparisonForm::Exact | ComparisonForm::Key => own.eq(value()),
        ComparisonForm::ExactDecimal => (own.clone().eq(value())).and(text(own).eq(placeholder())),
        ComparisonForm::ExactIn if is_checked(column) => {
            let half = leaf.values.len() / 2;
            (own.clone().is_in(values.take(half))).and(bytes(own).is_in(vec![placeholder(); half]))
        }
        ComparisonForm::In | ComparisonForm::ExactIn | ComparisonForm::DecimalIn => {
            own.is_in(values)
        }
        ComparisonForm::PartIn(part) => {
            date_part(column, own, part).is_in(leaf.values.iter().map(|_| placeholder()))
        }
        ComparisonForm::DatePart(part, operator) => {
            date_part(column, own, part).binary(sql_operator(operator), placeholder())
        }
        ComparisonForm::Pattern => {
            let both = [pattern_of(column, own), placeholder()];
            Expr::cust_with_exprs(like(column), both)
        }
        ComparisonForm::PatternIgnoringCase => {
            let both = [pattern_of(column, own), placeholder()];
            Expr::cust_with_exprs(like_ignoring_case(column), both)
        }
        ComparisonForm::Regex => Expr::cust_with_exprs("($1 ~ $2)", [bytes(own), placeholder()]),
        ComparisonForm::Array(operator) => arrays::compared(column, own, operator),
        ComparisonForm::HasKey => documents::has_key(column, own),
        ComparisonForm::True => own,
        ComparisonForm::False => own.not(),
        ComparisonForm::Null => own.is_null(),
        // Only the other databases use these forms.
        ComparisonForm::Between
        | ComparisonForm::ShortestIn
        | ComparisonForm::ExactIgnoringCase => Expr::cust("1 = 0"),
    }
}
