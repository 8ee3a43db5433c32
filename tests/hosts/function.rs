//! The API as a function of AWS Lambda.

use std::env;

mod api;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    // An event comes over TLS, and links begin with `https://`, unless the program says otherwise.
    let router = api::router().await;
    let api = match env::var("ORIGIN") {
        Ok(origin) => router.origin(&origin).build()?,
        Err(_) => router.build()?,
    };
    lambda_http::run(api).await
}
