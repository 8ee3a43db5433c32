//! The commands that run the scripts of this folder, beside the examples of the guide's chapter and what npm and pip
//! install, below `target`.

use std::{fs, path::Path, process::Command, sync::Mutex, time::Duration};

use tempfile::TempDir;

use crate::programs::{libraries, output};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clients");
const CHAPTER: &str = include_str!("../../../docs/guide/clients.md");

/// Where the examples of the chapter find the API.
const ANYWHERE: &str = "http://localhost:8000/api";

/// Held while something is installed.
static INSTALLING: Mutex<()> = Mutex::new(());

/// A command, and the folder that holds its script.
type Prepared = (Command, TempDir);

/// Returns the command that runs a script of Node.js against the API at `url`; or what is missing.
pub(super) fn node(script: &str, url: &str) -> Result<Prepared, String> {
    let _turn = INSTALLING.lock().expect("a lock");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    libraries(Path::new(SCRIPTS), &folder)?;
    let mut command = Command::new("node");
    // The libraries are found from a folder beside them.
    let scripts = scripts(&folder, url);
    command.arg(scripts.path().join(script)).arg(url);
    Ok((command, scripts))
}

/// Returns the command that runs a script of Python against the API at `url`; or what is missing.
pub(super) fn python(script: &str, url: &str) -> Result<Prepared, String> {
    let _turn = INSTALLING.lock().expect("a lock");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("frames");
    let needed = fs::read(Path::new(SCRIPTS).join("requirements.txt")).expect("a file");
    let installed = folder.join("installed");
    if !fs::read(&installed).is_ok_and(|installed| installed == needed) {
        let mut create = Command::new("python3");
        create.args(["-m", "venv"]).arg(&folder);
        output(create, Duration::from_secs(120))?;
        let mut install = Command::new(folder.join("bin/pip"));
        install
            .args(["install", "--quiet", "-r", "requirements.txt"])
            .current_dir(SCRIPTS);
        output(install, Duration::from_secs(600))?;
        fs::write(installed, needed).expect("a file");
    }
    let mut command = Command::new(folder.join("bin/python"));
    let scripts = scripts(&folder, url);
    command.arg(scripts.path().join(script)).arg(url);
    Ok((command, scripts))
}

/// Writes the scripts of this folder and the examples of the chapter into a new folder, for an API at `url`.
fn scripts(folder: &Path, url: &str) -> TempDir {
    let run = tempfile::tempdir_in(folder).expect("a folder");
    for entry in fs::read_dir(SCRIPTS).expect("a folder") {
        let from = entry.expect("an entry").path();
        let name = from.file_name().expect("a name");
        if from
            .extension()
            .is_some_and(|end| end == "mjs" || end == "py")
        {
            fs::copy(&from, run.path().join(name)).expect("a copy");
        }
    }
    for (name, example) in examples() {
        fs::write(run.path().join(name), example.replace(ANYWHERE, url)).expect("a file");
    }
    run
}

/// Returns the examples of the chapter that begin with the name of their file in a comment, such as `// grid.mjs`.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = CHAPTER.split("```").skip(1).step_by(2);
    let named = blocks.filter_map(|block| {
        let (language, code) = block.split_once('\n')?;
        let comment = match language {
            "js" => "// ",
            "python" => "# ",
            _ => return None,
        };
        let name = code.lines().next()?.strip_prefix(comment)?;
        Some((name, code))
    });
    named.collect()
}
