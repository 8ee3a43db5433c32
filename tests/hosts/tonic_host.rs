//! tonic: gRPC and REST at one port, in the axum router that tonic routes by.

use futures_util::stream;
use tonic::{
    service::Routes,
    transport::{Endpoint, Server},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    api,
    check::{Exports, check, client},
};

#[tokio::test(flavor = "multi_thread")]
async fn tonic_serves_beside_grpc() {
    let api = api::router().await.build().expect("an API");
    let (_reporter, health) = tonic_health::server::health_reporter();
    let app = Routes::new(health).into_axum_router();
    let app = app.nest_service("/api", api);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    let incoming = stream::unfold(listener, |listener| async move {
        let accepted = listener.accept().await.map(|(stream, _)| stream);
        Some((accepted, listener))
    });
    let server = Server::builder()
        .accept_http1(true)
        .add_routes(Routes::from(app));
    let server = tokio::spawn(server.serve_with_incoming(incoming));
    let channel = Endpoint::try_from(format!("http://{address}")).expect("a URL");
    let channel = channel.connect().await.expect("a connection");
    let mut health = HealthClient::new(channel);
    let service = String::new();
    health
        .check(HealthCheckRequest { service })
        .await
        .expect("a healthy server");
    check(
        &client(),
        &format!("http://{address}/api"),
        Exports::Streamed,
    )
    .await;
    server.abort();
}
