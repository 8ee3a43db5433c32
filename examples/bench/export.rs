//! The whole list of parts, streamed: how long it takes, and how much memory it takes of a server that does nothing else.

use std::{
    fmt,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    BoxError, data,
    http::{self, Request},
    server::{Contender, Server},
};

const PATH: &str = "/api/parts/?page=all&format=ndjson";

/// What one export took.
pub(crate) struct Exported {
    rows: usize,
    bytes: usize,
    time: Duration,
    /// In KiB, before it and the most during it.
    idle: u32,
    peak: u32,
}

pub(crate) fn measure(url: &str) -> Result<Exported, BoxError> {
    let server = Server::start(Contender::Ours, url)?;
    // What the first answer takes is no export's.
    drop(http::send(server.address, &Request::get("/api/parts/"))?);
    let idle = server.idle_memory()?;
    let started = Instant::now();
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    // In this version a body has no chunks, and ends with its connection.
    let request = format!("GET {PATH} HTTP/1.0\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let (mut rows, mut bytes, mut last) = (0, 0, 0);
    let mut part = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut part)?;
        if read == 0 {
            break;
        }
        let part = &part[..read];
        rows += part.windows(2).filter(|two| two == b"}\n").count();
        rows += usize::from(last == b'}' && part[0] == b'\n');
        (bytes, last) = (bytes + read, part[read - 1]);
    }
    let exported = Exported {
        rows,
        bytes,
        time: started.elapsed(),
        idle,
        peak: server.peak_memory()?,
    };
    if rows == usize::try_from(data::PARTS)? {
        Ok(exported)
    } else {
        Err(format!("the export has {rows} rows of {}", data::PARTS).into())
    }
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.peak.saturating_sub(self.idle);
        write!(
            f,
            "The whole list as NDJSON: {} rows, {} MB in {:.2} s; most memory above the {:.1} MiB of an idle server: {:.1} MiB.",
            self.rows,
            self.bytes / 1_000_000,
            self.time.as_secs_f64(),
            f64::from(self.idle) / 1024.0,
            f64::from(above) / 1024.0
        )
    }
}
