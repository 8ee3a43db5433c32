//! salvo, which leaves the path whole.

use salvo::{
    Listener as _, Router, Server,
    conn::{Acceptor as _, TcpListener},
    http::ReqBody,
    prelude::TowerServiceCompat,
};

use crate::{
    api,
    check::{Exports, check, client},
};

#[tokio::test(flavor = "multi_thread")]
async fn salvo_serves_every_path() {
    let api = api::router().await.build().expect("an API");
    let app =
        Router::with_path("{**path}").goal(TowerServiceCompat::<ReqBody, _, _, _>::compat(api));
    let acceptor = TcpListener::new("127.0.0.1:0").bind().await;
    let address = acceptor.holdings()[0].local_addr.clone().into_std();
    let address = address.expect("an address");
    let server = tokio::spawn(Server::new(acceptor).serve(app));
    check(&client(), &format!("http://{address}"), Exports::Streamed).await;
    server.abort();
}
