//! The database that is served: a URL, or a file of SQLite.

use std::path::Path;

use tower_rest::{Code, Database, Error, Result};

use super::secret::shown;

/// The beginnings of URLs; anything else is the path of a file.
const SCHEMES: [&str; 5] = ["sqlite:", "postgres:", "postgresql:", "mysql:", "mariadb:"];

/// Connects to the database of a URL or in a file, for reading unless `writable`: then the database itself refuses every
/// write, and a database that would not is refused here.
///
/// # Errors
///
/// When there is no such database, it cannot be reached, or its connections could write although they should not.
pub(crate) async fn connect(source: &str, writable: bool) -> Result<Database> {
    if SCHEMES.iter().any(|scheme| source.starts_with(scheme)) {
        return match writable {
            true => Database::connect(source).await,
            false => Database::connect_for_reading(source).await,
        };
    }
    if !Path::new(source).exists() {
        let detail = format!(
            "there is no file `{}`; give a file of SQLite, or a URL that starts with `postgres://` or `mysql://`",
            shown(source)
        );
        return Err(Error::new(Code::Unavailable, detail));
    }
    match writable {
        true => Database::open_file(source).await,
        false => Database::open_file_for_reading(source).await,
    }
}
