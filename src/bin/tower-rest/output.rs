//! What the program writes to its standard output.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
    process,
};

/// Writes a line. Ends the program if that fails; without an error if the reader, such as `head`, wants no more of it.
pub(crate) fn say(words: impl Display) {
    let Err(error) = writeln!(io::stdout(), "{words}") else {
        return;
    };
    let is_closed = error.kind() == ErrorKind::BrokenPipe;
    if !is_closed {
        eprintln!("error: the output cannot be written: {error}");
    }
    process::exit(i32::from(!is_closed));
}
