//! The load, from a process of its own: connections that each ask the next thing as soon as they are answered.

use std::{
    env,
    io::{Read, Write, stdin},
    net::SocketAddr,
    process::{Command, Stdio},
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    BoxError,
    http::{Answer, Request},
};

/// What to ask, how hard, and how long the bodies of the answers are.
pub(crate) struct Load<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) requests: &'a [Request],
    pub(crate) connections: u32,
    pub(crate) time: Duration,
    pub(crate) least: usize,
    pub(crate) most: usize,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    pub(crate) requests: u32,
    pub(crate) time: Duration,
    pub(crate) median: Duration,
    /// 99 of 100 answers took at most this long.
    pub(crate) slow: Duration,
}

impl Load<'_> {
    /// Runs it in a process of its own. One failed request is an error.
    pub(crate) fn run(&self) -> Result<Loaded, BoxError> {
        let mut process = Command::new(env::current_exe()?)
            .arg("load")
            .arg(self.address.to_string())
            .arg(self.connections.to_string())
            .arg(self.time.as_micros().to_string())
            .arg(self.least.to_string())
            .arg(self.most.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = process.stdin.take().ok_or("the load has no input")?;
        let lines: Vec<_> = self.requests.iter().map(Request::to_line).collect();
        input.write_all(lines.join("\n").as_bytes())?;
        drop(input);
        let output = process.wait_with_output()?;
        if !output.status.success() {
            return Err("the load failed".into());
        }
        let output = String::from_utf8(output.stdout)?;
        let mut numbers = output.split_whitespace().map(str::to_owned);
        let requests = next(&mut numbers)?;
        let mut time = || next(&mut numbers).map(Duration::from_micros);
        Ok(Loaded {
            requests,
            time: time()?,
            median: time()?,
            slow: time()?,
        })
    }
}

fn next<T: FromStr>(words: &mut impl Iterator<Item = String>) -> Result<T, BoxError> {
    let word = words.next().ok_or("a number is missing")?;
    word.parse()
        .map_err(|_| format!("{word} is no number").into())
}

/// `bench load ADDRESS CONNECTIONS MICROSECONDS LEAST MOST`, with the requests on its input, a line each.
pub(crate) fn main(mut arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let address: SocketAddr = next(&mut arguments)?;
    let connections: u64 = next(&mut arguments)?;
    let time = Duration::from_micros(next(&mut arguments)?);
    let lengths = (next(&mut arguments)?, next(&mut arguments)?);
    let mut lines = String::new();
    stdin().read_to_string(&mut lines)?;
    let ready = |line| {
        let request = Request::of_line(line)?;
        Ok((request.to_bytes(), request.expected()))
    };
    let requests: Result<Arc<[Ready]>, BoxError> = lines.lines().map(ready).collect();
    let requests = requests?;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut times, elapsed) = runtime.block_on(async {
        let all = ask_all(address, connections, time, lengths, requests);
        let limit = time + Duration::from_secs(10);
        let late = |_| "answers are missing ten seconds after the end";
        tokio::time::timeout(limit, all).await.map_err(late)?
    })?;
    times.sort_unstable();
    let at = |hundredth: usize| times.get(times.len() * hundredth / 100);
    let (Some(median), Some(slow)) = (at(50), at(99)) else {
        return Err("nothing was answered".into());
    };
    let (requests, elapsed) = (times.len(), elapsed.as_micros());
    let (median, slow) = (median.as_micros(), slow.as_micros());
    println!("{requests} {elapsed} {median} {slow}");
    Ok(())
}

/// The bytes of a request, and the start of the right answer.
type Ready = (Vec<u8>, &'static str);

async fn ask_all(
    address: SocketAddr,
    connections: u64,
    time: Duration,
    lengths: (usize, usize),
    requests: Arc<[Ready]>,
) -> Result<(Vec<Duration>, Duration), BoxError> {
    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    // Each load asks in another order: one that repeated the writes of the last would change nothing.
    let seed = u64::from(std::process::id()) << 16;
    for (number, stream) in (seed + 1..).zip(streams) {
        let until = started + time;
        tasks.spawn(ask(stream, Arc::clone(&requests), number, until, lengths));
    }
    let mut times = Vec::new();
    while let Some(task) = tasks.join_next().await {
        times.extend(task??);
    }
    Ok((times, started.elapsed()))
}

/// Asks on one connection until it is time to stop; how long each answer took.
async fn ask(
    mut stream: TcpStream,
    requests: Arc<[Ready]>,
    seed: u64,
    until: Instant,
    (least, most): (usize, usize),
) -> Result<Vec<Duration>, BoxError> {
    let mut random = Random(seed);
    let mut times = Vec::new();
    let mut buffer = Vec::with_capacity(256 * 1024);
    loop {
        let started = Instant::now();
        if started >= until {
            return Ok(times);
        }
        let (request, expected) = random.pick(&requests).ok_or("there is nothing to ask")?;
        stream.write_all(request).await?;
        let answer = read(&mut stream, &mut buffer, expected).await?;
        times.push(started.elapsed());
        if !(least..=most).contains(&answer.body) {
            let length = answer.body;
            return Err(format!("a body has {length} bytes, not {least} to {most}").into());
        }
    }
}

/// Reads one answer, which is all that arrives.
async fn read(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    expected: &str,
) -> Result<Answer, BoxError> {
    buffer.clear();
    let mut answer = None;
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server hung up".into());
        }
        if answer.is_none() {
            answer = Answer::read(buffer, expected)?;
        }
        match answer {
            Some(answer) if buffer.len() == answer.whole() => return Ok(answer),
            Some(answer) if buffer.len() > answer.whole() => {
                return Err("an answer is longer than it says".into());
            }
            _ => {}
        }
    }
}

/// Xorshift: as random as it needs to be.
struct Random(u64);

impl Random {
    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let length = u64::try_from(from.len()).ok()?;
        let number = self.0.checked_rem(length)?;
        from.get(usize::try_from(number).ok()?)
    }
}
