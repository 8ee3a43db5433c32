//! What can be said on the command line.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};
use tower_rest::{Count, Limits, Type};

/// Serves a database that is there already, for reading unless `--writable` is given.
#[derive(Debug, Parser)]
pub struct Options {
    /// The database: `sqlite:cars.db` or the file alone, `postgres://user:password@host/name`, or
    /// `mysql://user:password@host/name`
    pub url: String,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub addr: SocketAddr,
    /// A host by which clients may ask, with or without its port; may be given more than once. Those of this machine,
    /// localhost, 127.0.0.1 and [::1], and the one of `--addr` always are
    #[arg(long, value_name = "HOST")]
    pub allowed_host: Vec<String>,
    /// A schema to serve, may be given more than once [default: every one but the system's; on MySQL the database]
    #[arg(long)]
    pub schema: Vec<String>,
    /// A table or view not to serve, `*` for any characters; may be given more than once
    #[arg(long, value_name = "TABLE")]
    pub exclude: Vec<String>,
    /// A column to show although it looks secret, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub show: Vec<String>,
    /// A column to hide, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub hide: Vec<String>,
    /// The type of a column, `table.column=integer`; may be given more than once
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = column_type)]
    pub types: Vec<(String, Type)>,
    /// A column of bytes to read as texts, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub text: Vec<String>,
    /// A relation that the tables do not declare, `posts.author=users.id`; may be given more than once
    #[arg(long, value_name = "COLUMNS=COLUMNS", value_parser = relation)]
    pub relate: Vec<(String, String)>,
    /// A column of texts that `search=` looks in, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub search: Vec<String>,
    /// How many rows a page has
    #[arg(long, default_value_t = 25)]
    pub page_size: u64,
    /// How many rows a page may have
    #[arg(long, default_value_t = 1000)]
    pub max_page_size: u64,
    /// Whether the rows of lists are counted
    #[arg(long, value_enum, default_value_t = Counting::Exact)]
    pub(crate) count: Counting,
    /// Lets clients create, change and delete rows of tables
    #[arg(long)]
    pub writable: bool,
    /// Offers whole lists as CSV and NDJSON: `?page=all&format=csv`
    #[arg(long)]
    pub export: bool,
    /// Refuses groups of filters, `?or=(make=Fiat,year__gte=2010)`, which are offered otherwise
    #[arg(long)]
    pub no_groups: bool,
    /// A limit of what requests may ask for, `filters=64`; may be given more than once
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit, long_help = limits())]
    pub limit: Vec<(String, usize)>,
}

/// Whether the rows of lists are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Counting {
    /// All of them, within a second
    Exact,
    /// Never
    None,
}

impl From<Counting> for Count {
    fn from(counting: Counting) -> Self {
        match counting {
            Counting::Exact => Self::Exact,
            Counting::None => Self::Off,
        }
    }
}

impl Options {
    /// The limits of requests.
    ///
    /// # Panics
    ///
    /// Never: their names were read by [`limit`].
    pub fn limits(&self) -> Limits {
        let set = |limits: Limits, (name, most): &(String, usize)| {
            limits.set(name, *most).expect("a limit of this name")
        };
        self.limit.iter().fold(Limits::default(), set)
    }
}

fn pair<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str), String> {
    let words = || format!("write it as in `{example}`");
    text.split_once('=').ok_or_else(words)
}

fn column_type(text: &str) -> Result<(String, Type), String> {
    let (column, name) = pair(text, "table.column=integer")?;
    let ty = Type::named(&name.replace(['-', '_'], " "));
    let ty = ty.ok_or_else(|| {
        format!("`{name}` is no type; there are boolean, integer, float, decimal, text, bytes, date, time, timestamp, zoned-timestamp, uuid, json and other")
    })?;
    Ok((column.to_owned(), ty))
}

fn relation(text: &str) -> Result<(String, String), String> {
    let (columns, to) = pair(text, "posts.author=users.id")?;
    Ok((columns.to_owned(), to.to_owned()))
}

fn limit(text: &str) -> Result<(String, usize), String> {
    let (name, number) = pair(text, "filters=64")?;
    let most = number
        .parse()
        .map_err(|_| format!("`{number}` is no number"))?;
    let known = Limits::default().set(name, most);
    drop(known.ok_or_else(|| format!("there is no limit `{name}`; there are {}", limits()))?);
    Ok((name.to_owned(), most))
}

/// The limits there are.
fn limits() -> String {
    let all = Limits::defaults().map(|(name, most)| format!("{name}={most}"));
    let all: Vec<_> = all.collect();
    format!(
        "A limit of what requests may ask for; may be given more than once [default: {}]",
        all.join(" ")
    )
}
