//! A scope: what is outside it does not exist, by whatever way it is asked for.
//!
//! The same rows stand in two databases: all of them under a scope, and in one for each principal only those it may see,
//! without a scope. Every request must get the same answer from both, byte for byte, by as many statements.

use http::Method;
use tower_rest::{
    Api, Condition, Database, Error, Head, Model, Result, Router, ViewSet,
    testing::{Answer, Client},
};

/// Who asks, put among the extensions by a layer of the application's.
#[derive(Clone, Copy, Debug)]
struct Tenant(i64);

#[derive(Model)]
struct Owner {
    #[model(key)]
    id: i64,
    tenant: i64,
    name: String,
    #[model(one(Self))]
    boss_id: Option<i64>,
}

#[derive(Model)]
#[model(many(tags: Tag, through = CarTag, by = "car_id", to = "tag_id"))]
struct Car {
    #[model(key)]
    id: i64,
    tenant: i64,
    make: String,
    #[model(one(Owner))]
    owner_id: Option<i64>,
}

#[derive(Model)]
struct Part {
    #[model(key, one(Car))]
    car_id: i64,
    #[model(key)]
    part_no: i64,
    tenant: i64,
    kind: String,
}

#[derive(Model)]
struct Tag {
    #[model(key)]
    id: i64,
    tenant: i64,
    word: String,
}

#[derive(Model)]
#[model(table = "car_tags")]
struct CarTag {
    #[model(key)]
    car_id: i64,
    #[model(key)]
    tag_id: i64,
}

const TABLES: &str = "
    CREATE TABLE owners (id INTEGER PRIMARY KEY, tenant INTEGER, name TEXT, boss_id INTEGER);
    CREATE TABLE cars (id INTEGER PRIMARY KEY, tenant INTEGER, make TEXT, owner_id INTEGER);
    CREATE TABLE parts (car_id INTEGER, part_no INTEGER, tenant INTEGER, kind TEXT, PRIMARY KEY (car_id, part_no));
    CREATE TABLE tags (id INTEGER PRIMARY KEY, tenant INTEGER, word TEXT);
    CREATE TABLE car_tags (car_id INTEGER, tag_id INTEGER, PRIMARY KEY (car_id, tag_id));
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO owners SELECT i, i % 3, 'owner ' || (i % 5), CASE WHEN i % 4 THEN i * 5 % 12 + 1 END FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
    INSERT INTO cars SELECT i, i % 3, 'make ' || (i % 4), CASE WHEN i % 5 THEN i * 7 % 12 + 1 END FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO parts SELECT i * 11 % 24 + 1, i, i % 3, 'kind ' || (i % 3) FROM n;
    INSERT INTO tags VALUES (1, 0, 'red'), (2, 1, 'red'), (3, 2, 'old'), (4, 1, 'new'), (5, 0, 'old');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
    INSERT OR IGNORE INTO car_tags SELECT i * 5 % 24 + 1, i % 5 + 1 FROM n;
";

/// The rows a principal may see: its own tenant's; 9 may see everything, 7 nothing.
fn may_see(tenant: i64) -> String {
    match tenant {
        9 => "1 = 1".to_owned(),
        7 => "1 = 0".to_owned(),
        tenant => format!("tenant = {tenant}"),
    }
}

fn own(head: &Head) -> Result<Condition> {
    let tenant = head.identity::<Tenant>()?.0;
    Ok(match tenant {
        9 => Condition::everything(),
        7 => Condition::nothing(),
        tenant => Condition::column("tenant").eq(tenant),
    })
}

async fn database(tenant: Option<i64>) -> Database {
    let db = Database::in_memory().await.expect("a database");
    let mut script = TABLES.to_owned();
    for table in ["owners", "cars", "parts", "tags"] {
        if let Some(tenant) = tenant {
            script += &format!("DELETE FROM {table} WHERE NOT ({});", may_see(tenant));
        }
    }
    db.execute_script(&script).await.expect("rows");
    db
}

/// Every kind of place; without a scope, `every` row says so, so that both take the same ways through the code.
fn api(db: &Database, says: fn(&Head) -> Result<Condition>) -> Api {
    let of = |viewset: ViewSet| viewset.scope(says);
    let parts = || of(ViewSet::of::<Part>(db)).search(Part::KIND);
    let cars = of(ViewSet::of::<Car>(db))
        .search(Car::MAKE)
        .nest("parts", parts());
    let owners = of(ViewSet::of::<Owner>(db))
        .page_size(3)
        .nest("cars", of(ViewSet::of::<Car>(db)).nest("parts", parts()));
    Router::new()
        .register("cars", cars)
        .register("owners", owners)
        .register("parts", parts())
        .register("tags", of(ViewSet::of::<Tag>(db)))
        .build()
        .expect("an API")
}

fn every(_: &Head) -> Result<Condition> {
    Ok(Condition::everything())
}

