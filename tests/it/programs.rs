//! Programs that tests run, and what npm and pip install for them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The folder of the libraries that `package.json` in `scripts` names, installed once into `folder`; or what is missing.
pub(crate) fn libraries(scripts: &Path, folder: &Path) -> Result<PathBuf, String> {
    let mut node = Command::new("node");
    node.arg("--version");
    output(node, Duration::from_secs(60))?;
    let lock = fs::read(scripts.join("package-lock.json")).expect("the lock file");
    let installed = folder.join("installed");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(folder.to_owned());
    }
    fs::create_dir_all(folder).expect("a folder");
    for file in ["package.json", "package-lock.json"] {
        fs::copy(scripts.join(file), folder.join(file)).expect("a copy");
    }
    let mut command = Command::new("npm");
    command
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder);
    output(command, Duration::from_secs(300)).map_err(|error| format!("npm ci: {error}"))?;
    fs::write(installed, lock).expect("a file");
    Ok(folder.to_owned())
}

/// The folder of the programs of a virtual environment with the packages that a file names, installed once into `folder`; or
/// what is missing.
pub(crate) fn packages(requirements: &Path, folder: &Path) -> Result<PathBuf, String> {
    let wanted = fs::read(requirements).expect("the requirements");
    let (programs, installed) = (folder.join("bin"), folder.join("installed"));
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(folder);
    output(create, Duration::from_secs(120))
        .map_err(|error| format!("python3 -m venv: {error}"))?;
    let mut install = Command::new(programs.join("pip"));
    install.args(["install", "--quiet", "-r"]).arg(requirements);
    output(install, Duration::from_secs(600)).map_err(|error| format!("pip install: {error}"))?;
    fs::write(installed, wanted).expect("a file");
    Ok(programs)
}

/// Returns the output of a program; its messages as an error if it fails, or takes longer than the limit.
pub(crate) fn output(mut command: Command, limit: Duration) -> Result<String, String> {
    let since = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let (printed, errors) = (text(child.stdout.take()), text(child.stderr.take()));
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break Some(status);
        }
        if since.elapsed() > limit {
            stop(&mut child);
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let printed = printed.join().expect("its output");
    let errors = errors.join().expect("its errors");
    match status {
        Some(status) if status.success() => Ok(printed),
        Some(status) => Err(format!("{status}: {errors}{printed}")),
        None => Err(format!("it takes longer than {limit:?}: {errors}{printed}")),
    }
}

/// Ends a program, and by that a browser that only it drives.
fn stop(child: &mut Child) {
    child.kill().expect("a program that runs");
    child.wait().expect("a status");
}

fn text(pipe: Option<impl std::io::Read + Send + 'static>) -> thread::JoinHandle<String> {
    let mut pipe = pipe.expect("a pipe");
    thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).expect("what it prints");
        String::from_utf8_lossy(&text).into_owned()
    })
}
