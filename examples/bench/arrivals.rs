//! Requests that come whether or not earlier ones are answered, each timed from the moment at which it was to be sent, so
//! that a server that makes its clients wait cannot hide it
//! (<https://www.scylladb.com/2021/04/22/on-coordinated-omission/>).

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, sleep_until},
};

use crate::{
    BoxError,
    http::{Answer, Request},
};

/// How long answers took, in microseconds.
pub(crate) struct Times {
    pub(crate) accepted: Histogram<u64>,
    pub(crate) refused: Histogram<u64>,
    /// How many were accepted and answered before the last one was to be sent.
    pub(crate) in_time: u64,
}

impl Times {
    pub(crate) fn new() -> Result<Self, BoxError> {
        // Up to a minute, three digits exact.
        let empty = || Histogram::new_with_bounds(1, 60_000_000, 3);
        Ok(Self {
            accepted: empty()?,
            refused: empty()?,
            in_time: 0,
        })
    }

    /// Adds an answer, which must be a success or 503.
    pub(crate) fn add(&mut self, status: u16, took: Duration) -> Result<(), BoxError> {
        let micros = u64::try_from(took.as_micros())?;
        match status {
            200..300 => self.accepted.saturating_record(micros),
            503 => self.refused.saturating_record(micros),
            other => return Err(format!("an answer has the status {other}").into()),
        }
        Ok(())
    }

    /// The cells of a table: how many were accepted, their median, 99 of a hundred and the slowest, and the refused.
    pub(crate) fn cells(&self) -> String {
        let milliseconds = |micros: u64| format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
        let at = |times: &Histogram<u64>, quantile| milliseconds(times.value_at_quantile(quantile));
        let (accepted, refused) = (&self.accepted, &self.refused);
        format!(
            "{} | {} | {} | {} | {} | {} | {}",
            accepted.len(),
            at(accepted, 0.5),
            at(accepted, 0.99),
            milliseconds(accepted.max()),
            refused.len(),
            at(refused, 0.99),
            milliseconds(refused.max())
        )
    }
}

/// Where requests come from: connections that are kept while none needs them.
#[derive(Clone)]
pub(crate) struct Source {
    address: SocketAddr,
    free: Arc<Mutex<Vec<TcpStream>>>,
}

impl Source {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            free: Arc::default(),
        }
    }

    /// Sends a request; returns the status and the body of its answer.
    pub(crate) async fn send(&self, request: &Request) -> Result<(u16, Vec<u8>), BoxError> {
        let mut stream = self.connection().await?;
        stream.write_all(&request.to_bytes()).await?;
        let mut buffer = Vec::with_capacity(1024);
        loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            if let Some(answer) = Answer::read(&buffer, "HTTP/1.1 ")?
                && buffer.len() >= answer.whole()
            {
                let status = str::from_utf8(buffer.get(9..12).ok_or("no status")?)?.parse()?;
                self.free.lock().map_err(|_| "a panic")?.push(stream);
                return Ok((status, buffer.split_off(answer.head)));
            }
        }
    }

    /// Sends a request, and hangs up after a while, answered or not.
    pub(crate) async fn leave(&self, request: &Request, after: Duration) -> Result<(), BoxError> {
        let mut stream = self.connection().await?;
        stream.write_all(&request.to_bytes()).await?;
        sleep(after).await;
        Ok(())
    }

    async fn connection(&self) -> Result<TcpStream, BoxError> {
        if let Some(stream) = self.free.lock().map_err(|_| "a panic")?.pop() {
            return Ok(stream);
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Asks by some clients, each the next thing as soon as it is answered.
pub(crate) async fn at_once<F>(
    clients: u32,
    time: Duration,
    ask: impl Fn() -> F + Clone + Send + 'static,
) -> Result<Times, BoxError>
where
    F: Future<Output = Result<u16, BoxError>> + Send + 'static,
{
    let until = Instant::now() + time;
    let mut asking = JoinSet::new();
    for _ in 0..clients {
        let ask = ask.clone();
        asking.spawn(async move {
            let mut all = Vec::new();
            while Instant::now() < until {
                let begun = Instant::now();
                all.push((ask().await?, begun.elapsed()));
            }
            Ok::<_, BoxError>(all)
        });
    }
    let mut times = Times::new()?;
    while let Some(all) = asking.join_next().await {
        for (status, took) in all?? {
            times.add(status, took)?;
        }
    }
    times.in_time = times.accepted.len();
    Ok(times)
}

/// Asks at a rate per second, whether or not earlier questions are answered.
pub(crate) async fn at_a_rate<F>(
    rate: u64,
    time: Duration,
    ask: impl Fn() -> F,
) -> Result<Times, BoxError>
where
    F: Future<Output = Result<u16, BoxError>> + Send + 'static,
{
    let every = Duration::from_secs(1) / u32::try_from(rate)?.max(1);
    let number = u32::try_from(rate * time.as_secs())?;
    let (mut times, mut asking) = (Times::new()?, JoinSet::new());
    let begin = tokio::time::Instant::now();
    for at in 0..number {
        let due = begin + every * at;
        sleep_until(due).await;
        let asked = ask();
        asking.spawn(async move { Ok::<_, BoxError>((asked.await?, due.elapsed())) });
        while let Some(answered) = asking.try_join_next() {
            let (status, took) = answered??;
            times.add(status, took)?;
        }
    }
    times.in_time = times.accepted.len();
    while let Some(answered) = asking.join_next().await {
        let (status, took) = answered??;
        times.add(status, took)?;
    }
    Ok(times)
}
