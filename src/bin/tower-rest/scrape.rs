//! `--metrics`: the metrics in the text format of Prometheus, at an address of their own.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use http::{HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, time::sleep};
use tower::service_fn;
use tower_rest::{Body, Code, Error, Result};

use super::{hosts::Hosts, refusal::refused, server};

/// The path of the metrics.
const PATH: &str = "/metrics";
/// The upper bounds of the buckets of durations, in seconds: from a statement by a key to a request at its time limit.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0,
];
/// How often measured durations are sorted into their buckets, without a request for them.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the recorder of all metrics. What is measured before is lost.
///
/// # Errors
///
/// When there is a recorder already.
pub(crate) fn install() -> Result<PrometheusHandle> {
    let failed = |error: metrics_exporter_prometheus::BuildError| {
        Error::new(Code::Internal, "metrics cannot be recorded").with_source(error)
    };
    let builder = PrometheusBuilder::new().with_recommended_naming(true);
    let builder = builder.set_buckets(&BUCKETS).map_err(failed)?;
    builder.install_recorder().map_err(failed)
}

/// Serves the metrics to clients that ask by one of `hosts`, until the program ends; returns the address.
///
/// # Errors
///
/// When the address cannot be listened at.
pub(crate) async fn serve(
    addr: SocketAddr,
    handle: PrometheusHandle,
    hosts: Hosts,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr().unwrap_or(addr);
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    let app = service_fn(move |request| {
        let answer = answer(&request, &handle, &hosts);
        async { Ok::<_, Infallible>(answer) }
    });
    tokio::spawn(server::serve(listener, app));
    Ok(addr)
}

fn answer(request: &Request<Incoming>, handle: &PrometheusHandle, hosts: &Hosts) -> Response<Body> {
    if !hosts.allow(request) {
        let detail = "this host is not allowed; allow it with `--allowed-host`";
        return refused(Code::HostNotAllowed, detail);
    }
    if request.uri().path() != PATH {
        let detail = format!("nothing is served here; the metrics are at {PATH}");
        return refused(Code::NoRoute, &detail);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let detail = "metrics are read by GET";
        return refused(Code::MethodNotAllowed, detail);
    }
    let mut response = Response::new(Body::from(handle.render()));
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}
