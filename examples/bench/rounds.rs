//! Rounds that take turns, so that whatever else the machine does meets all alike; and the middle of what they say.

use std::time::Duration;

use crate::{
    BoxError,
    cases::Case,
    floor,
    http::{self, Request},
    load::Load,
    server::Server,
};

/// How long and how hard to ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    pub(crate) rounds: u32,
    pub(crate) time: Duration,
    pub(crate) connections: u32,
}

/// One round of one server with one case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Milliseconds until the answer is there.
    pub(crate) median: f64,
    pub(crate) slow: f64,
    /// Microseconds of the server's processor time a request.
    pub(crate) processor: f64,
}

/// All rounds of one server with one case.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    rounds: Vec<Round>,
    /// The length of a body.
    pub(crate) bytes: usize,
}

/// The middle of some numbers, and how far they go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) middle: f64,
    pub(crate) most: f64,
}

impl Rounds {
    /// One case, by every server in turn.
    pub(crate) fn run(
        &self,
        servers: &[Server; 3],
        case: &Case,
    ) -> Result<[Measured; 3], BoxError> {
        let [ours, peer, careful] = servers;
        self.alternate([(ours, case), (peer, case), (careful, case)])
    }

    /// How often a second the database answers the statement of a case, without anything around it; nothing for a
    /// case of many statements.
    pub(crate) fn floor(&self, url: &str, case: &Case) -> Result<Option<Spread>, BoxError> {
        if case.name == "H" {
            return Ok(None);
        }
        let rates: Result<Vec<f64>, _> = (0..self.rounds)
            .map(|_| floor::rate(url, case.name, self.time))
            .collect();
        Ok(Some(Spread::of(rates?.into_iter())))
    }

    /// Every case in turn, by one server.
    pub(crate) fn together<const N: usize>(
        &self,
        server: &Server,
        cases: &[Case; N],
    ) -> Result<[Measured; N], BoxError> {
        self.alternate(cases.each_ref().map(|case| (server, case)))
    }

    /// Asks each server its case, in turns.
    pub(crate) fn alternate<const N: usize>(
        &self,
        asked: [(&Server, &Case); N],
    ) -> Result<[Measured; N], BoxError> {
        let requests = asked.map(|(_, case)| (case.requests)());
        let mut measured = [const { None }; N];
        for (at, (server, _)) in asked.iter().enumerate() {
            let bytes = http::send(server.address, &requests[at][0])?.len();
            // Caches fill, statements are planned, connections are made.
            let warming = self.time.min(Duration::from_millis(300));
            self.round(server, &requests[at], bytes, warming)?;
            measured[at] = Some(Measured {
                rounds: Vec::new(),
                bytes,
            });
        }
        let mut measured = measured.map(|one| one.expect("every place was filled"));
        for number in 0..self.rounds {
            // Nobody is always first.
            let mut order: Vec<_> = (0..N).collect();
            order.rotate_left(usize::try_from(number)? % N);
            for at in order {
                let round =
                    self.round(asked[at].0, &requests[at], measured[at].bytes, self.time)?;
                measured[at].rounds.push(round);
            }
        }
        Ok(measured)
    }

    fn round(
        &self,
        server: &Server,
        requests: &[Request],
        bytes: usize,
        time: Duration,
    ) -> Result<Round, BoxError> {
        let before = server.processor_time()?;
        let load = Load {
            address: server.address,
            requests,
            connections: self.connections,
            time,
            least: bytes / 2,
            most: bytes * 2,
        };
        let name = server.contender.name();
        let loaded = load.run().map_err(|error| format!("{name}: {error}"))?;
        let used = server.processor_time()?.saturating_sub(before);
        let answered = f64::from(loaded.requests);
        Ok(Round {
            rate: answered / loaded.time.as_secs_f64(),
            median: loaded.median.as_secs_f64() * 1e3,
            slow: loaded.slow.as_secs_f64() * 1e3,
            processor: used.as_secs_f64() * 1e6 / answered,
        })
    }
}

impl Measured {
    pub(crate) fn spread(&self, of: fn(&Round) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(of))
    }

    /// How many times another's, round by round.
    pub(crate) fn times(&self, other: &Self, of: fn(&Round) -> f64) -> Spread {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Spread::of(pairs.map(|(this, other)| of(this) / of(other)))
    }
}

impl Spread {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len() / 2;
        let middle = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[half - 1], sorted[half])
        } else {
            sorted[half]
        };
        Self {
            least: sorted[0],
            middle,
            most: sorted[sorted.len() - 1],
        }
    }
}
