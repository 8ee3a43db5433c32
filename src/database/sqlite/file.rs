//! The file of a database, which is checked for having been replaced or deleted.

use std::{
    fs::Metadata,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use sqlx::sqlite::SqliteConnectOptions;

use super::{super::failure::code_of, codes::advice};
use crate::error::{Code, Error};

/// A database file that may be replaced or deleted while it is served.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// The result of the last check of the path.
#[derive(Debug)]
struct Seen {
    identity: Identity,
    /// The time at which another file was last found at the path. Connections that were opened before still have the
    /// former file open.
    replaced: Option<Instant>,
}

/// The identity of the file that a path names: on Unix, the numbers of its device and inode.
type Identity = Option<(u64, u64)>;

/// The error if no file exists at the path of the database.
#[derive(Debug)]
pub(super) struct Missing;

impl File {
    /// Returns the file of a database; `None` for an in-memory database, or if the file does not exist.
    pub(super) fn of(options: &SqliteConnectOptions) -> Option<Self> {
        let path = std::path::absolute(options.get_filename()).ok()?;
        let metadata = std::fs::metadata(&path).ok().filter(Metadata::is_file)?;
        Some(Self {
            path,
            seen: Mutex::new(Seen {
                identity: identity(&metadata),
                replaced: None,
            }),
        })
    }

    /// Checks which file is at the path now. Returns the time at which another file was last found there; `None` if it
    /// is still the first.
    pub(super) fn look(&self) -> Result<Option<Instant>, Missing> {
        let metadata = std::fs::metadata(&self.path).map_err(|_| Missing)?;
        let identity = identity(&metadata);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.identity != identity {
            seen.identity = identity;
            seen.replaced = Some(Instant::now());
        }
        Ok(seen.replaced)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    None
}

/// Returns the error of a file that cannot be opened or read; its message says what to do about it.
pub(super) fn cannot_open(path: &Path, error: sqlx::Error) -> Error {
    let words = match error.as_database_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    };
    let code = match code_of(&error) {
        Code::Busy => Code::Busy,
        _ => Code::Unavailable,
    };
    let hint = advice(&error, path);
    let path = path.display();
    let detail = format!("cannot open the SQLite database `{path}`: {words}{hint}");
    Error::new(code, detail).with_source(error)
}
