//! A TCP proxy between an API and its database that cuts connections after some number of bytes.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::random::Random;

/// When connections are cut.
#[derive(Clone, Debug)]
pub(super) enum Weather {
    Fair,
    /// Each connection, after a random number of bytes below this, counted in one random direction; and one COMMIT in
    /// [`COMMITS`], before all of it, or of its answer, has passed.
    Random(u64, Random),
    /// The next connection, after this number of bytes in a direction, and no other.
    Once(Direction, u64),
}

/// A cut hits one COMMIT in so many: it has few bytes, which random cuts would hardly meet.
const COMMITS: u64 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToDatabase,
    ToApi,
}

#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    weather: Arc<Mutex<Weather>>,
    cuts: Arc<AtomicU64>,
}

impl Proxy {
    /// Listens on a free port, before a database.
    pub(super) async fn before(database: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let proxy = Self {
            address: listener.local_addr().expect("an address"),
            weather: Arc::new(Mutex::new(Weather::Fair)),
            cuts: Arc::default(),
        };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((api, _)) = listener.accept().await {
                let proxy = accepting.clone();
                tokio::spawn(async move {
                    if let Ok(database) = TcpStream::connect(database).await {
                        proxy.forward(api, database).await;
                    }
                });
            }
        });
        proxy
    }

    pub(super) fn set(&self, weather: Weather) {
        *self.weather.lock().expect("no panic") = weather;
    }

    /// How many connections it has cut.
    pub(super) fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::Relaxed)
    }

    /// After how many bytes in which direction a new connection, or one that fair weather has ended for, is cut.
    fn limit(&self, is_new: bool) -> Option<(Direction, u64)> {
        let mut weather = self.weather.lock().expect("no panic");
        match &mut *weather {
            Weather::Fair => None,
            // One that is about to end would take it from the next one.
            Weather::Once(..) if !is_new => None,
            Weather::Random(most, random) => {
                let direction = *random.of(&[Direction::ToDatabase, Direction::ToApi]);
                Some((direction, random.below(*most)))
            }
            Weather::Once(direction, after) => {
                let limit = (*direction, *after);
                *weather = Weather::Fair;
                Some(limit)
            }
        }
    }

    /// Where a COMMIT, or its answer, is cut, if this one is.
    fn limit_of_commit(&self, bytes: &[u8]) -> Option<(Direction, u64)> {
        let Weather::Random(_, random) = &mut *self.weather.lock().expect("no panic") else {
            return None;
        };
        if !bytes.windows(6).any(|word| word == b"COMMIT") || !random.one_in(COMMITS) {
            return None;
        }
        let bytes = u64::try_from(bytes.len()).expect("few");
        // An answer has 11 bytes or more.
        let cuts = [
            (Direction::ToDatabase, random.below(bytes)),
            (Direction::ToApi, random.below(11)),
        ];
        Some(*random.of(&cuts))
    }

    /// Passes bytes on until one side ends or the connection is cut; both sides are closed then.
    async fn forward(&self, mut api: TcpStream, mut database: TcpStream) {
        let mut limit = self.limit(true);
        let (mut from_api, mut from_database) = (vec![0; 16_384], vec![0; 16_384]);
        // Bytes arrive as they are sent, so that a cut meets one message and not the next.
        drop((api.set_nodelay(true), database.set_nodelay(true)));
        loop {
            let (direction, read) = tokio::select! {
                read = api.read(&mut from_api) => (Direction::ToDatabase, read),
                read = database.read(&mut from_database) => (Direction::ToApi, read),
            };
            let (Ok(read), to, bytes) = (match direction {
                Direction::ToDatabase => (read, &mut database, &from_api),
                Direction::ToApi => (read, &mut api, &from_database),
            }) else {
                return;
            };
            if read == 0 {
                return;
            }
            limit = limit.or_else(|| self.limit(false));
            if direction == Direction::ToDatabase {
                limit = self.limit_of_commit(&bytes[..read]).or(limit);
            }
            let mut goes_on = read;
            if let Some((cut, left)) = &mut limit
                && *cut == direction
            {
                goes_on = read.min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= u64::try_from(goes_on).expect("few");
            }
            // It is counted before the API can know of it.
            if goes_on < read {
                self.cuts.fetch_add(1, Ordering::Relaxed);
            }
            if to.write_all(&bytes[..goes_on]).await.is_err() || goes_on < read {
                return;
            }
        }
    }
}
