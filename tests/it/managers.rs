//! Managers, the factories that make them, and operation layers around them.

use std::{
    collections::HashMap,
    fmt,
    future::{Ready, pending, ready},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use expect_test::{Expect, expect};
use http::Request;
use http_body_util::Empty;
use sea_query::{ColumnDef, ForeignKey, SqliteQueryBuilder, Table, TableCreateStatement};
use tower::{
    limit::ConcurrencyLimitLayer,
    retry::{Policy, RetryLayer},
    timeout::TimeoutLayer,
    util::MapErrLayer,
};
use tower_rest::{
    Api, Ask, Base, Cell, Code, Condition, Database, Error, Head, List, Manager, Model, Next,
    Object, Operation, Outcome, Page, Result, Retrieve, Router, Rows, ViewSet, from_fn,
};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    fixture::{self, Style},
    logging::{Log, listening},
    server::{Answer, ask, ask_with},
};

fn cars(db: &Database) -> ViewSet {
    fixture::car_viewset(Style::Classical, db)
}

fn build(viewset: ViewSet) -> Api {
    let api = Router::new().register("cars", viewset).build();
    api.unwrap_or_else(|error| panic!("{error}"))
}

fn status_and_code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().expect("a code").to_owned();
    (answer.status, code)
}

fn numbers(answer: &Answer, member: &str) -> Vec<i64> {
    let list = answer.json();
    let rows = list["results"].as_array().expect("results");
    let number = |row: &serde_json::Value| row[member].as_i64().expect("a number");
    rows.iter().map(number).collect()
}

/// An answer, and how many statements it took.
async fn counted(api: &Api, path: &str) -> (Answer, usize) {
    let log = Log::default();
    let answer = ask(api, path).with_subscriber(listening(&log)).await;
    let statements = log.up_to(Level::DEBUG);
    (answer, statements.matches("DEBUG statement model=").count())
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().expect("notes").push(note.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("notes"))
    }
}

/// Lists cars of the nineties and later; finds every car.
struct Recent;

impl Manager for Recent {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        base.list(list.and(Condition::column("year").gte(1990)))
            .await
    }
}

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

/// Answers objects only if they are for sale, and looks at what it was asked.
struct Unsold(Notes);

