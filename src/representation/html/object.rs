//! The page of one object.

use askama::Template;

use super::{
    super::{
        context::{ActionLink, PageContext},
        objects::Objects,
    },
    row_view::{MemberView, RowViews, ValueView},
};
use crate::{
    error::{Error, Result},
    operation::Object,
};

/// The main part of the page of one object.
#[derive(Debug, Template)]
#[template(path = "object.html", config = "src/representation/html/askama.toml")]
pub(super) struct ObjectPage<'a> {
    pub(super) title: String,
    columns: Vec<MemberView<'a>>,
    relations: Vec<MemberView<'a>>,
    may_update: bool,
    may_delete: bool,
    actions: &'a [ActionLink<'a>],
}

/// The columns and the relations of an object.
#[derive(Debug, Template)]
#[template(path = "parts.html", config = "src/representation/html/askama.toml")]
struct ObjectParts<'a> {
    columns: &'a [MemberView<'a>],
    relations: &'a [MemberView<'a>],
}

impl<'a> ObjectPage<'a> {
    /// Returns the columns and the relations of the object.
    pub(super) fn parts(&self) -> impl Template {
        ObjectParts {
            columns: &self.columns,
            relations: &self.relations,
        }
    }

    pub(super) fn of(
        object: &'a Object,
        objects: &'a Objects,
        context: &'a PageContext<'_>,
    ) -> Result<Self> {
        let place = context.place()?;
        let views = RowViews {
            objects,
            offer: Some(place.offer),
            in_list: false,
        };
        let row = object.row().ok_or_else(Error::no_such_object)?;
        let view = views.view(row, 0, &object.related, b"");
        let is_column = |member: &MemberView<'_>| matches!(member.value, ValueView::Cell(_));
        let (columns, relations) = view.members.into_iter().partition(is_column);
        let key = context.trail.last().map_or("", |crumb| &crumb.text);
        Ok(Self {
            title: format!("{} {key}", place.offer.model.name()),
            columns,
            relations,
            may_update: place.may.update,
            may_delete: place.may.delete,
            actions: &place.actions,
        })
    }
}
