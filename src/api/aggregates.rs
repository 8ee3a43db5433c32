//! Answers with groups of rows and their aggregates.

use std::{sync::Arc, time::Instant};

use http::Response;

use super::{Request, Shared, conditional, pages::PageLinks, rows::timed};
use crate::{
    body::Body,
    error::{Error, Result},
    model::{Column, ColumnNumber, numbered},
    operation::Aggregate,
    params::{self, Count, Paging},
    place::Place,
    representation::{CellIndex, Members, Objects},
    response,
    route::Located,
    visibility::Visibility,
};

impl Shared {
    /// Returns the response to a request for aggregates of a list's rows: a page of groups.
    pub(super) async fn aggregates(
        &self,
        found: &Located<'_>,
        visibility: Visibility<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let params = params::aggregates(request.query, &place.offer, &visibility)?;
        let entered = visibility.enter(found).ok_or_else(Error::no_such_object)?;
        let (rows, parent) = entered.rows(found.place)?;
        let limits = &place.offer.limits;
        let aggregate = Aggregate {
            parent,
            filter: rows.and(params.filter),
            also: Vec::new(),
            groups: params.groups,
            aggregates: params.aggregates,
            order: params.order,
            position: params.position,
            size: params.size,
            most_groups: limits.aggregate_groups as u64,
            most_bytes: limits.page_bytes,
            integers_as_text: place.offer.integers_as_text,
        };
        let columns = aggregate.columns(place.model());
        let advised = |error| place.advised(error, true);
        let started = Instant::now();
        let groups = aggregate.groups.len();
        let page = place.ask(aggregate, request.head).await.map_err(advised)?;
        let read = Instant::now();
        request.head.span().record("rows", page.rows.len());
        let path = entered.trail().below(&place.name);
        let links = PageLinks {
            list: entered.base().collection(&path),
            query: request.query,
            paging: Paging {
                position: params.position,
                size: params.size,
                count: Count::Exact,
                offers_exact: true,
                deepest: limits.aggregate_groups as u64,
            },
            at: params.page_at,
            cursors: None,
        };
        let pagination = links.pagination(&page)?;
        let objects = objects(place, &columns)?;
        let writer = self.writers.of(request.format);
        let context = request.context(writer);
        let of = (&*columns, groups);
        let written = writer.groups(&page, &pagination, &objects, of, context.as_ref());
        let mut document = written.map_err(advised)?;
        if place.offer.pages.headers {
            document.links = pagination.all();
            document.total = page.total;
        }
        let document = timed(document, context.is_some(), [started, read]);
        let mut response = conditional::document(document, None, place, request)?;
        response::as_file(&mut response, &place.name, request.format, false);
        Ok(response)
    }
}

/// Returns how the groups are shown: each as an object of these columns.
fn objects(place: &Place, columns: &[Column]) -> Result<Objects> {
    let all: Vec<ColumnNumber> = numbered(columns).map(|(number, _)| number).collect();
    let names = columns.iter().map(|column| column.name().to_owned());
    let members = Members {
        columns: names.collect(),
        are_wide: columns.iter().map(Members::is_wide).collect(),
        ..Members::default()
    };
    let shown = all
        .iter()
        .map(|number| Ok((*number, CellIndex::of(*number, &all)?)));
    Ok(Objects {
        members: Arc::new(members),
        href: None,
        shows_href: false,
        id: None,
        columns: shown.collect::<Result<_>>()?,
        relations: Vec::new(),
        integers_as_text: place.integers_as_text,
        most_bytes: place.offer.limits.page_bytes,
    })
}
