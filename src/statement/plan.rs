//! Plans: the text of a statement and what its rows hold, made once for all requests of one shape.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::{cell::Value, model::Model};

/// What a statement returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Page {
        reversed: bool,
    },
    PageAndTotal,
    /// The same, each row read once: the total is counted while the rows are read.
    PageWithTotal,
    /// Every row of a list.
    Whole,
    Total,
    Row,
    /// The rows of so many readers.
    Rows(u8),
    /// The pages of so many readers, each row of them after the total of its list if that is counted.
    Pages {
        readers: u8,
        counted: bool,
    },
    Parent,
    Related(Form),
}

/// How many of the related rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// All of them.
    All,
    /// The first ones of the only row that leads.
    First,
    /// The first ones of each row that leads.
    FirstOfEach,
}

/// A statement's text, and the columns it reads.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) sql: Arc<str>,
    pub(crate) model: Model,
    /// The model's columns in the order of the result; after the numbers that lead, where there are any.
    pub(crate) columns: Box<[u16]>,
    /// What the first columns of the result are, where they are none of the model's.
    pub(crate) lead: Option<Lead>,
    /// Whether there is one row at most.
    pub(crate) is_single: bool,
    /// The columns of a junction before the model's own: whose values they hold.
    pub(crate) pairs: Option<Pairs>,
    /// Whether it has values of one reader only: others with other values have no statement with it.
    pub(crate) is_alone: bool,
    /// How long it took when it last ran.
    pub(crate) took: Took,
}

/// How long something took when it was last done, in whole microseconds, or not long before; for ever, if it never was.
#[derive(Debug)]
pub(crate) struct Took(AtomicU32);

impl Default for Took {
    fn default() -> Self {
        Self(AtomicU32::new(u32::MAX))
    }
}

impl Took {
    /// What was slow once is forgotten slowly: the values of the next request may be the same.
    pub(crate) fn set(&self, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        let before = match self.0.load(Ordering::Relaxed) {
            u32::MAX => 0,
            before => before,
        };
        self.0
            .store(micros.max(before - before / 8), Ordering::Relaxed);
    }

    /// How long it took, if it ever ran.
    pub(crate) fn known(&self) -> Option<Duration> {
        Some(self.get()).filter(|_| self.0.load(Ordering::Relaxed) != u32::MAX)
    }

    pub(crate) fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed).into())
    }
}

/// Numbers before the columns of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// The number of rows of the whole list, the same before each.
    Total,
    /// Whose row it is, of several that are read together, counted from zero.
    Reader,
    /// Whose row it is, and then the number of rows of that one's list.
    ReaderAndTotal,
}

impl Lead {
    /// How many numbers there are.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Total | Self::Reader => 1,
            Self::ReaderAndTotal => 2,
        }
    }
}

/// Columns of a junction that hold values of a model's.
#[derive(Debug)]
pub(crate) struct Pairs {
    pub(crate) model: Model,
    pub(crate) columns: Box<[u16]>,
}

/// A plan and the values of one request.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) plan: Arc<Plan>,
    pub(crate) values: Vec<Value>,
    /// How many bytes of rows are taken of it at most; as many as there are, unless [`Statement::within`] says it.
    pub(crate) most_bytes: usize,
}

impl Statement {
    pub(crate) const fn new(plan: Arc<Plan>, values: Vec<Value>) -> Self {
        Self {
            plan,
            values,
            most_bytes: usize::MAX,
        }
    }

    /// The same statement, of which no more rows are taken than so many bytes.
    pub(crate) fn within(mut self, most_bytes: usize) -> Self {
        self.most_bytes = most_bytes;
        self
    }
}

/// The plans made so far. Bounded: clients choose the shapes, so at the limit all are dropped and made again as asked.
#[derive(Debug, Default)]
pub(crate) struct Plans(RwLock<HashMap<PlanKey, Arc<Plan>>>);

const MOST_PLANS: usize = 1024;

impl Plans {
    /// The plan of a shape, made by `make` if there is none yet.
    pub(crate) fn plan(&self, key: PlanKey, make: impl FnOnce() -> Plan) -> Arc<Plan> {
        let known = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .map(Arc::clone);
        known.unwrap_or_else(|| {
            let plan = Arc::new(make());
            let mut plans = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if plans.len() >= MOST_PLANS {
                plans.clear();
            }
            plans.insert(key, Arc::clone(&plan));
            plan
        })
    }
}

/// What makes two statements the same text: every byte that was hashed into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlanKey(Vec<u8>);

impl PlanKey {
    /// The key of no more than a kind, with room for most requests'.
    pub(crate) fn new(kind: Kind) -> Self {
        let mut key = Self(Vec::with_capacity(256));
        kind.hash(&mut key);
        key
    }
}

impl Hasher for PlanKey {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A key is compared whole; nothing asks for its digest.
    fn finish(&self) -> u64 {
        0
    }
}
