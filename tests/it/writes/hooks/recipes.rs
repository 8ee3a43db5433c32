//! The recipes of the guide on every database: soft delete, an audit trail, an outbox.

use http::Method;
use serde_json::{Value as Json, json};
use tower_rest::{
    Act, Action, Api, Base, Code, Condition, Delete, Error, Manager, Result, Router, RowChange,
    Schema, ViewSet,
};

use super::{note, notes_of, open, run};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
    writes::{outcome, send},
};

/// Marks rows as deleted.
struct SoftDelete;

impl Manager for SoftDelete {
    async fn delete(&self, delete: Delete, base: Base) -> Result<bool> {
        let mut update = delete.into_update(base.model());
        update.changes_mut().stamp("deleted_at")?;
        Ok(base.update(update).await?.is_some())
    }
}

/// Cars that are deleted softly, with their bin; of those that are not deleted, each has a number of its own.
async fn kept(kind: Kind) -> (Fresh, Api) {
    let (moment, index) = match kind {
        Kind::Sqlite | Kind::Postgres => (
            "timestamp",
            "CREATE UNIQUE INDEX one_vin ON cars (vin) WHERE deleted_at IS NULL",
        ),
        Kind::MySql => (
            "datetime(6)",
            "ALTER TABLE cars ADD live_vin varchar(17) AS (CASE WHEN deleted_at IS NULL THEN vin END), \
             ADD UNIQUE one_vin (live_vin)",
        ),
    };
    let fresh = kind.fresh().await;
    let table = format!(
        "CREATE TABLE cars (car_id integer NOT NULL PRIMARY KEY, vin varchar(17) NOT NULL, deleted_at {moment} NULL)"
    );
    fresh.execute(&table).await;
    fresh.execute(index).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let model = schema.model("cars").expect("a table").clone();
    let set = || {
        ViewSet::new(
            model
                .clone()
                .column("deleted_at", tower_rest::Column::hidden),
        )
    };
    let deleted_at = || Condition::column("deleted_at");
    let restore = move |act: Act| async move {
        let key = act.key_as::<i64>()?;
        let sql = format!("UPDATE cars SET deleted_at = NULL WHERE car_id = {key}");
        run(kind, &act.transaction, &sql).await
    };
    let cars = set()
        .database(&fresh.db)
        .writable()
        .manager(SoftDelete)
        .scope(move |_| Ok(deleted_at().is_null()));
    let bin = set()
        .database(&fresh.db)
        .scope(move |_| Ok(deleted_at().is_not_null()))
        .action(Action::on_object("restore", Method::POST, restore));
    let router = Router::new().register("cars", cars).register("bin", bin);
    let api = router.build();
    (fresh, api.unwrap_or_else(|error| panic!("{kind}: {error}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_deleted_softly_is_kept_frees_its_number_and_comes_back() {
    for kind in Kind::reachable().await {
        let (fresh, api) = kept(kind).await;
        let ask_to = async |method: &str, path: &str, body: Json| {
            let answer = send(&api, method, path, &body).await;
            outcome(&answer)
        };
        let (ok, created) = ((200, vec![]), (201, vec![]));
        let is = async |path: &str| ask(&api, path).await.status;
        let new = |id: i64| json!({"car_id": id, "vin": "YS3D"});
        let post = async |id| ask_to("POST", "/cars/", new(id)).await;
        assert_eq!(post(1).await, created, "{kind}");
        let taken = post(2).await;
        assert_eq!((taken.0, taken.1.len()), (409, 1), "{kind}: {taken:?}");
        assert_eq!(
            ask_to("DELETE", "/cars/1/", Json::Null).await.0,
            204,
            "{kind}"
        );
        assert_eq!(
            ask_to("DELETE", "/cars/1/", Json::Null).await.0,
            404,
            "{kind}"
        );
        let patched = ask_to("PATCH", "/cars/1/", json!({"vin": "A"})).await;
        assert_eq!(patched.0, 404, "{kind}");
        assert_eq!(
            (is("/cars/1/").await, is("/bin/1/").await),
            (404, 200),
            "{kind}"
        );
        assert_eq!(
            ask_to("POST", "/bin/1/restore/", Json::Null).await,
            ok,
            "{kind}"
        );
        assert_eq!(
            (is("/cars/1/").await, is("/bin/1/").await),
            (200, 404),
            "{kind}"
        );

        assert_eq!(
            ask_to("DELETE", "/cars/1/", Json::Null).await.0,
            204,
            "{kind}"
        );
        assert_eq!(post(2).await, created, "{kind}: the number is free");
        let clash = ask_to("POST", "/bin/1/restore/", Json::Null).await;
        assert_eq!(clash, (409, vec!["unique".to_owned()]), "{kind}");
        let all = fresh.number("SELECT COUNT(*) FROM cars").await;
        assert_eq!(all, 2, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_has_its_entry_in_the_audit_trail_and_no_other_has() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| {
            let audit = move |change: RowChange| async move {
                let row = change.after.as_ref().or(change.before.as_ref());
                let row = row.map(tower_rest::StoredRow::to_json).unwrap_or_default();
                assert!(!row.contains("secret"), "{row}");
                note(kind, &change.transaction, &row).await
            };
            let refused = |change: RowChange| async move {
                let make: String = change.stored_after()?.get_as("make")?;
                match make.as_str() {
                    "Lada" => Err(Error::new(Code::Forbidden, "no such make")),
                    _ => Ok(()),
                }
            };
            cars.after_create(audit)
                .after_update(audit)
                .after_delete(audit)
                .after_update(refused)
        })
        .await;
        let write = async |method: &str, path: &str, body: Json| {
            send(&api, method, path, &body).await.status
        };
        let new = json!({"car_id": 3, "make": "Seat"});
        assert_eq!(write("POST", "/cars/", new.clone()).await, 201, "{kind}");
        assert_eq!(write("POST", "/cars/", new).await, 409, "{kind}");
        assert_eq!(
            write("PATCH", "/cars/3/", json!({"year": 5})).await,
            200,
            "{kind}"
        );
        assert_eq!(
            write("PATCH", "/cars/3/", json!({"make": "Lada"})).await,
            403,
            "{kind}"
        );
        assert_eq!(write("DELETE", "/cars/3/", Json::Null).await, 204, "{kind}");
        assert_eq!(notes_of(&fresh).await, 3, "{kind}");
        let last =
            r#"SELECT COUNT(*) FROM notes WHERE note = '{"car_id":3,"make":"Seat","year":5}'"#;
        assert_eq!(fresh.number(last).await, 2, "{kind}");
    }
}
