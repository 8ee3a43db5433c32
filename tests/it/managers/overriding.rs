//! Managers that override one method or narrow what is asked.

use tower_rest::{Base, Condition, List, Manager, Object, Page, Result, Retrieve, Router};
use tracing::{Level, instrument::WithSubscriber};

use super::{Closed, Notes, Recent, build, cars, numbers, status_and_code};
use crate::{
    fixture,
    logging::{Log, listening},
    server::ask,
};

#[tokio::test]
async fn one_method_is_overridden_and_the_other_inherited() {
    let db = fixture::database().await;
    let api = build(cars(&db).manager(Recent));
    let list = ask(&api, "/cars/?ordering=-year").await;
    assert_eq!(numbers(&list, "car_id"), [10, 2, 5]);
    assert_eq!(list.json()["count"], 3);
    let list = ask(&api, "/cars/?make!=Tesla&page_size=1&page=last").await;
    assert_eq!(numbers(&list, "car_id"), [5]);
    assert_eq!(ask(&api, "/cars/?page=2").await.status, 404);
    assert_eq!(ask(&api, "/cars/1/").await.json()["year"], 1966);
    assert_eq!(ask(&api, "/cars/99/").await.status, 404);
}

/// Retrieves only unsold cars, and notes each question and answer.
struct Unsold(Notes);

impl Manager for Unsold {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let names: Vec<_> = list
            .columns(base.model())
            .map(tower_rest::Column::name)
            .collect();
        self.0.add(format!(
            "page {:?} of {}: {}",
            list.position().page(),
            list.page_size(),
            names.join(", ")
        ));
        let page = base.list(list).await?;
        let (first, cells) = (page.rows().get(0).expect("a row"), page.rows().len());
        self.0.add(format!(
            "{:?} {cells} {} {:?} {}",
            first.cell(0),
            page.position().page().expect("a number"),
            page.total(),
            page.has_next()
        ));
        Ok(page)
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        let object = base
            .retrieve(retrieve.and(Condition::column("sold").eq(false)))
            .await?;
        if let Some(row) = object.as_ref().and_then(Object::row) {
            self.0.add(format!("{} {:?}", base.head().uri, row.cell(0)));
        }
        Ok(object)
    }
}

#[tokio::test]
async fn what_is_asked_and_answered_can_be_looked_at() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let api = build(cars(&db).manager(Unsold(notes.clone())));
    let path = "/cars/?fields=make,year&page=2&page_size=5";
    assert_eq!(ask(&api, path).await.status, 200);
    assert_eq!(
        notes.take(),
        [
            "page Some(2) of 5: make, year",
            "Text(\"Citroën\") 5 2 Some(12) true"
        ]
    );
    assert_eq!(ask(&api, "/cars/1/?fields=make").await.status, 404);
    assert_eq!(ask(&api, "/cars/2/?fields=make").await.status, 200);
    assert_eq!(notes.take(), ["/cars/2/?fields=make Text(\"Toyota\")"]);
}

/// Adds a condition to every question.
struct Adding(Condition);

impl Manager for Adding {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        base.list(list.and(self.0.clone())).await
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        base.retrieve(retrieve.and(self.0.clone())).await
    }
}

#[tokio::test]
async fn a_condition_that_does_not_suit_the_model_is_logged_and_not_shown() {
    let db = fixture::database().await;
    let api = build(cars(&db).manager(Adding(Condition::column("yaer").eq(1990))));
    for path in ["/cars/", "/cars/1/"] {
        let log = Log::default();
        let answer = ask(&api, path).with_subscriber(listening(&log)).await;
        assert_eq!(status_and_code(&answer), (500, "internal".to_owned()));
        assert!(!answer.body.contains("yaer"), "{}", answer.body);
        let log = log.up_to(Level::ERROR);
        assert!(log.contains("yaer"), "{log}");
    }
}

#[tokio::test]
async fn a_condition_may_go_through_the_relations_of_the_viewset() {
    let db = fixture::database().await;
    let of_ann = Condition::related("owner", Condition::column("name").startswith("Ann"));
    let api = Router::new()
        .register("cars", cars(&db).manager(Adding(of_ann)))
        .register("owners", fixture::owner_viewset(&db))
        .build()
        .expect("an API");
    assert_eq!(numbers(&ask(&api, "/cars/").await, "car_id"), [2, 7]);
    assert_eq!(ask(&api, "/cars/1/").await.status, 404);
}

#[tokio::test]
async fn rows_that_relations_lead_to_are_read_without_their_manager() {
    let db = fixture::database().await;
    let api = Router::new()
        .register("cars", cars(&db))
        .register("owners", fixture::owner_viewset(&db).manager(Closed))
        .build()
        .expect("an API");
    for path in ["/owners/", "/owners/1/"] {
        assert_eq!(ask(&api, path).await.status, 403, "{path}");
    }
    let answer = ask(&api, "/cars/1/?expand=owner").await;
    assert_eq!(answer.json()["owner"]["city"], "Galway");
}

#[tokio::test]
async fn a_manager_runs_in_the_span_of_its_request() {
    let db = fixture::database().await;
    let log = Log::default();
    let api = build(cars(&db).manager(Recent));
    ask(&api, "/cars/").with_subscriber(listening(&log)).await;
    let log = log.up_to(Level::DEBUG);
    for expected in [
        "INFO request model=\"Car\"",
        "INFO request operation=\"list\"",
        "INFO request rows=3",
        "DEBUG statement rows=3",
    ] {
        assert!(log.contains(expected), "no {expected} in\n{log}");
    }
}
