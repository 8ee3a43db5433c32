//! A cache of the totals of large lists, valid until the next write to the database.
//!
//! 1. SQLite gives the content of a database, as a connection sees it, a version (`PRAGMA data_version`). A cached
//!    total is used only for the version in which it was counted, so it is never stale.
//! 2. A total is cached only if it depends on the tables of the main database alone. It is not cached if the count
//!    calls a function whose results vary, or reads a virtual table, another file or a temporary table.
//! 3. The version does not change with the connection's own commits. So the cache of a connection is dropped when the
//!    reading thread returns the connection to the pool, whose next user may write on it.

use rusqlite::Connection;

use super::super::reading::Counted;
use crate::{metrics, predicate::Predicate};

/// The number of steps of SQLite's virtual machine from which a total is cached. These steps count about five thousand
/// entries of an index, in some tenth of a millisecond. See <https://www.sqlite.org/c3ref/c_stmtstatus_counter.html>.
const DEAR: i32 = 20_000;

/// The number of rows from which a total is cached, however few the steps: one step may count all rows of a table.
const MANY: u64 = 5000;

/// The most lists in the cache of a connection. Without a limit, clients could add any number of filters.
const MOST: usize = 128;

/// The functions whose results depend only on their arguments.
const PURE: &[&str] = &[
    "abs",
    "coalesce",
    "count",
    "glob",
    "ifnull",
    "instr",
    "json_valid",
    "length",
    "like",
    "lower",
    "ltrim",
    "max",
    "min",
    "nullif",
    "replace",
    "rtrim",
    "substr",
    "sum",
    "trim",
    "typeof",
    "upper",
];

/// Functions whose results depend on the current time for some arguments, such as `date('now')`. The statements of this
/// crate do not depend on it: they call the functions with a column's value and compare the result with that value. A
/// view may call them with any arguments.
const PURE_WITHOUT_VIEWS: &[&str] = &["date", "datetime", "time"];

/// The cached totals of the lists that one connection has counted.
#[derive(Default)]
pub(in super::super) struct Counts(Vec<Kept>);

/// The cache entry of a list. It holds for all pages of the list, which have one model and filter.
struct Kept {
    model: u64,
    filter: Predicate,
    /// The version of the database's schema for which the entry is valid.
    schema: i64,
    total: Total,
}

#[derive(Clone, Copy)]
enum Total {
    /// The total may vary within one version of the content, as that of a view that calls `random()`, so it is not
    /// cached.
    Unsteady,
    /// The total may be cached, but must be counted first, in a snapshot whose version is known.
    Unknown,
    Known {
        version: i64,
        total: u64,
    },
}

impl Kept {
    fn is_of(&self, list: Counted<'_>) -> bool {
        self.model == list.model.id() && self.filter == *list.filter
    }
}

impl Counts {
    fn find(&mut self, list: Counted<'_>) -> Option<&mut Kept> {
        self.0.iter_mut().find(|kept| kept.is_of(list))
    }

    /// Whether the total of the list may be cached, so that the list must be read in a snapshot.
    pub(super) fn may_know(&mut self, list: Counted<'_>) -> bool {
        let kept = self.find(list);
        kept.is_some_and(|kept| !matches!(kept.total, Total::Unsteady))
    }

    /// Returns the version of the database's content in which the list was last counted, and its total there; `None` if
    /// no total is cached.
    pub(super) fn total(&mut self, list: Counted<'_>) -> Option<(i64, u64)> {
        let known = match self.find(list).map(|kept| &kept.total) {
            Some(Total::Known { version, total }) => Some((*version, *total)),
            Some(Total::Unsteady | Total::Unknown) | None => None,
        };
        metrics::looked_up_count(known.is_some());
        known
    }

    /// Forgets the cached total of a list, since the database's content has a new version.
    pub(super) fn doubt(&mut self, list: Counted<'_>) {
        if let Some(kept) = self.find(list) {
            kept.total = Total::Unknown;
        }
    }

