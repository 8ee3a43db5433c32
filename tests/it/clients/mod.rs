//! Clients that people have, as npm and PyPI publish them, against APIs on every database. What they import of ours are
//! the examples of `docs/guide/clients.md`.

mod examples;
mod generated;
mod layers;
mod spreadsheet;
mod world;

use std::{path::Path, time::Duration};

use tower::Layer as _;
use tower_rest::compat::{DjangoRest, JsonServer, SimpleRest};

use self::{
    examples::{node, python},
    world::{api, opened},
};
use crate::{browser::turn, databases::skipped, programs::output, server::serve_any};

/// How long a script may take, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a script against an API on a fresh database of every kind.
async fn walk<S>(script: &'static str, service: impl Fn(tower_rest::Router) -> S)
where
    S: Send,
    S: Into<axum::Router>,
{
    for fresh in opened().await {
        let app = service(api(&fresh.db).await).into();
        let address = serve_any(app).await;
        let url = format!("http://{address}/api");
        let kind = fresh.kind;
        let run = move || {
            let python_is_needed = Path::new(script).extension().is_some_and(|end| end == "py");
            let (command, _scripts) = match python_is_needed {
                true => python(script, &url)?,
                false => node(script, &url)?,
            };
            Ok(output(command, PATIENCE))
        };
        let ran: Result<_, String> = tokio::task::spawn_blocking(run).await.expect("a script");
        match ran {
            Err(reason) => return skipped(&format!("with {script}"), &reason),
            Ok(Err(words)) => panic!("{script} on {kind}: {words}"),
            Ok(Ok(words)) => assert!(words.ends_with("done\n"), "{script} on {kind}: {words}"),
        }
    }
}

fn nested<S>(service: S) -> axum::Router
where
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = http::Response<tower_rest::Body>,
            Error = std::convert::Infallible,
        > + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    axum::Router::new().nest_service("/api", service)
}

#[tokio::test(flavor = "multi_thread")]
async fn react_admin_by_simple_rest() {
    walk("ra-simple-rest.mjs", |router| {
        nested(SimpleRest.layer(router.build().expect("an API")))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn react_admin_by_json_server() {
    walk("ra-json-server.mjs", |router| {
        nested(router.layer(JsonServer).build().expect("an API"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn react_admin_by_django_rest_framework() {
    walk("ra-django-rest.mjs", |router| {
        nested(DjangoRest.layer(router.build().expect("an API")))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refine_by_simple_rest() {
    walk("refine.mjs", |router| {
        nested(JsonServer.layer(router.build().expect("an API")))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grid_s_server_side_rows() {
    walk("grid.mjs", |router| nested(router.build().expect("an API"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ag_grid_s_server_side_row_model_in_a_browser() {
    let turn = tokio::task::spawn_blocking(turn).await.expect("a turn");
    match turn {
        Err(reason) => skipped("with ag-grid.mjs", &reason),
        Ok(_turn) => {
            walk("ag-grid.mjs", |router| {
                nested(router.build().expect("an API"))
            })
            .await
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_that_json_data_sources_of_grafana_are_made_of() {
    walk("grafana.mjs", |router| {
        nested(router.build().expect("an API"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pandas() {
    walk("frames.py", |router| {
        nested(router.build().expect("an API"))
    })
    .await;
}
