//! The data access of a viewset: a service from an [`Operation`] to its [`Outcome`].

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tower::{Service, util::BoxCloneSyncService};

use crate::{
    database::Database,
    error::{Error, Result},
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
        Box::pin(async move { database.read(operation).await })
    }
}
