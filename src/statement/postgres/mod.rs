//! PostgreSQL's dialect. Bound values have types, and PostgreSQL itself orders nulls as the largest values.

mod arrays;
mod compared;
mod computed;
mod confirmed;
mod documents;
mod estimated;
mod expressions;
mod full_text;
mod groups;
mod readable;

use sea_query::{
    ColumnType, DeleteStatement, Expr, ExprTrait, Func, InsertStatement, PostgresQueryBuilder,
    Query, SelectStatement, StringLen, TableCreateStatement, UpdateStatement,
};

pub(crate) use self::confirmed::IS_PLAIN;
use self::{
    compared::compared,
    confirmed::PostgresConfirms,
    expressions::{bytes, collated, has_nul, is_checked, parameter, stored, text},
};
use super::{
    Dialect,
    dialect::{Confirms, Declares, bang_escape, padded, pattern, placeholder, repeated, returning},
    fitted::FittedValue,
    names::{KEY_POSITION, listed_name},
    source::Source,
    term::{ComparisonForm, Leaf, Term},
};
use crate::{
    cell::{Type, Value},
    model::{Column, ColumnNumber, Elements},
    pattern::{OF_POSTGRES, Pattern},
    predicate::{Anchor, ArrayOperator, Matching, Operator},
};

