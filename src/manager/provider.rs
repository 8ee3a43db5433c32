//! Which manager a request gets: one shared by all requests, one made by a factory, or the default.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::{
    Manager,
    base::{Base, DataAccess},
    layers::{Answers, OutcomeFuture, caught},
};
use crate::{
    database::Database,
    error::Result,
    operation::{Ask, Head, Operation, Outcome},
};

/// Where the manager of a request comes from.
#[derive(Clone, Default)]
pub(crate) enum Provider {
    /// The default data access only.
    #[default]
    Default,
    /// One manager for every request.
    One(Arc<dyn AnyManager>),
    /// A manager for each request.
    Factory(Arc<Factory>),
}

type Factory = dyn Fn(Head) -> Made + Send + Sync;
type Made = Pin<Box<dyn Future<Output = Result<Arc<dyn AnyManager>>> + Send>>;

impl Provider {
    pub(crate) fn one(manager: impl Manager) -> Self {
        Self::One(Arc::new(manager))
    }

    pub(crate) fn factory<F, M>(make: impl Fn(Head) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<M>> + Send + 'static,
        M: Manager,
    {
        Self::Factory(Arc::new(move |head| {
            let made = make(head);
            Box::pin(async move {
                let manager: Arc<dyn AnyManager> = Arc::new(made.await?);
                Ok(manager)
            })
        }))
    }

    /// Whether requests get the default data access.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self, Self::Default)
    }

    /// Whether a manager is made for each request.
    pub(crate) fn is_factory(&self) -> bool {
        matches!(self, Self::Factory(_))
    }

    /// Returns the own database of the manager that serves every request; `None` if that manager has none, or if a
    /// factory makes one for each request.
    pub(crate) fn database(&self) -> Option<Database> {
        match self {
            Self::One(manager) => manager.database_of_its_own(),
            Self::Default | Self::Factory(_) => None,
        }
    }

    /// Returns the database of the request's manager; `None` if that manager has no database of its own. Actions write
    /// to it.
    pub(crate) async fn database_for(&self, head: &Head) -> Result<Option<Database>> {
        match self {
            Self::Factory(make) => {
                let manager = caught(async { make(head.clone()).await }).await?;
                Ok(manager.database_of_its_own())
            }
            Self::Default | Self::One(_) => Ok(self.database()),
        }
    }

    /// Returns the service that answers the operations of a viewset, with `access` as the default data access.
    pub(crate) fn over(self, access: DataAccess) -> impl Answers {
        Managed {
            source: self,
            access: Arc::new(access),
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "Default",
            Self::One(_) => "One",
            Self::Factory(_) => "Factory",
        })
    }
}

/// A type-erased manager, with one method that answers any kind of operation.
pub(crate) trait AnyManager: Send + Sync {
    fn answer(self: Arc<Self>, ask: Ask, base: Base) -> OutcomeFuture;

    fn database_of_its_own(&self) -> Option<Database>;
}

impl<M: Manager> AnyManager for M {
    fn answer(self: Arc<Self>, ask: Ask, base: Base) -> OutcomeFuture {
        Box::pin(async move {
            let base = match self.database() {
                Some(database) => base.on(database),
                None => base,
            };
            Ok(match ask {
                Ask::List(list) => Outcome::Page(self.list(list, base).await?),
                Ask::Retrieve(retrieve) => Outcome::Object(self.retrieve(retrieve, base).await?),
                Ask::Aggregate(aggregate) => {
                    Outcome::Groups(self.aggregate(aggregate, base).await?)
                }
                Ask::Create(create) => Outcome::Created(self.create(create, base).await?),
                Ask::Update(update) => Outcome::Updated(self.update(update, base).await?),
                Ask::Delete(delete) => Outcome::Deleted(self.delete(delete, base).await?),
                Ask::UpdateMany(update) => {
                    Outcome::UpdatedMany(self.update_many(update, base).await?)
                }
                Ask::DeleteMany(delete) => {
                    Outcome::DeletedMany(self.delete_many(delete, base).await?)
                }
            })
        })
    }

    fn database_of_its_own(&self) -> Option<Database> {
        self.database().cloned()
    }
}

/// The service inside all operation layers. It passes an operation, with its `base`, to the manager of the request.
struct Managed {
    source: Provider,
    access: Arc<DataAccess>,
}

impl Answers for Managed {
    fn answer(&self, operation: Operation) -> OutcomeFuture {
        let Operation { head, model, ask } = operation;
        let (source, access) = (self.source.clone(), Arc::clone(&self.access));
        let base = Base::new(head, model, access);
        Box::pin(async move {
            let manager = match source {
                Provider::Default => return base.answer(ask).await,
                Provider::One(manager) => manager,
                Provider::Factory(make) => {
                    caught(async { make(base.head().clone()).await }).await?
                }
            };
            caught(async { manager.answer(ask, base).await }).await
        })
    }
}
