//! Where and when it was measured.

use std::{
    env, fs,
    thread::available_parallelism,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::BoxError;

/// The processor, its cores, and the memory.
pub(crate) fn description() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let cores = available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal").and_then(|words| gibibytes(&words));
    let memory = memory.map_or_else(String::new, |memory| format!(", {memory} GiB"));
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{processor}, {cores} cores{memory}, Linux {}",
        system.trim()
    )
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn gibibytes(words: &str) -> Option<u64> {
    let kibibytes: u64 = words.split_whitespace().next()?.parse().ok()?;
    Some((kibibytes + (1 << 19)) >> 20)
}

/// The command that runs it as it was run.
pub(crate) fn command() -> String {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let command = "cargo run --release --example bench";
    if arguments.is_empty() {
        command.to_owned()
    } else {
        format!("{command} -- {}", arguments.join(" "))
    }
}

/// Today in UTC, as `2026-11-22`.
pub(crate) fn today() -> Result<String, BoxError> {
    let mut days = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
    let mut year = 1970;
    let leap = |year: u32| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    Ok(format!("{year}-{month:02}-{:02}", days + 1))
}
