//! One run: the events of the world and the wakes of the control loop, in order of time.

use upswell_units::{Duration, Timestamp};

use crate::agenda::Agenda;
use crate::control::{Control, Sight};
use crate::fleet::{Fleet, FleetEvent, Job};
use crate::observe::ResourceMetrics;
use crate::outcome::{Mode, Periods, Point, Run, TimedRecord};
use crate::random::{Entity, Stream};
use crate::scenario::Scenario;
use crate::summary::Tally;
use crate::traffic::Arrival;

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
        let window = periods.map_or(Duration::from_secs(15), |periods| periods.resource_metrics);
        let mut world = Self {
            scenario,
            periods,
            agenda: Agenda::default(),
            service: Stream::new(seed, Entity::Service),
            fleet: Fleet::new(scenario.worker.clone(), startup, initial_replicas, start),
            metrics: ResourceMetrics::new(scenario.usage, window),
            control,
            tally: Tally::new(scenario.goal.map(|goal| goal.latency), initial_replicas, start),
            timeline: Vec::new(),
            timeline_step: timeline_step(length),
            arrivals_since_point: 0,
            end: start + length,
        };
        // Scrapes come before wakes of the same instant, and the first point shows the start.
        world.agenda.schedule(start, Event::Point);
        world.agenda.schedule(start, Event::Scrape);
        if world.control.is_some() {
            world.agenda.schedule(start, Event::Wake);
        }
        world
    }

    fn play(&mut self) {
        let scenario = self.scenario;
        let mut arrivals = scenario.traffic.arrivals().iter().zip(0_u32..).peekable();
        while let Some(event_at) = self.agenda.next_at().filter(|at| *at <= self.end) {
            // Of an arrival and an event at the same instant, the arrival comes first.
            match arrivals.next_if(|(arrival, _)| scenario.start + arrival.at <= event_at) {
                Some((arrival, number)) => self.arrive(arrival, number),
                None => self.next_event(),
            }
        }
    }

    fn arrive(&mut self, arrival: &Arrival, number: u32) {
        let now = self.scenario.start + arrival.at;
        let service = self.scenario.service.draw(arrival, &mut self.service);
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
        let sight = Sight {
            fleet: &self.fleet,
            metrics: &self.metrics,
            pod_resources: &self.scenario.pod_resources,
            queue: self.scenario.queue.as_deref(),
        };
        let scale_to = control.step(&sight, now);
        self.agenda.schedule(control.wake_at(), Event::Wake);
        if let Some(wanted) = scale_to {
            let before = self.fleet.active();
            self.fleet.scale_to(wanted, now, &mut self.agenda);
            self.tally.scaled(before, wanted, now);
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
        });
    }

    fn finish(self, mode: Mode) -> Run {
        let records = self.control.map(Control::into_records).unwrap_or_default();
        let start = self.scenario.start;
        let timed = |record: upswell_engine::Record| TimedRecord {
            t_s: record.at.since(start).as_secs_f64(),
            record,
        };
        Run {
            mode,
            periods: self.periods,
            summary: self.tally.close(&self.fleet, self.end),
            timeline: self.timeline,
            decisions: records.into_iter().map(timed).collect(),
        }
    }
}

/// The least whole number of seconds that keeps the timeline short.
fn timeline_step(length: Duration) -> Duration {
    Duration::from_secs((length.as_secs() / TIMELINE_POINTS_MAX + 1).max(1))
}
