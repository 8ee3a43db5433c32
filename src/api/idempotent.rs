//! Idempotency keys: the answer to the first request with a key is stored, and given to later requests with the same
//! key.
//!
//! The key is looked up after the program's policies, scopes and closures for other keys have accepted the request, and
//! before a manager or an operation layer gets the operation.

use std::{sync::Arc, time::Duration};

use http::{Response, header};

use super::{Request, Shared, no_route};
use crate::{
    body::Body,
    database::{Database, WrittenDatabases},
    error::{Code, Result},
    idempotency::{Keeping, KeyedRequest, Principal, has_key, key_of},
    operation::{Head, Outcome, Typed},
    payload::Content,
    place::Place,
    prefer::Preferences,
    question::Question,
    response,
    visibility::Visibility,
};

impl Shared {
    /// Returns the program's function that tells which client sends the request; `None` if the request has no
    /// idempotency key, or the place does not store answers.
    pub(super) fn principal(&self, question: Question<'_>, head: &Head) -> Option<&Principal> {
        let place = self.place(question.written()?.place).ok()?;
        let principal = place.idempotency.principal.as_ref()?;
        // A dry run (`Prefer: tx=rollback`) changes nothing, so its answer is not stored.
        let is_dry = place.writes.dry_runs && Preferences::of(&head.headers).has("tx", "rollback");
        (has_key(&head.headers) && !is_dry).then_some(principal)
    }

    /// Answers a request with an idempotency key. If the same client has already sent the key, its stored answer is
    /// given again.
    pub(super) async fn once(
        &self,
        question: Question<'_>,
        principal: &Principal,
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let found = question.written().ok_or_else(no_route)?;
        let (place, head) = (self.place(found.place)?, request.head);
        Visibility::of(&self.places, request.base, found, head).await?;
        let body = match question.reads_body() {
            // A place that takes no merge patch refuses one later, when it reads the body.
            true => Content::read_patch(head, body, &place.offer.limits).await?,
            false => Content::Absent,
        };
        let body = body.into_bytes();
        let (principal, key) = (principal.of(head)?, key_of(&head.headers)?);
        let parts = fingerprinted(head, &body);
        let lifetime = place.idempotency.lifetime;
        // The handle keeps the database open, so that no other has its address.
        let database = place.writes_to(head).await?;
        let running =
            self.running
                .enter(database.address(), (&principal, &key), &parts, lifetime)?;
        let keyed = Arc::new(running);
        WrittenDatabases::note(head, &database);
        let recall = || database.recall(&keyed, place.time_limit, head.counter());
        if let Some(kept) = recall().await? {
            return Ok(response::kept(kept));
        }
        let request = Request {
            keyed: Some(&keyed),
            ..*request
        };
        let answer = self.dispatch(question, body.into(), &request).await;
        let Err(error) = answer else {
            forget_some(&keyed, &database, place.time_limit);
            return answer;
        };
        // An answer may be stored despite the error: another process may have answered the same request at the same
        // time, or the connection may have been lost during the commit.
        match recall().await {
            Ok(Some(kept)) => Ok(response::kept(kept)),
            Err(mismatch) if mismatch.code() == Code::IdempotencyMismatch => Err(mismatch),
            Ok(None) | Err(_) => Err(error),
        }
    }
}

impl Place {
    /// Runs an operation that changes rows, and builds the response by `answer`. If the request has an idempotency key,
    /// the response is built and stored inside the transaction.
    pub(super) async fn write<Q: Typed>(
        &self,
        question: Q,
        answer: impl Fn(Q::Answer) -> Result<Response<Body>> + Send + Sync + 'static,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let Some(keyed) = request.keyed else {
            return answer(self.ask(question, request.head).await?);
        };
        let answer = Arc::new(answer);
        let of_outcome = {
            let answer = Arc::clone(&answer);
            move |outcome: &Outcome| match Q::answer(outcome.clone()).map(&*answer) {
                Some(Ok(response)) => Ok(response::keep(response)),
                // The row does not exist: nothing is written and no answer is stored.
                Some(Err(error)) if error.code() == Code::NotFound => Ok(None),
                Some(Err(error)) => Err(error),
                None => Ok(None),
            }
        };
        let keeping = Keeping::new(keyed, of_outcome);
        let head = request.head.with(keeping.clone());
        let answered = self.ask(question, &head).await?;
        match keeping.kept() {
            Some(kept) => Ok(response::kept(kept.clone())),
            None => {
                let response = answer(answered)?;
                tracing::warn!(
                    model = self.model().name(),
                    "the answer to a request with an `Idempotency-Key` is not kept, since the manager or an operation layer \
                     did not ask `Base` the question that it was asked"
                );
                Ok(response)
            }
        }
    }
}

/// Returns the parts of a request in which another request with the same key must not differ.
fn fingerprinted<'r>(head: &'r Head, body: &'r [u8]) -> [&'r [u8]; 5] {
    let media_type = head.headers.get(header::CONTENT_TYPE);
    [
        head.method.as_str().as_bytes(),
        head.uri.path().as_bytes(),
        head.uri.query().unwrap_or_default().as_bytes(),
        media_type
            .map(http::HeaderValue::as_bytes)
            .unwrap_or_default(),
        body,
    ]
}

/// Removes some expired answers after about one in sixteen writes. The request does not wait for the removal.
fn forget_some(keyed: &KeyedRequest, database: &Database, time_limit: Duration) {
    // The id is a hexadecimal digest, so one in sixteen ids begins with `0`.
    if !keyed.id().starts_with('0') {
        return;
    }
    let database = database.clone();
    let forgetting = async move {
        if let Err(error) = database.forget_expired(time_limit).await {
            tracing::debug!("expired answers could not be removed: {error:?}");
        }
    };
    drop(tokio::spawn(forgetting));
}
