//! Scripts that drive a browser, run by Node.js against a server of the test.
//!
//! Chromium is at `TEST_CHROMIUM`, else where Debian has it. Where it, Node.js or a library is missing the tests are
//! skipped, unless `TEST_DATABASES=all` makes that a failure.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::Deserialize;

use crate::{
    databases::skipped,
    programs::{self, output},
};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/browser");
const CHROMIUM: &str = "/usr/bin/chromium";

/// What a script prints.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) findings: Vec<Finding>,
    /// The pages that were checked.
    pub(crate) pages: Vec<String>,
    /// The files that were written.
    pub(crate) files: Vec<PathBuf>,
}

/// Something that is wrong with a page.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) check: String,
    pub(crate) what: String,
    pub(crate) page: String,
    pub(crate) step: String,
    pub(crate) javascript: bool,
    /// The windows and color schemes it was seen in, of a check that looks at several.
    pub(crate) views: Vec<String>,
}

impl Report {
    /// # Panics
    ///
    /// When anything was found, with all of it, or no page was checked.
    pub(crate) fn assert_clean(&self, name: &str) {
        assert!(self.findings.is_empty(), "{name}:\n{}", self.words());
        assert!(!self.pages.is_empty(), "{name} comes to no page");
    }

    /// All findings, for people.
    pub(crate) fn words(&self) -> String {
        let words = self.findings.iter().map(Finding::words);
        words.collect::<Vec<_>>().join("\n")
    }
}

impl Finding {
    fn words(&self) -> String {
        let Self {
            check,
            what,
            page,
            step,
            ..
        } = self;
        let scripts = if self.javascript { "with" } else { "without" };
        let views = self.views.join("; ");
        format!("- {page} {scripts} JavaScript {views}\n  step {step}\n  {check}: {what}")
    }
}

/// Runs a script, while no other test does, for a time at most; `None` if the test is skipped.
pub(crate) async fn run(
    script: &str,
    arguments: &[&str],
    limit: Duration,
) -> Option<Result<Report, String>> {
    let script = Path::new(SCRIPTS).join(script);
    let arguments: Vec<_> = arguments.iter().map(|&one| one.to_owned()).collect();
    let run = move || {
        let _turn = turn()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
        let libraries = programs::libraries(Path::new(SCRIPTS), &folder)?;
        let temporary = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("node");
        command
            .arg(script)
            .args(arguments)
            .env("BROWSER_LIBRARIES", libraries)
            .env("TMPDIR", temporary.path());
        let report = output(command, limit).and_then(|output| {
            serde_json::from_str(&output).map_err(|error| format!("{error}: {output}"))
        });
        Ok(report)
    };
    let running = tokio::task::spawn_blocking(run);
    let ran: Result<_, String> = running.await.expect("a script that is run or skipped");
    if let Err(reason) = &ran {
        skipped("in a browser", reason);
    }
    ran.ok()
}

/// Waits until no other test drives a browser, for two on a busy machine make each other late; or says that there is none.
pub(crate) fn turn() -> Result<fs::File, String> {
    let chromium = env::var("TEST_CHROMIUM").unwrap_or_else(|_| CHROMIUM.to_owned());
    if !Path::new(&chromium).is_file() {
        return Err(format!("{chromium} is missing: install Debian's chromium"));
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let turn = fs::File::create(folder.join("browser.lock")).expect("a file");
    turn.lock().expect("a lock");
    Ok(turn)
}
