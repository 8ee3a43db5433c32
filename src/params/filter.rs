//! Filters: `year__gte=2010`, `make=Fiat&make=Seat`, `owner_id!=7`, `built__year__in=2010,2012`.
//!
//! A filter whose name ends with `!` selects exactly the rows that the same filter without `!` does not select.
//! Repeated equalities on one column form a list of accepted values. Any other filter that is repeated is refused.

use super::{
    hint, items, key,
    lookup::Comparison,
    pairs::Pair,
    parameter::{Parameter, Reads},
    path::{NameMeaning, Refusal},
    reading::QueryReader,
    related::along,
    target::FilterTarget,
    value,
};
use crate::{
    cell::{BODY_BYTES, Date, URL_BYTES, Value},
    error::Code,
    predicate::{DatePart, Operator, Predicate},
};

/// Filters that form one condition: all equalities on one column (`make=Fiat&make=Seat`), or a single filter of another
/// lookup (`year__gte=2010`).
#[derive(Clone)]
pub(super) struct CombinedFilter<'a> {
    pub(super) target: FilterTarget<'a>,
    /// The names of the parameters, as sent.
    sent: Vec<String>,
    pub(super) values: Vec<Value>,
    pub(super) condition: Option<Predicate>,
}

impl CombinedFilter<'_> {
    /// Returns the name of the filter's first parameter, as sent.
    fn first(&self) -> &str {
        self.sent.first().map_or("", String::as_str)
    }
}

