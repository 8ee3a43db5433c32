//! SQLite's dialect: values stored as text, comparisons made exact, patterns escaped.

use sea_query::{
    BinOper, Cond, Expr, ExprTrait, JoinType, LikeExpr, Query, SelectStatement, SqliteQueryBuilder,
    TableCreateStatement, ValueTuple,
};

use super::{
    Dialect,
    dialect::{like_escape, padded, pattern, placeholder, sql_operator},
    source::Source,
    term::{Form, Leaf, Term},
};
use crate::{
    cell::{
        BODY_BYTES, Fraction, Time, Timestamp, Type, Value, write_date, write_text, write_time,
    },
    model::{Column, TimestampFormat, UuidFormat},
    predicate::{Matching, Operator, Part, Place},
};

/// The collation that orders decimal texts as numbers, on the connections that have it.
pub(crate) const DECIMAL_COLLATION: &str = "tower_rest_decimal";

/// The name of a list of keys beside a table.
const LISTED: &str = "k0";

/// What ends a timestamp stored with its offset.
const OFFSET: &str = "+00:00";

/// SQLite's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn compare(&self, number: u16, column: &Column, operator: Operator, value: &Value) -> Term {
        let plain = |operator, value| Term::leaf(number, Form::Plain(operator), vec![value]);
        match (&column.ty, value) {
            (Type::Boolean, Value::Boolean(value)) => Term::leaf(
                number,
                if *value { Form::True } else { Form::False },
                Vec::new(),
            ),
            (Type::Decimal, _) => {
                Term::leaf(number, Form::Decimal(operator), vec![stored(value, column)])
            }
            (Type::Text | Type::Enum(_), _) if operator == Operator::Equal => {
                Term::leaf(number, Form::Exact, vec![value.clone()])
            }
            _ => {
                let (least, greatest) = span(value, column);
                match operator {
                    Operator::Equal if least == greatest => plain(operator, least),
                    Operator::Equal => Term::leaf(number, Form::Between, vec![least, greatest]),
                    Operator::Less | Operator::GreaterOrEqual => plain(operator, least),
                    Operator::Greater | Operator::LessOrEqual => plain(operator, greatest),
                }
            }
        }
    }

    fn one_of(&self, number: u16, column: &Column, values: &[Value]) -> Term {
        if values.is_empty() {
            return Term::Any(Vec::new());
        }
        let form = match column.ty {
            Type::Text | Type::Enum(_) => Form::ExactIn,
            Type::Decimal => Form::DecimalIn,
            Type::Boolean => {
                let equal = |value| self.compare(number, column, Operator::Equal, value);
                return Term::Any(values.iter().map(equal).collect());
            }
            Type::Time | Type::Timestamp | Type::ZonedTimestamp => Form::ShortestIn,
            _ => Form::In,
        };
        let stored: Vec<Value> = values.iter().map(|value| stored(value, column)).collect();
        Term::leaf(number, form, padded(&stored))
    }

    fn matches(&self, number: u16, column: &Column, matching: Matching, text: &str) -> Term {
        let Matching { place, ignore_case } = matching;
        let (form, text) = match (place, ignore_case) {
            (Place::Whole, true) => (Form::ExactIgnoringCase, text.to_owned()),
            (Place::Whole, false) if column.ty == Type::Decimal => {
                (Form::ExactDecimal, text.to_owned())
            }
            (Place::Whole, false) => (Form::Exact, text.to_owned()),
            (_, true) => (
                Form::PatternIgnoringCase,
                pattern(place, '%', text, like_escape),
            ),
            (_, false) => (Form::Pattern, pattern(place, '*', text, glob_escape)),
        };
        Term::leaf(number, form, vec![Value::Text(text)])
    }

    fn part(&self, value: &Value) -> Value {
        day_as_text(value)
    }

    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr {
        let Some((_, column)) = source.at(leaf.column) else {
            return Expr::cust("1 = 0");
        };
        let mut values = leaf.values.iter().map(|_| placeholder());
        let mut value = || values.next().unwrap_or_else(|| Expr::cust("NULL"));
        match leaf.form {
            Form::Plain(operator) => column.binary(sql_operator(operator), value()),
            Form::Decimal(operator) => as_decimal(column).binary(sql_operator(operator), value()),
            Form::Exact | Form::ExactDecimal => bytewise(column).eq(value()),
            Form::ExactIgnoringCase => Expr::cust_with_expr("? COLLATE NOCASE", column).eq(value()),
            Form::Between => column.between(value(), value()),
            Form::In => column.is_in(values),
            Form::ExactIn => bytewise(column).is_in(values),
            Form::DecimalIn => as_decimal(column).is_in(values),
            Form::ShortestIn => shortest(column).is_in(values),
            Form::PartIn(part) => date_part(column, part).is_in(values),
            Form::Pattern => column.binary(BinOper::Custom("GLOB"), value()),
            Form::PatternIgnoringCase => column.like(LikeExpr::new("?").escape('\\')),
            Form::Part(part, operator) => {
                date_part(column, part).binary(sql_operator(operator), value())
            }
            Form::True => Expr::cust_with_expr("? <> 0", column.clone())
                .and(Expr::cust_with_expr("typeof(?) = 'integer'", column)),
            Form::False => Expr::cust_with_expr("? = 0", column),
            Form::Null => column.is_null(),
        }
    }

    /// A bare `EXISTS` becomes a join, of which SQLite 3.51 takes every match for a row that `OFFSET` skips.
    fn exists(&self, rows: SelectStatement) -> Expr {
        Expr::cust_with_expr("(?) IS TRUE", Expr::exists(rows))
    }

    fn order_key(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Decimal => as_decimal(value),
            Type::Boolean => truth(value),
            _ => value,
        }
    }

    fn key(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Text | Type::Enum(_) | Type::Decimal => bytewise(value),
            Type::Boolean => truth(value),
            Type::Time => shortest(value),
            Type::Timestamp | Type::ZonedTimestamp => match column.storage.timestamp {
                TimestampFormat::Millis => value,
                TimestampFormat::Space | TimestampFormat::T => shortest(value),
                TimestampFormat::Offset => {
                    Expr::cust_with_expr(format!("? || '{OFFSET}'"), shortest(value))
                }
            },
            _ => value,
        }
    }

    fn key_value(&self, column: &Column, value: &Value) -> Value {
        let has_offset = column.storage.timestamp == TimestampFormat::Offset;
        let is_moment = matches!(value, Value::Timestamp(_) | Value::ZonedTimestamp(_));
        match stored(value, column) {
            Value::Text(text) if has_offset && is_moment => Value::Text(text + OFFSET),
            stored => stored,
        }
    }

    /// Several columns are joined with the list: in an `IN` of rows of values, a collation keeps indexes from serving.
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

    /// <https://www.sqlite.org/limits.html#max_variable_number>
    fn most_values(&self) -> usize {
        32_766
    }

    fn table(&self, table: &TableCreateStatement) -> String {
        table.to_string(SqliteQueryBuilder)
    }

    fn text(&self, select: &SelectStatement) -> String {
        let sql = select.build(SqliteQueryBuilder).0;
        // SQLite looks at the value of a bare `LIMIT ?`, and so prepares the statement again for every request.
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
}

