//! Who sends: a task for each Alertmanager.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::warn;
use upswell_metrics::rules::Notice;
use upswell_units::{Bytes, Duration};

use super::queue::Queue;
use super::wire::PostableAlert;
use crate::http::{
    Backoff, CallError, Caller, Passing, Purpose, Server, ServerError, std_duration,
};

/// How notices are sent.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most alerts that wait for one Alertmanager; beyond it the oldest notice is dropped.
    pub capacity: usize,
    /// Most alerts of one request.
    pub batch: usize,
}

impl Default for Settings {
    /// Those of Prometheus: 10,000, and 64 (256 from Prometheus 3 on).
    fn default() -> Self {
        Self { capacity: 10_000, batch: 64 }
    }
}

/// Tells Alertmanagers of alerts.
#[derive(Debug)]
pub struct Notifier {
    senders: Vec<(Arc<Sender>, JoinHandle<()>)>,
}

/// How the notices to one Alertmanager fare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertmanagerStatus {
    /// Its URL.
    pub url: String,
    /// Alerts that wait.
    pub queued: usize,
    /// Notices that it has taken.
    pub sent: u64,
    /// Notices that were dropped because too many waited.
    pub dropped: u64,
    /// Notices that it has refused.
    pub refused: u64,
    /// Why the last request failed, if it did.
    pub error: Option<String>,
}

/// The longest pause after a failure: an alert that waits longer is told of too late.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Alertmanager answers with little.
const ANSWER_MAX: Bytes = Bytes(1 << 20);

/// The most of a refusal that is repeated.
const SAID_CHARS_MAX: usize = 200;

impl Notifier {
    /// Starts a task for each Alertmanager, within the tokio runtime of the caller.
    ///
    /// Of a server, `retries` is not used: a notice is sent until it is taken, refused, replaced
    /// by a newer one of its alert, or dropped because too many wait.
    ///
    /// # Errors
    ///
    /// If certificates or headers cannot be used.
    pub fn start(alertmanagers: Vec<Server>, settings: Settings) -> Result<Self, ServerError> {
        let senders = alertmanagers.into_iter().map(|server| {
            let sender = Arc::new(Sender {
                caller: Caller::new(server, ANSWER_MAX, Purpose::Write)?,
                batch: settings.batch.max(1),
                state: Mutex::new(State::new(settings.capacity)),
                changed: Notify::new(),
            });
            Ok(sender)
        });
        let senders = senders.collect::<Result<Vec<_>, ServerError>>()?;
        let spawn = |sender: Arc<Sender>| (Arc::clone(&sender), tokio::spawn(sender.run()));
        Ok(Self { senders: senders.into_iter().map(spawn).collect() })
    }

    /// Lets notices be sent; returns at once.
    pub fn send(&self, notices: &[Notice]) {
        for (sender, _) in &self.senders {
            let mut state = sender.state();
            notices.iter().for_each(|notice| state.queue.push(notice.clone()));
            drop(state);
            sender.changed.notify_one();
        }
    }

    /// Returns how each Alertmanager does, in the order in which they were given.
    #[must_use]
    pub fn status(&self) -> Vec<AlertmanagerStatus> {
        self.senders.iter().map(|(sender, _)| sender.status()).collect()
    }

    /// Sends what waits, for at most so long, and ends.
    pub async fn stop(mut self, within: Duration) {
        let deadline = Instant::now() + std_duration(within);
        for (sender, _) in &self.senders {
            sender.state().is_stopping = true;
            sender.changed.notify_one();
        }
        for (_, task) in &mut self.senders {
            // What is late is ended when this goes.
            let _ = timeout_at(deadline, task).await;
        }
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.senders.iter().for_each(|(_, task)| task.abort());
    }
}

#[derive(Debug)]
struct Sender {
    caller: Caller,
    batch: usize,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    is_stopping: bool,
    sent: u64,
    refused: u64,
    error: Option<String>,
}

impl State {
    fn new(capacity: usize) -> Self {
        let queue = Queue::new(capacity);
        Self { queue, is_stopping: false, sent: 0, refused: 0, error: None }
    }
}

/// Why an Alertmanager has not taken a batch.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("{url} answers with status {status}: {said}")]
    Status { url: String, status: u16, said: String, retry_after: Option<Duration> },
}

impl Passing for SendError {
    fn passes(&self) -> bool {
        match self {
            // Also a slow answer: a notice that comes twice does no harm, one that is lost does.
            Self::Call(_) => true,
            Self::Status { status, .. } => *status == 429 || *status >= 500,
        }
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Call(_) => None,
            Self::Status { retry_after, .. } => *retry_after,
        }
    }
}

impl Sender {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> AlertmanagerStatus {
        let state = self.state();
        AlertmanagerStatus {
            url: self.caller.server().to_string(),
            queued: state.queue.len(),
            sent: state.sent,
            dropped: state.queue.dropped(),
            refused: state.refused,
            error: state.error.clone(),
        }
    }

    /// Sends until it is told to stop and nothing waits any more.
    async fn run(self: Arc<Self>) {
        let mut backoff = Backoff::default();
        let mut size = self.batch;
        loop {
            let batch = self.state().queue.batch(size);
            if batch.is_empty() {
                if self.state().is_stopping {
                    return;
                }
                self.changed.notified().await;
                continue;
            }
            match self.post(&batch).await {
                Ok(()) => {
                    backoff = Backoff::default();
                    size = (size * 2).min(self.batch);
                    self.note_sent(&batch);
                }
                Err(error) if error.passes() => {
                    let pause = error.asked_to_wait().unwrap_or_else(|| backoff.next());
                    self.note_failed(&error);
                    sleep(std_duration(pause.min(PAUSE_MAX))).await;
                }
                // One alert that is refused takes those beside it along: find it.
                Err(error) if batch.len() > 1 => {
                    self.note_failed(&error);
                    size = batch.len() / 2;
                }
                Err(error) => {
                    self.note_refused(&batch, &error);
                    size = self.batch;
                }
            }
        }
    }

    async fn post(&self, batch: &[(u64, Notice)]) -> Result<(), SendError> {
        let alerts: Vec<_> = batch.iter().map(|(_, notice)| PostableAlert::from(notice)).collect();
        let answer =
            self.caller.call("/api/v2/alerts", |client, url| client.post(url).json(&alerts));
        let answer = answer.await?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.body);
        Err(SendError::Status {
            url: self.caller.server().to_string(),
            status: answer.status,
            said: said.trim().chars().take(SAID_CHARS_MAX).collect(),
            retry_after: answer.retry_after,
        })
    }

    fn note_sent(&self, batch: &[(u64, Notice)]) {
        let mut state = self.state();
        state.queue.done(batch);
        state.sent += batch.len() as u64;
        state.error = None;
    }

    fn note_failed(&self, error: &SendError) {
        warn!(%error, "alerts not sent yet");
        self.state().error = Some(error.to_string());
    }

    fn note_refused(&self, batch: &[(u64, Notice)], error: &SendError) {
        for (_, notice) in batch {
            warn!(%error, alert = %notice.labels, "alert refused");
        }
        let mut state = self.state();
        state.queue.done(batch);
        state.refused += batch.len() as u64;
        state.error = Some(error.to_string());
    }
}
