//! Ours: the whole application.

use tower_rest::{Count, Database, Model, Router, ViewSet};

use crate::{BoxError, data};

pub(crate) async fn app(url: &str) -> Result<axum::Router, BoxError> {
    let db = Database::connect(url).await?;
    let car = Model::from_table("Car", &data::cars());
    let part = Model::from_table("Part", &data::parts());
    let cars = ViewSet::new(car).database(&db);
    let api = Router::new()
        .register("cars", cars.clone())
        .register("uncounted", cars.count(Count::Off))
        .build()?;
    let order = Model::from_table("Order", &data::orders());
    let orders = ViewSet::new(order).database(&db).writable().build()?;
    // Apart, so that a car does not link its parts: the peer's does not.
    let parts = ViewSet::new(part).database(&db).export().build()?;
    Ok(axum::Router::new()
        .nest_service("/api/parts", parts)
        .nest_service("/api/orders", orders)
        .nest_service("/api", api))
}
