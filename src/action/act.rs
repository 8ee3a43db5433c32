//! [`Act`], the argument of an action's handler.

use std::{future::Future, pin::Pin, sync::Arc};

use serde::de::DeserializeOwned;

use super::{failure::failed, reply::Reply};
use crate::{
    cell::Value,
    database::Transaction,
    error::Result,
    operation::Head,
    payload::{Content, query},
    representation::write_cell,
};

/// The argument of an [`Action`](crate::Action)'s handler.
#[derive(Debug)]
#[non_exhaustive]
pub struct Act<P = ()> {
    /// The request without its body.
    pub head: Head,
    /// The key of the object, in the order of the model's key columns, as 7 for `/cars/7/sell/`; empty for an action on
    /// a collection.
    pub key: Vec<Value>,
    /// The key of the parent object, as 7 for an action below `/cars/7/parts/`; empty if the action is not nested.
    pub parent: Vec<Value>,
    /// The parsed body.
    pub payload: P,
    /// The transaction of the action, committed when the handler returns `Ok`.
    pub transaction: Transaction,
}

impl<P> Act<P> {
    /// Deserializes the key of the object from its JSON values: a single value, or a tuple if it has several columns.
    ///
    /// ```
    /// use tower_rest::{Act, Result};
    ///
    /// async fn of_a_part(act: Act) -> Result<()> {
    ///     let (car_id, part_no) = act.key_as::<(i64, u16)>()?;
    ///     tracing::info!(car_id, part_no);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Code::Internal`](crate::Code::Internal) when the key does not fit `K`.
    pub fn key_as<K: DeserializeOwned>(&self) -> Result<K> {
        let mut json = Vec::new();
        for (at, part) in self.key.iter().enumerate() {
            json.push(if at == 0 { b'[' } else { b',' });
            write_cell(part.as_cell(), &mut json);
        }
        json.push(b']');
        let whole = match self.key.len() {
            1 => json.get(1..json.len() - 1).unwrap_or_default(),
            _ => &json,
        };
        serde_json::from_slice(whole).map_err(failed)
    }

    /// Deserializes the query string, with parameter names as field names. The library itself ignores the query string
    /// of an action.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use tower_rest::{Act, Reply, Result};
    ///
    /// #[derive(Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct Asked { since: u16 }
    ///
    /// async fn stats(act: Act) -> Result<Reply> {
    ///     let Asked { since } = act.query()?; // `?since=2010`, or a 400
    ///     Ok(Reply::json(&since))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a parameter cannot be decoded or does not fit `Q`; the faults of the error name the parameters.
    pub fn query<Q: DeserializeOwned>(&self) -> Result<Q> {
        query(self.head.uri.query().unwrap_or_default())
    }
}

/// A function that parses a body, and returns the call of the handler, prepared but not begun. A faulty body is thus
/// refused before any row is looked up.
pub(super) type Handler = Arc<dyn Fn(&Content) -> Result<Ready> + Send + Sync>;
pub(super) type Ready = Box<dyn FnOnce(Act) -> Replied + Send>;
pub(super) type Replied = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

impl Act {
    pub(super) fn with<P>(self, payload: P) -> Act<P> {
        Act {
            head: self.head,
            key: self.key,
            parent: self.parent,
            payload,
            transaction: self.transaction,
        }
    }
}
