//! One run: the events of the world and the wakes of the control loop, in order of time.

use upswell_engine::horizontal::Outcome;
use upswell_units::{Duration, Timestamp};

use crate::agenda::Agenda;
use crate::control::Control;
use crate::fleet::{Fleet, FleetEvent, Job};
use crate::observe::ResourceMetrics;
use crate::outcome::{Mode, Periods, Point, Run, TimedRecord};
use crate::random::{Entity, Stream};
use crate::scenario::{RESOURCE_METRICS_PERIOD, Scenario};
use crate::sight::SimulatedSight;
use crate::summary::Tally;
use crate::traffic::Arrival;

/// Replicas of a fleet at rest were made long before: longer than any initialization period.
const AGE_AT_REST: Duration = Duration::from_secs(3600);

/// Steps of the timeline in a run; the step is a whole number of seconds.
const TIMELINE_POINTS_MAX: i64 = 400;

/// What happens in a run, besides arrivals.
#[derive(Clone, Copy, Debug)]
enum Event {
    Fleet(FleetEvent),
    Scrape,
    Wake,
    Point,
}

impl From<FleetEvent> for Event {
    fn from(event: FleetEvent) -> Self {
        Self::Fleet(event)
    }
}

/// Plays a scenario from the first arrival until the drain is over.
#[must_use]
pub fn run(scenario: &Scenario, mode: Mode, periods: Option<Periods>) -> Run {
    let mut world = World::new(scenario, periods);
    world.play();
    world.finish(mode)
}

