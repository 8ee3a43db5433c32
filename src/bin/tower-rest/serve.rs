//! `tower-rest serve`.

use std::net::SocketAddr;

use clap::Args;
use http::HeaderValue;
use tokio::net::TcpListener;
use tower_rest::{Code, Database, Error, Readiness, Result, Schema};

use super::{
    configure,
    front::{Front, PREFIX},
    hosts::Hosts,
    options::ApiOptions,
    output::mention,
    scrape, server, source, stack, tries,
};

/// The options of the server.
#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    #[command(flatten)]
    pub(crate) api: ApiOptions,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub(crate) addr: SocketAddr,
    /// A host by which clients may ask, with or without its port; may be given more than once. Those of this machine,
    /// localhost, 127.0.0.1 and [::1], and those of `--addr` and `--origin` always are
    #[arg(long, visible_alias = "host", value_name = "HOST")]
    pub(crate) allowed_host: Vec<String>,
    /// An origin whose scripts may ask, `https://app.example`, or `*` for every one, which `--writable` forbids; may be
    /// given more than once [default: none but the pages' own]
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(crate) cors: Vec<HeaderValue>,
    /// Where to serve metrics for Prometheus, `127.0.0.1:9464`, at `/metrics` [default: nowhere]
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<SocketAddr>,
}

pub(crate) async fn run(options: &ServeOptions) -> Result<()> {
    // The recorder comes before the connections, since measurements without one are lost.
    let metrics = match options.metrics {
        Some(addr) => Some((addr, scrape::install()?)),
        None => None,
    };
    let db = source::connect(&options.api.url, options.api.writable).await?;
    let schema = configure::find_in(&db, &options.api).await?;
    mention(&schema);
    let front = front(schema.clone(), db, options)?;
    let tries = tries::tries(front.api(), &schema, &options.api).await;
    let app = stack::around(front, stack::cors(&options.cors));
    if let Some((addr, handle)) = metrics {
        let hosts = Hosts::new(addr, &options.allowed_host, None);
        let served = scrape::serve(addr, handle, hosts).await;
        let addr = served.map_err(|error| cannot_listen(addr, "--metrics", &error))?;
        mention(format_args!(
            "\nMetrics for Prometheus: http://{addr}/metrics"
        ));
    }
    let listener = TcpListener::bind(options.addr).await;
    let listener = listener.map_err(|error| cannot_listen(options.addr, "--addr", &error))?;
    let addr = listener.local_addr().unwrap_or(options.addr);
    let base = format!("http://{addr}{PREFIX}/");
    mention(format_args!("\nOpen http://{addr}/ in a browser."));
    let purpose = match options.api.writable {
        true => "for reading AND WRITING: every client of this address can change and delete rows",
        false => "for reading",
    };
    mention(format_args!(
        "Serving {purpose}, until Ctrl-C, at {base}\nTry:"
    ));
    for path in tries {
        mention(format_args!("  curl '{base}{path}'"));
    }
    let served = server::serve(listener, app).await;
    served.map_err(|error| cannot_listen(options.addr, "--addr", &error))
}

/// The API of a database below its prefix, for the hosts that are allowed.
///
/// # Errors
///
/// When options are mistakes.
pub(crate) fn front(schema: Schema, db: Database, options: &ServeOptions) -> Result<Front> {
    // The program has no login: the script of any page that is opened in a browser which reaches this server could write.
    if options.api.writable && options.cors.iter().any(|origin| origin == "*") {
        let detail = "`--cors '*'` and `--writable` together would let the scripts of every web page change and delete \
                      rows; name the origins that may, such as `--cors https://app.example`";
        return Err(Error::new(Code::Conflicting, detail));
    }
    let router = configure::router(schema, &options.api)?.mount(PREFIX);
    let api = stack::inside(router, options.api.longest()).build()?;
    let hosts = Hosts::new(
        options.addr,
        &options.allowed_host,
        options.api.origin.as_deref(),
    );
    Ok(Front::new(api, Readiness::of([db]), hosts))
}

/// Reads the origin of a script: `*`, or a scheme and a host.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let host = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let is_host =
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '*']));
    let value = HeaderValue::from_str(text).ok();
    value
        .filter(|_| is_host || text == "*")
        .ok_or_else(|| "write a scheme and a host, as in `https://app.example`, or `*`".to_owned())
}

fn cannot_listen(addr: SocketAddr, option: &str, error: &std::io::Error) -> Error {
    let detail = format!("cannot listen at {addr}: {error}; choose another place with `{option}`");
    Error::new(Code::Unavailable, detail)
}