impl Manager for Unsold {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let names: Vec<_> = list
            .columns(base.model())
            .map(tower_rest::Column::name)
            .collect();
        self.0.add(format!(
            "page {:?} of {}: {}",
            list.page(),
            list.page_size(),
            names.join(", ")
        ));
        let page = base.list(list).await?;
        let (first, cells) = (page.rows().get(0).expect("a row"), page.rows().len());
        self.0.add(format!(
            "{:?} {cells} {} {:?} {}",
            first.cell(0),
            page.number(),
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

/// Adds a condition that is given.
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

type Kept = Arc<Mutex<Vec<(Ask, Outcome)>>>;

/// A cache of everything, by what is asked.
async fn cached(kept: Kept, operation: Operation, next: Next) -> Result<Outcome> {
    let ask = operation.ask.clone();
    let found = |kept: &Kept| {
        let kept = kept.lock().expect("a cache");
        let hit = kept.iter().find(|(other, _)| *other == ask);
        hit.map(|(_, outcome)| outcome.clone())
    };
    if let Some(hit) = found(&kept) {
        return Ok(hit);
    }
    let outcome = next.run(operation).await?;
    kept.lock()
        .expect("a cache")
        .push((ask.clone(), outcome.clone()));
    Ok(outcome)
}

#[tokio::test]
async fn a_caching_layer_leaves_the_database_alone() {
    let db = fixture::database().await;
    let kept = Kept::default();
    let cars = cars(&db)
        .scope(|head| Ok(Condition::column("sold").eq(head.headers.contains_key("x-sold"))))
        .operation_layer(from_fn({
            let kept = kept.clone();
            move |operation, next| cached(kept.clone(), operation, next)
        }));
    let owners = fixture::owner_viewset(&db);
    let api = Router::new()
        .register("cars", cars)
        .register("owners", owners);
    let api = api.build().expect("an API");
    for path in [
        "/cars/?make=Toyota",
        "/cars/?page=last",
        "/cars/?ordering=-year&page_size=3&page=2",
        "/cars/2/",
        "/cars/99/",
        "/cars/?expand=owner",
    ] {
        let (first, statements) = counted(&api, path).await;
        assert!(statements > 0, "{path}");
        let (second, statements) = counted(&api, path).await;
        assert_eq!(statements, 0, "{path}");
        assert_eq!(
            (first.status, first.body),
            (second.status, second.body),
            "{path}"
        );
    }
    // What is asked otherwise is asked; also where the scope is what differs.
    let (_, statements) = counted(&api, "/cars/?make=Fiat").await;
    assert_eq!(statements, 1);
    let sold = with_header("/cars/?make=Toyota", "x-sold", "1");
    let sold = ask_with(&api, sold).await;
    assert_eq!(numbers(&sold, "car_id"), [1]);
    // Links are made for each request anew.
    let elsewhere = Request::get("/cars/2/").header("host", "other");
    let elsewhere = elsewhere.body(Empty::<bytes::Bytes>::new());
    let elsewhere = ask_with(&api, elsewhere.expect("a request")).await;
    assert_eq!(elsewhere.json()["href"], "http://other/cars/2/");
}

fn with_header(path: &str, name: &str, value: &str) -> Request<Empty<bytes::Bytes>> {
    let request = Request::get(path).header("host", "test");
    let request = request.header(name, value).body(Empty::new());
    request.expect("a request")
}

#[tokio::test]
async fn an_auditing_layer_sees_who_asked_what_and_how_it_went() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let audit = from_fn({
        let notes = notes.clone();
        move |operation: Operation, next: Next| {
            let notes = notes.clone();
            async move {
                let (name, head) = (operation.ask.name(), operation.head.clone());
                let model = operation.model.name().to_owned();
                let outcome = next.run(operation).await;
                let how = match &outcome {
                    Ok(outcome) => format!("{} rows", outcome.rows()),
                    Err(error) => error.code().name().to_owned(),
                };
                let who = head.header("x-user").unwrap_or("nobody");
                notes.add(format!("{who}: {name} {model} {}: {how}", head.uri));
                outcome
            }
        }
    });
    let api = build(cars(&db).operation_layer(audit));
    for path in ["/cars/?make=Ford", "/cars/?page=9", "/cars/99/", "/cars/3/"] {
        ask_with(&api, with_header(path, "x-user", "Ann")).await;
    }
    // Neither a request that is refused before nor a description is an operation.
    ask(&api, "/cars/?maek=Ford").await;
    let options = Request::options("/cars/").body(Empty::<bytes::Bytes>::new());
    ask_with(&api, options.expect("a request")).await;
    assert_eq!(
        notes.take(),
        [
            "Ann: list Car /cars/?make=Ford: 2 rows",
            "Ann: list Car /cars/?page=9: no_such_page",
            "Ann: retrieve Car /cars/99/: 0 rows",
            "Ann: retrieve Car /cars/3/: 1 rows",
        ]
    );
}

#[tokio::test]
async fn what_an_operation_shows_of_itself_holds_nothing_that_was_sent() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let showing = from_fn({
        let notes = notes.clone();
        move |operation: Operation, next: Next| {
            notes.add(format!("{operation:?}"));
            next.run(operation)
        }
    });
    let cars = cars(&db)
        .scope(|head| Ok(Condition::column("make").eq(head.header("x-make")?)))
        .operation_layer(showing);
    let api = build(cars);
    for path in ["/cars/?notes=hush&fields=make", "/cars/7/?fields=make"] {
        ask_with(&api, with_header(path, "x-make", "Hush")).await;
    }
    let shown = notes.take().join("\n");
    assert!(!shown.to_lowercase().contains("hush"), "{shown}");
    expect![[r#"
        Operation { head: GET /cars/, model: "Car", ask: List(List { page: Nth(1), page_size: 25, columns: [1], .. }) }
        Operation { head: GET /cars/7/, model: "Car", ask: Retrieve(Retrieve { columns: [1], .. }) }"#]]
    .assert_eq(&shown);
}

/// Waits before every list, and notes how many wait at once.
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
    let api = build(
        cars(&db)
            .manager(Slow::default())
            .operation_layer(TimeoutLayer::new(Duration::from_millis(5))),
    );
    let answer = ask(&api, "/cars/").await;
    assert_eq!(status_and_code(&answer), (503, "timeout".to_owned()));
    assert_eq!(ask(&api, "/cars/1/").await.status, 200);
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

/// Tries again while the server is busy, three times at most.
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

/// Is busy so many times before it answers.
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

/// An error of a layer's own.
#[derive(Debug)]
struct Tired;

impl fmt::Display for Tired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secretly tired")
    }
}

impl std::error::Error for Tired {}

#[tokio::test]
async fn what_a_layer_fails_with_is_an_answer() {
    let db = fixture::database().await;
    let failing = from_fn(|operation: Operation, next: Next| async move {
        match operation.head.header("x-fails") {
            Ok("own") => Err(Error::new(Code::Forbidden, "not on Sundays")),
            _ => next.run(operation).await,
        }
    });
    let api = build(cars(&db).operation_layer(failing));
    let answer = ask_with(&api, with_header("/cars/", "x-fails", "own")).await;
    assert_eq!(status_and_code(&answer), (403, "forbidden".to_owned()));
    assert_eq!(answer.json()["detail"], "not on Sundays");
    assert_eq!(ask(&api, "/cars/").await.status, 200);
    let tired = MapErrLayer::new(|_: Error| Tired);
    let api = build(cars(&db).operation_layer(tired));
    assert_eq!(ask(&api, "/cars/").await.status, 200);
    let answer = ask(&api, "/cars/?page=9").await;
    assert_eq!(status_and_code(&answer), (500, "internal".to_owned()));
    assert!(!answer.body.contains("tired"), "{}", answer.body);
}

#[tokio::test]
async fn what_a_layer_answers_must_be_of_the_kind_that_was_asked() {
    let db = fixture::database().await;
    let nothing = from_fn(|_, _: Next| async { Ok(Outcome::Object(None)) });
    let api = build(cars(&db).operation_layer(nothing));
    let answer = ask(&api, "/cars/").await;
    assert_eq!(status_and_code(&answer), (500, "internal".to_owned()));
    assert_eq!(ask(&api, "/cars/1/").await.status, 404);
}

#[tokio::test]
async fn the_operation_layer_added_last_is_the_outermost_and_http_layers_are_outside() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let noting = |name: &'static str| {
        let notes = notes.clone();
        from_fn(move |operation: Operation, next: Next| {
            let notes = notes.clone();
            async move {
                notes.add(format!("{name} in"));
                let outcome = next.run(operation).await;
                notes.add(format!("{name} out"));
                outcome
            }
        })
    };
    let http = {
        let notes = notes.clone();
        tower::util::MapRequestLayer::new(move |request: Request<tower_rest::Body>| {
            notes.add("http in");
            request
        })
    };
    let making = notes.clone();
    let cars = cars(&db)
        .operation_layer(noting("first"))
        .layer(http)
        .operation_layer(noting("second"))
        .manager_factory(move |_| {
            making.add("factory");
            let db = db.clone();
            async { Ok(db) }
        });
    assert_eq!(ask(&build(cars), "/cars/1/").await.status, 200);
    assert_eq!(
        notes.take(),
        [
            "http in",
            "second in",
            "first in",
            "factory",
            "first out",
            "second out"
        ]
    );
}

