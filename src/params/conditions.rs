//! The condition on the rows of a list: all filters together, with the conditions of groups and of the search.

use super::{
    filter::CombinedFilter,
    reading::QueryReader,
    related::{along, gathered},
};
use crate::predicate::Predicate;

impl<'a> QueryReader<'a> {
    /// Returns the condition of all filters and of `beside`: the conditions of groups and of the search. The order of its
    /// parts does not depend on the order of the parameters, so that equal requests lead to the same statement.
    pub(super) fn filters(&mut self, beside: impl IntoIterator<Item = Predicate>) -> Predicate {
        let filters = self.single_filters();
        self.with_all(filters, beside)
    }

    /// Returns the condition of all `filters` and of `beside`.
    pub(super) fn with_all(
        &self,
        filters: Vec<CombinedFilter<'a>>,
        beside: impl IntoIterator<Item = Predicate>,
    ) -> Predicate {
        let mut conditions = self.all_of(filters);
        conditions.extend(beside);
        Predicate::All(conditions)
    }

    /// Returns the conditions of filters that must all hold. Those that are not negated and go through the same relation
    /// must hold for the same related row.
    pub(super) fn all_of(&self, mut filters: Vec<CombinedFilter<'a>>) -> Vec<Predicate> {
        filters.sort_by(|one, other| one.target.identity().cmp(&other.target.identity()));
        let (mut together, mut apart) = (Vec::new(), Vec::new());
        for filter in &mut filters {
            let CombinedFilter { target, values, .. } = filter;
            let condition = filter.condition.take();
            let condition = condition.unwrap_or_else(|| target.one_of(std::mem::take(values)));
            let (path, _) = target.ways();
            if target.negated && !path.is_empty() {
                apart.push(along(path, condition, self.world).negated_if(true));
            } else {
                together.push((path, condition.negated_if(target.negated)));
            }
        }
        let mut conditions = gathered(together, self.world);
        conditions.extend(apart);
        conditions
    }
}
