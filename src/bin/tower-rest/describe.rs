//! `tower-rest describe`: the answers to OPTIONS.

use bytes::Bytes;
use clap::Args;
use http::Method;
use serde_json::value::RawValue;
use tower_rest::{Api, Code, Error, Result};

use super::{ask::ask, configure, front::PREFIX, options::ApiOptions, output::say};

/// The options of descriptions.
#[derive(Debug, Args)]
pub(crate) struct DescribeOptions {
    #[command(flatten)]
    pub(crate) api: ApiOptions,
    /// The path to describe, `cars` or `cars/1/parts` [default: every list]
    pub(crate) path: Option<String>,
}

pub(crate) async fn run(options: &DescribeOptions) -> Result<()> {
    let schema = configure::find(&options.api).await?;
    let paths: Vec<String> = schema.models().map(|(path, _)| path.to_owned()).collect();
    let api = configure::router(schema, &options.api)?
        .mount(PREFIX)
        .build()?;
    if let Some(path) = &options.path {
        say(described(&api, path).await?);
        return Ok(());
    }
    let mut members = Vec::new();
    for path in paths {
        let name = serde_json::Value::from(path.as_str());
        members.push(format!("{name}:{}", described(&api, &path).await?));
    }
    say(format_args!("{{{}}}", members.join(",\n")));
    Ok(())
}

/// Returns the description of a path, as the API writes it.
async fn described(api: &Api, path: &str) -> Result<Box<RawValue>> {
    let path = path.trim_matches('/');
    let path = path.strip_prefix("api/").unwrap_or(path);
    let (status, body) = ask(api, Method::OPTIONS, &format!("/{path}/")).await;
    let json = |body: &Bytes| serde_json::from_slice(body).ok();
    json(&body).filter(|_| status.is_success()).ok_or_else(|| {
        let detail = format!(
            "`{path}` cannot be described ({status}); give the path of a list, such as `cars`"
        );
        Error::new(Code::NoRoute, detail)
    })
}
