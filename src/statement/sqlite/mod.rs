//! SQLite's dialect. Dates, times, timestamps and decimals are stored as texts.

mod computed;
mod estimated;
mod expressions;
mod full_text;
mod groups;
mod moments;
mod readable;
mod searched;
mod stored;

use sea_query::{
    BinOper, Cond, DeleteStatement, Expr, ExprTrait, Func, InsertStatement, JoinType, LikeExpr,
    Query, SelectStatement, SqliteQueryBuilder, TableCreateStatement, UnionType, UpdateStatement,
    ValueTuple,
};

use self::{
    expressions::{
        as_decimal, bytewise, collated, date_part, day_as_text, glob_escape, has_key,
        is_ordered_as_stored, truth,
    },
    moments::{is_spelled, one_spelling, shortest, spelled},
    readable::readable_if,
    searched::is_searched,
    stored::{OFFSET, span, stored},
};
use super::{
    Dialect,
    dialect::{
        Declares, like_escape, padded, pattern, placeholder, returning, sql_operator, typed_list,
    },
    names::LISTED,
    source::Source,
    term::{ComparisonForm, Leaf, Term},
};
use crate::{
    cell::{Type, Value},
    model::{Column, ColumnNumber, Join, TimestampFormat},
    pattern::Pattern,
    predicate::{Anchor, Matching, Operator},
};

pub(crate) use self::expressions::{AVERAGE, DECIMAL_COLLATION, REGEX_FUNCTION, SUM};

