//! The call of an action: looks up the required rows, runs the handler, and ends the transaction.

use std::time::Duration;

use http::{Method, Response};
use tracing::{Instrument, instrument::WithSubscriber};

use super::{
    act::{Act, Handler, Ready},
    failure::failed,
};
use crate::{
    body::Body,
    cell::Value,
    database::{ConnectionUser, Database, Query, Transaction},
    error::{Error, Result},
    model::ColumnNumber,
    operation::{Head, Parent, Retrieve},
    payload::Content,
};

/// A request for an action, with everything that answering it takes, as owned data.
pub(crate) struct Call {
    pub(crate) head: Head,
    pub(crate) content: Content,
    /// The rows that must exist, or the answer is a 404; `None` if a key in the path cannot be that of a row.
    pub(crate) rows: Option<Needed>,
    pub(crate) database: Database,
    pub(crate) time_limit: Duration,
    /// Whether the answer depends on more of the request than its URL, such as a header, so that shared caches must not
    /// keep it.
    pub(crate) is_private: bool,
}

/// The rows that must exist for an action.
pub(crate) struct Needed {
    /// The parent row that the path names: car 7 for a path below `/cars/7/parts/`.
    pub(crate) parent: Option<Parent>,
    /// The row of the object that the path names: car 7 for `/cars/7/change_engine/`.
    pub(crate) object: Option<Parent>,
}

impl Call {
    pub(super) async fn run(self, handler: Handler) -> Result<Response<Body>> {
        let ready = handler(&self.content)?;
        let needed = self.rows.as_ref().ok_or_else(Error::no_such_object)?;
        let writes = !matches!(self.head.method, Method::GET | Method::HEAD);
        let user = ConnectionUser::Program;
        let transaction = Transaction::new(self.database.clone(), writes, user, self.time_limit);
        let answer = self.acted(needed, &transaction, ready).await;
        match answer {
            Ok(answer) => {
                transaction.commit().await?;
                Ok(answer)
            }
            Err(error) => Err(transaction.roll_back_after(error).await),
        }
    }

    async fn acted(
        &self,
        needed: &Needed,
        transaction: &Transaction,
        ready: Ready,
    ) -> Result<Response<Body>> {
        let act = Act {
            head: self.head.clone(),
            parent: self.key(needed.parent.as_ref(), transaction).await?,
            key: self.key(needed.object.as_ref(), transaction).await?,
            payload: (),
            transaction: transaction.handle(),
        };
        // The handler runs in its own task. A panic ends only that task, and the caller still rolls back the
        // transaction.
        let replied = ready(act).in_current_span().with_current_subscriber();
        let reply = tokio::spawn(replied).await.map_err(failed)??;
        reply.answer(self.is_private)
    }

    /// Returns the key of a row that must exist, after reading it; empty if `row` is `None`.
    async fn key(&self, row: Option<&Parent>, transaction: &Transaction) -> Result<Vec<Value>> {
        let Some(Parent { model, condition }) = row else {
            return Ok(Vec::new());
        };
        let mut columns = model.key().to_vec();
        columns.sort_unstable();
        let query = Query {
            model: model.clone(),
            ask: Retrieve::new(condition.clone(), columns.clone()),
            time_limit: self.time_limit,
            counter: self.head.counter(),
        };
        let object = transaction.read(query).await?;
        let object = object.ok_or_else(Error::no_such_object)?;
        let part = |column: &ColumnNumber| object.value(*column, &columns);
        let key: Option<Vec<_>> = model.key().iter().map(part).collect();
        key.ok_or_else(Error::no_such_object)
    }
}
