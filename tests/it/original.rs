//! The scenarios of djangorest-alchemy's own test suite, by their names, on the model it tests: parties with cars and parts.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tower_rest::{
    Act, Action, Code, Database, Error, Keys, Model, Reply, Result, Router, ToMany, ViewSet,
    testing::Client,
};

/// A model with a key of three parts, two of which the headers PK1 and PK2 give.
#[derive(Model)]
#[model(table = "parties")]
struct Party {
    #[model(key)]
    party_id: i64,
    #[model(key)]
    pk1: String,
    #[model(key)]
    pk2: String,
    name: String,
}

#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i64,
    make: String,
    model: String,
}

/// A model whose key includes its car's key.
#[derive(Model)]
struct Part {
    #[model(key)]
    part_id: i64,
    #[model(key, one(Car))]
    car_id: i64,
    name: String,
}

#[derive(Deserialize)]
struct Engine {
    kind: String,
}

async fn created(act: Act<Engine>) -> Result<Reply> {
    Ok(Reply::created(
        &json!({"engine": act.payload.kind, "car": act.key_as::<i64>()?}),
    ))
}

async fn updated(act: Act<Value>) -> Result<Reply> {
    Ok(Reply::json(&act.payload))
}

async fn accepted(_: Act<()>) -> Result<Reply> {
    Ok(Reply::accepted(&"queued"))
}

async fn nothing(_: Act<()>) -> Result<()> {
    Ok(())
}

async fn failing(act: Act<()>) -> Result<()> {
    let mut sqlite = act.transaction.sqlite().await?;
    sqlx::query("DELETE FROM cars")
        .execute(&mut *sqlite)
        .await?;
    Err(Error::new(Code::Forbidden, "not this car"))
}

const ROWS: &str = "
    CREATE TABLE parties (party_id INTEGER, pk1 TEXT, pk2 TEXT, name TEXT, PRIMARY KEY (party_id, pk1, pk2));
    INSERT INTO parties VALUES (1, 'a', 'b', 'Ann'), (1, 'a', 'c', 'Bob'), (2, 'a', 'b', 'Cid');
    CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make TEXT, model TEXT);
    INSERT INTO cars VALUES (1, 'Toyota', 'Camry'), (2, 'Chrysler', '300'), (3, 'Toyota', 'Prius'), (4, 'Fiat', '500'), (5, 'Fiat', 'Uno');
    CREATE TABLE parts (part_id INTEGER, car_id INTEGER, name TEXT, PRIMARY KEY (part_id, car_id));
    INSERT INTO parts VALUES (1, 1, 'brake'), (2, 1, 'wheel'), (1, 2, 'seat');
";

async fn database() -> Database {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(ROWS).await.expect("rows");
    db
}

async fn client() -> Client<tower_rest::Api> {
    let db = database().await;
    let parties = ViewSet::of::<Party>(&db).other_keys(|head| {
        let keys = Keys::new().part("pk1", head.header("PK1")?);
        Ok(keys.part("pk2", head.header("PK2")?))
    });
    let cars = ViewSet::of::<Car>(&db)
        .page_size(2)
        .nest("parts", ViewSet::of::<Part>(&db))
        .to_many(ToMany::Links)
        .action(Action::on_object("change_engine", Method::POST, created))
        .action(Action::on_object("update_engine", [Method::POST], updated))
        .action(Action::on_collection("recall", Method::POST, accepted).shadows_keys())
        .action(Action::on_object("wash", Method::POST, nothing))
        .action(Action::on_object("steal", Method::POST, failing));
    let api = Router::new()
        .register("parties", parties)
        .register("cars", cars)
        .register("links", ViewSet::of::<Car>(&db).links_only())
        .build();
    Client::new(api.expect("an API"))
}

/// Returns one member of every row of a list.
fn members(answer: &Value, member: &str) -> Vec<Value> {
    let rows = answer["results"].as_array().expect("results");
    rows.iter().map(|row| row[member].clone()).collect()
}

#[tokio::test]
async fn list_and_list_of_links() {
    let client = client().await;
    let list = client.get("/cars/").await.json();
    assert_eq!(
        (&list["count"], members(&list, "car_id").len()),
        (&json!(5), 2)
    );
    let links = client.get("/links/").await.json();
    assert_eq!(
        links["results"][0],
        json!({"href": "http://localhost/links/1/"})
    );
}

#[tokio::test]
async fn retrieve_with_links_that_lead_somewhere() {
    let client = client().await;
    let car = client.get("/cars/1/").await.json();
    assert_eq!(
        (&car["make"], &car["href"]),
        (&json!("Toyota"), &json!("http://localhost/cars/1/"))
    );
    for link in car["parts"].as_array().expect("links") {
        let path = link
            .as_str()
            .and_then(|link| link.strip_prefix("http://localhost"));
        assert_eq!(
            client.get(path.expect("a complete URI")).await.status(),
            200
        );
    }
    assert_eq!(client.get("/cars/99/").await.code(), "not_found");
}

