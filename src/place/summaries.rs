//! The check of the facets, aggregates and groups that a viewset offers.

use super::PlaceDraft;
use crate::{
    model::ColumnNumber,
    params::{Served, Summaries, is_comparable},
};

impl PlaceDraft {
    /// Returns the facets, aggregates and groups that the viewset offers.
    pub(super) fn summaries(&self, relations: &[Served], mistakes: &mut Vec<String>) -> Summaries {
        let viewset = &self.viewset;
        let is_relation = |name: &&String| relations.iter().any(|one| one.name == **name);
        let (through, groups): (Vec<_>, Vec<_>) = viewset.group_by.iter().partition(is_relation);
        for relation in relations.iter().filter(|one| through.contains(&&one.name)) {
            if relation.join.many {
                mistakes.push(format!(
                    "{}: `.group_by(…)` names `{}`, but a row may have several of them",
                    self.model.name(),
                    relation.name
                ));
            }
        }
        let groups: Vec<String> = groups.into_iter().cloned().collect();
        let aggregates = viewset.aggregates.as_ref();
        Summaries {
            facets: self.comparable(&viewset.facets, "facets", mistakes),
            aggregates: aggregates.map(|names| self.comparable(names, "aggregates", mistakes)),
            groups: self.comparable(&groups, "group_by", mistakes),
            through_relations: !through.is_empty(),
        }
    }

    /// Returns the columns with these names, whose values must be comparable.
    fn comparable(
        &self,
        names: &[String],
        method: &str,
        mistakes: &mut Vec<String>,
    ) -> Vec<ColumnNumber> {
        let mut columns = self.named(names, method, mistakes);
        columns.retain(|number| {
            let column = self.model.at(*number);
            let comparable =
                column.is_some_and(|one| is_comparable(&one.ty) && !one.storage.incomparable);
            if let Some(column) = column.filter(|_| !comparable) {
                mistakes.push(format!(
                    "{}: `.{method}(…)`: `{}` is of type {}, whose values cannot be compared here",
                    self.model.name(),
                    column.name,
                    column.type_name()
                ));
            }
            comparable
        });
        columns
    }
}
