//! One run: requests, pods and nodes, and the wakes of those who look at them, in order of time.

use std::iter::Peekable;

use upswell_engine::horizontal::Outcome;
use upswell_metrics::store::Reader;
use upswell_units::{Duration, Timestamp};

use crate::agenda::Agenda;
use crate::cluster::{Cluster, Serving};
use crate::control::Control;
use crate::exporters::{AlertHistory, Monitoring, Seen, Telemetry};
use crate::observe::ResourceMetrics;
use crate::outcome::{Mode, Periods, Point, Run, TimedRecord};
use crate::scenario::{CLUSTER_AUTOSCALER_PERIOD, RESOURCE_METRICS_PERIOD, Scenario};
use crate::serve::{Counts, Draining, Fleet, FleetSettings, ReplicaId};
use crate::sight::SimulatedSight;
use crate::summary::{Scaling, Summary};
use crate::surges::{Second, SurgeWatch};
use crate::traffic::{Arrivals, Traffic};

/// Steps of the timeline in a run; the step is a whole number of seconds.
const TIMELINE_POINTS_MAX: i64 = 400;

/// What happens in a run, besides what requests, pods and nodes do by themselves.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// metrics-server measures.
    Scrape,
    /// The control loop is to be called.
    Wake,
    /// Somebody looks at the nodes.
    Nodes,
    /// A second is over.
    Second,
    /// A step of the timeline is over.
    Point,
}

/// Plays a scenario from its start until the drain is over.
///
/// `progress` is told which part is done, from 0 to 1, some hundred times.
#[must_use]
pub fn run(
    scenario: &Scenario,
    mode: Mode,
    periods: Option<Periods>,
    progress: &mut dyn FnMut(f64),
) -> Run {
    let Scenario { traffic, monitoring, drain, .. } = scenario;
    let stage = Stage { traffic, monitoring, length: traffic.span() + *drain };
    let mut world = World::new(scenario, &stage, periods);
    world.remember();
    world.play(progress);
    world.finish(mode)
}

/// Plays a scenario without its traffic for some time, as stock does, and with another monitoring;
/// returns what became of the alerts, and what `ask` wants to know of the series at the end.
pub(crate) fn run_at_rest<T>(
    scenario: &Scenario,
    monitoring: &Monitoring,
    length: Duration,
    ask: impl FnOnce(&Reader) -> T,
) -> Option<(Vec<AlertHistory>, T)> {
    let traffic = Traffic::new(Vec::new());
    let stage = Stage { traffic: &traffic, monitoring, length };
    let policy = scenario.scaler.as_ref().map(|scaler| &scaler.policy);
    let periods = policy.map(|policy| Periods::of(Mode::Stock, policy));
    let mut world = World::new(scenario, &stage, periods);
    world.remember();
    world.play(&mut |_| ());
    let telemetry = world.telemetry?;
    let answer = ask(telemetry.reader());
    Some((telemetry.close(world.end).0, answer))
}

/// What of a scenario is played.
struct Stage<'a> {
    traffic: &'a Traffic,
    monitoring: &'a Monitoring,
    length: Duration,
}

