//! [`ConnectionWait`]: how long work waits for a connection.

use std::time::Duration;

use super::{
    labels::LabelValue,
    recorder::{Stopwatch, change, record},
    table,
};

/// The queues in which work waits for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionQueue {
    Reading,
    Writing,
    /// Transactions that have a connection to themselves, such as those of actions.
    Transaction,
    Export,
}

impl ConnectionQueue {
    const fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Transaction => "transaction",
            Self::Export => "export",
        }
    }
}

/// Work that waits for a connection. When it is dropped, the wait is over.
#[derive(Debug)]
pub(crate) struct ConnectionWait {
    system: &'static str,
    queue: ConnectionQueue,
    stopwatch: Stopwatch,
}

impl ConnectionWait {
    pub(crate) fn begin(system: &'static str, queue: ConnectionQueue) -> Self {
        let wait = Self {
            system,
            queue,
            stopwatch: Stopwatch::start(),
        };
        change(table::WAITING, &wait.labels(), 1);
        wait
    }

    const fn labels(&self) -> [(&'static str, LabelValue<'static>); 2] {
        [
            (table::SYSTEM, LabelValue::Fixed(self.system)),
            (table::QUEUE, LabelValue::Fixed(self.queue.name())),
        ]
    }

    /// Records that work has got a connection without waiting.
    pub(crate) fn none(system: &'static str, queue: ConnectionQueue) {
        let labels = [
            (table::SYSTEM, LabelValue::Fixed(system)),
            (table::QUEUE, LabelValue::Fixed(queue.name())),
        ];
        record(table::WAIT_TIME, &labels, Duration::ZERO);
    }
}

impl Drop for ConnectionWait {
    fn drop(&mut self) {
        let labels = self.labels();
        change(table::WAITING, &labels, -1);
        record(table::WAIT_TIME, &labels, self.stopwatch.elapsed());
    }
}
