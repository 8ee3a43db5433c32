//! As much of HTTP/1.1 as it takes to ask these servers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::BoxError;

pub(crate) fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\r\n").into()
}

/// The parts of an answer in a buffer.
pub(crate) struct Answer {
    pub(crate) head: usize,
    pub(crate) body: usize,
}

impl Answer {
    /// Reads the head of an answer; nothing until it is there as a whole.
    pub(crate) fn read(buffer: &[u8]) -> Result<Option<Self>, BoxError> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = str::from_utf8(&buffer[..end])?;
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(format!("a request failed: {head}").into());
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim())
        });
        let body = length.ok_or("an answer does not say its length")?.parse()?;
        Ok(Some(Self {
            head: end + 4,
            body,
        }))
    }

    pub(crate) fn whole(&self) -> usize {
        self.head + self.body
    }
}

/// The body of one answer.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>, BoxError> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(&request(path))?;
    let mut buffer = Vec::new();
    loop {
        let mut part = [0; 16 * 1024];
        let read = stream.read(&mut part)?;
        buffer.extend_from_slice(&part[..read]);
        match Answer::read(&buffer).map_err(|error| format!("{path}: {error}"))? {
            Some(answer) if buffer.len() >= answer.whole() => {
                return Ok(buffer.split_off(answer.head));
            }
            _ if read == 0 => return Err(format!("{path}: the answer ends early").into()),
            _ => {}
        }
    }
}

pub(crate) fn json(address: SocketAddr, path: &str) -> Result<Value, BoxError> {
    Ok(serde_json::from_slice(&get(address, path)?)?)
}
