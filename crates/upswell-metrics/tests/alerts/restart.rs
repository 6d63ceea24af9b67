//! Restarts, outages and changed rules.

use upswell_metrics::Labels;
use upswell_metrics::rules::AlertState::{Firing, Pending};
use upswell_metrics::rules::{AlertState, GroupText, Restart, RuleText, State, StateError};
use upswell_metrics::sample::is_stale;

use crate::given::{OPTIONS, World, at, deep, group, parsed};

/// Another process with an empty store that goes on where this one was.
fn restarted(world: &World, text: RuleText, secs: i64) -> World {
    let saved = serde_json::to_string(&world.rules.save()).expect("plain data");
    let state: State = serde_json::from_str(&saved).expect("what was saved");
    let mut other = World::new(&[GroupText { rules: vec![text], ..group() }]);
    other.rules.restore(state, &Restart::at(at(secs))).expect("this version");
    other
}

/// States after these evaluations, 15 s apart.
fn states(world: &mut World, from_secs: i64, depths: &[Option<f64>]) -> Vec<Option<AlertState>> {
    let steps = depths.iter().enumerate();
    let states = steps.map(|(step, depth)| {
        world.step(from_secs + 15 * step as i64, *depth);
        world.state()
    });
    states.collect()
}

#[test]
fn a_quick_restart_changes_nothing() {
    let mut world = World::deep("1m", "30s");
    let before = [Some(20.0), Some(20.0), Some(20.0)];
    states(&mut world, 0, &before);
    let mut other = restarted(&world, deep("1m", "30s"), 40);
    assert_eq!(other.alerts(), world.alerts());
    let after = [Some(20.0), Some(20.0), Some(1.0), Some(1.0), Some(1.0)];
    assert_eq!(states(&mut other, 45, &after), states(&mut world, 45, &after));
}

#[test]
fn what_fired_fires_on_and_nobody_is_told_twice() {
    let mut world = World::deep("1m", "");
    states(&mut world, 0, &[Some(20.0); 6]);
    let resend = upswell_units::Duration::from_secs(3600);
    assert_eq!(world.rules.notices(0, at(75), resend).len(), 1);
    let mut other = restarted(&world, deep("1m", ""), 600);
    let reports = other.step(600, Some(20.0));
    assert_eq!(reports[0].transitions, []);
    assert_eq!(other.alerts()[0].fired_at, Some(at(60)));
    assert_eq!(other.rules.notices(0, at(600), resend), []);
}

#[test]
fn time_that_nobody_watched_does_not_count() {
    let mut world = World::deep("1m", "");
    // Seen to hold from 0 to 30 s; the next evaluation would have been at 45 s.
    states(&mut world, 0, &[Some(20.0); 3]);
    let mut other = restarted(&world, deep("1m", ""), 340);
    let after = states(&mut other, 345, &[Some(20.0); 3]);
    assert_eq!(after, [Some(Pending), Some(Firing), Some(Firing)]);
    assert_eq!(other.alerts()[0].active_at, at(300));
}

#[test]
fn an_alert_waits_for_data_until_the_grace_is_over() {
    let mut world = World::deep("", "");
    states(&mut world, 0, &[Some(20.0)]);
    let mut other = restarted(&world, deep("", ""), 60);
    assert_eq!(states(&mut other, 60, &[None; 4]), [Some(Firing); 4]);
    other.step(645, None);
    assert_eq!(other.state(), Some(Firing));
    let reports = other.step(660, None);
    assert_eq!((reports[0].transitions[0].from, other.state()), (Some(Firing), None));
}

#[test]
fn once_seen_again_an_alert_lives_by_its_condition() {
    let mut world = World::deep("", "");
    states(&mut world, 0, &[Some(20.0)]);
    let mut other = restarted(&world, deep("", ""), 60);
    let after = states(&mut other, 60, &[None, Some(20.0), None]);
    assert_eq!(after, [Some(Firing), Some(Firing), None]);
}

#[test]
fn two_restarts_in_a_row_forget_no_time() {
    let mut world = World::deep("1m", "");
    states(&mut world, 0, &[Some(20.0); 3]);
    let mut second = restarted(&world, deep("1m", ""), 100);
    states(&mut second, 105, &[None; 2]);
    let mut third = restarted(&second, deep("1m", ""), 200);
    third.step(205, Some(20.0));
    // Last seen at 30 s, seen again at 205 s: all but one interval was unwatched.
    assert_eq!(third.alerts()[0].active_at, at(205 - 30 - 15));
}

