//! Filters: `year__gte=2010`, `make=Fiat&make=Seat`, `owner_id!=7`, `built__year__in=2010,2012`.
//!
//! A final `!` selects exactly the other rows. Equalities on one column are one list; any other lookup twice is refused.

use super::{
    OF_AN_OBJECT, Offer, Pair, Reading, hint, items,
    target::{Refusal, Target},
    value,
};
use crate::{
    cell::{BODY_BYTES, Date, Type, URL_BYTES, Value},
    condition::{Condition, Operator, Part},
    error::Code,
    model::Column,
    params::Lookup,
};

/// The filters that say one thing: equalities are one list, any other lookup stands alone.
struct Group {
    target: Target,
    /// The name it was first sent under.
    sent: String,
    values: Vec<Value>,
    condition: Option<Condition>,
}

impl Reading<'_> {
    /// The condition of every filter, in an order that does not depend on the query's.
    pub(super) fn filters(&mut self, search: Option<Condition>) -> Condition {
        let mut groups: Vec<Group> = Vec::new();
        for pair in std::mem::take(&mut self.pairs) {
            self.filter(&pair, &mut groups);
        }
        self.check_counts(&groups);
        groups.sort_by_key(|group| group.target);
        let conditions = groups.into_iter().map(|group| {
            let equal = || self.offer.one_of(group.target, group.values);
            let condition = group.condition.unwrap_or_else(equal);
            condition.negated_if(group.target.negated)
        });
        Condition::All(conditions.chain(search).collect())
    }

    fn filter(&mut self, pair: &Pair<'_>, groups: &mut Vec<Group>) {
        let offer = self.offer;
        let target = match offer.target(pair) {
            Ok(target) => target,
            Err(Refusal(code, detail)) => {
                return self.refuse(pair, code, detail, || offer.parameters(&pair.name));
            }
        };
        let seen = groups.iter_mut().find(|group| group.target == target);
        let equality = target.lookup == Lookup::Exact && target.part.is_none();
        if seen.is_some() && !equality {
            let detail = format!("`{}` is given more than once", pair.shown());
            return self.fault(pair.sent(), Code::Repeated, detail);
        }
        let value = if equality {
            self.value(pair, target, &pair.value)
        } else {
            None
        };
        if let Some(group) = seen {
            return group.values.extend(value);
        }
        let condition = if equality {
            None
        } else {
            self.condition(pair, target)
        };
        groups.push(Group {
            target,
            sent: pair.sent(),
            values: value.into_iter().collect(),
            condition,
        });
    }

    fn check_counts(&mut self, groups: &[Group]) {
        let (filters, items) = (self.offer.limits.filters, self.offer.limits.items);
        if let Some(group) = groups.get(filters) {
            let detail = format!(
                "there are {} filters; at most {filters} are read",
                groups.len()
            );
            self.fault(&group.sent, Code::LimitExceeded, detail);
        }
        for group in groups.iter().filter(|group| group.values.len() > items) {
            let (sent, count) = (&group.sent, group.values.len());
            let detail = format!("`{sent}` is given {count} values; at most {items} are read");
            self.fault(sent, Code::LimitExceeded, detail);
        }
    }

    /// No filter is known here: on one object.
    pub(super) fn refuse_filters(&mut self, place: &str) {
        for pair in std::mem::take(&mut self.pairs) {
            if self.offer.target(&pair).is_ok() {
                let detail = format!("`{}` is a filter of a list, not of {place}", pair.shown());
                self.fault(pair.sent(), Code::UnknownParameter, detail);
                continue;
            }
            let detail = format!("{place} has no parameter `{}`", pair.shown());
            self.refuse(&pair, Code::UnknownParameter, detail, || {
                hint::nearest(&pair.name, OF_AN_OBJECT.iter().copied())
            });
        }
    }

    /// A fault, unless unknown names are let through.
    fn refuse(
        &mut self,
        pair: &Pair<'_>,
        code: Code,
        mut detail: String,
        hint: impl Fn() -> String,
    ) {
        if self.offer.lenient && matches!(code, Code::UnknownParameter | Code::UnknownLookup) {
            tracing::warn!(
                model = self.offer.model.name(),
                parameter = pair.sent(),
                "unknown parameter ignored"
            );
            return;
        }
        if code == Code::UnknownParameter {
            detail.push_str(&hint());
        }
        self.fault(pair.sent(), code, detail);
    }

    /// The condition of a filter that stands alone; none after a fault.
    fn condition(&mut self, pair: &Pair<'_>, target: Target) -> Option<Condition> {
        let column = target.column;
        if let Some(matching) = target.lookup.matching() {
            let text = pair.value.clone().into_owned();
            let most = self.offer.limits.pattern_bytes;
            if text.len() > most {
                let detail = format!(
                    "`{}` takes at most {most} bytes; this is {}",
                    pair.shown(),
                    text.len()
                );
                self.fault(pair.sent(), Code::LimitExceeded, detail);
                return None;
            }
            return Some(Condition::Text {
                column,
                matching,
                text,
            });
        }
        if let Some(operator) = target.lookup.operator() {
            let value = self.value(pair, target, &pair.value)?;
            return Some(self.offer.compare(target, operator, value));
        }
        match target.lookup {
            Lookup::In => self
                .items(pair, target)
                .map(|values| self.offer.one_of(target, values)),
            Lookup::Range => self.range(pair, target),
            Lookup::Isnull => self.is_null(pair, column),
            // Every other lookup has an operator or a matching, or stands for a part of a date.
            _ => None,
        }
    }

    fn is_null(&mut self, pair: &Pair<'_>, column: u16) -> Option<Condition> {
        let null = Condition::Null { column };
        match &*pair.value {
            "true" => Some(null),
            "false" => Some(null.negated_if(true)),
            _ => {
                self.invalid(pair, &pair.value, "`true` or `false`");
                None
            }
        }
    }

    fn items(&mut self, pair: &Pair<'_>, target: Target) -> Option<Vec<Value>> {
        let Some(items) = items::split(&pair.value) else {
            self.invalid(pair, &pair.value, "a list, in which a quote ends its item");
            return None;
        };
        let most = self.offer.limits.items;
        if items.len() > most {
            let detail = format!(
                "`{}` has {} items; at most {most} are read",
                pair.shown(),
                items.len()
            );
            self.fault(pair.sent(), Code::LimitExceeded, detail);
            return None;
        }
        if items.iter().any(items::Item::is_missing) {
            self.invalid(
                pair,
                &pair.value,
                "a value between two commas; the empty text is written `\"\"`",
            );
            return None;
        }
        // The first item that cannot be read is the fault; the others would say the same.
        items
            .iter()
            .map(|item| self.value(pair, target, &item.text))
            .collect()
    }

    fn range(&mut self, pair: &Pair<'_>, target: Target) -> Option<Condition> {
        let items = items::split(&pair.value).unwrap_or_default();
        let [low, high] = items.as_slice() else {
            self.invalid(pair, &pair.value, "two values, `low,high`");
            return None;
        };
        if low.is_missing() && high.is_missing() {
            self.invalid(
                pair,
                &pair.value,
                "a value on one side of the comma at least",
            );
            return None;
        }
        let sides = [
            (low, Operator::GreaterOrEqual),
            (high, Operator::LessOrEqual),
        ];
        let mut both = Vec::new();
        for (item, operator) in sides.into_iter().filter(|(item, _)| !item.is_missing()) {
            let value = self.value(pair, target, &item.text)?;
            both.push(self.offer.compare(target, operator, value));
        }
        Some(Condition::All(both))
    }

    /// One value, read as what the filter compares.
    fn value(&mut self, pair: &Pair<'_>, target: Target, text: &str) -> Option<Value> {
        let most = self.offer.limits.value_bytes;
        if text.len() > most {
            let detail = format!(
                "`{}` takes values of at most {most} bytes; this is {}",
                pair.shown(),
                text.len()
            );
            self.fault(pair.sent(), Code::LimitExceeded, detail);
            return None;
        }
        let column = self.offer.model.at(target.column)?;
        let read = match target.part {
            Some(Lookup::Date) => Date::parse(text)
                .map(Value::Date)
                .ok_or_else(|| "a date: `YYYY-MM-DD`".to_owned()),
            Some(Lookup::Year) => value::integer(text, (0, 9999)),
            Some(Lookup::Month) => value::integer(text, (1, 12)),
            Some(_) => value::integer(text, (1, 31)),
            None => value::read(
                text,
                column,
                if target.by_id { URL_BYTES } else { BODY_BYTES },
            ),
        };
        read.map_err(|takes| self.invalid(pair, text, &takes)).ok()
    }

    fn invalid(&mut self, pair: &Pair<'_>, text: &str, takes: &str) {
        let detail = format!(
            "`{}` is `{}`, but takes {takes}",
            pair.shown(),
            hint::shown(text)
        );
        self.fault(pair.sent(), Code::InvalidValue, detail);
    }
}

