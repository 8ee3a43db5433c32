//! The data access of a viewset: a service from an [`Operation`] to its [`Outcome`].
//!
//! An operation runs in a task of its own: a request that is dropped leaves no statement half read on a connection, and
//! a panic ends that request alone, with a 500.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tower::{Service, util::BoxCloneSyncService};
use tracing::{Instrument, instrument::WithSubscriber};

use crate::{
    database::Database,
    error::{Code, Error, Result, SERVER_FAILED},
    operation::{Operation, Outcome},
};

/// What answers the operations of a place, whatever stands between.
pub(crate) type Operations = BoxCloneSyncService<Operation, Outcome, Error>;

/// The default data access: the viewset's own database.
#[derive(Clone, Debug)]
pub(crate) struct DefaultManager(pub(crate) Database);

impl Service<Operation> for DefaultManager {
    type Response = Outcome;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, operation: Operation) -> Self::Future {
        let database = self.0.clone();
        let work = async move { database.read(&operation.model, &operation.ask).await };
        let task = tokio::spawn(work.in_current_span().with_current_subscriber());
        Box::pin(async move {
            let failed = |error| Err(Error::new(Code::Internal, SERVER_FAILED).with_source(error));
            task.await.unwrap_or_else(failed)
        })
    }
}
