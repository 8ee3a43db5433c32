//! Web pages: answers for people with a browser.
//!
//! 1. A page is complete without its script, and loads nothing but its style and script from the API itself.
//! 2. Templates escape every text; only parts that a template has rendered are inserted as they are.
//! 3. A page shows the same rows as the same URL does in any other format.

mod cell_view;
mod choices;
#[cfg(feature = "openapi")]
mod docs;
mod facets;
mod failure;
mod fault_text;
mod filters;
mod form_page;
mod groups;
mod heading;
mod layout;
mod list;
mod look;
mod moment_view;
mod object;
mod overview;
mod pager;
mod query;
mod row_view;
#[cfg(feature = "swagger-ui")]
mod swagger_ui;

use askama::Template;

#[cfg(feature = "openapi")]
pub(crate) use self::docs::DocsLinks;
#[cfg(feature = "openapi")]
use self::docs::DocsPage;
pub(crate) use self::layout::{SCRIPT, STYLE};
pub use self::look::{Account, Html, PageMain, PagePart};
#[cfg(feature = "swagger-ui")]
pub(crate) use self::swagger_ui::{SwaggerFile, SwaggerPage};
use self::{
    failure::failed,
    form_page::{ActFormPage, DeletionPage, LookUpPage, PasteFormPage, RowFormPage},
    groups::GroupsPage,
    layout::Layout,
    list::ListPage,
    object::ObjectPage,
    overview::{DescriptionPage, ProblemPage, RootPage},
};
#[cfg(feature = "openapi")]
use super::docs::DrawnDocs;
use super::{
    context::PageContext,
    description::Description,
    form::{ActForm, LookUpForm, PasteForm, RowForm},
    json::Json,
    objects::Objects,
    pieces::Document,
    problem::Problem,
    writer::{Pagination, Root, StreamWriter, Writer},
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    model::Column,
    operation::{Object, Page, too_large},
    params::Format,
};

/// The bytes of the main part of a usual page, for which room is made at once.
const USUAL_BYTES: usize = 24 << 10;

/// The writer of web pages.
pub(crate) struct HtmlWriter {
    look: Html,
}

impl HtmlWriter {
    pub(super) fn new(look: Html) -> Self {
        Self { look }
    }

    /// Returns the document of a page whose main part is a template. `json` returns the same answer as JSON.
    fn whole(
        &self,
        (part, title): (PagePart, &str),
        main: &impl Template,
        context: Option<&PageContext<'_>>,
        json: impl FnOnce() -> Vec<u8>,
    ) -> Result<Document> {
        let mut html = String::with_capacity(USUAL_BYTES);
        main.render_into(&mut html).map_err(failed)?;
        let page = PageMain {
            title,
            uri: context.map_or("", |context| &context.uri),
            html: &html,
            json: "",
        };
        let main = self.look.main(part, page, json).unwrap_or(html);
        let layout = Layout::new(&self.look, part, title, main, context);
        let mut document = String::with_capacity(layout.bytes());
        layout.render_into(&mut document).map_err(failed)?;
        Ok(Document::new(
            Format::Html.media_type(),
            document.into_bytes(),
        ))
    }

    /// Returns the document of the page of a form.
    fn form(
        &self,
        title: &str,
        main: &impl Template,
        context: &PageContext<'_>,
    ) -> Result<Document> {
        self.whole((PagePart::Form, title), main, Some(context), Vec::new)
    }
}

impl HtmlWriter {
    /// Returns the page of a form for one row.
    pub(crate) fn row_form(
        &self,
        form: &RowForm<'_>,
        context: &PageContext<'_>,
    ) -> Result<Document> {
        let main = RowFormPage::of(form, context);
        self.form(&main.title, &main, context)
    }

    /// Returns the page of a form for an action.
    pub(crate) fn act_form(
        &self,
        form: &ActForm<'_>,
        context: &PageContext<'_>,
    ) -> Result<Document> {
        let above = context.trail.iter().rev().nth(1);
        let main = ActFormPage {
            form,
            uri: &context.uri,
            back: above.map(|crumb| crumb.uri.as_str()),
        };
        self.form(form.name, &main, context)
    }

    /// Returns the page where a table is pasted.
    pub(crate) fn paste_form(
        &self,
        form: &PasteForm<'_>,
        context: &PageContext<'_>,
    ) -> Result<Document> {
        let uri = &context.uri;
        let main = PasteFormPage { form, uri };
        self.form("Paste rows", &main, context)
    }

