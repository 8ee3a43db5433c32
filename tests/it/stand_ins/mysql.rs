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

/// The question whether the server is one of a cluster, and one that is answered as by such a server.
const IS_IN_CLUSTER: &[u8] = b"SHOW SESSION VARIABLES LIKE 'wsrep_on'";
const IN_CLUSTER: &str = "SELECT 'wsrep_on', 'ON'";

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
    let message = match number {
        1290 => "The stand-in is running with the --read-only option",
        _ => "the stand-in",
    };
    body.extend(format!("#{state}{message}").bytes());
    let length = u32::try_from(body.len()).expect("a short message");
    let mut bytes = length.to_le_bytes();
    bytes[3] = 1;
    let mut bytes = bytes.to_vec();
    bytes.extend(body);
    bytes
}

/// A client, a server, and the statements that are prepared.
struct Connection {
    client: TcpStream,
    server: TcpStream,
    prepared: HashMap<u32, String>,
    /// The statement whose preparation the server is to answer.
    preparing: Option<String>,
}

impl Connection {
    /// Passes on all packets until the client is logged in.
    async fn begin(mut client: TcpStream, mut server: TcpStream) -> io::Result<Self> {
        client.write_all(&packet(&mut server).await?).await?;
        loop {
            server.write_all(&packet(&mut client).await?).await?;
            let answer = packet(&mut server).await?;
            client.write_all(&answer).await?;
            if matches!(answer[4], 0x00 | 0xff) {
                break;
            }
        }
        Ok(Self {
            client,
            server,
            prepared: HashMap::new(),
            preparing: None,
        })
    }

    /// Passes the server's answers on until the client sends a command, and returns that; `None` if one side has ended.
    async fn command(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (mut bytes, mut first) = (vec![0; 16_384], [0; 1]);
        loop {
            let read = tokio::select! {
                read = self.server.read(&mut bytes) => read?,
                read = self.client.peek(&mut first) => {
                    return match read? {
                        0 => Ok(None),
                        _ => packet(&mut self.client).await.map(Some),
                    };
                }
            };
            if read == 0 {
                return Ok(None);
            }
            // The answer to a preparation begins with 0 and the statement's number.
            if let Some(sql) = self.preparing.take()
                && read >= 9
                && bytes[4] == 0
            {
                self.prepared.insert(number(&bytes), sql);
            }
            self.client.write_all(&bytes[..read]).await?;
        }
    }

    /// Returns the statement of a command; `None` if it has none, such as a test of the connection.
    fn statement(&mut self, sent: &[u8]) -> Option<String> {
        match sent[4] {
            QUERY => Some(String::from_utf8_lossy(&sent[5..]).into_owned()),
            PREPARE => {
                let sql = String::from_utf8_lossy(&sent[5..]).into_owned();
                self.preparing = Some(sql.clone());
                Some(sql)
            }
            EXECUTE => Some(self.prepared[&number(sent)].clone()),
            _ => None,
        }
    }

    /// Answers a command by an error, after which the transaction is as that of a real server.
    async fn refuse(&mut self, refusal: Refusal) -> io::Result<()> {
        self.preparing = None;
        if ENDING.contains(&refusal.code) {
            self.roll_back().await?;
        }
        self.client.write_all(&error(refusal)).await
    }

    /// Ends the server's transaction, of which the client gets no answer.
    async fn roll_back(&mut self) -> io::Result<()> {
        self.server.write_all(&command(QUERY, "ROLLBACK")).await?;
        packet(&mut self.server).await.map(drop)
    }
}

/// Returns the number of a statement, after the first byte of a packet.
fn number(packet: &[u8]) -> u32 {
    u32::from_le_bytes(packet[5..9].try_into().expect("four bytes"))
}

/// Passes the server's answers on, and the client's commands unless they are refused, until one side ends.
pub(super) async fn pass_on(
    stand_in: &StandIn,
    client: TcpStream,
    server: TcpStream,
) -> io::Result<()> {
    let mut connection = Connection::begin(client, server).await?;
    while let Some(mut sent) = connection.command().await? {
        if stand_in.is_in_cluster && &sent[5..] == IS_IN_CLUSTER {
            sent = command(QUERY, IN_CLUSTER);
        }
        let sql = connection.statement(&sent);
        let fate = sql.map_or(Fate::PassOn, |sql| stand_in.fate(&sql));
        let refusal = match fate {
            Fate::PassOn => {
                connection.server.write_all(&sent).await?;
                continue;
            }
            Fate::EndBefore => {
                connection.roll_back().await?;
                connection.server.write_all(&sent).await?;
                continue;
            }
            Fate::Refuse(refusal) => refusal,
            Fate::Replace(refusal) => {
                connection.server.write_all(&sent).await?;
                packet(&mut connection.server).await?;
                refusal
            }
        };
        connection.refuse(refusal).await?;
        if refusal.closes {
            break;
        }
    }
    Ok(())
}
