//! Computed columns in the SQL of MySQL and MariaDB.

use sea_query::{Expr, MysqlQueryBuilder};

use super::{
    super::computed::{Computes, inlined},
    MySqlDialect,
    declares::BYTEWISE,
};
use crate::{
    cell::Type,
    model::{Column, Computation, JsonPath},
};

impl Computes for MySqlDialect {
    fn computed(&self, column: &Column, computation: &Computation) -> String {
        let value = match computation {
            Computation::Expression(value) => value.clone(),
            Computation::Member(document, path) => member(column, document, path),
        };
        let cast = match &column.ty {
            Type::Text | Type::Enum(_) => {
                let collated = format!("CONVERT(? USING utf8mb4) COLLATE {BYTEWISE}");
                return inlined(Expr::cust_with_expr(collated, value), MysqlQueryBuilder);
            }
            Type::Boolean | Type::Integer { signed: true, .. } => "CAST(? AS SIGNED)",
            Type::Integer { signed: false, .. } => "CAST(? AS UNSIGNED)",
            Type::Float => "CAST(? AS DOUBLE)",
            Type::Bytes => "CAST(? AS BINARY)",
            Type::Date => "CAST(? AS DATE)",
            Type::Time => "CAST(? AS TIME(6))",
            Type::Timestamp | Type::ZonedTimestamp => "CAST(? AS DATETIME(6))",
            // A cast would give a decimal another scale.
            Type::Decimal => "CONVERT(? USING utf8mb4)",
            Type::Uuid | Type::Json | Type::Other => "?",
        };
        inlined(Expr::cust_with_expr(cast, value), MysqlQueryBuilder)
    }

    fn whole(&self, expression: Expr) -> String {
        inlined(expression, MysqlQueryBuilder)
    }
}

/// Returns the value at a path in a document, or null if it is of another type.
fn member(column: &Column, document: &Expr, path: &JsonPath) -> Expr {
    let ty = || Expr::cust_with_expr("JSON_TYPE(?)", scalar(document, path));
    let text = || Expr::cust_with_expr("JSON_UNQUOTE(?)", scalar(document, path));
    let (least, greatest) = column.integers();
    let value = match column.ty {
        Type::Boolean => {
            Expr::cust_with_exprs("CASE ? WHEN 'BOOLEAN' THEN ? = 'true' END", [ty(), text()])
        }
        Type::Integer { .. } => Expr::cust_with_exprs(
            format!(
                "CASE WHEN ? IN ('INTEGER', 'UNSIGNED INTEGER') AND CAST(? AS DECIMAL(65)) BETWEEN {least} AND {greatest} \
                 THEN ? END"
            ),
            [ty(), text(), text()],
        ),
        Type::Decimal => Expr::cust_with_exprs(
            "CASE WHEN ? IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') AND CHAR_LENGTH(?) <= 1000 \
             AND ? NOT REGEXP '[^0-9.-]' THEN ? END",
            [ty(), text(), text(), text()],
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
        | Type::Other => Expr::cust_with_exprs(
            "CASE WHEN ? = 'STRING' AND LOCATE(CHAR(0), ?) = 0 THEN ? END",
            [ty(), text(), text()],
        ),
    };
    // An index of what is no array would be that of an array with it alone.
    path.arrays().fold(value, |value, array| {
        let array = match array.steps() {
            [] => document.clone(),
            _ => inner(document.clone(), &array),
        };
        Expr::cust_with_exprs(
            "CASE WHEN JSON_TYPE(?) = 'ARRAY' THEN ? END",
            [array, value],
        )
    })
}

/// Returns the object or array at a path in a document; another value only on MySQL. MariaDB's `JSON_EXTRACT` compares
/// names as they are written, so that `"w\u006fod"` is not `wood` to it, and its `JSON_QUERY` reads their escapes.
fn inner(document: Expr, path: &JsonPath) -> Expr {
    let parts = [document, Expr::val(path.to_string())];
    let text = "/*M!100203 JSON_QUERY*//*!80000 JSON_EXTRACT*/(?, ?)";
    Expr::cust_with_exprs(text, parts)
}

/// Returns the value at a path in a document, with its quotes if it is a text; null if it is an array. Appending to
/// what is no array makes it the first item of one, which [`inner`] then returns.
fn scalar(document: &Expr, path: &JsonPath) -> Expr {
    let parts = [document.clone(), Expr::val(path.to_string())];
    let appended = Expr::cust_with_exprs("JSON_ARRAY_APPEND(?, ?, 0)", parts);
    let parts = [inner(document.clone(), path), inner(appended, path)];
    let text = "CASE WHEN JSON_TYPE(?) = 'ARRAY' THEN NULL ELSE JSON_EXTRACT(?, '$[0]') END";
    Expr::cust_with_exprs(text, parts)
}
