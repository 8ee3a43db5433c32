//! Somebody who writes while others read.

use std::{
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use tower_rest::Database;

use crate::{BoxError, data::CARS};

/// How long it rests after each row.
const REST: Duration = Duration::from_millis(1);

/// A thread that writes one row after the other, until it is stopped.
pub(crate) struct Writer {
    stop: Sender<()>,
    thread: JoinHandle<Result<u32, BoxError>>,
}

impl Writer {
    pub(crate) fn start(url: &str) -> Self {
        let url = url.to_owned();
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let db = runtime.block_on(Database::connect(&url))?;
            let mut written = 0;
            while stopped.recv_timeout(REST) == Err(RecvTimeoutError::Timeout) {
                let car = written * 7919 % CARS + 1;
                let update = format!("UPDATE cars SET price = price + 1 WHERE car_id = {car}");
                runtime.block_on(db.execute_script(&update))?;
                written += 1;
            }
            Ok(written)
        });
        Self { stop, thread }
    }

    /// How many rows it has written.
    pub(crate) fn stop(self) -> Result<u32, BoxError> {
        drop(self.stop);
        self.thread.join().map_err(|_| "the writer panicked")?
    }
}
