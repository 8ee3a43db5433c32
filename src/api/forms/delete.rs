//! The page that asks whether a row is to be deleted.

use http::{Method, Response};

use super::{
    super::{
        Request, Shared, no_route,
        rows::{ShownObject, read_object},
    },
    SentForm, for_programs, is_about_the_form, page,
    stored::{tag_text, with_tag},
};
use crate::{
    body::Body,
    error::{Error, Result},
    params::{self, Shows},
    representation::Problem,
    response,
    route::Located,
};

impl Shared {
    /// Returns the page that shows a row and what refers to it, and asks whether it is to be deleted. `error` is why
    /// it could not be.
    pub(super) async fn deletion(
        &self,
        (found, key): (&Located<'_>, &str),
        error: Option<&Error>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        let place = entered.place(found.place).ok_or_else(no_route)?;
        let selection = params::object("", &place.offer, &*entered, Shows::Rows)?;
        let read = read_object(&entered, found.place, key, &selection, request.head);
        let ShownObject {
            object,
            objects,
            tag,
        } = read.await?;
        let context = self.around(request);
        let problem = error.map(Problem::of);
        let html = self.writers.html();
        let document = html.deletion(
            &object,
            &objects,
            (&tag_text(tag.as_ref()), problem.as_ref()),
            &context,
        )?;
        Ok(page(document, error))
    }

    /// Deletes a row that the page has shown, and leads to its list.
    pub(super) async fn delete_by(
        &self,
        (found, key): (&Located<'_>, &str),
        sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let head = with_tag(request.head, Method::DELETE, sent.tag());
        let as_program = for_programs(request, &head);
        match self.delete(found, key, &as_program).await {
            Ok(_) => {
                let context = self.around(request);
                let list = context.place.map(|place| place.list);
                Ok(response::see_other(&list.unwrap_or(context.root)))
            }
            Err(error) if is_about_the_form(&error) => {
                self.deletion((found, key), Some(&error), request).await
            }
            Err(error) => Err(error),
        }
    }
}
