//! When hooks run, and what they see and change.

use std::future::ready;

use serde_json::{Value as Json, json};
use tower_rest::{
    Base, Changes, Code, CommittedChange, Create, Error, Manager, Next, Operation, Page, Result,
    RowChange, StoredRow, ViewSet, from_fn,
};

use super::{Seen, notes_of, open, open_with, shown};
use crate::{
    databases::Kind,
    server::ask,
    writes::{outcome, send, send_with},
};

/// The changes of a row, and the row before and after.
type Parts<'c> = (&'c Changes, Option<&'c StoredRow>, Option<&'c StoredRow>);

/// Notes what a hook sees.
fn sees<C: 'static>(
    seen: &Seen,
    name: &'static str,
    parts: fn(&C) -> Parts<'_>,
) -> impl Fn(&C) + Clone + Send + Sync + 'static {
    let seen = seen.clone();
    move |change: &C| {
        let (changes, before, after) = parts(change);
        let make: Option<String> = changes.get_as("make").expect("a make");
        let (make, before, after) = (make.unwrap_or_default(), shown(before), shown(after));
        seen.add(format!("{name}: sets [{make}], {before} -> {after}"));
    }
}

fn plain(
    seen: &Seen,
    name: &'static str,
) -> impl Fn(RowChange) -> std::future::Ready<Result<()>> + Send + Sync + 'static {
    let sees = sees(seen, name, |change: &RowChange| {
        (
            &change.changes,
            change.before.as_ref(),
            change.after.as_ref(),
        )
    });
    move |change| {
        sees(&change);
        ready(Ok(()))
    }
}

fn changing(
    seen: &Seen,
    name: &'static str,
    then: fn(&mut Changes) -> Result<()>,
) -> impl Fn(RowChange) -> std::future::Ready<Result<Changes>> + Send + Sync + 'static {
    let plain = plain(seen, name);
    move |change| {
        let mut changes = change.changes.clone();
        let (_noted, done) = (plain(change), then(&mut changes));
        ready(done.map(|()| changes))
    }
}

fn committed(
    seen: &Seen,
) -> impl Fn(CommittedChange) -> std::future::Ready<Result<()>> + Send + Sync + 'static {
    let sees = sees(seen, "on_commit", |change: &CommittedChange| {
        (
            &change.changes,
            change.before.as_ref(),
            change.after.as_ref(),
        )
    });
    move |change| {
        sees(&change);
        ready(Ok(()))
    }
}

