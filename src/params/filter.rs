//! Filters: `year__gte=2010`, `make=Fiat&make=Seat`, `owner_id!=7`, `built__year__in=2010,2012`.
//!
//! A final `!` selects exactly the other rows. Equalities on one column are one list; any other lookup twice is refused.

use super::{
    OF_AN_OBJECT, Offer, Pair, Reading, items, nearest,
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

/// The filters that say one thing: its equalities, or the condition of any other lookup.
type Group = (Target, Vec<Value>, Option<Condition>);

impl Reading<'_> {
    /// The condition of every filter, in an order that does not depend on the query's.
    pub(super) fn filters(&mut self, search: Option<Condition>) -> Condition {
        let offer = self.offer;
        let pairs = std::mem::take(&mut self.pairs);
        let mut groups: Vec<Group> = Vec::new();
        let mut count = 0;
        for pair in &pairs {
            let target = match offer.target(pair) {
                Ok(target) => target,
                Err(Refusal(code, detail)) => {
                    self.refuse(pair, code, detail, || offer.parameters(&pair.name));
                    continue;
                }
            };
            count += 1;
            if count == offer.limits.filters + 1 {
                let detail = format!("there are more than {} filters", offer.limits.filters);
                self.fault(pair.sent(), Code::LimitExceeded, detail);
            }
            let seen = groups.iter_mut().find(|(other, ..)| *other == target);
            if target.lookup == Lookup::Exact {
                let Some(value) = self.value(pair, target, &pair.value) else {
                    continue;
                };
                match seen {
                    Some((_, values, _)) => values.push(value),
                    None => groups.push((target, vec![value], None)),
                }
            } else if seen.is_some() {
                let detail = format!("`{}` is given more than once", pair.sent());
                self.fault(pair.sent(), Code::Repeated, detail);
            } else {
                let condition = self.condition(pair, target);
                groups.push((target, Vec::new(), condition));
            }
        }
        self.check_items(&groups);
        groups.sort_by_key(|(target, ..)| *target);
        let conditions = groups
            .into_iter()
            .filter_map(|(target, values, condition)| {
                let condition = condition.or_else(|| Some(offer.one_of(target, values)))?;
                Some(condition.negated_if(target.negated))
            });
        Condition::All(conditions.chain(search).collect())
    }

    fn check_items(&mut self, groups: &[Group]) {
        let most = self.offer.limits.items;
        for (target, values, _) in groups {
            if values.len() > most {
                let name = self.offer.model.at(target.column).map_or("", Column::name);
                let detail = format!(
                    "`{name}` is given {} values; at most {most} are read",
                    values.len()
                );
                self.fault(name, Code::LimitExceeded, detail);
            }
        }
    }

    /// No filter is known here: on one object.
    pub(super) fn refuse_filters(&mut self, place: &str) {
        for pair in std::mem::take(&mut self.pairs) {
            let detail = match self.offer.target(&pair) {
                Ok(_) => format!("`{}` is a filter of a list, not of {place}", pair.sent()),
                Err(_) => format!("{place} has no parameter `{}`", pair.sent()),
            };
            self.refuse(&pair, Code::UnknownParameter, detail, || {
                nearest::hint(&pair.name, OF_AN_OBJECT.iter().copied())
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
                    pair.sent(),
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
            _ => self.is_null(pair, column),
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
                pair.sent(),
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
        let values: Vec<_> = items
            .iter()
            .map(|item| self.value(pair, target, &item.text))
            .collect();
        values.into_iter().collect()
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
                pair.sent(),
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
            Some(Lookup::Year) => value::integer(text, (1, 9999)),
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
            pair.sent(),
            shortened(text)
        );
        self.fault(pair.sent(), Code::InvalidValue, detail);
    }
}

/// A value as an error shows it.
fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Offer {
    /// The target is one of the values: equal, if there is one.
    fn one_of(&self, target: Target, mut values: Vec<Value>) -> Condition {
        let column = target.column;
        if target.part.is_some() {
            let each = values
                .into_iter()
                .map(|value| self.compare(target, Operator::Equal, value));
            return Condition::Any(each.collect());
        }
        match values.pop() {
            Some(value) if values.is_empty() => Condition::compare(column, Operator::Equal, value),
            Some(value) => {
                values.push(value);
                Condition::In { column, values }
            }
            None => Condition::Any(Vec::new()),
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
                part: if part == Lookup::Month {
                    Part::Month
                } else {
                    Part::Day
                },
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
