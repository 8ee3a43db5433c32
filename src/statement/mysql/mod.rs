//! The dialect of MySQL and MariaDB. It compares texts twice: by the column's collation, and byte for byte.
//!
//! Only the comparison by the collation can use an index, and only the comparison of bytes is exact.

mod compared;
mod computed;
mod confirmed;
mod decimal;
mod declares;
mod estimated;
mod expressions;
mod full_text;
mod groups;
mod shown;
mod stored;

use sea_query::{
    ColumnType, DeleteStatement, Expr, ExprTrait, Func, InsertStatement, MysqlQueryBuilder, Query,
    SelectStatement, TableCreateStatement, UnionType, UpdateStatement,
};

use super::{
    Dialect,
    dialect::{
        Confirms, Declares, bang_escape, padded, pattern, placeholder, repeated, typed_list,
    },
    fitted::FittedValue,
    source::Source,
    term::{ComparisonForm, Leaf, Term},
};
use crate::{
    cell::{Type, Value},
    model::{Column, ColumnNumber, Join},
    pattern::{OF_MYSQL, Pattern},
    predicate::{Anchor, Matching, Operator},
};

use self::{
    compared::compared,
    confirmed::MariaDbConfirms,
    expressions::{as_text, bytes, collated, in_shown_order, number, truth, typed},
    shown::is_geometry,
    stored::{ascii_start, is_enum, is_text, stored},
};

pub(crate) use self::declares::is_decimal_text;

/// The dialect of MySQL and MariaDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MySqlDialect {
    /// Compares columns as they are, so that indexes are used.
    Plain,
    /// Converts columns of texts to `utf8mb4` before they are compared with a value, so that they can be compared with
    /// characters that their character sets lack. The server refuses such a comparison without the conversion.
    Converting,
    /// As plain, and returns cells of inserted rows, as only MariaDB can.
    Returning,
}

impl Dialect for MySqlDialect {
    fn compare(
        &self,
        number: ColumnNumber,
        column: &Column,
        operator: Operator,
        value: &Value,
    ) -> Term {
        match (&column.ty, value) {
            (Type::Boolean, Value::Boolean(true)) => {
                Term::leaf(number, ComparisonForm::True, Vec::new())
            }
            (Type::Boolean, Value::Boolean(false)) => {
                Term::leaf(number, ComparisonForm::False, Vec::new())
            }
            (Type::Text | Type::Enum(_), _) if operator == Operator::Equal => exact(number, value),
            _ => match held(column, value).compared(operator) {
                Some((operator, value)) if column.ty == Type::Decimal => {
                    Term::leaf(number, ComparisonForm::Decimal(operator), vec![value])
                }
                Some((operator, value)) => {
                    Term::leaf(number, ComparisonForm::Plain(operator), vec![value])
                }
                None => Term::Any(Vec::new()),
            },
        }
    }

    fn one_of(&self, number: ColumnNumber, column: &Column, values: &[Value]) -> Term {
        if column.ty == Type::Boolean {
            let equal = |value| self.compare(number, column, Operator::Equal, value);
            return Term::Any(values.iter().map(equal).collect());
        }
        let values = values
            .iter()
            .filter_map(|value| held(column, value).equal());
        let values = padded(&values.collect::<Vec<_>>());
        match column.ty {
            _ if values.is_empty() => Term::Any(Vec::new()),
            Type::Text | Type::Enum(_) => {
                Term::leaf(number, ComparisonForm::ExactIn, repeated(&values, 2))
            }
            Type::Decimal => Term::leaf(number, ComparisonForm::DecimalIn, values),
            _ => Term::leaf(number, ComparisonForm::In, values),
        }
    }

    fn matches(&self, at: ColumnNumber, column: &Column, matching: Matching, text: &str) -> Term {
        let Matching { place, ignore_case } = matching;
        let value = Value::Text(text.to_owned());
        let pattern = |text| Value::Text(pattern(place, '%', text, bang_escape));
        match (place, ignore_case) {
            (Anchor::Whole, true) => Term::leaf(at, ComparisonForm::ExactIgnoringCase, vec![value]),
            (Anchor::Whole, false)
                if column.ty == Type::Decimal && !column.storage.decimal_text =>
            {
                match decimal::held(text).equal() {
                    Some(equal) => Term::leaf(at, ComparisonForm::ExactDecimal, vec![equal, value]),
                    None => Term::Any(Vec::new()),
                }
            }
            (Anchor::Whole, false) => exact(at, &value),
            (_, true) => Term::leaf(at, ComparisonForm::PatternIgnoringCase, vec![pattern(text)]),
            (Anchor::Start, false) => {
                let narrows = Some(ascii_start(text)).filter(|start| !start.is_empty());
                let patterns = narrows.into_iter().chain([text]).map(pattern);
                Term::leaf(at, ComparisonForm::Pattern, patterns.collect())
            }
            (_, false) => Term::leaf(at, ComparisonForm::Pattern, vec![pattern(text)]),
        }
    }

