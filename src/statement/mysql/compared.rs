//! Comparisons of a column with values, in the SQL of MySQL and MariaDB.

use sea_query::{Expr, ExprTrait};

use super::{
    super::{
        dialect::{placeholder, sql_operator},
        term::{ComparisonForm, Leaf},
    },
    expressions::{bytes, date_part, folded, has_key, in_shown_order, like, number, regex, truth},
    shown::readable,
};
use crate::{model::Column, predicate::Operator};

/// Returns the SQL of a comparison; `own` is the expression of the column's value.
pub(super) fn compared(leaf: &Leaf, column: &Column, own: Expr) -> Expr {
    let values = || leaf.values.iter().map(|_| placeholder());
    match leaf.form {
        ComparisonForm::Plain(operator) => {
            let compared = match operator {
                Operator::Equal => own.clone(),
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => in_shown_order(column, own.clone()),
            };
            readable(
                column,
                own,
                compared.binary(sql_operator(operator), placeholder()),
            )
        }
        ComparisonForm::Decimal(operator) => {
            number(column, own).binary(sql_operator(operator), placeholder())
        }
        ComparisonForm::Key => own.eq(placeholder()),
        ComparisonForm::Exact | ComparisonForm::ExactDecimal => {
            (own.clone().eq(placeholder())).and(bytes(own).eq(bytes(placeholder())))
        }
        ComparisonForm::ExactIgnoringCase => folded(own).eq(folded(placeholder())),
        ComparisonForm::In => own.is_in(values()),
        ComparisonForm::ExactIn => {
            let half = leaf.values.len() / 2;
            (own.clone().is_in(values().take(half)))
                .and(bytes(own).is_in(values().skip(half).map(bytes)))
        }
        ComparisonForm::DecimalIn => number(column, own).is_in(values()),
        ComparisonForm::PartIn(part) => {
            readable(column, own.clone(), date_part(own, part).is_in(values()))
        }
        ComparisonForm::DatePart(part, operator) => readable(
            column,
            own.clone(),
            date_part(own, part).binary(sql_operator(operator), placeholder()),
        ),
        ComparisonForm::Pattern if leaf.values.len() > 1 => {
            like(own.clone(), placeholder()).and(like(bytes(own), bytes(placeholder())))
        }
        ComparisonForm::Pattern => like(bytes(own), bytes(placeholder())),
        ComparisonForm::PatternIgnoringCase => like(folded(own), folded(placeholder())),
        ComparisonForm::Regex => regex(own),
        ComparisonForm::HasKey => has_key(own, placeholder()),
        ComparisonForm::True => truth(own),
        ComparisonForm::False => Expr::cust_with_expr("(? = 0)", own),
        ComparisonForm::Null => own.is_null(),
        // Only the other databases have these forms.
        ComparisonForm::Between | ComparisonForm::ShortestIn | ComparisonForm::Array(_) => {
            Expr::cust("1 = 0")
        }
    }
}
