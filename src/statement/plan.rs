//! Plans: the text of a statement and the layout of its rows, cached for all requests of one shape.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::trial::Trial;
use crate::{
    cell::Value,
    metrics,
    model::{ColumnNumber, Model},
    observer::{Observer, RunningStatement},
};

/// The kind of a statement: what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StatementKind {
    /// The rows of a page, which are locked for the rest of the transaction if `locked`.
    Page {
        reversed: bool,
        locked: bool,
    },
    PageAndTotal,
    /// The page and the total, read by one statement that goes through all rows and counts them.
    PageWithTotal,
    /// Every row of a list.
    Whole,
    Total,
    /// A row, which is locked for the rest of the transaction if `locked`.
    Row {
        locked: bool,
    },
    /// The single rows that this many batched requests ask for.
    Rows(u8),
    /// The pages of `readers` batched requests.
    Pages {
        readers: u8,
        totals: PageTotals,
    },
    Parent,
    Related(RelatedForm),
}

/// The totals that a statement reads with the pages of several requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PageTotals {
    /// No total.
    None,
    /// The total of each request's list.
    OfEach,
    /// The total of the only list, which all the pages are of.
    OfAll,
}

/// Which related rows a statement reads. A leading row is one that refers to related rows, such as a car to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RelatedForm {
    /// All related rows. Only read for a relation that leads to at most one row.
    All,
    /// The first related rows of the only leading row, such as the parts of one car.
    First,
    /// The first related rows of each leading row, such as the parts of each car.
    FirstOfEach,
}

/// The text of a statement, and how to read its result.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) sql: Arc<str>,
    pub(crate) model: Model,
    /// The model's columns in the order of the result, after the columns of `lead` and `pairs`.
    pub(crate) columns: Box<[ColumnNumber]>,
    /// The numbers, such as a total, that each row of the result begins with; `None` if there are none.
    pub(crate) lead: Option<Leads>,
    /// Whether the result has at most one row.
    pub(crate) is_single: bool,
    /// The columns of a junction that precede the model's columns in the result; `None` if there are none.
    pub(crate) pairs: Option<Pairs>,
    /// How many values by which the rows are ordered follow the model's columns in the result.
    pub(crate) marks: usize,
    /// Whether the statement cannot be shared by batched requests, since it has room for the values of one request
    /// only.
    pub(crate) is_alone: bool,
    /// How long recent runs of the statement took, and how many rows it counts.
    pub(crate) took: Took,
    /// Whether the statement is fit for use, if it commits itself.
    pub(crate) trial: Trial,
}

/// The cost of a statement, shared between threads.
#[derive(Debug)]
pub(crate) struct Took {
    /// A recent duration in whole microseconds. `u32::MAX` stands for a statement that has not run yet.
    micros: AtomicU32,
    /// The total of the list that was counted last; 0 if none was.
    counted: AtomicU32,
}

impl Default for Took {
    fn default() -> Self {
        Self {
            micros: AtomicU32::new(u32::MAX),
            counted: AtomicU32::new(0),
        }
    }
}

impl Took {
    /// Records a duration. A longer duration recorded before is forgotten only gradually, since the values of the next
    /// request may be as slow.
    pub(crate) fn set(&self, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        let before = match self.micros.load(Ordering::Relaxed) {
            u32::MAX => 0,
            before => before,
        };
        self.micros
            .store(micros.max(before - before / 8), Ordering::Relaxed);
    }

    /// Returns the recorded duration; `None` if the statement has not run yet.
    pub(crate) fn known(&self) -> Option<Duration> {
        Some(self.get()).filter(|_| self.micros.load(Ordering::Relaxed) != u32::MAX)
    }

    pub(crate) fn get(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed).into())
    }

    /// Records the total of a list that the statement has counted.
    #[cfg(feature = "_server")]
    pub(crate) fn set_counted(&self, total: u64) {
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        self.counted.store(total, Ordering::Relaxed);
    }

    /// Returns the total of the list that the statement has counted last; 0 if it has counted none.
    #[cfg(feature = "_server")]
    pub(crate) fn counted(&self) -> u32 {
        self.counted.load(Ordering::Relaxed)
    }
}

/// The numbers, such as a total, that precede the columns of the model in each row of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// The number of rows of the whole list, repeated in each row.
    Total,
    /// What the row was read for: the position, from zero, of a request in its batch or, for related rows, of a leading
    /// row's key in the list of keys.
    Reader,
    /// The position, from zero, of the request in its batch, then the number of rows of the request's whole list.
    ReaderAndTotal,
}

