//! Formats that a program adds: how they are asked for, what they are given, and what is not theirs to answer.

use serde_json::{Value, json};
use tower_rest::{
    Api, Code, Database, Error, Limits, Model, Representation, Result, Router, ShownRows, ViewSet,
    testing::{Answer, Client},
};

use crate::examples::formats;

const GEO_JSON: &str = "application/geo+json";

/// The formats example, with its lighthouses.
async fn lighthouses() -> Client<Api> {
    let db = Database::in_memory().await.expect("a database");
    formats::fill(&db).await.expect("a table and rows");
    Client::new(formats::app(&db).expect("an API"))
}

async fn accepting(client: &Client<Api>, path: &str, accept: &str) -> Answer {
    client.get(path).header("accept", accept).await
}

fn header(answer: &Answer, name: &str) -> String {
    let value = answer.header(name);
    value.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_own_format_is_given_the_rows_that_json_shows() {
    let client = lighthouses().await;
    let list = client
        .get("/lighthouses/?format=geojson&height_m__lt=60&ordering=name")
        .await;
    assert_eq!(list.status(), 200);
    assert_eq!(header(&list, "content-type"), GEO_JSON);
    assert_eq!(header(&list, "vary"), "Accept");
    let feature = |id: u64, name: &str, height: f64, coordinates: [f64; 2]| {
        json!({
            "type": "Feature",
            "id": format!("http://localhost/lighthouses/{id}/"),
            "geometry": { "type": "Point", "coordinates": coordinates },
            "properties": { "id": id, "name": name, "height_m": height },
        })
    };
    let kopu = feature(3, "Kõpu", 36.0, [22.1998, 58.916]);
    let hercules = feature(1, "Tower of Hercules", 55.0, [-8.4065, 43.3858]);
    assert_eq!(
        list.json(),
        json!({ "type": "FeatureCollection", "features": [kopu, hercules] })
    );
    let object = client.get("/lighthouses/3/?format=geojson").await;
    assert_eq!(object.json(), kopu);
    let pharos = client.get("/lighthouses/6/?format=geojson").await.json();
    assert_eq!(pharos["geometry"], Value::Null);
    // Neither `href` nor the other columns were asked for.
    let narrow = "/lighthouses/3/?format=geojson&fields=longitude,latitude";
    let narrow = client.get(narrow).await.json();
    assert_eq!(
        (&narrow["id"], &narrow["properties"]),
        (&Value::Null, &json!({}))
    );
    let empty = "/lighthouses/?format=geojson&name=none";
    assert_eq!(client.get(empty).await.json()["features"], json!([]));
}

#[tokio::test]
async fn an_own_format_is_chosen_by_accept() {
    let client = lighthouses().await;
    let (html, json, ndjson) = (
        "text/html; charset=utf-8",
        "application/json",
        "application/x-ndjson",
    );
    for (accept, expected) in [
        (GEO_JSON, GEO_JSON),
        ("Application/Geo+JSON; q=0.1", GEO_JSON),
        (
            "application/geo+json;q=0.9, application/json;q=0.8",
            GEO_JSON,
        ),
        ("application/geo+json;q=0.8, application/json;q=0.9", json),
        // Of several that are as welcome, the library's own come first.
        ("application/geo+json, application/json", json),
        ("application/geo+json, application/x-ndjson", ndjson),
        ("application/geo+json, text/html", html),
        ("application/geo+json, */*;q=0.1", GEO_JSON),
        ("application/geo+json;q=0, */*", json),
        ("*/*", json),
        ("text/html,application/xhtml+xml,*/*;q=0.8", html),
    ] {
        let answer = accepting(&client, "/lighthouses/1/", accept).await;
        assert_eq!(answer.status(), 200, "{accept}");
        assert_eq!(header(&answer, "content-type"), expected, "{accept}");
        let named = accepting(&client, "/lighthouses/1/?format=geojson", accept).await;
        assert_eq!(header(&named, "content-type"), GEO_JSON, "{accept}");
    }
    let none = accepting(&client, "/lighthouses/", "image/png").await;
    assert_eq!(
        (none.status(), none.code()),
        (406, "not_acceptable".to_owned())
    );
    let detail = none.json()["detail"].to_string();
    assert!(detail.contains("`application/geo+json`"), "{detail}");
}

#[tokio::test]
async fn a_page_in_an_own_format_has_links_and_a_tag_of_its_own() {
    let client = lighthouses().await;
    let path = "/lighthouses/?format=geojson&page_size=2&page=2";
    let page = client.get(path).await;
    let uri = "http://localhost/lighthouses/?format=geojson&page_size=2&page=";
    assert_eq!(
        header(&page, "link"),
        format!("<{uri}3>; rel=\"next\", <{uri}1>; rel=\"prev\"")
    );
    let last = client.get("/lighthouses/?format=geojson&page=last").await;
    assert_eq!(last.header("link"), None);
    let tag = header(&page, "etag");
    let same = client.get(path).header("if-none-match", &tag).await;
    assert_eq!(same.status(), 304);
    let as_json = "/lighthouses/?page_size=2&page=2";
    let other = client.get(as_json).header("if-none-match", &tag).await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn what_is_written_is_answered_in_an_own_format() {
    let client = lighthouses().await;
    let body =
        json!({ "name": "Hook", "height_m": 35.0, "longitude": -6.9294, "latitude": 52.1238 });
    let created = client
        .post("/lighthouses/")
        .header("accept", GEO_JSON)
        .json(&body)
        .await;
    assert_eq!(created.status(), 201);
    assert_eq!(
        header(&created, "location"),
        "http://localhost/lighthouses/7/"
    );
    let feature = created.json();
    assert_eq!(
        feature["geometry"]["coordinates"],
        json!([-6.9294, 52.1238])
    );
    let array = client
        .post("/lighthouses/")
        .header("accept", GEO_JSON)
        .json(&json!([body]))
        .await;
    assert_eq!(array.status(), 201);
    assert_eq!(array.json()["features"][0]["properties"]["id"], 8);
    let tag = header(&client.get("/lighthouses/7/?format=geojson").await, "etag");
    let changed = client
        .ask(http::Method::PATCH, "/lighthouses/7/")
        .header("accept", GEO_JSON)
        .header("if-match", &tag)
        .json(&json!({ "name": "Hook Head" }))
        .await;
    assert_eq!(changed.status(), 200);
    assert_eq!(changed.json()["properties"]["name"], "Hook Head");
}

#[tokio::test]
async fn errors_and_overviews_are_no_rows_and_stay_json() {
    let client = lighthouses().await;
    for (path, status, code) in [
        ("/lighthouses/9/?format=geojson", 404, "not_found"),
        (
            "/lighthouses/?format=geojson&nam=x",
            400,
            "unknown_parameter",
        ),
        ("/lighthouses/?format=geojson&page=9", 404, "no_such_page"),
        (
            "/lighthouses/?format=geojson&page=all",
            400,
            "not_supported",
        ),
        (
            "/lighthouses/?format=geojson&fields=name",
            406,
            "not_acceptable",
        ),
        ("/nothing/?format=geojson", 404, "no_route"),
    ] {
        let answer = accepting(&client, path, GEO_JSON).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.code(), code, "{path}");
        let media_type = header(&answer, "content-type");
        assert_eq!(media_type, "application/problem+json", "{path}");
    }
    let unknown = client.get("/lighthouses/?format=geo").await;
    assert_eq!(unknown.status(), 400);
    assert_eq!(
        unknown.json()["detail"],
        "`format` is `geo`, which is not offered; the formats are: `json`, `html`, `csv`, `ndjson`, `geojson`"
    );
    let root = client.get("/?format=geojson").await;
    assert_eq!(
        root.json()["detail"],
        "`format` is `geojson`, which is not offered; the formats are: `json`, `html`"
    );
    let refused = client
        .post("/lighthouses/")
        .header("accept", GEO_JSON)
        .json(&json!({ "nam": "Hook" }))
        .await;
    assert_eq!(refused.status(), 400);
    assert_eq!(header(&refused, "content-type"), "application/problem+json");
}

#[tokio::test]
async fn every_page_links_to_the_own_format() {
    let client = lighthouses().await;
    for path in ["/lighthouses/?name__contains=o", "/lighthouses/3/"] {
        let page = accepting(&client, path, "text/html").await;
        let text = page.text();
        let (_, link) = text
            .split_once(">geojson<")
            .map_or(("", ""), |(before, _)| {
                before.rsplit_once("href=\"").expect("a link")
            });
        let query = link.trim_end_matches('"').replace("&#38;", "&");
        let clean = path.split('?').next().expect("a path");
        let answer = client.get(&format!("{clean}{query}")).await;
        assert_eq!(header(&answer, "content-type"), GEO_JSON, "{query}");
        let rows = answer.json();
        let count = rows["features"].as_array().map_or(1, Vec::len);
        assert_eq!(count, if clean == path { 1 } else { 3 }, "{query}");
    }
}

/// A format with a name and a media type of the test's choice, which writes what the test says.
struct Made {
    name: &'static str,
    media_type: &'static str,
    write: fn(&ShownRows<'_>) -> Result<Vec<u8>>,
}

impl Representation for Made {
    fn name(&self) -> &str {
        self.name
    }

    fn media_type(&self) -> &str {
        self.media_type
    }

    fn write(&self, rows: &ShownRows<'_>) -> Result<Vec<u8>> {
        (self.write)(rows)
    }
}

fn made(name: &'static str, media_type: &'static str) -> Made {
    Made {
        name,
        media_type,
        write: |_| Ok(Vec::new()),
    }
}

#[test]
fn mistakes_with_formats_are_reported_all_at_once() {
    let mistakes = |router: Router| {
        let error = router.build().expect_err("mistakes");
        error.mistakes().to_vec()
    };
    let router = Router::new()
        .format(made("geojson", "application/geo+json"))
        .format(made("kml", "kml"))
        .format(made("a b", "text/plain"))
        .format(made("geojson", "text/csv\r\nx: y"))
        .format(made("json", "application/json"));
    let found = mistakes(router);
    assert_eq!(found.len(), 5, "{found:#?}");
    for expected in [
        "two formats have the name `geojson`",
        "two formats have the name `json`",
        "`kml`, of the format `kml`, is no media type such as `application/geo+json`",
        "the name `a b` of a format has other characters than letters, digits, `-` and `_`",
        "`text/csv\r\nx: y`, of the format `geojson`, is no media type such as `application/geo+json`",
    ] {
        assert!(
            found.iter().any(|one| one == expected),
            "{expected}: {found:#?}"
        );
    }
    let bad = mistakes(Router::new().format(made("", "text/plain")));
    assert_eq!(bad.len(), 1, "{bad:#?}");
    let good = Router::new().format(made("md-2_x", "text/markdown; charset=utf-8"));
    drop(good.build().expect("no mistakes"));
}

#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i64,
    make: String,
}

/// Two cars in a format that the test makes, with the limit of an answer's bytes.
async fn cars(write: fn(&ShownRows<'_>) -> Result<Vec<u8>>, bytes: usize) -> Client<Api> {
    let db = Database::in_memory().await.expect("a database");
    let table = db.create_table(&Model::of::<Car>());
    let rows = "INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Seat')";
    db.execute_script(&format!("{table}; {rows}"))
        .await
        .expect("rows");
    let limits = Limits::default().set("page_bytes", bytes);
    let limits = limits.expect("a limit of this name");
    let cars = ViewSet::of::<Car>(&db).writable().limits(limits);
    let format = Made {
        write,
        ..made("own", "text/own; charset=utf-8")
    };
    let api = Router::new().register("cars", cars).format(format).build();
    Client::new(api.expect("an API"))
}

#[tokio::test]
async fn an_own_format_says_of_its_rows_what_they_are() {
    let write = |rows: &ShownRows<'_>| {
        let names: Vec<_> = rows.columns().collect();
        let text = format!("{} {:?} {names:?} {rows:?}", rows.is_list(), rows.count());
        Ok(text.into_bytes())
    };
    let client = cars(write, 1 << 20).await;
    let list = client.get("/cars/?format=own&page_size=1").await;
    assert_eq!(
        list.text(),
        r#"true Some(2) ["car_id", "make"] [[Integer(1), Text("Fiat")]]"#
    );
    assert_eq!(header(&list, "content-type"), "text/own; charset=utf-8");
    let object = accepting(&client, "/cars/2/?fields=make", "text/own").await;
    assert_eq!(object.text(), r#"false None ["make"] [[Text("Seat")]]"#);
}

#[tokio::test]
async fn what_an_own_format_does_wrong_is_that_answer_alone() {
    let refuses = |_: &ShownRows<'_>| Err(Error::new(Code::Forbidden, "not on Sundays"));
    let client = cars(refuses, 1 << 20).await;
    let answer = client.get("/cars/?format=own").await;
    assert_eq!(
        (answer.status(), answer.code()),
        (403, "forbidden".to_owned())
    );

    let fails = |_: &ShownRows<'_>| -> Result<Vec<u8>> { panic!("a bug of the program") };
    let client = cars(fails, 1 << 20).await;
    let answer = client.get("/cars/1/?format=own").await;
    assert_eq!(
        (answer.status(), answer.code()),
        (500, "internal".to_owned())
    );
    assert!(!answer.text().contains("bug"), "{}", answer.text());
    assert_eq!(client.get("/cars/1/").await.status(), 200);

    let client = cars(|_| Ok(vec![b'x'; 1001]), 1000).await;
    let answer = client.get("/cars/?format=own").await;
    assert_eq!(
        (answer.status(), answer.code()),
        (400, "limit_exceeded".to_owned())
    );
    assert_eq!(client.get("/cars/").await.status(), 200);
}
