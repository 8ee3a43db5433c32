//! The commands, and the help with examples.

use clap::{Parser, Subcommand};
use tracing::Level;

use super::{describe::DescribeOptions, options::ApiOptions, serve::ServeOptions};

/// The examples of `--help`.
const EXAMPLES: &str = "\
Examples:
  tower-rest serve cars.db
  tower-rest serve postgres://ann@localhost/cars --exclude 'tmp_*' --export
  tower-rest serve cars.db --writable --addr 0.0.0.0:8000 --host cars.example --origin https://cars.example
  DATABASE_URL=mysql://ann:secret@localhost/cars tower-rest check
  tower-rest describe cars.db cars
  tower-rest openapi cars.db >openapi.json

Other users of this machine can read the arguments of a program: give a URL with a password by DATABASE_URL.";

/// A database that is there already, over HTTP: every table as a REST resource, as web pages and as JSON.
#[derive(Debug, Parser)]
#[command(name = "tower-rest", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The least severe messages that go to standard error: error, warn, info (each request), debug or trace
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        default_value = "warn",
        display_order = 1000
    )]
    pub(crate) log: Level,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves a database, for reading unless `--writable` is given
    #[command(after_help = EXAMPLES)]
    Serve(Box<ServeOptions>),
    /// Says what would be served, what is left out and why, and which options are mistakes; fails if there are any
    Check(Box<ApiOptions>),
    /// Prints what may be asked of each path as JSON: columns, types, filters, orderings
    Describe(Box<DescribeOptions>),
    /// Prints the OpenAPI 3.1 document, from which clients are generated
    Openapi(Box<ApiOptions>),
}