    /// Returns the page on which a row is looked up.
    pub(crate) fn look_up(
        &self,
        form: &LookUpForm<'_>,
        context: &PageContext<'_>,
    ) -> Result<Document> {
        let uri = &context.uri;
        let main = LookUpPage { form, uri };
        let title = format!("Look up {}", form.model);
        self.form(&title, &main, context)
    }

    /// Returns the page that asks whether a row is to be deleted. With the row go its `ETag`, and why it could not be.
    pub(crate) fn deletion(
        &self,
        object: &Object,
        objects: &Objects,
        (tag, problem): (&str, Option<&Problem<'_>>),
        context: &PageContext<'_>,
    ) -> Result<Document> {
        let main = DeletionPage {
            object: ObjectPage::of(object, objects, context)?,
            tag,
            problem,
            uri: &context.uri,
        };
        let title = format!("Delete {}?", main.object.title);
        self.form(&title, &main, context)
    }

    /// Returns the page of the OpenAPI document. `json` returns the document.
    #[cfg(feature = "openapi")]
    pub(crate) fn docs(
        &self,
        (drawn, json): (&DrawnDocs, impl FnOnce() -> Vec<u8>),
        links: &DocsLinks,
        context: &PageContext<'_>,
    ) -> Result<Document> {
        let DrawnDocs { head, body } = drawn;
        let main = DocsPage { head, links, body };
        self.whole((PagePart::Docs, &head.title), &main, Some(context), json)
    }
}

impl Writer for HtmlWriter {
    fn needs_context(&self) -> bool {
        true
    }

    fn page(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let context = context.ok_or_else(without_context)?;
        let main = ListPage::of(page, pagination, objects, context)?;
        let document = self.whole((PagePart::List, &main.title), &main, Some(context), || {
            bytes(Json.page(page, pagination, objects, None))
        })?;
        limited(document, objects)
    }

    fn groups(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        columns: (&[Column], usize),
        context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let context = context.ok_or_else(without_context)?;
        let main = GroupsPage::of(page, pagination, columns, context)?;
        let document = self.whole((PagePart::List, &main.title), &main, Some(context), || {
            bytes(Json.page(page, pagination, objects, None))
        })?;
        limited(document, objects)
    }

    fn object(
        &self,
        object: &Object,
        objects: &Objects,
        context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let context = context.ok_or_else(without_context)?;
        let main = ObjectPage::of(object, objects, context)?;
        let document = self.whole(
            (PagePart::Object, &main.title),
            &main,
            Some(context),
            || bytes(Json.object(object, objects, None)),
        )?;
        limited(document, objects)
    }

    fn array(&self, page: &Page, objects: &Objects) -> Result<Document> {
        Json.array(page, objects)
    }

    fn count(&self, member: &str, count: u64) -> Document {
        Json.count(member, count)
    }

    fn stream(&self) -> Option<&'static dyn StreamWriter> {
        None
    }

    fn root(&self, root: &Root<'_>, context: Option<&PageContext<'_>>) -> Document {
        let main = RootPage::of(root, self.look.name());
        let json = || bytes(Ok(Json.root(root, None)));
        self.whole((PagePart::Root, self.look.name()), &main, context, json)
            .unwrap_or_else(|_| Json.root(root, context))
    }

    fn description(
        &self,
        description: &Description<'_>,
        context: Option<&PageContext<'_>>,
    ) -> Document {
        let main = DescriptionPage::of(description);
        let json = || bytes(Ok(Json.description(description, None)));
        self.whole((PagePart::Description, &main.title), &main, context, json)
            .unwrap_or_else(|_| Json.description(description, context))
    }

    fn error(&self, problem: &Problem<'_>, context: Option<&PageContext<'_>>) -> Document {
        let main = ProblemPage::of(problem, context);
        let json = || bytes(Ok(Json.error(problem, None)));
        self.whole((PagePart::Problem, problem.title), &main, context, json)
            .unwrap_or_else(|_| Json.error(problem, context))
    }
}

/// Returns the document, or an error if it exceeds the byte limit of an answer.
fn limited(document: Document, objects: &Objects) -> Result<Document> {
    match document.bytes() > objects.most_bytes {
        true => Err(too_large()),
        false => Ok(document),
    }
}

/// Returns the bytes of a document; none for an error, which the page itself reports.
fn bytes(document: Result<Document>) -> Vec<u8> {
    let document = document.map(|document| document.pieces.concat());
    document.unwrap_or_default()
}

/// Returns the internal error for a page of rows without the viewset that they belong to.
fn without_context() -> Error {
    let source = "a page of rows is written without its viewset";
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}