/// Every hook, noting what it sees.
fn all(cars: ViewSet, seen: &Seen) -> ViewSet {
    let nothing = |_: &mut Changes| Ok(());
    cars.before_create(changing(seen, "before_create", nothing))
        .after_create(plain(seen, "after_create"))
        .before_update(changing(seen, "before_update", nothing))
        .after_update(plain(seen, "after_update"))
        .before_delete(plain(seen, "before_delete"))
        .after_delete(plain(seen, "after_delete"))
        .on_commit(committed(seen))
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_see_the_changes_and_the_row_before_and_after() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let (_fresh, api) = open(kind, |cars| all(cars, &seen)).await;
        let steps: [(&str, &str, Json, u16, &[&str]); 4] = [
            (
                "POST",
                "/cars/",
                json!({"car_id": 3, "make": "Seat"}),
                201,
                &[
                    "before_create: sets [Seat], - -> -",
                    "after_create: sets [Seat], - -> Seat null ",
                    "on_commit: sets [Seat], - -> Seat null ",
                ],
            ),
            (
                "PATCH",
                "/cars/1/",
                json!({"make": "Opel"}),
                200,
                &[
                    "before_update: sets [Opel], Fiat 1999 x -> -",
                    "after_update: sets [Opel], Fiat 1999 x -> Opel 1999 x",
                    "on_commit: sets [Opel], Fiat 1999 x -> Opel 1999 x",
                ],
            ),
            (
                "PUT",
                "/cars/1/",
                json!({"make": "Audi", "year": 2020}),
                200,
                &[
                    "before_update: sets [Audi], Opel 1999 x -> -",
                    "after_update: sets [Audi], Opel 1999 x -> Audi 2020 x",
                    "on_commit: sets [Audi], Opel 1999 x -> Audi 2020 x",
                ],
            ),
            (
                "DELETE",
                "/cars/1/",
                Json::Null,
                204,
                &[
                    "before_delete: sets [], Audi 2020 x -> -",
                    "after_delete: sets [], Audi 2020 x -> -",
                    "on_commit: sets [], Audi 2020 x -> -",
                ],
            ),
        ];
        for (method, path, body, status, expected) in steps {
            let answer = send(&api, method, path, &body).await;
            assert_eq!(answer.status, status, "{kind}: {method} {}", answer.body);
            assert_eq!(
                seen.wait_for(expected.len()).await,
                expected,
                "{kind}: {method}"
            );
        }
        let answer = send(&api, "PATCH", "/cars/2/", &json!({})).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
        for (method, path) in [("PATCH", "/cars/9/"), ("DELETE", "/cars/9/")] {
            let answer = send(&api, method, path, &json!({})).await;
            assert_eq!(answer.status, 404, "{kind}: {}", answer.body);
        }
        assert_eq!(seen.take(), [""; 0], "{kind}: nothing is written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_run_the_hooks_of_each() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let (_fresh, api) = open(kind, |cars| {
            let cars = cars.bulk_updates(10).bulk_deletes(10).upserts("car_id");
            all(cars, &seen)
        })
        .await;
        let new = json!([{"car_id": 4, "make": "A"}, {"car_id": 3, "make": "B"}]);
        assert_eq!(
            send(&api, "POST", "/cars/", &new).await.status,
            201,
            "{kind}"
        );
        let created = [
            "before_create: sets [A], - -> -",
            "before_create: sets [B], - -> -",
            "after_create: sets [A], - -> A null ",
            "after_create: sets [B], - -> B null ",
            "on_commit: sets [A], - -> A null ",
            "on_commit: sets [B], - -> B null ",
        ];
        assert_eq!(seen.wait_for(6).await, created, "{kind}");
        let there = json!([{"car_id": 4, "make": "C"}, {"car_id": 5, "make": "D"}]);
        let prefer = [("prefer", "resolution=merge-duplicates")];
        let merged = send_with(&api, ("POST", "/cars/"), &prefer, &there).await;
        assert!(merged.status < 300, "{kind}: {}", merged.body);
        let upserted = [
            "before_update: sets [C], A null  -> -",
            "after_update: sets [C], A null  -> C null ",
            "before_create: sets [D], - -> -",
            "after_create: sets [D], - -> D null ",
            "on_commit: sets [C], A null  -> C null ",
            "on_commit: sets [D], - -> D null ",
        ];
        assert_eq!(seen.wait_for(6).await, upserted, "{kind}");
        let changed = send(&api, "PATCH", "/cars/?car_id__gte=4", &json!({"year": 7})).await;
        assert_eq!(changed.body, r#"{"updated":2}"#, "{kind}");
        let updated = [
            "before_update: sets [], C null  -> -",
            "after_update: sets [], C null  -> C 7 ",
            "before_update: sets [], D null  -> -",
            "after_update: sets [], D null  -> D 7 ",
            "on_commit: sets [], C null  -> C 7 ",
            "on_commit: sets [], D null  -> D 7 ",
        ];
        assert_eq!(seen.wait_for(6).await, updated, "{kind}");
        let gone = send(&api, "DELETE", "/cars/?car_id__gte=4", &Json::Null).await;
        assert_eq!(gone.body, r#"{"deleted":2}"#, "{kind}");
        let deleted = [
            "before_delete: sets [], C 7  -> -",
            "before_delete: sets [], D 7  -> -",
            "after_delete: sets [], C 7  -> -",
            "after_delete: sets [], D 7  -> -",
            "on_commit: sets [], C 7  -> -",
            "on_commit: sets [], D 7  -> -",
        ];
        assert_eq!(seen.wait_for(6).await, deleted, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_before_a_write_change_what_is_written_one_after_the_other() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let (_fresh, api) = open(kind, |cars| {
            let upper = |changes: &mut Changes| {
                let make: Option<String> = changes.get_as("make")?;
                match make {
                    Some(make) => changes.set("make", make.to_uppercase()),
                    None => Ok(()),
                }
            };
            let year = |changes: &mut Changes| changes.set("year", 1);
            let own = |change: RowChange| async move {
                let other = Error::new(Code::InvalidValue, "no such make");
                match change.changes.get_as::<String>("make")?.as_deref() {
                    Some("BAD") => Err(other),
                    _ => Ok(change.changes),
                }
            };
            cars.before_create(changing(&seen, "first", upper))
                .before_create(changing(&seen, "second", year))
                .before_create(own)
                .before_update(changing(&seen, "update", upper))
        })
        .await;
        let created = send(
            &api,
            "POST",
            "/cars/",
            &json!({"car_id": 3, "make": "Seat"}),
        )
        .await;
        assert_eq!(created.json()["make"], "SEAT", "{kind}");
        assert_eq!(created.json()["year"], 1, "{kind}");
        let (first, second) = ("first: sets [Seat], - -> -", "second: sets [SEAT], - -> -");
        assert_eq!(seen.take(), [first, second], "{kind}");
        let changed = send(
            &api,
            "PATCH",
            "/cars/1/",
            &json!({"make": "Opel", "year": 2}),
        )
        .await;
        assert_eq!(changed.json()["make"], "OPEL", "{kind}");
        assert_eq!(ask(&api, "/cars/1/").await.json()["make"], "OPEL", "{kind}");
        let rows = json!([{"car_id": 7, "make": "good"}, {"car_id": 8, "make": "bad"}]);
        let answer = send(&api, "POST", "/cars/", &rows).await;
        let expected = (400, vec!["/1 invalid_value".to_owned()]);
        assert_eq!(outcome(&answer), expected, "{kind}");
        assert_eq!(ask(&api, "/cars/7/").await.status, 404, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hooks_of_a_nested_row_see_the_key_of_its_parent() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let noting = seen.clone();
        let parts = |parts: ViewSet| {
            parts.writable().before_create(move |change| {
                let seen = noting.clone();
                async move {
                    let car: Option<i64> = change.changes.get_as("car_id")?;
                    seen.add(format!("{} of {car:?}", change.head.uri));
                    Ok(change.changes)
                }
            })
        };
        let (_fresh, api) = open_with(kind, |cars| cars, parts).await;
        let new = json!({"part_id": 1, "kind": "brake"});
        let answer = send(&api, "POST", "/cars/2/parts/", &new).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        assert_eq!(seen.take(), ["/cars/2/parts/ of Some(2)"], "{kind}");
        let answer = send(&api, "POST", "/cars/9/parts/", &new).await;
        assert_eq!(answer.status, 404, "{kind}: {}", answer.body);
        assert_eq!(seen.take(), [""; 0], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_created_with_their_parent_run_the_hooks_of_their_own_viewset() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let noting = seen.clone();
        let parts = |parts: ViewSet| {
            parts.writable().inline().before_create(move |change| {
                let seen = noting.clone();
                async move {
                    let mut changes = change.changes;
                    let car: Option<i64> = changes.get_as("car_id")?;
                    seen.add(format!("a part of {car:?}"));
                    changes.set("kind", "hooked")?;
                    Ok(changes)
                }
            })
        };
        // The parent has no hooks, then has one that sees the parts.
        let (_fresh, api) = open_with(kind, |cars| cars, parts).await;
        let parts = json!([{"part_id": 1, "kind": "a"}, {"part_id": 2, "kind": "b"}]);
        let new = json!({"car_id": 3, "make": "Seat", "parts": parts});
        let answer = send(&api, "POST", "/cars/", &new).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        assert_eq!(
            seen.take(),
            ["a part of Some(3)", "a part of Some(3)"],
            "{kind}"
        );
        let parts = ask(&api, "/cars/3/parts/?kind=hooked").await.json();
        assert_eq!(parts["count"], 2, "{kind}");

        let noting = seen.clone();
        let cars = |cars: ViewSet| {
            cars.after_create(move |change| {
                let seen = noting.clone();
                async move {
                    let id: i64 = change.stored_after()?.get_as("car_id")?;
                    let sql = format!("UPDATE parts SET kind = 'seen' WHERE car_id = {id}");
                    super::run(kind, &change.transaction, &sql).await?;
                    seen.add(format!("car {id}"));
                    Ok(())
                }
            })
        };
        let (_fresh, api) = open_with(kind, cars, |parts| parts.writable().inline()).await;
        let answer = send(&api, "POST", "/cars/", &new).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        assert_eq!(
            seen.take(),
            ["car 3"],
            "{kind}: and no hook of cars for parts"
        );
        let parts = ask(&api, "/cars/3/parts/?kind=seen").await.json();
        assert_eq!(parts["count"], 2, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_runs_the_hooks_but_nothing_is_committed() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let (fresh, api) = open(kind, |cars| {
            let hook = move |change: RowChange| async move {
                super::note(kind, &change.transaction, "new").await?;
                Ok(())
            };
            all(cars.dry_runs().after_create(hook), &seen)
        })
        .await;
        let (dry, new) = (
            [("prefer", "tx=rollback")],
            json!({"car_id": 3, "make": "Seat"}),
        );
        let answer = send_with(&api, ("POST", "/cars/"), &dry, &new).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        assert_eq!(seen.take().len(), 2, "{kind}");
        let answer = send(&api, "POST", "/cars/", &new).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        assert_eq!(seen.wait_for(3).await.len(), 3, "{kind}");
        assert_eq!(notes_of(&fresh).await, 1, "{kind}");
    }
}

/// How many statements that read a PATCH runs.
async fn statements(api: &tower_rest::Api) -> usize {
    let client = tower_rest::testing::Client::new(api.clone());
    let answer = client.ask(http::Method::PATCH, "/cars/1/");
    let answer = answer.json(&json!({"year": 5})).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.statements()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_hook_after_a_write_costs_a_statement() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars).await;
        let without = statements(&api).await;
        let nothing = |change: RowChange| async { Ok(change.changes) };
        let (_fresh, api) = open(kind, |cars| {
            cars.before_update(nothing).before_create(nothing)
        })
        .await;
        assert_eq!(
            statements(&api).await,
            without,
            "{kind}: the locked row is read anyway"
        );
        let after = |_| async { Ok(()) };
        let (_fresh, api) = open(kind, |cars| {
            cars.after_update(after).on_commit(|_| async { Ok(()) })
        })
        .await;
        assert_eq!(statements(&api).await, without + 1, "{kind}");
        let (_fresh, api) = open(kind, |cars| cars.after_create(after).after_delete(after)).await;
        assert_eq!(
            statements(&api).await,
            without,
            "{kind}: hooks of other writes"
        );
    }
}

/// Notes when its `create` is asked and answered.
struct Noting(Seen);

impl Manager for Noting {
    async fn create(&self, create: Create, base: Base) -> Result<Page> {
        self.0.add("manager asks");
        let page = base.create(create).await?;
        self.0.add("manager answers");
        Ok(page)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operation_layers_are_around_the_manager_and_the_manager_around_the_hooks() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let layer = |name: &'static str| {
            let seen = seen.clone();
            from_fn(move |operation: Operation, next: Next| {
                let seen = seen.clone();
                async move {
                    seen.add(format!("{name} asks {}", operation.ask.name()));
                    let outcome = next.run(operation).await;
                    seen.add(format!("{name} answers"));
                    outcome
                }
            })
        };
        let (_fresh, api) = open(kind, |cars| {
            cars.manager(Noting(seen.clone()))
                .operation_layer(layer("inner"))
                .operation_layer(layer("outer"))
                .before_create(changing(&seen, "before_create", |_| Ok(())))
                .after_create(plain(&seen, "after_create"))
        })
        .await;
        let answer = send(
            &api,
            "POST",
            "/cars/",
            &json!({"car_id": 3, "make": "Seat"}),
        )
        .await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        let expected = [
            "outer asks create",
            "inner asks create",
            "manager asks",
            "before_create: sets [Seat], - -> -",
            "after_create: sets [Seat], - -> Seat null ",
            "manager answers",
            "inner answers",
            "outer answers",
        ];
        assert_eq!(seen.take(), expected, "{kind}");
    }
}
