//! The life of an alert: pending, firing, kept, gone.

use proptest::prelude::*;
use upswell_metrics::rules::AlertState::{Firing, Pending};
use upswell_metrics::rules::{AlertState, GroupText, Health, RuleError, RuleText};
use upswell_metrics::sample::{STALE, is_stale};

use crate::given::{World, at, deep, depth_of, group};

const INTERVAL_SECS: i64 = 15;

#[test]
fn an_alert_waits_fires_is_kept_and_goes() {
    let mut world = World::deep("30s", "30s");
    let life = [
        (Some(5.0), None),
        (Some(11.0), Some(Pending)),
        (Some(12.0), Some(Pending)),
        (Some(13.0), Some(Firing)),
        (Some(5.0), Some(Firing)),
        (None, Some(Firing)),
        (Some(5.0), None),
    ];
    let mut before = None;
    for (step, (depth, state)) in (0_i64..).zip(life) {
        let reports = world.step(step * INTERVAL_SECS, depth);
        assert_eq!(world.state(), state, "step {step}");
        let steps = reports[0].transitions.iter().map(|passed| (passed.from, passed.to, passed.at));
        let changes = (before != state).then_some((before, state, at(step * INTERVAL_SECS)));
        assert_eq!(steps.collect::<Vec<_>>(), Vec::from_iter(changes), "step {step}");
        before = state;
    }
}

#[test]
fn a_kept_alert_shows_what_was_last_true() {
    let rule = RuleText {
        annotations: [("depth".to_owned(), "{{ $value }}".to_owned())].into(),
        ..deep("", "1m")
    };
    let mut world = World::new(&[GroupText { rules: vec![rule], ..group() }]);
    world.step(0, Some(42.0));
    world.step(15, Some(3.0));
    let alert = &world.alerts()[0];
    assert_eq!((alert.annotations["depth"].as_str(), alert.value), ("42", 42.0));
    assert_eq!(
        (alert.active_at, alert.fired_at, alert.kept_since),
        (at(0), Some(at(0)), Some(at(15)))
    );
}

#[test]
fn alerts_are_series_that_end_with_a_marker() {
    let mut world = World::deep("15s", "");
    for (step, depth) in [20.0, 20.0, 20.0, 1.0].into_iter().enumerate() {
        world.step(step as i64 * INTERVAL_SECS, Some(depth));
    }
    let ended = |samples: &[(i64, f64)]| {
        samples.iter().map(|(_, value)| is_stale(*value)).collect::<Vec<_>>()
    };
    let written = world.written("ALERTS");
    let states: Vec<&str> = written.iter().map(|(labels, _)| labels.get("alertstate")).collect();
    assert_eq!(states, ["firing", "pending"]);
    assert_eq!(written[0].0.get("pod"), "p-0");
    assert_eq!(written[0].1[..2], [(15, 1.0), (30, 1.0)]);
    assert_eq!(ended(&written[0].1), [false, false, true]);
    assert_eq!(written[1].1[0], (0, 1.0));
    assert_eq!(ended(&written[1].1), [false, true]);
    let for_state = world.written("ALERTS_FOR_STATE");
    assert_eq!(for_state[0].1[..3], [(0, 0.0), (15, 0.0), (30, 0.0)]);
    assert_eq!(ended(&for_state[0].1), [false, false, false, true]);
}

#[test]
fn a_rule_that_fails_keeps_its_alerts_and_harms_no_other() {
    let twice = RuleText {
        alert: "Twice".to_owned(),
        labels: [("pod".to_owned(), "all".to_owned())].into(),
        ..deep("", "")
    };
    let mut world = World::new(&[GroupText { rules: vec![twice, deep("", "")], ..group() }]);
    world.step(0, Some(20.0));
    assert_eq!(world.alerts().len(), 2);
    world.sample(&depth_of("p-1"), 15, 30.0);
    let reports = world.step(15, Some(20.0));
    assert_eq!(reports[0].error, Some(RuleError::DuplicateAlert));
    assert_eq!((reports[0].samples, reports[0].transitions.len()), (0, 0));
    assert_eq!(reports[1].error, None);
    let health: Vec<Health> = world.rules.status(0).map(|rule| rule.health.clone()).collect();
    assert_eq!(health, [Health::Bad(RuleError::DuplicateAlert), Health::Good]);
    let alerts: Vec<usize> = world.rules.status(0).map(|rule| rule.alerts().count()).collect();
    assert_eq!(alerts, [1, 2]);
}

#[test]
fn a_rule_with_too_many_alerts_loses_them() {
    let mut world = World::new(&[GroupText { limit: 1, rules: vec![deep("", "")], ..group() }]);
    world.step(0, Some(20.0));
    world.sample(&depth_of("p-1"), 15, 30.0);
    let reports = world.step(15, Some(20.0));
    assert_eq!(reports[0].error, Some(RuleError::Limit { limit: 1, count: 2, what: "alerts" }));
    let last = reports[0].transitions.iter().filter(|passed| passed.to.is_none()).count();
    assert_eq!((last, world.alerts().len()), (2, 0));
    // As soon as there are few enough it begins anew.
    world.sample(&depth_of("p-1"), 30, STALE);
    world.step(30, Some(20.0));
    assert_eq!(world.alerts()[0].active_at, at(30));
}

#[test]
fn an_alert_on_no_number_fires_too() {
    let rule = RuleText { expr: "depth != depth".to_owned(), ..deep("", "") };
    let mut world = World::new(&[GroupText { rules: vec![rule], ..group() }]);
    world.step(0, Some(f64::NAN));
    assert!(world.alerts()[0].value.is_nan());
}

/// What the state must be after each of these evaluations, told by counting.
fn expected(holds: &[bool], hold: usize, keep: usize) -> Vec<Option<AlertState>> {
    let (mut run, mut quiet, mut fires) = (0, 0, false);
    let states = holds.iter().map(|holds| {
        if *holds {
            run += 1;
            quiet = 0;
            fires |= run > hold;
            return Some(if fires { Firing } else { Pending });
        }
        run = 0;
        quiet += 1;
        fires &= quiet <= keep;
        fires.then_some(Firing)
    });
    states.collect()
}

proptest! {
    /// `hold` and `keep` count intervals; a time between two of them rounds up.
    #[test]
    fn an_alert_lives_as_counting_says(
        holds in proptest::collection::vec(any::<bool>(), 1..60),
        hold in 0_usize..5,
        keep in 0_usize..5,
        less_secs in 0_usize..15,
    ) {
        let text = |intervals: usize| match (intervals * 15).saturating_sub(less_secs) {
            0 => String::new(),
            secs => format!("{secs}s"),
        };
        let mut world = World::deep(&text(hold), &text(keep));
        for (step, (holds, state)) in holds.iter().zip(expected(&holds, hold, keep)).enumerate() {
            world.step(step as i64 * INTERVAL_SECS, holds.then_some(11.0));
            prop_assert_eq!(world.state(), state, "step {}", step);
        }
    }
}
