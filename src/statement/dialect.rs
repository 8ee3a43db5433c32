//! What differs from database to database in the text of a statement.

use sea_query::{
    BinOper, ColumnType, Expr, ExprTrait, Query, SelectStatement, TableCreateStatement,
};

use super::{
    names::{NUMBER, listed_name},
    source::Source,
    term::{Form, Leaf, Term},
};
use crate::{
    cell::{Type, Value},
    model::{Column, Join},
    predicate::{Matching, Operator, Place},
};

/// How one database writes what every database can say.
pub(crate) trait Dialect: Send + Sync {
    /// That a column's value compares with another, as the database stores it.
    fn compare(&self, number: u16, column: &Column, operator: Operator, value: &Value) -> Term;

    /// That a column's value is one of a list.
    fn one_of(&self, number: u16, column: &Column, values: &[Value]) -> Term;

    /// That a text stands in a column.
    fn matches(&self, number: u16, column: &Column, matching: Matching, text: &str) -> Term;

    /// What a part of a date is compared with.
    fn part(&self, value: &Value) -> Value {
        value.clone()
    }

    /// The SQL of a comparison.
    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr;

    /// Whether there is a row.
    fn exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows)
    }

    /// Whether there is none: a form from which a planner makes an anti-join.
    fn not_exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows).not()
    }

    /// Whether the keys of related rows are listed once, and not looked for in each row that leads to them.
    fn lists_related(&self, _here: Source<'_>, _join: &Join) -> bool {
        false
    }

    /// That the keys are among those of related rows, which are listed once.
    fn is_listed(&self, listed: Expr) -> Expr {
        listed
    }

    /// That a condition is false or null.
    fn is_not_true(&self, condition: Expr) -> Expr {
        Expr::cust_with_expr("(?) IS NOT TRUE", condition)
    }

    /// What is read to show a column, where `value` is a value of it.
    fn shown(&self, _column: &Column, value: Expr) -> Expr {
        value
    }

    /// What is ordered by, where `value` is a value of the column. It may be in the text several times.
    fn order_value(&self, column: &Column, value: Expr) -> Expr;

    /// The collation of what is ordered by, said of the whole: a subselect has none. The value is in the text once.
    fn order_collation(&self, _column: &Column, value: Expr) -> Expr {
        value
    }

    /// What orders values of a column that are equal and shown differently, if there are such.
    fn tie_break(&self, column: &Column, value: Expr) -> Option<Expr> {
        matches!(column.ty, Type::Text | Type::Enum(_)).then(|| self.key(column, value))
    }

    /// What is compared to tell keys apart, where `value` is a value of the column: equal exactly where the cells are,
    /// and stored in a form of the column.
    fn key(&self, column: &Column, value: Expr) -> Expr;

    /// That values of two columns are the same key.
    fn same(&self, left: (&Column, Expr), right: (&Column, Expr)) -> Expr {
        self.key(left.0, left.1).eq(self.key(right.0, right.1))
    }

    /// Whether the database may take values of the column for equal whose cells differ, by its type or collation.
    fn takes_for_equal(&self, column: &Column) -> bool;

    /// That a column holds the part of a key, as the database compares it. Default: as any value of its type.
    fn is_key(&self, number: u16, column: &Column, part: &Value) -> Term {
        self.key_of(number, column, part)
    }

    /// That a column holds the part of a key that the database can hold.
    fn key_of(&self, number: u16, column: &Column, part: &Value) -> Term {
        match (&column.ty, part) {
            (Type::Text, Value::Text(_)) => Term::leaf(number, Form::Key, vec![part.clone()]),
            // No database writes a number so.
            (_, Value::Decimal(text)) if has_leading_zero(text) => Term::Any(Vec::new()),
            _ => self.compare(number, column, Operator::Equal, part),
        }
    }

    /// That a column holds the key in another, the parent's, as the foreign key of the database compares it: by the type
    /// and collation of the parent's column.
    fn refers(&self, child: (&Column, Expr), parent: (&Column, Expr)) -> Expr;

    /// A list of as many rows, as a subselect: in each a number of its own, then a value for each column of the source, as
    /// the columns `n`, `k0`, `k1`, …, which have the types and collations of the source's. Rows may be repeated.
    fn list(&self, source: Source<'_>, columns: &[u16], rows: usize) -> SelectStatement;

    /// The rows of a [`list`](Self::list), each with its number, as the values of its placeholders.
    fn list_values(&self, rows: Vec<Vec<Value>>) -> Vec<Value> {
        rows.into_iter().flatten().collect()
    }

    /// A value of the column as [`keep`](Self::keep) compares it.
    fn key_value(&self, column: &Column, value: &Value) -> Value;

    /// Keeps the rows whose values of the columns are together one of as many rows of placeholders, of which some may be
    /// equal. More may be kept: who reads them tells the keys apart.
    fn keep(&self, select: &mut SelectStatement, keys: Vec<(&Column, Expr)>, rows: usize);

    /// How often [`keep`](Self::keep) has the values of the columns in the text, one list of rows after the other.
    fn keeps_times(&self, _columns: &[&Column]) -> usize {
        1
    }

    /// Whether an ordering that says where nulls go has its expression in the text twice.
    fn orders_nulls_apart(&self) -> bool {
        false
    }

    /// How a column of a new table is declared, where the model does not say it as this database does.
    fn declares(&self, _column: &Column, _is_indexed: bool) -> Declares {
        Declares::default()
    }

    /// The text of a statement that creates a table.
    fn table(&self, table: &TableCreateStatement) -> String;

    /// How many values a statement takes.
    fn most_values(&self) -> usize;

    /// The text of a statement, with placeholders.
    fn text(&self, select: &SelectStatement) -> String;
}