impl<'a> QueryReader<'a> {
    /// Returns the filters that are not in a group.
    pub(super) fn single_filters(&mut self) -> Vec<CombinedFilter<'a>> {
        let mut filters = Vec::new();
        for pair in std::mem::take(&mut self.pairs) {
            match self.target(&pair) {
                Ok(target) => self.add_filter(&pair, target, &mut filters),
                Err(Refusal(code, detail)) => self.refuse(&pair, code, detail),
            }
        }
        self.check_counts(&filters);
        filters
    }

    /// Reads the value of a filter and adds it to `filters`: to the values of one with the same target, if both are
    /// equalities.
    pub(super) fn add_filter(
        &mut self,
        pair: &Pair<'_>,
        target: FilterTarget<'a>,
        filters: &mut Vec<CombinedFilter<'a>>,
    ) {
        let seen = filters
            .iter_mut()
            .find(|filter| filter.target.identity() == target.identity());
        if let Some(seen) = seen.as_ref().filter(|_| !target.is_equality()) {
            let sent = pair.sent();
            let others = seen.sent.iter().filter(|other| **other != sent);
            let all = hint::all(others.chain([&sent]).map(String::as_str));
            let detail = if seen.sent.contains(&sent) {
                format!("{all} is given more than once")
            } else {
                format!("{all} are one filter, which is given more than once")
            };
            return self.fault(pair.sent(), Code::Repeated, detail);
        }
        let (mut values, mut condition) = (Vec::new(), None);
        if target.is_equality() {
            self.add_value(pair, &target, &pair.value, &mut values);
        } else {
            condition = self.condition(pair, &target);
        }
        match seen {
            Some(seen) => {
                seen.values.append(&mut values);
                let sent = pair.sent();
                if !seen.sent.contains(&sent) {
                    seen.sent.push(sent);
                }
            }
            None => filters.push(CombinedFilter {
                target,
                sent: vec![pair.sent()],
                values,
                condition,
            }),
        }
    }

    fn check_counts(&mut self, filters: &[CombinedFilter<'a>]) {
        let (most, items) = (self.offer.limits.filters, self.offer.limits.items);
        let count = filters.len() + self.in_groups;
        if count > most
            && let Some(last) = filters.last()
        {
            let first_beyond = filters.get(most.saturating_sub(self.in_groups));
            let sent = first_beyond.unwrap_or(last).first();
            let detail = format!("there are {count} filters; at most {most} are read");
            self.fault(sent, Code::LimitExceeded, detail);
        }
        for filter in filters {
            let target = &filter.target;
            let (count, most) = (
                filter.values.len() / target.width(),
                target.most_items(items),
            );
            if count > most {
                let all = hint::all(filter.sent.iter().map(String::as_str));
                let are = if filter.sent.len() > 1 { "are" } else { "is" };
                let detail = format!("{all} {are} given {count} values; at most {most} are read");
                self.fault(filter.first(), Code::LimitExceeded, detail);
            }
        }
    }

    /// Refuses the remaining parameters of a request that accepts no filters, such as a request for a single object;
    /// `place` is the name of the request's target in the faults.
    pub(super) fn refuse_filters(&mut self, place: &str) {
        for pair in std::mem::take(&mut self.pairs) {
            if self.target(&pair).is_ok() {
                let detail = format!("`{}` is a filter of a list, not of {place}", pair.shown());
                self.fault(pair.sent(), Code::UnknownParameter, detail);
                continue;
            }
            let offered = Parameter::of(Reads::Object).filter(|one| self.offer.offers(*one));
            let near = hint::nearest(&pair.name, offered.map(Parameter::name));
            let detail = format!("{place} has no parameter `{}`{near}", pair.shown());
            self.refuse(&pair, Code::UnknownParameter, detail);
        }
    }

    /// Adds a fault, or only logs a warning if the viewset ignores unknown parameters.
    fn refuse(&mut self, pair: &Pair<'_>, code: Code, detail: String) {
        if self.offer.lenient && matches!(code, Code::UnknownParameter | Code::UnknownLookup) {
            tracing::warn!(
                model = self.offer.model.name(),
                parameter = pair.sent(),
                "unknown parameter ignored"
            );
            return;
        }
        self.fault(pair.sent(), code, detail);
    }

    /// Returns the condition of a filter that is not an equality; `None` after a fault.
    fn condition(&mut self, pair: &Pair<'_>, target: &FilterTarget<'_>) -> Option<Predicate> {
        let column = target.column;
        match target.comparison() {
            Comparison::Text(matching) => self.text(pair, column, matching),
            Comparison::Pattern { ignore_case } => self.pattern(pair, column, ignore_case),
            Comparison::Value(operator) => {
                let value = self.value(pair, target, &pair.value)?;
                Some(target.compare(operator, value))
            }
            Comparison::Array(operator) => Some(Predicate::Array {
                column,
                operator,
                items: self.items(pair, target)?,
            }),
            Comparison::Key => {
                self.check_bytes(pair, &pair.value)?;
                let key = pair.value.clone().into_owned();
                Some(Predicate::HasKey { column, key })
            }
            Comparison::In => self.items(pair, target).map(|values| target.one_of(values)),
            Comparison::Range => self.range(pair, target),
            Comparison::Null => self.is_null(pair, target),
            // A part of a date without a lookup after it is compared for equality.
            Comparison::DatePart(_) => {
                let value = self.value(pair, target, &pair.value)?;
                Some(target.compare(Operator::Equal, value))
            }
        }
    }

    fn is_null(&mut self, pair: &Pair<'_>, target: &FilterTarget<'_>) -> Option<Predicate> {
        let is_null = match &*pair.value {
            "true" => true,
            "false" => false,
            _ => {
                self.invalid(pair, &pair.value, "`true` or `false`");
                return None;
            }
        };
        let (_, to_one) = target.ways();
        let there = along(to_one, self.is_there(target), self.world);
        Some(there.negated_if(is_null))
    }

    /// Returns the condition of `isnull=false`: the columns of the target are not null or, if the target is a to-many
    /// relation, the relation leads to a visible row.
    fn is_there(&self, target: &FilterTarget<'_>) -> Predicate {
        if let NameMeaning::Relation(at) = target.named
            && let Some(served) = target.path.offer.relations.get(at)
            && served.join.many
        {
            return served.related(Vec::new(), self.world);
        }
        let columns = target.columns.iter();
        let mut nulls: Vec<_> = columns
            .map(|column| Predicate::Null { column: *column })
            .collect();
        let null = match nulls.pop() {
            Some(only) if nulls.is_empty() => only,
            last => Predicate::Any(nulls.into_iter().chain(last).collect()),
        };
        null.negated_if(true)
    }

    fn items(&mut self, pair: &Pair<'_>, target: &FilterTarget<'_>) -> Option<Vec<Value>> {
        let Some(items) = items::split(&pair.value) else {
            self.invalid(pair, &pair.value, "a list, in which a quote ends its item");
            return None;
        };
        let most = target.most_items(self.offer.limits.items);
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
        let mut values = Vec::with_capacity(items.len());
        for item in &items {
            // Only the first item of a list that cannot be read becomes a fault, since further faults would have the
            // same text.
            self.add_value(pair, target, &item.text, &mut values)?;
        }
        Some(values)
    }

    fn range(&mut self, pair: &Pair<'_>, target: &FilterTarget<'_>) -> Option<Predicate> {
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
            both.push(target.compare(operator, value));
        }
        Some(Predicate::All(both))
    }

    /// Reads a text and appends its value; for a key of several columns, one value for each. Returns `None` after a
    /// fault.
    fn add_value(
        &mut self,
        pair: &Pair<'_>,
        target: &FilterTarget<'_>,
        text: &str,
        values: &mut Vec<Value>,
    ) -> Option<()> {
        if !target.is_whole_key() {
            values.push(self.value(pair, target, text)?);
            return Some(());
        }
        self.check_bytes(pair, text)?;
        let columns = &target.columns;
        let Some(parts) = key::read_whole(text, &target.path.offer.model, columns) else {
            let takes = format!(
                "a key as links have it: {} parts split by commas, each percent-encoded",
                columns.len()
            );
            self.invalid(pair, text, &takes);
            return None;
        };
        values.extend(parts);
        Some(())
    }

    /// Reads a text as the type of the target's column or, for `year` and the like, of its part of a date; `None` after
    /// a fault.
    fn value(&mut self, pair: &Pair<'_>, target: &FilterTarget<'_>, text: &str) -> Option<Value> {
        self.check_bytes(pair, text)?;
        let column = target.path.offer.model.at(target.column)?;
        let read = match target.part {
            Some(DatePart::Date) => Date::parse(text)
                .map(Value::Date)
                .ok_or_else(|| "a date: `YYYY-MM-DD`".to_owned()),
            Some(DatePart::Year) => value::integer(text, (0, 9999)),
            Some(DatePart::Month) => value::integer(text, (1, 12)),
            Some(DatePart::Day) => value::integer(text, (1, 31)),
            None if let Some(element) = column.element() => {
                value::read(text, element, "", BODY_BYTES)
            }
            None => {
                let name = pair.name.get(..target.name_bytes).unwrap_or_default();
                let is_id = target.named == NameMeaning::Id;
                let bytes = if is_id { URL_BYTES } else { BODY_BYTES };
                value::read(text, column, &hint::in_a_query(name), bytes)
            }
        };
        read.map_err(|takes| self.invalid(pair, text, &takes)).ok()
    }

    fn check_bytes(&mut self, pair: &Pair<'_>, text: &str) -> Option<()> {
        let most = self.offer.limits.value_bytes;
        if text.len() <= most {
            return Some(());
        }
        let detail = format!(
            "`{}` takes values of at most {most} bytes; this is {}",
            pair.shown(),
            text.len()
        );
        self.fault(pair.sent(), Code::LimitExceeded, detail);
        None
    }

    pub(super) fn invalid(&mut self, pair: &Pair<'_>, text: &str, takes: &str) {
        let detail = format!(
            "`{}` is `{}`, but takes {takes}",
            pair.shown(),
            hint::shown(text)
        );
        self.fault(pair.sent(), Code::InvalidValue, detail);
    }
}
