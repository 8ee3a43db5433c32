//! Columns by their role: write-only, create-only, and those that the server sets.

use serde_json::{Value as Json, json};
use tower_rest::{
    Api, Base, Code, Create, Error, Manager, Model, Page, Result, Router, Set, Timestamp, Update,
    Value, ViewSet,
};

use super::{lines::answered_otherwise, outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

/// Who has an account.
#[derive(Model)]
struct Account {
    #[model(key)]
    id: i64,
    #[model(create_only, max_length = 20)]
    name: String,
    #[model(write_only, max_length = 80)]
    password: String,
    #[model(write_only)]
    pin: Option<i32>,
    note: Option<String>,
    created_by: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn user(head: &tower_rest::Head) -> Result<Option<String>> {
    match head.headers.get("x-user") {
        Some(name) if name == "nobody" => Err(Error::new(Code::Unauthenticated, "say who you are")),
        name => Ok(name.and_then(|name| name.to_str().ok()).map(str::to_owned)),
    }
}

async fn open(kind: Kind, change: fn(ViewSet) -> ViewSet) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let accounts = Model::of::<Account>();
    fresh.execute(&fresh.db.create_table(&accounts)).await;
    let accounts = ViewSet::new(accounts)
        .database(&fresh.db)
        .writable()
        .set(Account::CREATED_BY, user)
        .created_at(Account::CREATED_AT)
        .updated_at("updated_at");
    let api = Router::new().register("accounts", change(accounts)).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

async fn by(api: &Api, user: &str, method: &str, path: &str, body: &Json) -> Answer {
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header("host", "test").header("x-user", user);
    let request = request.header("content-type", "application/json");
    ask_with(api, request.body(body.to_string()).expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_only_column_is_stored_and_in_no_answer() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |accounts| accounts).await;
        let body = json!({"id": 1, "name": "ann", "password": "hunter2", "pin": 1234});
        let created = send(&api, "POST", "/accounts/", &body).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        let is_stored = "SELECT count(*) FROM accounts WHERE password = 'hunter2' AND pin = 1234";
        assert_eq!(fresh.number(is_stored).await, 1, "{kind}");
        let lines = r#"
            GET /accounts/?password=hunter2 -> 400  unknown_parameter
            GET /accounts/?password__startswith=h -> 400  unknown_parameter
            GET /accounts/?ordering=password -> 400  unknown_field
            GET /accounts/?fields=password -> 400  unknown_field
            GET /accounts/?expand=password -> 400  unknown_field
            POST /accounts/ {"id": 2, "name": "bob"} -> 400 /password required
            POST /accounts/ {"id": 2, "name": "bob", "password": null} -> 400 /password null
            POST /accounts/ {"id": 2, "name": "bob", "password": 665544} -> 400 /password invalid_value
            POST /accounts/ {"id": 2, "name": "bob", "password": "x", "pin": "665544"} -> 400 /pin invalid_value
            PATCH /accounts/1/ {"password": "swordfish"} -> 200
            PATCH /accounts/1/ {"pasword": "x"} -> 400 /pasword unknown_field
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        for body in [json!({"password": 665_544}), json!({"pin": "665544"})] {
            let refused = send(&api, "PATCH", "/accounts/1/", &body).await;
            assert!(!refused.body.contains("665544"), "{kind}: {}", refused.body);
        }
        let is_changed = "SELECT count(*) FROM accounts WHERE password = 'swordfish'";
        assert_eq!(fresh.number(is_changed).await, 1, "{kind}");
        for path in ["/accounts/", "/accounts/1/"] {
            let shown = ask(&api, path).await;
            for secret in ["password", "pin", "swordfish", "hunter2"] {
                assert!(!shown.body.contains(secret), "{kind}: {}", shown.body);
            }
        }
        assert!(
            !created.body.contains("hunter2"),
            "{kind}: {}",
            created.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_get_shows_can_be_put_back_and_keeps_the_write_only_columns() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |accounts| accounts).await;
        let body = json!({"id": 1, "name": "ann", "password": "hunter2", "pin": 1234});
        send(&api, "POST", "/accounts/", &body).await;
        let mut shown = ask(&api, "/accounts/1/").await.json();
        let again = send(&api, "PUT", "/accounts/1/", &shown).await;
        assert_eq!(again.status, 200, "{kind}: {}", again.body);
        shown["updated_at"] = again.json()["updated_at"].clone();
        assert_eq!(again.json(), shown, "{kind}");
        let is_kept = "SELECT count(*) FROM accounts WHERE password = 'hunter2' AND pin = 1234";
        assert_eq!(fresh.number(is_kept).await, 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_describes_write_only_columns_where_rows_are_written() {
    let column = |answer: &Answer, name: &str| {
        let json = answer.json();
        let columns = json["columns"].as_array().cloned().unwrap_or_default();
        columns.into_iter().find(|column| column["name"] == name)
    };
    let options = |path: &str| {
        http::Request::builder()
            .method("OPTIONS")
            .uri(path)
            .header("host", "test")
            .body(String::new())
            .expect("a request")
    };
    let (_fresh, api) = open(Kind::Sqlite, |accounts| accounts).await;
    for path in ["/accounts/", "/accounts/1/"] {
        let answer = ask_with(&api, options(path)).await;
        let password = column(&answer, "password").expect("a column");
        assert_eq!(
            password,
            json!({"name": "password", "type": "text", "nullable": false, "unique": false, "write_only": true,
                "required": true, "max_length": 80})
        );
        let name = column(&answer, "name").expect("a column");
        assert_eq!(
            (&name["create_only"], &name["required"]),
            (&json!(true), &json!(true))
        );
        for set in ["created_by", "created_at", "updated_at"] {
            let set = column(&answer, set).expect("a column");
            assert_eq!(
                (&set["read_only"], &set["required"]),
                (&json!(true), &Json::Null)
            );
        }
        let filters = answer.json()["filters"].to_string();
        assert!(!filters.contains("password"), "{filters}");
        let orderings = answer.json()["orderings"].to_string();
        assert!(!orderings.contains("password"), "{orderings}");
    }
    let fresh = Kind::Sqlite.fresh().await;
    fresh
        .execute(&fresh.db.create_table(&Model::of::<Account>()))
        .await;
    let accounts = ViewSet::of::<Account>(&fresh.db);
    let api = Router::new()
        .register("accounts", accounts)
        .build()
        .expect("an API");
    let answer = ask_with(&api, options("/accounts/")).await;
    assert_eq!(column(&answer, "password"), None, "{}", answer.body);
    assert!(column(&answer, "name").is_some(), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_only_column_is_set_once_and_may_be_repeated() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |accounts| accounts).await;
        let lines = r#"
            POST /accounts/ {"id": 1, "password": "x"} -> 400 /name required
            POST /accounts/ {"id": 1, "name": "ann", "password": "x"} -> 201
            PATCH /accounts/1/ {"name": "bob"} -> 400 /name read_only
            PATCH /accounts/1/ {"name": null} -> 400 /name read_only
            PATCH /accounts/1/ {"name": "ann", "note": "n"} -> 200
            PUT /accounts/1/ {"name": "bob"} -> 400 /name read_only
            PUT /accounts/1/ {"name": "ann"} -> 200
            PUT /accounts/1/ {"note": "m"} -> 200
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        let shown = ask(&api, "/accounts/1/").await.json();
        assert_eq!(
            (&shown["name"], &shown["note"]),
            (&json!("ann"), &json!("m")),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_sets_columns_from_the_head_and_clients_do_not() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |accounts| accounts).await;
        let new = |id: i64| json!({"id": id, "name": "ann", "password": "x"});
        let created = by(&api, "Ada", "POST", "/accounts/", &new(1)).await;
        assert_eq!(
            created.json()["created_by"],
            "Ada",
            "{kind}: {}",
            created.body
        );
        let nobody = send(&api, "POST", "/accounts/", &new(2)).await;
        assert_eq!(
            nobody.json()["created_by"],
            Json::Null,
            "{kind}: {}",
            nobody.body
        );
        // The identity is asked for before the body is read.
        let refused = by(&api, "nobody", "POST", "/accounts/", &json!({"wrong": 1})).await;
        assert_eq!(refused.status, 401, "{kind}: {}", refused.body);
        let many = by(&api, "Bob", "POST", "/accounts/", &json!([new(3), new(4)])).await;
        let many = many.json();
        assert_eq!(
            (&many[0]["created_by"], &many[1]["created_by"]),
            (&json!("Bob"), &json!("Bob"))
        );
        assert_eq!(many[0]["created_at"], many[1]["created_at"], "{kind}");
        let changed = by(&api, "Bob", "PATCH", "/accounts/1/", &json!({"note": "n"})).await;
        assert_eq!(changed.json()["created_by"], "Ada", "{kind}");
        let lines = r#"
            POST /accounts/ {"id": 9, "name": "ann", "password": "x", "created_by": "Eve"} -> 400 /created_by read_only
            POST /accounts/ {"id": 9, "name": "ann", "password": "x", "created_at": "2014-01-02T03:04:05"} -> 400 /created_at read_only
            PATCH /accounts/1/ {"created_by": "Eve"} -> 400 /created_by read_only
            PATCH /accounts/1/ {"updated_at": "2014-01-02T03:04:05"} -> 400 /updated_at read_only
            PATCH /accounts/1/ {"created_by": "Ada"} -> 200
            PUT /accounts/1/ {} -> 200
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        assert_eq!(
            ask(&api, "/accounts/1/").await.json()["created_by"],
            "Ada",
            "{kind}"
        );
    }
}

fn moment(json: &Json, name: &str) -> String {
    json[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {json}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn stamps_say_when_a_row_was_created_and_last_changed() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |accounts| accounts).await;
        let body = json!({"id": 1, "name": "ann", "password": "x"});
        let created = send(&api, "POST", "/accounts/", &body).await.json();
        let born = moment(&created, "created_at");
        assert_eq!(moment(&created, "updated_at"), born, "{kind}");
        assert!(born.as_str() > "2025", "{kind}: {born}");
        // No change, no stamp.
        let same = send(&api, "PATCH", "/accounts/1/", &json!({})).await.json();
        assert_eq!(same, created, "{kind}");
        let changed = send(&api, "PATCH", "/accounts/1/", &json!({"note": "n"}))
            .await
            .json();
        assert_eq!(moment(&changed, "created_at"), born, "{kind}");
        assert!(moment(&changed, "updated_at") > born, "{kind}: {changed}");
        // What is shown finds the row: the stamp is stored as it is shown.
        for name in ["created_at", "updated_at"] {
            let path = format!("/accounts/?{name}={}", moment(&changed, name));
            assert_eq!(ask(&api, &path).await.json()["count"], 1, "{kind} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stamp_is_cut_to_what_its_column_keeps() {
    for kind in Kind::reachable().await {
        let (columns, digits): (&str, &[(&str, usize)]) = match kind {
            Kind::Sqlite => (
                "day date, fine timestamp, zoned timestamptz",
                &[("day", 10), ("fine", 26), ("zoned", 27)],
            ),
            Kind::Postgres => (
                "day date, fine timestamp, millis timestamptz(3), seconds timestamp(0)",
                &[("day", 10), ("fine", 26), ("millis", 24), ("seconds", 19)],
            ),
            Kind::MySql => (
                "day date, fine datetime(6), millis timestamp(3) NULL, seconds datetime",
                &[("day", 10), ("fine", 26), ("millis", 24), ("seconds", 19)],
            ),
        };
        let fresh = kind.fresh().await;
        fresh
            .execute(&format!(
                "CREATE TABLE things (id integer NOT NULL PRIMARY KEY, {columns})"
            ))
            .await;
        let schema = tower_rest::Schema::reflect(&fresh.db)
            .await
            .expect("a schema");
        let names: Vec<_> = digits.iter().map(|(name, _)| *name).collect();
        let things =
            ViewSet::new(schema.model("things").expect("a table").clone()).database(&fresh.db);
        let api = Router::new()
            .register("things", things.writable().created_at(names))
            .build();
        let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let rows: Vec<_> = (0..20).map(|id| json!({"id": id})).collect();
        let created = send(&api, "POST", "/things/", &json!(rows)).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        for row in created.json().as_array().into_iter().flatten() {
            for (name, most) in digits {
                let shown = moment(row, name);
                assert!(shown.len() <= *most, "{kind} {name}: {shown}");
                let path = format!("/things/?{name}={shown}");
                assert_eq!(ask(&api, &path).await.json()["count"], 20, "{kind} {path}");
            }
            let (day, fine) = (moment(row, "day"), moment(row, "fine"));
            assert!(fine.starts_with(&day), "{kind}: {row}");
            for name in ["millis", "seconds"] {
                if let Some(cut) = row[name].as_str() {
                    assert!(
                        fine.starts_with(cut.trim_end_matches('Z')),
                        "{kind} {name}: {row}"
                    );
                }
            }
        }
    }
}

/// Stores a password as what a hash makes of it.
struct Hashing;

fn hash(changes: &mut tower_rest::Changes) -> Result<()> {
    let plain = match changes.get(Account::PASSWORD)? {
        Some(Set::To(Value::Text(password))) => password.clone(),
        _ => return Ok(()),
    };
    changes.set(Account::PASSWORD, format!("hash of {}", plain.len()))
}

impl Manager for Hashing {
    async fn create(&self, mut create: Create, base: Base) -> Result<Page> {
        for row in create.rows_mut() {
            assert!(
                row.get(Account::CREATED_AT)?.is_some(),
                "a stamp among the changes"
            );
            hash(row)?;
        }
        base.create(create).await
    }

    async fn update(&self, mut update: Update, base: Base) -> Result<Option<tower_rest::Object>> {
        hash(update.changes_mut())?;
        base.update(update).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_hashes_the_password_of_every_write() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |accounts| accounts.manager(Hashing)).await;
        let lines = r#"
            POST /accounts/ {"id": 1, "name": "ann", "password": "four"} -> 201
            POST /accounts/ [{"id": 2, "name": "bob", "password": "sevenxx"}, {"id": 3, "name": "eve", "password": "four"}] -> 201
            PATCH /accounts/1/ {"password": "nineteen"} -> 200
            PATCH /accounts/2/ {"note": "n"} -> 200
            PUT /accounts/3/ {"password": "x"} -> 200
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        let hashed = "SELECT count(*) FROM accounts WHERE id = 1 AND password = 'hash of 8' OR id = 2 AND password = 'hash of 7' OR id = 3 AND password = 'hash of 1'";
        assert_eq!(fresh.number(hashed).await, 3, "{kind}");
    }
}

#[tokio::test]
async fn what_a_program_sets_must_fit_the_column() {
    let wide = |accounts: ViewSet| accounts.set(Account::NOTE, |_| Ok(Value::Integer(7)));
    let (_fresh, api) = open(Kind::Sqlite, wide).await;
    let body = json!({"id": 1, "name": "ann", "password": "x"});
    let failed = send(&api, "POST", "/accounts/", &body).await;
    assert_eq!(
        outcome(&failed),
        (500, vec!["internal".to_owned()]),
        "{}",
        failed.body
    );
    let mut changes = tower_rest::Changes::new(&Model::of::<Account>());
    for (column, value) in [
        ("nmae", Set::Null),
        ("pin", Set::To(Value::Integer(1 << 40))),
        ("name", Set::Null),
    ] {
        let error = changes.set(column, value).expect_err("a mistake");
        assert_eq!(error.code(), Code::Internal, "{column}");
    }
    assert!(changes.is_empty());
    changes
        .set("created_at", "2014-01-02T03:04:05")
        .expect("a moment");
    let moment = tower_rest::Date::new(2014, 1, 2).expect("a day").midnight();
    assert!(
        matches!(changes.get("created_at"), Ok(Some(Set::To(Value::Timestamp(one)))) if *one > moment)
    );
}

#[tokio::test]
async fn roles_that_contradict_are_mistakes_of_the_configuration() {
    let fresh = Kind::Sqlite.fresh().await;
    let accounts = || ViewSet::of::<Account>(&fresh.db).writable();
    let refused: [(&str, ViewSet); 7] = [
        (
            "Account: `.set(…)`: Account has no column `creator`",
            accounts().set("creator", |_| Ok(1)),
        ),
        (
            "Account: `.set(…)`: `created_by` is of type text, but the closure gives integer",
            accounts().set(Account::CREATED_BY, |_| Ok(1)),
        ),
        (
            "Account: `.created_at(…)`: `note` is of type text; only a timestamp or a date holds the time of a write",
            accounts().created_at(Account::NOTE),
        ),
        (
            "Account: `.updated_at(…)`: `created_at` is already set by the server",
            accounts()
                .created_at(Account::CREATED_AT)
                .updated_at(Account::CREATED_AT),
        ),
        (
            "Account: `.set(…)`: clients send `password`, since it is `write_only` or `create_only`, so the server \
             cannot set it",
            accounts().set(Account::PASSWORD, |_| Ok("x")),
        ),
        (
            "Account: `note` is both `read_only` and `write_only`, but clients never send a read-only column",
            ViewSet::new(
                Model::of::<Account>().column("note", |note| note.read_only().write_only()),
            )
            .database(&fresh.db),
        ),
        (
            "Account: the key column `id` cannot be hidden or write-only: every link shows it",
            ViewSet::new(Model::of::<Account>().column("id", tower_rest::Column::write_only))
                .database(&fresh.db),
        ),
    ];
    for (expected, viewset) in refused {
        let error = viewset.build().expect_err(expected);
        assert_eq!(error.mistakes(), [expected]);
    }
}

#[tokio::test]
async fn a_write_only_column_refers_to_no_row() {
    let fresh = Kind::Sqlite.fresh().await;
    fresh
        .execute(
            "CREATE TABLE owners (owner_id integer PRIMARY KEY); \
             CREATE TABLE cars (car_id integer PRIMARY KEY, owner_id integer REFERENCES owners (owner_id))",
        )
        .await;
    let schema = tower_rest::Schema::reflect(&fresh.db)
        .await
        .expect("a schema");
    let model = |name: &str| schema.model(name).expect("a table").clone();
    let cars = model("cars").column("owner_id", tower_rest::Column::write_only);
    let error = Router::new()
        .register("cars", ViewSet::new(cars).database(&fresh.db))
        .register("owners", ViewSet::new(model("owners")).database(&fresh.db))
        .build()
        .expect_err("a mistake");
    assert!(
        error
            .to_string()
            .contains("`owner_id` is write-only and refers to rows of `owners`"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_leaves_what_only_new_rows_get() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |accounts| {
            accounts.upserts("id").put_creates().bulk_updates(10)
        })
        .await;
        let upsert = async |user: &str, body: &Json| {
            let request = http::Request::builder().method("POST").uri("/accounts/");
            let request = request.header("host", "test").header("x-user", user);
            let request = request.header("content-type", "application/json");
            let request = request.header("prefer", "resolution=merge-duplicates");
            ask_with(&api, request.body(body.to_string()).expect("a request")).await
        };
        let body = json!({"id": 1, "name": "ann", "password": "x"});
        let created = upsert("Ada", &body).await;
        assert_eq!(
            (created.status, &created.json()["created_by"]),
            (201, &json!("Ada")),
            "{kind}: {}",
            created.body
        );
        let (created, merged) = (created.json(), upsert("Bob", &body).await.json());
        for kept in ["created_by", "created_at"] {
            assert_eq!(merged[kept], created[kept], "{kind}");
        }
        assert!(
            moment(&merged, "updated_at") > moment(&created, "updated_at"),
            "{kind}: {merged}"
        );
        let other = upsert("Bob", &json!({"id": 1, "name": "eve", "password": "x"})).await;
        assert_eq!(
            outcome(&other),
            (400, vec!["/name read_only".to_owned()]),
            "{kind}: {}",
            other.body
        );
        let put = by(
            &api,
            "Bob",
            "PUT",
            "/accounts/2/",
            &json!({"name": "bob", "password": "y"}),
        )
        .await;
        assert_eq!(
            (put.status, &put.json()["created_by"]),
            (201, &json!("Bob")),
            "{kind}: {}",
            put.body
        );
        let lines = r#"
            PATCH /accounts/?id__lt=9 {"name": "eve"} -> 400 /name read_only
            PATCH /accounts/?id__lt=9 {"created_by": "Eve"} -> 400 /created_by read_only
            PATCH /accounts/?id__lt=9 {"password": "z"} -> 200
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        assert_eq!(
            fresh
                .number("SELECT count(*) FROM accounts WHERE password = 'z'")
                .await,
            2,
            "{kind}"
        );
        let list = ask(&api, "/accounts/").await.json();
        let stamps: Vec<_> = [0, 1]
            .map(|at| moment(&list["results"][at], "updated_at"))
            .into();
        assert_eq!(stamps[0], stamps[1], "{kind}: {list}");
        assert!(stamps[0] > moment(&merged, "updated_at"), "{kind}: {list}");
    }
}
