//! The documentation, and Swagger UI.

use super::{PATIENCE, runner::run, the_cars, walk};
use crate::server::serve_any;

#[tokio::test]
async fn the_documentation_of_the_cars() {
    walk("walk-docs", the_cars).await;
}

#[tokio::test]
async fn swagger_ui_asks_the_api_and_nothing_else() {
    let url = format!("http://{}/", serve_any(the_cars().await).await);
    if let Some(report) = run("swagger.mjs", &[&url], PATIENCE).await {
        let report = report.unwrap_or_else(|error| panic!("Swagger UI: {error}"));
        report.assert_clean("Swagger UI");
    }
}
