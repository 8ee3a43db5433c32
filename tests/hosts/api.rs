//! The API that every host serves: cars and their owners, on embedded SQLite.

use tower_rest::{Database, Model, Router, ViewSet};

#[derive(Model)]
pub(crate) struct Owner {
    #[model(key)]
    id: i64,
    name: String,
}

#[derive(Model)]
pub(crate) struct Car {
    #[model(key)]
    id: i64,
    make: String,
    #[model(one(Owner))]
    owner_id: i64,
}

/// How many cars there are: as NDJSON more than the buffers of a connection hold.
pub(crate) const CARS: usize = 60_000;

/// The router over tables of its own, without settings about the host.
pub(crate) async fn router() -> Router {
    let db = Database::in_memory().await.expect("a database");
    let tables = [Model::of::<Owner>(), Model::of::<Car>()].map(|model| db.create_table(&model));
    db.execute_script(&format!(
        "{}; INSERT INTO owners VALUES (1, 'Ann'); \
         WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {CARS}) \
         INSERT INTO cars SELECT id, 'a make with a long name, number ' || id, 1 FROM ids",
        tables.join("; ")
    ))
    .await
    .expect("tables");
    Router::new()
        .register("cars", ViewSet::of::<Car>(&db).writable().export())
        .register("owners", ViewSet::of::<Owner>(&db))
}
