//! The commands that run the scripts of this folder, beside the examples of the guide's chapter and what npm and pip
//! install, below `target`.

use std::{fs, path::Path, process::Command, sync::Mutex};

use tempfile::TempDir;

use crate::programs::{libraries, packages};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clients");
const CHAPTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide/clients.md");

/// Where the examples of the chapter find the API.
pub(super) const ANYWHERE: &str = "http://localhost:8000/api";

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
    let programs = packages(&Path::new(SCRIPTS).join("requirements.txt"), &folder)?;
    let mut command = Command::new(programs.join("python"));
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
pub(super) fn examples() -> Vec<(String, String)> {
    let chapter = fs::read_to_string(CHAPTER).expect("the chapter");
    let blocks = chapter.split("```").skip(1).step_by(2);
    let named = blocks.filter_map(|block| {
        let (language, code) = block.split_once('\n')?;
        let comment = match language {
            "js" | "ts" => "// ",
            "python" => "# ",
            _ => return None,
        };
        let name = code.lines().next()?.strip_prefix(comment)?;
        Some((name.to_owned(), code.to_owned()))
    });
    named.collect()
}