/// Every way to ask for a list, an object, or what is nested under one.
fn requests() -> Vec<String> {
    let queries = |of: &[&str]| {
        of.iter()
            .map(|query| format!("?{query}"))
            .collect::<Vec<_>>()
    };
    let any = [
        "",
        "page=last",
        "page=2&page_size=3",
        "page_size=4&page=last",
        "page=9",
        "ordering=-tenant",
    ];
    let of_cars = [
        "owner__name=owner 1",
        "owner__name!=owner 1",
        "owner__isnull=true",
        "owner__isnull=false",
        "owner=3",
        "owner!=3",
        "owner__boss__name=owner 2",
        "owner__boss__name!=owner 2",
        "parts__kind=kind 1",
        "parts__kind!=kind 1",
        "parts__isnull=true",
        "parts__isnull=false",
        "parts__kind=kind 1&parts__part_no__gt=20",
        "tags__word=red",
        "tags__word!=red",
        "tags=2",
        "tags__isnull=true",
        "ordering=owner__name",
        "ordering=-owner__boss__name,make",
        "expand=owner",
        "expand=parts,tags",
        "expand=owner.boss,parts",
        "expand=owner.cars",
        "search=make",
        "fields=href,owner&expand=tags",
    ];
    let of_owners = [
        "cars__make=make 1",
        "cars__make!=make 1",
        "cars__isnull=true",
        "boss__name=owner 1",
        "ordering=boss__name",
        "expand=cars,boss",
        "expand=cars.parts",
        "owners__isnull=true",
    ];
    let of_parts = [
        "car__make=make 1",
        "car__owner__name!=owner 2",
        "ordering=-car__owner__name",
        "expand=car.owner",
        "search=kind 1",
    ];
    let of_tags = ["word=red", "word!=old"];
    let lists: [(&str, &[&str]); 4] = [
        ("/cars/", &of_cars),
        ("/owners/", &of_owners),
        ("/parts/", &of_parts),
        ("/tags/", &of_tags),
    ];
    let mut requests = Vec::new();
    for (path, own) in lists {
        for query in queries(&any).into_iter().chain(queries(own)) {
            requests.push(format!("{path}{}", query.replace(' ', "%20")));
        }
    }
    for id in 1..=13 {
        requests.extend([
            format!("/cars/{id}/"),
            format!("/cars/{id}/?expand=owner,parts,tags"),
            format!("/owners/{id}/"),
            format!("/owners/{id}/?expand=cars.owner"),
            format!("/tags/{id}/"),
            format!("/cars/{id}/parts/"),
            format!("/cars/{id}/parts/?car__owner__name=owner%201"),
            format!("/owners/{id}/cars/?parts__isnull=true"),
            format!("/owners/{id}/cars/?page=last&page_size=1"),
        ]);
        for part in [id, id * 3, id * 5] {
            let car = part * 11 % 24 + 1;
            requests.push(format!("/parts/{car},{part}/"));
            requests.push(format!("/cars/{car}/parts/{part}/?expand=car"));
            requests.push(format!("/owners/{}/cars/{car}/parts/", car * 7 % 12 + 1));
            requests.push(format!(
                "/owners/{}/cars/{car}/parts/{part}/",
                car * 7 % 12 + 1
            ));
        }
    }
    requests
}

async fn both(scoped: &Api, cut: &Api, method: Method, path: &str, tenant: i64) -> [Answer; 2] {
    let ask = async |api: &Api| {
        let client = Client::new(api.clone()).extension(Tenant(tenant));
        client.ask(method.clone(), path).await
    };
    [ask(scoped).await, ask(cut).await]
}

