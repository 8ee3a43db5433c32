//! Clients that generators make of the document of the cars example, compiled and used, on every database.

use std::{env, fs, path::Path, process::Command, sync::Mutex, time::Duration};

use tempfile::TempDir;

use super::examples::{ANYWHERE, examples};
use crate::{
    cars::{filled, served},
    databases::{Kind, skipped},
    programs::{libraries, output, packages},
    server::get,
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clients/generated");

/// How long a generator, a compiler or a client may take, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(300);

/// Held while something is installed.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Commands to be run one after the other, in the folder that holds their files.
type Steps = (TempDir, Vec<Command>);

/// Takes steps for the cars on a fresh database of each kind. None of them may fail or warn, and the last must print `done`.
async fn walk(steps: fn(url: &str, document: &str) -> Result<Steps, String>) {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let address = served(&fresh).await;
        let document = get(address, "/api/openapi.json").await.body;
        let run = move || {
            let (_folder, commands) = steps(&format!("http://{address}/api"), &document)?;
            let run = |command: Command| (format!("{command:?}"), output(command, PATIENCE));
            Ok(commands.into_iter().map(run).collect::<Vec<_>>())
        };
        let ran: Result<_, String> = tokio::task::spawn_blocking(run).await.expect("commands");
        let ran = match ran {
            Ok(ran) => ran,
            Err(reason) => return skipped("of generated clients", &reason),
        };
        let mut last = String::new();
        for (command, printed) in ran {
            last = printed.unwrap_or_else(|words| panic!("{kind}: {command}: {words}"));
            let warns = last.to_lowercase().contains("warn");
            assert!(!warns, "{kind}: {command}: {last}");
        }
        assert!(last.ends_with("done\n"), "{kind}: {last}");
    }
}

/// A new folder in `folder` with the files of this test, the examples of the guide's chapter and the document.
fn files(folder: &Path, url: &str, document: &str) -> TempDir {
    let run = tempfile::tempdir_in(folder).expect("a folder");
    for entry in fs::read_dir(FILES).expect("a folder") {
        let from = entry.expect("an entry").path();
        let is_listed = from
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("package"));
        if !is_listed {
            fs::copy(&from, run.path().join(from.file_name().expect("a name"))).expect("a copy");
        }
    }
    for (name, example) in examples() {
        fs::write(run.path().join(name), example.replace(ANYWHERE, url)).expect("a file");
    }
    fs::write(run.path().join("openapi.json"), document).expect("a file");
    run
}

/// Returns a command in a folder, whose messages are part of what it prints.
fn command(folder: &TempDir, program: &Path, arguments: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"exec "$0" "$@" 2>&1"#])
        .arg(program)
        .args(arguments.split(' '))
        .current_dir(folder.path());
    command
}

fn typescript(url: &str, document: &str) -> Result<Steps, String> {
    let turn = INSTALLING.lock().expect("a lock");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
    let programs = libraries(Path::new(FILES), &folder)?.join("node_modules/.bin");
    drop(turn);
    let folder = files(&folder, url, document);
    let run = |program: &str, arguments| command(&folder, &programs.join(program), arguments);
    let node = |script: &str| command(&folder, Path::new("node"), &format!("{script} {url}"));
    let commands = vec![
        run("openapi-typescript", "openapi.json -o schema.ts"),
        run("orval", "--config ./orval.config.cjs"),
        run("tsc", "-p ."),
        node("built/use-fetch.js"),
        node("built/use-orval.js"),
    ];
    Ok((folder, commands))
}

fn python(url: &str, document: &str) -> Result<Steps, String> {
    let turn = INSTALLING.lock().expect("a lock");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated-python");
    let requirements = Path::new(FILES).join("requirements.txt");
    let programs = packages(&requirements, &folder)?;
    drop(turn);
    let folder = files(&folder, url, document);
    let path = env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", programs.display());
    let run = |program: &str, arguments: &str| {
        let mut command = command(&folder, &programs.join(program), arguments);
        command.env("PATH", &path);
        command
    };
    let generate = "generate --path openapi.json --meta none --output-path cars_client";
    let commands = vec![
        run("openapi-python-client", generate),
        run(
            "mypy",
            "--strict --config-file mypy.ini cars_client cars_api.py use_cars.py",
        ),
        run("python", &format!("-W error use_cars.py {url}")),
    ];
    Ok((folder, commands))
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_in_typescript_by_openapi_typescript_and_orval() {
    walk(typescript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_python_by_openapi_python_client() {
    walk(python).await;
}
