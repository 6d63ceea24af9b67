use upswell_engine::activation::activity::COMPOSITE_METRIC;
use upswell_engine::activation::formula::RunError;
use upswell_engine::activation::{
    ActivationPolicy, Activity, Composite, Served, TriggerPoll, Unserved, summarize,
};
use upswell_units::{MilliUnits, Timestamp};

use crate::metric;

fn policy() -> ActivationPolicy {
    ActivationPolicy::new(Timestamp::UNIX_EPOCH)
}

fn read(name: &str, is_active: bool) -> TriggerPoll {
    let served = Served::Reading(MilliUnits(1_000));
    TriggerPoll::External { metric: metric(name), served, is_active }
}

fn served(name: &str, served: Served) -> TriggerPoll {
    TriggerPoll::External { metric: metric(name), served, is_active: false }
}

fn activity(is_active: bool, is_error: bool, names: &[&str]) -> Activity {
    let active_triggers = names.iter().map(|name| metric(name)).collect();
    Activity { is_active, is_error, active_triggers }
}

#[test]
fn any_active_trigger_activates() {
    let failed = Served::Unserved(Unserved::NoFallback);
    let substitute = Served::Substitute(MilliUnits(1));
    let table = [
        (vec![read("a", false), read("b", true)], activity(true, false, &["b"])),
        (vec![read("a", false), TriggerPoll::Resource], activity(false, false, &[])),
        (vec![read("a", true), served("b", failed)], activity(true, true, &["a"])),
        (vec![served("a", substitute)], activity(true, false, &["a"])),
        (vec![TriggerPoll::Unreachable, TriggerPoll::Resource], activity(false, true, &[])),
        (vec![TriggerPoll::Resource, TriggerPoll::Resource], activity(true, false, &[])),
    ];
    for (triggers, expected) in table {
        assert_eq!(summarize(&policy(), &triggers, None), expected, "{triggers:?}");
    }
}

#[test]
fn a_formula_replaces_the_activity_of_its_triggers() {
    let composite = |is_active| Ok(Composite { value: MilliUnits(1), is_active });
    let idle = vec![read("a", false)];
    let busy = vec![read("a", true)];
    let broken = vec![read("a", true), served("b", Served::Unserved(Unserved::NoFallback))];
    let table = [
        (&idle, composite(Some(true)), activity(true, false, &[COMPOSITE_METRIC])),
        (&busy, composite(Some(false)), activity(false, false, &[])),
        (&busy, composite(None), activity(false, true, &[])),
        (&broken, composite(Some(true)), activity(false, true, &[])),
    ];
    for (triggers, composite, expected) in table {
        assert_eq!(summarize(&policy(), triggers, Some(&composite)), expected, "{triggers:?}");
    }
}

#[test]
fn a_formula_without_a_value_is_inactivity_for_keda_and_an_error_for_the_careful() {
    let failed = Err(RunError::DivisionByZero);
    let triggers = [read("a", true)];
    assert_eq!(summarize(&policy(), &triggers, Some(&failed)), activity(false, false, &[]));
    let careful = ActivationPolicy { formula_failure_is_error: true, ..policy() };
    assert_eq!(summarize(&careful, &triggers, Some(&failed)), activity(false, true, &[]));
}