impl Leads {
    /// Returns how many numbers precede the columns of the model in each row.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Total | Self::Reader => 1,
            Self::ReaderAndTotal => 2,
        }
    }
}

/// The columns of a junction in a result. They hold values of `columns`, which are columns of `model` (such as cars).
#[derive(Debug)]
pub(crate) struct Pairs {
    pub(crate) model: Model,
    pub(crate) columns: Box<[ColumnNumber]>,
}

/// A plan (the text of a statement, and how to read its result), and the values to bind to its placeholders.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) plan: Arc<Plan>,
    pub(crate) values: Vec<Value>,
    /// The maximum number of bytes of rows to read. Unlimited unless set by [`Statement::within`].
    pub(crate) most_bytes: usize,
    /// Observes the statement if it writes; a reading has the observer of its database itself.
    pub(crate) observer: Observer,
}

impl Statement {
    pub(crate) fn new(plan: Arc<Plan>, values: Vec<Value>) -> Self {
        Self {
            plan,
            values,
            most_bytes: usize::MAX,
            observer: Observer::default(),
        }
    }

    /// Sets the observer of a statement that writes.
    pub(crate) fn observed_by(mut self, observer: &Observer) -> Self {
        self.observer = observer.clone();
        self
    }

    /// Begins to observe a statement that writes.
    pub(crate) fn begin_write(&self) -> RunningStatement<'_> {
        let Plan { model, sql, .. } = &*self.plan;
        self.observer.begin_write(model.name(), sql)
    }

    /// Limits the bytes of rows that the statement may read.
    pub(crate) fn within(mut self, most_bytes: usize) -> Self {
        self.most_bytes = most_bytes;
        self
    }
}

/// A bounded cache of the plans of a database, with the observer of its statements. Clients choose the shapes of
/// statements, so the cache is cleared when it is full.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    cache: RwLock<HashMap<PlanKey, Arc<Plan>>>,
    pub(crate) observer: Observer,
}

const MOST_PLANS: usize = 1024;

impl Plans {
    /// Creates an empty cache, with the observer of a database's statements.
    pub(crate) fn observed_by(observer: Observer) -> Arc<Self> {
        let cache = RwLock::default();
        Arc::new(Self { cache, observer })
    }

    /// Returns the plan (the text of a statement, and how to read its result) with this key, made by `make` if it is
    /// not cached.
    pub(crate) fn plan(&self, key: PlanKey, make: impl FnOnce() -> Plan) -> Arc<Plan> {
        let known = self
            .cache
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .map(Arc::clone);
        metrics::looked_up_plan(known.is_some());
        known.unwrap_or_else(|| {
            let plan = Arc::new(make());
            let mut plans = self.cache.write().unwrap_or_else(PoisonError::into_inner);
            if plans.len() >= MOST_PLANS {
                plans.clear();
            }
            plans.insert(key, Arc::clone(&plan));
            plan
        })
    }
}

/// The key of a plan in the cache: all bytes that determine the text of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlanKey(Vec<u8>);

impl PlanKey {
    /// Creates a key from the kind of a statement. It has capacity for the keys of most requests.
    pub(crate) fn new(kind: StatementKind) -> Self {
        let mut key = Self(Vec::with_capacity(256));
        kind.hash(&mut key);
        key
    }

    /// Creates the key of a statement over groups of rows. No key of a kind begins with the same bytes.
    pub(crate) fn of_groups(reversed: bool, counted: bool) -> Self {
        let mut key = Self(Vec::with_capacity(256));
        (u64::MAX - 1, reversed, counted).hash(&mut key);
        key
    }

    /// Creates the key of the statement that estimates the number of rows of a list, from the key of the one that counts
    /// them. No key of a kind begins with the same bytes.
    pub(super) fn of_estimate(counting: Self) -> Self {
        let mut key = Self((u64::MAX - 2).to_ne_bytes().to_vec());
        key.0.extend(counting.0);
        key
    }

    /// Creates the key of a statement that writes this number of rows. No key of a kind begins with the same bytes.
    pub(crate) fn of_write(rows: usize) -> Self {
        let mut key = Self(Vec::with_capacity(256));
        (u64::MAX, rows).hash(&mut key);
        key
    }
}

impl Hasher for PlanKey {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Returns zero. The key is the bytes themselves, so no digest of them is needed.
    fn finish(&self) -> u64 {
        0
    }
}
