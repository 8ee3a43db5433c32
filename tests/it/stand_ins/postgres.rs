//! The messages of PostgreSQL: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

use std::{collections::HashMap, io};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::stand_in::{Fate, Part, Refusal, StandIn};

/// A message: its type, and all of its bytes.
struct Message(u8, Vec<u8>);

async fn message(from: &mut TcpStream) -> io::Result<Message> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await?;
    let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
    let mut bytes = head.to_vec();
    bytes.resize(length as usize + 1, 0);
    from.read_exact(&mut bytes[5..]).await?;
    Ok(Message(head[0], bytes))
}

/// Returns the text that begins at a place and ends before a zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

/// Reads what the server says until it waits for the next statement; returns the bytes and the state of the transaction.
async fn answer(server: &mut TcpStream) -> io::Result<(Vec<u8>, u8)> {
    let mut answer = Vec::new();
    loop {
        let Message(kind, bytes) = message(server).await?;
        answer.extend(&bytes);
        if kind == b'Z' {
            return Ok((answer, bytes[5]));
        }
    }
}

/// Returns the messages of an error, after which the transaction has a state.
fn error(refusal: Refusal, state: u8) -> Vec<u8> {
    let severity = if refusal.closes { "FATAL" } else { "ERROR" };
    let mut fields = Vec::new();
    for (field, value) in [
        ('S', severity),
        ('V', severity),
        ('C', refusal.code),
        ('M', "the stand-in"),
    ] {
        fields.extend(format!("{field}{value}\0").bytes());
    }
    fields.push(0);
    let length = u32::try_from(fields.len() + 4).expect("a short message");
    let mut bytes = vec![b'E'];
    bytes.extend(length.to_be_bytes());
    bytes.extend(fields);
    if !refusal.closes {
        bytes.extend([b'Z', 0, 0, 0, 5, state]);
    }
    bytes
}

fn query(sql: &str) -> Vec<u8> {
    let length = u32::try_from(sql.len() + 5).expect("a short statement");
    let mut bytes = vec![b'Q'];
    bytes.extend(length.to_be_bytes());
    bytes.extend(sql.bytes());
    bytes.push(0);
    bytes
}

/// A client, a server, and how far they have come.
struct Connection {
    client: TcpStream,
    server: TcpStream,
    /// The statements by their names.
    prepared: HashMap<String, String>,
    /// The state of the server's transaction.
    state: u8,
    /// Whether the client believes that a statement of the transaction has failed.
    has_failed: bool,
}

impl Connection {
    /// Passes on the first message, which has no type, and the answers to it.
    async fn begin(mut client: TcpStream, mut server: TcpStream) -> io::Result<Self> {
        let mut length = [0; 4];
        client.read_exact(&mut length).await?;
        let mut start = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut start).await?;
        server.write_all(&length).await?;
        server.write_all(&start).await?;
        let (greeting, state) = answer(&mut server).await?;
        client.write_all(&greeting).await?;
        Ok(Self {
            client,
            server,
            prepared: HashMap::new(),
            state,
            has_failed: false,
        })
    }

    /// Reads the messages that a client sends before it waits, and their statement; its text is empty if there is none.
    async fn statement(&mut self) -> io::Result<(Vec<u8>, String)> {
        let (mut sent, mut sql) = (Vec::new(), String::new());
        loop {
            let Message(kind, bytes) = message(&mut self.client).await?;
            match kind {
                b'Q' => sql = text(&bytes[5..]),
                b'P' => {
                    let name = text(&bytes[5..]);
                    sql = text(&bytes[5 + name.len() + 1..]);
                    self.prepared.insert(name, sql.clone());
                }
                b'B' => {
                    let portal = text(&bytes[5..]);
                    let name = text(&bytes[5 + portal.len() + 1..]);
                    let known = self.prepared.get(&name);
                    sql.clone_from(known.expect("a prepared statement"));
                }
                _ => {}
            }
            sent.extend(bytes);
            if matches!(kind, b'Q' | b'S' | b'X') {
                return Ok((sent, sql));
            }
        }
    }

    /// Sends messages to the server, and returns its answer.
    async fn ask(&mut self, sent: &[u8]) -> io::Result<Vec<u8>> {
        self.server.write_all(sent).await?;
        let (bytes, state) = answer(&mut self.server).await?;
        self.state = state;
        Ok(bytes)
    }

    /// Answers a statement in a failed transaction as a server does: by an error, and a `COMMIT` by a rollback.
    async fn in_failed(&mut self, part: Part) -> io::Result<()> {
        let bytes = if part == Part::Commit {
            self.has_failed = false;
            self.ask(&query("ROLLBACK")).await?
        } else {
            let refusal = Refusal {
                code: "25P02",
                closes: false,
            };
            error(refusal, b'E')
        };
        self.client.write_all(&bytes).await
    }

    /// Answers a statement by an error, after which the transaction is as that of a real server.
    async fn refuse(&mut self, refusal: Refusal, part: Part) -> io::Result<()> {
        let is_open = self.state == b'T';
        if is_open && part == Part::Commit && !refusal.closes {
            self.ask(&query("ROLLBACK")).await?;
        }
        self.has_failed = is_open && part != Part::Commit;
        let state = if self.has_failed { b'E' } else { self.state };
        self.client.write_all(&error(refusal, state)).await
    }
}

/// Passes messages on until one side ends.
pub(super) async fn pass_on(
    stand_in: &StandIn,
    client: TcpStream,
    server: TcpStream,
) -> io::Result<()> {
    let mut connection = Connection::begin(client, server).await?;
    loop {
        let (sent, sql) = connection.statement().await?;
        let part = Part::of(&sql);
        // Without a text it is a test of the connection, or the end of a prepared statement.
        if !sql.is_empty() && connection.has_failed && part != Part::RollBack {
            connection.in_failed(part).await?;
            continue;
        }
        let fate = match sql.is_empty() {
            true => Fate::PassOn,
            false => stand_in.fate(&sql),
        };
        let refusal = match fate {
            Fate::PassOn => {
                connection.has_failed &= sql.is_empty();
                let bytes = connection.ask(&sent).await?;
                connection.client.write_all(&bytes).await?;
                continue;
            }
            Fate::EndBefore => unreachable!("no cluster of PostgreSQL does that"),
            Fate::Refuse(refusal) => refusal,
            Fate::Replace(refusal) => {
                connection.ask(&sent).await?;
                refusal
            }
        };
        connection.refuse(refusal, part).await?;
        if refusal.closes {
            return Ok(());
        }
    }
}
