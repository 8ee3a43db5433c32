//! Actions: where they are, what they are given, what they answer, and what is refused before them.

use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use sea_query::{ColumnDef, ForeignKey, Index, SqliteQueryBuilder, Table, TableCreateStatement};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_http::limit::RequestBodyLimitLayer;
use tower_rest::{
    Act, Action, Api, Body, Code, Condition, Database, Error, Limits, Model, Reply, Result, Router,
    ViewSet,
};

use crate::server::{Answer, ask, ask_with, send, serve};

pub(crate) fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("engine").string().not_null())
        .col(ColumnDef::new("washed").integer().not_null())
        .to_owned()
}

fn parts() -> TableCreateStatement {
    Table::create()
        .table("parts")
        .col(ColumnDef::new("car_id").integer().not_null())
        .col(ColumnDef::new("part_no").integer().not_null())
        .primary_key(Index::create().col("car_id").col("part_no"))
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}

fn words() -> TableCreateStatement {
    Table::create()
        .table("words")
        .col(ColumnDef::new("word").string().not_null().primary_key())
        .to_owned()
}

/// Three cars, of which the first two have parts, and words.
pub(crate) async fn database() -> Database {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    db
}

pub(crate) async fn fill(db: &Database) {
    let tables = [cars(), parts(), words()].map(|table| table.to_string(SqliteQueryBuilder));
    let sql = format!(
        "{}; INSERT INTO cars VALUES (1, 'V6', 0), (2, 'V8', 0), (3, 'V12', 0); \
         INSERT INTO parts VALUES (1, 1), (1, 2), (2, 1); \
         INSERT INTO words VALUES ('stats'), ('~stats'), ('~'), (''), ('other'), ('a,b')",
        tables.join("; ")
    );
    db.execute_script(&sql).await.expect("tables with rows");
}

pub(crate) fn car_viewset(db: &Database) -> ViewSet {
    ViewSet::new(Model::from_table("Car", &cars())).database(db)
}

