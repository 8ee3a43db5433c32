//! One API in the hosts that people have: each is started as its users start it, and asked over a socket by one
//! [`check`](check::check).

mod api;
mod axum_tls;
mod check;
mod lambda;
mod poem_host;
mod salvo_host;
mod tonic_host;
