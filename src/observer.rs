//! Observing statements: the span of each, its metrics, and a warning if it is slow.
//!
//! 1. A warning has the text of the statement, with placeholders, and never a value.
//! 2. Warnings are limited: within ten seconds, at most ten statements of a database are warned of, each once. The next
//!    warning says how many slow statements were not logged.
//! 3. A statement that fails, is stopped or is dropped is observed, too.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::{Span, field};

use crate::metrics::StatementLabels;

/// How long a statement may take before it is slow, unless the program says otherwise.
const SLOW: Duration = Duration::from_millis(500);
/// The time in which each slow statement is logged once, and no more than [`MOST`] of them.
const WINDOW: Duration = Duration::from_secs(10);
const MOST: usize = 10;
/// How many bytes of a statement's text a warning has.
const LONGEST_TEXT: usize = 4096;

/// The observer of a database's statements, cheap to clone. The default one warns of nothing.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<ObserverInner>>);

struct ObserverInner {
    /// The name of the database system, as OpenTelemetry writes it.
    system: &'static str,
    /// The time after which a statement is slow, in microseconds.
    slow_after: AtomicU64,
    warnings: Mutex<Warnings>,
}

/// The warnings of the last ten seconds.
#[derive(Default)]
struct Warnings {
    since: Option<Instant>,
    warned: Vec<Arc<str>>,
    /// How many slow statements were not logged since the last warning.
    unlogged: u64,
}

/// Returns OpenTelemetry's name for a database system, given its display name.
pub(crate) fn system_of(name: &str) -> &'static str {
    match name {
        "SQLite" => "sqlite",
        "PostgreSQL" => "postgresql",
        "MySQL" => "mysql",
        _ => "other_sql",
    }
}

impl Observer {
    /// Creates the observer of a database with this display name.
    pub(crate) fn new(name: &str) -> Self {
        Self(Some(Arc::new(ObserverInner {
            system: system_of(name),
            slow_after: AtomicU64::new(micros(SLOW)),
            warnings: Mutex::default(),
        })))
    }

    /// Sets the time after which a statement is slow.
    pub(crate) fn slow_after(&self, time: Duration) {
        if let Some(inner) = &self.0 {
            inner.slow_after.store(micros(time), Ordering::Relaxed);
        }
    }

    /// Takes the time after which a statement is slow from another observer.
    pub(crate) fn slow_as(&self, other: &Self) {
        if let (Some(inner), Some(other)) = (&self.0, &other.0) {
            let time = other.slow_after.load(Ordering::Relaxed);
            inner.slow_after.store(time, Ordering::Relaxed);
        }
    }

    /// Returns OpenTelemetry's name for the database system.
    pub(crate) fn system(&self) -> &'static str {
        self.0.as_ref().map_or("other_sql", |inner| inner.system)
    }

    /// Begins to observe a statement.
    pub(crate) fn begin<'a>(
        &'a self,
        (operation, model): (&'static str, &'a str),
        sql: &'a Arc<str>,
    ) -> RunningStatement<'a> {
        let system = self.system();
        let span = tracing::debug_span!(
            "statement",
            model,
            operation,
            otel.kind = "client",
            otel.name = %Named(operation, model),
            db.system.name = system,
            db.query.text = &**sql,
            rows = field::Empty,
            microseconds = field::Empty
        );
        RunningStatement {
            observer: self.0.as_deref(),
            labels: StatementLabels {
                system,
                model,
                operation,
            },
            sql,
            span,
            started: Instant::now(),
            is_over: false,
        }
    }

    /// Begins to observe a statement that writes.
    pub(crate) fn begin_write<'a>(
        &'a self,
        model: &'a str,
        sql: &'a Arc<str>,
    ) -> RunningStatement<'a> {
        self.begin((verb(sql), model), sql)
    }
}

/// Returns what a statement that writes does, from its text.
fn verb(sql: &str) -> &'static str {
    let verbs = [
        ("INSERT ", "insert"),
        ("UPDATE ", "update"),
        ("DELETE ", "delete"),
    ];
    let first = verbs
        .iter()
        .filter_map(|(word, name)| Some((sql.find(word)?, *name)));
    first.min().map_or("write", |(_, name)| name)
}

