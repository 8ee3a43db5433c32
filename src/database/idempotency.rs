//! The stored answers of requests with an idempotency key: creating their table, finding an answer, removing expired
//! ones.

use std::time::Duration;

use super::{
    handle::Database,
    reading::Query,
    transaction::{ConnectionUser, Transaction},
};
use crate::{
    cell::{Row, Value},
    error::Result,
    idempotency::{self, KeptAnswer, KeyedRequest},
    operation::{Counter, List, Retrieve},
    params::{Count, Order, Paging, Position},
    statement::Statement,
};

/// The most expired answers that are removed at once.
const REMOVED: u64 = 100;

impl Database {
    /// Returns the statements that create the table `tower_rest_idempotency` and its index. The table holds the answers
    /// to requests with an `Idempotency-Key` ([`ViewSet::idempotent`](crate::ViewSet::idempotent)).
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::Database;
    ///
    /// let db = Database::in_memory().await?;
    /// db.execute_script(&db.idempotency_table()).await?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    #[must_use]
    pub fn idempotency_table(&self) -> String {
        let (name, table) = (idempotency::TABLE, self.create_table(idempotency::model()));
        format!("{table}; CREATE INDEX {name}_expires_at ON {name} (expires_at)")
    }

    /// Finds the stored answer for a request; `None` if there is none, or it has expired.
    ///
    /// # Errors
    ///
    /// [`Code::IdempotencyMismatch`](crate::error::Code::IdempotencyMismatch) when the key belongs to another request.
    pub(crate) async fn recall(
        &self,
        keyed: &KeyedRequest,
        time_limit: Duration,
        counter: Option<Counter>,
    ) -> Result<Option<KeptAnswer>> {
        let row = idempotency::has_id([keyed.id().to_owned()]);
        let found = self.read(Query {
            model: idempotency::model().clone(),
            ask: Retrieve::new(row, idempotency::columns()),
            time_limit,
            counter,
        });
        match found.await? {
            Some(found) => idempotency::read(&found, keyed),
            None => Ok(None),
        }
    }

    /// Removes some of the answers that have expired.
    pub(crate) async fn forget_expired(&self, time_limit: Duration) -> Result<()> {
        let model = idempotency::model();
        let key = model.primary_key().to_vec();
        let paging = Paging {
            position: Position::Page(1),
            size: REMOVED,
            count: Count::Off,
            offers_exact: false,
            deepest: u64::MAX,
        };
        let order = model
            .stored("expires_at")
            .into_iter()
            .chain(key.iter().copied());
        let order = order.map(Order::by).collect();
        let found = self.read(Query {
            model: model.clone(),
            ask: List::new(idempotency::expired(), order, key, paging),
            time_limit,
            counter: None,
        });
        let page = found.await?;
        let cells = page.rows.iter().flat_map(Row::cells);
        let ids: Vec<_> = cells
            .filter_map(|cell| match cell.to_value() {
                Some(Value::Text(id)) => Some(id),
                _ => None,
            })
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        // The condition is repeated, since an expired answer may have been replaced by a new one in the meantime.
        let these = idempotency::has_id(ids).and(idempotency::expired());
        let delete = Statement::delete(model, &these, self.dialect());
        let transaction = Transaction::new(self.clone(), true, ConnectionUser::Library, time_limit);
        transaction.write(vec![delete], time_limit).await?;
        transaction.commit().await
    }
}
