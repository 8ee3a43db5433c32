//! poem, whose `nest` takes the prefix off the path.

use poem::{
    EndpointExt as _, Route, Server,
    endpoint::TowerCompatExt as _,
    listener::{Acceptor as _, Listener as _, TcpListener},
};

use crate::{
    api,
    check::{Exports, check, client},
};

#[tokio::test(flavor = "multi_thread")]
async fn poem_serves_below_a_prefix() {
    let api = api::router().await.mount("/api").build().expect("an API");
    let app = Route::new().nest("/api", api.compat().boxed());
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
    let acceptor = acceptor.expect("a port");
    let address = acceptor.local_addr()[0].as_socket_addr().copied();
    let address = address.expect("an address");
    let server = tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    check(
        &client(),
        &format!("http://{address}/api"),
        Exports::Streamed,
    )
    .await;
    server.abort();
}
