//! Groups of rules, each on its own task at its own instants.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tracing::{error, warn};
use upswell_metrics::rules::{External, Group, Restart, Rules, Sink};
use upswell_metrics::store::{Reader, Refused, Writer};
use upswell_metrics::{Labels, Time, promql};

use crate::alertmanager::Notifier;
use crate::api::{GroupStatus, RuleStatus, RulesView};
use crate::clock;
use crate::scrape::SharedWriter;
use crate::state::{StateFile, StateFileError};

/// How long an alert that fires is not told again: Prometheus's default.
const RESEND_DELAY: upswell_units::Duration = upswell_units::Duration::from_secs(60);

/// The rules and what they need.
pub struct RuleSettings {
    /// The groups.
    pub groups: Vec<Group>,
    /// What rules know of the world outside.
    pub external: External,
    /// How their expressions are evaluated.
    pub promql: promql::Options,
}

/// The groups with what was seen of them last.
#[derive(Debug, Default)]
pub(super) struct Board(Vec<RwLock<GroupStatus>>);

impl RulesView for Board {
    fn groups(&self) -> Vec<GroupStatus> {
        let read = |status: &RwLock<GroupStatus>| {
            status.read().unwrap_or_else(PoisonError::into_inner).clone()
        };
        self.0.iter().map(read).collect()
    }
}

/// The tasks of all groups; they end when this goes.
#[derive(Debug)]
pub(super) struct Groups {
    tasks: JoinSet<()>,
    stop: watch::Sender<()>,
}

impl Groups {
    /// Stops all groups; returns when evaluations that run have ended and are on the disk.
    pub(super) async fn stop(self) {
        let Self { tasks, stop } = self;
        drop(stop);
        tasks.join_all().await;
    }
}

/// A group on its task.
struct GroupTask {
    /// This group alone: groups share no state, so that none waits for another.
    rules: Rules,
    group: Arc<Group>,
    index: usize,
    board: Arc<Board>,
    writer: SharedWriter,
    reader: Reader,
    promql: promql::Options,
    notifier: Arc<Notifier>,
    state: Option<Arc<StateFile>>,
}

/// What the tasks of all groups share.
pub(super) struct Surroundings {
    pub(super) writer: SharedWriter,
    pub(super) reader: Reader,
    pub(super) notifier: Arc<Notifier>,
    pub(super) state: Option<Arc<StateFile>>,
}

/// The writer, taken for one sample at a time: whoever else writes need not wait for a query.
struct EachSample<'a>(&'a Mutex<Writer>);

impl Sink for EachSample<'_> {
    fn append(&mut self, labels: &Labels, at: Time, value: f64) -> Result<(), Refused> {
        // One that panicked with the writer wrote whole samples or none.
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Sink::append(&mut *writer, labels, at, value)
    }
}

/// Restores each group and starts its task.
///
/// # Errors
///
/// If the state cannot be read.
pub(super) fn start(
    settings: RuleSettings,
    surroundings: &Surroundings,
) -> Result<(Groups, Arc<Board>), StateFileError> {
    let RuleSettings { groups, external, promql } = settings;
    let Surroundings { writer, reader, notifier, state } = surroundings;
    let groups: Vec<_> = groups.into_iter().map(Arc::new).collect();
    let board = Arc::new(Board(groups.iter().map(|group| RwLock::new(unseen(group))).collect()));
    let (stop, stopped) = watch::channel(());
    let mut tasks = JoinSet::new();
    for (index, group) in groups.into_iter().enumerate() {
        let mut rules = Rules::new(vec![Group::clone(&group)], external.clone());
        if let Some(state) = state {
            restore(&mut rules, &group, state)?;
        }
        let task = GroupTask {
            rules,
            group,
            index,
            board: Arc::clone(&board),
            writer: Arc::clone(writer),
            reader: reader.clone(),
            promql,
            notifier: Arc::clone(notifier),
            state: state.clone(),
        };
        tasks.spawn(task.run(stopped.clone()));
    }
    Ok((Groups { tasks, stop }, board))
}

fn unseen(group: &Arc<Group>) -> GroupStatus {
    GroupStatus {
        group: Arc::clone(group),
        evaluated_at: None,
        evaluation_time: upswell_units::Duration::ZERO,
        rules: vec![RuleStatus::default(); group.rules.len()],
    }
}

/// Gives a group the state that it had before a restart.
fn restore(rules: &mut Rules, group: &Group, file: &StateFile) -> Result<(), StateFileError> {
    let Some(state) = file.load(group)? else { return Ok(()) };
    if let Err(error) = rules.restore(state, &Restart::at(clock::now())) {
        let (file, name) = (&group.file, &group.name);
        warn!(%error, file, name, "the alerts of a group start anew");
    }
    Ok(())
}

impl GroupTask {
    /// Runs until there is nobody who could stop it.
    async fn run(mut self, mut stopped: watch::Receiver<()>) {
        let mut after = clock::now();
        while let Some(at) = self.rules.next_at(0, after) {
            // What was missed, because an evaluation took too long or the machine slept, is not
            // made up for: the next instant is one that is still to come.
            while let Some(wait) = until(at) {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stopped.changed() => return,
                }
            }
            let evaluated = spawn_blocking(move || {
                self.evaluate(at);
                self
            });
            match evaluated.await {
                Ok(task) => self = task,
                Err(error) => return error!(%error, "a group of rules is no longer evaluated"),
            }
            after = at.max(clock::now());
        }
    }

    /// Evaluates the group, and lets everybody know.
    fn evaluate(&mut self, at: Time) {
        let start = Instant::now();
        let mut sink = EachSample(&self.writer);
        let reports = self.rules.evaluate(0, at, &mut sink, &self.reader, &self.promql);
        self.publish(at, start.elapsed());
        let is_changed = reports.iter().any(|report| !report.transitions.is_empty());
        // An alert that goes on has changed too: it has been seen to hold until now.
        if is_changed || self.rules.alerts().next().is_some() {
            self.save();
        }
        let notices = self.rules.notices(0, at, RESEND_DELAY);
        self.notifier.send(&notices);
    }

    fn publish(&self, at: Time, took: Duration) {
        let rules = self.rules.status(0).map(|status| RuleStatus {
            health: status.health.clone(),
            alerts: status.alerts().cloned().collect(),
        });
        let seen = GroupStatus {
            group: Arc::clone(&self.group),
            evaluated_at: Some(at),
            evaluation_time: upswell_units::Duration::from_secs_f64(took.as_secs_f64()),
            rules: rules.collect(),
        };
        if let Some(shown) = self.board.0.get(self.index) {
            *shown.write().unwrap_or_else(PoisonError::into_inner) = seen;
        }
    }

    /// Keeps the state; a disk that is full must not end the alerts.
    fn save(&self) {
        let Some(state) = &self.state else { return };
        if let Err(error) = state.save(&self.group, &self.rules.save()) {
            let error: &dyn std::error::Error = &error;
            error!(error, "a restart would forget alerts");
        }
    }
}

/// Returns how long it is until an instant: at most a minute, as clocks can be set.
fn until(at: Time) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(60);
    let wait = u64::try_from(at.millis_since(clock::now())).ok().filter(|ms| *ms > 0)?;
    Some(Duration::from_millis(wait).min(LONGEST))
}
