//! The form by which an action is called.

use http::{HeaderValue, Method, Response, header};

use super::{
    super::{Request, Shared, no_route},
    SentForm, for_programs, is_about_the_form, page,
    stored::{require_object, require_parent},
};
use crate::{
    action::Action,
    body::Body,
    error::{Error, Result},
    operation::Head,
    policy::Access,
    representation::{ActForm, Problem},
    route::Located,
};

/// The most bytes of an action's answer that the page shows.
const MOST_SHOWN: usize = 256 << 10;

impl Shared {
    /// Returns the page of the form that calls an action, on the object with `key` if it is an action of objects.
    pub(super) async fn calling(
        &self,
        (found, key): (&Located<'_>, Option<&str>),
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let action = self.action(request.target).ok_or_else(no_route)?;
        self.permit(found, Access::Act(&action.name), request.head)?;
        let entered = self.entered(found, request).await?;
        match key {
            Some(key) => require_object(&entered, found.place, key, request.head).await?,
            None => require_parent(&entered, found, request.head).await?,
        }
        self.act_page(action, String::new(), Ok(None), request)
    }

    /// Calls an action with the payload that was typed, and shows what it answers.
    pub(super) async fn call_by(
        &self,
        (found, key): (&Located<'_>, Option<&str>),
        sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let action = self.action(request.target).ok_or_else(no_route)?;
        self.permit(found, Access::Act(&action.name), request.head)?;
        let payload = sent.field("payload").unwrap_or_default().to_owned();
        let head = head_of_call(request.head, action, !payload.trim().is_empty());
        let body = match payload.trim() {
            "" => Body::default(),
            payload => Body::from(payload.to_owned()),
        };
        let as_program = for_programs(request, &head);
        let answer = match self.act((found, key, action), body, &as_program).await {
            Ok(answer) => answer,
            Err(error) if is_about_the_form(&error) => {
                return self.act_page(action, payload, Err(&error), request);
            }
            Err(error) => return Err(error),
        };
        // A redirect is the action's own idea of what comes next.
        if answer.status().is_redirection() {
            return Ok(answer);
        }
        let (status, body) = (answer.status().as_u16(), answer.into_body());
        let body = body.read(MOST_SHOWN).await?;
        let text = String::from_utf8_lossy(&body).into_owned();
        self.act_page(action, payload, Ok(Some((status, text))), request)
    }

    fn act_page(
        &self,
        action: &Action,
        payload: String,
        answer: Result<Option<(u16, String)>, &Error>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let form = ActForm {
            name: &action.name,
            description: action.description.as_deref(),
            payload,
            problem: answer.as_ref().err().map(|error| Problem::of(error)),
            answer: answer.as_ref().ok().cloned().flatten(),
        };
        let document = self.writers.html().act_form(&form, &self.around(request))?;
        Ok(page(document, answer.err()))
    }
}

/// Returns the head of the request that the form stands for: with the action's own method, and a body of JSON.
fn head_of_call(head: &Head, action: &Action, has_body: bool) -> Head {
    let mut parts = (**head).clone();
    // The handler reads the query string, of which `_form` is no part.
    parts.uri = head.uri.path().parse().unwrap_or(parts.uri);
    let mut methods = action.methods.iter();
    let method = methods.find(|method| **method != Method::GET);
    parts.method = method.cloned().unwrap_or(Method::POST);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    if has_body {
        let json = HeaderValue::from_static("application/json");
        parts.headers.insert(header::CONTENT_TYPE, json);
    }
    Head::new(parts)
}
