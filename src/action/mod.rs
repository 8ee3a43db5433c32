//! Actions: custom methods on a collection or on one object.
//!
//! 1. A handler receives owned data and runs to its end, even if the client disconnects.
//! 2. The object and the parent that the path names are looked up in the action's own transaction.
//! 3. The response is built before the transaction is committed, and sent afterwards.

mod act;
mod call;
mod failure;
mod reply;
mod schemas;

use std::{fmt, future::Future, sync::Arc};

use http::{Method, Response};
use serde::de::DeserializeOwned;
use tracing::{Instrument, instrument::WithSubscriber};

pub(crate) use self::call::{Call, Needed};
#[cfg(feature = "openapi")]
pub(crate) use self::schemas::TypeSchema;
pub use self::{act::Act, reply::Reply};
use self::{
    act::{Handler, Ready, Replied},
    failure::failed,
    schemas::ActionSchemas,
};
use crate::{body::Body, error::Result};

/// The HTTP methods that an action answers: one method, or an array of several.
#[derive(Clone, Debug)]
pub struct Methods(Vec<Method>);

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self(vec![method])
    }
}

impl<const N: usize> From<[Method; N]> for Methods {
    fn from(methods: [Method; N]) -> Self {
        Self(methods.into())
    }
}

impl From<Vec<Method>> for Methods {
    fn from(methods: Vec<Method>) -> Self {
        Self(methods)
    }
}

/// A custom method on the collection or on one object of a [`ViewSet`](crate::ViewSet).
///
/// On the collection of cars, `import` is `/cars/import/`; on one car, `change_engine` is `/cars/7/change_engine/`. The
/// handler is any async function of one [`Act`], whose payload is deserialized from a JSON or form body.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use http::Method;
/// use serde::Deserialize;
/// use tower_rest::{Act, Action, Model, Reply, Result, ViewSet};
/// # let db = tower_rest::Database::in_memory().await?;
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     engine: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Engine { kind: String }
///
/// async fn change_engine(act: Act<Engine>) -> Result<Reply> {
///     let mut sqlite = act.transaction.sqlite().await?;
///     sqlx::query("UPDATE cars SET engine = ? WHERE car_id = ?")
///         .bind(&act.payload.kind)
///         .bind(act.key_as::<i64>()?)
///         .execute(&mut *sqlite)
///         .await?;
///     Ok(Reply::json(&act.payload.kind))
/// }
///
/// let cars = ViewSet::of::<Car>(&db)
///     .action(Action::on_object("change_engine", Method::POST, change_engine));
/// # cars.build()?;
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
#[must_use = "an action does nothing until a viewset has it"]
pub struct Action {
    pub(crate) name: String,
    pub(crate) methods: Vec<Method>,
    pub(crate) on_object: bool,
    pub(crate) shadows_keys: bool,
    pub(crate) description: Option<String>,
    pub(crate) schemas: ActionSchemas,
    handler: Handler,
}