struct World<'a> {
    scenario: &'a Scenario,
    periods: Option<Periods>,
    agenda: Agenda<Event>,
    arrivals: Peekable<Arrivals<'a>>,
    fleet: Fleet,
    cluster: Cluster,
    metrics: ResourceMetrics,
    control: Option<Control<'a>>,
    /// Nothing where nobody looks at a metric of Prometheus.
    telemetry: Option<Telemetry<'a>>,
    scaling: Scaling,
    surges: SurgeWatch,
    seconds: Seconds,
    timeline: Timeline,
    end: Timestamp,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, stage: &Stage<'a>, periods: Option<Periods>) -> Self {
        let Stage { traffic, monitoring, length } = *stage;
        let Scenario { start, seed, initial_replicas, warm_up, .. } = *scenario;
        let goal = scenario.goal.map(|goal| goal.latency);
        let settings = FleetSettings { seed, start, goal, warm_up };
        let mut fleet = Fleet::new(&scenario.worker, settings);
        let telemetry = (!monitoring.is_idle()).then(|| Telemetry::new(monitoring, start));
        if let Some(histograms) = telemetry.as_ref().and_then(Telemetry::histograms) {
            fleet.keep_meters(&histograms);
        }
        let cluster =
            Cluster::at_rest(&scenario.cluster, initial_replicas, seed, start, &mut fleet);
        let window = periods.map_or(RESOURCE_METRICS_PERIOD, |periods| periods.resource_metrics);
        // The clocks of metrics-server and of the HPA know nothing of each other: on average a tick
        // finds a sample that is half a period old.
        let half = Duration::from_nanos(window.as_nanos() / 2);
        let before = start + half - window;
        let control = scenario.scaler.as_ref().zip(periods).map(|(scaler, periods)| {
            Control::new(periods.apply(&scaler.policy), &scaler.triggers, start)
        });
        let mut agenda = Agenda::default();
        agenda.schedule(start, Event::Point);
        agenda.schedule(start + SECOND, Event::Second);
        agenda.schedule(start + half, Event::Scrape);
        if control.is_some() {
            agenda.schedule(start, Event::Wake);
        }
        if cluster.needs_looks() {
            agenda.schedule(start, Event::Nodes);
        }
        Self {
            scenario,
            periods,
            agenda,
            arrivals: traffic.arrivals(seed, &scenario.sizes).peekable(),
            metrics: ResourceMetrics::at_rest(scenario.usage, window, &cluster, before),
            scaling: Scaling::new(cluster.active(), start),
            surges: SurgeWatch::new(start, scenario.worker.slots),
            seconds: Seconds::default(),
            timeline: Timeline::new(start, length),
            // Time saturates at its end, where an event would schedule the next one for ever.
            end: (start + length).min(Timestamp::MAX - Duration::from_nanos(1)),
            fleet,
            cluster,
            control,
            telemetry,
        }
    }

    fn play(&mut self, progress: &mut dyn FnMut(f64)) {
        loop {
            let due = self.next_due();
            if let Some((now, replica)) = self.fleet.play(&mut self.arrivals, due) {
                self.cluster.drained(replica, now);
                continue;
            }
            // At one instant requests come first, then pods and nodes, then who measures them, then
            // who looks at that.
            if self.cluster.next_at() == Some(due) {
                self.cluster.step(due, &mut self.fleet);
                self.see_ready();
            } else if self.telemetry_due() == Some(due) {
                self.measure(due);
            } else if let Some((now, event)) = self.agenda.pop_at(due) {
                self.happen(event, now);
                if let Event::Point = event {
                    progress(self.timeline.part_done(now));
                }
            } else {
                return;
            }
        }
    }

    /// The next instant at which something else than a request acts; the end at the latest.
    fn next_due(&self) -> Timestamp {
        let dues = [self.agenda.next_at(), self.cluster.next_at(), self.telemetry_due()];
        dues.into_iter().flatten().fold(self.end, Timestamp::min)
    }

    fn telemetry_due(&self) -> Option<Timestamp> {
        self.telemetry.as_ref()?.next_at()
    }

    /// Lets Prometheus do what is due.
    fn measure(&mut self, now: Timestamp) {
        let Some(telemetry) = &mut self.telemetry else { return };
        telemetry.step(&Seen {
            fleet: &self.fleet,
            cluster: &self.cluster,
            control: self.control.as_ref(),
            usage: self.scenario.usage,
            start: self.scenario.start,
            now,
        });
    }

    /// Lets Prometheus scrape a cluster at rest for as long as its queries look back.
    fn remember(&mut self) {
        while let Some(due) = self.telemetry_due().filter(|due| *due < self.scenario.start) {
            self.measure(due);
        }
    }

    fn happen(&mut self, event: Event, now: Timestamp) {
        let next = match event {
            Event::Scrape => {
                self.metrics.scrape(&self.cluster, &self.fleet, now);
                now + self.metrics.window()
            }
            Event::Wake => self.wake(now),
            Event::Nodes => {
                self.cluster.look_at_nodes(now, &mut self.fleet);
                now + self.periods.map_or(CLUSTER_AUTOSCALER_PERIOD, |periods| periods.nodes)
            }
            Event::Second => {
                self.second(now);
                now + SECOND
            }
            Event::Point => {
                self.timeline.point(&self.fleet, &self.cluster, now);
                now + self.timeline.step
            }
        };
        self.agenda.schedule(next, event);
    }

    /// Lets the control loop decide, writes the scale, and returns when to call it again.
    fn wake(&mut self, now: Timestamp) -> Timestamp {
        let Some(control) = &mut self.control else { return Timestamp::MAX };
        let (fleet, cluster, metrics) = (&self.fleet, &self.cluster, &self.metrics);
        let telemetry = self.telemetry.as_ref();
        let scenario = self.scenario;
        let sight = SimulatedSight { fleet, cluster, metrics, telemetry, scenario, now };
        let decision = control.decide(&sight, now);
        let wanted = decision.scale_to();
        let outcome = if wanted.is_some() { Outcome::ScaleWritten } else { Outcome::NothingToDo };
        control.settle(&decision, outcome);
        let wake_at = control.wake_at();
        if let Some(wanted) = wanted {
            let before = self.cluster.active();
            self.cluster.scale_to(wanted, now, &mut self.fleet);
            self.scaling.scaled(before, self.cluster.active(), now);
        }
        wake_at
    }

    fn second(&mut self, now: Timestamp) {
        let arrivals = self.seconds.over(self.fleet.counts().arrived);
        let (ready, service_mean) = (self.cluster.ready(), self.fleet.service_mean());
        self.surges.second(Second { at: now, arrivals, ready, service_mean });
    }

    fn see_ready(&mut self) {
        for (pod, ready) in self.cluster.take_ready() {
            self.surges.became_ready(&pod, ready);
        }
    }

    fn finish(self, mode: Mode) -> Run {
        let records = self.control.map(Control::into_records).unwrap_or_default();
        let start = self.scenario.start;
        let timed = |record: upswell_engine::Record| TimedRecord {
            t_s: record.at.since(start).as_secs_f64(),
            why: record.sentence(),
            record,
        };
        let telemetry = self.telemetry.map(|telemetry| telemetry.close(self.end));
        let (alerts, samples) = telemetry.unwrap_or_default();
        let requests = self.fleet.close(self.end);
        let hours = self.end.since(start).as_secs_f64() / 3600.0;
        let served = requests.served(self.scenario.worker.slots, hours);
        let (nodes, money) = self.cluster.close(self.end, &served);
        Run {
            mode,
            periods: self.periods,
            summary: Summary::new(&requests, self.seconds.busiest, self.scaling, self.end),
            surges: self.surges.into_surges(),
            nodes,
            money,
            timeline: self.timeline.points,
            decisions: records.into_iter().map(timed).collect(),
            alerts,
            samples,
        }
    }
}

