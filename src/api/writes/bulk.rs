//! PATCH and DELETE of a list: changes of every row that its filters select.

use http::{Response, header};

use super::{
    super::{Request, Shared, no_route},
    answer::WriteAnswer,
    both, otherwise,
    preferences::Honoured,
    read_only,
    references::{Known, references},
};
use crate::{
    body::Body,
    error::{Code, Error, Result},
    operation::{DeleteMany, Selected, UpdateMany},
    params,
    payload::{Content, Verb},
    predicate::Predicate,
    route::Located,
    visibility::{Entered, Visibility},
};

impl Shared {
    /// Changes every selected row, and answers with their number.
    pub(in super::super) async fn update_many(
        &self,
        found: &Located<'_>,
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        refuse_preconditions(request)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        // The body cannot be a merge patch: a merge patch changes one document, and here are many rows.
        let content = Content::read(request.head, body, &place.offer.limits).await?;
        let filter = params::rows(request.query, &place.offer, &visibility);
        let to_change = (found, Verb::Change);
        let read = self.inputs(to_change, &[], visibility, &content, request)?;
        let (filter, inputs) = both(filter, read.inputs)?;
        let entered = read.entered.ok_or_else(Error::no_such_object)?;
        let mut input = inputs.rows.into_iter().next().ok_or_else(no_route)?;
        if let Some((relation, _)) = input.links.first() {
            let relation = place.offer.relations.get(*relation).ok_or_else(no_route)?;
            return Err(Error::faults(vec![read_only(&relation.name, &place.offer)]));
        }
        if let Some(echo) = input.echoes.first() {
            return Err(Error::faults(vec![otherwise(echo, &place.offer)]));
        }
        let known = Known {
            given: &read.given,
            is_new: false,
            is_array: false,
        };
        let references = references(&entered, &place.offer, [&input.changes], known)?;
        let most = place.writes.update_many.unwrap_or_default();
        let (rows, visible) = selected(&entered, found, filter, most)?;
        let (server_columns, model) = (&place.server_columns, place.model());
        server_columns.stamp(model, &mut input.changes);
        let update = UpdateMany {
            rows,
            changes: input.changes,
            references,
            validators: place.validators.clone(),
            visible,
        };
        let honoured = Honoured::of(request.head, place, false)?;
        let answer = WriteAnswer::new(place, request, honoured);
        let answer = move |updated| Ok(answer.count("updated", updated));
        place.write(update, answer, request).await
    }

    /// Deletes every selected row, and answers with their number.
    pub(in super::super) async fn delete_many(
        &self,
        found: &Located<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        refuse_preconditions(request)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        let filter = params::rows(request.query, &place.offer, &visibility)?;
        let entered = visibility.enter(found).ok_or_else(Error::no_such_object)?;
        let most = place.writes.delete_many.unwrap_or_default();
        let (rows, _) = selected(&entered, found, filter, most)?;
        let honoured = Honoured::of(request.head, place, false)?;
        let answer = WriteAnswer::new(place, request, honoured);
        let answer = move |deleted| Ok(answer.count("deleted", deleted));
        place.write(DeleteMany { rows }, answer, request).await
    }
}

/// Returns the rows of a list that its filters select, and the condition on the rows that the request may see.
fn selected(
    entered: &Entered<'_>,
    found: &Located<'_>,
    filter: Predicate,
    most: u64,
) -> Result<(Selected, Predicate)> {
    let (visible, parent) = entered.rows(found.place)?;
    let rows = Selected {
        parent,
        filter: visible.clone().and(filter),
        also: Vec::new(),
        most,
    };
    Ok((rows, visible))
}

/// Refuses `If-Match` and `If-None-Match`, which are about one object.
fn refuse_preconditions(request: &Request<'_>) -> Result<()> {
    let headers = &request.head.headers;
    let names = [header::IF_MATCH, header::IF_NONE_MATCH];
    match names.iter().find(|name| headers.contains_key(*name)) {
        None => Ok(()),
        Some(name) => {
            let detail = format!("`{name}` is for one object, not for all rows of a list");
            Err(Error::new(Code::InvalidRequest, detail))
        }
    }
}
