//! The [`Dialect`] trait: the parts of a statement's text that differ between databases.

use sea_query::{
    BinOper, ColumnType, DeleteStatement, Expr, ExprTrait, InsertStatement, Query, SelectStatement,
    TableCreateStatement, UpdateStatement,
};

use super::{
    computed::Computes,
    estimated::Estimates,
    full_text::Searches,
    group_dialect::GroupDialect,
    names::{KEY_POSITION, listed_name},
    source::Source,
    term::{ComparisonForm, Leaf, Term},
};
use crate::{
    cell::{Type, Value},
    model::{Column, ColumnNumber, Join},
    pattern::Pattern,
    predicate::{Anchor, ArrayOperator, Matching, Operator},
};

/// The SQL of one database, for the parts of statements that databases write differently.
pub(crate) trait Dialect: Computes + Estimates + GroupDialect + Searches {
    /// Returns the comparison of a column with a value, which is converted to the form in which the database stores it.
    fn compare(
        &self,
        number: ColumnNumber,
        column: &Column,
        operator: Operator,
        value: &Value,
    ) -> Term;

    /// Returns the condition that a column's value is one of `values`.
    fn one_of(&self, number: ColumnNumber, column: &Column, values: &[Value]) -> Term;

    /// Returns the condition that a column's text equals, contains, begins with or ends with `text`, as `matching`
    /// says.
    fn matches(&self, at: ColumnNumber, column: &Column, matching: Matching, text: &str) -> Term;

    /// Returns the texts that are bound for a regular expression, in the syntax of the database.
    fn regex(&self, pattern: &Pattern) -> Vec<String>;

    /// Returns the condition that a column's array has the items as the operator says. Default: no array has, since the
    /// database has none.
    fn array(
        &self,
        _number: ColumnNumber,
        _column: &Column,
        _operator: ArrayOperator,
        _items: &[Value],
    ) -> Term {
        Term::Any(Vec::new())
    }

    /// Returns the condition that a column's document is an object with a member named `key`.
    fn has_key(&self, number: ColumnNumber, key: &str) -> Term {
        let key = Value::Text(key.to_owned());
        Term::leaf(number, ComparisonForm::HasKey, vec![key])
    }

    /// Returns `value` in the form in which it is compared with a part of a date, as in `built__date=2014-01-02`.
    fn part(&self, value: &Value) -> Value {
        value.clone()
    }

    /// Returns the SQL of the comparison `leaf`, on a column of the table `source`.
    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr;