/// The dialect of SQLite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn compare(
        &self,
        number: ColumnNumber,
        column: &Column,
        operator: Operator,
        value: &Value,
    ) -> Term {
        let plain =
            |operator, value| Term::leaf(number, ComparisonForm::Plain(operator), vec![value]);
        match (&column.ty, value) {
            (Type::Boolean, Value::Boolean(value)) if let Some(truths) = column.storage.truths => {
                let text = if *value { truths.yes } else { truths.no };
                Term::leaf(
                    number,
                    ComparisonForm::Exact,
                    vec![Value::Text(text.to_owned())],
                )
            }
            (Type::Boolean, Value::Boolean(value)) => Term::leaf(
                number,
                if *value {
                    ComparisonForm::True
                } else {
                    ComparisonForm::False
                },
                Vec::new(),
            ),
            (Type::Decimal, _) => Term::leaf(
                number,
                ComparisonForm::Decimal(operator),
                vec![stored(value, column)],
            ),
            (Type::Text | Type::Enum(_), _) if operator == Operator::Equal => {
                Term::leaf(number, ComparisonForm::Exact, vec![value.clone()])
            }
            _ => {
                let (least, greatest) = span(value, column);
                match operator {
                    Operator::Equal if least == greatest => plain(operator, least),
                    Operator::Equal => {
                        Term::leaf(number, ComparisonForm::Between, vec![least, greatest])
                    }
                    Operator::Less | Operator::GreaterOrEqual => plain(operator, least),
                    Operator::Greater | Operator::LessOrEqual => plain(operator, greatest),
                }
            }
        }
    }

    fn one_of(&self, number: ColumnNumber, column: &Column, values: &[Value]) -> Term {
        if values.is_empty() {
            return Term::Any(Vec::new());
        }
        let is_range = |value: &Value| {
            let (least, greatest) = span(value, column);
            least != greatest
        };
        let form = match column.ty {
            Type::Text | Type::Enum(_) => ComparisonForm::ExactIn,
            Type::Float if values.iter().any(is_range) => {
                let (ranges, exact): (Vec<_>, Vec<_>) = values.iter().cloned().partition(is_range);
                let equal = |value| self.compare(number, column, Operator::Equal, value);
                let mut each: Vec<_> = padded(&ranges).iter().map(equal).collect();
                if !exact.is_empty() {
                    each.push(Term::leaf(number, ComparisonForm::In, padded(&exact)));
                }
                return Term::Any(each);
            }
            Type::Decimal => ComparisonForm::DecimalIn,
            Type::Boolean => {
                let equal = |value| self.compare(number, column, Operator::Equal, value);
                return Term::Any(values.iter().map(equal).collect());
            }
            Type::Time | Type::Timestamp | Type::ZonedTimestamp if !is_spelled(column) => {
                ComparisonForm::ShortestIn
            }
            _ => ComparisonForm::In,
        };
        let stored: Vec<Value> = values.iter().map(|value| stored(value, column)).collect();
        Term::leaf(number, form, padded(&stored))
    }

    fn matches(&self, at: ColumnNumber, column: &Column, matching: Matching, text: &str) -> Term {
        let Matching { place, ignore_case } = matching;
        let (form, text) = match (place, ignore_case) {
            (Anchor::Whole, true) => (ComparisonForm::ExactIgnoringCase, text.to_owned()),
            (Anchor::Whole, false) if column.ty == Type::Decimal => {
                (ComparisonForm::ExactDecimal, text.to_owned())
            }
            (Anchor::Whole, false) => (ComparisonForm::Exact, text.to_owned()),
            (_, true) => (
                ComparisonForm::PatternIgnoringCase,
                pattern(place, '%', text, like_escape),
            ),
            (_, false) => (
                ComparisonForm::Pattern,
                pattern(place, '*', text, glob_escape),
            ),
        };
        Term::leaf(at, form, vec![Value::Text(text)])
    }

    fn regex(&self, pattern: &Pattern) -> Vec<String> {
        vec![pattern.text()]
    }

    fn part(&self, value: &Value) -> Value {
        day_as_text(value)
    }

    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr {
        let Some((model, stored)) = source.at(leaf.column) else {
            return Expr::cust("1 = 0");
        };
        let column = spelled(model, stored.clone());
        let mut values = leaf.values.iter().map(|_| placeholder());
        let mut value = || values.next().unwrap_or_else(|| Expr::cust("NULL"));
        let compared = match leaf.form {
            ComparisonForm::Plain(operator) => column.binary(sql_operator(operator), value()),
            ComparisonForm::Decimal(operator) => {
                as_decimal(column).binary(sql_operator(operator), value())
            }
            ComparisonForm::Key => match &model.collation {
                Some(collation) => collated(column, collation).eq(value()),
                None => column.eq(value()),
            },
            ComparisonForm::Exact | ComparisonForm::ExactDecimal => bytewise(column).eq(value()),
            ComparisonForm::ExactIgnoringCase => {
                Expr::cust_with_expr("? COLLATE NOCASE", column).eq(value())
            }
            ComparisonForm::Between => column.between(value(), value()),
            ComparisonForm::In => column.is_in(values),
            ComparisonForm::ExactIn => bytewise(column).is_in(values),
            ComparisonForm::DecimalIn => as_decimal(column).is_in(values),
            ComparisonForm::ShortestIn => shortest(column).is_in(values),
            ComparisonForm::PartIn(part) => date_part(column, part).is_in(values),
            ComparisonForm::Pattern => column.binary(BinOper::Custom("GLOB"), value()),
            ComparisonForm::PatternIgnoringCase => column.like(LikeExpr::new("?").escape('\\')),
            ComparisonForm::Regex => Func::cust(REGEX_FUNCTION).arg(value()).arg(column).into(),
            ComparisonForm::HasKey => has_key(value(), column),
            // Only PostgreSQL has arrays.
            ComparisonForm::Array(_) => Expr::cust("1 = 0"),
            ComparisonForm::DatePart(part, operator) => {
                date_part(column, part).binary(sql_operator(operator), value())
            }
            ComparisonForm::True => Expr::cust_with_expr("? <> 0", column.clone())
                .and(Expr::cust_with_expr("typeof(?) = 'integer'", column)),
            ComparisonForm::False => Expr::cust_with_expr("? = 0", column.clone())
                .and(Expr::cust_with_expr("typeof(?) = 'integer'", column)),
            ComparisonForm::Null => stored.clone().is_null(),
        };
        match readable_if(leaf.form, model, &stored) {
            Some(readable) => compared.and(readable),
            None => compared,
        }
    }

    /// Writes `(EXISTS …) IS TRUE`: SQLite 3.51 turns a bare `EXISTS` into a join, and then counts every match as a row
    /// that `OFFSET` skips.
    fn exists(&self, rows: SelectStatement) -> Expr {
        Expr::cust_with_expr("(?) IS TRUE", Expr::exists(rows))
    }

    fn not_exists(&self, rows: SelectStatement) -> Expr {
        Expr::cust_with_expr("(?) IS NOT TRUE", Expr::exists(rows))
    }

    /// On SQLite, conditions on related rows list the related keys, as in `key IN (SELECT …)`, if no index serves the
    /// join: a lookup would then read all related rows for each row of the list, but the list of keys reads them once.
    /// With an index, or for a single row, a lookup is cheaper.
    fn lists_related(&self, here: Source<'_>, join: &Join) -> bool {
        !here.is_one() && !is_searched(self, here, join)
    }

    fn is_not_true(&self, condition: Expr) -> Expr {
        Expr::cust_with_expr("(?) IS NOT TRUE", condition)
    }

    fn order_value(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Boolean => truth(column, value),
            Type::Time | Type::Timestamp | Type::ZonedTimestamp => one_spelling(column, value),
            _ => value,
        }
    }

    /// Names the column's own collation only if `value` is a subselect, which drops it. Elsewhere SQLite applies it by
    /// itself.
    fn order_collation(&self, column: &Column, value: Expr) -> Expr {
        let is_inside = matches!(value, Expr::SubQuery(..));
        match &column.own_collation {
            _ if column.ty == Type::Decimal => as_decimal(value),
            Some(collation) if is_inside && is_ordered_as_stored(column) => {
                collated(value, collation)
            }
            Some(_) | None => value,
        }
    }

    fn orders_some_as_null(&self, column: &Column) -> bool {
        column.ty == Type::Boolean || is_spelled(column)
    }

    fn key(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Text | Type::Enum(_) | Type::Decimal => bytewise(value),
            Type::Boolean => truth(column, value),
            _ if is_spelled(column) => spelled(column, value),
            Type::Time => readable::if_readable(column, &value, shortest(value.clone())),
            Type::Timestamp | Type::ZonedTimestamp => match column.storage.timestamp {
                TimestampFormat::Millis => value,
                TimestampFormat::Space | TimestampFormat::T | TimestampFormat::Any => {
                    readable::if_readable(column, &value, shortest(value.clone()))
                }
                TimestampFormat::Offset | TimestampFormat::SpaceOffset => {
                    let whole = format!("? || '{OFFSET}'");
                    let whole = Expr::cust_with_expr(whole, shortest(value.clone()));
                    readable::if_readable(column, &value, whole)
                }
            },
            _ => value,
        }
    }

    /// In SQLite, texts are compared by the collation of the column, which may ignore differences. The collation is
    /// known only for inspected tables.
    fn takes_for_equal(&self, column: &Column) -> bool {
        let is_plain = !column.storage.cast && !column.storage.bytewise;
        column.ty == Type::Text && is_plain && !column.storage.exact
    }

    /// SQLite compares two columns by the collation of the left one. The parent's column is on the left, since a
    /// foreign key compares by its collation.
    fn refers(&self, child: (&Column, Expr), parent: (&Column, Expr)) -> Expr {
        parent.1.eq(child.1)
    }

    /// Lists the keys by a union, whose first part selects the columns of `source` without any row, and so gives it their
    /// collations. `UNION` keeps these, and drops repeated rows.
    fn list(&self, source: Source<'_>, columns: &[ColumnNumber], rows: usize) -> SelectStatement {
        let width = columns.len() + 1;
        let row = ValueTuple::Many(vec![0.into(); width]);
        let mut values = Query::select();
        values.from_values(vec![row; rows], LISTED);
        for at in 1..=width {
            values.expr(Expr::col((LISTED, format!("column{at}"))));
        }
        let mut list = typed_list(source, columns);
        list.union(UnionType::Distinct, values);
        list
    }

    fn key_value(&self, column: &Column, value: &Value) -> Value {
        let has_offset = matches!(
            column.storage.timestamp,
            TimestampFormat::Offset | TimestampFormat::SpaceOffset
        );
        let is_moment = matches!(value, Value::Timestamp(_) | Value::ZonedTimestamp(_));
        match stored(value, column) {
            Value::Text(text) if has_offset && is_moment => Value::Text(text + OFFSET),
            stored => stored,
        }
    }

    /// If the keys have several columns, joins the list of keys: with `(a, b) IN (…)`, SQLite would not use an index if
    /// a column is compared by an explicit collation.
    fn keep(&self, select: &mut SelectStatement, keys: Vec<(&Column, Expr)>, rows: usize) {
        let keys = keys
            .into_iter()
            .map(|(column, value)| self.key(column, value));
        let keys: Vec<_> = keys.collect();
        if rows == 1 {
            for key in keys {
                select.and_where(key.eq(placeholder()));
            }
            return;
        }
        if let [key] = &*keys {
            select.and_where(key.clone().is_in(vec![0; rows]));
            return;
        }
        let column = |at: usize| Expr::col((LISTED, format!("column{at}")));
        let row = ValueTuple::Many(vec![0.into(); keys.len()]);
        let mut listed = Query::select();
        listed.distinct().from_values(vec![row; rows], LISTED);
        let mut same = Cond::all();
        for (at, key) in (1..).zip(keys) {
            listed.expr(column(at));
            same = same.add(key.eq(column(at)));
        }
        select.join_subquery(JoinType::InnerJoin, listed, LISTED, same);
    }

    /// SQLite's limit: <https://www.sqlite.org/limits.html#max_variable_number>.
    fn most_values(&self) -> usize {
        32_766
    }

    fn declares(&self, _column: &Column, _is_indexed: bool) -> Declares {
        Declares::default()
    }

    fn table(&self, table: &TableCreateStatement) -> String {
        table.to_string(SqliteQueryBuilder)
    }

    fn text(&self, select: &SelectStatement) -> String {
        let sql = select.build(SqliteQueryBuilder).0;
        // SQLite inspects the value of a bare `LIMIT ?`, and so prepares the statement again for every request.
        for (bare, planned_once) in [
            (" LIMIT ? OFFSET ?", " LIMIT ? + 0 OFFSET ?"),
            (" LIMIT ?", " LIMIT ? + 0"),
        ] {
            if let Some(start) = sql.strip_suffix(bare) {
                return format!("{start}{planned_once}");
            }
        }
        sql
    }

    fn insert(&self, insert: InsertStatement, returned: Vec<Expr>) -> String {
        returning(insert, returned).build(SqliteQueryBuilder).0
    }

    fn update(&self, update: &UpdateStatement) -> String {
        update.build(SqliteQueryBuilder).0
    }

    fn delete(&self, delete: &DeleteStatement) -> String {
        delete.build(SqliteQueryBuilder).0
    }

    fn returns_rows(&self) -> bool {
        true
    }

    /// SQLite's documentation leaves the order of rows of `RETURNING` open.
    fn returns_in_order(&self) -> bool {
        false
    }

    fn written(&self, column: &Column, value: &Value) -> Value {
        stored::written(value, column)
    }
}
