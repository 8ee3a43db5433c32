//! JSON documents in the SQL of PostgreSQL.

use sea_query::{BinOper, Expr, ExprTrait as _};

use super::{super::dialect::placeholder, expressions::text};
use crate::model::Column;

/// The second expression where the document, the first, can be searched. One of the type `json` may escape what no text
/// holds, a zero byte or half of a surrogate pair, on which the operators fail wherever in the document it is.
pub(super) const READABLE: &str = concat!(
    r"CASE WHEN position('\u' IN CAST($1 AS text)) = 0 OR regexp_replace(CAST($1 AS text), ",
    r"'\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}', '.', 'g') ",
    r"!~ '\\u(0000|[dD][89a-fA-F])' THEN $2 END"
);

/// Returns the condition that a document is an object with a member of the name of a placeholder. An index on a column
/// of the type `jsonb` serves it. A document of the type `json` is not converted, since it may have numbers that `jsonb`
/// cannot hold.
pub(super) fn has_key(column: &Column, own: Expr) -> Expr {
    if column.storage.jsonb {
        let document = own.cast_as("jsonb");
        let is_object = Expr::cust_with_expr("jsonb_typeof($1) = 'object'", document.clone());
        return is_object.and(document.binary(BinOper::Custom("?"), text(placeholder())));
    }
    let document = own.cast_as("json");
    let member = [document.clone(), text(placeholder())];
    let has_key = Expr::cust_with_exprs("($1 -> $2) IS NOT NULL", member);
    Expr::cust_with_exprs(READABLE, [document, has_key])
}
