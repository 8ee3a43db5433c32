//! The options that all commands share: which tables of a database are served, and how.

use std::time::Duration;

use clap::{Args, ValueEnum};
use tower_rest::{Count, FullText, Limits, ToOne, Type};

/// How many seconds a request may take, unless an option says otherwise.
const LONGEST: u64 = 30;

/// How far `?count=capped` counts.
pub(crate) const CAP: u64 = 10_000;

/// A database, and what is served of it.
#[derive(Debug, Args)]
pub(crate) struct ApiOptions {
    /// The database: `sqlite:cars.db` or the file alone, `postgres://user:password@host/name`, or
    /// `mysql://user:password@host/name`; encrypted with `?sslmode=verify-full` or `?ssl-mode=VERIFY_IDENTITY`
    #[arg(env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) url: String,
    /// A schema to serve, may be given more than once [default: every one but the system's; on MySQL the database]
    #[arg(long)]
    pub(crate) schema: Vec<String>,
    /// A table or view not to serve, `*` for any characters; may be given more than once
    #[arg(long, value_name = "TABLE")]
    pub(crate) exclude: Vec<String>,
    /// A column to show although it looks secret, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub(crate) show: Vec<String>,
    /// A column to hide, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub(crate) hide: Vec<String>,
    /// The type of a column, `table.column=integer`; may be given more than once
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = column_type)]
    pub(crate) types: Vec<(String, Type)>,
    /// A column of bytes to read as texts, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub(crate) text: Vec<String>,
    /// A relation that the tables do not declare, `posts.author=users.id`; may be given more than once
    #[arg(long, value_name = "COLUMNS=COLUMNS", value_parser = relation)]
    pub(crate) relate: Vec<(String, String)>,
    /// A column of texts that `search=` looks in, `table.column`, `*` for any characters; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub(crate) search: Vec<String>,
    /// A table that is searched by the full text index of the server over its `--search` columns, `posts`; on SQLite by
    /// an FTS5 table, `posts=posts_fts`; may be given more than once
    #[arg(long, value_name = "TABLE[=FTS5_TABLE]")]
    pub(crate) full_text: Vec<String>,
    /// The text search configuration of PostgreSQL by which `--full-text` searches, such as `english`
    #[arg(long, value_name = "NAME", default_value = "simple")]
    pub(crate) full_text_config: String,
    /// How many rows a page has
    #[arg(long, default_value_t = 25)]
    pub(crate) page_size: u64,
    /// How many rows a page may have
    #[arg(long, default_value_t = 1000)]
    pub(crate) max_page_size: u64,
    /// How the rows of lists are counted, where clients do not choose by `?count=`
    #[arg(long, value_enum, default_value_t = Counting::Exact)]
    pub(crate) count: Counting,
    /// Lets clients create, change and delete rows of tables. Without it, connections are opened on which the database
    /// itself refuses to write
    #[arg(long)]
    pub(crate) writable: bool,
    /// Offers whole lists as CSV and NDJSON: `?page=all&format=csv`
    #[arg(long)]
    pub(crate) export: bool,
    /// Refuses groups of filters, `?or=(make=Fiat,year__gte=2010)`, which are offered otherwise
    #[arg(long)]
    pub(crate) no_groups: bool,
    /// Offers facets, `?facet=make`, and aggregates, `?aggregate=count,avg(price)&group_by=make`, of every column
    #[arg(long)]
    pub(crate) summaries: bool,
    /// How a relation to one row is shown, `posts.author=object`: as a link, key or object; may be given more than once
    #[arg(long, value_name = "RELATION=SHAPE", value_parser = shape)]
    pub(crate) to_one: Vec<(String, ToOne)>,
    /// Names columns and relations in camelCase, `unitPrice` for `unit_price`
    #[arg(long)]
    pub(crate) camel_case: bool,
    /// Writes integers of 64 bits as strings, for clients that read numbers as doubles
    #[arg(long)]
    pub(crate) wide_integers_as_text: bool,
    /// The secret of cursors, of 16 bytes or more, which several processes that serve one API share [default: a random
    /// one]
    #[arg(long, value_name = "SECRET")]
    pub(crate) cursor_secret: Option<String>,
    /// Offers regular expressions, `?make__regex=^F`, which read every row
    #[arg(long)]
    pub(crate) regex: bool,
    /// A limit of what requests may ask for, `filters=64`; may be given more than once
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit, long_help = limits())]
    pub(crate) limit: Vec<(String, usize)>,
    /// How many bytes the body of a request may have, as `--limit body_bytes=…` [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    pub(crate) body_limit: Option<usize>,
    /// How many seconds a request may take until its answer begins, and the database of it [default: 30, and 5 for the
    /// database]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: Option<u64>,
    /// How many milliseconds a statement may take before it is logged as a slow one
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 500)]
    pub(crate) slow_statements: u64,
    /// The beginning of links, `https://cars.example`, where a proxy stands before the server; its host is allowed, too
    /// [default: the host that is asked]
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
}

/// How the rows of lists are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Counting {
    /// All of them, within a second
    Exact,
    /// Up to 10,000
    Capped,
    /// By what the planner of PostgreSQL, MySQL or MariaDB expects
    Estimated,
    /// Never
    None,
}

impl From<Counting> for Count {
    fn from(counting: Counting) -> Self {
        match counting {
            Counting::Exact => Self::Exact,
            Counting::Capped => Self::Capped(CAP),
            Counting::Estimated => Self::Estimated,
            Counting::None => Self::Off,
        }
    }
}

impl ApiOptions {
    /// The ways to count that clients may choose.
    pub(crate) fn counts(&self) -> Vec<Count> {
        let servers = ["postgres:", "postgresql:", "mysql:", "mariadb:"];
        let mut counts = vec![Count::Exact, Count::Off, Count::Capped(CAP)];
        if servers.iter().any(|scheme| self.url.starts_with(scheme)) {
            counts.push(Count::Estimated);
        }
        counts
    }

    /// How a table is searched by full text; `None` if it is not.
    pub(crate) fn full_text(&self, table: &str) -> Option<FullText> {
        let mut tables = self.full_text.iter();
        tables.find_map(|named| {
            let (named, index) = named.split_once('=').unwrap_or((named, ""));
            let full_text = FullText::new().config(&self.full_text_config);
            match (named == table, index) {
                (true, "") => Some(full_text),
                (true, index) => Some(full_text.table(index)),
                (false, _) => None,
            }
        })
    }

    /// The limits of requests.
    pub(crate) fn limits(&self) -> Limits {
        let set = |limits: Limits, (name, most): &(String, usize)| {
            // The name was checked when the option was read.
            limits.clone().set(name, *most).unwrap_or(limits)
        };
        let limits = self.limit.iter().fold(Limits::default(), set);
        match self.body_limit {
            Some(most) => limits.body_bytes(most),
            None => limits,
        }
    }

    /// How long a request may take until its answer begins.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(LONGEST))
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

fn shape(text: &str) -> Result<(String, ToOne), String> {
    let (relation, shape) = pair(text, "posts.author=object")?;
    let shape = match shape {
        "link" => ToOne::Link,
        "key" => ToOne::Key,
        "object" => ToOne::Object,
        other => {
            return Err(format!(
                "`{other}` is no shape; there are link, key and object"
            ));
        }
    };
    if !relation.contains('.') {
        return Err(format!(
            "`{relation}` is no relation; write it as in `posts.author=object`"
        ));
    }
    Ok((relation.to_owned(), shape))
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
