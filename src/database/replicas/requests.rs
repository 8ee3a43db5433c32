//! Readings for a request, which a replica may answer.

use super::super::{driver::Replica, export::Tapes, handle::Database, reading::Query};
use crate::{
    error::Result,
    metrics,
    operation::{Head, List, Repeatable, answer_to},
    read_after::Freshness,
};

impl Database {
    /// Exports a whole list for a request; returns once its first rows are read.
    pub(crate) async fn export(&self, query: Query<List>, head: &Head) -> Result<Tapes> {
        let Some(replica) = self.replica_for(head) else {
            return self.export_from(&*self.0.driver, query).await;
        };
        match self.export_from(replica.driver(), query.clone()).await {
            Err(error) if replica.has_failed(&error) => {
                metrics::retried("primary");
                self.export_from(&*self.0.driver, query).await
            }
            exported => exported,
        }
    }

    /// Runs an operation that only reads, for a request: on a replica, if there is one with rows that are new enough.
    pub(crate) async fn read_for<Q: Repeatable + Clone>(
        &self,
        query: Query<Q>,
        head: &Head,
    ) -> Result<Q::Answer> {
        let Some(replica) = self.replica_for(head) else {
            return self.read(query).await;
        };
        let reading = replica.driver().read(self.reading(query.clone()));
        match self.0.admission.run(reading).await {
            Err(error) if replica.has_failed(&error) => {
                metrics::retried("primary");
                self.read(query).await
            }
            read => answer_to::<Q>(self.logged(read)?),
        }
    }

    /// Whether replicas answer readings.
    #[cfg(feature = "openapi")]
    pub(crate) fn has_replicas(&self) -> bool {
        self.0.driver.has_replicas()
    }

    /// Returns the replica that answers a request; `None` if the primary does.
    fn replica_for(&self, head: &Head) -> Option<Box<dyn Replica + '_>> {
        let driver = &self.0.driver;
        let of = || Freshness::of(&head.method, &head.headers);
        driver
            .has_replicas()
            .then(of)
            .and_then(|freshness| driver.replica(&freshness))
    }
}
