//! Clients that write orders, some of whom leave before they are answered.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};
use tower_rest::Api;

use super::{
    super::send,
    ledger::{Order, Step, Told},
};
use crate::{
    random::Random,
    server::{Answer, whole},
};

/// How many clients write at once.
const CLIENTS: u64 = 8;
/// How long the clients of a test may write.
const PATIENCE: Duration = Duration::from_secs(600);

/// Where requests are sent.
#[derive(Clone)]
pub(super) enum Server {
    /// An API of this process.
    Here(Api),
    /// The process of the moment, which may be dead.
    There(watch::Receiver<SocketAddr>),
}

/// What became of a request.
enum Reply {
    Answered(Answer),
    /// The request may have arrived.
    Lost,
    NeverSent,
}

impl Server {
    async fn ask(&self, method: &str, path: &str, body: &Json) -> Reply {
        match self {
            Self::Here(api) => Reply::Answered(send(api, method, path, body).await),
            Self::There(address) => {
                let address = *address.borrow();
                let Ok(mut stream) = TcpStream::connect(address).await else {
                    sleep(Duration::from_millis(5)).await;
                    return Reply::NeverSent;
                };
                let body = match body {
                    Json::Null => String::new(),
                    body => body.to_string(),
                };
                let request = format!(
                    "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let mut bytes = Vec::new();
                let sent = stream.write_all(request.as_bytes()).await;
                let read = match sent {
                    Ok(()) => stream.read_to_end(&mut bytes).await.map(|_| ()),
                    Err(error) => Err(error),
                };
                match (read, whole(&bytes)) {
                    (_, Some(answer)) => Reply::Answered(answer),
                    (Ok(()) | Err(_), None) => Reply::Lost,
                }
            }
        }
    }
}

/// How many requests were answered in which way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) done: u64,
    /// By the code of the 503.
    pub(super) failed: BTreeMap<String, u64>,
    pub(super) left: u64,
    pub(super) lost: u64,
    pub(super) never_sent: u64,
}

impl Tally {
    pub(super) fn unknown(&self) -> u64 {
        self.failed.get("outcome_unknown").copied().unwrap_or(0)
    }

    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.left += other.left;
        self.lost += other.lost;
        self.never_sent += other.never_sent;
        for (code, times) in other.failed {
            *self.failed.entry(code).or_default() += times;
        }
    }
}

/// Writes until `enough` writes are acknowledged. Returns what was told of each.
pub(super) async fn write(server: &Server, enough: u64, seed: u64) -> (Vec<Order>, Tally) {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let clients = (0..CLIENTS).map(|number| {
        let client = Client {
            server: server.clone(),
            random: Random::new(seed.wrapping_add(number)),
            acknowledged: Arc::clone(&acknowledged),
            enough,
            tally: Tally::default(),
        };
        let first = i64::try_from(number).expect("few") * 1_000_000 + 1;
        tokio::spawn(client.run(first))
    });
    let (mut ledger, mut tally) = (Vec::new(), Tally::default());
    for client in clients.collect::<Vec<_>>() {
        let (orders, own) = client.await.expect("no wrong answer");
        ledger.extend(orders);
        tally.add(own);
    }
    (ledger, tally)
}

struct Client {
    server: Server,
    random: Random,
    acknowledged: Arc<AtomicU64>,
    enough: u64,
    tally: Tally,
}

impl Client {
    async fn run(mut self, first: i64) -> (Vec<Order>, Tally) {
        let (mut orders, mut n) = (Vec::<Order>::new(), 0);
        let started = Instant::now();
        while self.acknowledged.load(Ordering::Relaxed) < self.enough {
            assert!(started.elapsed() < PATIENCE, "{:?}", self.tally);
            let goes_on = |order: &&mut Order| !order.is_over();
            n += 1;
            if let Some(order) = orders.last_mut().filter(goes_on) {
                self.step(order, n).await;
                continue;
            }
            let id = first + i64::try_from(orders.len()).expect("few");
            let mut order = Order {
                id,
                steps: Vec::new(),
            };
            self.step(&mut order, n).await;
            orders.push(order);
        }
        (orders, self.tally)
    }

    /// Sends one request about an order.
    async fn step(&mut self, order: &mut Order, n: i64) {
        let (id, there) = (order.id, order.now().is_some());
        let path = format!("/orders/{id}/");
        let (method, path, body, status) = match (there, self.random.below(8)) {
            (false, _) => ("POST", "/orders/", json!({"id": id, "n": n}), 201),
            (true, 0) => ("DELETE", &*path, Json::Null, 204),
            (true, 1) => ("PUT", &*path, json!({"n": n, "note": "put"}), 200),
            (true, _) => ("PATCH", &*path, json!({"n": n}), 200),
        };
        let asking = self.server.ask(method, path, &body);
        // A client leaves after a moment or, however fast the answers are, as soon as it has to wait.
        let reply = match (self.random.one_in(8), self.random.one_in(4)) {
            (false, _) => Some(asking.await),
            (true, true) => {
                let moment = Duration::from_micros(self.random.below(6000));
                timeout(moment, asking).await.ok()
            }
            (true, false) => asking.now_or_never(),
        };
        let told = self.told(reply, &format!("{method} {path}"), status, &body);
        let n = body.get("n").and_then(Json::as_i64);
        order.steps.push(Step { n, told });
    }

    fn told(&mut self, reply: Option<Reply>, request: &str, status: u16, body: &Json) -> Told {
        let answer = match reply {
            None => {
                self.tally.left += 1;
                return Told::Unknown;
            }
            Some(Reply::Lost) => {
                self.tally.lost += 1;
                return Told::Unknown;
            }
            Some(Reply::NeverSent) => {
                self.tally.never_sent += 1;
                return Told::NotDone;
            }
            Some(Reply::Answered(answer)) => answer,
        };
        if answer.status == status {
            if status != 204 {
                assert_eq!(answer.json()["n"], body["n"], "{request}: {}", answer.body);
            }
            self.tally.done += 1;
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
            return Told::Done;
        }
        // What is no failure of the server would be an answer to another write than this one.
        assert_eq!(answer.status, 503, "{request} {body}: {}", answer.body);
        let code = answer.json()["code"].as_str().expect("a code").to_owned();
        let told = match &*code {
            "outcome_unknown" => Told::Unknown,
            _ => Told::NotDone,
        };
        *self.tally.failed.entry(code).or_default() += 1;
        told
    }
}
