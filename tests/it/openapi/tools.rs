//! Documents before the tools of others: two validators and a linter.
//!
//! `tools/requirements.txt` and `tools/package.json` name them. They are installed once, into the folder of the build.
//! Where one cannot be, the tests are skipped, unless `TEST_DATABASES=all` makes that a failure.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tower_rest::Database;

use super::{document, reflected};
use crate::{
    databases::{Kind, skipped},
    examples::cars,
    garage,
    programs::{self, output},
    server::{get, serve_any},
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/openapi/tools");
const PATIENCE: Duration = Duration::from_secs(600);

/// Where the tools are.
struct Tools {
    python: PathBuf,
    node: PathBuf,
}

impl Tools {
    /// Installs the tools, unless they are there; `None` if the test is skipped.
    fn installed() -> Option<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi-tools");
        fs::create_dir_all(&folder).expect("a folder");
        let turn = fs::File::create(folder.join("lock")).expect("a file");
        turn.lock().expect("a lock");
        let requirements = Path::new(FILES).join("requirements.txt");
        let venv = folder.join("venv");
        let installed = programs::packages(&requirements, &venv).and_then(|python| {
            let node = programs::libraries(Path::new(FILES), &folder)?;
            let node = node.join("node_modules/.bin");
            Ok(Self { python, node })
        });
        let failed = |reason: &String| skipped("of tools for OpenAPI", reason);
        installed.inspect_err(failed).ok()
    }

    /// # Panics
    ///
    /// When a tool finds a fault in a document.
    fn accept(&self, name: &str, document: &serde_json::Value) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("openapi.json");
        fs::write(&file, document.to_string()).expect("a file");
        let mut validator = Command::new(self.python.join("openapi-spec-validator"));
        validator.arg("--errors").arg("all").arg(&file);
        let mut other = Command::new(self.node.join("validate-api"));
        other.arg(&file);
        let mut linter = Command::new(self.node.join("redocly"));
        linter
            .arg("lint")
            .arg(&file)
            .args(["--format", "stylish", "--max-problems", "30", "--config"])
            .arg(Path::new(FILES).join("redocly.yaml"))
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        for command in [validator, other, linter] {
            let program = command.get_program().to_owned();
            let output = output(command, PATIENCE);
            let printed =
                output.unwrap_or_else(|faults| panic!("{name}: {}: {faults}", program.display()));
            assert!(!printed.contains("\"valid\": false"), "{name}: {printed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_validators_and_a_linter_accept_the_documents() {
    let Some(tools) = Tools::installed() else {
        return;
    };
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    let address = serve_any(cars::app(&db).expect("an application")).await;
    let cars = get(address, "/api/openapi.json").await.json();
    tools.accept("the cars", &cars);
    for kind in Kind::reachable().await {
        let (_fresh, router) = reflected(kind).await;
        let api = router.build().expect("an API");
        tools.accept(kind.name(), &document(&api).await);
    }
    let garage = garage::database_on(Kind::Sqlite).await;
    for name in [
        "garage",
        "garage_alone",
        "garage_keys",
        "garage_ids",
        "garage_odd",
    ] {
        let api = garage::api(name, &garage.db);
        tools.accept(name, &document(&api).await);
    }
}
