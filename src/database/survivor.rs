//! [`Survivor`]: work that a client cannot tear by leaving.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

/// A future that runs to its end even if it is dropped: a task of its own then goes on with it. Until then it needs no
/// task, whose start would wake another thread for each write. A panic is its result.
pub(super) struct Survivor<T: Send + 'static>(Option<Surviving<T>>);

type Surviving<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Send + 'static> Survivor<T> {
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<T: Send + 'static> Future for Survivor<T> {
    /// The result of the work, or the words of its panic.
    type Output = Result<T, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.0 else {
            return Poll::Pending;
        };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        let done = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(done)) => Ok(done),
            Err(panic) => Err(words_of(&*panic)),
        };
        self.0 = None;
        Poll::Ready(done)
    }
}

impl<T: Send + 'static> Drop for Survivor<T> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("without words"))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn what_is_dropped_goes_on() {
        let is_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&is_done);
        let work = Survivor::new(async move {
            sleep(Duration::from_millis(30)).await;
            done.store(true, Ordering::SeqCst);
        });
        assert!(timeout(Duration::from_millis(1), work).await.is_err());
        assert!(!is_done.load(Ordering::SeqCst));
        for _ in 0..200 {
            if is_done.load(Ordering::SeqCst) {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("the work has ended with its future");
    }

    #[tokio::test]
    async fn a_panic_is_a_result() {
        let work = Survivor::new(async { panic!("at work") });
        let panic: Result<(), _> = work.await;
        assert_eq!(panic, Err("panicked: at work".to_owned()));
        assert_eq!(Survivor::new(async { 7 }).await, Ok(7));
    }
}
