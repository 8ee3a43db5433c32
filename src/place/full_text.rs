//! The check of a viewset's full text.

use std::sync::Arc;

use super::PlaceDraft;
use crate::{
    full_text::FullTextIndex,
    model::ColumnNumber,
    params::{SEARCH_RANK, Served},
};

impl PlaceDraft {
    /// Returns the full text of the searched columns; `None` if the viewset does not use it.
    pub(super) fn full_text(
        &self,
        columns: &[ColumnNumber],
        relations: &[Served],
        mistakes: &mut Vec<String>,
    ) -> Option<Arc<FullTextIndex>> {
        let setting = self.viewset.full_text.clone()?;
        let (model, columns) = (self.model.name(), columns.to_vec());
        if self.viewset.search.is_empty() {
            mistakes.push(format!(
                "{model}: `.full_text(…)` needs `.search(…)`, which names the columns that are searched"
            ));
            return None;
        }
        let is_taken = self.model.member(SEARCH_RANK).is_some()
            || relations
                .iter()
                .any(|relation| relation.name == SEARCH_RANK)
            || self.viewset.id_member.as_deref() == Some(SEARCH_RANK);
        if is_taken {
            mistakes.push(format!(
                "{model}: with `.full_text(…)` lists are ordered by `{SEARCH_RANK}`, so no member can have this name"
            ));
        }
        let index = FullTextIndex { columns, setting };
        let database = self.viewset.database.as_ref();
        let why = database.and_then(|database| database.cannot_search(&index, &self.model));
        mistakes.extend(why.map(|why| format!("{model}: `.full_text(…)`: {why}")));
        Some(Arc::new(index))
    }
}
