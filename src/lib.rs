//! SQL models as REST resources, each one a `tower::Service`.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod error; // what went wrong

mod cell; // one value of a row: the narrow waist

mod model; // what is served

mod condition; // which rows are meant

mod params; // the query string → what is asked

mod operation; // what is asked, as data

mod statement; // operations → SQL

mod database; // SQL → rows of cells

mod manager; // operations → outcomes

mod link; // keys and complete URIs

mod representation; // rows of cells → bytes

mod body; // the bytes of a response

mod response; // status and headers

mod describe; // what a place says of itself

mod route; // path → place and key

mod viewset; // a model as served

mod place; // a viewset at a path

mod api; // the service: the whole flow

mod router; // viewsets by path, built into the service

pub use crate::{
    api::{Api, ResponseFuture},
    body::Body,
    cell::{Cell, Date, Row, Rows, Time, Timestamp, Type, Value},
    database::Database,
    error::{BoxError, Code, Error, Fault, Result},
    link::{Forwarded, Mount},
    model::{Column, Columns, Model, TimestampFormat, UuidFormat},
    params::{Count, Limits, Lookup},
    router::Router,
    viewset::ViewSet,
};