/// Byte for byte, whatever collation the column is declared with.
fn bytewise(column: Expr) -> Expr {
    Expr::cust_with_expr("? COLLATE BINARY", column)
}

/// As numbers.
fn as_decimal(column: Expr) -> Expr {
    Expr::cust_with_expr(format!("? COLLATE {DECIMAL_COLLATION}"), column)
}

/// Every integer but 0 is true, and what is no integer is shown as null.
fn truth(column: Expr) -> Expr {
    let twice = [column.clone(), column];
    Expr::cust_with_exprs("CASE typeof(?) WHEN 'integer' THEN ? <> 0 END", twice)
}

/// Every part stands at the same place in every text of a date or timestamp.
fn date_part(column: Expr, part: Part) -> Expr {
    let text = match part {
        Part::Year => "substr(?, 1, 4)",
        Part::Month => "substr(?, 6, 2)",
        Part::Day => "substr(?, 9, 2)",
        Part::Date => return Expr::cust_with_expr("substr(?, 1, 10)", column),
    };
    Expr::cust_with_expr(text, column).cast_as("integer")
}

/// The text of a time or timestamp without an offset and without the zeros at the end of its fraction.
fn shortest(column: Expr) -> Expr {
    Expr::cust_with_exprs(
        "CASE WHEN instr(?, '.') THEN rtrim(rtrim(replace(?, '+00:00', ''), '0'), '.') \
         ELSE replace(?, '+00:00', '') END",
        [column.clone(), column.clone(), column],
    )
}

