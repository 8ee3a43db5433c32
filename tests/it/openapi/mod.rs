//! The OpenAPI document: what it describes is served, what is served it describes, and nothing else is in it.

mod contract;
mod docs;
mod generators;
mod hidden;
mod names;
mod schemathesis;
mod structure;
mod tools;
mod types;

use serde_json::Value;
use tower_rest::{Api, Router, Schema};

pub(crate) use self::contract::Contract;
use crate::{
    databases::{Fresh, Kind},
    reflection::awkward,
    server::ask,
};

/// The document of an API.
async fn document(api: &Api) -> Value {
    let answer = ask(api, "/openapi.json").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

/// A database whose names need care everywhere, and its tables, all of them writable.
async fn reflected(kind: Kind) -> (Fresh, Router) {
    let fresh = kind.fresh().await;
    fresh.execute(&awkward::script(kind)).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let router = Router::of(schema).writable();
    (fresh, router)
}