#[tokio::test]
async fn what_is_outside_the_scope_does_not_exist() {
    let scoped = api(&database(None).await, own);
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for tenant in [0, 1, 7, 9] {
        let cut = api(&database(Some(tenant)).await, every);
        for path in requests() {
            let [seen, alone] = both(&scoped, &cut, Method::GET, &path, tenant).await;
            assert_eq!(seen.text(), alone.text(), "{tenant}: {path}");
            assert_eq!(seen.status(), alone.status(), "{tenant}: {path}");
            assert_eq!(seen.headers(), alone.headers(), "{tenant}: {path}");
            assert_eq!(seen.statements(), alone.statements(), "{tenant}: {path}");
            assert_ne!(seen.status(), 400, "{path}: {}", seen.text());
            *statuses.entry(seen.status()).or_default() += 1;
        }
        let [seen, alone] = both(&scoped, &cut, Method::HEAD, "/cars/?expand=owner", tenant).await;
        assert_eq!(
            (seen.status(), seen.headers()),
            (alone.status(), alone.headers())
        );
    }
    // Both kinds of answers were compared, not only refusals or only pages.
    let enough = |status| statuses.get(&status).is_some_and(|count| *count > 100);
    assert!(enough(200) && enough(404), "{statuses:?}");
    assert!(
        statuses.keys().all(|status| [200, 404].contains(status)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_request_that_does_not_say_who_it_is_gets_401_from_the_place_and_no_row_elsewhere() {
    let db = database(None).await;
    let cars = ViewSet::of::<Car>(&db);
    let owners = ViewSet::of::<Owner>(&db).scope(own);
    let api = Router::new()
        .register("cars", cars)
        .register("owners", owners)
        .build()
        .expect("an API");
    let client = Client::new(api);
    for path in ["/owners/", "/owners/1/", "/owners/?page=x"] {
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status(), &*answer.code()),
            (401, "unauthenticated"),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(client.get("/cars/").await.json()["count"], 24);
    assert_eq!(
        client
            .get("/cars/?owner__name__contains=owner")
            .await
            .json()["count"],
        0
    );
    assert_eq!(
        client.get("/cars/1/?expand=owner").await.json()["owner"],
        serde_json::Value::Null
    );
    assert_eq!(
        client.get("/cars/").await.header("cache-control"),
        Some("private, no-cache")
    );
    let described = client.ask(Method::OPTIONS, "/owners/").await;
    assert_eq!(described.status(), 200);
}

#[tokio::test]
async fn a_scope_may_refuse_and_a_mistaken_one_is_a_500_that_says_nothing() {
    let db = database(None).await;
    let built = |says: fn(&Head) -> Result<Condition>| {
        ViewSet::of::<Owner>(&db)
            .scope(says)
            .build()
            .expect("an API")
    };
    let forbidden = built(|_| Err(Error::new(tower_rest::Code::Forbidden, "not you")));
    let answer = Client::new(forbidden).get("/").await;
    assert_eq!(
        (answer.status(), answer.json()["detail"].as_str()),
        (403, Some("not you"))
    );
    for says in [
        (|_: &Head| Ok(Condition::column("salary").gt(1))) as fn(&Head) -> Result<Condition>,
        |_| Ok(Car::MAKE.eq("Fiat")),
        |_| Ok(Condition::column("id").eq("x")),
        |_| Ok(Condition::column("tenant").contains("1")),
        |_| Ok(Condition::related("salary", Condition::everything())),
    ] {
        let answer = Client::new(built(says)).get("/").await;
        assert_eq!((answer.status(), &*answer.code()), (500, "internal"));
        assert!(
            !answer.text().contains("salary") && !answer.text().contains("cars"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_condition_tests_columns_as_sql_does() {
    let db = Database::in_memory().await.expect("a database");
    let rows = "CREATE TABLE owners (id INTEGER PRIMARY KEY, tenant INTEGER, name TEXT, boss_id INTEGER);
        INSERT INTO owners VALUES (1, 1, 'Ann', NULL), (2, 1, 'ann', 1), (3, 1, 'Bea', 2), (4, 1, 'Anna', 3);";
    db.execute_script(rows).await.expect("rows");
    let boss = || Condition::column("boss_id");
    let name = || Condition::column("name");
    let cases: Vec<(Condition, Condition, &[i64])> = vec![
        (boss().ne(1), Owner::BOSS_ID.ne(1), &[3, 4]),
        (!boss().eq(1), !Owner::BOSS_ID.eq(1), &[1, 3, 4]),
        (boss().between(1, 2), Owner::BOSS_ID.between(1, 2), &[2, 3]),
        (boss().is_null(), Owner::BOSS_ID.is_null(), &[1]),
        (
            boss().is_not_null(),
            Owner::BOSS_ID.is_not_null(),
            &[2, 3, 4],
        ),
        (boss().is_in([1, 3]), Owner::BOSS_ID.is_in([1, 3]), &[2, 4]),
        (
            boss().is_not_in([1, 3]),
            Owner::BOSS_ID.is_not_in([1, 3]),
            &[3],
        ),
        (
            name().startswith("An"),
            Owner::NAME.startswith("An"),
            &[1, 4],
        ),
        (
            name().istartswith("An"),
            Owner::NAME.istartswith("An"),
            &[1, 2, 4],
        ),
        (name().iendswith("NA"), Owner::NAME.iendswith("NA"), &[4]),
    ];
    for (named, by_handle, expected) in cases {
        for condition in [named, by_handle] {
            let words = format!("{condition:?}");
            let owners = ViewSet::of::<Owner>(&db).scope(move |_| Ok(condition.clone()));
            let answer = Client::new(owners.build().expect("an API"))
                .get("/?fields=id")
                .await;
            let ids: Vec<_> = answer.json()["results"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| row["id"].as_i64().expect("a number"))
                .collect();
            assert_eq!(ids, expected, "{words}");
        }
    }
}

#[tokio::test]
async fn what_a_request_lacks_is_said_by_whose_fault_it_is() {
    let db = database(None).await;
    for (says, status, code) in [
        (
            (|head: &Head| head.identity::<Tenant>().map(|_| Condition::everything()))
                as fn(&Head) -> Result<Condition>,
            401,
            "unauthenticated",
        ),
        (
            |head| head.extension::<Tenant>().map(|_| Condition::everything()),
            500,
            "internal",
        ),
        (
            |head| head.header("x-tenant").map(|_| Condition::everything()),
            400,
            "missing_header",
        ),
    ] {
        let owners = ViewSet::of::<Owner>(&db).scope(says);
        let answer = Client::new(owners.build().expect("an API")).get("/").await;
        assert_eq!((answer.status(), &*answer.code()), (status, code));
    }
}
