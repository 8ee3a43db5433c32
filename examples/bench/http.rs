//! As much of HTTP/1.1 as it takes to ask these servers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::BoxError;

/// A request of a case, and the line of text by which another process is told of it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    accept: &'static str,
    pub(crate) path: String,
    /// JSON on one line; empty without a body.
    body: String,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path, String::new())
    }

    /// A GET as a browser sends it.
    pub(crate) fn web_page(path: &str) -> Self {
        Self {
            accept: "text/html",
            ..Self::get(path)
        }
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path, body.to_string())
    }

    pub(crate) fn patch(path: &str, body: &Value) -> Self {
        Self::new("PATCH", path, body.to_string())
    }

    fn new(method: &'static str, path: &str, body: String) -> Self {
        Self {
            method,
            accept: "application/json",
            path: path.to_owned(),
            body,
        }
    }

    pub(crate) fn to_line(&self) -> String {
        let Self {
            method,
            accept,
            path,
            body,
        } = self;
        format!("{method} {accept} {path} {body}")
    }

    pub(crate) fn of_line(line: &str) -> Result<Self, BoxError> {
        let mut parts = line.splitn(4, ' ');
        let missing = "a request takes a method, a media type and a path";
        let mut next = || parts.next().ok_or(missing);
        let method = match next()? {
            "GET" => "GET",
            "POST" => "POST",
            "PATCH" => "PATCH",
            other => return Err(format!("{other} is none of GET, POST and PATCH").into()),
        };
        let accept = match next()? {
            "text/html" => "text/html",
            _ => "application/json",
        };
        Ok(Self {
            accept,
            ..Self::new(method, next()?, next()?.to_owned())
        })
    }

    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// The start of the right answer.
    pub(crate) fn expected(&self) -> &'static str {
        match self.method {
            "POST" => "HTTP/1.1 201 ",
            _ => "HTTP/1.1 200 ",
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Self {
            method,
            accept,
            path,
            body,
        } = self;
        let content = match self.is_read() {
            true => String::new(),
            false => format!(
                "content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            ),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n{content}\r\n{body}"
        )
        .into()
    }
}

/// The parts of an answer in a buffer.
pub(crate) struct Answer {
    pub(crate) head: usize,
    pub(crate) body: usize,
}

impl Answer {
    /// Reads the head of an answer; nothing until it is there as a whole. It must start as `expected`.
    pub(crate) fn read(buffer: &[u8], expected: &str) -> Result<Option<Self>, BoxError> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = str::from_utf8(&buffer[..end])?;
        if !head.starts_with(expected) {
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
pub(crate) fn send(address: SocketAddr, request: &Request) -> Result<Vec<u8>, BoxError> {
    let (path, expected) = (&request.path, request.expected());
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(&request.to_bytes())?;
    let mut buffer = Vec::new();
    loop {
        let mut part = [0; 16 * 1024];
        let read = stream.read(&mut part)?;
        buffer.extend_from_slice(&part[..read]);
        match Answer::read(&buffer, expected).map_err(|error| format!("{path}: {error}"))? {
            Some(answer) if buffer.len() >= answer.whole() => {
                return Ok(buffer.split_off(answer.head));
            }
            _ if read == 0 => return Err(format!("{path}: the answer ends early").into()),
            _ => {}
        }
    }
}

pub(crate) fn json(address: SocketAddr, request: &Request) -> Result<Value, BoxError> {
    Ok(serde_json::from_slice(&send(address, request)?)?)
}
