//! The program `tower-rest`, as people start it: commands, exit codes, and what it says.

mod poolers;
mod served;

use std::process::{Command, Output};

use tempfile::TempDir;

use crate::databases::{Fresh, Kind, file_of};

const TABLES: &str = "CREATE TABLE owners (id bigint primary key, full_name varchar(40), api_key varchar(40)); \
     CREATE TABLE cars (id bigint primary key, make varchar(40), owner_id bigint, FOREIGN KEY (owner_id) REFERENCES owners (id)); \
     INSERT INTO owners VALUES (1, 'Ann', 'k3y'); INSERT INTO cars VALUES (1, 'Fiat', 1), (2, 'Saab', 1)";

/// A file with cars and their owner.
async fn file() -> (TempDir, String) {
    file_of(TABLES).await
}

/// A database of each kind with cars and their owner, with its URL; a file is in the folder.
struct Filled {
    kind: Kind,
    url: String,
    _folder: TempDir,
    _fresh: Fresh,
}

async fn filled() -> Vec<Filled> {
    let mut all = Vec::new();
    for kind in Kind::reachable().await {
        let ((folder, path), fresh) = (file().await, kind.fresh().await);
        if fresh.url.is_some() {
            fresh.execute(TABLES).await;
        }
        all.push(Filled {
            kind,
            url: fresh.url.clone().unwrap_or(path),
            _folder: folder,
            _fresh: fresh,
        });
    }
    all
}

/// Runs a command of the program that ends by itself.
fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tower-rest"));
    command.args(arguments).env_remove("DATABASE_URL");
    command.output().expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[track_caller]
fn check(arguments: &[&str], code: i32, expected: &[&str]) {
    let output = run(arguments);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for expected in expected {
        assert!(said.contains(expected), "{arguments:?}: {expected}: {said}");
    }
    assert!(!said.contains("s3cret"), "{said}");
}

#[tokio::test]
async fn check_says_what_would_be_served_and_every_mistake() {
    let (_folder, path) = file().await;
    let served = [
        "2 tables",
        "cars",
        "owners.api_key",
        "No mistakes: 2 paths would be served for reading",
    ];
    check(&["check", &path], 0, &served);
    check(
        &["check", &path, "--writable"],
        0,
        &["for reading and writing"],
    );
    let mistakes = "--search cars.mke --to-one crs.owner=key --full-text crs --count estimated";
    let arguments: Vec<_> = ["check", &path]
        .into_iter()
        .chain(mistakes.split(' '))
        .collect();
    let expected = [
        "`--search cars.mke` names no column of texts",
        "`--to-one crs.owner` names no table",
        "`--full-text crs` names no table",
        "`--count estimated` needs a server",
    ];
    check(&arguments, 1, &expected);
    for (arguments, expected) in [
        (["--exclude", "crs"], "did you mean `cars`"),
        (["--hide", "cars.mke"], "did you mean `cars.make`"),
        (["--to-one", "cars.ownr=key"], "names `ownr`"),
        (["--limit", "filters=9999"], "must be from 1 to 256"),
        (["--body-limit", "0"], "`body_bytes` is 0"),
        (["--origin", "cars.example"], "is not a scheme and a host"),
    ] {
        let arguments = [&["check", &*path][..], &arguments].concat();
        check(&arguments, 1, &[expected]);
    }
}

