//! The file of a database: whether it is still the one that connections have open.

use std::{
    fs::Metadata,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use sqlx::sqlite::SqliteConnectOptions;

/// A file that may be replaced or deleted while it is served.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// The file as it was last seen.
#[derive(Debug)]
struct Seen {
    identity: Identity,
    /// When another file was found in its place; connections that are older have the former one open.
    replaced: Option<Instant>,
}

/// What tells one file from another of the same name: on Unix its device and its number there.
type Identity = Option<(u64, u64)>;

/// There is no file any more.
#[derive(Debug)]
pub(super) struct Missing;

impl File {
    /// The file of a database; none of one in memory, or where there is no file of the name.
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

    /// Looks at the file again, and returns since when connections have it open, if it is another one than at first.
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