struct Named<'a>(&'static str, &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// A statement that runs. If it is dropped before it [ends](Self::end), it has failed or was stopped.
pub(crate) struct RunningStatement<'a> {
    observer: Option<&'a ObserverInner>,
    labels: StatementLabels<'a>,
    sql: &'a Arc<str>,
    span: Span,
    started: Instant,
    is_over: bool,
}

impl RunningStatement<'_> {
    /// Returns the span of the statement.
    pub(crate) const fn span(&self) -> &Span {
        &self.span
    }

    /// Never warns of this statement, since its time depends on how fast a client reads.
    pub(crate) fn of_any_length(mut self) -> Self {
        self.observer = None;
        self
    }

    /// Records the number of rows of a statement that has ended, and its duration.
    pub(crate) fn end(mut self, rows: u64) {
        self.over(Some(rows));
    }

    fn over(&mut self, rows: Option<u64>) {
        self.is_over = true;
        let time = self.started.elapsed();
        self.span.record("rows", rows);
        self.span.record("microseconds", micros(time));
        self.labels.ran(time, rows.is_some());
        if let Some(observer) = self.observer
            && micros(time) >= observer.slow_after.load(Ordering::Relaxed)
        {
            self.labels.was_slow();
            if let Some(unlogged) = observer.turn(self.sql) {
                self.span.in_scope(|| self.warn(time, rows, unlogged));
            }
        }
    }

    fn warn(&self, time: Duration, rows: Option<u64>, unlogged: u64) {
        let text = match rows {
            Some(_) => "a slow statement",
            None => "a slow statement, which failed or was stopped",
        };
        tracing::warn!(
            model = self.labels.model,
            operation = self.labels.operation,
            db.system.name = self.labels.system,
            db.query.text = &*shortened(self.sql),
            rows,
            microseconds = micros(time),
            unlogged,
            "{text}"
        );
    }
}

impl Drop for RunningStatement<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.over(None);
        }
    }
}

impl ObserverInner {
    /// Returns how many slow statements were not logged before this one; `None` if this one is not logged either.
    fn turn(&self, sql: &Arc<str>) -> Option<u64> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.since.is_none_or(|since| since.elapsed() >= WINDOW) {
            warnings.since = Some(Instant::now());
            warnings.warned.clear();
        }
        if warnings.warned.len() >= MOST || warnings.warned.contains(sql) {
            warnings.unlogged = warnings.unlogged.saturating_add(1);
            return None;
        }
        warnings.warned.push(Arc::clone(sql));
        Some(std::mem::take(&mut warnings.unlogged))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Returns the beginning of a long text.
fn shortened(sql: &str) -> Cow<'_, str> {
    match sql.len() > LONGEST_TEXT {
        true => format!(
            "{}…",
            &sql.get(..sql.floor_char_boundary(LONGEST_TEXT))
                .unwrap_or_default()
        )
        .into(),
        false => sql.into(),
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.system()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_slow_statements_is_warned_of_ten_times() {
        let observer = Observer::new("SQLite");
        let inner = observer.0.as_deref().expect("an observer");
        let texts: Vec<Arc<str>> = (0..100).map(|number| number.to_string().into()).collect();
        let logged = texts.iter().chain(&texts).filter_map(|sql| inner.turn(sql));
        assert_eq!(logged.collect::<Vec<_>>(), [0; 10]);
        inner.warnings.lock().expect("no panic").since = Instant::now().checked_sub(WINDOW);
        assert_eq!(inner.turn(&texts[0]), Some(190));
        assert_eq!(inner.turn(&texts[0]), None);
        assert_eq!(inner.turn(&texts[1]), Some(1));
    }

    #[test]
    fn a_write_is_named_by_what_it_does() {
        for (sql, name) in [
            ("INSERT INTO a ON CONFLICT DO UPDATE SET b", "insert"),
            ("WITH w AS (UPDATE a SET b = $1) SELECT", "update"),
            ("DELETE FROM a", "delete"),
            ("REPLACE INTO a", "write"),
        ] {
            assert_eq!(verb(sql), name, "{sql}");
        }
    }

    #[test]
    fn a_long_text_is_shortened() {
        let sql = "ü".repeat(LONGEST_TEXT);
        assert_eq!(shortened(&sql).len(), LONGEST_TEXT + "…".len());
        assert_eq!(shortened("SELECT 1"), "SELECT 1");
    }
}
