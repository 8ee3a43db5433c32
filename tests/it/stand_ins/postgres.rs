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

/// Rolls the real server's transaction back.
async fn roll_back(server: &mut TcpStream) -> io::Result<()> {
    server.write_all(&query("ROLLBACK")).await?;
    answer(server).await.map(drop)
}

/// Passes messages on until one side ends.
pub(super) async fn pass_on(
    stand_in: &StandIn,
    mut client: TcpStream,
    mut server: TcpStream,
) -> io::Result<()> {
    // The first message has no type.
    let mut length = [0; 4];
    client.read_exact(&mut length).await?;
    let mut start = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut start).await?;
    server.write_all(&length).await?;
    server.write_all(&start).await?;
    let (greeting, mut state) = answer(&mut server).await?;
    client.write_all(&greeting).await?;

    let mut prepared = HashMap::new();
    let mut has_failed = false;
    loop {
        let (mut sent, mut sql) = (Vec::new(), String::new());
        loop {
            let Message(kind, bytes) = message(&mut client).await?;
            match kind {
                b'Q' => sql = text(&bytes[5..]),
                b'P' => {
                    let name = text(&bytes[5..]);
                    sql = text(&bytes[5 + name.len() + 1..]);
                    prepared.insert(name, sql.clone());
                }
                b'B' => {
                    let portal = text(&bytes[5..]);
                    let name = text(&bytes[5 + portal.len() + 1..]);
                    sql.clone_from(prepared.get(&name).expect("a prepared statement"));
                }
                _ => {}
            }
            sent.extend(bytes);
            if matches!(kind, b'Q' | b'S' | b'X') {
                break;
            }
        }
        if sql.is_empty() {
            // A test of the connection, or the end of a prepared statement.
            server.write_all(&sent).await?;
            let (bytes, _) = answer(&mut server).await?;
            client.write_all(&bytes).await?;
            continue;
        }
        let part = Part::of(&sql);
        // A server answers nothing in a failed transaction, and rolls it back when it is to be committed.
        if has_failed && part != Part::RollBack {
            let refusal = Refusal {
                code: "25P02",
                closes: false,
            };
            let bytes = match part {
                Part::Commit => {
                    server.write_all(&query("ROLLBACK")).await?;
                    has_failed = false;
                    let (bytes, now) = answer(&mut server).await?;
                    state = now;
                    bytes
                }
                _ => error(refusal, b'E'),
            };
            client.write_all(&bytes).await?;
            continue;
        }
        has_failed = false;
        let refusal = match stand_in.fate(&sql) {
            Fate::PassOn => {
                server.write_all(&sent).await?;
                let (bytes, now) = answer(&mut server).await?;
                state = now;
                client.write_all(&bytes).await?;
                continue;
            }
            Fate::Refuse(refusal) => refusal,
            Fate::Replace(refusal) => {
                server.write_all(&sent).await?;
                state = answer(&mut server).await?.1;
                refusal
            }
        };
        if refusal.closes {
            return client.write_all(&error(refusal, state)).await;
        }
        has_failed = state == b'T' && part != Part::Commit;
        if state == b'T' && part == Part::Commit {
            roll_back(&mut server).await?;
            state = b'I';
        }
        let now = if has_failed { b'E' } else { state };
        client.write_all(&error(refusal, now)).await?;
    }
}