#[tokio::test]
async fn a_password_is_never_shown() {
    for (arguments, code, expected) in [
        (
            vec!["check", "postgres://ann:s3cret@127.0.0.1:1/cars"],
            1,
            "postgres://ann@127.0.0.1:1/cars",
        ),
        (
            vec![
                "check",
                "mysql://ann:s3cret@127.0.0.1:1/cars?password=s3cret",
            ],
            1,
            "mysql://ann@127.0.0.1:1/cars",
        ),
        (
            vec!["check", "oracle://ann:s3cret@db"],
            1,
            "there is no file `oracle://…`",
        ),
        (vec!["check", "postgres://ann:s3cret"], 1, "postgres://ann`"),
        (
            vec!["check", "a.db", "postgres://ann:s3cret@db"],
            2,
            "unexpected argument 'postgres://…'",
        ),
        (
            vec!["serve", "a.db", "--type", "a.b=postgres://ann:s3cret@db"],
            2,
            "`postgres://…` is no type",
        ),
        (
            vec!["postgres://ann:s3cret@db"],
            2,
            "unrecognized subcommand 'postgres://…'",
        ),
    ] {
        check(&arguments, code, &[expected]);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tower-rest"));
    command.args(["check", "--help"]);
    let help = command
        .env("DATABASE_URL", "postgres://ann:s3cret@db")
        .output();
    let help = text(&help.expect("the program").stdout);
    assert!(
        help.contains("[env: DATABASE_URL]") && !help.contains("s3cret"),
        "{help}"
    );
}

#[tokio::test]
async fn the_url_may_be_in_the_environment_and_the_version_is_that_of_the_package() {
    let (_folder, path) = file().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_tower-rest"));
    let output = command.arg("check").env("DATABASE_URL", &path).output();
    assert!(output.expect("the program").status.success());
    let version = text(&run(&["--version"]).stdout);
    assert_eq!(
        version,
        format!("tower-rest {}\n", env!("CARGO_PKG_VERSION"))
    );
    check(&["--help"], 0, &["Examples:", "tower-rest serve cars.db"]);
    check(&[], 2, &["Usage: tower-rest"]);
}

#[tokio::test]
async fn descriptions_are_those_of_options_on_every_database() {
    for database in filled().await {
        let (kind, url) = (database.kind, &*database.url);
        let of = |arguments: &[&str]| {
            let output = run(&[&["describe", url], arguments].concat());
            let said = text(&output.stdout);
            serde_json::from_str::<serde_json::Value>(&said)
                .unwrap_or_else(|_| panic!("{output:?}"))
        };
        let (all, cars) = (of(&[]), of(&["cars"]));
        assert_eq!(all["cars"], cars, "{kind}");
        assert!(
            all["owners"].is_object() && cars["columns"].is_array(),
            "{kind}: {all}"
        );
        let below = of(&["/api/owners/1/cars/"]);
        assert_eq!(below["columns"], cars["columns"], "{kind}");
        let error = run(&["describe", url, "crs"]);
        assert_eq!(error.status.code(), Some(1));
        assert!(
            text(&error.stderr).contains("`crs` cannot be described"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_document_is_that_of_the_api_on_every_database() {
    for database in filled().await {
        let (kind, url) = (database.kind, &*database.url);
        for (arguments, writes) in [(&[][..], false), (&["--writable"], true)] {
            let output = run(&[&["openapi", url], arguments].concat());
            let said = text(&output.stdout);
            let document = serde_json::from_str::<serde_json::Value>(&said);
            let document = document.unwrap_or_else(|_| panic!("{output:?}"));
            let version = document["openapi"].as_str().unwrap_or_default();
            assert!(version.starts_with("3.1."), "{kind}: {version}");
            let list = &document["paths"]["/cars/"];
            assert!(list["get"].is_object(), "{kind}: {document}");
            assert_eq!(list["post"].is_object(), writes, "{kind}: {arguments:?}");
        }
    }
}

/// The flags that stand in a text, such as `--count`.
fn flags(text: &str) -> Vec<String> {
    let is_of_flag = |char: char| char.is_ascii_lowercase() || char == '-';
    let starts = text.match_indices("--").filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| !before.is_ascii_alphanumeric() && before != '-')
    });
    let flags = starts.map(|(at, _)| {
        let rest = &text[at..];
        rest[..rest.find(|char| !is_of_flag(char)).unwrap_or(rest.len())].to_owned()
    });
    let mut flags: Vec<_> = flags
        .filter(|flag| flag.len() > 3 && !flag.starts_with("---"))
        .collect();
    flags.sort();
    flags.dedup();
    flags
}

#[test]
fn every_option_is_in_the_chapter_and_no_other() {
    let help: String = [
        &["--help"][..],
        &["serve", "--help"],
        &["check", "--help"],
        &["describe", "--help"],
        &["openapi", "--help"],
    ]
    .map(|arguments| text(&run(arguments).stdout))
    .concat();
    let chapter = include_str!("../../../docs/guide/cli.md");
    // Cargo's own, to install the program.
    let chapter = chapter.replace("--features", "").replace("--locked", "");
    assert_eq!(flags(&chapter), flags(&help));
    let options = flags(&help);
    assert!(options.len() > 30, "{options:?}");
    // Each has a row of its own, not only a mention.
    for flag in options.iter().filter(|flag| *flag != "--host") {
        assert!(chapter.contains(&format!("| `{flag}")), "no row for {flag}");
    }
}
