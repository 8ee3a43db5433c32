//! The forms of the web pages: each is another way to ask for what the API offers anyway, and adds no rules of its own.
//!
//! 1. The GET of a form shows its page; its POST is answered as the request that it stands for, such as a PATCH.
//! 2. What is done is answered with a redirect, so that reloading a page does nothing again.
//! 3. What is refused is shown in the form, with what was typed.

mod act;
mod asset;
mod delete;
mod filter;
mod look_up;
mod paste;
mod row;
mod sent;
mod shown;
mod stored;

use http::Response;

use super::{Request, Shared};
use crate::{
    body::Body,
    error::{Code, Error, Result},
    operation::Head,
    params::Format,
    question::FormName,
    representation::{Document, PageContext},
    response,
    route::Target,
};

use self::sent::{LookUpStep, SentForm};

impl Shared {
    /// Returns the page of a form.
    pub(super) async fn form(
        &self,
        (target, form): (&Target<'_>, FormName),
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        match (form, target) {
            (FormName::Create, Target::List(found)) => self.creation(found, request).await,
            (FormName::Edit, Target::Object(found, key)) => self.edition(found, key, request).await,
            (FormName::Delete, Target::Object(found, key)) => {
                self.deletion((found, key), None, request).await
            }
            (FormName::Paste, Target::List(found)) => self.pasting(found, request).await,
            (FormName::Act, Target::Act(found, key, _)) => {
                self.calling((found, *key), request).await
            }
            (
                FormName::Filter
                | FormName::Options
                | FormName::Create
                | FormName::Edit
                | FormName::Delete
                | FormName::Paste
                | FormName::Act,
                Target::Root
                | Target::Document
                | Target::Docs(_)
                | Target::List(_)
                | Target::Object(..)
                | Target::Act(..),
            ) => Err(no_form()),
        }
    }

    /// Answers a form that was filled in and sent.
    pub(super) async fn submit(
        &self,
        (target, form): (&Target<'_>, FormName),
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let limits = self.limits(target)?;
        let sent = SentForm::read(request.head, body, limits).await?;
        match (form, target) {
            (FormName::Create, Target::List(found)) => self.create_by(found, sent, request).await,
            (FormName::Edit, Target::Object(found, key)) => {
                self.edit_by((found, key), sent, request).await
            }
            (FormName::Delete, Target::Object(found, key)) => {
                self.delete_by((found, key), sent, request).await
            }
            (FormName::Paste, Target::List(found)) => self.paste_by(found, sent, request).await,
            (FormName::Act, Target::Act(found, key, _)) => {
                self.call_by((found, *key), sent, request).await
            }
            (
                FormName::Filter
                | FormName::Options
                | FormName::Create
                | FormName::Edit
                | FormName::Delete
                | FormName::Paste
                | FormName::Act,
                Target::Root
                | Target::Document
                | Target::Docs(_)
                | Target::List(_)
                | Target::Object(..)
                | Target::Act(..),
            ) => Err(no_form()),
        }
    }

    /// Returns what the page of a form shows around it.
    fn around<'r>(&'r self, request: &Request<'r>) -> PageContext<'r> {
        self.context(
            Some(request.target),
            request.base,
            request.head,
            request.query,
        )
    }
}

/// Returns a request that stands for a form: it asks for JSON, which only programs read.
fn for_programs<'r>(request: &Request<'r>, head: &'r Head) -> Request<'r> {
    Request {
        head,
        query: "",
        format: Format::Json,
        ..*request
    }
}

/// Returns the response with the page of a form, with the status of the error if the form was refused.
fn page(document: Document, error: Option<&Error>) -> Response<Body> {
    let status = error.map_or(http::StatusCode::OK, Error::status);
    response::unkept(status, document)
}

/// Whether an error is about what was typed or asked, so that the form shows it.
fn is_about_the_form(error: &Error) -> bool {
    error.status().is_client_error() && !matches!(error.code(), Code::NotFound | Code::NoRoute)
}

fn no_form() -> Error {
    Error::new(Code::NoRoute, "there is no such form at this path")
}
