//! Arrays in the SQL of PostgreSQL. A list of items is bound as one text, such as `{"red","blue"}`, and cast.

use sea_query::{ColumnType, Expr, ExprTrait as _};

use super::{
    super::{
        dialect::{is_single, placeholder, repeated},
        fitted::FittedValue,
        term::{ComparisonForm, Term},
    },
    expressions::{has_nul, is_checked, stored, text},
};
use crate::{
    cell::{Type, Value},
    model::{Column, ColumnNumber},
    predicate::ArrayOperator,
};

/// Returns the condition that the array of a column has the items as the operator says.
pub(super) fn term(
    number: ColumnNumber,
    column: &Column,
    operator: ArrayOperator,
    items: &[Value],
) -> Term {
    let Some(element) = column.element() else {
        return Term::Any(Vec::new());
    };
    let held = items.iter().filter_map(|item| held(element, item));
    let held: Vec<Value> = held.collect();
    // No element equals an item that the type cannot hold.
    if operator == ArrayOperator::Contains && held.len() < items.len() {
        return Term::Any(Vec::new());
    }
    let times = if is_checked(element) { 2 } else { 1 };
    let array = Value::Text(literal(&held));
    Term::leaf(
        number,
        ComparisonForm::Array(operator),
        repeated(&[array], times),
    )
}

/// Returns an item in the form of an element; `None` if no element can hold it.
fn held(element: &Column, item: &Value) -> Option<Value> {
    let item = stored(element, item);
    let is_beyond = match &item {
        Value::Float(number) => element.storage.single && !is_single(*number),
        item => has_nul(item),
    };
    FittedValue::in_micros(&item).equal().filter(|_| !is_beyond)
}

/// Returns the comparison of a column's array with the placeholder of a list of items. Texts whose collation may equate
/// different ones are also compared by their bytes.
pub(super) fn compared(column: &Column, own: Expr, operator: ArrayOperator) -> Expr {
    let Some(element) = column.element() else {
        return Expr::cust("1 = 0");
    };
    let ty = array_type(element);
    let operator = match operator {
        ArrayOperator::Contains => "($1 @> $2)",
        ArrayOperator::ContainedBy => "($1 <@ $2)",
        ArrayOperator::Overlaps => "($1 && $2)",
    };
    let compared = |own: Expr| {
        let items = text(placeholder()).cast_as(ty);
        Expr::cust_with_exprs(operator, [own, items])
    };
    // The cast does nothing, and an index serves the column, unless the model has another type than the table.
    let own = own.cast_as(ty);
    match is_checked(element) {
        true => {
            let bytes = Expr::cust_with_expr("$1 COLLATE \"C\"", own.clone());
            compared(own).and(compared(bytes))
        }
        false => compared(own),
    }
}

/// Returns the name of the type of arrays with such elements.
fn array_type(element: &Column) -> &'static str {
    match &element.ty {
        Type::Boolean => "boolean[]",
        Type::Integer { bits: 8 | 16, .. } => "smallint[]",
        Type::Integer { bits: 32, .. } => "integer[]",
        Type::Integer { .. } => "bigint[]",
        Type::Float if element.storage.single => "real[]",
        Type::Float => "double precision[]",
        Type::Decimal => "numeric[]",
        Type::Text if matches!(element.declared, Some(ColumnType::String(_))) => "varchar[]",
        // As texts, padded ones without their padding.
        Type::Text | Type::Enum(_) | Type::Json | Type::Other => "text[]",
        Type::Bytes => "bytea[]",
        Type::Date => "date[]",
        Type::Time => "time[]",
        Type::Timestamp => "timestamp[]",
        Type::ZonedTimestamp => "timestamptz[]",
        Type::Uuid => "uuid[]",
    }
}

/// Writes an array as PostgreSQL reads it from a text.
fn literal(items: &[Value]) -> String {
    let quoted = items.iter().map(|item| {
        let text = item_text(item).replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{text}\"")
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

fn item_text(item: &Value) -> String {
    let text = item.as_cell().to_string();
    match item {
        Value::Bytes(bytes) => {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
            format!("\\x{}", hex.collect::<String>())
        }
        // The year before the year 1 is 1 BC.
        Value::Date(_) | Value::Timestamp(_) | Value::ZonedTimestamp(_)
            if let Some(rest) = text.strip_prefix("0000") =>
        {
            format!("0001{rest} BC")
        }
        Value::Boolean(_)
        | Value::Integer(_)
        | Value::Unsigned(_)
        | Value::Float(_)
        | Value::Decimal(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Timestamp(_)
        | Value::ZonedTimestamp(_)
        | Value::Infinite(_)
        | Value::Uuid(_)
        | Value::Stored(_) => text,
    }
}
