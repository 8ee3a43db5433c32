//! The URL of an action: the keys in it, its methods, its query string, and keys that are named like an action.

use http::Method;
use serde_json::json;
use tower_rest::{Act, Action, Code, Condition, Error, Model, Reply, Router, ViewSet};

use super::{JSON, api, call, car_viewset, database, echo, parts, problem, refused, stats, words};
use crate::server::ask;

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
    let typed = async |act: Act| Ok(Reply::json(&act.key_as::<(i64, u8)>()?));
    let whole = ViewSet::new(Model::from_table("Part", &parts()))
        .database(&db)
        .action(Action::on_object("typed", Method::GET, typed));
    let typed = async |act: Act| Ok(Reply::json(&act.key_as::<String>()?));
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