    /// Records the total of a list, and how many steps of SQLite's virtual machine its count has taken. The count ran
    /// inside a snapshot if the total [may be cached](Self::may_know).
    pub(super) fn learn(
        &mut self,
        list: Counted<'_>,
        total: u64,
        steps: i32,
        sqlite: &Connection,
    ) -> rusqlite::Result<()> {
        match self.find(list) {
            // The schema has changed, so a view that the list reads may have a new definition.
            Some(kept) if kept.schema != schema_of(sqlite)? => {
                let is_of = |kept: &mut Kept| kept.is_of(list);
                self.0.extract_if(.., is_of).for_each(drop);
            }
            Some(Kept {
                total: Total::Unsteady,
                ..
            }) => {}
            Some(kept) => {
                let version = content_version(sqlite)?;
                kept.total = Total::Known { version, total };
            }
            None if steps < DEAR && total < MANY => {}
            None => {
                let schema = schema_of(sqlite)?;
                let is_steady = is_steady(sqlite, &list.statement().plan.sql)?;
                if self.0.len() >= MOST {
                    self.0.remove(0);
                }
                self.0.push(Kept {
                    model: list.model.id(),
                    filter: list.filter.clone(),
                    schema,
                    total: match is_steady {
                        true => Total::Unknown,
                        false => Total::Unsteady,
                    },
                });
            }
        }
        Ok(())
    }
}

/// Returns the version of the database's content as the connection sees it, which changes with every write of another
/// connection: <https://www.sqlite.org/pragma.html#pragma_data_version>.
pub(super) fn content_version(sqlite: &Connection) -> rusqlite::Result<i64> {
    number(sqlite, "PRAGMA main.data_version")
}

/// Returns the version of the schema, which changes with every table or view:
/// <https://www.sqlite.org/pragma.html#pragma_schema_version>.
fn schema_of(sqlite: &Connection) -> rusqlite::Result<i64> {
    number(sqlite, "PRAGMA main.schema_version")
}

fn number(sqlite: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    let mut statement = sqlite.prepare_cached(pragma)?;
    statement.query_row([], |row| row.get(0))
}