/// The cluster knows pods and no requests; a fleet serves for it.
impl Serving for Fleet {
    fn open(&mut self, now: Timestamp) -> ReplicaId {
        Self::open(self, now)
    }

    fn drain(&mut self, id: ReplicaId, now: Timestamp) -> bool {
        Self::drain(self, id, now) == Draining::Done
    }

    fn kill(&mut self, id: ReplicaId, now: Timestamp) -> u32 {
        Self::kill(self, id, now)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Arrivals of whole seconds.
#[derive(Debug, Default)]
struct Seconds {
    arrived: u64,
    busiest: u64,
}

impl Seconds {
    /// A second is over, at whose end so many have arrived in all; returns how many in it.
    fn over(&mut self, arrived: u64) -> u64 {
        let arrivals = arrived - self.arrived;
        self.arrived = arrived;
        self.busiest = self.busiest.max(arrivals);
        arrivals
    }
}

/// The run at even steps.
#[derive(Debug)]
struct Timeline {
    start: Timestamp,
    length: Duration,
    step: Duration,
    before: Counts,
    points: Vec<Point>,
}

impl Timeline {
    fn new(start: Timestamp, length: Duration) -> Self {
        // The least whole number of seconds that keeps the timeline short.
        let step = Duration::from_secs((length.as_secs() / TIMELINE_POINTS_MAX + 1).max(1));
        Self { start, length, step, before: Counts::default(), points: Vec::new() }
    }

    fn point(&mut self, fleet: &Fleet, cluster: &Cluster, now: Timestamp) {
        let counts = fleet.counts();
        let before = std::mem::replace(&mut self.before, counts);
        self.points.push(Point {
            t_s: now.since(self.start).as_secs_f64(),
            arrivals: counts.arrived - before.arrived,
            completed: counts.completed - before.completed,
            queued: fleet.queued(),
            in_flight: fleet.in_flight(),
            wanted: cluster.active(),
            ready: cluster.ready(),
            pending: cluster.pending(),
            nodes: cluster.nodes(),
            nodes_spot: cluster.nodes_spot(),
        });
    }

    fn part_done(&self, now: Timestamp) -> f64 {
        let length = self.length.as_secs_f64();
        if length > 0.0 { (now.since(self.start).as_secs_f64() / length).min(1.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests;
