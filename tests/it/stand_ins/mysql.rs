//! The packets of MySQL and MariaDB: <https://mariadb.com/docs/server/reference/clientserver-protocol>.

use std::{collections::HashMap, io};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::stand_in::{Fate, Refusal, StandIn};

const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;

/// The errors after which the server has rolled the whole transaction back.
const ENDING: [&str; 4] = ["1213", "9007", "8022", "8028"];

/// A packet, with its length and number before it.
async fn packet(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
    let mut bytes = head.to_vec();
    bytes.resize(4 + length, 0);
    from.read_exact(&mut bytes[4..]).await?;
    Ok(bytes)
}

fn command(kind: u8, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len() + 1).expect("a short statement");
    let mut bytes = length.to_le_bytes();
    bytes[3] = 0;
    let mut bytes = bytes.to_vec();
    bytes.push(kind);
    bytes.extend(text.bytes());
    bytes
}

fn error(refusal: Refusal) -> Vec<u8> {
    let number: u16 = refusal.code.parse().expect("a number");
    let state = match number {
        1048 | 1062 | 1452 | 4025 => "23000",
        1047 | 1053 => "08S01",
        1213 => "40001",
        _ => "HY000",
    };
    let mut body = vec![0xff];
    body.extend(number.to_le_bytes());
    body.extend(format!("#{state}the stand-in").bytes());
    let length = u32::try_from(body.len()).expect("a short message");
    let mut bytes = length.to_le_bytes();
    bytes[3] = 1;
    let mut bytes = bytes.to_vec();
    bytes.extend(body);
    bytes
}

/// Passes the server's answers on, and the client's commands unless they are refused, until one side ends.
pub(super) async fn pass_on(
    stand_in: &StandIn,
    mut client: TcpStream,
    mut server: TcpStream,
) -> io::Result<()> {
    client.write_all(&packet(&mut server).await?).await?;
    loop {
        server.write_all(&packet(&mut client).await?).await?;
        let answer = packet(&mut server).await?;
        client.write_all(&answer).await?;
        if matches!(answer[4], 0x00 | 0xff) {
            break;
        }
    }
    let mut prepared: HashMap<u32, String> = HashMap::new();
    let mut preparing = None;
    let mut bytes = vec![0; 16_384];
    loop {
        let mut first = [0; 1];
        let sent = tokio::select! {
            read = server.read(&mut bytes) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                // The answer to a preparation begins with 0 and the statement's number.
                if let Some(sql) = preparing.take()
                    && read >= 9
                    && bytes[4] == 0
                {
                    let id = bytes[5..9].try_into().expect("four bytes");
                    prepared.insert(u32::from_le_bytes(id), sql);
                }
                client.write_all(&bytes[..read]).await?;
                continue;
            }
            read = client.peek(&mut first) => {
                if read? == 0 {
                    return Ok(());
                }
                packet(&mut client).await?
            }
        };
        let sql = match sent[4] {
            QUERY | PREPARE => String::from_utf8_lossy(&sent[5..]).into_owned(),
            EXECUTE => {
                let id = sent[5..9].try_into().expect("four bytes");
                prepared[&u32::from_le_bytes(id)].clone()
            }
            // A test of the connection, or the end of one or of a prepared statement.
            _ => {
                server.write_all(&sent).await?;
                continue;
            }
        };
        preparing = (sent[4] == PREPARE).then(|| sql.clone());
        let refusal = match stand_in.fate(&sql) {
            Fate::PassOn => {
                server.write_all(&sent).await?;
                continue;
            }
            Fate::Refuse(refusal) => refusal,
            Fate::Replace(refusal) => {
                server.write_all(&sent).await?;
                packet(&mut server).await?;
                refusal
            }
        };
        preparing = None;
        if ENDING.contains(&refusal.code) {
            server.write_all(&command(QUERY, "ROLLBACK")).await?;
            packet(&mut server).await?;
        }
        client.write_all(&error(refusal)).await?;
        if refusal.closes {
            return Ok(());
        }
    }
}
