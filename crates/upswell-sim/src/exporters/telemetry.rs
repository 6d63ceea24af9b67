//! A Prometheus in virtual time: it scrapes the exporters into a store, and answers queries.

use upswell_engine::observation::Reading;
use upswell_engine::policy::MetricSpec;
use upswell_metrics::labels::METRIC_NAME;
use upswell_metrics::promql::{EvalError, Options, Query, Value, instant};
use upswell_metrics::store::{self, Counts, Limits, Reader};
use upswell_metrics::{Matcher, Time};
use upswell_triggers::Response;
use upswell_units::{Bytes, Duration, Timestamp};

use super::adapter::reading;
use super::alerts::{AlertHistory, RuleBook};
use super::answers::response;
use super::control_plane::{self, ControlPlane, Job};
use super::monitoring::{Exported, Monitoring};
use super::recorder::{Recorder, Watched};
use super::selectors;
use super::workers::{SLOTS, Workers, first_scrape, kept_histograms, offset};
use crate::agenda::Agenda;
use crate::cluster::{AGE_AT_REST, Cluster};
use crate::control::Control;
use crate::outcome::Samples;
use crate::serve::{Buckets, Fleet};
use crate::service::Usage;

/// How much longer samples are kept than any query looks back.
const SLACK: Duration = Duration::from_secs(120);

/// Most memory of a run's store. A run that would need more loses its oldest samples, and says how
/// many.
const MEMORY_MAX: Bytes = Bytes(2 << 30);

/// The world that exporters tell about, at one instant.
pub(crate) struct Seen<'a> {
    pub(crate) fleet: &'a Fleet,
    pub(crate) cluster: &'a Cluster,
    pub(crate) control: Option<&'a Control<'a>>,
    pub(crate) usage: Usage,
    /// When the run starts.
    pub(crate) start: Timestamp,
    pub(crate) now: Timestamp,
}

/// What is due next.
#[derive(Clone, Copy, Debug)]
enum Due {
    Pods { endpoint: usize, slot: usize },
    ControlPlane(Job),
    Rules { group: usize },
}

/// A Prometheus in virtual time.
pub(crate) struct Telemetry<'a> {
    monitoring: &'a Monitoring,
    recorder: Recorder,
    reader: Reader,
    options: Options,
    workers: Vec<Workers<'a>>,
    control_plane: ControlPlane<'a>,
    rules: RuleBook,
    agenda: Agenda<Due>,
}

impl<'a> Telemetry<'a> {
    /// Starts as long before the run as queries look back.
    pub(crate) fn new(monitoring: &'a Monitoring, start: Timestamp) -> Self {
        let options = Options::default();
        let reach = reach(monitoring, &options);
        let watched = watched(monitoring);
        let limits = Limits { retention: reach + SLACK, memory: MEMORY_MAX };
        let (writer, reader) = store::new(limits);
        let workers = monitoring.endpoints.iter();
        let workers: Vec<_> =
            workers.map(|endpoint| Workers::new(endpoint, monitoring, &watched)).collect();
        let control_plane = ControlPlane::new(&monitoring.objects, &watched);
        let mut agenda = Agenda::default();
        let begin = start - reach.min(AGE_AT_REST);
        for (index, job) in workers.iter().enumerate().filter(|(_, job)| !job.is_idle()) {
            for slot in 0..SLOTS {
                let first = begin + offset(slot, job.interval());
                agenda.schedule(first, Due::Pods { endpoint: index, slot });
            }
        }
        for job in Job::ALL.into_iter().filter(|job| !control_plane.is_idle(*job)) {
            let first = first_scrape(job.name(), control_plane::INTERVAL, begin);
            agenda.schedule(first, Due::ControlPlane(job));
        }
        let rules = RuleBook::new(&monitoring.groups, start);
        for group in 0..monitoring.groups.len() {
            if let Some(first) = rules.next_at(group, start) {
                agenda.schedule(first, Due::Rules { group });
            }
        }
        let recorder = Recorder::new(writer, watched);
        Self { monitoring, recorder, reader, options, workers, control_plane, rules, agenda }
    }

    /// The histograms that each replica has to keep; nothing where nobody looks at any replica.
    pub(crate) fn histograms(&self) -> Option<Vec<Buckets>> {
        let is_idle = self.workers.iter().all(Workers::is_idle);
        (!is_idle).then(|| {
            kept_histograms(&self.monitoring.objects.workload.server, &self.recorder.watched)
        })
    }

    /// When something is due.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.agenda.next_at()
    }

    /// Does all that is due by now; `seen` is the world at that time.
    pub(crate) fn step(&mut self, seen: &Seen<'_>) {
        while let Some((now, due)) = self.agenda.pop_at(seen.now) {
            let next = match due {
                Due::Pods { endpoint, slot } => {
                    let workers = &mut self.workers[endpoint];
                    workers.scrape(slot, seen, &mut self.recorder);
                    now + workers.interval()
                }
                Due::ControlPlane(job) => {
                    self.control_plane.scrape(job, seen, &mut self.recorder);
                    now + control_plane::INTERVAL
                }
                Due::Rules { group } => {
                    let sight = (&self.reader, &self.options);
                    self.rules.evaluate(group, now, &mut self.recorder, sight);
                    self.rules.next_at(group, now).unwrap_or(Timestamp::MAX)
                }
            };
            self.agenda.schedule(next, due);
        }
    }

    /// Answers a query at an instant.
    pub(crate) fn instant(&self, query: &Query, now: Timestamp) -> Result<Value, EvalError> {
        instant(query, &self.reader, Time::from(now), &self.options)
    }

    /// Answers a query of a trigger at an instant, as Prometheus's HTTP API would; nothing to one
    /// that was not announced in [`Monitoring::queries`].
    pub(crate) fn answer(&self, text: &str, now: Timestamp) -> Option<Response> {
        let query = self.monitoring.queries.get(text)?;
        Some(response(query.as_ref().map(|query| self.instant(query, now))))
    }

    /// Reads a metric of a HorizontalPodAutoscaler that a metrics API would serve.
    pub(crate) fn custom_metric(
        &self,
        position: usize,
        metric: &MetricSpec,
        cluster: &Cluster,
        now: Timestamp,
    ) -> Reading {
        let custom = self.monitoring.custom_metrics.get(&position);
        reading(metric, custom, (self, &self.monitoring.objects), cluster, now)
    }

    /// What reads the series.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What became of the alerts and of the samples.
    pub(crate) fn close(self, end: Timestamp) -> (Vec<AlertHistory>, Samples) {
        let Counts { appended, dropped, no_room, .. } = self.recorder.writer.counts();
        let samples = Samples { written: appended, lost: dropped + no_room };
        (self.rules.into_histories(end), samples)
    }
}

/// The selectors of all who look.
fn watched(monitoring: &Monitoring) -> Watched {
    if monitoring.exported == Exported::All {
        return Watched::All;
    }
    let mut selectors: Vec<Vec<Matcher>> = monitoring.all_queries().flat_map(selectors).collect();
    if monitoring.exported == Exported::Named {
        let of_name = |matcher: &Matcher| matcher.name == METRIC_NAME;
        selectors.iter_mut().for_each(|selector| selector.retain(of_name));
    }
    Watched::By(selectors)
}

/// How far back the queries look at most.
fn reach(monitoring: &Monitoring, options: &Options) -> Duration {
    let reaches = monitoring.all_queries().map(|query| query.reach(options));
    reaches.max().unwrap_or(options.lookback).max(options.lookback)
}
