//! `tower-rest openapi`: the document from which clients are generated.

use http::Method;
use serde_json::Value;
use tower_rest::{Code, Error, Result};

use super::{ask::ask, configure, front::PREFIX, options::ApiOptions, output::say};

pub(crate) async fn run(options: &ApiOptions) -> Result<()> {
    let schema = configure::find(options).await?;
    let api = configure::router(schema, options)?.mount(PREFIX).build()?;
    let (status, body) = ask(&api, Method::GET, "/openapi.json").await;
    let document = serde_json::from_slice::<Value>(&body).ok();
    let document = document.filter(|_| status.is_success()).ok_or_else(|| {
        let detail = format!("the document cannot be made ({status})");
        Error::new(Code::Internal, detail)
    })?;
    say(format_args!("{document:#}"));
    Ok(())
}
