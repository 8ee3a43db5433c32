//! Managers that ask several questions in one transaction.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::{sync::Notify, time::timeout};
use tower_rest::{
    Base, Code, Create, Delete, Error, Manager, Object, Page, Result, Update, UpdateMany, ViewSet,
};

use super::{Seen, note, notes_of, open, serve};
use crate::{
    databases::Kind,
    server::ask,
    writes::{outcome, send, send_with},
};

/// What a manager does in the transaction of a create, after the row is inserted; the row's make says which.
struct Several {
    kind: Kind,
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Several {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            begun: Arc::default(),
            go_on: Arc::default(),
        }
    }
}

impl Manager for Several {
    async fn create(&self, create: Create, base: Base) -> Result<Page> {
        let (kind, begun, go_on) = (self.kind, self.begun.clone(), self.go_on.clone());
        base.transaction(move |base| {
            let (create, begun, go_on) = (create.clone(), begun.clone(), go_on.clone());
            async move {
                let make: Option<String> = create.rows()[0].get_as("make")?;
                let page = base.create(create.clone()).await?;
                note(kind, base.current_transaction()?, "created").await?;
                match make.as_deref().unwrap_or_default() {
                    "err" => return Err(Error::new(Code::Forbidden, "no")),
                    "panic" => panic!("a panic in the transaction"),
                    // The same row again breaks the key, which is passed over.
                    "swallow" => drop(base.create(create).await),
                    "nest" => inner(&base, kind, Ok(())).await?,
                    "nest err" => {
                        let error = Error::new(Code::Forbidden, "no");
                        drop(inner(&base, kind, Err(error)).await);
                    }
                    "unfinished" => {
                        let asking = base.create(create);
                        drop(timeout(Duration::ZERO, asking).await);
                    }
                    "slow" => {
                        begun.notify_one();
                        go_on.notified().await;
                    }
                    _ => {}
                }
                Ok(page)
            }
        })
        .await
    }

    async fn update(&self, update: Update, base: Base) -> Result<Option<Object>> {
        base.current_transaction()?;
        base.update(update).await
    }
}