impl Offer {
    /// The target is one of the values: equal, if there is one.
    fn one_of(&self, target: Target, values: Vec<Value>) -> Condition {
        let column = target.column;
        let mut distinct: Vec<Value> = Vec::with_capacity(values.len());
        for value in values {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        match (distinct.len(), target.part) {
            (0, _) => Condition::Any(Vec::new()),
            (1, _) => {
                let value = distinct.pop();
                let equal = value.map(|value| self.compare(target, Operator::Equal, value));
                equal.unwrap_or(Condition::Any(Vec::new()))
            }
            (_, None) => Condition::In {
                column,
                values: distinct,
            },
            (_, Some(part)) => Condition::PartIn {
                column,
                part: date_part(part),
                values: distinct,
            },
        }
    }

    /// The target compares with the value; a year or a day is compared as the range of moments it is.
    fn compare(&self, target: Target, operator: Operator, value: Value) -> Condition {
        let column = target.column;
        match (target.part, value) {
            (Some(Lookup::Year), Value::Integer(year)) => {
                let first = |year: i64| Date::new(u16::try_from(year).ok()?, 1, 1);
                self.within(column, operator, first(year), first(year + 1))
            }
            (Some(Lookup::Date), Value::Date(date)) => {
                self.within(column, operator, Some(date), date.next())
            }
            (Some(part), Value::Integer(value)) => Condition::Part {
                column,
                part: date_part(part),
                operator,
                value,
            },
            (_, value) => Condition::compare(column, operator, value),
        }
    }

    /// The column compares with the days from `start` to before `end`; the last day there is has no end.
    fn within(
        &self,
        column: u16,
        operator: Operator,
        start: Option<Date>,
        end: Option<Date>,
    ) -> Condition {
        let side = |operator, date: Option<Date>| {
            date.map(|date| Condition::compare(column, operator, self.first_moment(column, date)))
        };
        let from_start = side(Operator::GreaterOrEqual, start);
        let before_end = side(Operator::Less, end);
        let after_all = || Condition::Any(Vec::new());
        match operator {
            Operator::Equal => Condition::All(from_start.into_iter().chain(before_end).collect()),
            Operator::Less => side(Operator::Less, start).unwrap_or_else(after_all),
            Operator::GreaterOrEqual => from_start.unwrap_or_else(after_all),
            Operator::Greater => side(Operator::GreaterOrEqual, end).unwrap_or_else(after_all),
            Operator::LessOrEqual => {
                before_end.unwrap_or(Condition::Null { column }.negated_if(true))
            }
        }
    }

    /// The first value of a column's type on a day.
    fn first_moment(&self, column: u16, date: Date) -> Value {
        match self.model.at(column).map(Column::ty) {
            Some(Type::Timestamp) => Value::Timestamp(date.midnight()),
            Some(Type::ZonedTimestamp) => Value::ZonedTimestamp(date.midnight()),
            _ => Value::Date(date),
        }
    }
}

/// The part of a date a lookup names.
fn date_part(lookup: Lookup) -> Part {
    match lookup {
        Lookup::Year => Part::Year,
        Lookup::Month => Part::Month,
        Lookup::Day => Part::Day,
        _ => Part::Date,
    }
}
