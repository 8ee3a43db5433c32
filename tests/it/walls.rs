//! Numbered bugs of walls, relations and transactions, each of which must stay away.

use http::Method;
use serde_json::{Value, json};
use tower_rest::{
    Act, Action, Api, Code, Condition, Database, Error, Head, Model, Reply, Result, Router,
    ViewSet, testing::Client,
};

#[derive(Model)]
struct Car {
    #[model(key)]
    id: i64,
    tenant: i64,
    #[model(unique)]
    slug: String,
}

#[derive(Model)]
struct Supplier {
    #[model(key)]
    id: i64,
}

#[derive(Model)]
struct Part {
    #[model(key)]
    id: i64,
    #[model(one(Car))]
    car_id: i64,
    #[model(one(Supplier))]
    supplier_id: i64,
    kind: String,
}

const ROWS: &str = "
    CREATE TABLE cars (id INTEGER PRIMARY KEY, tenant INTEGER, slug TEXT);
    CREATE TABLE suppliers (id INTEGER PRIMARY KEY);
    CREATE TABLE parts (id INTEGER PRIMARY KEY, car_id INTEGER, supplier_id INTEGER, kind TEXT);
    INSERT INTO cars VALUES (1, 1, 'f'), (2, 2, 's');
    INSERT INTO suppliers VALUES (1), (2);
    INSERT INTO parts VALUES (1, 1, 1, 'plain'), (2, 2, 1, 'secret');
";

async fn database() -> Database {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(ROWS).await.expect("rows");
    db
}

fn first_tenant(_: &Head) -> Result<Condition> {
    Ok(Car::TENANT.eq(1))
}

async fn json_of(client: &Client<Api>, path: &str) -> Value {
    let answer = client.get(path).await;
    assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test]
async fn r011_what_is_served_only_under_a_walled_parent_is_behind_its_wall_from_everywhere() {
    let db = database().await;
    let cars = ViewSet::of::<Car>(&db)
        .scope(first_tenant)
        .nest("parts", ViewSet::of::<Part>(&db));
    let api = Router::new()
        .register("cars", cars)
        .register("suppliers", ViewSet::of::<Supplier>(&db))
        .build();
    let client = Client::new(api.expect("an API"));
    let links = json!(["http://localhost/cars/1/parts/1/"]);
    assert_eq!(json_of(&client, "/suppliers/1/").await["parts"], links);
    let embedded = json_of(&client, "/suppliers/1/?expand=parts").await;
    assert_eq!(
        embedded["parts"]["results"].as_array().map(Vec::len),
        Some(1)
    );
    for query in ["parts__kind=secret", "parts=2"] {
        let list = json_of(&client, &format!("/suppliers/?{query}")).await;
        assert_eq!(list["count"], 0, "{query}");
    }
}

#[tokio::test]
async fn r012_the_place_that_is_registered_first_decides_what_relations_see() {
    let db = database().await;
    let named = ViewSet::of::<Car>(&db)
        .scope(first_tenant)
        .lookup_field(Car::SLUG);
    let api = Router::new()
        .register("cars", named)
        .register("all-cars", ViewSet::of::<Car>(&db))
        .register("parts", ViewSet::of::<Part>(&db))
        .build();
    let client = Client::new(api.expect("an API"));
    let list = json_of(&client, "/parts/?expand=car").await;
    assert_eq!(
        list["results"][0]["car"]["href"],
        "http://localhost/cars/f/"
    );
    assert_eq!(list["results"][1]["car"], Value::Null);
    assert_eq!(json_of(&client, "/parts/?car__slug=s").await["count"], 0);
    // A foreign key does not say the name by which cars are linked there.
    assert_eq!(json_of(&client, "/parts/2/").await.get("car"), None);
}

