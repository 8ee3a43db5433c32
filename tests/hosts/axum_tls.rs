//! axum behind TLS, by HTTP/1.1 and HTTP/2, with axum-server.

use std::net::TcpListener;

use axum_server::tls_rustls::RustlsConfig;
use reqwest::{Certificate, Client, Version};

use crate::{
    api,
    check::{Exports, check, client},
};

#[tokio::test(flavor = "multi_thread")]
async fn axum_serves_over_tls_by_both_versions_of_http() {
    drop(client());
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let signed = signed.expect("a certificate");
    let (certificate, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
    let config = RustlsConfig::from_pem(certificate.clone().into(), key.into()).await;
    let config = config.expect("a key");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a setting");
    let port = listener.local_addr().expect("an address").port();
    let origin = format!("https://localhost:{port}");
    for version in [Version::HTTP_11, Version::HTTP_2] {
        // A request by HTTP/1.1 does not say that it came over TLS, so the origin is told.
        let api = api::router().await.origin(&origin).build().expect("an API");
        let app = axum::Router::new().nest_service("/api", api);
        let listener = listener.try_clone().expect("the port again");
        let server = axum_server::from_tcp_rustls(listener, config.clone());
        let server = server.expect("a server").serve(app.into_make_service());
        let server = tokio::spawn(server);
        let trusted = Certificate::from_pem(certificate.as_bytes()).expect("a certificate");
        let client = Client::builder().tls_certs_only([trusted]);
        let client = match version {
            Version::HTTP_11 => client.http1_only(),
            _ => client,
        };
        let client = client.build().expect("a client");
        let answer = client.get(format!("{origin}/api/")).send().await;
        assert_eq!(answer.expect("an answer").version(), version);
        check(&client, &format!("{origin}/api"), Exports::Streamed).await;
        server.abort();
    }
}