impl Action {
    /// Creates an action on the whole collection, at `/cars/{name}/`.
    pub fn on_collection<P, F, R>(
        name: &str,
        methods: impl Into<Methods>,
        handler: impl Fn(Act<P>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        F: Future<Output = Result<R>> + Send + 'static,
        R: Into<Reply>,
    {
        Self {
            name: name.to_owned(),
            methods: methods.into().0,
            on_object: false,
            shadows_keys: false,
            description: None,
            schemas: ActionSchemas::default(),
            handler: handled(handler),
        }
    }

    /// Creates an action on one object, at `/cars/{key}/{name}/`. The action's transaction checks that the object
    /// exists within the scope and under its parents; otherwise the answer is a 404, and the handler is not called.
    pub fn on_object<P, F, R>(
        name: &str,
        methods: impl Into<Methods>,
        handler: impl Fn(Act<P>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        F: Future<Output = Result<R>> + Send + 'static,
        R: Into<Reply>,
    {
        Self {
            on_object: true,
            ..Self::on_collection(name, methods, handler)
        }
    }

    /// Gives the action precedence over an object whose key equals the action's name. The URL of that object, and every
    /// link to it, is then `/cars/~{name}/`. Required for an action on a collection whose objects have text keys.
    pub fn shadows_keys(mut self) -> Self {
        self.shadows_keys = true;
        self
    }

    /// Sets the description shown by OPTIONS.
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Returns the methods that call the handler: the declared ones, and HEAD if GET is among them.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        let declared = self.methods.iter().map(Method::as_str);
        let head = self.methods.contains(&Method::GET).then_some("HEAD");
        declared.chain(head)
    }

    /// Runs the action and returns its response. The action runs in its own task, which continues if the client
    /// disconnects.
    pub(crate) async fn answer(&self, call: Call) -> Result<Response<Body>> {
        let unit = call.run(Arc::clone(&self.handler));
        let unit = unit.in_current_span().with_current_subscriber();
        tokio::spawn(unit).await.map_err(failed)?
    }
}

/// Types in the OpenAPI document (feature `schemars`).
#[cfg(feature = "schemars")]
impl Action {
    /// Describes the payload of the action in the OpenAPI document, by the type that the handler takes in
    /// [`Act::payload`](crate::Act::payload). Default: any JSON.
    ///
    /// ```
    /// use http::Method;
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    /// use tower_rest::{Act, Action, Reply, Result};
    ///
    /// #[derive(Deserialize, Serialize, JsonSchema)]
    /// struct Engine { kind: String }
    ///
    /// async fn change_engine(act: Act<Engine>) -> Result<Reply> {
    ///     Ok(Reply::json(&act.payload))
    /// }
    ///
    /// let action = Action::on_object("change_engine", Method::POST, change_engine)
    ///     .payload_schema::<Engine>()
    ///     .reply_schema::<Engine>();
    /// ```
    pub fn payload_schema<P: schemars::JsonSchema + DeserializeOwned>(mut self) -> Self {
        self.schemas.payload = Some(TypeSchema::of_read::<P>());
        self
    }

    /// Describes the query parameters of the action in the OpenAPI document, by the type that the handler reads with
    /// [`Act::query`](crate::Act::query): each field is a parameter. Default: none.
    ///
    /// ```
    /// use http::Method;
    /// use schemars::JsonSchema;
    /// use serde::Deserialize;
    /// use tower_rest::{Act, Action, Reply, Result};
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Asked { since: u16 }
    ///
    /// async fn stats(act: Act) -> Result<Reply> {
    ///     Ok(Reply::json(&act.query::<Asked>()?.since))
    /// }
    ///
    /// let action = Action::on_collection("stats", Method::GET, stats).query_schema::<Asked>();
    /// ```
    pub fn query_schema<Q: schemars::JsonSchema + DeserializeOwned>(mut self) -> Self {
        self.schemas.query = Some(TypeSchema::of_read::<Q>());
        self
    }

    /// Describes the successful answer of the action in the OpenAPI document, by the type that the handler gives to
    /// [`Reply::json`](crate::Reply::json). Default: anything. There is an example at
    /// [`payload_schema`](Self::payload_schema).
    pub fn reply_schema<R: schemars::JsonSchema>(mut self) -> Self {
        self.schemas.reply = Some(TypeSchema::of_written::<R>());
        self
    }
}

/// Returns a handler without its payload type, so that handlers of different payloads have one type.
fn handled<P, F, R>(handler: impl Fn(Act<P>) -> F + Send + Sync + 'static) -> Handler
where
    P: DeserializeOwned + Send + 'static,
    F: Future<Output = Result<R>> + Send + 'static,
    R: Into<Reply>,
{
    let handler = Arc::new(handler);
    Arc::new(move |content| {
        let (payload, handler) = (content.payload()?, Arc::clone(&handler));
        let ready: Ready = Box::new(move |act: Act| -> Replied {
            Box::pin(async move { handler(act.with(payload)).await.map(Into::into) })
        });
        Ok(ready)
    })
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("name", &self.name)
            .field("methods", &self.methods)
            .finish_non_exhaustive()
    }
}
