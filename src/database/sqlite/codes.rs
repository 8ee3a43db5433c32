//! The meaning of SQLite's result codes: the error code for clients, and advice about a file that cannot be opened.

use std::{fs::File, io::Read as _, path::Path};

use super::super::violation::{Violation, ViolationKind};
use crate::error::Code;

/// Returns advice about a file that cannot be opened or read, such as `; it is a folder: name a file in it`. It is
/// appended to the error's message; it is empty if there is no advice.
pub(in crate::database) fn advice(error: &sqlx::Error, path: &Path) -> &'static str {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    let code: i32 = code.and_then(|code| code.parse().ok()).unwrap_or_default();
    match code & 0xff {
        // BUSY, LOCKED
        5 | 6 => "; another program has locked it: close that program, or wait until it is done",
        // READONLY, CANTOPEN
        8 | 10 | 14 if path.is_dir() => "; it is a folder: name a file in it",
        8 | 14 if is_write_ahead(path) => {
            "; it is in WAL mode, which needs files beside it: let this user write to its folder, or, if no program \
             writes to it, open it by a URL as `sqlite:file.db?immutable=true`"
        }
        8 | 14 if path.exists() => "; let this user read it, and its folder",
        14 => "; to make a new file, end the URL in `?mode=rwc`",
        // NOTADB
        26 => {
            "; it is a file of another kind, or an encrypted database: give a database that SQLite can read"
        }
        // CORRUPT
        11 => "; it is damaged: `sqlite3 file .recover` may save its rows",
        _ => "",
    }
}

/// Whether the header of a database declares a write-ahead log: <https://www.sqlite.org/fileformat.html>.
fn is_write_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.ends_with(&[2, 2])
}

/// Returns the violation of a constraint that an extended result code reports, with the columns that the message names,
/// such as `cars.make`; `None` if it reports another failure: <https://www.sqlite.org/rescode.html#constraint>.
pub(super) fn violation(code: i32, message: &str) -> Option<Violation> {
    let kind = match code {
        // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE, CONSTRAINT_ROWID
        1555 | 2067 | 2579 => ViolationKind::Unique,
        // CONSTRAINT_FOREIGNKEY: a foreign key of the written row, or of rows that refer to it
        787 => ViolationKind::ForeignKey,
        // CONSTRAINT_NOTNULL
        1299 => ViolationKind::NotNull,
        // CONSTRAINT_CHECK, and a trigger's RAISE
        275 | 1811 => ViolationKind::Check,
        // CONSTRAINT_DATATYPE, MISMATCH, TOOBIG
        3091 | 20 | 18 => ViolationKind::Value,
        _ => return None,
    };
    let names = message
        .split_once("constraint failed: ")
        .map_or("", |(_, names)| names);
    let named = names.split(", ").map(str::to_owned);
    let mut violation = Violation::new(kind, message);
    violation.is_qualified = true;
    violation.columns = match kind {
        ViolationKind::Unique | ViolationKind::NotNull => named.collect(),
        ViolationKind::ForeignKey
        | ViolationKind::Referred
        | ViolationKind::Check
        | ViolationKind::Value => Vec::new(),
    };
    Some(violation)
}

/// Returns the violation of a deferred foreign key, as the commit of SQLite reports it.
pub(super) fn broken_reference() -> Violation {
    Violation::new(ViolationKind::ForeignKey, "FOREIGN KEY constraint failed")
}

/// Returns the error code for a result code of SQLite, by its primary part: <https://www.sqlite.org/rescode.html>.
pub(in crate::database) fn code_of(code: i32, message: &str) -> Code {
    match code & 0xff {
        1 if message.starts_with("no such table") || message.starts_with("no such column") => {
            Code::SchemaMismatch
        }
        // BUSY, LOCKED
        5 | 6 => Code::Busy,
        // INTERRUPT
        9 => Code::Timeout,
        // PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
        3 | 8 | 10 | 11 | 13 | 14 | 15 | 26 => Code::Unavailable,
        _ => Code::Internal,
    }
}
