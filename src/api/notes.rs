//! Notes of a request for its span and for metrics.

use http::Response;
use tracing::field::display;

use super::Shared;
use crate::{body::Body, metrics, operation::Head, question::Question, route::Target};

impl Shared {
    /// Records the template of the request's path in its span.
    pub(super) fn note_route(&self, target: Option<&Target<'_>>, head: &Head) {
        let span = head.span();
        if let Some(target) = target.filter(|_| !span.is_disabled()) {
            let route = self.routes.template(target);
            let method = metrics::method_name(&head.method);
            span.record("otel.name", display(format_args!("{method} {route}")));
            span.record("http.route", display(route));
        }
    }

    /// Notes in the response what its request has asked for.
    pub(super) fn note_question(
        &self,
        target: Option<&Target<'_>>,
        question: Option<Question<'_>>,
        response: &mut Response<Body>,
    ) {
        let place = target.and_then(Target::found);
        let place = place.and_then(|found| self.place(found.place).ok());
        let model = place.map(|place| place.model().name());
        let operation = question.map_or("", Question::name);
        metrics::note_question(response.extensions_mut(), model, operation);
    }
}
