//! Calls of actions.

use http::Response;

use super::{Request, Shared, no_route};
use crate::{
    action::{Action, Call, Needed},
    body::Body,
    database::WrittenDatabases,
    error::Result,
    operation::Parent,
    payload::Content,
    route::Located,
    visibility::{Entered, Visibility},
};

impl Shared {
    /// Calls an action and returns its response. Its handler parses the query string and the body itself.
    pub(super) async fn act(
        &self,
        (found, key, action): (&Located<'_>, Option<&str>, &Action),
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let head = request.head;
        let place = self.place(found.place)?;
        let visibility = Visibility::of(&self.places, request.base, found, head).await?;
        let content = Content::read(head, body, &place.offer.limits).await?;
        let span = head.span();
        span.record("model", place.model().name());
        span.record("operation", action.name.as_str());
        let rows = match visibility.enter(found) {
            Some(entered) => needed(&entered, found, key)?,
            None => None,
        };
        let database = place.writes_to(head).await?;
        WrittenDatabases::note(head, &database);
        let call = Call {
            rows,
            head: head.clone(),
            content,
            database,
            time_limit: place.time_limit,
            is_private: place.is_private(),
        };
        action.answer(call).await
    }
}

/// Returns the rows that must exist for calling an action: the parent object, and the object with `key` if the action
/// is one of objects. Returns `None` if `key` is no valid key.
fn needed(entered: &Entered<'_>, found: &Located<'_>, key: Option<&str>) -> Result<Option<Needed>> {
    let (_, parent) = entered.rows(found.place)?;
    let Some(key) = key else {
        let object = None;
        return Ok(Some(Needed { parent, object }));
    };
    let model = entered.place(found.place).ok_or_else(no_route)?.model();
    let object = entered.object(found.place, key).map(|condition| Parent {
        model: model.clone(),
        condition,
    });
    Ok(object.map(|object| Needed {
        parent,
        object: Some(object),
    }))
}
