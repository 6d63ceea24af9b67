//! All targets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use upswell_metrics::Labels;
use upswell_metrics::store::Writer;

use super::worker::Worker;
use super::{Discovery, ScrapeTarget, TargetStatus};

/// The one writer of a store, for all who write; held only while something is appended.
pub type SharedWriter = Arc<Mutex<Writer>>;

/// Name of the job, and the target's labels: two targets that are alike in both would write the
/// same series, so that the first one is scraped alone.
type Key = (String, Labels);

type Workers = Arc<Mutex<BTreeMap<Key, Worker>>>;

/// Scrapes what its discovery finds.
#[derive(Debug)]
pub struct Scraper {
    workers: Workers,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Scraper {
    /// Starts scraping, within the tokio runtime of the caller.
    ///
    /// Each target is scraped first at an instant within its interval that its name and labels
    /// give, and then at every interval; a scrape that takes longer leaves out those that should
    /// have come meanwhile. Where a target is no longer found, its series end at once, with
    /// staleness markers.
    pub fn start(mut discovery: impl Discovery + 'static, writer: SharedWriter) -> Self {
        let workers = Workers::default();
        let (stop, mut stopped) = oneshot::channel();
        let of_task = Arc::clone(&workers);
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    found = discovery.targets() => take(&of_task, found, &writer),
                    _ = &mut stopped => return,
                }
            }
        });
        Self { workers, stop, task }
    }

    /// Returns how each target does, in order of jobs and labels.
    #[must_use]
    pub fn targets(&self) -> Vec<TargetStatus> {
        lock(&self.workers).values().map(Worker::status).collect()
    }

    /// Ends the scraping: scrapes under way are given up, and all series get staleness markers.
    pub async fn stop(self) {
        // Where the task has ended already, there is nobody to tell.
        let _ = self.stop.send(());
        let _ = self.task.await;
        let workers = std::mem::take(&mut *lock(&self.workers));
        let stops: Vec<_> =
            workers.into_values().map(|worker| tokio::spawn(worker.stop())).collect();
        for stop in stops {
            let _ = stop.await;
        }
    }
}

/// Starts what is new, ends what is gone, and leaves the rest as it is.
fn take(workers: &Workers, found: Vec<ScrapeTarget>, writer: &SharedWriter) {
    let mut workers = lock(workers);
    let mut before = std::mem::take(&mut *workers);
    for target in found {
        let key = (target.job.settings().name.clone(), target.target.labels.clone());
        if workers.contains_key(&key) {
            continue;
        }
        let worker = match before.remove(&key) {
            Some(worker) if worker.target().is_same(&target) => worker,
            older => Worker::start(target, Arc::clone(writer), older),
        };
        workers.insert(key, worker);
    }
    for gone in before.into_values() {
        tokio::spawn(gone.stop());
    }
}

fn lock(workers: &Workers) -> MutexGuard<'_, BTreeMap<Key, Worker>> {
    workers.lock().unwrap_or_else(PoisonError::into_inner)
}
