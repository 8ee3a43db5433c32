//! The checks of lists whose rows are estimated.

use super::{Place, PlaceDraft};
use crate::params::PlaceIndex;

impl PlaceDraft {
    /// Checks that the database can estimate how many rows a list has, where lists may be estimated, and that estimates
    /// tell of no rows that a request may not see. `restricted` are the places of such rows that lists may be filtered by.
    pub(super) fn check_estimates(
        &self,
        restricted: &[PlaceIndex],
        places: &[Place],
        mistakes: &mut Vec<String>,
    ) {
        if !self.viewset.may_estimate() {
            return;
        }
        let model = self.model.name();
        let instead = "count up to a cap, by `Count::Capped(…)`";
        let database = self.viewset.database.as_ref();
        if database.is_some_and(|database| !database.estimates()) {
            mistakes.push(format!(
                "{model}: `Count::Estimated` is offered, but the database has no estimates of how many rows a list has; \
                 {instead}"
            ));
        }
        if let Some(hidden) = restricted.first().and_then(|at| at.item(places)) {
            mistakes.push(format!(
                "{model}: `Count::Estimated` is offered, but estimates are made from statistics of all rows, and a request may \
                 see only some of {}; {instead}",
                hidden.offer.label
            ));
        }
    }
}
