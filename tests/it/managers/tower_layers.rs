//! The layers of tower as operation layers: timeout, concurrency limit and retry.

use std::{
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tower::{
    limit::ConcurrencyLimitLayer,
    retry::{Policy, RetryLayer},
    timeout::TimeoutLayer,
};
use tower_rest::{Base, Code, Error, List, Manager, Operation, Outcome, Page, Result};

use super::{build, cars, status_and_code};
use crate::{fixture, server::ask};

/// Waits before every list, and counts how many requests wait at once.
#[derive(Clone, Default)]
struct Slow {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Manager for Slow {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(30)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        base.list(list).await
    }
}

#[tokio::test]
async fn towers_timeout_is_an_operation_layer() {
    let db = fixture::database().await;
    let within = |milliseconds| {
        let limit = TimeoutLayer::new(Duration::from_millis(milliseconds));
        build(cars(&db).manager(Slow::default()).operation_layer(limit))
    };
    let answer = ask(&within(5), "/cars/").await;
    assert_eq!(status_and_code(&answer), (503, "timeout".to_owned()));
    assert_eq!(ask(&within(60_000), "/cars/").await.status, 200);
}

#[tokio::test]
async fn towers_limit_is_an_operation_layer_with_one_count_for_each_place() {
    let db = fixture::database().await;
    for (limit, most) in [(1, 1), (3, 3)] {
        let slow = Slow::default();
        let limit = ConcurrencyLimitLayer::new(limit);
        let api = build(cars(&db).manager(slow.clone()).operation_layer(limit));
        let asked: Vec<_> = (0..6)
            .map(|_| {
                let api = api.clone();
                tokio::spawn(async move { ask(&api, "/cars/").await.status })
            })
            .collect();
        for answer in asked {
            assert_eq!(answer.await.expect("an answer"), 200);
        }
        assert_eq!(slow.most.load(Ordering::SeqCst), most);
    }
}

/// Retries up to a number of times while the answer is `Busy`.
#[derive(Clone)]
struct WhileBusy(usize);

impl Policy<Operation, Outcome, Error> for WhileBusy {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Operation,
        result: &mut Result<Outcome, Error>,
    ) -> Option<Ready<()>> {
        let is_busy = result
            .as_ref()
            .is_err_and(|error| error.code() == Code::Busy);
        self.0 = self.0.checked_sub(1).filter(|_| is_busy)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, operation: &Operation) -> Option<Operation> {
        Some(operation.clone())
    }
}

/// Fails with `Busy` a number of times, then answers.
struct Busy(AtomicUsize);

impl Manager for Busy {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let left = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        match left {
            Ok(_) => Err(Error::new(Code::Busy, "too much to do")),
            Err(_) => base.list(list).await,
        }
    }
}

#[tokio::test]
async fn towers_retry_is_an_operation_layer() {
    let db = fixture::database().await;
    for (times, expected) in [(3, 200), (4, 503)] {
        let cars = cars(&db)
            .manager(Busy(AtomicUsize::new(times)))
            .operation_layer(RetryLayer::new(WhileBusy(3)));
        assert_eq!(ask(&build(cars), "/cars/").await.status, expected);
    }
}