async fn inner(base: &Base, kind: Kind, done: Result<()>) -> Result<()> {
    let done = Arc::new(std::sync::Mutex::new(Some(done)));
    base.transaction(move |base| {
        let done = done.lock().expect("an outcome").take();
        async move {
            note(kind, base.current_transaction()?, "inner").await?;
            done.unwrap_or(Ok(()))
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_manager_does_in_a_transaction_is_committed_whole_or_not_at_all() {
    let cases: [(&str, u16, &str, i64); 7] = [
        ("plain", 201, "", 1),
        ("nest", 201, "", 2),
        ("err", 403, "forbidden", 0),
        ("panic", 500, "internal", 0),
        ("swallow", 500, "internal", 0),
        ("nest err", 500, "internal", 0),
        ("unfinished", 500, "internal", 0),
    ];
    for kind in Kind::reachable().await {
        for (make, status, code, notes) in cases {
            let seen = Seen::default();
            let (fresh, api) = open(kind, |cars| {
                let seen = seen.clone();
                cars.manager(Several::new(kind)).on_commit(move |_| {
                    seen.add("committed");
                    async { Ok(()) }
                })
            })
            .await;
            let new = json!({"car_id": 3, "make": make});
            let answer = send(&api, "POST", "/cars/", &new).await;
            let codes: Vec<_> = (!code.is_empty())
                .then(|| code.to_owned())
                .into_iter()
                .collect();
            let case = format!("{kind}: {make}: {}", answer.body);
            assert_eq!(outcome(&answer), (status, codes), "{case}");
            assert_eq!(notes_of(&fresh).await, notes, "{case}");
            let found = ask(&api, "/cars/3/").await.status;
            assert_eq!(found, if status == 201 { 200 } else { 404 }, "{case}");
            let committed = usize::from(status == 201);
            assert_eq!(seen.wait_for(committed).await.len(), committed, "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_does_not_stop_the_transaction_of_a_manager() {
    for kind in Kind::reachable().await {
        let several = Several::new(kind);
        let (begun, go_on) = (several.begun.clone(), several.go_on.clone());
        let (fresh, api) = open(kind, |cars| cars.manager(several)).await;
        let new = json!({"car_id": 3, "make": "slow"});
        let leaving = async {
            tokio::select! {
                _ = send(&api, "POST", "/cars/", &new) => panic!("it is answered"),
                () = begun.notified() => {}
            }
        };
        let left = timeout(Duration::from_secs(10), leaving).await;
        left.unwrap_or_else(|_| panic!("{kind}: the transaction does not begin"));
        go_on.notify_one();
        for _ in 0..500 {
            if notes_of(&fresh).await > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(notes_of(&fresh).await, 1, "{kind}");
        assert_eq!(ask(&api, "/cars/3/").await.status, 200, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_current_transaction_outside_one() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars.manager(Several::new(kind))).await;
        let answer = send(&api, "PATCH", "/cars/1/", &json!({"year": 1})).await;
        assert_eq!(answer.status, 500, "{kind}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_again_gets_the_answer_that_the_transaction_kept() {
    for kind in Kind::reachable().await {
        let user = |_: &tower_rest::Head| Ok("ada".to_owned());
        let (fresh, _) = open(kind, |cars| cars).await;
        fresh.execute(&fresh.db.idempotency_table()).await;
        let cars = |cars: ViewSet| cars.manager(Several::new(kind)).idempotent(user);
        let api = serve(&fresh, cars, ViewSet::writable).await;
        let post = async |key: &str, make: &str| {
            let new = json!({"car_id": 3, "make": make});
            send_with(&api, ("POST", "/cars/"), &[("idempotency-key", key)], &new).await
        };
        let refused = post("one", "err").await;
        assert_eq!(refused.status, 403, "{kind}: {}", refused.body);
        assert_eq!(notes_of(&fresh).await, 0, "{kind}");
        let (first, again) = (post("two", "plain").await, post("two", "plain").await);
        assert_eq!(
            (first.status, again.status),
            (201, 201),
            "{kind}: {}",
            again.body
        );
        assert_eq!(first.body, again.body, "{kind}");
        assert_eq!(notes_of(&fresh).await, 1, "{kind}: it ran once");
    }
}

/// Sets the year to 0 instead of deleting a row.
struct Marking;

impl Manager for Marking {
    async fn delete(&self, delete: Delete, base: Base) -> Result<bool> {
        let mut update = delete.into_update(base.model());
        update.changes_mut().set("year", 0)?;
        Ok(base.update(update).await?.is_some())
    }

    async fn delete_many(&self, delete: tower_rest::DeleteMany, base: Base) -> Result<u64> {
        let mut update: UpdateMany = delete.into_update_many(base.model());
        update.changes_mut().set("year", 0)?;
        base.update_many(update).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_can_be_made_a_change_that_leaves_the_scope() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| {
            cars.bulk_deletes(10)
                .manager(Marking)
                .scope(|_| Ok(tower_rest::Condition::column("year").gt(0)))
        })
        .await;
        let delete = async |path: &str| send(&api, "DELETE", path, &serde_json::Value::Null).await;
        assert_eq!(delete("/cars/1/").await.status, 204, "{kind}");
        assert_eq!(delete("/cars/1/").await.status, 404, "{kind}");
        assert_eq!(
            delete("/cars/?make=Saab").await.body,
            r#"{"deleted":1}"#,
            "{kind}"
        );
        assert_eq!(ask(&api, "/cars/").await.json()["count"], 0, "{kind}");
        assert_eq!(fresh.number("SELECT COUNT(*) FROM cars").await, 2, "{kind}");
    }
}
