//! [`Act`]: what the handler of an action is given.

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

/// What the handler of an [`Action`](crate::Action) is given.
#[derive(Debug)]
#[non_exhaustive]
pub struct Act<P = ()> {
    /// The request without its body.
    pub head: Head,
    /// The key of the object, in the order of the model's; empty for an action on a collection.
    pub key: Vec<Value>,
    /// The key of the object it is nested under; empty where it is not.
    pub parent: Vec<Value>,
    /// The body.
    pub payload: P,
    /// What is written here is committed once the handler has returned `Ok`.
    pub transaction: Transaction,
}

impl<P> Act<P> {
    /// The key as a type of one's own: its value as JSON shows it, or a tuple of several.
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
    /// [`Code::Internal`] when the key is of another type.
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

    /// The query string as a type of one's own, its names those of fields: nothing else of the library reads it.
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
    ///     Ok(Reply::updated(&since))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a pair cannot be decoded or does not fit; the faults name the parameters.
    pub fn query<Q: DeserializeOwned>(&self) -> Result<Q> {
        query(self.head.uri.query().unwrap_or_default())
    }
}

/// From a body to the handler, ready to be called: what is wrong with the body is known before anything is looked up.
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
