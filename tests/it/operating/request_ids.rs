//! The id of a request is in its span and in what is logged of it, if it is fit to be.

use tower_rest::{Api, Code, Error, Router};
use tracing::{Level, instrument::WithSubscriber as _};

use crate::{
    fixture,
    logging::{Log, listening},
    server::{Answer, ask_with},
};

async fn logged(api: &Api, path: &str, id: &str) -> (Answer, Log) {
    let log = Log::default();
    let request = http::Request::get(path).header("host", "test");
    let request = request
        .header("x-request-id", id)
        .body(http_body_util::Empty::<bytes::Bytes>::new());
    let request = request.expect("a request");
    let answer = ask_with(api, request)
        .with_subscriber(listening(&log))
        .await;
    (answer, log)
}

#[tokio::test]
async fn the_span_has_an_id_that_is_short_and_visible() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let longest = "x".repeat(128);
    for (id, is_taken) in [
        ("7f3-own", true),
        ("a,b\"c{d}", true),
        (&*longest, true),
        (&*format!("{longest}x"), false),
        ("two words", false),
        ("tab\there", false),
        ("", false),
    ] {
        let (answer, log) = logged(&api, "/cars/1/", id).await;
        assert_eq!(answer.status, 200);
        let span = log.up_to(Level::INFO);
        let has = span.contains(&format!("request_id={id:?}"));
        assert_eq!(has, is_taken, "{id:?} in\n{span}");
        assert_eq!(span.contains("request_id"), is_taken, "{id:?} in\n{span}");
        // A layer such as tower-http's sends it back; a document would differ with each request.
        assert_eq!(answer.header("x-request-id"), None);
    }
}

#[tokio::test]
async fn an_error_that_is_logged_has_the_id_of_its_request() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let (answer, log) = logged(&api, "/ghosts/", "7f3-own").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("7f3-own"), "{}", answer.body);
    let errors = log.up_to(Level::ERROR);
    assert!(errors.contains("request_id=\"7f3-own\""), "{errors}");
    // The error of a layer is logged with it, too.
    let failing = tower::layer::layer_fn(|_| {
        tower::service_fn(|_: http::Request<tower_rest::Body>| async {
            Err::<http::Response<tower_rest::Body>, _>(Error::new(Code::Internal, "it failed"))
        })
    });
    let api = Router::new()
        .register("owners", fixture::owner_viewset(&db).layer(failing))
        .build();
    let (answer, log) = logged(&api.expect("an API"), "/owners/", "7f3-own").await;
    assert_eq!(answer.status, 500);
    let errors = log.up_to(Level::ERROR);
    assert!(errors.contains("request_id=\"7f3-own\""), "{errors}");
}