/// The dialect of PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn compare(
        &self,
        number: ColumnNumber,
        column: &Column,
        operator: Operator,
        value: &Value,
    ) -> Term {
        let leaf = |form, value: Value| Term::leaf(number, form, vec![value]);
        match (&column.ty, value) {
            (Type::Boolean, Value::Boolean(true)) => {
                Term::leaf(number, ComparisonForm::True, Vec::new())
            }
            (Type::Boolean, Value::Boolean(false)) => {
                Term::leaf(number, ComparisonForm::False, Vec::new())
            }
            (Type::Decimal, _) => leaf(ComparisonForm::Decimal(operator), value.clone()),
            (Type::Text | Type::Enum(_), _) if operator == Operator::Equal => {
                exact(number, column, value)
            }
            _ => match FittedValue::in_micros(&stored(column, value)).compared(operator) {
                Some((operator, value)) => leaf(ComparisonForm::Plain(operator), value),
                None => Term::Any(Vec::new()),
            },
        }
    }

    fn one_of(&self, number: ColumnNumber, column: &Column, values: &[Value]) -> Term {
        let values = values.iter().filter(|value| !has_nul(value));
        let values = values.map(|value| FittedValue::in_micros(&stored(column, value)));
        let values: Vec<Value> = values.filter_map(FittedValue::equal).collect();
        if values.is_empty() {
            return Term::Any(Vec::new());
        }
        let form = match column.ty {
            Type::Boolean => {
                let equal = |value| self.compare(number, column, Operator::Equal, value);
                return Term::Any(values.iter().map(equal).collect());
            }
            Type::Text | Type::Enum(_) => ComparisonForm::ExactIn,
            Type::Decimal => ComparisonForm::DecimalIn,
            _ => ComparisonForm::In,
        };
        let values = padded(&values);
        let times = if is_checked(column) { 2 } else { 1 };
        Term::leaf(number, form, repeated(&values, times))
    }

    fn matches(&self, at: ColumnNumber, column: &Column, matching: Matching, text: &str) -> Term {
        let Matching { place, ignore_case } = matching;
        let value = Value::Text(text.to_owned());
        if has_nul(&value) {
            return Term::Any(Vec::new());
        }
        match (place, ignore_case) {
            (Anchor::Whole, false) if column.ty == Type::Decimal => {
                Term::leaf(at, ComparisonForm::ExactDecimal, vec![value.clone(), value])
            }
            (Anchor::Whole, false) => exact(at, column, &value),
            // Equality that ignores case is written as a pattern, too, so that all comparisons ignore case in the same
            // way.
            (_, ignores) => {
                let pattern = Value::Text(pattern(place, '%', text, bang_escape));
                let form = if ignores {
                    ComparisonForm::PatternIgnoringCase
                } else {
                    ComparisonForm::Pattern
                };
                Term::leaf(at, form, vec![pattern])
            }
        }
    }

    fn regex(&self, pattern: &Pattern) -> Vec<String> {
        vec![pattern.spelled(&OF_POSTGRES)]
    }

    fn array(
        &self,
        number: ColumnNumber,
        column: &Column,
        operator: ArrayOperator,
        items: &[Value],
    ) -> Term {
        arrays::term(number, column, operator, items)
    }

    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr {
        let Some((column, own)) = source.at(leaf.column) else {
            return Expr::cust("1 = 0");
        };
        compared(leaf, column, own)
    }

    /// In PostgreSQL, `EXISTS` is never null, and its plain negation may be planned as an anti-join.
    fn not_exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows).not()
    }

    fn is_not_true(&self, condition: Expr) -> Expr {
        Expr::cust_with_expr("($1) IS NOT TRUE", condition)
    }

    fn shown(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Json => match column.storage.array {
                None | Some(Elements::ByType) => value,
                Some(Elements::AsTexts) => value.cast_as("text[]"),
                Some(Elements::AsJson) => Func::cust("to_json").arg(value).into(),
            },
            // As a text, since the driver would have to look up a user-defined type.
            Type::Other | Type::Enum(_) => text(value),
            Type::Text if is_checked(column) => text(value),
            _ => value,
        }
    }

    /// JSON documents and values of user-defined types are ordered by their texts: PostgreSQL may have no order for
    /// them, but rows without a key need one.
    fn order_value(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Json | Type::Other => text(value),
            _ => value,
        }
    }

    /// In PostgreSQL, equal numbers may be shown differently: decimals keep their scale (`1.5` and `1.50`), and a float
    /// of zero its sign.
    fn tie_break(&self, column: &Column, value: Expr) -> Option<Expr> {
        match column.ty {
            Type::Decimal | Type::Float => Some(text(value)),
            Type::Text | Type::Enum(_) => Some(self.key(column, value)),
            _ => None,
        }
    }

    fn key(&self, column: &Column, value: Expr) -> Expr {
        if column.storage.loose {
            bytes(value)
        } else {
            value
        }
    }

    /// In PostgreSQL, equal decimals may differ in scale (`1.5` and `1.50`). Equal texts may differ if the collation,
    /// the padding or the type of the column ignores differences.
    fn takes_for_equal(&self, column: &Column) -> bool {
        match column.ty {
            Type::Text => !column.storage.exact,
            ref ty => *ty == Type::Decimal,
        }
    }

    fn is_key(&self, number: ColumnNumber, column: &Column, part: &Value) -> Term {
        match part {
            Value::Text(_) if has_nul(part) => Term::Any(Vec::new()),
            part => self.key_of(number, column, part),
        }
    }

    fn refers(&self, child: (&Column, Expr), parent: (&Column, Expr)) -> Expr {
        let ((child, held), (parent, key)) = (child, parent);
        match &parent.collation {
            Some(collation) if child.ty == Type::Text => key.eq(collated(held, collation)),
            _ => key.eq(held),
        }
    }

    /// Lists the keys by an array for each column, whose elements `unnest` turns into rows. The first element of an
    /// array is a null that a subselect reads from the column of `source`. It gives the placeholders after it their
    /// type and collation.
    fn list(&self, source: Source<'_>, columns: &[ColumnNumber], rows: usize) -> SelectStatement {
        let array = |first: Expr, element: Expr| {
            let elements = std::iter::once(first).chain(vec![element; rows]);
            let places: Vec<_> = (1..=rows + 1).map(|at| format!("(${at})")).collect();
            let unnest = format!("unnest(ARRAY(VALUES {}))", places.join(", "));
            Expr::cust_with_exprs(unnest, elements)
        };
        let mut list = Query::select();
        list.distinct();
        list.expr_as(array(Expr::cust("-1"), placeholder()), KEY_POSITION);
        let columns = columns.iter().filter_map(|column| source.at(*column));
        for (at, (column, value)) in columns.enumerate() {
            let mut none = Query::select();
            none.expr(value)
                .from(source.table())
                .and_where(Expr::cust("1 = 0"));
            let none = Expr::SubQuery(None, Box::new(none.into()));
            list.expr_as(array(none, parameter(column)), listed_name(at));
        }
        list
    }

    /// Returns the values of all keys for the first column, then those for the next, since each column is an array.
    fn list_values(&self, rows: Vec<Vec<Value>>) -> Vec<Value> {
        let width = rows.first().map_or(0, Vec::len);
        let column = |at: usize| rows.iter().filter_map(move |row| row.get(at));
        (0..width).flat_map(column).cloned().collect()
    }

    fn key_value(&self, column: &Column, value: &Value) -> Value {
        stored(column, value)
    }

    fn keep(&self, select: &mut SelectStatement, keys: Vec<(&Column, Expr)>, rows: usize) {
        if rows == 1 {
            for (column, value) in keys {
                select.and_where(value.eq(parameter(column)));
            }
            return;
        }
        let row: Vec<_> = keys.iter().map(|(column, _)| parameter(column)).collect();
        let mut values = keys.into_iter().map(|(_, value)| value);
        select.and_where(match &*row {
            [only] => {
                let value = values.next().unwrap_or_else(|| Expr::cust("NULL"));
                value.is_in(vec![only.clone(); rows])
            }
            _ => Expr::tuple(values).is_in(vec![Expr::tuple(row); rows]),
        });
    }

    /// PostgreSQL's limit: <https://www.postgresql.org/docs/current/limits.html>.
    fn most_values(&self) -> usize {
        65_535
    }

    fn declares(&self, column: &Column, _is_key: bool) -> Declares {
        let ty = match &column.ty {
            Type::Integer { bits, .. } => Some(match bits {
                8 | 16 => ColumnType::SmallInteger,
                32 => ColumnType::Integer,
                _ => ColumnType::BigInteger,
            }),
            Type::Decimal if !matches!(column.declared, Some(ColumnType::Decimal(_))) => {
                Some(ColumnType::Decimal(None))
            }
            Type::Enum(_) => Some(ColumnType::String(StringLen::None)),
            Type::Other if column.declared.is_none() => Some(ColumnType::Text),
            _ => None,
        };
        let is_text = column.ty.is_textual();
        Declares {
            ty,
            collation: is_text.then_some("\"C\""),
        }
    }

    fn table(&self, table: &TableCreateStatement) -> String {
        table.to_string(PostgresQueryBuilder)
    }

    fn text(&self, select: &SelectStatement) -> String {
        select.build(PostgresQueryBuilder).0
    }

    fn insert(&self, insert: InsertStatement, returned: Vec<Expr>) -> String {
        returning(insert, returned).build(PostgresQueryBuilder).0
    }

    fn update(&self, update: &UpdateStatement) -> String {
        update.build(PostgresQueryBuilder).0
    }

    fn delete(&self, delete: &DeleteStatement) -> String {
        delete.build(PostgresQueryBuilder).0
    }

    fn confirms(&self) -> Option<&'static dyn Confirms> {
        Some(&PostgresConfirms)
    }

    fn returns_rows(&self) -> bool {
        true
    }

    /// PostgreSQL inserts the rows of `VALUES` one after the other, and returns each as it is inserted.
    fn returns_in_order(&self) -> bool {
        true
    }

    fn written(&self, column: &Column, value: &Value) -> Value {
        stored(column, value)
    }

    fn assigned(&self, column: &Column, placeholder: Expr) -> Expr {
        match column.ty {
            Type::Decimal => text(placeholder).cast_as("numeric"),
            Type::Float => placeholder.cast_as("double precision"),
            // A parameter of the type `json` or `jsonb` would have another binary format than the text that is bound.
            // Columns of both types take `json`.
            Type::Json => text(placeholder).cast_as("json"),
            Type::Other => text(placeholder),
            Type::Boolean
            | Type::Integer { .. }
            | Type::Text
            | Type::Enum(_)
            | Type::Bytes
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::ZonedTimestamp
            | Type::Uuid => placeholder,
        }
    }
}

fn exact(number: ColumnNumber, column: &Column, value: &Value) -> Term {
    if has_nul(value) {
        return Term::Any(Vec::new());
    }
    let times = if is_checked(column) { 2 } else { 1 };
    Term::leaf(number, ComparisonForm::Exact, vec![value.clone(); times])
}