#[tokio::test]
async fn r013_the_rows_of_two_places_are_not_mixed() {
    let db = database().await;
    let more = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 349)
        INSERT INTO parts SELECT i, 1, 1, CASE WHEN i % 2 THEN 'odd' ELSE 'even' END FROM n";
    db.execute_script(more).await.expect("rows");
    let odd = |_: &Head| Ok(Part::KIND.eq("odd"));
    for (nested, top) in [(true, false), (false, true)] {
        let parts = |scoped| {
            let parts = ViewSet::of::<Part>(&db);
            if scoped { parts.scope(odd) } else { parts }
        };
        let cars = ViewSet::of::<Car>(&db).nest("parts", parts(nested));
        let api = Router::new()
            .register("cars", cars)
            .register("parts", parts(top))
            .build();
        let client = Client::new(api.expect("an API"));
        let mut page = json_of(&client, "/cars/1/?expand=parts").await["parts"].take();
        let mut seen = Vec::new();
        loop {
            let rows = page["results"].as_array().expect("rows");
            seen.extend(rows.iter().map(|row| row["id"].as_i64().expect("an id")));
            let Some(next) = page["next"].as_str() else {
                break;
            };
            let path = next
                .strip_prefix("http://localhost")
                .expect("a complete URI");
            page = json_of(&client, path).await;
        }
        let all = if top { 125 } else { 251 };
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "nested {nested}, top {top}");
    }
}

#[tokio::test]
async fn r014_a_transaction_that_sqlite_ends_leaves_a_connection_that_works() {
    let db = database().await;
    let trigger = "CREATE TRIGGER never BEFORE INSERT ON suppliers WHEN new.id = 13
        BEGIN SELECT RAISE(ROLLBACK, 'no'); END";
    db.execute_script(trigger).await.expect("a trigger");
    async fn add(act: Act<i64>) -> Result<Reply> {
        sqlx::query("INSERT INTO suppliers VALUES (?)")
            .bind(act.payload)
            .execute(&mut *act.transaction.sqlite().await?)
            .await?;
        Ok(Reply::created(&act.payload))
    }
    async fn tolerant(act: Act<()>) -> Result<()> {
        let mut sqlite = act.transaction.sqlite().await?;
        let refused = sqlx::query("INSERT INTO suppliers VALUES (13)");
        drop(refused.execute(&mut *sqlite).await);
        Ok(())
    }
    let suppliers = ViewSet::of::<Supplier>(&db)
        .action(Action::on_collection("add", Method::POST, add))
        .action(Action::on_collection("tolerant", Method::POST, tolerant));
    let client = Client::new(suppliers.build().expect("an API"));
    for round in 0..6 {
        assert_eq!(client.post("/add/").json(&13).await.status(), 500);
        assert_eq!(client.post("/tolerant/").await.status(), 500);
        let id = 100 + round;
        assert_eq!(
            client.post("/add/").json(&id).await.status(),
            201,
            "{round}"
        );
    }
    assert_eq!(json_of(&client, "/").await["count"], 8);
}

#[tokio::test]
async fn r015_a_panic_of_a_scope_or_policy_is_a_500() {
    let db = database().await;
    let scoped = ViewSet::of::<Car>(&db).scope(|_| panic!("a scope"));
    let policed = ViewSet::of::<Car>(&db).policy(|_, _| panic!("a policy"));
    for viewset in [scoped, policed] {
        let client = Client::new(viewset.build().expect("an API"));
        let answer = client.get("/").await;
        assert_eq!((answer.status(), &*answer.code()), (500, "internal"));
    }
    let refused = ViewSet::of::<Car>(&db).policy(|_, _| Err(Error::new(Code::Forbidden, "no")));
    let client = Client::new(refused.build().expect("an API"));
    assert_eq!(client.get("/").await.status(), 403);
}

#[tokio::test]
async fn r016_what_is_too_much_to_embed_is_refused_and_never_cut_off_in_silence() {
    let db = database().await;
    let more = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 10101)
        INSERT INTO parts SELECT i, 1, 2, 'x' FROM n";
    db.execute_script(more).await.expect("rows");
    let cars = ViewSet::of::<Car>(&db).nest("parts", ViewSet::of::<Part>(&db));
    let api = Router::new()
        .register("cars", cars)
        .register("suppliers", ViewSet::of::<Supplier>(&db))
        .build();
    let client = Client::new(api.expect("an API"));
    for path in [
        "/suppliers/2/?expand=parts",
        "/suppliers/2/",
        "/suppliers/?id=2&expand=parts",
    ] {
        assert_eq!(client.get(path).await.code(), "limit_exceeded", "{path}");
    }
    assert_eq!(
        json_of(&client, "/suppliers/2/?fields=id").await,
        json!({"id": 2})
    );
}