    fn regex(&self, pattern: &Pattern) -> Vec<String> {
        let found = pattern.spelled(&OF_MYSQL);
        let missed = expressions::missed(&found);
        vec![found, missed]
    }

    fn has_key(&self, number: ColumnNumber, key: &str) -> Term {
        let key = Value::Text(pattern(Anchor::Whole, '%', key, bang_escape));
        Term::leaf(number, ComparisonForm::HasKey, vec![key])
    }

    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr {
        let Some((column, own)) = source.at(leaf.column) else {
            return Expr::cust("1 = 0");
        };
        let own = match *self == Self::Converting && is_text(column) {
            true => Expr::cust_with_expr("CONVERT(? USING utf8mb4)", own),
            false => own,
        };
        let compared = compared(leaf, column, own.clone());
        // Bytes that are not valid text are shown as null.
        match column.storage.utf8 && leaf.form != ComparisonForm::Null {
            true => compared.and(bytes(own.clone()).eq(own)),
            false => compared,
        }
    }

    /// In MySQL, `EXISTS` is never null, and its plain negation may be planned as an anti-join.
    fn not_exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows).not()
    }

    /// On MySQL, conditions on related rows list the related keys, as in `key IN (SELECT …)`, only within another
    /// subselect. MariaDB turns an outermost `EXISTS` into a join, but runs a nested one for each row. Keys that are
    /// texts are not listed: a list compares their bytes, which no index serves.
    fn lists_related(&self, here: Source<'_>, join: &Join) -> bool {
        let is_text = |at: ColumnNumber| here.at(at).is_some_and(|(own, _)| is_text(own));
        here.is_inside() && !join.here().any(is_text)
    }

    /// `IS TRUE` keeps MySQL's planner from turning `key IN (SELECT …)` into a join, which may read many related rows
    /// for each row of the list. The subselect is then read once, or searched by an index.
    fn is_listed(&self, listed: Expr) -> Expr {
        Expr::cust_with_expr("(?) IS TRUE", listed)
    }

    fn is_not_true(&self, condition: Expr) -> Expr {
        Expr::cust_with_expr("(?) IS NOT TRUE", condition)
    }

    fn shown(&self, column: &Column, value: Expr) -> Expr {
        match (&column.ty, &column.declared) {
            (Type::Other, Some(ColumnType::Custom(name))) if is_geometry(&name.to_string()) => {
                Func::cust("ST_AsText").arg(value).into()
            }
            (Type::Other, _) => as_text(value),
            _ => value,
        }
    }

    fn order_value(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Boolean => truth(value),
            // Rows without a key are ordered by all their columns, including those of these types.
            Type::Json | Type::Other => as_text(value),
            Type::Uuid => in_shown_order(column, value),
            _ => number(column, value),
        }
    }

    fn key(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Boolean => truth(value),
            _ if is_text(column) => bytes(value),
            _ => value,
        }
    }

    fn same(&self, left: (&Column, Expr), right: (&Column, Expr)) -> Expr {
        let key = |(column, value): &(&Column, Expr)| self.key(column, value.clone());
        let exactly = key(&left).eq(key(&right));
        match is_text(left.0) && is_text(right.0) {
            true => left.1.eq(right.1).and(exactly),
            false => exactly,
        }
    }

    /// Whether a collation of MySQL takes only identical texts for equal is known only for inspected tables.
    fn takes_for_equal(&self, column: &Column) -> bool {
        match column.ty {
            Type::Text => !column.storage.exact,
            Type::Decimal => !column.storage.decimal_text,
            _ => false,
        }
    }

    fn refers(&self, child: (&Column, Expr), parent: (&Column, Expr)) -> Expr {
        let ((child, held), (parent, key)) = (child, parent);
        match (&child.collation, &parent.collation) {
            (Some(own), Some(collation)) if own != collation => key.eq(collated(held, collation)),
            _ => key.eq(held),
        }
    }

    /// Lists the keys by a union. Its first part selects the columns of `source` without any row, and so gives the
    /// union their collations. The placeholders in the other parts adopt these, so that an index can be used.
    fn list(&self, source: Source<'_>, columns: &[ColumnNumber], rows: usize) -> SelectStatement {
        let columns_of = columns.iter().filter_map(|column| source.at(*column));
        let columns_of: Vec<_> = columns_of.map(|(column, _)| column).collect();
        let mut row = Query::select();
        row.expr(Expr::cust_with_expr("CAST(? AS SIGNED)", placeholder()));
        for column in columns_of {
            row.expr(typed(column));
        }
        let mut list = typed_list(source, columns);
        list.unions(vec![(UnionType::Distinct, row); rows]);
        list
    }

    fn key_value(&self, column: &Column, value: &Value) -> Value {
        match value {
            Value::Decimal(text) if is_text(column) => Value::Text(text.clone()),
            value => stored(column, value),
        }
    }

    fn keep(&self, select: &mut SelectStatement, keys: Vec<(&Column, Expr)>, rows: usize) {
        let columns: Vec<_> = keys.iter().map(|(column, _)| *column).collect();
        if self.keeps_times(&columns) > 1 {
            let plain = keys.iter().map(|(column, value)| match is_text(column) {
                true => (value.clone(), placeholder()),
                false => (self.key(column, value.clone()), placeholder()),
            });
            keep_rows(select, plain.collect(), rows);
        }
        let exact = keys.into_iter().map(|(column, value)| {
            let listed = match is_text(column) {
                true => bytes(placeholder()),
                false => placeholder(),
            };
            (self.key(column, value), listed)
        });
        keep_rows(select, exact.collect(), rows);
    }

    fn keeps_times(&self, columns: &[&Column]) -> usize {
        if columns.iter().any(|column| is_text(column)) {
            2
        } else {
            1
        }
    }

    fn orders_nulls_apart(&self) -> bool {
        true
    }

    fn orders_some_as_null(&self, column: &Column) -> bool {
        column.storage.decimal_text
    }

    /// MySQL compares rows of values term by term, without an index.
    fn searches_rows(&self) -> bool {
        false
    }

    /// MySQL sorts an enum by the order of its members, but compares it with a text by its text.
    fn sorted(&self, column: &Column, key: Expr) -> Expr {
        match is_enum(column) {
            true => key.add(Expr::cust("0")),
            false => key,
        }
    }

    fn mark(&self, column: &Column, key: Expr) -> Expr {
        match column.ty {
            Type::Date | Type::Time | Type::Timestamp | Type::ZonedTimestamp => as_text(key),
            _ => key,
        }
    }

    /// MySQL's protocol transmits the number of placeholders in two bytes.
    fn most_values(&self) -> usize {
        65_535
    }

    fn declares(&self, column: &Column, is_key: bool) -> Declares {
        declares::declares(column, is_key)
    }

    fn table(&self, table: &TableCreateStatement) -> String {
        table.to_string(MysqlQueryBuilder)
    }

    fn text(&self, select: &SelectStatement) -> String {
        select.build(MysqlQueryBuilder).0
    }

    fn insert(&self, insert: InsertStatement, returned: Vec<Expr>) -> String {
        let insert = insert.build(MysqlQueryBuilder).0;
        // sea-query leaves `RETURNING`, which only MariaDB has, out of MySQL's statements.
        let returned = Query::select().exprs(returned).build(MysqlQueryBuilder).0;
        match returned.strip_prefix("SELECT ") {
            Some(returned) if !returned.is_empty() => format!("{insert} RETURNING {returned}"),
            _ => insert,
        }
    }

    fn update(&self, update: &UpdateStatement) -> String {
        update.build(MysqlQueryBuilder).0
    }

    fn delete(&self, delete: &DeleteStatement) -> String {
        delete.build(MysqlQueryBuilder).0
    }

    fn confirms(&self) -> Option<&'static dyn Confirms> {
        (*self == Self::Returning).then_some(&MariaDbConfirms)
    }

    fn returns_rows(&self) -> bool {
        *self == Self::Returning
    }

    fn returns_in_order(&self) -> bool {
        *self == Self::Returning
    }

    fn written(&self, column: &Column, value: &Value) -> Value {
        stored(column, value)
    }
}

/// Restricts the select to rows for which `(a, b) IN ((?, ?), …)` holds, with `rows` lists of placeholders. A pair
/// consists of an expression such as `a`, and the placeholder that it is compared with.
fn keep_rows(select: &mut SelectStatement, pairs: Vec<(Expr, Expr)>, rows: usize) {
    if rows == 1 {
        for (value, listed) in pairs {
            select.and_where(value.eq(listed));
        }
        return;
    }
    let (values, listed): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    select.and_where(match (&*values, &*listed) {
        ([value], [listed]) => value.clone().is_in(vec![listed.clone(); rows]),
        _ => Expr::tuple(values).is_in(vec![Expr::tuple(listed); rows]),
    });
}

/// Returns `value` if the column can hold it, else the nearest value that it can hold.
fn held(column: &Column, value: &Value) -> FittedValue {
    match value {
        Value::Decimal(text) => decimal::held(text),
        value => FittedValue::in_micros(&stored(column, value)),
    }
}

fn exact(number: ColumnNumber, value: &Value) -> Term {
    Term::leaf(number, ComparisonForm::Exact, vec![value.clone(); 2])
}
