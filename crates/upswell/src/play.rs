//! Independent runs on several threads: the order of the outcomes is that of the runs.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

/// More threads than any machine has cores; a thread holds the requests of its run in memory.
const THREADS_MAX: usize = 1024;

/// Plays the runs 0 to `count` on so many threads, and returns what became of each.
///
/// A run knows nothing of the others, so that the outcome is the same with any number of threads.
pub(crate) fn in_parallel<T: Send>(
    count: usize,
    threads: NonZeroUsize,
    play: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|run| *run < count);
        std::iter::from_fn(take).map(|run| (run, play(run))).collect::<Vec<(usize, T)>>()
    };
    let mut played = scope(|scope| {
        let workers = threads.get().min(count);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let finished = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        finished.flatten().collect::<Vec<_>>()
    });
    played.sort_by_key(|(run, _)| *run);
    played.into_iter().map(|(_, outcome)| outcome).collect()
}

/// As many threads as the machine runs at once.
pub(crate) fn threads_of_machine() -> NonZeroUsize {
    available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Reads `--threads`.
pub(crate) fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= THREADS_MAX);
    threads.ok_or_else(|| format!("not a whole number from 1 to {THREADS_MAX}; write e.g. 4"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn outcomes_keep_the_order_of_the_runs() {
        for (count, threads) in [(0, 1), (1, 4), (7, 1), (7, 3), (3, 64)] {
            let outcomes = in_parallel(count, NonZeroUsize::new(threads).unwrap(), |run| run * run);
            assert_eq!(outcomes, (0..count).map(|run| run * run).collect::<Vec<_>>());
        }
    }

    #[test]
    fn runs_are_played_at_the_same_time() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let receiver = std::sync::Mutex::new(receiver);
        // The first run waits for the second one.
        let outcomes = in_parallel(2, NonZeroUsize::new(2).unwrap(), |run| match run {
            0 => receiver.lock().unwrap().recv_timeout(Duration::from_secs(60)).is_ok(),
            _ => sender.send(()).is_ok(),
        });
        assert_eq!(outcomes, [true, true]);
    }

    #[test]
    fn threads_are_a_number_from_one() {
        assert_eq!(parse_threads("5").unwrap().get(), 5);
        for text in ["0", "-1", "1025", "many", ""] {
            assert!(parse_threads(text).unwrap_err().contains("from 1 to 1024"), "{text}");
        }
    }
}