#[test]
fn a_kept_alert_goes_when_its_time_is_over_restart_or_not() {
    let mut world = World::deep("", "2m");
    states(&mut world, 0, &[Some(20.0), Some(1.0)]);
    let mut other = restarted(&world, deep("", "2m"), 100);
    assert_eq!(states(&mut other, 120, &[None, None]), [Some(Firing), None]);
}

#[test]
fn after_a_long_outage_everything_begins_anew() {
    let mut world = World::deep("1m", "");
    states(&mut world, 0, &[Some(20.0); 6]);
    let mut other = restarted(&world, deep("1m", ""), 75 + 3601);
    assert_eq!(other.alerts(), []);
    other.step(3690, Some(20.0));
    assert_eq!(other.state(), Some(Pending));
}

#[test]
fn an_alert_on_no_number_survives() {
    let rule = RuleText { expr: "depth != depth".to_owned(), ..deep("", "") };
    let mut world = World::new(&[GroupText { rules: vec![rule.clone()], ..group() }]);
    world.step(0, Some(f64::NAN));
    assert!(restarted(&world, rule, 15).alerts()[0].value.is_nan());
}

#[test]
fn a_rule_with_other_labels_is_another_rule() {
    let mut world = World::deep("", "");
    world.step(0, Some(20.0));
    let severe =
        RuleText { labels: [("severity".to_owned(), "page".to_owned())].into(), ..deep("", "") };
    assert_eq!(restarted(&world, severe, 15).alerts(), []);
}

#[test]
fn of_groups_with_one_name_the_first_goes_on_with_the_first() {
    let text = GroupText { rules: vec![deep("1m", "")], ..group() };
    let mut world = World::new(&[text.clone(), text.clone()]);
    world.step(0, Some(20.0));
    let World { rules, writer, reader } = &mut world;
    rules.evaluate(1, at(15), writer, reader, &OPTIONS);
    let before = world.alerts();
    world.rules.replace(vec![parsed(&text), parsed(&text)], at(20), &mut world.writer);
    assert_eq!(before.iter().map(|alert| alert.active_at).collect::<Vec<_>>(), [at(0), at(15)]);
    assert_eq!(world.alerts(), before);
}

#[test]
fn a_state_of_another_version_is_refused_whole() {
    let mut saved = serde_json::to_value(World::deep("", "").rules.save()).expect("plain data");
    saved["version"] = 2.into();
    let state: State = serde_json::from_value(saved).expect("its form is the same");
    let refused = World::deep("", "").rules.restore(state, &Restart::at(at(0)));
    assert_eq!(refused, Err(StateError::Version(2)));
}

#[test]
fn changed_rules_keep_alerts_and_end_the_series_of_those_that_go() {
    let mut world = World::deep("30s", "");
    states(&mut world, 0, &[Some(20.0); 2]);
    let renamed = RuleText { alert: "Deeper".to_owned(), ..deep("", "") };
    let longer = GroupText { rules: vec![deep("45s", "")], ..group() };
    world.rules.replace(vec![parsed(&longer)], at(20), &mut world.writer);
    assert_eq!(states(&mut world, 30, &[Some(20.0); 2]), [Some(Pending), Some(Firing)]);
    let other = GroupText { rules: vec![renamed], ..group() };
    world.rules.replace(vec![parsed(&other)], at(50), &mut world.writer);
    world.step(60, Some(20.0));
    let last = |name: &str| {
        let series = world.written("ALERTS").into_iter();
        let of_name = series.filter(|(labels, _): &(Labels, _)| labels.get("alertname") == name);
        of_name.filter_map(|(_, samples)| samples.last().copied()).max_by_key(|(secs, _)| *secs)
    };
    assert!(last("Deep").is_some_and(|(secs, value)| secs == 60 && is_stale(value)));
    assert_eq!(last("Deeper"), Some((60, 1.0)));
    world.rules.replace(Vec::new(), at(70), &mut world.writer);
    let written = world.written("ALERTS");
    assert!(
        written
            .iter()
            .all(|(_, samples)| samples.last().is_some_and(|(_, value)| is_stale(*value)))
    );
}