    /// Returns the condition that the subselect `rows` returns at least one row.
    fn exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows)
    }

    /// Returns the condition that the subselect `rows` returns no row, in a form that a planner turns into an
    /// anti-join.
    fn not_exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows).not()
    }

    /// Whether a condition on related rows, as in `parts__name=bolt`, is written as `key IN (SELECT …)` and not as
    /// `EXISTS (…)`. The select of `IN` lists the keys of all related rows that meet the condition, once. `EXISTS`
    /// looks for related rows once for each row of the list.
    fn lists_related(&self, _here: Source<'_>, _join: &Join) -> bool {
        false
    }

    /// Returns the condition `listed`, of the form `key IN (SELECT …)`, written so that the database runs its select
    /// only once.
    fn is_listed(&self, listed: Expr) -> Expr {
        listed
    }

    /// Returns the condition that holds where `condition` is false or null.
    fn is_not_true(&self, condition: Expr) -> Expr;

    /// Returns the expression to select for a column that is shown to clients, given the expression of its stored
    /// value.
    fn shown(&self, _column: &Column, value: Expr) -> Expr {
        value
    }

    /// Returns the expression that a column is ordered by. It may contain `value` several times.
    fn order_value(&self, column: &Column, value: Expr) -> Expr;

    /// Returns `value`, a complete expression to order by, with the column's collation added. If `value` is a
    /// subselect, a collation inside it would have no effect. The result contains `value` once.
    fn order_collation(&self, _column: &Column, value: Expr) -> Expr {
        value
    }

    /// Returns a further expression to order by, for values that are equal in the order of the column but shown
    /// differently, such as `Kia` and `kia`; `None` if the column cannot hold such values.
    fn tie_break(&self, column: &Column, value: Expr) -> Option<Expr> {
        column.ty.is_textual().then(|| self.key(column, value))
    }

    /// Returns the expression by which a column's values are compared as keys, in a form that the column can store. Two
    /// such expressions are equal exactly when clients see the same value in both rows.
    fn key(&self, column: &Column, value: Expr) -> Expr;

    /// Returns the condition that the values of two columns are the same key.
    fn same(&self, left: (&Column, Expr), right: (&Column, Expr)) -> Expr {
        self.key(left.0, left.1).eq(self.key(right.0, right.1))
    }

    /// Whether the database may take two values of the column for equal that clients see as different, such as `Kia`
    /// and `kia`, because of the column's type or collation.
    fn takes_for_equal(&self, column: &Column) -> bool;

    /// Returns the condition that a column equals `part`, the part of a key in a URL that belongs to the column, such
    /// as the 1 of `/cars/1/`. The database's own comparison decides. Default: [`key_of`](Self::key_of).
    fn is_key(&self, number: ColumnNumber, column: &Column, part: &Value) -> Term {
        self.key_of(number, column, part)
    }

    /// Returns the condition that a column equals `part`, the part of a key that belongs to the column. The database
    /// must be able to store `part`.
    fn key_of(&self, number: ColumnNumber, column: &Column, part: &Value) -> Term {
        match (&column.ty, part) {
            (Type::Text, Value::Text(_)) => {
                Term::leaf(number, ComparisonForm::Key, vec![part.clone()])
            }
            // No database formats a number with a leading zero.
            (_, Value::Decimal(text)) if has_leading_zero(text) => Term::Any(Vec::new()),
            _ => self.compare(number, column, Operator::Equal, part),
        }
    }

    /// Returns the condition that a child's column refers to a parent's column. They are compared as by a foreign key
    /// of the database: by the type and collation of the parent's column.
    fn refers(&self, child: (&Column, Expr), parent: (&Column, Expr)) -> Expr;

    /// Returns a subselect that lists `rows` keys, whose values are placeholders. Each row of the subselect has the
    /// position of a key among the given ones, from zero, then the key's value for each of the `columns`. The
    /// subselect's columns are named `n`, `k0`, `k1`, …; the key columns have the types and collations of the columns
    /// of `source`. A key may be listed twice, with the same position.
    fn list(&self, source: Source<'_>, columns: &[ColumnNumber], rows: usize) -> SelectStatement;

    /// Returns the values in the order of the placeholders of a [`list`](Self::list). Each of the `rows` is a key after
    /// its position.
    fn list_values(&self, rows: Vec<Vec<Value>>) -> Vec<Value> {
        rows.into_iter().flatten().collect()
    }

    /// Returns `value`, the part of a key that belongs to the column, in the form that [`keep`](Self::keep) compares
    /// with the column.
    fn key_value(&self, column: &Column, value: &Value) -> Value;

    /// Restricts the select to rows whose key columns, `keys`, equal one of `rows` listed keys, as in `(a, b) IN (…)`.
    /// Each listed key is a list of placeholders, and some of them may get equal values. The select may also return
    /// rows with other keys, so the caller must compare the keys of the returned rows.
    fn keep(&self, select: &mut SelectStatement, keys: Vec<(&Column, Expr)>, rows: usize);

    /// Returns how many times the text of [`keep`](Self::keep) contains the whole list of placeholders.
    fn keeps_times(&self, _columns: &[&Column]) -> usize {
        1
    }

    /// Whether an ordering that says where nulls go contains its expression twice: `x IS NULL, x` for `x NULLS LAST`.
    fn orders_nulls_apart(&self) -> bool {
        false
    }

    /// Whether the expression that rows are ordered by may be null for a stored value of the column, such as one that
    /// cannot be read.
    fn orders_some_as_null(&self, _column: &Column) -> bool {
        false
    }

    /// Whether an index is searched by a comparison of rows, as in `(a, b) > (1, 2)`.
    fn searches_rows(&self) -> bool {
        true
    }

    /// Returns an expression that compares with values as `key`, by which rows are ordered, sorts.
    fn sorted(&self, _column: &Column, key: Expr) -> Expr {
        key
    }

    /// Returns the value of `key`, by which rows are ordered, in a form that can be bound again.
    fn mark(&self, _column: &Column, key: Expr) -> Expr {
        key
    }

    /// Returns the type and the collation with which a new table declares a column, as far as they differ from the
    /// model's.
    fn declares(&self, column: &Column, is_indexed: bool) -> Declares;

    /// Returns the text of a statement that creates a table.
    fn table(&self, table: &TableCreateStatement) -> String;

    /// Returns the maximum number of bound values of a statement.
    fn most_values(&self) -> usize;

    /// Returns the text of a statement, with placeholders.
    fn text(&self, select: &SelectStatement) -> String;

    /// Returns the SQL text of the insert. It returns the expressions `returned` of each new row, if there are any.
    fn insert(&self, insert: InsertStatement, returned: Vec<Expr>) -> String;

    fn update(&self, update: &UpdateStatement) -> String;

    fn delete(&self, delete: &DeleteStatement) -> String;

    /// Returns how a statement that writes rows checks and shows them before it commits itself; `None` if there are no
    /// such statements.
    fn confirms(&self) -> Option<&'static dyn Confirms> {
        None
    }

    /// Whether an insert returns cells of the new row, by `RETURNING`.
    fn returns_rows(&self) -> bool;

    /// Whether an insert of several rows returns their cells in the order of the rows.
    fn returns_in_order(&self) -> bool;

    /// Returns a value in the form in which the column is to store it.
    fn written(&self, column: &Column, value: &Value) -> Value;

    /// Returns the expression that a column is set to, given the placeholder of its value.
    fn assigned(&self, _column: &Column, placeholder: Expr) -> Expr {
        placeholder
    }
}