/// What a new table says of a column.
#[derive(Debug, Default)]
pub(crate) struct Declares {
    /// Its type, if another than the model's.
    pub(crate) ty: Option<ColumnType>,
    /// A collation in which texts are equal and ordered by their bytes, if that must be said.
    pub(crate) collation: Option<&'static str>,
}

fn has_leading_zero(decimal: &str) -> bool {
    let digits = decimal.strip_prefix('-').unwrap_or(decimal);
    let rest = digits.strip_prefix('0');
    rest.is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
}

/// The first part of a list of keys: no row, in the types and collations of the columns.
pub(super) fn typed_list(source: Source<'_>, columns: &[u16]) -> SelectStatement {
    let mut typed = Query::select();
    typed.from(source.table());
    typed.expr_as(Expr::cust("-1"), NUMBER);
    for (at, (_, value)) in columns
        .iter()
        .filter_map(|column| source.at(*column))
        .enumerate()
    {
        typed.expr_as(value, listed_name(at));
    }
    typed.and_where(Expr::cust("1 = 0"));
    typed
}

/// Stands for a value in the text; the value itself is bound from the statement's own list.
pub(super) fn placeholder() -> Expr {
    Expr::val(0)
}

pub(super) fn sql_operator(operator: Operator) -> BinOper {
    match operator {
        Operator::Equal => BinOper::Equal,
        Operator::Less => BinOper::SmallerThan,
        Operator::LessOrEqual => BinOper::SmallerThanOrEqual,
        Operator::Greater => BinOper::GreaterThan,
        Operator::GreaterOrEqual => BinOper::GreaterThanOrEqual,
    }
}

/// A value as a column can hold it.
pub(super) enum Held {
    Itself(Value),
    /// It cannot; this is the greatest below it that it can.
    Above(Value),
    /// It cannot; this is the least above it that it can.
    Below(Value),
}

impl Held {
    /// In a column that counts microseconds.
    pub(super) fn in_micros(value: &Value) -> Self {
        let rounded = value.in_whole_micros();
        match rounded == *value {
            true => Self::Itself(rounded),
            false => Self::Above(rounded),
        }
    }

    /// The comparison that the same values of the column meet; none where no value does.
    pub(super) fn compared(self, operator: Operator) -> Option<(Operator, Value)> {
        let rises = matches!(operator, Operator::Greater | Operator::GreaterOrEqual);
        Some(match self {
            Self::Itself(value) => (operator, value),
            _ if operator == Operator::Equal => return None,
            Self::Above(value) if rises => (Operator::Greater, value),
            Self::Above(value) => (Operator::LessOrEqual, value),
            Self::Below(value) if rises => (Operator::GreaterOrEqual, value),
            Self::Below(value) => (Operator::Less, value),
        })
    }

    /// What an equal value of the column is; none where there is none.
    pub(super) fn equal(self) -> Option<Value> {
        self.compared(Operator::Equal).map(|(_, value)| value)
    }
}

/// The number that a float of 32 bits holds in its place; itself where that would be none, or zero.
#[expect(clippy::cast_possible_truncation, reason = "that is the point")]
pub(super) fn single(number: f64) -> f64 {
    let single = f64::from(number as f32);
    if single.is_finite() && single != 0.0 {
        single
    } else {
        number
    }
}

/// Lists of one shape share a plan: their last value is repeated up to a power of two.
pub(super) fn padded(values: &[Value]) -> Vec<Value> {
    let padding = values.len().next_power_of_two() - values.len();
    let last = values.last().into_iter().cycle().take(padding);
    values.iter().chain(last).cloned().collect()
}

/// A list of values so often.
pub(super) fn repeated(values: &[Value], times: usize) -> Vec<Value> {
    let all = std::iter::repeat_n(values, times);
    all.flatten().cloned().collect()
}

/// The pattern of a text that stands at a place, where `any` stands for any characters.
pub(super) fn pattern(
    place: Place,
    any: char,
    text: &str,
    escape: fn(char, &mut String),
) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    if matches!(place, Place::Inside | Place::End) {
        pattern.push(any);
    }
    text.chars().for_each(|char| escape(char, &mut pattern));
    if matches!(place, Place::Inside | Place::Start) {
        pattern.push(any);
    }
    pattern
}

/// Escapes what has a meaning of its own in `LIKE … ESCAPE '\'`.
pub(super) fn like_escape(char: char, pattern: &mut String) {
    if matches!(char, '%' | '_' | '\\') {
        pattern.push('\\');
    }
    pattern.push(char);
}

/// The same where a backslash may be an escape of the text's own: `ESCAPE '!'`.
pub(super) fn bang_escape(char: char, pattern: &mut String) {
    if matches!(char, '%' | '_' | '!') {
        pattern.push('!');
    }
    pattern.push(char);
}
