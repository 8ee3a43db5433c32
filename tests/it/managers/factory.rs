//! Manager factories, databases that only a manager has, and the mistakes `build()` reports about both.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use expect_test::{Expect, expect};
use tower::limit::ConcurrencyLimitLayer;
use tower_rest::{Base, Code, Database, Error, Head, List, Manager, Page, Result, Router, ViewSet};
use tracing::{Level, instrument::WithSubscriber};

use super::{Closed, Recent, memory, status_and_code, tenants, thing, with_header};
use crate::{
    logging::{Log, listening},
    server::{ask, ask_with},
};

#[tokio::test]
async fn a_factory_gives_each_tenant_its_own_database_and_refuses_others() {
    let tenants = tenants().await;
    let template = tenants["north"].clone();
    let asked = Arc::new(AtomicUsize::new(0));
    let times = asked.clone();
    let tenant_of = move |head: Head| {
        times.fetch_add(1, Ordering::SeqCst);
        let tenant = head
            .header("x-tenant")
            .ok()
            .and_then(|name| tenants.get(name));
        let tenant = tenant.cloned();
        async move {
            tokio::task::yield_now().await;
            tenant.ok_or_else(|| Error::new(Code::Forbidden, "there is no such tenant"))
        }
    };
    // With and without a database that declares how columns are stored.
    for serve in [thing(), thing().database(&template)] {
        let api = serve
            .manager_factory(tenant_of.clone())
            .build()
            .expect("an API");
        for name in ["north", "south"] {
            for path in ["/?name=both&name=north&name=south&ordering=id", "/1/"] {
                let before = asked.load(Ordering::SeqCst);
                let answer = ask_with(&api, with_header(path, "x-tenant", name)).await;
                assert!(answer.body.contains(name), "{name}: {}", answer.body);
                assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
                assert_eq!(asked.load(Ordering::SeqCst), before + 1, "once a request");
            }
        }
        for request in [
            with_header("/", "x-tenant", "west"),
            with_header("/1/", "x-other", "north"),
        ] {
            let answer = ask_with(&api, request).await;
            assert_eq!(status_and_code(&answer), (403, "forbidden".to_owned()));
        }
        // A request that reads no rows does not call the factory.
        let before = asked.load(Ordering::SeqCst);
        assert_eq!(ask(&api, "/?nmae=both").await.status, 400);
        assert_eq!(asked.load(Ordering::SeqCst), before);
    }
    // Related rows come from the tenant's database as well.
    let api = thing()
        .database(&template)
        .manager_factory(tenant_of)
        .build();
    let request = with_header("/2/?expand=near", "x-tenant", "south");
    let answer = ask_with(&api.expect("an API"), request).await;
    assert_eq!(answer.json()["near"]["name"], "south");
}

#[tokio::test]
async fn a_manager_may_have_the_database_and_the_viewset_none() {
    let tenants = tenants().await;
    let api = thing()
        .manager(tenants["south"].clone())
        .build()
        .expect("an API");
    let answer = ask(&api, "/1/?expand=near").await;
    assert_eq!(answer.json()["near"]["name"], "south");
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    // The manager's database replaces the viewset's.
    let other = thing()
        .database(&tenants["north"])
        .manager(tenants["south"].clone());
    let answer = ask(&other.build().expect("an API"), "/1/").await;
    assert_eq!(answer.json()["name"], "south");
}

/// Reads lists from another database.
struct Elsewhere(Database);

impl Manager for Elsewhere {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        base.on(&self.0).list(list).await
    }
}

#[tokio::test]
async fn the_base_asks_any_database_and_says_when_it_has_none() {
    let tenants = tenants().await;
    let manager = || Elsewhere(tenants["south"].clone());
    let api = thing()
        .database(&tenants["north"])
        .manager(manager())
        .build()
        .expect("an API");
    assert_eq!(ask(&api, "/").await.json()["results"][0]["name"], "south");
    assert_eq!(ask(&api, "/1/").await.json()["name"], "north");
    let api = thing().manager(manager()).build().expect("an API");
    assert_eq!(ask(&api, "/").await.json()["results"][0]["name"], "south");
    let log = Log::default();
    let answer = ask(&api, "/1/").with_subscriber(listening(&log)).await;
    assert_eq!(status_and_code(&answer), (500, "internal".to_owned()));
    let log = log.up_to(Level::ERROR);
    assert!(log.contains("Thing has no database"), "{log}");
}

fn check(router: Router, expected: &Expect) {
    let mistakes = router
        .build()
        .map_or_else(|error| error.mistakes().join("\n"), |_| String::new());
    expected.assert_eq(&mistakes);
}

#[tokio::test]
async fn what_has_no_database_is_not_related_and_cannot_be_nested() {
    let tenants = tenants().await;
    let db = &tenants["north"];
    // Without a database, foreign keys are shown as plain values.
    let api = thing()
        .manager(memory(&[(1, None)]))
        .build()
        .expect("an API");
    assert!(!ask(&api, "/1/").await.body.contains("\"near\""));
    assert_eq!(ask(&api, "/?expand=near").await.status, 400);
    let below = |child: ViewSet| {
        Router::new().register("things", thing().database(db).nest("below", child))
    };
    check(
        below(thing().manager(memory(&[]))),
        &expect![
            "Thing cannot be nested at `below` under Thing: Thing has a manager and no database, so that no rows are known to be related; say where they are, with `.database(…)`"
        ],
    );
    check(
        Router::new().register(
            "things",
            thing().manager(Closed).nest("below", thing().database(db)),
        ),
        &expect![
            "Thing cannot be nested at `below` under Thing: Thing has a manager and no database, so that no rows are known to be related; say where they are, with `.database(…)`"
        ],
    );
    check(below(thing().database(db).manager(Recent)), &expect![""]);
    check(below(thing().manager(db.clone())), &expect![""]);
    // A viewset without a manager needs a database.
    check(
        Router::new().register(
            "things",
            thing().operation_layer(ConcurrencyLimitLayer::new(1)),
        ),
        &expect!["Thing: say where its rows are, with `.database(…)`"],
    );
    // A nested viewset under a manager factory needs a factory or a database of its own.
    let north = db.clone();
    let each = |child: ViewSet| {
        let north = north.clone();
        let above = thing()
            .database(db)
            .manager_factory(move |_| ready(Ok(north.clone())));
        Router::new().register("things", above.nest("below", child))
    };
    check(
        each(thing()),
        &expect![
            "Thing: say where its rows are, with `.database(…)`, and whether each request has a manager of its own, as one for Thing has, with `.manager_factory(…)`"
        ],
    );
    let north = db.clone();
    let same = thing()
        .database(db)
        .manager_factory(move |_| ready(Ok(north.clone())));
    check(each(same), &expect![""]);
    check(each(thing().database(db)), &expect![""]);
}
