//! A policy: who may ask for what, before any statement.

use http::Method;
use serde_json::json;
use tower_rest::{
    Access, Act, Action, Api, Code, Database, Error, Head, Model, Result, Router, ViewSet,
    testing::Client,
};

#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i64,
    make: String,
}

#[derive(Model)]
struct Part {
    #[model(key)]
    part_id: i64,
    #[model(one(Car))]
    car_id: i64,
}

/// Put among the extensions by a layer of the application's.
#[derive(Clone, Copy)]
struct User {
    is_mechanic: bool,
}

/// Everybody who says who they are may read one object; only mechanics may list and act.
fn mechanics(head: &Head, access: Access<'_>) -> Result<()> {
    let user = head.identity::<User>()?;
    match access {
        Access::Retrieve => Ok(()),
        _ if user.is_mechanic => Ok(()),
        _ => Err(Error::new(Code::Forbidden, "only mechanics may do this")),
    }
}

async fn scrap(_: Act<()>) -> Result<()> {
    Ok(())
}

async fn api() -> Api {
    let db = Database::in_memory().await.expect("a database");
    let rows = "CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make TEXT); INSERT INTO cars VALUES (1, 'Fiat');
        CREATE TABLE parts (part_id INTEGER PRIMARY KEY, car_id INTEGER); INSERT INTO parts VALUES (2, 1);";
    db.execute_script(rows).await.expect("rows");
    let parts = ViewSet::of::<Part>(&db);
    let cars = ViewSet::of::<Car>(&db)
        .policy(mechanics)
        .action(Action::on_object("scrap", Method::POST, scrap))
        .nest("parts", parts.clone());
    Router::new()
        .register("cars", cars)
        .register("parts", parts)
        .build()
        .expect("an API")
}

fn mechanic(api: &Api, is_mechanic: bool) -> Client<Api> {
    Client::new(api.clone()).extension(User { is_mechanic })
}

#[tokio::test]
async fn what_may_not_be_done_is_refused_before_any_statement() {
    let api = api().await;
    let (nobody, guest, mechanic) = (
        Client::new(api.clone()),
        mechanic(&api, false),
        mechanic(&api, true),
    );
    let check =
        async |client: &Client<Api>, method: Method, path: &str, status: u16, code: &str| {
            let answer = client.ask(method.clone(), path).await;
            let found = (answer.status(), answer.code());
            assert_eq!(
                found,
                (status, code.to_owned()),
                "{method} {path}: {}",
                answer.text()
            );
            if matches!(status, 401 | 403) {
                assert_eq!(answer.statements(), 0, "{method} {path}");
                assert_eq!(answer.header("cache-control"), Some("no-store"));
            }
        };
    for path in [
        "/cars/",
        "/cars/1/",
        "/cars/9/",
        "/cars/?yaer=1",
        "/cars/1/parts/",
        "/cars/1/parts/2/",
    ] {
        check(&nobody, Method::GET, path, 401, "unauthenticated").await;
        check(&nobody, Method::HEAD, path, 401, "").await;
    }
    check(
        &nobody,
        Method::POST,
        "/cars/1/scrap/",
        401,
        "unauthenticated",
    )
    .await;
    check(&nobody, Method::GET, "/parts/", 200, "").await;
    check(&guest, Method::GET, "/cars/", 403, "forbidden").await;
    check(&guest, Method::GET, "/cars/1/", 200, "").await;
    check(&guest, Method::GET, "/cars/1/parts/", 200, "").await;
    check(&guest, Method::POST, "/cars/1/scrap/", 403, "forbidden").await;
    check(&guest, Method::POST, "/cars/9/scrap/", 403, "forbidden").await;
    check(&mechanic, Method::GET, "/cars/", 200, "").await;
    check(&mechanic, Method::POST, "/cars/1/scrap/", 200, "").await;
    check(&mechanic, Method::POST, "/cars/9/scrap/", 404, "not_found").await;
    // What the method is about comes first.
    check(&nobody, Method::PUT, "/cars/", 405, "method_not_allowed").await;
}

#[tokio::test]
async fn what_may_not_be_done_is_not_offered() {
    let api = api().await;
    let options = async |client: &Client<Api>, path: &str| {
        let answer = client.ask(Method::OPTIONS, path).await;
        assert_eq!((answer.status(), answer.statements()), (200, 0), "{path}");
        let allow = answer.header("allow").expect("the methods").to_owned();
        assert_eq!(
            answer.json()["methods"],
            json!(allow.split(", ").collect::<Vec<_>>())
        );
        (
            allow,
            answer.json()["actions"].as_array().map_or(0, Vec::len),
        )
    };
    let (nobody, guest, mechanic) = (
        Client::new(api.clone()),
        mechanic(&api, false),
        mechanic(&api, true),
    );
    let all = "GET, HEAD, OPTIONS".to_owned();
    assert_eq!(options(&nobody, "/cars/").await, ("OPTIONS".to_owned(), 0));
    assert_eq!(
        options(&nobody, "/cars/1/parts/").await,
        ("OPTIONS".to_owned(), 0)
    );
    assert_eq!(options(&guest, "/cars/").await, ("OPTIONS".to_owned(), 0));
    assert_eq!(options(&guest, "/cars/1/").await, (all.clone(), 0));
    assert_eq!(options(&guest, "/cars/1/scrap/").await.0, "OPTIONS");
    assert_eq!(options(&mechanic, "/cars/").await, (all, 1));
    assert_eq!(
        options(&mechanic, "/cars/1/scrap/").await.0,
        "POST, OPTIONS"
    );
    let refused = guest.ask(Method::DELETE, "/cars/").await;
    assert_eq!(refused.header("allow"), Some("OPTIONS"));
    let places = async |client: &Client<Api>| {
        let root = client.get("/").await.json();
        root.as_object()
            .expect("places")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(places(&guest).await, ["parts"]);
    assert_eq!(places(&mechanic).await, ["cars", "parts"]);
}

#[tokio::test]
async fn answers_that_hang_on_who_asks_are_for_one_client() {
    let answer = mechanic(&api().await, true).get("/cars/").await;
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
}

#[tokio::test]
async fn caches_learn_the_headers_that_answers_depend_on() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script("CREATE TABLE cars (car_id INTEGER, make TEXT); CREATE TABLE parts (part_id INTEGER, car_id INTEGER);")
        .await
        .expect("tables");
    let build = |headers: [&'static str; 2]| {
        Router::new()
            .register("cars", ViewSet::of::<Car>(&db).vary(headers))
            .register("parts", ViewSet::of::<Part>(&db))
            .build()
    };
    let client = Client::new(build(["Authorization", "X-Tenant"]).expect("an API"));
    for path in ["/cars/", "/parts/"] {
        let answer = client.get(path).await;
        assert_eq!(
            answer.header("vary"),
            Some("Accept, Authorization, X-Tenant"),
            "{path}"
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("private, no-cache"),
            "{path}"
        );
    }
    assert_eq!(client.get("/").await.header("vary"), Some("Accept"));
    let error = build(["Authorization", "a b"]).expect_err("no header");
    assert_eq!(
        error.mistakes(),
        ["Car: `.vary(…)` names `a b`, which is no name of a header"]
    );
}
