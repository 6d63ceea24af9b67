//! Runs queries off the async threads: few at a time, each with a deadline that ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::answer::Failure;

/// Says to a query whether it is to go on.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    at: Instant,
    /// Set when whoever asked has gone.
    is_abandoned: Arc<AtomicBool>,
}

impl Deadline {
    /// Returns whether the query is to end.
    pub(super) fn is_over(&self) -> bool {
        self.is_abandoned.load(Ordering::Relaxed) || Instant::now() >= self.at
    }
}

/// Tells the query that nobody waits for it any more, once it goes.
struct Abandon(Arc<AtomicBool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` on a thread of its own as soon as a slot is free.
///
/// The slot is held until `work` has ended, also when nobody waits for it any more: `work` is to
/// ask its deadline now and then.
pub(super) async fn execute<T: Send + 'static>(
    slots: &Arc<Semaphore>,
    timeout: Duration,
    work: impl FnOnce(&Deadline) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let at = Instant::now() + timeout;
    let queued = tokio::time::timeout(timeout, Arc::clone(slots).acquire_owned()).await;
    let queued = queued.map_err(|_| Failure::timeout("query queue"))?;
    let slot = queued.map_err(|_| Failure::internal("the server is being stopped"))?;
    let is_abandoned = Arc::new(AtomicBool::new(false));
    let _abandon = Abandon(Arc::clone(&is_abandoned));
    let deadline = Deadline { at, is_abandoned };
    let done = tokio::task::spawn_blocking(move || {
        let done = work(&deadline);
        drop(slot);
        done
    });
    done.await.unwrap_or_else(|_| Err(Failure::internal("the query has ended in a panic")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until_over(deadline: &Deadline) -> Result<(), Failure> {
        while !deadline.is_over() {
            std::thread::yield_now();
        }
        Err(Failure::timeout("query execution"))
    }

    #[tokio::test]
    async fn a_query_ends_at_its_deadline_and_the_next_one_waits_for_its_slot() {
        let slots = Arc::new(Semaphore::new(1));
        let first = execute(&slots, Duration::from_millis(50), until_over);
        let second = execute(&slots, Duration::from_secs(60), |_| Ok(1));
        let third = execute(&slots, Duration::ZERO, |_| Ok(1));
        let (first, second, third) = tokio::join!(first, second, third);
        assert_eq!(first, Err(Failure::timeout("query execution")));
        assert_eq!(second, Ok(1));
        assert_eq!(third, Err(Failure::timeout("query queue")));
    }

    #[tokio::test]
    async fn a_query_that_nobody_waits_for_any_more_ends_and_frees_its_slot() {
        let slots = Arc::new(Semaphore::new(1));
        let query = execute(&slots, Duration::from_secs(3600), until_over);
        let gone = tokio::time::timeout(Duration::from_millis(20), query).await;
        assert!(gone.is_err());
        let next = execute(&slots, Duration::from_secs(60), |_| Ok(1)).await;
        assert_eq!(next, Ok(1));
    }
}
