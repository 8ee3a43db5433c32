//! Files of SQLite that other programs bring: no server error, every link leads somewhere, every value can be asked for.
//!
//! `CRAWL_FILES` says which files, with colons between them; one that is missing is a failure. Without it, those of Debian's
//! packages that are installed. `CRAWL_SECONDS` says for how long the values are looked at, in all.

use std::{
    env,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::Value;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tower_rest::{Api, Schema};

use super::{ORIGIN, columns, links};
use crate::{
    examples::{options, program},
    server::{Answer, ask, ask_with},
};

/// Where Debian's packages put files of SQLite.
const FOLDERS: [&str; 12] = [
    "/usr/share/proj",
    "/usr/share/ibus-table/tables",
    "/usr/share/kstars",
    "/usr/share/kexi",
    "/usr/share/qgis/resources",
    "/usr/share/stellarium",
    "/usr/share/gramps",
    "/usr/share/calibre",
    "/usr/share/digikam",
    "/usr/share/marble",
    "/usr/share/command-not-found",
    "/usr/lib/firefox-esr",
];
/// What every file of SQLite begins with.
const HEADER: &[u8] = b"SQLite format 3\0";
/// A larger file is not copied.
const MOST_BYTES: u64 = 100_000_000;
/// How many files there are to be, of those that are found in folders.
const MOST_FILES: usize = 12;
/// How many rows of each list are looked at.
pub(super) const ROWS: usize = 12;
/// How long the values are looked at, in all.
const SECONDS: u64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn what_files_of_other_programs_show_can_be_asked_for() {
    let mut files = files();
    // The time that small files leave is the large ones'.
    files.sort_by_key(|file| std::fs::metadata(file).expect("a file").len());
    if files.is_empty() {
        say("\n*** SKIPPED: no file of another program was crawled; name some in CRAWL_FILES\n");
        return;
    }
    let seconds = env::var("CRAWL_SECONDS").map_or(SECONDS, |text| text.parse().expect("seconds"));
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut faults = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let rest = u32::try_from(files.len() - number).expect("a number of files");
        let share = until.saturating_duration_since(Instant::now()) / rest;
        let file = Visit::of(file, Instant::now() + share).await;
        say(&format!("{}: {} answers", file.name, file.answers));
        assert!(file.answers > 2, "{}: nothing was asked", file.name);
        faults.extend(file.faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Says a line past the harness, which would show it for a test that fails only.
pub(super) fn say(words: &str) {
    let line = format!("{words}\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("standard error");
}

/// The files there are to crawl.
///
/// # Panics
///
/// When one is named that is not there.
fn files() -> Vec<PathBuf> {
    if let Ok(named) = env::var("CRAWL_FILES") {
        let named: Vec<_> = env::split_paths(&named).collect();
        for path in &named {
            assert!(is_database(path), "{} is no file of SQLite", path.display());
        }
        return named;
    }
    let mut found = Vec::new();
    for folder in FOLDERS {
        find(Path::new(folder), &mut found);
    }
    found.sort_by_key(|path| std::fs::metadata(path).map_or(0, |file| file.len()));
    found.truncate(MOST_FILES);
    found
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, found);
        } else if entry.metadata().is_ok_and(|file| file.len() < MOST_BYTES) && is_database(&path) {
            found.push(path);
        }
    }
}

fn is_database(path: &Path) -> bool {
    let mut start = [0; HEADER.len()];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start == *HEADER
}

/// One file while it is crawled.
pub(super) struct Visit {
    name: String,
    api: Api,
    schema: Schema,
    /// The same file, read by nothing of ours.
    connection: SqliteConnection,
    until: Instant,
    answers: usize,
    faults: Vec<String>,
}

impl Visit {
    /// Crawls a copy of the file as `tower-rest serve` serves it.
    async fn of(file: &Path, until: Instant) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy.db");
        std::fs::copy(file, &copy).expect("a copy");
        let options = options(&[&copy.display().to_string()])
            .expect("options")
            .api;
        let name = file.display().to_string();
        let schema = program::configure::find(&options).await;
        let schema = schema.unwrap_or_else(|error| panic!("{name}: {error}"));
        let router = program::configure::router(schema.clone(), &options);
        let api = router.and_then(tower_rest::Router::build);
        let connection = SqliteConnectOptions::new().filename(&copy).read_only(true);
        let mut visit = Self {
            api: api.unwrap_or_else(|error| panic!("{name}: {error}")),
            connection: connection.connect().await.expect("a connection"),
            name,
            schema,
            until,
            answers: 0,
            faults: Vec::new(),
        };
        let root = visit.get("/").await.unwrap_or_default();
        let places: Vec<String> = links(&root);
        for place in &places {
            visit.list(place).await;
        }
        for place in &places {
            columns::check(&mut visit, place).await;
        }
        visit
    }

    pub(super) fn is_late(&self) -> bool {
        Instant::now() > self.until
    }

    pub(super) fn fault(&mut self, words: &str) {
        self.faults.push(format!("{}: {words}", self.name));
    }

    /// The document at a path; anything but 200 is a fault.
    pub(super) async fn get(&mut self, path: &str) -> Option<Value> {
        let body = self.body(path).await?;
        Some(serde_json::from_str(&body).expect("JSON"))
    }

    /// The same as it was sent: a number of it has every digit.
    pub(super) async fn body(&mut self, path: &str) -> Option<String> {
        let answer = self.ask(path).await;
        if answer.status == 200 {
            return Some(answer.body);
        }
        self.fault(&format!("{path}: {} {}", answer.status, answer.body));
        None
    }

    async fn ask(&mut self, path: &str) -> Answer {
        self.answers += 1;
        ask(&self.api, path).await
    }

    pub(super) async fn describe(&mut self, path: &str) -> Value {
        let request = http::Request::options(path).header("host", "test");
        let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
        let answer = ask_with(&self.api, request.expect("a request")).await;
        if answer.status != 200 {
            self.fault(&format!("OPTIONS {path}: {}", answer.body));
            return Value::Null;
        }
        answer.json()
    }

    /// Looks at the first rows of a list, each by its own link, and at everything they lead to.
    async fn list(&mut self, place: &str) {
        let Some(list) = self.get(&format!("{place}?page_size={ROWS}")).await else {
            return;
        };
        let described = self.describe(place).await;
        let relations: Vec<_> = described["relations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(crate::sweep::encoded)
            .collect();
        self.get(&format!("{place}?page_size=2&page=last")).await;
        for relation in relations {
            self.get(&format!("{place}?page_size=2&expand={relation}"))
                .await;
        }
        for row in list["results"].as_array().into_iter().flatten() {
            // Every list is asked for, however late it is.
            if !self.is_late() {
                self.row(place, row).await;
            }
        }
    }

    async fn row(&mut self, place: &str, row: &Value) {
        let own = row["href"]
            .as_str()
            .and_then(|href| href.strip_prefix(ORIGIN));
        if let Some(own) = own
            && let Some(object) = self.get(own).await
        {
            // An object has links to related rows besides.
            let members = row.as_object().into_iter().flatten();
            let other = members
                .filter(|(name, value)| object[*name] != **value)
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>();
            if !other.is_empty() {
                self.fault(&format!("{own}: {other:?} are others than in the list"));
            }
        }
        for link in links(row) {
            if Some(&*link) == own {
                continue;
            }
            let answer = self.ask(&link).await;
            let is_dangling = answer.status == 404 && self.is_dangling(place, &link).await;
            if answer.status != 200 && !is_dangling {
                let words = format!("{place} leads to {link}: {} {}", answer.status, answer.body);
                self.fault(&words);
            }
        }
    }

    /// Tells whether a link is of a foreign key to a row that is not there.
    async fn is_dangling(&mut self, place: &str, link: &str) -> bool {
        let mut parts = link.trim_matches('/').rsplitn(2, '/');
        let (key, target) = (parts.next(), parts.next());
        let (Some(key), Some(from), Some(to)) = (
            key,
            self.table(place),
            target.and_then(|target| self.table(target)),
        ) else {
            return false;
        };
        let key: Vec<_> = key.split(',').map(decoded).collect();
        let sql = "SELECT id, \"to\" FROM pragma_foreign_key_list(?1) WHERE \"table\" = ?2 COLLATE NOCASE ORDER BY id, seq";
        let rows = sqlx::query(sql)
            .bind(&from)
            .bind(&to)
            .fetch_all(&mut self.connection)
            .await
            .expect("the foreign keys");
        let of_one = |rows: &[sqlx::sqlite::SqliteRow]| -> Vec<Option<String>> {
            rows.iter().map(|row| row.get(1)).collect()
        };
        for rows in rows.chunk_by(|one, other| one.get::<i64, _>(0) == other.get::<i64, _>(0)) {
            let mut columns: Vec<String> = of_one(rows).into_iter().flatten().collect();
            if columns.is_empty() {
                let sql = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
                columns = sqlx::query_scalar(sql)
                    .bind(&to)
                    .fetch_all(&mut self.connection)
                    .await
                    .expect("the key");
            }
            if columns.len() != key.len() {
                continue;
            }
            let terms: Vec<_> = columns
                .iter()
                .map(|column| format!("CAST({} AS TEXT) = ?", quoted(column)))
                .collect();
            let sql = format!(
                "SELECT count(*) FROM {} WHERE {}",
                quoted(&to),
                terms.join(" AND ")
            );
            let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
            for part in &key {
                query = query.bind(part);
            }
            let there: i64 = query
                .fetch_one(&mut self.connection)
                .await
                .expect("a count");
            return there == 0;
        }
        false
    }

    /// The table that is served at a place.
    fn table(&self, place: &str) -> Option<String> {
        let model = self.schema.model(place.trim_matches('/'))?;
        Some(model.table().to_owned())
    }

    /// How many rows of a place's table there are, and how many of them have a value in a column of it.
    pub(super) async fn counted(&mut self, place: &str, column: &str) -> Option<(i64, i64)> {
        let table = self.table(place)?;
        // What SQLite does not know as a column it would read as a text.
        let sql = "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE name = ?2";
        let known: i64 = sqlx::query_scalar(sql)
            .bind(&table)
            .bind(column)
            .fetch_one(&mut self.connection)
            .await
            .expect("the columns");
        if known == 0 {
            return None;
        }
        let (table, column) = (quoted(&table), quoted(column));
        let sql = format!("SELECT count(*), count({column}) FROM {table}");
        let counted = sqlx::query_as(sqlx::AssertSqlSafe(sql));
        counted.fetch_one(&mut self.connection).await.ok()
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A part of a key as it is stored.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = std::str::from_utf8(&after[..2]).expect("digits");
        bytes.push(u8::from_str_radix(digits, 16).expect("a byte"));
        rest = &after[2..];
    }
    String::from_utf8(bytes).expect("UTF-8")
}