fn day_as_text(value: &Value) -> Value {
    match value {
        Value::Date(date) => Value::Text(date.to_string()),
        value => value.clone(),
    }
}

fn glob_escape(char: char, pattern: &mut String) {
    if matches!(char, '*' | '?' | '[') {
        pattern.extend(['[', char, ']']);
    } else {
        pattern.push(char);
    }
}

/// A value as the column stores it.
fn stored(value: &Value, column: &Column) -> Value {
    span(value, column).0
}

/// The least and the greatest stored form of a value. `05`, `05.0` and `05.000000000` are one moment, and sort between
/// the shortest and the longest of them whatever the number of digits.
fn span(value: &Value, column: &Column) -> (Value, Value) {
    let one = |text: Vec<u8>| {
        let value = as_text(text);
        (value.clone(), value)
    };
    match value {
        Value::Date(date) => {
            let mut text = Vec::new();
            write_date(&mut text, *date);
            one(text)
        }
        Value::Time(time) => (
            time_text(*time, Fraction::Trimmed),
            time_text(*time, Fraction::Fixed(9)),
        ),
        Value::Timestamp(moment) | Value::ZonedTimestamp(moment) => {
            timestamp_span(*moment, column.storage.timestamp)
        }
        Value::Uuid(uuid) => match column.storage.uuid.unwrap_or_default() {
            UuidFormat::Bytes => {
                let bytes = Value::Bytes(uuid.to_be_bytes().to_vec());
                (bytes.clone(), bytes)
            }
            UuidFormat::Text | UuidFormat::Native => {
                let mut text = Vec::new();
                write_text(value.as_cell(), BODY_BYTES, &mut text);
                one(text)
            }
        },
        Value::Decimal(text) => one(text.clone().into_bytes()),
        value => (value.clone(), value.clone()),
    }
}

fn time_text(time: Time, fraction: Fraction) -> Value {
    let mut text = Vec::new();
    write_time(&mut text, time, fraction);
    as_text(text)
}

fn timestamp_span(moment: Timestamp, format: TimestampFormat) -> (Value, Value) {
    let text = |between, fraction, suffix: &[u8]| {
        let mut text = Vec::new();
        moment.write(&mut text, between, fraction);
        text.extend_from_slice(suffix);
        as_text(text)
    };
    let (between, suffix): (u8, &[u8]) = match format {
        TimestampFormat::Space => (b' ', b""),
        TimestampFormat::T => (b'T', b""),
        TimestampFormat::Offset => (b'T', OFFSET.as_bytes()),
        TimestampFormat::Millis => {
            let only = text(b'T', Fraction::Fixed(3), b"Z");
            return (only.clone(), only);
        }
    };
    // The least form leaves the offset out: `+` sorts before every digit and the point.
    (
        text(between, Fraction::Trimmed, b""),
        text(between, Fraction::Fixed(9), suffix),
    )
}

fn as_text(text: Vec<u8>) -> Value {
    Value::Text(String::from_utf8(text).unwrap_or_default())
}