/// What an action was given, as JSON.
async fn echo(act: Act<Value>) -> Result<Reply> {
    Ok(Reply::updated(&json!({
        "key": format!("{:?}", act.key),
        "parent": format!("{:?}", act.parent),
        "payload": act.payload,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Engine {
    kind: String,
    power: Option<u16>,
}

async fn engine(act: Act<Engine>) -> Result<Reply> {
    let Engine { kind, power } = act.payload;
    Ok(Reply::updated(&json!({"kind": kind, "power": power})))
}

fn everything(db: &Database) -> Router {
    let parts = ViewSet::new(Model::from_table("Part", &parts()))
        .action(Action::on_collection("count", Method::GET, echo))
        .action(Action::on_object("echo", [Method::POST, Method::GET], echo));
    let cars = car_viewset(db)
        .nest("parts", parts)
        .action(Action::on_collection("echo", [Method::POST], echo))
        .action(
            Action::on_object("echo", [Method::POST, Method::PUT], echo)
                .description("Says what it was given"),
        )
        .action(Action::on_object("engine", Method::POST, engine))
        .action(Action::on_object(
            "nothing",
            Method::POST,
            async |_: Act| Ok(()),
        ))
        .action(Action::on_object(
            "maybe",
            Method::POST,
            async |act: Act<Option<Engine>>| Ok(Reply::updated(&act.payload.is_some())),
        ))
        .action(Action::on_collection("stats", Method::GET, stats));
    Router::new().register("cars", cars)
}

async fn stats(act: Act) -> Result<Reply> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        since: Option<u16>,
        #[serde(default)]
        makes: Vec<String>,
    }
    let asked: Asked = act.query()?;
    Ok(Reply::updated(&json!([asked.since, asked.makes])))
}

async fn api() -> Api {
    everything(&database().await).build().expect("an API")
}

/// A request with a body and headers.
pub(crate) async fn call(
    api: &Api,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "test");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask_with(api, request.body(body.into()).expect("a request")).await
}

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn post(api: &Api, path: &str, body: &Value) -> Answer {
    call(api, "POST", path, &[JSON], body.to_string()).await
}

/// The status and the code of a problem document.
pub(crate) fn problem(answer: &Answer) -> (u16, String) {
    let code = serde_json::from_str::<Value>(&answer.body).ok();
    let code = code.and_then(|problem| problem["code"].as_str().map(str::to_owned));
    (answer.status, code.unwrap_or_default())
}

fn refused(status: u16, code: Code) -> (u16, String) {
    (status, code.name().to_owned())
}

#[tokio::test]
async fn an_action_answers_what_its_reply_says() {
    let db = database().await;
    let on = |name: &'static str, reply: fn() -> Result<Reply>| {
        let handler = move |_: Act| async move { reply() };
        Action::on_object(name, Method::POST, handler)
    };
    let own = || {
        let response = Response::builder().status(418).header("x-pot", "tea");
        let response = response.header("content-type", "text/plain");
        Ok(response
            .body(Full::new(bytes::Bytes::from("short and stout")))
            .expect("a response")
            .into())
    };
    let api = car_viewset(&db)
        .action(on("created", || Ok(Reply::created(&json!({"a": 1})))))
        .action(on("updated", || Ok(Reply::updated("text"))))
        .action(on("accepted", || Ok(Reply::accepted(&[1, 2]))))
        .action(on("nothing", || Ok(().into())))
        .action(on("own", own))
        .action(on("error", || {
            Err(Error::new(Code::Forbidden, "not on Sundays"))
        }))
        .action(on("broken", || {
            let no_json = std::collections::HashMap::from([((1, 2), 3)]);
            Ok(Reply::updated(&no_json))
        }))
        .build()
        .expect("an API");
    let act = async |name: &str| call(&api, "POST", &format!("/1/{name}/"), &[], "").await;
    for (name, status, body) in [
        ("created", 201, r#"{"a":1}"#),
        ("updated", 200, r#""text""#),
        ("accepted", 202, "[1,2]"),
    ] {
        let answer = act(name).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let length = body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
    }
    let nothing = act("nothing").await;
    assert_eq!((nothing.status, nothing.body.as_str()), (200, ""));
    assert_eq!(nothing.header("content-length"), Some("0"));
    assert_eq!(nothing.header("content-type"), None);
    let own = act("own").await;
    assert_eq!((own.status, own.body.as_str()), (418, "short and stout"));
    let headers = [("x-pot", "tea"), ("content-type", "text/plain")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(own.headers, headers, "not a header more");
    let error = act("error").await;
    assert_eq!(problem(&error), refused(403, Code::Forbidden));
    assert_eq!(error.json()["detail"], "not on Sundays");
    assert_eq!(problem(&act("broken").await), refused(500, Code::Internal));
}

#[tokio::test]
async fn a_payload_is_json_a_form_or_nothing() {
    let api = api().await;
    let path = "/cars/1/engine/";
    let expected = json!({"kind": "V8", "power": 300});
    assert_eq!(post(&api, path, &expected).await.json(), expected);
    let utf8 = ("content-type", "application/json; charset=UTF-8");
    let answer = call(&api, "POST", path, &[utf8], expected.to_string()).await;
    assert_eq!(answer.json(), expected);
    let answer = call(&api, "POST", path, &[FORM], "kind=V8&power=300").await;
    assert_eq!(answer.json(), expected);
    let lists = call(&api, "POST", "/cars/echo/", &[FORM], "a=1&b=x+y&a=2").await;
    assert_eq!(
        lists.json()["payload"],
        json!({"a": ["1", "2"], "b": "x y"})
    );

    for (path, expected) in [
        (
            "/cars/echo/",
            json!({"key": "[]", "parent": "[]", "payload": null}),
        ),
        ("/cars/1/maybe/", json!(false)),
    ] {
        assert_eq!(call(&api, "POST", path, &[], "").await.json(), expected);
    }
    let some = post(&api, "/cars/1/maybe/", &expected).await;
    assert_eq!(some.json(), json!(true));
    let missing = call(&api, "POST", path, &[], "").await;
    assert_eq!(problem(&missing), refused(400, Code::MalformedBody));
    assert_eq!(
        call(&api, "POST", "/cars/1/nothing/", &[], "").await.status,
        200
    );
    assert_eq!(
        call(&api, "POST", "/cars/1/nothing/", &[FORM], "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said() {
    let api = api().await;
    let path = "/cars/1/engine/";
    let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
    for (header, body, status, code) in [
        (Some("application/json"), "", 400, Code::MalformedBody),
        (Some("application/json"), "{", 400, Code::MalformedBody),
        (
            Some("application/json"),
            r#"{"kind":"a"} 1"#,
            400,
            Code::MalformedBody,
        ),
        (
            Some("application/json"),
            r#"{"kind":"a","kind":"b"}"#,
            400,
            Code::MalformedBody,
        ),
        (
            Some("application/json"),
            deep.as_str(),
            400,
            Code::MalformedBody,
        ),
        (
            Some("application/json; charset=latin1"),
            "{}",
            415,
            Code::UnsupportedMediaType,
        ),
        (
            Some("application/json; profile=x"),
            "{}",
            415,
            Code::UnsupportedMediaType,
        ),
        (Some("text/csv"), "a", 415, Code::UnsupportedMediaType),
        (
            Some("multipart/form-data; boundary=x"),
            "a",
            415,
            Code::UnsupportedMediaType,
        ),
        (Some("text/csv"), "", 415, Code::UnsupportedMediaType),
        (None, "{}", 415, Code::UnsupportedMediaType),
    ] {
        let headers: Vec<_> = header
            .iter()
            .map(|value| ("content-type", *value))
            .collect();
        let answer = call(&api, "POST", path, &headers, body.to_owned()).await;
        assert_eq!(problem(&answer), refused(status, code), "{header:?} {body}");
        if status == 415 {
            let detail = answer.json()["detail"].to_string();
            assert!(
                detail.contains("`Content-Type: application/json`"),
                "{detail}"
            );
        }
    }
    let check = async |headers: &[(&str, &str)], body: &str, pointer: &str, code: Code| {
        let answer = call(&api, "POST", path, headers, body.to_owned()).await;
        assert_eq!(problem(&answer), refused(400, code), "{body}");
        let fault = &answer.json()["errors"][0];
        assert_eq!(fault["pointer"], pointer, "{body}: {fault}");
        assert_eq!(fault["parameter"], Value::Null);
    };
    check(
        &[JSON],
        r#"{"kind":"a","power":70000}"#,
        "/power",
        Code::InvalidValue,
    )
    .await;
    check(&[JSON], r#"{"kind":7}"#, "/kind", Code::InvalidValue).await;
    check(
        &[JSON],
        r#"{"kind":"a","other":1}"#,
        "/other",
        Code::InvalidValue,
    )
    .await;
    check(&[JSON], "null", "", Code::InvalidValue).await;
    check(&[FORM], "kind=a&power=x", "/power", Code::InvalidValue).await;
    check(&[FORM], "kind=a&kind=b", "/kind", Code::Repeated).await;
    check(&[FORM], "kind=%f", "/kind", Code::BadEncoding).await;
}

#[tokio::test]
async fn an_action_is_given_typed_keys() {
    let api = api().await;
    let given = async |path: &str| {
        let answer = call(&api, "POST", path, &[], "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let given = answer.json();
        let text = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
        (text("key"), text("parent"))
    };
    let text = |key: &str, parent: &str| (key.to_owned(), parent.to_owned());
    assert_eq!(given("/cars/2/echo/").await, text("[Integer(2)]", "[]"));
    assert_eq!(given("/cars/2/echo").await, text("[Integer(2)]", "[]"));
    assert_eq!(
        given("/cars/1/parts/2/echo/").await,
        text("[Integer(1), Integer(2)]", "[Integer(1)]")
    );
    let count = ask(&api, "/cars/2/parts/count/").await.json();
    assert_eq!(
        (&count["key"], &count["parent"]),
        (&json!("[]"), &json!("[Integer(2)]"))
    );

    let db = database().await;
    let typed = async |act: Act| Ok(Reply::updated(&act.key_as::<(i64, u8)>()?));
    let whole = ViewSet::new(Model::from_table("Part", &parts()))
        .database(&db)
        .action(Action::on_object("typed", Method::GET, typed));
    let typed = async |act: Act| Ok(Reply::updated(&act.key_as::<String>()?));
    let words = ViewSet::new(Model::from_table("Word", &words()))
        .database(&db)
        .action(Action::on_object("typed", Method::GET, typed));
    let api = Router::new()
        .register("parts", whole)
        .register("words", words)
        .build()
        .expect("an API");
    assert_eq!(ask(&api, "/parts/1,2/typed/").await.json(), json!([1, 2]));
    assert_eq!(ask(&api, "/words/a%2Cb/typed/").await.json(), json!("a,b"));
    assert_eq!(ask(&api, "/words/~/typed/").await.json(), json!(""));
    assert_eq!(ask(&api, "/words/none/typed/").await.status, 404);
}

#[tokio::test]
async fn what_is_not_there_is_a_404_and_its_handler_is_not_called() {
    let db = database().await;
    let called = |_: Act| async { Err::<(), _>(Error::new(Code::Conflicting, "called")) };
    let parts = ViewSet::new(Model::from_table("Part", &parts()))
        .action(Action::on_object("act", Method::POST, called))
        .action(Action::on_collection("act", Method::POST, called));
    let cars = car_viewset(&db)
        .nest("parts", parts)
        .scope(|head| {
            let all = Condition::everything();
            match head.headers.get("x-user") {
                Some(user) if user == "nobody" => Err(Error::new(Code::Forbidden, "no")),
                Some(_) => Ok(Condition::column("car_id").eq(2)),
                None => Ok(all),
            }
        })
        .action(Action::on_object("act", Method::POST, called));
    let api = Router::new()
        .register("cars", cars)
        .build()
        .expect("an API");
    let code = async |path: &str, user: &[(&str, &str)]| {
        problem(&call(&api, "POST", path, user, "").await)
    };
    let missing = ask(&api, "/cars/9/").await.body;
    for (path, headers, code_of) in [
        ("/cars/1/act/", &[][..], Code::Conflicting),
        ("/cars/9/act/", &[], Code::NotFound),
        ("/cars/01/act/", &[], Code::NotFound),
        ("/cars/x/act/", &[], Code::NotFound),
        ("/cars/1/parts/2/act/", &[], Code::Conflicting),
        ("/cars/2/parts/2/act/", &[], Code::NotFound),
        ("/cars/9/parts/1/act/", &[], Code::NotFound),
        ("/cars/3/parts/act/", &[], Code::Conflicting),
        ("/cars/9/parts/act/", &[], Code::NotFound),
        ("/cars/2/act/", &[("x-user", "two")], Code::Conflicting),
        ("/cars/1/act/", &[("x-user", "two")], Code::NotFound),
        ("/cars/1/parts/1/act/", &[("x-user", "two")], Code::NotFound),
        ("/cars/1/parts/act/", &[("x-user", "two")], Code::NotFound),
        ("/cars/1/act/", &[("x-user", "nobody")], Code::Forbidden),
    ] {
        let status = code_of.status().as_u16();
        assert_eq!(
            code(path, headers).await,
            refused(status, code_of),
            "{path} {headers:?}"
        );
        if code_of == Code::NotFound {
            assert_eq!(call(&api, "POST", path, headers, "").await.body, missing);
        }
    }
}

#[tokio::test]
async fn an_actions_url_has_its_own_methods() {
    let api = api().await;
    for (path, allow) in [
        ("/cars/echo/", "POST, OPTIONS"),
        ("/cars/1/echo/", "POST, PUT, OPTIONS"),
        ("/cars/1/parts/count/", "GET, HEAD, OPTIONS"),
        ("/cars/1/parts/2/echo/", "POST, GET, HEAD, OPTIONS"),
        ("/cars/stats/", "GET, HEAD, OPTIONS"),
        ("/cars/1/", "GET, HEAD, OPTIONS"),
    ] {
        let answer = call(&api, "PATCH", path, &[], "").await;
        assert_eq!(
            problem(&answer),
            refused(405, Code::MethodNotAllowed),
            "{path}"
        );
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
        let options = call(&api, "OPTIONS", path, &[], "").await;
        assert_eq!(
            (options.status, options.header("allow")),
            (200, Some(allow))
        );
    }
    let described = call(&api, "OPTIONS", "/cars/999/echo/", &[], "")
        .await
        .json();
    let expected = json!({
        "name": "echo",
        "description": "Says what it was given",
        "methods": ["POST", "PUT", "OPTIONS"],
    });
    assert_eq!(described, expected);
    let place = call(&api, "OPTIONS", "/cars/", &[], "").await.json();
    let names: Vec<_> = place["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .map(|action| format!("{} {}", action["on"], action["name"]))
        .collect();
    assert_eq!(names[0], r#""collection" "echo""#);
    assert_eq!((names.len(), names[1].as_str()), (6, r#""object" "echo""#));
    let head = call(&api, "HEAD", "/cars/stats/", &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some("9"));
    let put = call(&api, "PUT", "/cars/1/echo/", &[JSON], "[1]").await;
    assert_eq!(put.json()["payload"], json!([1]));
    for path in [
        "/cars/echo/1/",
        "/cars/1/stats/",
        "/cars/1/echo/2/",
        "/echo/",
    ] {
        let answer = call(&api, "POST", path, &[], "").await;
        assert_eq!(problem(&answer), refused(404, Code::NoRoute), "{path}");
    }
}

#[tokio::test]
async fn the_query_string_is_the_actions_own() {
    let api = api().await;
    let answer = ask(&api, "/cars/stats/?since=2010&makes=a&makes=b%20c").await;
    assert_eq!(answer.json(), json!([2010, ["a", "b c"]]));
    let answer = call(&api, "POST", "/cars/echo/?page=x&%zz&format=pdf", &[], "").await;
    assert_eq!(answer.status, 200, "nobody reads it");
    for (query, parameter, code) in [
        ("since=x", "since", Code::InvalidValue),
        ("since=1&since=2", "since", Code::Repeated),
        ("year=1", "year", Code::InvalidValue),
        ("since=%zz", "since", Code::BadEncoding),
    ] {
        let answer = ask(&api, &format!("/cars/stats/?{query}")).await;
        assert_eq!(problem(&answer), refused(400, code), "{query}");
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter);
    }
    let long = format!("/cars/stats/?{}", "a".repeat(16 * 1024 + 1));
    assert_eq!(
        problem(&ask(&api, &long).await),
        refused(414, Code::UriTooLong)
    );
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit() {
    let db = database().await;
    let sum = async |act: Act<String>| Ok(Reply::updated(&act.payload.len()));
    let viewset = car_viewset(&db)
        .limits(Limits::default().body_bytes(100))
        .action(Action::on_collection("sum", Method::POST, sum));
    let api = viewset.clone().build().expect("an API");
    let cut = viewset.layer(RequestBodyLimitLayer::new(50));
    let cut = cut.build().expect("an API");
    let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
    let streamed = |bytes: usize| {
        let pieces = text(bytes).into_bytes();
        let pieces: Vec<_> = pieces
            .chunks(7)
            .map(|piece| Ok::<_, std::io::Error>(http_body::Frame::data(piece.to_vec().into())))
            .collect();
        let pieces: Vec<Result<http_body::Frame<bytes::Bytes>, _>> = pieces;
        Body::new(StreamBody::new(futures_util::stream::iter(pieces)))
    };
    for bytes in [99, 100, 101] {
        let whole = call(&api, "POST", "/sum/", &[JSON], text(bytes)).await;
        let pieces = call(&api, "POST", "/sum/", &[JSON], streamed(bytes)).await;
        for answer in [whole, pieces] {
            if bytes <= 100 {
                assert_eq!(answer.json(), json!(bytes - 2));
            } else {
                assert_eq!(problem(&answer), refused(413, Code::BodyTooLarge));
            }
        }
    }
    assert_eq!(
        call(&cut, "POST", "/sum/", &[JSON], streamed(50))
            .await
            .status,
        200
    );
    let answer = call(&cut, "POST", "/sum/", &[JSON], streamed(51)).await;
    assert_eq!(problem(&answer), refused(413, Code::BodyTooLarge));
    let broken = [Err(std::io::Error::other("gone"))];
    let broken: [Result<http_body::Frame<bytes::Bytes>, _>; 1] = broken;
    let broken = Body::new(StreamBody::new(futures_util::stream::iter(broken)));
    let answer = call(&api, "POST", "/sum/", &[JSON], broken).await;
    assert_eq!(problem(&answer), refused(400, Code::MalformedBody));
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let api = api().await;
    let plain = ("content-type", "text/plain");
    let multipart = ("content-type", "multipart/form-data; boundary=x");
    let site = |value| ("sec-fetch-site", value);
    let origin = |value| ("origin", value);
    let (ok, cross, type_) = (
        (200, ""),
        (403, "cross_site"),
        (415, "unsupported_media_type"),
    );
    for (headers, expected) in [
        (vec![], ok),
        (vec![FORM], ok),
        (vec![FORM, site("same-origin")], ok),
        (vec![FORM, site("none")], ok),
        (vec![FORM, site("cross-site")], cross),
        (vec![FORM, site("same-site")], cross),
        (vec![FORM, site("anything")], cross),
        (vec![site("cross-site")], cross),
        (vec![plain, site("cross-site")], cross),
        (vec![multipart, site("cross-site")], cross),
        (vec![plain, site("same-origin")], type_),
        (vec![JSON, site("cross-site")], ok),
        (vec![FORM, site("same-origin"), origin("http://evil")], ok),
        (vec![FORM, site("cross-site"), origin("http://test")], cross),
        (vec![FORM, site("none"), site("cross-site")], cross),
        (vec![FORM, origin("http://test")], ok),
        (vec![FORM, origin("https://TEST")], ok),
        (vec![FORM, origin("http://test:80")], ok),
        (vec![FORM, origin("http://test:8080")], cross),
        (vec![FORM, origin("http://evil")], cross),
        (vec![FORM, origin("null")], cross),
        (vec![origin("http://evil")], cross),
        (vec![JSON, origin("http://evil")], ok),
    ] {
        let body = if headers.contains(&JSON) { "{}" } else { "" };
        let body = if headers.contains(&plain) { "x" } else { body };
        let answer = call(&api, "POST", "/cars/echo/", &headers, body).await;
        let (status, code) = problem(&answer);
        assert_eq!(
            (status, code.as_str()),
            expected,
            "{headers:?}: {}",
            answer.body
        );
        let read = call(&api, "GET", "/cars/stats/", &headers, "").await;
        assert_eq!(read.status, 200, "what reads is for all: {headers:?}");
    }
    let db = database().await;
    let api = everything(&db).origin("https://api.example.com").build();
    let api = api.expect("an API");
    let own = [FORM, origin("https://api.example.com")];
    assert_eq!(
        call(&api, "POST", "/cars/echo/", &own, "").await.status,
        200
    );
}

#[tokio::test]
async fn a_router_for_reading_only_has_no_actions() {
    let db = database().await;
    let words = ViewSet::new(Model::from_table("Word", &words()))
        .database(&db)
        .action(Action::on_collection("stats", Method::POST, echo).shadows_keys());
    let router = everything(&db).register("words", words);
    let api = router.clone().read_only().build().expect("an API");
    for path in ["/cars/1/echo/", "/cars/1/parts/2/echo/"] {
        let answer = call(&api, "POST", path, &[], "").await;
        assert_eq!(problem(&answer), refused(404, Code::NoRoute), "{path}");
    }
    let key = ask(&api, "/cars/stats/").await;
    assert_eq!(
        problem(&key),
        refused(404, Code::NotFound),
        "it is a key again"
    );
    assert_eq!(call(&api, "POST", "/cars/echo/", &[], "").await.status, 405);
    let described = call(&api, "OPTIONS", "/cars/", &[], "").await.json();
    assert_eq!(described["actions"], Value::Null);
    let stats = ask(&api, "/words/stats/").await.json();
    assert_eq!(stats["href"], "http://test/words/stats/");
}

#[tokio::test]
async fn keys_that_are_named_like_actions_keep_their_links() {
    let db = database().await;
    let words = || ViewSet::new(Model::from_table("Word", &words())).database(&db);
    let shadowing = words()
        .action(Action::on_collection("stats", Method::GET, stats).shadows_keys())
        .action(Action::on_object("other", Method::GET, echo));
    let api = Router::new().register("words", shadowing).build();
    let api = api.expect("an API");
    let list = ask(&api, "/words/").await.json();
    let mut hrefs = Vec::new();
    for row in list["results"].as_array().expect("rows") {
        let href = row["href"].as_str().expect("a link");
        let object = ask(&api, href).await.json();
        assert_eq!(object, *row, "{href}");
        let acted = ask(&api, &format!("{href}other/")).await.json();
        let key = format!("[Text({})]", row["word"]);
        assert_eq!(acted["key"], key, "{href}");
        hrefs.push(href.trim_start_matches("http://test/words").to_owned());
    }
    hrefs.sort();
    assert_eq!(
        hrefs,
        ["/a%2Cb/", "/other/", "/~/", "/~stats/", "/~~/", "/~~stats/"]
    );
    assert_eq!(ask(&api, "/words/stats/").await.json(), json!([null, []]));
    let api = Router::new()
        .register("words", words())
        .build()
        .expect("an API");
    let object = ask(&api, "/words/stats/").await.json();
    assert_eq!(object["href"], "http://test/words/stats/");
}

#[test]
fn mistakes_with_actions_are_told_all_at_once() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let db = runtime.block_on(database());
    let on = |name| Action::on_object(name, Method::POST, echo);
    let all = |name| Action::on_collection(name, Method::POST, echo);
    let cars = car_viewset(&db)
        .nest("parts", ViewSet::new(Model::from_table("Part", &parts())))
        .action(on("parts"))
        .action(on("twice"))
        .action(on("twice"))
        .action(all("twice"))
        .action(on(""))
        .action(on(".."))
        .action(on("a/b"))
        .action(all("~tilde"))
        .action(all("7"))
        .action(all("8").shadows_keys())
        .action(Action::on_object("none", [], echo))
        .action(Action::on_object(
            "odd",
            [Method::HEAD, Method::OPTIONS, Method::TRACE],
            echo,
        ))
        .action(Action::on_object("again", [Method::PUT, Method::PUT], echo));
    let words = ViewSet::new(Model::from_table("Word", &words()))
        .database(&db)
        .action(all("stats"))
        .action(all("fine").shadows_keys());
    // A key of several columns has a comma, which no name of an action has.
    let parts = ViewSet::new(Model::from_table("Part", &parts()))
        .database(&db)
        .action(all("stats"));
    let router = Router::new()
        .register("cars", cars)
        .register("words", words);
    let error = router
        .register("parts", parts)
        .build()
        .expect_err("mistakes");
    let expected = [
        "Car: the action `parts` has the path of what is nested here",
        "Car: the action `twice` is there twice",
        "Car: the action `` is not one segment",
        "Car: the action `..` is not one segment",
        "Car: the action `a/b` is not one segment",
        "Car: the action `~tilde` is not one segment",
        "Car: the action `7` stands where the object with the key `7` would",
        "Car: the action `none` has no method",
        "Car: the action `odd` declares HEAD, which comes with GET",
        "Car: the action `odd` declares OPTIONS, which is answered by the library",
        "Car: the action `odd` declares TRACE, which is not for resources",
        "Car: the action `again` declares PUT, which is declared twice",
        "Word: the action `stats` stands where the object with the key `stats` would",
    ];
    let mistakes = error.mistakes();
    assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
    for (mistake, expected) in mistakes.iter().zip(expected) {
        assert!(mistake.starts_with(expected), "{mistake}");
    }
}

#[tokio::test]
async fn layers_around_a_viewset_are_around_its_actions() {
    let db = database().await;
    let guarded = car_viewset(&db)
        .action(Action::on_collection("echo", Method::POST, echo))
        .action(Action::on_object("echo", Method::POST, echo))
        .layer(tower_http::validate_request::ValidateRequestHeaderLayer::accept("application/json"))
        .layer(tower_http::set_header::SetResponseHeaderLayer::overriding(
            http::HeaderName::from_static("x-layer"),
            http::HeaderValue::from_static("cars"),
        ));
    let api = Router::new().register("cars", guarded).build();
    let api = api.expect("an API");
    for path in ["/cars/echo/", "/cars/1/echo/"] {
        let answer = post(&api, path, &json!([1])).await;
        assert_eq!(answer.json()["payload"], json!([1]));
        assert_eq!(answer.header("x-layer"), Some("cars"));
    }
}

#[tokio::test]
async fn checks_come_in_the_order_of_the_contract() {
    let db = database().await;
    let cars = car_viewset(&db)
        .limits(Limits::default().body_bytes(10))
        .scope(|head| match head.headers.get("x-user") {
            Some(_) => Ok(Condition::everything()),
            None => Err(Error::new(Code::Unauthenticated, "who are you?")),
        })
        .action(Action::on_object("engine", Method::POST, engine));
    let api = Router::new().register("cars", cars);
    let api = api.allowed_hosts(["test"]).build().expect("an API");
    let long = "/cars/9/engine/?".to_owned() + &"a".repeat(17_000);
    // Everything is wrong at first; each step rights what was said.
    let mut headers = vec![
        ("host", "evil"),
        ("accept", "text/csv"),
        ("sec-fetch-site", "cross-site"),
        ("content-type", "text/plain"),
    ];
    let (mut path, mut method, mut body) =
        (long.replace("engine", "other"), "PATCH", "{".repeat(11));
    let mut codes = Vec::new();
    for _ in 0..10 {
        let answer = call(&api, method, &path, &headers, body.clone()).await;
        let (_, code) = problem(&answer);
        match code.as_str() {
            "host_not_allowed" => headers[0] = ("host", "test"),
            "no_route" => path = long.clone(),
            "method_not_allowed" => method = "POST",
            "uri_too_long" => path = "/cars/9/engine/".to_owned(),
            "not_acceptable" => headers[1] = ("accept", "*/*"),
            "cross_site" => headers[2] = ("sec-fetch-site", "none"),
            "unauthenticated" => headers.push(("x-user", "me")),
            "unsupported_media_type" => headers[3] = JSON,
            "body_too_large" => body = "{".to_owned(),
            "malformed_body" => body = r#"{"kind":1}"#.to_owned(),
            "invalid_value" => body = r#"{"kind":""}"#.to_owned(),
            _ => {}
        }
        codes.push(code);
    }
    body = "{".to_owned();
    let answer = call(&api, method, &path, &headers, body).await;
    assert_eq!(
        problem(&answer),
        refused(400, Code::MalformedBody),
        "before a 404"
    );
    let expected = [
        "host_not_allowed",
        "no_route",
        "method_not_allowed",
        "uri_too_long",
        "not_acceptable",
        "cross_site",
        "unauthenticated",
        "unsupported_media_type",
        "body_too_large",
        "malformed_body",
    ];
    assert_eq!(codes, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_served_over_a_socket() {
    let address = serve(api().await).await;
    let body = r#"{"kind":"V8"}"#;
    let request = format!(
        "POST /cars/1/engine/ HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = send(address, request.as_bytes()).await;
    assert_eq!(answer.json(), json!({"kind": "V8", "power": null}));
    let chunked = "POST /cars/1/nothing/ HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\
                   Connection: close\r\n\r\n0\r\n\r\n";
    let answer = send(address, chunked.as_bytes()).await;
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, Some("0"))
    );
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_not_asked_for() {
    let api = api().await;
    let untouched = || {
        Body::new(StreamBody::new(futures_util::stream::poll_fn(
            |_| -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
                panic!("asked for")
            },
        )))
    };
    for (method, path, status) in [
        ("GET", "/cars/stats/", 200),
        ("GET", "/cars/1/", 200),
        ("POST", "/cars/", 405),
        ("OPTIONS", "/cars/1/engine/", 200),
        ("DELETE", "/cars/1/engine/", 405),
    ] {
        let answer = call(&api, method, path, &[JSON], untouched()).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    let text = untouched();
    let answer = call(
        &api,
        "POST",
        "/cars/1/engine/",
        &[("content-type", "text/csv")],
        text,
    )
    .await;
    assert_eq!(answer.status, 415);
    let body = Body::from("x").collect().await.expect("a body").to_bytes();
    assert_eq!(body, "x");
}