/// Two tenants, each with a database of its own that has the same table.
async fn tenants() -> HashMap<&'static str, Database> {
    let mut tenants = HashMap::new();
    for name in ["north", "south"] {
        let db = Database::in_memory().await.expect("a database");
        let rows = format!("INSERT INTO things VALUES (1, '{name}', 1), (2, 'both', 1)");
        let script = format!("{}; {rows}", things().to_string(SqliteQueryBuilder));
        db.execute_script(&script).await.expect("a table");
        tenants.insert(name, db);
    }
    tenants
}

fn things() -> TableCreateStatement {
    Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string())
        .col(ColumnDef::new("near_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("things", "near_id")
                .to("things", "id"),
        )
        .to_owned()
}

fn thing() -> ViewSet {
    ViewSet::new(Model::from_table("Thing", &things()))
}

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
    // With a database that says how columns are stored, and without.
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
        // What reads no rows asks for no manager.
        let before = asked.load(Ordering::SeqCst);
        assert_eq!(ask(&api, "/?nmae=both").await.status, 400);
        assert_eq!(asked.load(Ordering::SeqCst), before);
    }
    // Related rows are the tenant's too.
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
    // In place of the viewset's.
    let other = thing()
        .database(&tenants["north"])
        .manager(tenants["south"].clone());
    let answer = ask(&other.build().expect("an API"), "/1/").await;
    assert_eq!(answer.json()["name"], "south");
}

