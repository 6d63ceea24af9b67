//! The control loop against `vectors/hpa`: the ticks of the real HPA's records are played by the
//! loop of the simulated world, on its timer. There is no second implementation of the algorithm.

/// The records, read as in the engine's own test.
#[path = "../../../upswell-engine/tests/vectors/hpa/read.rs"]
#[expect(dead_code, reason = "the engine's own test reads more kinds of records")]
mod read;
/// The records, judged as in the engine's own test.
#[path = "../../../upswell-engine/tests/vectors/hpa/record.rs"]
mod record;

use serde_json::Value;
use upswell_engine::Policy;
use upswell_engine::decision::Step;
use upswell_engine::horizontal::{self, History};
use upswell_engine::observation::{
    ApiError, HorizontalObservation, Pod, Reading, Run, Scale, SelectorError,
};
use upswell_engine::policy::{Controller, HorizontalPolicy, MetricSpec, ReadingPolicy};
use upswell_triggers::{Request, Response};
use upswell_units::{Duration, Replicas, ScaleTarget, Timestamp};
use upswell_vectors::{Verdict, judge};

use super::{Control, Sight};
use crate::agenda::Agenda;
use record::{Given, Ticked, Ticker};

/// A busy controller comes to a tick late, never early; the records are at most 0.4 s late.
const LATENESS_MAX: Duration = Duration::from_millis(500);

/// The loop, and the agenda that wakes it.
struct Timer {
    control: Control<'static>,
    agenda: Agenda<()>,
}

impl Sight for HorizontalObservation {
    fn scale(&self) -> Result<Scale, ApiError> {
        self.scale.clone()
    }

    fn pods(&self) -> Result<Vec<Run<Pod>>, SelectorError> {
        self.pods.clone()
    }

    fn reading(&self, position: usize, _: &MetricSpec) -> Option<Reading> {
        self.readings.get(position).cloned()
    }

    fn answer(&self, _: &Request) -> Result<Response, ApiError> {
        Err(ApiError::new("a plain HorizontalPodAutoscaler has no triggers"))
    }
}

impl Timer {
    fn new(controller: Controller, history: History, start: Timestamp) -> Self {
        let policy = Policy {
            target: ScaleTarget {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: String::new(),
                name: "worker".to_owned(),
            },
            horizontal: no_metrics(),
            controller,
            activation: None,
            composite: None,
            triggers: Vec::new(),
            reading: ReadingPolicy::default(),
        };
        let mut control = Control::new(policy, &[], start);
        control.memory.horizontal = history;
        let mut agenda = Agenda::default();
        agenda.schedule(control.wake_at(), ());
        Self { control, agenda }
    }
}

impl Ticker for Timer {
    fn tick(&mut self, given: &Given) -> Result<Ticked, String> {
        let (control, now) = (&mut self.control, given.observation.now);
        let (due, ()) = self.agenda.pop().ok_or("the loop does not want to be woken")?;
        if !(due..=due + LATENESS_MAX).contains(&now) {
            return Err(format!("the loop wakes at {due}, the tick is at {now}"));
        }
        control.policy.horizontal = given.policy.clone();
        let decision = control.decide(&given.observation, now);
        let outcome = given.outcome(decision.scale_to().is_some());
        // What the loop remembers must be what the settled tick leaves behind.
        let mut history = control.memory.horizontal.clone();
        control.settle(&decision, outcome.clone());
        self.agenda.schedule(control.wake_at(), ());
        let Step::Horizontal(decision) = decision.step else {
            return Err("took another decision than the horizontal one".to_owned());
        };
        let settled = horizontal::settle(&mut history, &decision, &outcome);
        if history != control.memory.horizontal {
            return Err("the loop remembers something else".to_owned());
        }
        Ok(Ticked { decision: *decision, outcome, settled })
    }

    fn history(&self) -> &History {
        &self.control.memory.horizontal
    }
}

fn verdict(record: &Value) -> Verdict {
    match record["kind"].as_str().unwrap_or("none") {
        "reconcile" => {
            let start = read::instant(&record["ticks"][0]["t_ms"]);
            let (controller, history) = (record::controller(record), record::history(record));
            record::play(record, &mut Timer::new(controller, history, start))
        }
        kind => Verdict::not_here(env!("CARGO_PKG_NAME"), kind),
    }
}

#[test]
fn the_loop_of_the_simulated_world_ticks_as_the_real_hpa() {
    judge("hpa", verdict);
}

#[test]
fn a_tick_at_another_time_than_the_timers_is_no_pass() {
    let mut timer = Timer::new(Controller::default(), History::default(), Timestamp::UNIX_EPOCH);
    let scale = Scale { spec_replicas: Replicas(1), status_replicas: Replicas(1) };
    let mut tick = |second| {
        let observation = HorizontalObservation {
            now: Timestamp::from_secs(second),
            scale: Ok(scale),
            pods: Ok(Vec::new()),
            readings: Vec::new(),
        };
        timer.tick(&Given { policy: no_metrics(), observation, is_write_refused: false }).is_ok()
    };
    assert_eq!([tick(0), tick(15), tick(45)], [true, true, false]);
}

fn no_metrics() -> HorizontalPolicy {
    HorizontalPolicy {
        min_replicas: Replicas(1),
        max_replicas: Replicas(1),
        metrics: Vec::new(),
        behavior: None,
    }
}
