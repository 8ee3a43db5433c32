//! Writing to the program's standard output.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
    process,
};

/// The exit code of a program that wrote to a closed pipe, as shells tell it.
const CLOSED_PIPE: i32 = 141;

/// Writes a line. Ends the program if that fails; without words if the reader, such as `head`, wants no more of it.
pub(crate) fn say(words: impl Display) {
    let Err(error) = writeln!(io::stdout(), "{words}") else {
        return;
    };
    if error.kind() == ErrorKind::BrokenPipe {
        process::exit(CLOSED_PIPE);
    }
    eprintln!("error: the output cannot be written: {error}");
    process::exit(1);
}

/// Writes a line, and goes on even if its reader is gone.
pub(crate) fn mention(words: impl Display) {
    drop(writeln!(io::stdout(), "{words}"));
}