struct World<'a> {
    scenario: &'a Scenario,
    periods: Option<Periods>,
    agenda: Agenda<Event>,
    service: Stream,
    fleet: Fleet,
    metrics: ResourceMetrics,
    control: Option<Control<'a>>,
    tally: Tally,
    timeline: Vec<Point>,
    timeline_step: Duration,
    arrivals_since_point: u64,
    completed_before: u64,
    end: Timestamp,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, periods: Option<Periods>) -> Self {
        let Scenario { start, seed, initial_replicas, .. } = *scenario;
        let length = scenario.traffic.span() + scenario.drain;
        let startup = Stream::new(seed, Entity::Startup);
        let control = scenario.scaler.as_ref().zip(periods).map(|(scaler, periods)| {
            Control::new(periods.apply(&scaler.policy), &scaler.triggers, start)
        });
        let window = periods.map_or(RESOURCE_METRICS_PERIOD, |periods| periods.resource_metrics);
        // The clocks of metrics-server and of the HPA know nothing of each other: on average a tick
        // finds a sample that is half a period old.
        let half = Duration::from_nanos(window.as_nanos() / 2);
        let made = start - AGE_AT_REST;
        let fleet =
            Fleet::new(&scenario.worker, &scenario.cluster, startup, initial_replicas, made);
        let mut world = Self {
            scenario,
            periods,
            agenda: Agenda::default(),
            service: Stream::new(seed, Entity::Service),
            tally: Tally::new(scenario.goal.map(|goal| goal.latency), fleet.active(), start),
            metrics: ResourceMetrics::at_rest(
                scenario.usage,
                window,
                &fleet,
                start + half - window,
            ),
            fleet,
            control,
            timeline: Vec::new(),
            timeline_step: timeline_step(length),
            arrivals_since_point: 0,
            completed_before: 0,
            // Time saturates at its end, where an event would schedule the next one for ever.
            end: (start + length).min(Timestamp::MAX - Duration::from_nanos(1)),
        };
        world.agenda.schedule(start, Event::Point);
        world.agenda.schedule(start + half, Event::Scrape);
        if world.control.is_some() {
            world.agenda.schedule(start, Event::Wake);
        }
        world
    }

    fn play(&mut self) {
        let scenario = self.scenario;
        let arrivals = scenario.traffic.arrivals(scenario.seed, &scenario.sizes);
        let mut arrivals = arrivals.zip(0_u32..).peekable();
        while let Some(event_at) = self.agenda.next_at().filter(|at| *at <= self.end) {
            // Of an arrival and an event at the same instant, the arrival comes first.
            match arrivals.next_if(|(arrival, _)| scenario.start + arrival.at <= event_at) {
                Some((arrival, number)) => self.arrive(&arrival, number),
                None => self.next_event(),
            }
        }
    }

    fn arrive(&mut self, arrival: &Arrival, number: u32) {
        let now = self.scenario.start + arrival.at;
        let service = self.scenario.worker.service.draw(arrival, &mut self.service);
        self.tally.arrived();
        self.arrivals_since_point += 1;
        self.fleet.arrive(Job { number, arrived: now, service }, now, &mut self.agenda);
    }

    fn next_event(&mut self) {
        let Some((now, event)) = self.agenda.pop() else { return };
        match event {
            Event::Fleet(event) => {
                if let Some(completion) = self.fleet.handle(event, now, &mut self.agenda) {
                    self.tally.completed(completion);
                }
            }
            Event::Scrape => {
                self.metrics.scrape(&self.fleet, now);
                self.agenda.schedule(now + self.metrics.window(), Event::Scrape);
            }
            Event::Wake => self.wake(now),
            Event::Point => {
                self.point(now);
                self.agenda.schedule(now + self.timeline_step, Event::Point);
            }
        }
    }

    fn wake(&mut self, now: Timestamp) {
        let Some(control) = &mut self.control else { return };
        let (fleet, metrics, scenario) = (&self.fleet, &self.metrics, self.scenario);
        let decision = control.decide(&SimulatedSight { fleet, metrics, scenario, now }, now);
        let wanted = decision.scale_to();
        let outcome = if wanted.is_some() { Outcome::ScaleWritten } else { Outcome::NothingToDo };
        control.settle(&decision, outcome);
        self.agenda.schedule(control.wake_at(), Event::Wake);
        if let Some(wanted) = wanted {
            let before = self.fleet.active();
            self.fleet.scale_to(wanted, now, &mut self.agenda);
            self.tally.scaled(before, self.fleet.active(), now);
        }
    }

    fn point(&mut self, now: Timestamp) {
        self.timeline.push(Point {
            t_s: now.since(self.scenario.start).as_secs_f64(),
            arrivals: std::mem::take(&mut self.arrivals_since_point),
            queued: self.fleet.queued(),
            in_flight: self.fleet.in_flight(),
            wanted: self.fleet.active(),
            ready: self.fleet.ready(),
            completed: self.fleet.completed()
                - std::mem::replace(&mut self.completed_before, self.fleet.completed()),
            nodes: 0,
            nodes_spot: 0,
        });
    }

    fn finish(self, mode: Mode) -> Run {
        let records = self.control.map(Control::into_records).unwrap_or_default();
        let start = self.scenario.start;
        let timed = |record: upswell_engine::Record| TimedRecord {
            t_s: record.at.since(start).as_secs_f64(),
            why: record.sentence(),
            record,
        };
        Run {
            mode,
            periods: self.periods,
            summary: self.tally.close(&self.fleet, self.end),
            surges: Vec::new(),
            nodes: None,
            money: None,
            timeline: self.timeline,
            decisions: records.into_iter().map(timed).collect(),
        }
    }
}

/// The least whole number of seconds that keeps the timeline short.
fn timeline_step(length: Duration) -> Duration {
    Duration::from_secs((length.as_secs() / TIMELINE_POINTS_MAX + 1).max(1))
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
    use crate::traffic::{Sizes, Traffic};

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
            drain: Duration::from_secs(600),
        }
    }

    fn play(scenario: &Scenario, mode: Mode) -> Run {
        let periods = Periods::of(mode, &scenario.scaler.as_ref().unwrap().policy);
        run(scenario, mode, Some(periods))
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
        let upswell = run(&scenario, Mode::Upswell, stock.periods);
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
        let run = run(&scenario, Mode::Stock, None);
        let Summary { requests, completed, unfinished, lost, .. } = run.summary.clone();
        assert_eq!(requests, completed + unfinished + lost);
        assert!(unfinished > 10_000, "one replica serves two a second: {unfinished} left");
        assert!(run.summary.latency.max_ms.unwrap() > 500_000.0, "the unfinished count");
        assert!(run.decisions.is_empty());
    }
}