/// Asks another database for lists.
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

/// Rows of a model, in no database.
struct Memory(Rows);

impl Manager for Memory {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        list.over(base.model(), &self.0)
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        retrieve.over(base.model(), &self.0)
    }
}

fn memory(rows: &[(i64, Option<&str>)]) -> Memory {
    let rows = rows.iter().map(|(id, name)| {
        let name = name.map_or(Cell::Null, Cell::Text);
        [Cell::Integer(*id), name, Cell::Null]
    });
    Memory(Rows::new(3, rows))
}

#[tokio::test]
async fn rows_in_memory_are_served_without_a_database() {
    let rows = [
        (3, Some("c")),
        (1, Some("a")),
        (5, None),
        (4, Some("A")),
        (2, Some("b")),
    ];
    let api = thing()
        .page_size(2)
        .manager(memory(&rows))
        .build()
        .expect("an API");
    for (query, expected) in [
        ("", &[1, 2][..]),
        ("?page=2", &[3, 4]),
        ("?page=last", &[5]),
        ("?name__iexact=a", &[1, 4]),
        ("?name!=a", &[2, 3]),
        ("?name__gt=a", &[2, 3]),
        ("?ordering=-name", &[5, 3]),
        ("?ordering=name", &[4, 1]),
        ("?id__in=5,3,9", &[3, 5]),
        ("?id=9", &[]),
    ] {
        let answer = ask(&api, &format!("/{query}")).await;
        assert_eq!(numbers(&answer, "id"), expected, "{query}");
    }
    let answer = ask(&api, "/?page=4").await;
    assert_eq!(status_and_code(&answer), (404, "no_such_page".to_owned()));
    let answer = ask(&api, "/?nmae=a").await;
    assert_eq!(
        status_and_code(&answer),
        (400, "unknown_parameter".to_owned())
    );
    let answer = ask(&api, "/4/").await;
    assert_eq!(
        answer.body,
        r#"{"href":"http://test/4/","id":4,"name":"A","near_id":null}"#
    );
    let answer = ask(&api, "/9/").await;
    assert_eq!(status_and_code(&answer), (404, "not_found".to_owned()));
    let empty = thing().manager(memory(&[])).build().expect("an API");
    for path in ["/", "/?page=last"] {
        let list = ask(&empty, path).await.json();
        assert_eq!(
            (&list["count"], &list["pages"]),
            (&0.into(), &1.into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_scope_and_a_layer_narrow_rows_in_memory_too() {
    let narrowing = from_fn(|mut operation: Operation, next: Next| {
        operation.ask = match operation.ask {
            Ask::List(list) => Ask::List(list.and(Condition::column("id").lt(4))),
            Ask::Retrieve(one) => Ask::Retrieve(one.and(Condition::column("id").lt(4))),
            other => other,
        };
        next.run(operation)
    });
    let rows = [(1, Some("a")), (2, None), (3, Some("c")), (4, Some("d"))];
    let api = thing()
        .manager(memory(&rows))
        .operation_layer(narrowing)
        .scope(|_| Ok(!Condition::column("name").is_null()))
        .build()
        .expect("an API");
    assert_eq!(numbers(&ask(&api, "/").await, "id"), [1, 3]);
    for (path, status) in [("/1/", 200), ("/2/", 404), ("/4/", 404)] {
        assert_eq!(ask(&api, path).await.status, status, "{path}");
    }
}

/// Rows of every type as the database shows them.
async fn rows_of_every_type(db: &Database) -> Rows {
    let shown = Arc::new(Mutex::new(None));
    let keeping = from_fn({
        let shown = shown.clone();
        move |operation: Operation, next: Next| {
            let shown = shown.clone();
            async move {
                let outcome = next.run(operation).await;
                if let Ok(Outcome::Page(page)) = &outcome {
                    *shown.lock().expect("rows") = Some(page.rows().clone());
                }
                outcome
            }
        }
    });
    let types = fixture::types_viewset(Style::Classical, db).operation_layer(keeping);
    let answer = ask(&types.build().expect("an API"), "/?id!=4").await;
    assert_eq!(answer.status, 200);
    let rows = shown.lock().expect("rows").take();
    rows.expect("a page")
}

#[tokio::test]
async fn rows_of_every_type_are_answered_as_those_of_a_database() {
    let db = fixture::database().await;
    let of_sqlite = fixture::types_viewset(Style::Classical, &db);
    let rows = rows_of_every_type(&db).await;
    let in_memory = of_sqlite
        .clone()
        .manager(Memory(rows))
        .build()
        .expect("an API");
    let of_sqlite = of_sqlite.build().expect("an API");
    let filters = [
        "whole=42",
        "whole__lt=42",
        "whole__gte=9223372036854775807",
        "whole__in=42,7",
        "small__range=-200,7",
        "flag=true",
        "flag=false",
        "flag!=true",
        "float__lt=1",
        "float=1.5",
        "float__gt=0",
        "amount=12.5",
        "amount__in=12.5,3",
        "amount__lte=12.500",
        "amount__gt=-999999999999999999999999999999.1",
        "word__contains=word",
        "word__icontains=NA%C3%8FVE",
        "word__icontains=NA%C3%AFVE",
        "word__iexact=NA%C3%AFVE+%22WORD%22",
        "word__startswith=na",
        "word__iendswith=SCRIPT%3E",
        "word!=x",
        "word__gt=n",
        "colour=red",
        "colour__in=red,blue",
        "colour!=red",
        "raw=AP8Q",
        "raw__in=AP8Q,AA==",
        "day=2014-01-02",
        "day__gt=2014-01-02",
        "day__year=2014",
        "day__month=1",
        "day__day__gte=2",
        "day__year__in=2014,9999",
        "day__month__in=1,12",
        "day!=2014-01-02",
        "hour=03:04:05",
        "hour__gt=03:04:05.1",
        "hour__in=03:04:05.000,23:00",
        "local=2014-01-02T03:04:05",
        "local__date=2014-01-02",
        "local__year__lt=2000",
        "local__day__in=1,2",
        "zoned=2014-01-02T04:04:05.678%2B01:00",
        "zoned__year=9999",
        "zoned__date__gt=2014-01-02",
        "zoned_offset__lt=2014-01-01T00:00:00Z",
        "zoned_millis__month=1",
        "local_t__gt=2014-01-02T03:04:05",
        "uid=67e55044-10b1-426f-9247-bb680e5fe0c8",
        "uid__lt=67e55044-10b1-426f-9247-bb680e5fe0c8",
        "uid_blob__gte=67e55044-10b1-426f-9247-bb680e5fe0c8",
        "doc__isnull=true",
        "doc__isnull=false",
        "misc__isnull=true",
        "misc__isnull!=true",
    ];
    let orders = [
        "whole",
        "-whole",
        "flag",
        "-float",
        "amount",
        "-amount",
        "word",
        "-colour",
        "-raw",
        "day",
        "-hour",
        "local",
        "-zoned",
        "local_t",
        "-zoned_offset",
        "uid",
        "-uid_blob",
        "flag,-word",
    ];
    // What no answer shows as it is stored is compared otherwise: the rows 4 and 5.
    let filters = filters.map(|filter| format!("/?id!=4&id!=5&{filter}"));
    let orders = orders.map(|order| format!("/?id!=4&id!=5&ordering={order}"));
    for path in filters
        .into_iter()
        .chain(orders)
        .chain(["/1/", "/2/", "/3/", "/5/"].map(str::to_owned))
    {
        let (expected, found) = (ask(&of_sqlite, &path).await, ask(&in_memory, &path).await);
        if path.contains("?") {
            assert_eq!(expected.status, 200, "{path}: {}", expected.body);
        }
        assert_eq!(
            (found.status, found.body),
            (expected.status, expected.body),
            "{path}"
        );
    }
}

#[tokio::test]
async fn cells_of_another_type_than_their_columns_are_null_and_logged() {
    let table = Table::create()
        .table("odd")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("year").integer())
        .col(ColumnDef::new("price").decimal())
        .col(ColumnDef::new("doc").json())
        .col(ColumnDef::new("float").double())
        .col(ColumnDef::new("misc").custom("whatever"))
        .to_owned();
    let rows = Rows::new(
        6,
        [
            [
                Cell::Integer(1),
                Cell::Text("many"),
                Cell::Decimal("\",\"x\":\""),
                Cell::Json("{broken"),
                Cell::Float(f64::NAN),
                Cell::Float(0.5),
            ],
            [
                Cell::Unsigned(2),
                Cell::Integer(1990),
                Cell::Text("1.50"),
                Cell::Text("{ \"a\": 1 }"),
                Cell::Integer(3),
                Cell::Boolean(true),
            ],
        ],
    );
    let odd = ViewSet::new(Model::from_table("Odd", &table)).manager(Memory(rows));
    let api = odd.build().expect("an API");
    let log = Log::default();
    let answer = ask(&api, "/1/").with_subscriber(listening(&log)).await;
    assert_eq!(
        answer.body,
        r#"{"href":"http://test/1/","id":1,"year":null,"price":null,"doc":null,"float":null,"misc":"0.5"}"#
    );
    let log = log.up_to(Level::WARN);
    for column in ["year", "price", "doc"] {
        assert!(
            log.contains(&format!("column=\"{column}\"")),
            "{column}: {log}"
        );
    }
    assert_eq!(
        ask(&api, "/2/").await.body,
        r#"{"href":"http://test/2/","id":2,"year":1990,"price":"1.50","doc":{"a":1},"float":3.0,"misc":"true"}"#
    );
    for (query, expected) in [
        ("year__isnull=true", &[1][..]),
        ("year__gte=0", &[2]),
        ("price=1.5", &[2]),
        ("float__isnull=true", &[1]),
        ("float=3", &[2]),
        ("ordering=-year", &[1, 2]),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert_eq!(numbers(&answer, "id"), expected, "{query}");
    }
}

#[tokio::test]
async fn rows_in_memory_that_cannot_answer_say_so_in_the_log() {
    let tenants = tenants().await;
    let narrow = Memory(Rows::new(1, [[Cell::Integer(1)]]));
    let narrow = thing().manager(narrow).build().expect("an API");
    let related = || {
        thing()
            .database(&tenants["north"])
            .manager(memory(&[(1, None)]))
    };
    let related_api = related().build().expect("an API");
    let nested = Router::new().register(
        "things",
        thing().database(&tenants["north"]).nest("below", related()),
    );
    let nested = nested.build().expect("an API");
    for (api, path, words) in [
        (&narrow, "/", "Thing has 3 columns, but"),
        (&related_api, "/?expand=near", "takes rows of another model"),
        (
            &related_api,
            "/?near__name=a",
            "takes rows of another model",
        ),
        (
            &related_api,
            "/?ordering=near__name",
            "takes rows of another model",
        ),
        (
            &related_api,
            "/1/?expand=near",
            "takes rows of another model",
        ),
        (&nested, "/things/1/below/", "takes rows of another model"),
    ] {
        let log = Log::default();
        let answer = ask(api, path).with_subscriber(listening(&log)).await;
        assert_eq!(
            status_and_code(&answer),
            (500, "internal".to_owned()),
            "{path}"
        );
        let log = log.up_to(Level::ERROR);
        assert!(log.contains(words), "{path}: {log}");
    }
}

/// Refuses everything.
struct Closed;

impl Manager for Closed {
    async fn list(&self, _: List, _: Base) -> Result<Page> {
        Err(Error::new(Code::Forbidden, "closed"))
    }

    async fn retrieve(&self, _: Retrieve, _: Base) -> Result<Option<Object>> {
        Err(Error::new(Code::Forbidden, "closed"))
    }
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

/// Panics where a request says so.
struct Panicking(Database);

impl Manager for Panicking {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        assert!(!is(base.head(), "x-panic", "now"), "as it was asked to");
        tokio::task::yield_now().await;
        assert!(!is(base.head(), "x-panic", "later"), "as it was asked to");
        base.list(list).await
    }

    fn database(&self) -> Option<&Database> {
        Some(&self.0)
    }
}

fn is(head: &Head, name: &str, value: &str) -> bool {
    head.header(name).is_ok_and(|found| found == value)
}

#[tokio::test]
async fn a_panic_is_the_500_of_its_own_request() {
    let db = fixture::database().await;
    let layer = from_fn(|operation: Operation, next: Next| {
        assert!(
            !is(&operation.head, "x-panic", "layer"),
            "as it was asked to"
        );
        next.run(operation)
    });
    let notes = Notes::default();
    let seen = notes.clone();
    let outside = from_fn(move |operation: Operation, next: Next| {
        let seen = seen.clone();
        async move {
            let outcome = next.run(operation).await;
            seen.add(outcome.as_ref().map_or("failed", |_| "answered"));
            outcome
        }
    });
    let cars = cars(&db)
        .manager_factory(move |head| {
            assert!(!is(&head, "x-panic", "factory"), "as it was asked to");
            let db = db.clone();
            async move {
                assert!(!is(&head, "x-panic", "making"), "as it was asked to");
                Ok(Panicking(db))
            }
        })
        .operation_layer(layer)
        .operation_layer(ConcurrencyLimitLayer::new(2))
        .operation_layer(outside);
    let api = build(cars);
    for place in ["now", "later", "factory", "making", "layer"] {
        for _ in 0..5 {
            let log = Log::default();
            let request = with_header("/cars/", "x-panic", place);
            let answer = ask_with(&api, request)
                .with_subscriber(listening(&log))
                .await;
            assert_eq!(
                status_and_code(&answer),
                (500, "internal".to_owned()),
                "{place}"
            );
            assert!(!answer.body.contains("asked"), "{}", answer.body);
            let log = log.up_to(Level::ERROR);
            assert!(
                log.contains("panicked: as it was asked to"),
                "{place}: {log}"
            );
            assert_eq!(notes.take(), ["failed"], "{place}");
        }
    }
    assert_eq!(ask(&api, "/cars/").await.json()["count"], 12);
    assert_eq!(notes.take(), ["answered"]);
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

/// Notes when it is dropped.
struct Dropped(Notes);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add("dropped");
    }
}

/// Waits for ever for the rows of one list, and lets the database work without end for another's.
struct Endless(Notes);

impl Manager for Endless {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let _dropped = Dropped(self.0.clone());
        if list.page_size() == 1 {
            pending::<()>().await;
        }
        base.list(list).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_goes_away_takes_its_manager_and_its_statement_along() {
    let db = Database::in_memory().await.expect("a database");
    let view = "CREATE VIEW things AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) \
                SELECT i AS id, NULL AS name, NULL AS near_id FROM n";
    let numbers = "CREATE TABLE numbers (id INTEGER PRIMARY KEY); INSERT INTO numbers VALUES (1)";
    for script in [view, numbers] {
        db.execute_script(script).await.expect("a table");
    }
    let notes = Notes::default();
    let api = thing()
        .database(&db)
        .time_limit(Duration::from_secs(60))
        .manager(Endless(notes.clone()))
        .operation_layer(from_fn(|operation, next: Next| next.run(operation)))
        .build()
        .expect("an API");
    for path in ["/?page_size=1", "/", "/", "/", "/", "/", "/"] {
        let gone = tokio::time::timeout(Duration::from_millis(60), ask(&api, path)).await;
        assert!(gone.is_err(), "{path} is answered");
        assert_eq!(notes.take(), ["dropped"], "{path}");
    }
    // Nothing of them runs on: the threads are free at once.
    let started = Instant::now();
    let numbers = Table::create()
        .table("numbers")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let numbers = ViewSet::new(Model::from_table("Number", &numbers)).database(&db);
    let list = ask(&numbers.build().expect("an API"), "/").await;
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(list.json()["count"], 1);
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
    // Its relations are values.
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
    // Without a manager a viewset needs one.
    check(
        Router::new().register(
            "things",
            thing().operation_layer(ConcurrencyLimitLayer::new(1)),
        ),
        &expect!["Thing: say where its rows are, with `.database(…)`"],
    );
    // Nor is it known which rows are a tenant's below a viewset whose database is one for each.
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
