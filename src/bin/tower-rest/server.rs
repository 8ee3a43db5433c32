//! A server on hyper that stops in good order: by Ctrl-C or SIGTERM, within a time, and whatever its clients do.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, time::sleep};
use tower::Service;
use tower_rest::BoxError;

/// How long a client may take to send the head of a request.
const LONGEST_HEAD: Duration = Duration::from_secs(30);
/// How long requests that are under way are waited for.
const LONGEST_DRAIN: Duration = Duration::from_secs(5);

/// Serves an application over HTTP/1 and HTTP/2 until a signal comes. Then it takes no more connections, and waits for
/// the requests under way for five seconds at most. A second signal ends it at once.
///
/// # Errors
///
/// When a signal cannot be listened for.
pub(crate) async fn serve<S, R>(listener: TcpListener, app: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<R>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let mut signals = Signals::new()?;
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD);
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Too many open files, most likely: some are closed in a moment.
                Err(_) => {
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = signals.next() => break,
        };
        let service = TowerToHyperService::new(app.clone());
        let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    let drained = pin!(graceful.shutdown());
    tokio::select! {
        () = drained => {}
        () = sleep(LONGEST_DRAIN) => {}
        () = signals.next() => {}
    }
    Ok(())
}

/// The signals that stop a program.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
