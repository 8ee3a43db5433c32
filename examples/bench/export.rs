//! The whole list of parts, streamed in a format: how long it takes, and how much memory it takes of a server that does
//! nothing else.

use std::{
    fmt,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    BoxError, data,
    http::{self, Request},
    server::{Contender, Server},
};

/// The most memory in KiB that an export may take above an idle server.
const MOST: u32 = 16 * 1024;

/// What one export took.
pub(crate) struct Exported {
    format: &'static str,
    rows: usize,
    bytes: usize,
    time: Duration,
    /// In KiB, before it and the most during it.
    idle: u32,
    peak: u32,
}

/// Measures an export in a format, which writes `head` lines before the first row.
pub(crate) fn measure(url: &str, format: &'static str, head: usize) -> Result<Exported, BoxError> {
    let server = Server::start(Contender::Ours, url)?;
    // What the first answer takes is no export's.
    drop(http::send(server.address, &Request::get("/api/parts/"))?);
    let idle = server.idle_memory()?;
    let started = Instant::now();
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    // In this version a body has no chunks, and ends with its connection.
    let request =
        format!("GET /api/parts/?page=all&format={format} HTTP/1.0\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::with_capacity(64 * 1024, stream);
    let mut header = String::new();
    while header != "\r\n" {
        header.clear();
        if answer.read_line(&mut header)? == 0 {
            return Err("the answer ends in its headers".into());
        }
    }
    let (mut lines, mut bytes) = (0, 0);
    loop {
        let part = answer.fill_buf()?;
        let read = part.len();
        if read == 0 {
            break;
        }
        // No cell of these rows has a line break.
        lines += part.iter().filter(|byte| **byte == b'\n').count();
        bytes += read;
        answer.consume(read);
    }
    let rows = lines - head;
    let exported = Exported {
        format,
        rows,
        bytes,
        time: started.elapsed(),
        idle,
        peak: server.peak_memory()?,
    };
    if exported.peak.saturating_sub(idle) > MOST {
        Err(format!("too much memory: {exported}").into())
    } else if rows == usize::try_from(data::PARTS)? {
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
            "The whole list by `format={}`: {} rows, {} MB in {:.2} s; most memory above the {:.1} MiB of an idle server: {:.1} MiB.",
            self.format,
            self.rows,
            self.bytes / 1_000_000,
            self.time.as_secs_f64(),
            f64::from(self.idle) / 1024.0,
            f64::from(above) / 1024.0
        )
    }
}
