//! [`StandIn`]: a server that passes on what a client and a real server say, and answers chosen statements by an error of
//! its own, as a database of several servers does.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::net::{TcpListener, TcpStream};

use super::{mysql, postgres};
use crate::databases::Kind;

/// The part of a statement in its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Begin,
    Read,
    Write,
    Commit,
    RollBack,
    /// A savepoint or a setting.
    Other,
}

impl Part {
    pub(super) fn of(sql: &str) -> Self {
        let sql = sql.trim_start().to_ascii_uppercase();
        let begins = |words: &[&str]| words.iter().any(|word| sql.starts_with(word));
        // One statement that writes, checks and shows its rows is a whole transaction on MariaDB, a `WITH` on PostgreSQL.
        let writes = ["INSERT INTO", "UPDATE ", "DELETE FROM"];
        match () {
            () if begins(&["COMMIT"]) => Self::Commit,
            () if begins(&["ROLLBACK"]) => Self::RollBack,
            () if begins(&["SET", "SAVEPOINT", "RELEASE", "SHOW"]) && !sql.contains("START") => {
                Self::Other
            }
            () if writes.iter().any(|word| sql.contains(word)) => Self::Write,
            () if begins(&["BEGIN", "START", "SET"]) => Self::Begin,
            () => Self::Read,
        }
    }
}

/// An error that a stand-in answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    /// The SQLSTATE of PostgreSQL, the number of MySQL.
    pub(super) code: &'static str,
    /// Whether the server closes the connection, too.
    pub(super) closes: bool,
}

/// Which statements a stand-in treats otherwise than the real server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) fate: Fate,
    /// The part of the statements.
    pub(super) part: Part,
    /// How many statements are passed on before the first one; more, until there is one of that part.
    pub(super) first: usize,
    /// Whether each further one of the same part is treated so, too.
    pub(super) persists: bool,
}

#[derive(Debug, Default)]
struct State {
    plan: Option<Plan>,
    /// The parts of the statements that were sent since the plan was made.
    sent: Vec<Part>,
    /// The places of those that were treated otherwise.
    met: Vec<usize>,
}

/// How a stand-in treats a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    PassOn,
    Refuse(Refusal),
    /// The real server carries it out, and its answer is replaced.
    Replace(Refusal),
    /// The real server ends the transaction, which is not told, and then carries it out.
    EndBefore,
}

#[derive(Clone)]
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    /// Whether it says that it is one of a cluster of MariaDB.
    pub(super) is_in_cluster: bool,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    pub(super) async fn before(kind: Kind, server: SocketAddr, is_in_cluster: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::default();
        let stand_in = Self {
            address,
            is_in_cluster,
            state,
        };
        let accepting = stand_in.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let stand_in = accepting.clone();
                tokio::spawn(async move {
                    let server = TcpStream::connect(server).await.expect("the server");
                    drop((client.set_nodelay(true), server.set_nodelay(true)));
                    // A connection ends when one of its sides does.
                    drop(match kind {
                        Kind::Postgres => postgres::pass_on(&stand_in, client, server).await,
                        Kind::MySql => mysql::pass_on(&stand_in, client, server).await,
                        Kind::Sqlite => unreachable!("it is no server"),
                    });
                });
            }
        });
        stand_in
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Counts statements from 0 on, and treats some as planned.
    pub(super) fn plan(&self, plan: Option<Plan>) {
        *self.state() = State {
            plan,
            ..State::default()
        };
    }

    /// Returns the parts of the statements since the plan, and the place of the first one that was treated otherwise.
    pub(super) fn seen(&self) -> (Vec<Part>, Option<usize>) {
        let state = self.state();
        (state.sent.clone(), state.met.first().copied())
    }

    /// Returns what to do with a statement that a client has sent.
    pub(super) fn fate(&self, sql: &str) -> Fate {
        let part = Part::of(sql);
        let mut state = self.state();
        let at = state.sent.len();
        state.sent.push(part);
        let Some(plan) = state.plan else {
            return Fate::PassOn;
        };
        let is_over = !plan.persists && !state.met.is_empty();
        if at < plan.first || part != plan.part || is_over {
            return Fate::PassOn;
        }
        state.met.push(at);
        plan.fate
    }
}
