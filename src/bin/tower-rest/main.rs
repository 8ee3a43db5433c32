//! `tower-rest`, the program: any database over HTTP, as web pages and as JSON.
//!
//! Each command is a file, and one of `options.rs` says what is served. A password in a URL is never shown.

#![expect(
    clippy::print_stderr,
    reason = "a program of the command line says what went wrong"
)]
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod ask;
mod check;
pub(crate) mod command;
pub(crate) mod configure;
mod describe;
mod front;
mod hosts;
mod openapi;
mod options;
mod output;
mod refusal;
mod scrape;
mod secret;
pub(crate) mod serve;
mod server;
mod source;
pub(crate) mod stack;
mod tries;

use std::{env, process::ExitCode};

use clap::Parser as _;

use self::command::{Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return help_or_error(&said),
    };
    tracing_subscriber::fmt()
        .with_max_level(cli.log)
        .with_writer(std::io::stderr)
        .init();
    let done = match &cli.command {
        Command::Serve(options) => serve::run(options).await,
        Command::Check(options) => check::run(options).await,
        Command::Describe(options) => describe::run(options).await,
        Command::Openapi(options) => openapi::run(options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what the parser of the command line says, such as the help, without the passwords of arguments.
fn help_or_error(said: &clap::Error) -> ExitCode {
    let arguments = env::args_os();
    let arguments: Vec<_> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments = arguments.iter().map(String::as_str);
    let text = secret::without_urls(&said.to_string(), arguments);
    match said.use_stderr() {
        true => eprint!("{text}"),
        false => output::say(text.trim_end()),
    }
    ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(u8::MAX))
}
