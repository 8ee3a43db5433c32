//! How the database of a tenant is opened: late, once, and not again and again while that fails.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep};
use tower_rest::{Code, Database, Error, Router, TenantDatabases};
use tracing::{Level, instrument::WithSubscriber};

use super::{Tenants, client, notes};
use crate::{
    databases::Kind,
    logging::{Log, listening},
};

/// A cache of databases in memory that counts its openings, each of which takes some time.
fn counted(opened: &Arc<AtomicUsize>) -> TenantDatabases {
    let opened = Arc::clone(opened);
    TenantDatabases::new(move |_| {
        opened.fetch_add(1, Ordering::SeqCst);
        async {
            sleep(Duration::from_millis(50)).await;
            Database::in_memory().await
        }
    })
}

#[tokio::test]
async fn a_database_is_opened_late_and_once_for_many_requests() {
    let opened = Arc::new(AtomicUsize::new(0));
    let tenants = counted(&opened);
    assert_eq!(tenants.open_count(), 0);
    let mut asking = JoinSet::new();
    for number in 0..60 {
        let tenants = tenants.clone();
        asking.spawn(async move {
            let db = tenants.get(["a", "b", "c"][number % 3]).await;
            db.map(|db| (number % 3, db))
        });
    }
    let handles = asking.join_all().await;
    assert_eq!(
        (opened.load(Ordering::SeqCst), tenants.open_count()),
        (3, 3)
    );
    let (_, first) = handles[0].as_ref().expect("a database");
    drop(first.clone());
    // Each tenant has one database, which no other has.
    for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
        let create = format!("CREATE TABLE of_{name} (id integer)");
        let mut its = handles
            .iter()
            .flatten()
            .filter(|(other, _)| *other == number);
        let (_, db) = its.next().expect("a database");
        db.execute_script(&create).await.expect("no such table");
        for (_, db) in its {
            db.execute_script(&create)
                .await
                .expect_err("the table is there");
        }
    }
}

#[tokio::test]
async fn a_request_that_goes_away_does_not_stop_the_opening() {
    let opened = Arc::new(AtomicUsize::new(0));
    let tenants = counted(&opened);
    let first = tokio::time::timeout(Duration::from_millis(5), tenants.get("a")).await;
    first.expect_err("it takes longer");
    tenants.get("a").await.expect("a database");
    assert_eq!(opened.load(Ordering::SeqCst), 1);
}

/// A cache of tenants with all kinds of troubles, which counts its openings.
fn troubled(opened: &Arc<AtomicUsize>) -> TenantDatabases {
    let opened = Arc::clone(opened);
    TenantDatabases::new(move |tenant| {
        opened.fetch_add(1, Ordering::SeqCst);
        async move {
            match tenant.as_str() {
                "well" => Database::in_memory().await,
                "unknown" => Err(Error::new(Code::NotFound, "there is no tenant `unknown`")),
                "expired" => Err(Error::new(Code::Forbidden, "the contract has ended")),
                "file" => Database::connect("sqlite:/no/such/folder/secret.db").await,
                "panics" => panic!("the opener is broken"),
                _ => pending().await,
            }
        }
    })
}

#[tokio::test]
async fn a_failure_is_answered_by_its_code_and_tried_again_after_a_second() {
    let opened = Arc::new(AtomicUsize::new(0));
    let tenants = troubled(&opened);
    let template = Database::in_memory().await.expect("a database");
    let client = client(&template, &tenants);
    for (tenant, status, code, detail) in [
        ("unknown", 404, "not_found", "there is no tenant `unknown`"),
        ("expired", 403, "forbidden", "the contract has ended"),
        (
            "file",
            503,
            "unavailable",
            "the database cannot be opened; try again later",
        ),
        (
            "panics",
            500,
            "internal",
            "the server failed; its log says how",
        ),
    ] {
        let before = opened.load(Ordering::SeqCst);
        let log = Log::default();
        let asked = async {
            for _ in 0..20 {
                let answer = client.get("/notes/").header("x-tenant", tenant).await;
                assert_eq!((answer.status(), answer.code().as_str()), (status, code));
                assert_eq!(answer.json()["detail"], detail);
            }
        };
        asked.with_subscriber(listening(&log)).await;
        assert_eq!(opened.load(Ordering::SeqCst), before + 1, "{tenant}");
        let log = log.up_to(Level::ERROR);
        let told = log.matches("of a tenant cannot be opened").count();
        assert_eq!(told, usize::from(status >= 500), "{tenant}: {log}");
        assert_eq!(log.contains("secret.db"), tenant == "file", "{log}");
        // No place is taken by what is not open.
        assert_eq!(tenants.open_count(), 0);
    }
    let before = opened.load(Ordering::SeqCst);
    sleep(Duration::from_millis(1050)).await;
    tenants.get("unknown").await.expect_err("no tenant");
    assert_eq!(opened.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_database_that_does_not_open_does_not_delay_others() {
    let tenants = troubled(&Arc::default()).most_open(2);
    let hanging = tokio::spawn({
        let tenants = tenants.clone();
        async move { tenants.get("hangs").await }
    });
    sleep(Duration::from_millis(20)).await;
    let since = Instant::now();
    tenants.get("well").await.expect("a database");
    assert!(since.elapsed() < Duration::from_secs(1));
    // One that never opens is given up after ten seconds.
    let error = hanging.await.expect("no panic").expect_err("it hangs");
    assert_eq!(error.code(), Code::Unavailable);
    assert!(since.elapsed() > Duration::from_secs(9));
    assert_eq!(tenants.open_count(), 1);
}

#[tokio::test]
async fn more_names_than_are_remembered_are_refused_as_well() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let tenants = TenantDatabases::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err(Error::new(Code::NotFound, "there is no such tenant")) }
    });
    for number in 0..3000 {
        let refused = tenants.get(&format!("x{number}")).await;
        assert_eq!(refused.expect_err("no tenant").code(), Code::NotFound);
    }
    assert_eq!(opened.load(Ordering::SeqCst), 3000);
    assert_eq!(tenants.open_count(), 0);
}

#[tokio::test]
async fn the_tables_of_a_tenant_are_compared_with_the_models() {
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, 2, 2).await;
        let tenants = made.cache();
        let router = Router::new().register("notes", notes(&made.fresh.db, &tenants));
        let (good, bad) = (
            tenants.get("t0").await.expect("a database"),
            tenants.get("t1").await.expect("a database"),
        );
        let dropped = bad.execute_script("DROP TABLE notes").await;
        dropped.expect("a table");
        router.check_tenant(&good).await.expect("the same tables");
        let error = router.check_tenant(&bad).await.expect_err("no table");
        let mistakes = error.mistakes().join("\n");
        assert!(mistakes.contains("Note: there is no table"), "{mistakes}");
    }
}
