//! Computed columns in the SQL of PostgreSQL.

use sea_query::{Expr, ExprTrait as _, PostgresQueryBuilder};

use super::{
    super::computed::{Computes, inlined},
    PostgresDialect,
    documents::READABLE,
    expressions::bytes,
};
use crate::{
    cell::Type,
    model::{Column, Computation, JsonPath, JsonStep},
};

impl Computes for PostgresDialect {
    fn computed(&self, column: &Column, computation: &Computation) -> String {
        let value = match computation {
            Computation::Expression(value) => value.clone(),
            Computation::Member(document, path) => member(column, document.clone(), path),
        };
        let value = match &column.ty {
            Type::Text | Type::Enum(_) => bytes(value),
            Type::Boolean => value.cast_as("boolean"),
            Type::Integer { .. } => value.cast_as("bigint"),
            Type::Float => value.cast_as("double precision"),
            Type::Decimal => value.cast_as("numeric"),
            Type::Bytes => value.cast_as("bytea"),
            Type::Date => value.cast_as("date"),
            Type::Time => value.cast_as("time"),
            Type::Timestamp => value.cast_as("timestamp"),
            Type::ZonedTimestamp => value.cast_as("timestamptz"),
            Type::Uuid => value.cast_as("uuid"),
            Type::Json => value.cast_as("json"),
            Type::Other => value,
        };
        inlined(value, PostgresQueryBuilder)
    }

    fn whole(&self, expression: Expr) -> String {
        inlined(expression, PostgresQueryBuilder)
    }
}

/// Returns the value at a path in a document, or null if it is of another type.
fn member(column: &Column, document: Expr, path: &JsonPath) -> Expr {
    let document = document.cast_as("json");
    let found = at(&document, path.steps(), "#>");
    let (least, greatest) = column.integers();
    let value = match column.ty {
        Type::Boolean => {
            let text_of = "CASE CAST($1 AS text) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END";
            Expr::cust_with_expr(text_of, found)
        }
        Type::Integer { .. } => Expr::cust_with_expr(
            format!(
                "CASE WHEN CAST($1 AS text) ~ '^-{{0,1}}[0-9]{{1,19}}\\Z' THEN \
                 CASE WHEN CAST(CAST($1 AS text) AS numeric) BETWEEN {least} AND {greatest} \
                 THEN CAST(CAST($1 AS text) AS numeric) END END"
            ),
            found,
        ),
        Type::Decimal => Expr::cust_with_expr(
            "CASE WHEN CAST($1 AS text) ~ '^-{0,1}[0-9]+([.][0-9]+){0,1}\\Z' AND length(CAST($1 AS text)) <= 1000 \
             THEN CAST(CAST($1 AS text) AS numeric) END",
            found,
        ),
        Type::Float
        | Type::Text
        | Type::Enum(_)
        | Type::Bytes
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::ZonedTimestamp
        | Type::Uuid
        | Type::Json
        | Type::Other => {
            let texts = [found, at(&document, path.steps(), "#>>")];
            Expr::cust_with_exprs("CASE json_typeof($1) WHEN 'string' THEN $2 END", texts)
        }
    };
    let kinds = kinds(&document, path.steps()).into_iter();
    let value = kinds.fold(value, |value, kind| {
        Expr::cust_with_exprs("CASE WHEN $1 THEN $2 END", [kind, value])
    });
    Expr::cust_with_exprs(READABLE, [document, value])
}

/// Returns the conditions that indices are of arrays, and members named by a number of objects: the operators take the
/// one for the other.
fn kinds(document: &Expr, steps: &[JsonStep]) -> Vec<Expr> {
    let kind = |(index, step): (usize, &JsonStep)| {
        let kind = match step {
            JsonStep::Index(_) => "array",
            JsonStep::Member(name) if name.parse::<i64>().is_ok() => "object",
            JsonStep::Member(_) => return None,
        };
        let before = at(document, steps.get(..index).unwrap_or_default(), "#>");
        Some(Expr::cust_with_exprs(
            "json_typeof($1) = $2",
            [before, Expr::val(kind)],
        ))
    };
    steps.iter().enumerate().filter_map(kind).collect()
}

/// Returns the value at a path, by an operator.
fn at(document: &Expr, steps: &[JsonStep], operator: &str) -> Expr {
    if steps.is_empty() {
        return document.clone();
    }
    // No name has a quote or a backslash.
    let names = steps.iter().map(|step| match step {
        JsonStep::Member(name) => format!("\"{name}\""),
        JsonStep::Index(index) => index.to_string(),
    });
    let names = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
    let parts = [document.clone(), Expr::val(names).cast_as("text[]")];
    Expr::cust_with_exprs(format!("($1 {operator} $2)"), parts)
}
