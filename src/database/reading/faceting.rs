//! The facets of a list, counted after its page and its related rows, in the same snapshot.

use super::{super::fetched::Fetched, NextStep, Reading};
use crate::{
    error::Result,
    operation::{Aggregate, FacetCounts, Outcome, Readable},
    params::FacetFilter,
    statement::{Statement, shown_groups},
};

impl Reading {
    /// Returns the facets that are requested.
    pub(super) fn facets(&self) -> &[FacetFilter] {
        match &self.question.ask {
            Readable::List(list) => &list.facets,
            Readable::Retrieve(_) | Readable::Aggregate(_) => &[],
        }
    }

    /// Returns the statement that counts the first facet or, if none is requested, the finished answer.
    pub(super) fn facets_of(&mut self, outcome: Outcome) -> Result<NextStep> {
        self.next_facet(Box::new((outcome, Vec::new())), None)
    }

    /// Takes in the counts of a facet; returns the statement that counts the next one or, after the last, the finished
    /// answer.
    pub(super) fn next_facet(
        &mut self,
        mut faceting: Box<(Outcome, Vec<FacetCounts>)>,
        fetched: Option<Fetched>,
    ) -> Result<NextStep> {
        let most = match &self.question.ask {
            Readable::List(list) => list.facet_values,
            Readable::Retrieve(_) | Readable::Aggregate(_) => 0,
        };
        let (model, dialect) = (&self.question.model, self.dialect);
        let facets = self.facets();
        if let (Some(fetched), Some(facet)) = (fetched, facets.get(faceting.1.len())) {
            let aggregate = Aggregate::of_facet(facet, most);
            let values = shown_groups(&aggregate, model, &fetched.rows, dialect)?;
            let shown = usize::try_from(most).unwrap_or(usize::MAX);
            faceting.1.push(FacetCounts {
                column: facet.column,
                more: values.len() > shown,
                values: values.truncated(shown),
            });
        }
        if let Some(facet) = facets.get(faceting.1.len()) {
            // The value after the last one tells whether there are more.
            let aggregate = Aggregate::of_facet(facet, most.saturating_add(1));
            let statement = Statement::first_groups(model, &aggregate, &self.plans, dialect);
            let statement = statement.within(self.room());
            self.faceting = Some(faceting);
            return Ok(NextStep::Run(statement));
        }
        let (mut outcome, counted) = *faceting;
        if let Outcome::Page(page) = &mut outcome {
            page.facets = counted;
        }
        Ok(NextStep::Done(outcome))
    }
}