/// How a database declares a column in a new table, where that differs from the model.
#[derive(Debug, Default)]
pub(crate) struct Declares {
    /// The type of the column in this database; `None` if it is the model's.
    pub(crate) ty: Option<ColumnType>,
    /// The name of the collation that compares texts by their bytes; `None` if none need be declared.
    pub(crate) collation: Option<&'static str>,
}

fn has_leading_zero(decimal: &str) -> bool {
    let digits = decimal.strip_prefix('-').unwrap_or(decimal);
    let rest = digits.strip_prefix('0');
    rest.is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
}

/// Returns the first part of the union that a [`list`](Dialect::list) of keys is: a select without rows, which gives
/// the union's columns the types and collations of the source's columns.
pub(super) fn typed_list(source: Source<'_>, columns: &[ColumnNumber]) -> SelectStatement {
    let mut typed = Query::select();
    typed.from(source.table());
    typed.expr_as(Expr::cust("-1"), KEY_POSITION);
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

/// The SQL of statements that write rows, check and show them, and commit themselves.
pub(crate) trait Confirms: Send + Sync {
    /// Returns a number to return of each new row of `source`. Its evaluation fails if the row does not meet `check`,
    /// or if what the statement returns need not be what it leaves behind.
    fn confirmed(&self, check: Expr, source: Source<'_>) -> Expr;

    /// Whether a check on rows of other tables still holds once the last of several new rows is inserted.
    fn checks_related_of_many(&self) -> bool;

    /// Returns the SQL text that changes a row and returns a number and `shown` of it. It changes nothing if the row
    /// does not meet `check` afterwards.
    fn update(
        &self,
        update: UpdateStatement,
        check: Expr,
        source: Source<'_>,
        shown: Vec<Expr>,
    ) -> String;

    /// Returns the size in bytes of the value of an expression; zero for a null.
    fn size(&self, value: Expr) -> Expr;
}

/// Returns a placeholder, such as `?`. The value in the expression is not used: the statement binds its own list of
/// values.
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

/// Rounds a number to a float of 32 bits. A number that would become infinite or zero is returned unchanged.
#[expect(clippy::cast_possible_truncation, reason = "that is the point")]
pub(super) fn single(number: f64) -> f64 {
    let single = f64::from(number as f32);
    if single.is_finite() && single != 0.0 {
        single
    } else {
        number
    }
}

/// Whether the number is a float of 32 bits.
#[cfg(feature = "postgres")]
#[expect(clippy::cast_possible_truncation, reason = "that is the point")]
pub(super) fn is_single(number: f64) -> bool {
    f64::from(number as f32).total_cmp(&number).is_eq()
}

/// Returns the values, with the last one repeated until the length is a power of two, so that lists of similar length
/// share a plan (the text of a statement).
pub(super) fn padded(values: &[Value]) -> Vec<Value> {
    let padding = values.len().next_power_of_two() - values.len();
    let last = values.last().into_iter().cycle().take(padding);
    values.iter().chain(last).cloned().collect()
}

/// Returns the values `times` times, one copy after the other.
pub(super) fn repeated(values: &[Value], times: usize) -> Vec<Value> {
    let all = std::iter::repeat_n(values, times);
    all.flatten().cloned().collect()
}

/// Returns the pattern that matches values with `text` at `place`, such as `text%` for the start. `any` is the wildcard
/// for any characters; `escape` appends a character of the text to the pattern.
pub(super) fn pattern(
    place: Anchor,
    any: char,
    text: &str,
    escape: fn(char, &mut String),
) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    if matches!(place, Anchor::Inside | Anchor::End) {
        pattern.push(any);
    }
    text.chars().for_each(|char| escape(char, &mut pattern));
    if matches!(place, Anchor::Inside | Anchor::Start) {
        pattern.push(any);
    }
    pattern
}

/// Appends a character to a pattern for `LIKE … ESCAPE '\'`, with a `\` before it if it is special.
pub(super) fn like_escape(char: char, pattern: &mut String) {
    if matches!(char, '%' | '_' | '\\') {
        pattern.push('\\');
    }
    pattern.push(char);
}

/// Appends a character to a pattern for `LIKE … ESCAPE '!'`, with a `!` before it if it is special. Unlike a backslash,
/// `!` is never an escape of the SQL text itself.
pub(super) fn bang_escape(char: char, pattern: &mut String) {
    if matches!(char, '%' | '_' | '!') {
        pattern.push('!');
    }
    pattern.push(char);
}

/// Returns the insert with a clause `RETURNING`, if expressions are to be returned.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) fn returning(mut insert: InsertStatement, returned: Vec<Expr>) -> InsertStatement {
    if !returned.is_empty() {
        insert.returning(Query::returning().exprs(returned));
    }
    insert
}
