//! Groups of filters: `or=(make=Fiat,year__gte=2010)`, `and=(…)` and `not=(…)`, one inside another.
//!
//! 1. A group must hold beside all other filters. `not=(a,b)` selects exactly the rows that `and=(a,b)` does not.
//! 2. The filters of one `and` or `not` that go through the same relation must hold for the same related row. Each item
//!    of an `or`, and each group, has related rows of its own.
//! 3. Every fault says at which character of the value it is, counted from 1.

use std::borrow::Cow;

use super::{
    filter::CombinedFilter,
    group_text::{self, FilterText, GroupContent, GroupItem, GroupKind},
    lookup::Comparison,
    pairs::Pair,
    parameter::Parameter,
    path::Refusal,
    reading::QueryReader,
    target::FilterTarget,
};
use crate::{
    error::{Code, Fault},
    predicate::Predicate,
};

impl<'a> QueryReader<'a> {
    /// Returns the condition of each group of the query string, if the viewset offers them.
    pub(super) fn groups(&mut self) -> Vec<Predicate> {
        if !self.offer.groups {
            return Vec::new();
        }
        let mut conditions = Vec::new();
        self.inside_group = true;
        for kind in GroupKind::ALL {
            if let Some(pair) = self.reserved(kind.parameter()) {
                conditions.extend(self.outermost(&pair, kind));
            }
        }
        self.inside_group = false;
        conditions
    }

    /// Returns the condition of a group that is the value of a parameter; `None` after a fault of its text.
    fn outermost(&mut self, pair: &Pair<'_>, kind: GroupKind) -> Option<Predicate> {
        let limits = &self.offer.limits;
        let left = limits.filters.saturating_sub(self.in_groups);
        match group_text::read(&pair.value, kind, limits, left) {
            Ok(items) => Some(self.group(pair, kind, items)),
            Err(fault) => {
                let detail = placed(pair, fault.at, &fault.detail);
                self.fault(&*pair.name, fault.code, detail);
                None
            }
        }
    }

    /// Returns the condition of a group, which is in the value of `outer`.
    fn group(&mut self, outer: &Pair<'_>, kind: GroupKind, items: Vec<GroupItem<'_>>) -> Predicate {
        let (mut filters, mut groups) = (Vec::new(), Vec::new());
        let mut alternatives = Vec::new();
        for GroupItem { at, content } in items {
            match content {
                GroupContent::Group(kind, items) => groups.push(self.group(outer, kind, items)),
                GroupContent::Filter(name, value) => {
                    self.in_groups += 1;
                    let before = self.faults.len();
                    self.filter_of_group(outer, &name, value, &mut filters);
                    for fault in self.faults.iter_mut().skip(before) {
                        let detail = placed(outer, at, &fault.detail);
                        *fault = Fault::new(&*outer.name, fault.code, detail);
                    }
                    if kind == GroupKind::Or {
                        alternatives.append(&mut filters);
                    }
                }
            }
        }
        match kind {
            GroupKind::Or => {
                // Sorted, so that equal requests lead to the same statement.
                alternatives
                    .sort_by(|one, other| one.target.identity().cmp(&other.target.identity()));
                let each = alternatives.into_iter();
                let each = each.map(|filter| all(self.all_of(vec![filter])));
                Predicate::Any(each.chain(groups).collect())
            }
            GroupKind::And | GroupKind::Not => {
                let mut conditions = self.all_of(filters);
                conditions.append(&mut groups);
                all(conditions).negated_if(kind == GroupKind::Not)
            }
        }
    }

    /// Reads a filter of a group and adds it to `filters`, those of the group that must all hold.
    fn filter_of_group(
        &mut self,
        outer: &Pair<'_>,
        name: &str,
        value: FilterText<'_>,
        filters: &mut Vec<CombinedFilter<'a>>,
    ) {
        let plain = name.strip_suffix('!');
        let mut pair = Pair {
            name: Cow::Borrowed(plain.unwrap_or(name)),
            negated: plain.is_some(),
            value: Cow::Borrowed(""),
            value_at: outer.value_at.clone(),
        };
        if Parameter::named(&pair.name).is_some() {
            return self.refuse_parameter(&pair);
        }
        let target = match self.target(&pair) {
            Ok(target) => target,
            Err(Refusal(code, detail)) => return self.fault(pair.sent(), code, detail),
        };
        let takes_list = matches!(
            target.comparison(),
            Comparison::In | Comparison::Range | Comparison::Array(_)
        );
        pair.value = match value {
            FilterText::Quoted(raw, _) if takes_list => Cow::Borrowed(raw),
            FilterText::Plain(text) | FilterText::Quoted(_, text) => text,
            FilterText::List(list) if takes_list => Cow::Borrowed(list),
            FilterText::List(_) => {
                let detail = format!(
                    "`{}` takes one value; only `in`, `range` and the lookups of arrays take a list in parentheses",
                    pair.shown()
                );
                return self.fault(pair.sent(), Code::InvalidValue, detail);
            }
        };
        let is_same = |filter: &CombinedFilter<'_>| filter.target.identity() == target.identity();
        if target.is_equality() && !target.negated && filters.iter().any(is_same) {
            return self.refuse_second(&pair, &target);
        }
        self.add_filter(&pair, target, filters);
    }

    fn refuse_parameter(&mut self, pair: &Pair<'_>) {
        let name = &*pair.name;
        let instead = self.offer.column_filter(name);
        let instead = instead.map(|filter| format!("; the column of that name is `{filter}`"));
        let detail = format!(
            "`{name}` is a parameter, not a filter{}",
            instead.unwrap_or_default()
        );
        self.fault(pair.sent(), Code::UnknownParameter, detail);
    }

    /// Adds a fault for a second equality of what must all hold: outside of groups it would be another accepted value.
    fn refuse_second(&mut self, pair: &Pair<'_>, target: &FilterTarget<'_>) {
        let name = pair.name.get(..target.name_bytes).unwrap_or_default();
        let detail = format!(
            "`{}` is given more than once where all must hold; for one of several values write `{name}__in=(…)`",
            pair.shown(),
        );
        self.fault(pair.sent(), Code::Repeated, detail);
    }
}

/// Returns the words of a fault at a byte position in the value of a parameter.
pub(super) fn placed(pair: &Pair<'_>, at: usize, detail: &str) -> String {
    let before = pair.value.get(..at).unwrap_or_default();
    let character = before.chars().count() + 1;
    format!("`{}`: at character {character}, {detail}", pair.name)
}

/// Returns the condition that all conditions hold.
fn all(mut conditions: Vec<Predicate>) -> Predicate {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => Predicate::All(conditions.into_iter().chain(last).collect()),
    }
}
