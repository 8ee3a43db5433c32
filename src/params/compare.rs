//! The conditions that filters such as `built__year=2014` become. A year or a day becomes the range of moments that it
//! covers.

use super::target::FilterTarget;
use crate::{
    cell::{Date, Type, Value},
    model::Column,
    predicate::{DatePart, Operator, Predicate},
};

impl FilterTarget<'_> {
    /// Returns the condition that the filter's column, or its key of several columns, equals one of the values. For
    /// such a key, `values` contains the column values of the first key, then those of the second, and so on.
    pub(super) fn one_of(&self, values: Vec<Value>) -> Predicate {
        if self.is_whole_key() {
            return self.one_of_keys(&values);
        }
        let column = self.column;
        let mut distinct: Vec<Value> = Vec::with_capacity(values.len());
        for value in values {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        match (distinct.len(), self.part) {
            (0, _) => Predicate::Any(Vec::new()),
            (1, _) => {
                let value = distinct.pop();
                let equal = value.map(|value| self.compare(Operator::Equal, value));
                equal.unwrap_or(Predicate::Any(Vec::new()))
            }
            (_, None) => Predicate::In {
                column,
                values: distinct,
            },
            (_, Some(part)) => Predicate::PartIn {
                column,
                part,
                values: distinct,
            },
        }
    }

    fn one_of_keys(&self, values: &[Value]) -> Predicate {
        let mut keys: Vec<Predicate> = Vec::new();
        for parts in values.chunks(self.width()) {
            let parts = self.columns.iter().zip(parts);
            let key = parts.map(|(column, part)| Predicate::is_key(*column, part.clone()));
            let key = Predicate::All(key.collect());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        match keys.pop() {
            Some(key) if keys.is_empty() => key,
            last => Predicate::Any(keys.into_iter().chain(last).collect()),
        }
    }

    /// Returns the comparison of the filter's column with a value. `built__year` and `built__date` become comparisons
    /// of `built` with the range of moments that the year or day covers.
    pub(super) fn compare(&self, operator: Operator, value: Value) -> Predicate {
        let column = self.column;
        match (self.part, value) {
            (Some(DatePart::Year), Value::Integer(year)) => {
                let first = |year: i64| Date::new(u16::try_from(year).ok()?, 1, 1);
                self.within(operator, first(year), first(year + 1))
            }
            (Some(DatePart::Date), Value::Date(date)) => {
                self.within(operator, Some(date), date.next())
            }
            (Some(part), Value::Integer(value)) => Predicate::DatePart {
                column,
                part,
                operator,
                value,
            },
            (_, value) => Predicate::compare(column, operator, value),
        }
    }

    /// Returns the comparison of the column with the days from `start` up to, but not including, `end`. `None` is a day
    /// later than any that the column can contain.
    fn within(&self, operator: Operator, start: Option<Date>, end: Option<Date>) -> Predicate {
        let column = self.column;
        let side = |operator, date: Option<Date>| {
            date.map(|date| Predicate::compare(column, operator, self.first_moment(date)))
        };
        let from_start = side(Operator::GreaterOrEqual, start);
        let before_end = side(Operator::Less, end);
        let after_all = || Predicate::Any(Vec::new());
        match operator {
            Operator::Equal => Predicate::All(from_start.into_iter().chain(before_end).collect()),
            Operator::Less => side(Operator::Less, start).unwrap_or_else(after_all),
            Operator::GreaterOrEqual => from_start.unwrap_or_else(after_all),
            Operator::Greater => side(Operator::GreaterOrEqual, end).unwrap_or_else(after_all),
            Operator::LessOrEqual => {
                before_end.unwrap_or(Predicate::Null { column }.negated_if(true))
            }
        }
    }

    /// Returns midnight of a date for a column of timestamps, else the date itself.
    fn first_moment(&self, date: Date) -> Value {
        let column = self.path.offer.model.at(self.column);
        match column.map(Column::ty) {
            Some(Type::Timestamp) => Value::Timestamp(date.midnight()),
            Some(Type::ZonedTimestamp) => Value::ZonedTimestamp(date.midnight()),
            _ => Value::Date(date),
        }
    }
}