#[tokio::test]
async fn filter_and_no_match_filter() {
    let client = client().await;
    let toyotas = client.get("/cars/?make=Toyota").await.json();
    assert_eq!(members(&toyotas, "car_id"), [1, 3]);
    let none = client.get("/cars/?make=Nobody").await;
    assert_eq!((none.status(), &none.json()["count"]), (200, &json!(0)));
    // The original failed with a 500 here.
    assert_eq!(
        client.get("/cars/?maker=Toyota").await.code(),
        "unknown_parameter"
    );
}

#[tokio::test]
async fn first_last_and_bad_page() {
    let client = client().await;
    assert_eq!(
        members(&client.get("/cars/?page=1").await.json(), "car_id"),
        [1, 2]
    );
    let last = client.get("/cars/?page=last").await.json();
    assert_eq!(
        (members(&last, "car_id"), &last["page"]),
        (vec![json!(5)], &json!(3))
    );
    assert_eq!(client.get("/cars/?page=999").await.code(), "no_such_page");
    assert_eq!(client.get("/cars/?page=x").await.code(), "invalid_page");
}

#[tokio::test]
async fn action_statuses_created_updated_accepted_and_nothing() {
    let client = client().await;
    let answer = client
        .post("/cars/1/change_engine/")
        .json(&json!({"kind": "V8"}))
        .await;
    assert_eq!(
        (answer.status(), answer.json()),
        (201, json!({"engine": "V8", "car": 1}))
    );
    let answer = client
        .post("/cars/1/update_engine/")
        .json(&json!({"oil": 5}))
        .await;
    assert_eq!((answer.status(), answer.json()), (200, json!({"oil": 5})));
    let answer = client.post("/cars/recall/").await;
    assert_eq!((answer.status(), answer.json()), (202, json!("queued")));
    let answer = client.post("/cars/1/wash/").await;
    assert_eq!(
        (
            answer.status(),
            answer.bytes(),
            answer.header("content-length")
        ),
        (200, &b""[..], Some("0"))
    );
    assert_eq!(client.get("/cars/1/wash/").await.status(), 405);
    assert_eq!(client.post("/cars/99/wash/").await.code(), "not_found");
}

#[tokio::test]
async fn an_action_that_fails_leaves_nothing_behind() {
    let client = client().await;
    let answer = client.post("/cars/1/steal/").await;
    assert_eq!((answer.status(), &*answer.code()), (403, "forbidden"));
    assert_eq!(client.get("/cars/").await.json()["count"], 5);
}

#[tokio::test]
async fn manager_factory() {
    let (here, there) = (database().await, database().await);
    there
        .execute_script("DELETE FROM cars WHERE car_id > 1")
        .await
        .expect("fewer cars");
    let cars = ViewSet::of::<Car>(&here).manager_factory(move |head| {
        let chosen = match head.header("X-Tenant") {
            Ok("here") => Ok(here.clone()),
            Ok("there") => Ok(there.clone()),
            _ => Err(Error::new(Code::Forbidden, "no such tenant")),
        };
        async { chosen }
    });
    let client = Client::new(cars.build().expect("an API"));
    let count =
        async |tenant| client.get("/").header("x-tenant", tenant).await.json()["count"].clone();
    assert_eq!(
        (count("here").await, count("there").await),
        (json!(5), json!(1))
    );
    assert_eq!(client.get("/").await.status(), 403);
}

#[tokio::test]
async fn composite_keys_and_other_keys_by_default_and_overridden() {
    let client = client().await;
    let with = |path: &str, pk2: &str| client.get(path).header("PK1", "a").header("PK2", pk2);
    assert_eq!(with("/parties/1/", "b").await.json()["name"], "Ann");
    assert_eq!(with("/parties/1/", "c").await.json()["name"], "Bob");
    assert_eq!(with("/parties/2/", "c").await.code(), "not_found");
    assert_eq!(client.get("/parties/1/").await.code(), "missing_key_part");
    // In the original the query string overrode the header, so a client could read another tenant's rows.
    assert_eq!(with("/parties/?pk2=c", "b").await.json()["count"], 0);
    assert_eq!(
        with("/parties/1/?pk2=c", "b").await.code(),
        "unknown_parameter"
    );
    let db = database().await;
    let whole = Client::new(ViewSet::of::<Party>(&db).build().expect("an API"));
    assert_eq!(whole.get("/1,a,c/").await.json()["name"], "Bob");
}

#[tokio::test]
async fn hierarchical_keys_keep_to_their_parent() {
    let client = client().await;
    assert_eq!(client.get("/cars/1/parts/1/").await.json()["name"], "brake");
    assert_eq!(client.get("/cars/2/parts/1/").await.json()["name"], "seat");
    assert_eq!(client.get("/cars/2/parts/2/").await.code(), "not_found");
    // The original listed the parts of every car here.
    assert_eq!(
        members(&client.get("/cars/1/parts/").await.json(), "name"),
        ["brake", "wheel"]
    );
    assert_eq!(client.get("/cars/99/parts/").await.code(), "not_found");
}
