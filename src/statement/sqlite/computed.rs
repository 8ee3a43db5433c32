//! Computed columns in the SQL of SQLite.

use sea_query::{Expr, SqliteQueryBuilder};

use super::{
    super::computed::{Computes, inlined},
    SqliteDialect,
    expressions::bytewise,
};
use crate::{
    cell::Type,
    model::{Column, Computation, JsonPath},
};

impl Computes for SqliteDialect {
    fn computed(&self, column: &Column, computation: &Computation) -> String {
        let value = match computation {
            Computation::Expression(value) => value.clone(),
            Computation::Member(document, path) => member(column, document, path),
        };
        let value = match column.ty.is_textual() {
            true => bytewise(value),
            false => value,
        };
        inlined(value, SqliteQueryBuilder)
    }

    fn whole(&self, expression: Expr) -> String {
        inlined(expression, SqliteQueryBuilder)
    }
}

/// Returns the value at a path in a document, or null if it is of another type or the document is none.
fn member(column: &Column, document: &Expr, path: &JsonPath) -> Expr {
    let (least, greatest) = column.integers();
    let value = match column.ty {
        Type::Boolean => "CASE WHEN json_type($D, $P) IN ('true', 'false') THEN json_extract($D, $P) END".to_owned(),
        Type::Integer { .. } => format!(
            "CASE WHEN json_type($D, $P) = 'integer' AND typeof(json_extract($D, $P)) = 'integer' \
             AND json_extract($D, $P) BETWEEN {least} AND {greatest} THEN json_extract($D, $P) END"
        ),
        // The operator `->` keeps the digits.
        Type::Decimal => "CASE WHEN json_type($D, $P) IN ('integer', 'real') AND length($D -> $P) <= 1000 \
             AND ($D -> $P) NOT GLOB '*[^0-9.-]*' THEN $D -> $P END"
            .to_owned(),
        Type::Float | Type::Text | Type::Enum(_) | Type::Bytes | Type::Date | Type::Time | Type::Timestamp | Type::ZonedTimestamp | Type::Uuid | Type::Json | Type::Other => "CASE WHEN json_type($D, $P) = 'text' AND instr(json_extract($D, $P), char(0)) = 0 THEN json_extract($D, $P) END"
            .to_owned(),
    };
    let text = format!("CASE WHEN typeof($D) = 'text' AND json_valid($D) THEN {value} END");
    let path = Expr::val(path.to_string());
    let parts = text
        .split('$')
        .skip(1)
        .map(|part| match part.starts_with('D') {
            true => document.clone(),
            false => path.clone(),
        });
    let parts: Vec<_> = parts.collect();
    Expr::cust_with_exprs(text.replace("$D", "?").replace("$P", "?"), parts)
}