/// Whether the result of a statement depends on the tables of the main database alone, and so cannot change without a
/// write to it. The opcodes that `EXPLAIN` lists tell: <https://www.sqlite.org/opcode.html>.
fn is_steady(sqlite: &Connection, sql: &str) -> rusqlite::Result<bool> {
    let mut statement = sqlite.prepare(&format!("EXPLAIN {sql}"))?;
    let mut program = statement.raw_query();
    while let Some(step) = program.next()? {
        let code: String = step.get("opcode")?;
        let is_steady = match code.as_str() {
            // The third operand says which database is opened: 0 is `main`.
            "OpenRead" | "ReopenIdx" => step.get::<_, i64>("p3")? == 0,
            "OpenWrite" | "VOpen" => false,
            "Function" | "PureFunc" | "AggStep" | "AggInverse" | "AggValue" | "AggFinal" => {
                let function: String = step.get("p4")?;
                let name = function.split_once('(').map_or("", |(name, _)| name);
                PURE.contains(&name)
                    || PURE_WITHOUT_VIEWS.contains(&name) && !names_a_view(sqlite, sql)?
            }
            _ => true,
        };
        if !is_steady {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a statement contains the name of a view of any schema. The name may also be that of a column there.
fn names_a_view(sqlite: &Connection, sql: &str) -> rusqlite::Result<bool> {
    let sql = sql.to_lowercase();
    let continues =
        |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let mut views =
        sqlite.prepare_cached("SELECT name FROM pragma_table_list WHERE type = 'view'")?;
    let mut names = views.query([])?;
    while let Some(row) = names.next()? {
        let name = row.get::<_, String>(0)?.replace('"', "\"\"").to_lowercase();
        let is_named = sql.match_indices(&name).any(|(at, _)| {
            let (before, after) = (sql.get(..at), sql.get(at + name.len()..));
            !continues(before.and_then(|text| text.chars().next_back()))
                && !continues(after.and_then(|text| text.chars().next()))
        });
        if is_named {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let sqlite = Connection::open_in_memory().expect("a database");
        let script = "CREATE TABLE numbers (id INTEGER PRIMARY KEY, word TEXT, price decimal_text); \
                      CREATE INDEX words ON numbers (word); \
                      CREATE VIEW few AS SELECT * FROM numbers WHERE id < 10; \
                      CREATE VIEW recent AS SELECT * FROM numbers WHERE word > datetime('now', '-1 day'); \
                      CREATE VIEW some AS SELECT * FROM numbers WHERE random() > 0; \
                      CREATE VIEW today AS SELECT * FROM numbers WHERE word = CURRENT_DATE; \
                      CREATE VIEW view AS SELECT 1; \
                      CREATE VIEW new AS SELECT * FROM numbers WHERE word > date('now'); \
                      CREATE TEMP VIEW briefly AS SELECT * FROM numbers WHERE word = time('now'); \
                      CREATE TEMP TABLE own (id INTEGER PRIMARY KEY); \
                      ATTACH ':memory:' AS other; \
                      CREATE TABLE other.far (id INTEGER PRIMARY KEY)";
        sqlite.execute_batch(script).expect("tables");
        sqlite
    }

    #[test]
    fn what_depends_on_the_tables_alone_is_steady() {
        let sqlite = connection();
        for rows in [
            "numbers",
            "few",
            "numbers WHERE word COLLATE BINARY IN (?, ?)",
            "numbers WHERE word GLOB ? OR word LIKE ? ESCAPE '\\'",
            "numbers WHERE CAST(substr(word, 1, 4) AS integer) = ? AND typeof(id) = 'integer'",
            "numbers WHERE CASE WHEN instr(word, '.') THEN rtrim(replace(word, '+00:00', ''), '0') END = ?",
            "numbers WHERE date(word, '+0 days') = ? AND word GLOB '[0-9]*'",
            "numbers WHERE datetime(substr(word, 1, 19)) = ? OR time(word) = word",
            "numbers WHERE date(word) = ? AND word <> 'reviewed'",
            "numbers WHERE nullif(ltrim(price, '-'), '') GLOB '[0-9]*' AND json_valid(word)",
            "numbers AS a WHERE (EXISTS (SELECT 1 FROM numbers AS b WHERE b.id = a.word)) IS NOT TRUE",
            "(SELECT DISTINCT word FROM numbers ORDER BY price LIMIT 3)",
        ] {
            let sql = format!("SELECT COUNT(*) FROM {rows}");
            assert!(is_steady(&sqlite, &sql).expect("a statement"), "{sql}");
        }
    }

    #[test]
    fn what_may_be_another_number_next_time_is_not() {
        let sqlite = connection();
        for rows in [
            "recent",
            "some",
            "today",
            "new",
            "NEW WHERE id > 1",
            "few WHERE date(word) = ?",
            "numbers WHERE id IN (SELECT id FROM briefly)",
            "own",
            "other.far",
            "json_each('[1]')",
            "pragma_table_list",
            "numbers WHERE id IN (SELECT id FROM own)",
            "numbers WHERE word = strftime('%Y', ?)",
            "numbers WHERE total_changes() > id",
        ] {
            let sql = format!("SELECT COUNT(*) FROM {rows}");
            assert!(!is_steady(&sqlite, &sql).expect("a statement"), "{sql}");
        }
    }

    #[test]
    fn a_state_has_another_number_once_another_connection_has_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("numbers.db");
        for mode in ["WAL", "DELETE"] {
            let (one, other) = (Connection::open(&path), Connection::open(&path));
            let (one, other) = (one.expect("a file"), other.expect("the same"));
            one.pragma_update(None, "journal_mode", mode)
                .expect("a mode");
            for script in [
                "CREATE TABLE IF NOT EXISTS numbers (id INTEGER PRIMARY KEY)",
                "INSERT INTO numbers DEFAULT VALUES",
                "UPDATE numbers SET id = id + 1",
                "DELETE FROM numbers",
                "DROP TABLE numbers",
            ] {
                let before = content_version(&one).expect("a version");
                assert_eq!(content_version(&one), Ok(before), "{mode}: nobody wrote");
                other.execute_batch("BEGIN; ROLLBACK").expect("nothing");
                assert_eq!(
                    content_version(&one),
                    Ok(before),
                    "{mode}: nothing was written"
                );
                other.execute_batch(script).expect("a statement");
                assert_ne!(content_version(&one), Ok(before), "{mode}: {script}");
            }
        }
    }
}
