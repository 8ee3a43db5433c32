#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "each database uses its part of what they share")
)]
#![cfg_attr(
    not(feature = "sqlite"),
    expect(unused_imports, reason = "SQLite alone keeps values as texts")
)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

// Derived code names the crate from outside.
#[cfg(test)]
extern crate self as tower_rest;

mod error; // the one error type

mod cell; // one value of a row

mod model; // tables, columns and relations as served

mod predicate; // typed conditions on rows

mod params; // the query string → typed parameters

mod condition; // conditions on rows, as written by a program

mod operation; // a request's question, as data

mod keys; // key parts that are not in the URL

mod policy; // whether a request is allowed

mod scope; // the rows a request may see

mod statement; // operations → SQL

mod catalog; // the tables and columns of a database

mod memory; // operations over rows in memory

mod database; // SQL → rows of cells

mod schema; // a whole database, reflected as models

mod manager; // operations → outcomes

mod header; // lists, parameters and media types in header fields

mod link; // keys and complete URIs

mod csrf; // refusal of cross-site forms

mod representation; // rows of cells → bytes

mod body; // the bytes of a request or response

mod payload; // the bytes of a request → a value

mod response; // status and headers

mod action; // custom methods

mod describe; // descriptions of places

mod route; // path → place and key

mod layers; // layers around the flow

mod viewset; // a model as served

mod place; // a viewset at a path

mod question; // the request's question, by path and method

mod visibility; // the rows of every place visible to one request

mod view; // the members shown, and the columns read for them

mod api; // from a request to its answer: the whole flow

mod service; // the flow inside its layers, as a tower service

mod router; // viewsets by path, built into the service

mod layer; // the service around another one

#[cfg(feature = "testing")]
pub mod testing; // a client without sockets

#[cfg(feature = "mysql")]
pub use crate::database::MySqlTransaction;
#[cfg(feature = "postgres")]
pub use crate::database::PostgresTransaction;
#[cfg(feature = "sqlite")]
pub use crate::database::SqliteTransaction;
pub use crate::{
    action::{Act, Action, Methods, Reply},
    body::Body,
    cell::{Cell, Date, Infinite, Row, Rows, Time, Timestamp, Type, Value},
    condition::{Condition, Tested},
    database::{Database, Transaction},
    error::{BoxError, Code, Error, Fault, Result, Where},
    keys::{KeyPart, Keys},
    layer::{ApiLayer, ApiService, ApiServiceFuture},
    layers::{ResponseFuture, Route},
    link::{Forwarded, Mount},
    manager::{Base, FromFn, FromFnService, Manager, Next, Operations, from_fn},
    model::{
        Column, Columns, Declared, Field, FieldType, Model, Name, TimestampFormat, UuidFormat,
    },
    operation::{Ask, Head, List, Object, Operation, Outcome, Page, Retrieve},
    params::{Count, Limits, Lookup, Position},
    policy::Access,
    router::Router,
    schema::{LeftOut, Reflect, Schema},
    service::Api,
    viewset::{ToMany, ViewSet},
};

#[cfg(feature = "derive")]
pub use tower_rest_derive::{Choices, Model};

/// Items used by the code of `#[derive(Model)]` and `#[derive(Choices)]`; not part of the public API.
#[doc(hidden)]
pub mod declared {
    pub use crate::model::{Declaration, Given, Handles, Holds, Said, given};
}

/// How to use the crate, chapter by chapter.
pub mod guide {
    #[doc = include_str!("../docs/guide/models.md")]
    pub mod models {}
    #[doc = include_str!("../docs/guide/viewsets.md")]
    pub mod viewsets {}
    #[doc = include_str!("../docs/guide/lists.md")]
    pub mod lists {}
    #[doc = include_str!("../docs/guide/filtering.md")]
    pub mod filtering {}
    #[doc = include_str!("../docs/guide/values.md")]
    pub mod values {}
    #[doc = include_str!("../docs/guide/links.md")]
    pub mod links {}
    #[doc = include_str!("../docs/guide/keys.md")]
    pub mod keys {}
    #[doc = include_str!("../docs/guide/relations.md")]
    pub mod relations {}
    #[doc = include_str!("../docs/guide/nesting.md")]
    pub mod nesting {}
    #[doc = include_str!("../docs/guide/reflection.md")]
    pub mod reflection {}
    #[doc = include_str!("../docs/guide/managers.md")]
    pub mod managers {}
    #[doc = include_str!("../docs/guide/actions.md")]
    pub mod actions {}
    #[doc = include_str!("../docs/guide/access.md")]
    pub mod access {}
    #[doc = include_str!("../docs/guide/testing.md")]
    pub mod testing {}
    #[doc = include_str!("../docs/guide/drf.md")]
    pub mod drf {}
    #[doc = include_str!("../docs/guide/hosts.md")]
    pub mod hosts {}
    #[doc = include_str!("../docs/guide/databases.md")]
    pub mod databases {}
    #[doc = include_str!("../docs/guide/errors.md")]
    pub mod errors {}
}
