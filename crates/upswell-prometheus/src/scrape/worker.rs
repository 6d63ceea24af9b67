//! The task of one target.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Url;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep};
use tracing::debug;
use upswell_metrics::Time;
use upswell_metrics::exposition::Format;
use upswell_metrics::scrape::Session;
use upswell_units::Duration;

use super::fetch::{FetchError, fetch};
use super::schedule::Schedule;
use super::scraper::SharedWriter;
use super::{ScrapeTarget, TargetError, TargetStatus};
use crate::clock::now;
use crate::http::std_duration;

/// A buffer that is larger is given back after its page: a page that was large once may not come
/// again.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// A target that is being scraped.
#[derive(Debug)]
pub(super) struct Worker {
    target: ScrapeTarget,
    state: Arc<Mutex<State>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What the task and those who ask share.
#[derive(Debug)]
struct State {
    session: Session,
    scraped_at: Option<Time>,
    duration: Duration,
    error: Option<TargetError>,
}

impl Worker {
    /// Starts scraping a target, once the one in whose place it comes has ended.
    pub(super) fn start(target: ScrapeTarget, writer: SharedWriter, before: Option<Self>) -> Self {
        let options = target.job.settings.options.clone();
        let state = State {
            session: Session::new(target.target.labels.clone(), options),
            scraped_at: None,
            duration: Duration::ZERO,
            error: None,
        };
        let state = Arc::new(Mutex::new(state));
        let (stop, stopped) = watch::channel(false);
        let task = Task { target: target.clone(), state: Arc::clone(&state), writer, stopped };
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                before.stop().await;
            }
            task.run().await;
        });
        Self { target, state, stop, task }
    }

    pub(super) fn target(&self) -> &ScrapeTarget {
        &self.target
    }

    /// Ends the scraping, with staleness markers for all series.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        // A task that has ended by itself has nothing left to end.
        let _ = self.task.await;
    }

    pub(super) fn status(&self) -> TargetStatus {
        let state = lock(&self.state);
        let metadata = state.session.metadata();
        TargetStatus {
            target: self.target.clone(),
            scraped_at: state.scraped_at,
            duration: state.duration,
            error: state.error.clone(),
            metadata: metadata
                .map(|(name, metadata)| (name.to_owned(), metadata.clone()))
                .collect(),
        }
    }
}

struct Task {
    target: ScrapeTarget,
    state: Arc<Mutex<State>>,
    writer: SharedWriter,
    stopped: watch::Receiver<bool>,
}

/// What a scrape has brought.
type Fetched = Result<Format, FetchError>;

impl Task {
    async fn run(mut self) {
        let settings = &self.target.job.settings;
        let schedule =
            Schedule::new(settings.interval, &(&settings.name, &self.target.target.labels));
        let url = self.target.url().map_err(FetchError::Address);
        let mut stopped = self.stopped.clone();
        let mut page = Vec::new();
        let mut due = schedule.after(now());
        loop {
            let wait = std_duration(Duration::from_millis(due.millis_since(now())));
            tokio::select! {
                () = sleep(wait) => {}
                _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
            }
            let at = schedule.time_of(due, now());
            let start = Instant::now();
            let fetched = tokio::select! {
                fetched = self.fetch(&url, &mut page) => fetched,
                _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
            };
            let duration = Duration::from_secs_f64(start.elapsed().as_secs_f64());
            page = self.take(page, fetched, at, duration).await;
            due = schedule.next(due, now());
        }
        self.end().await;
    }

    async fn fetch(&self, url: &Result<Url, FetchError>, page: &mut Vec<u8>) -> Fetched {
        fetch(&self.target.job, url.as_ref().map_err(Clone::clone)?, page).await
    }

    /// Takes a page into the store; returns its emptied buffer. A large page takes its time, and
    /// must not hold up the scrapes that are due: it goes to a thread of its own.
    async fn take(&self, page: Vec<u8>, fetched: Fetched, at: Time, duration: Duration) -> Vec<u8> {
        let (state, writer) = (Arc::clone(&self.state), Arc::clone(&self.writer));
        let taken = spawn_blocking(move || {
            let mut state = lock(&state);
            let mut writer = lock(&writer);
            let error = match fetched {
                Ok(format) => {
                    let session = &mut state.session;
                    let report = session.ingest(&page, format, at, duration, &mut writer);
                    report.error.map(TargetError::Page)
                }
                Err(error) => {
                    state.session.failed(at, duration, &mut writer);
                    Some(TargetError::Fetch(error))
                }
            };
            drop(writer);
            (state.scraped_at, state.duration, state.error) = (Some(at), duration, error);
            page
        });
        let mut page = taken.await.unwrap_or_default();
        if let Some(error) = &lock(&self.state).error {
            debug!(target = %self.target.target.labels, %error, "scrape failed");
        }
        page.clear();
        if page.capacity() > BUFFER_BYTES_KEPT {
            page = Vec::new();
        }
        page
    }

    /// Ends all series, after their last sample.
    async fn end(&mut self) {
        let (state, writer) = (Arc::clone(&self.state), Arc::clone(&self.writer));
        let ended = spawn_blocking(move || {
            let mut state = lock(&state);
            let last = state.scraped_at.unwrap_or(Time::MIN);
            state.session.end(now().max(last.plus_millis(1)), &mut lock(&writer));
        });
        // There is nobody to tell any more.
        let _ = ended.await;
    }
}

/// A thread that has panicked has left nothing half done that would matter here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
