//! One run: requests, pods and nodes, and the wakes of those who look at them, in order of time.

use std::iter::Peekable;

use upswell_engine::horizontal::Outcome;
use upswell_units::{Duration, Timestamp};

use crate::agenda::Agenda;
use crate::cluster::{Cluster, Serving};
use crate::control::Control;
use crate::observe::ResourceMetrics;
use crate::outcome::{Mode, Periods, Point, Run, TimedRecord};
use crate::scenario::{CLUSTER_AUTOSCALER_PERIOD, RESOURCE_METRICS_PERIOD, Scenario};
use crate::serve::{Counts, Draining, Fleet, FleetSettings, ReplicaId};
use crate::sight::SimulatedSight;
use crate::summary::{Scaling, Summary};
use crate::surges::{Second, SurgeWatch};
use crate::traffic::Arrivals;

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
    let mut world = World::new(scenario, periods);
    world.play(progress);
    world.finish(mode)
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
    scaling: Scaling,
    surges: SurgeWatch,
    seconds: Seconds,
    timeline: Timeline,
    end: Timestamp,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, periods: Option<Periods>) -> Self {
        let Scenario { start, seed, initial_replicas, warm_up, .. } = *scenario;
        let goal = scenario.goal.map(|goal| goal.latency);
        let settings = FleetSettings { seed, start, goal, warm_up };
        let mut fleet = Fleet::new(&scenario.worker, settings);
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
        let length = scenario.traffic.span() + scenario.drain;
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
            arrivals: scenario.traffic.arrivals(seed, &scenario.sizes).peekable(),
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
        }
    }

    fn play(&mut self, progress: &mut dyn FnMut(f64)) {
        loop {
            let due = self.next_due();
            if let Some((now, replica)) = self.fleet.play(&mut self.arrivals, due) {
                self.cluster.drained(replica, now);
                continue;
            }
            // At one instant requests come first, then pods and nodes, then who looks at them.
            if self.cluster.next_at() == Some(due) {
                self.cluster.step(due, &mut self.fleet);
                self.see_ready();
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
        let dues = [self.agenda.next_at(), self.cluster.next_at()];
        dues.into_iter().flatten().fold(self.end, Timestamp::min)
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
        let sight = SimulatedSight { fleet, cluster, metrics, scenario: self.scenario, now };
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
            alerts: Vec::new(),
            timeline: self.timeline.points,
            decisions: records.into_iter().map(timed).collect(),
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
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use upswell_engine::Policy;
    use upswell_engine::activation::{ActivationPolicy, MetricTarget, MetricType};
    use upswell_engine::observation::PodResources;
    use upswell_engine::policy::{
        Behavior, Controller, HorizontalPolicy, MetricSpec, ReadingPolicy, SubmittedRules,
        TriggerMetric, TriggerPolicy, TriggerSource, ValueTarget,
    };
    use upswell_triggers::{Input, Metadata};
    use upswell_units::{Bytes, MilliUnits, Millicores, Replicas, ScaleTarget, TriggerName};

    use super::*;
    use crate::cluster::{ClusterModel, Interruptions, Startup, ZoneSpread};
    use crate::outcome::Goal;
    use crate::random::Distribution;
    use crate::scenario::Scaler;
    use crate::serve::{Clients, OnKill, ProviderLimits, WorkerModel};
    use crate::service::{Batch, ServiceTime, Usage};
    use crate::summary::Summary;
    use crate::traffic::{Arrival, Sizes, Traffic};

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    /// Scales on the list `jobs`, `per_replica` of them each.
    fn scaler(min: u32, max: u32, per_replica: i64) -> Scaler {
        let metadata = Metadata::from_iter([
            ("address", "redis:6379".to_owned()),
            ("listName", "jobs".to_owned()),
            ("listLength", per_replica.to_string()),
        ]);
        let (auth, env) = (BTreeMap::new(), BTreeMap::new());
        let input = Input::new("redis", &metadata, &auth, &env);
        let trigger = upswell_triggers::parse(&input).unwrap();
        let name = TriggerName("s0-redis-jobs".to_owned());
        let target = MilliUnits::from_units(per_replica);
        let average = MetricTarget { metric_type: MetricType::AverageValue, target };
        let metric = MetricSpec::External {
            metric: name.0.clone(),
            target: ValueTarget::AverageValue(target),
        };
        let rules = SubmittedRules::default;
        let policy = Policy {
            target: ScaleTarget {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: String::new(),
                name: "worker".to_owned(),
            },
            horizontal: HorizontalPolicy {
                min_replicas: Replicas(min.max(1)),
                max_replicas: Replicas(max),
                metrics: vec![metric],
                behavior: Some(Behavior::with_defaults(rules(), rules())),
            },
            controller: Controller::default(),
            activation: Some(ActivationPolicy {
                min: Replicas(min),
                max: Replicas(max),
                ..ActivationPolicy::new(START)
            }),
            composite: None,
            triggers: vec![TriggerPolicy {
                name: String::new(),
                source: TriggerSource::External(vec![TriggerMetric { name, target: average }]),
                is_cached: false,
            }],
            reading: ReadingPolicy::default(),
        };
        Scaler { policy, triggers: vec![trigger] }
    }

    /// `per_second` requests of two seconds each, for `seconds`.
    fn scenario(per_second: i64, seconds: i64, scaler: Scaler) -> Scenario {
        let arrivals = (0..per_second * seconds).map(|number| Arrival {
            at: Duration::from_nanos(number * 1_000_000_000 / per_second),
            prompt_tokens: 0,
            output_tokens: 100,
        });
        Scenario {
            traffic: Traffic::new(arrivals.collect()),
            sizes: Sizes::default(),
            worker: WorkerModel {
                slots: 4,
                service: ServiceTime {
                    ttft: Distribution::LogNormal {
                        median: Duration::from_millis(200),
                        p95: Duration::from_millis(500),
                    },
                    per_prompt_token: Duration::ZERO,
                    tpot: Duration::from_millis(18),
                    fixed: Duration::ZERO,
                    batch: Batch::default(),
                },
                on_kill: OnKill::Requeue,
                clients: Clients::default(),
                provider: ProviderLimits::default(),
            },
            cluster: ClusterModel {
                pools: Vec::new(),
                startup: Startup {
                    image: Distribution::Fixed(Duration::from_secs(3)),
                    start: Distribution::Fixed(Duration::from_secs(2)),
                    readiness: Distribution::Fixed(Duration::ZERO),
                },
                grace: Duration::from_secs(30),
                zone_spread: ZoneSpread::None,
                disruption_budget: None,
                interruptions: Interruptions::None,
            },
            usage: Usage {
                cpu_idle: Millicores(10),
                cpu_per_request: Millicores(50),
                memory_idle: Bytes(1 << 28),
                memory_per_request: Bytes(1 << 20),
            },
            pod_resources: Arc::new(PodResources::default()),
            queue: Some("jobs".to_owned()),
            scripted_queue: None,
            initial_replicas: scaler.policy.activation.as_ref().map_or(Replicas(1), |a| a.min),
            scaler: Some(scaler),
            goal: Some(Goal { latency: Duration::from_secs(10), share: 0.95 }),
            seed: 7,
            start: START,
            warm_up: Duration::ZERO,
            drain: Duration::from_secs(600),
        }
    }

    fn play(scenario: &Scenario, mode: Mode) -> Run {
        let periods = Periods::of(mode, &scenario.scaler.as_ref().unwrap().policy);
        run(scenario, mode, Some(periods), &mut |_| ())
    }

    #[test]
    fn both_modes_scale_a_backlog_away_and_upswell_is_no_slower() {
        let scenario = scenario(20, 300, scaler(1, 50, 5));
        let (stock, upswell) =
            (play(&scenario, Mode::Stock).summary, play(&scenario, Mode::Upswell).summary);
        for summary in [&stock, &upswell] {
            assert_eq!(summary.requests, 6000);
            assert_eq!(summary.completed, 6000);
            assert!(summary.replicas_max >= Replicas(10), "20/s x 2s / 4 slots need 10");
            assert_eq!(summary.replicas_min, Replicas(1));
        }
        assert!(upswell.queue_wait.p95_ms <= stock.queue_wait.p95_ms);
    }

    #[test]
    fn a_fleet_at_zero_wakes_up_and_goes_back_to_sleep() {
        let scenario = scenario(1, 10, scaler(0, 10, 5));
        for mode in [Mode::Stock, Mode::Upswell] {
            let run = play(&scenario, mode);
            assert_eq!(run.summary.completed, 10, "{mode:?}");
            assert_eq!(run.timeline.last().unwrap().wanted, Replicas::ZERO, "cooled down");
            let first = &run.decisions.iter().find(|timed| timed.record.to == Some(Replicas(1)));
            assert_eq!(first.unwrap().record.from, Some(Replicas::ZERO));
        }
    }

    #[test]
    fn with_its_periods_set_to_stocks_upswell_is_stock() {
        let scenario = scenario(20, 120, scaler(0, 50, 5));
        let stock = play(&scenario, Mode::Stock);
        let upswell = run(&scenario, Mode::Upswell, stock.periods, &mut |_| ());
        let (mut ours, theirs) = (upswell, stock);
        ours.mode = theirs.mode;
        let json = |run: &Run| serde_json::to_string(run).unwrap();
        assert_eq!(json(&ours), json(&theirs));
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
        let mut scenario = scenario(20, 60, scaler(1, 50, 5));
        let json =
            |scenario: &Scenario| serde_json::to_string(&play(scenario, Mode::Upswell)).unwrap();
        let first = json(&scenario);
        assert_eq!(first, json(&scenario));
        scenario.seed = 8;
        assert_ne!(first, json(&scenario));
    }

    #[test]
    fn without_an_autoscaler_the_replicas_stay_and_the_queue_is_counted() {
        let mut scenario = scenario(20, 600, scaler(1, 50, 5));
        scenario.scaler = None;
        scenario.drain = Duration::from_secs(10);
        let run = run(&scenario, Mode::Stock, None, &mut |_| ());
        let Summary { requests, completed, unfinished, lost, .. } = run.summary.clone();
        assert_eq!(requests, completed + unfinished + lost);
        assert!(unfinished > 10_000, "one replica serves two a second: {unfinished} left");
        assert!(run.summary.latency.max_ms.unwrap() > 500_000.0, "the unfinished count");
        assert!(run.decisions.is_empty());
    }
}
