//! One metric, one proposal.

use upswell_engine::horizontal::{Basis, MetricError, PodGroups, Reported};
use upswell_engine::observation::{
    ConditionStatus, Pod, PodPhase, PodSample, PodSamples, Reading, ReadyCondition, Run, Scale,
};
use upswell_engine::policy::{
    Controller, InvalidMetric, MetricSource, MetricSpec, Percent, ResourceName, ResourceTarget,
    ValueTarget,
};
use upswell_units::{Duration, MilliUnits, PodName, Replicas};

use super::build::*;

const MEMORY_64_MIB: MetricSpec = MetricSpec::Resource {
    resource: ResourceName::Memory,
    target: ResourceTarget::AverageValue(MilliUnits(64 * 1024 * 1024 * 1000)),
};

fn pods_metric(units: i64) -> MetricSpec {
    let average_value = MilliUnits::from_units(units);
    MetricSpec::Pods { metric: "requests_running".to_owned(), average_value }
}

fn external_value(units: i64) -> MetricSpec {
    let target = ValueTarget::Value(MilliUnits::from_units(units));
    MetricSpec::External { metric: "ttft".to_owned(), target }
}

#[test]
fn replicas_follow_usage_over_target() {
    for (usage, expected) in [(1000, 20), (500, 10), (250, 5), (600, 12), (601, 12), (610, 13)] {
        let ready = pods(10, ready_pod());
        assert_eq!(proposed(&cpu_utilization(50), 10, &ready, &alike(10, usage)), expected);
    }
}

#[test]
fn both_ends_of_the_tolerance_change_nothing() {
    let ready = pods(10, ready_pod());
    for (usage, expected) in [(449, 9), (450, 10), (550, 10), (559, 10), (560, 12)] {
        // A utilization is a whole percent: 449 of 1000 millicores are 44, 559 are 55.
        let got = ask(&cpu_utilization(50), 10, &ready, &alike(10, usage)).unwrap();
        assert_eq!(got.replicas.0, expected, "{usage}");
        assert_eq!(got.basis == Basis::WithinTolerance, expected == 10, "{usage}");
    }
}

#[test]
fn pods_that_count_are_multiplied_not_the_replicas_asked_for() {
    // Two of three pods of a target that asks for six: the other three do not exist yet.
    let ready = pods(3, ready_pod());
    assert_eq!(proposed(&cpu_utilization(50), 6, &ready, &alike(3, 750)), 5);
}

#[test]
fn pods_without_a_sample_count_as_idle_on_the_way_up_and_as_busy_on_the_way_down() {
    let ready = pods(4, ready_pod());
    let cases = [
        // 200 % of the target over four pods, of which half are taken for idle: 100 %.
        ([Some(1000), Some(1000), None, None], 4),
        // 300 %: still 150 % with the idle half.
        ([Some(1500), Some(1500), None, None], 6),
        // Nothing used by two; the other two are taken to use all they request, twice the target.
        ([Some(0), Some(0), None, None], 4),
    ];
    for (values, expected) in cases {
        assert_eq!(proposed(&cpu_utilization(50), 4, &ready, &samples(&values)), expected);
    }
    // For an average they are taken to be at the target itself.
    let values = [Some(0), Some(0), None, None];
    assert_eq!(proposed(&pods_metric(10), 4, &ready, &samples(&values)), 2);
}

#[test]
fn starting_pods_count_as_idle_on_the_way_up_and_not_at_all_on_the_way_down() {
    let some = |starting| {
        vec![Run { count: 2, item: ready_pod() }, Run { count: starting, item: starting_pod() }]
    };
    let busy = samples(&[Some(1500), Some(1500), Some(900)]);
    assert_eq!(proposed(&cpu_utilization(50), 3, &some(1), &busy), 6);
    let idle = samples(&[Some(100), Some(100), Some(900)]);
    assert_eq!(proposed(&cpu_utilization(50), 3, &some(1), &idle), 1);
}

#[test]
fn a_change_that_filled_in_pods_reverse_is_not_made() {
    // 120 % of the target alone, 40 % with the two that start.
    let pods = vec![Run { count: 1, item: ready_pod() }, Run { count: 2, item: starting_pod() }];
    let reading = samples(&[Some(600), None, None]);
    let got = ask(&MEMORY_FREE, 3, &pods, &reading).unwrap();
    assert_eq!(got.replicas.0, 3);
    let groups = PodGroups { ready: 1, unready: 0, missing: 2, ignored: 0 };
    assert_eq!(got.basis, Basis::HeldByPods(groups));
}

/// 500 thousandths of anything but CPU per pod.
const MEMORY_FREE: MetricSpec = MetricSpec::Resource {
    resource: ResourceName::Memory,
    target: ResourceTarget::AverageValue(MilliUnits(500)),
};

#[test]
fn pods_on_their_way_out_do_not_count() {
    let gone =
        [Pod { is_deleted: true, ..ready_pod() }, Pod { phase: PodPhase::Failed, ..ready_pod() }];
    for pod in gone {
        let pods = vec![Run::one(ready_pod()), Run::one(pod)];
        let reading = samples(&[Some(1000), Some(0)]);
        assert_eq!(proposed(&cpu_utilization(50), 2, &pods, &reading), 2);
    }
}

#[test]
fn only_cpu_looks_at_readiness() {
    let starting = pods(2, starting_pod());
    let reading = alike(2, 128 * 1024 * 1024 * 1000);
    assert_eq!(proposed(&MEMORY_64_MIB, 2, &starting, &reading), 4);
    let cpu = ask(&cpu_utilization(50), 2, &starting, &alike(2, 1000));
    assert_eq!(cpu, Err(MetricError::NoUsableSamples));
}

#[test]
fn readiness_is_judged_by_the_age_of_the_pod() {
    let secs_ago = |secs| NOW - Duration::from_secs(secs);
    // Sample: ten seconds old, thirty seconds long. Initialization period: 300 s. Delay: 30 s.
    let cases = [
        ("ready before the sample began", 200, ConditionStatus::True, 41, true),
        ("ready just when the sample began", 200, ConditionStatus::True, 40, true),
        ("ready within the sample", 200, ConditionStatus::True, 39, false),
        ("young and unready", 200, ConditionStatus::False, 100, false),
        ("young and unknown", 200, ConditionStatus::Unknown, 100, true),
        ("old, and ready within the sample", 400, ConditionStatus::True, 5, true),
        ("old, and unready after it was ready", 400, ConditionStatus::False, 100, true),
        ("old, and never ready", 400, ConditionStatus::False, 395, false),
        ("exactly as old as the period", 300, ConditionStatus::True, 5, true),
    ];
    for (what, age, status, changed, counts) in cases {
        let ready = Some(ReadyCondition { status, changed_at: secs_ago(changed) });
        let pod = Pod { ready, started_at: Some(secs_ago(age)), ..ready_pod() };
        let got = ask(&cpu_utilization(50), 1, &pods(1, pod), &alike(1, 500));
        assert_eq!(got.is_ok(), counts, "{what}");
    }
    for pod in [
        Pod { ready: None, ..ready_pod() },
        Pod { started_at: None, ..ready_pod() },
        Pod { phase: PodPhase::Pending, ..ready_pod() },
    ] {
        let got = ask(&cpu_utilization(50), 1, &pods(1, pod), &alike(1, 500));
        assert_eq!(got, Err(MetricError::NoUsableSamples));
    }
}

#[test]
fn samples_of_unknown_pods_count_for_averages_only() {
    let ready = pods(1, ready_pod());
    let of_pods = vec![Run::one(Some(sample(1000)))];
    let reading = Reading::Pods(PodSamples { of_pods, of_others: vec![sample(3000)] });
    let average = ask(&pods_metric(1), 1, &ready, &reading).unwrap();
    assert_eq!(average.reported, Reported::AverageValue(Some(MilliUnits(2000))));
    let utilization = ask(&cpu_utilization(100), 1, &ready, &reading).unwrap();
    let reported =
        Reported::Utilization { utilization: Percent(100), average_value: MilliUnits(1000) };
    assert_eq!(utilization.reported, reported);
}

#[test]
fn runs_of_alike_pods_weigh_as_much_as_the_pods() {
    let apart: Vec<Run<Pod>> = (0..6).map(|_| Run::one(ready_pod())).collect();
    let values = [Some(900), Some(900), Some(100), Some(100), Some(100), None];
    let together = vec![
        Run { count: 2, item: Some(sample(900)) },
        Run { count: 0, item: Some(sample(-5)) },
        Run { count: 3, item: Some(sample(100)) },
    ];
    let together = Reading::Pods(PodSamples { of_pods: together, of_others: Vec::new() });
    assert_eq!(
        ask(&cpu_utilization(20), 6, &pods(6, ready_pod()), &together),
        ask(&cpu_utilization(20), 6, &apart, &samples(&values)),
    );
}

#[test]
fn samples_find_their_pods_by_name() {
    let name = |name: &str| PodName(name.to_owned());
    let given = [(name("b"), sample(2)), (name("gone"), sample(3)), (name("a"), sample(1))];
    let aligned = PodSamples::by_name(&[name("a"), name("c"), name("b")], &given);
    let of_pods = [Some(sample(1)), None, Some(sample(2))].map(Run::one).to_vec();
    assert_eq!(aligned, PodSamples { of_pods, of_others: vec![sample(3)] });
}

#[test]
fn a_value_target_multiplies_the_ready_pods() {
    let mixed = vec![Run { count: 3, item: ready_pod() }, Run { count: 7, item: starting_pod() }];
    for (value, expected) in [(200, 6), (110, 10), (109, 10), (90, 10), (50, 2), (0, 0)] {
        assert_eq!(proposed(&external_value(100), 10, &mixed, &external(value)), expected);
    }
}

#[test]
fn a_value_target_leaves_zero_without_pods_and_without_tolerance() {
    for (value, expected) in [(0, 0), (1, 1), (100, 1), (101, 2), (1000, 10)] {
        assert_eq!(proposed(&external_value(100), 0, &[], &external(value)), expected);
    }
    let got = ask(&external_value(100), 1, &[], &external(1000));
    assert_eq!(got, Err(MetricError::NoPods));
}

#[test]
fn an_average_target_divides_by_the_replicas_of_the_status() {
    let controller = Controller::default();
    let mut inputs = inputs(5, &[], &controller);
    inputs.scale = Scale { spec_replicas: Replicas(5), status_replicas: Replicas(10) };
    // 100 jobs over ten replicas are on target, whatever the spec asks for.
    let metric = queue(10);
    let got = upswell_engine::horizontal::propose(&metric, &inputs, &external(100)).unwrap();
    assert_eq!((got.replicas.0, got.basis), (10, Basis::WithinTolerance));
    for (jobs, expected) in [(0, 0), (1, 1), (89, 9), (111, 12), (1000, 100)] {
        let got = upswell_engine::horizontal::propose(&metric, &inputs, &external(jobs)).unwrap();
        assert_eq!(got.replicas.0, expected, "{jobs}");
    }
    inputs.scale.status_replicas = Replicas(0);
    let got = upswell_engine::horizontal::propose(&metric, &inputs, &external(7)).unwrap();
    assert_eq!((got.replicas.0, got.reported), (1, Reported::AverageValue(None)));
}

#[test]
fn absurd_values_saturate_and_do_not_panic() {
    let ready = pods(3, ready_pod());
    let series = |values: &[i64]| Reading::External {
        values: values.iter().copied().map(MilliUnits).collect(),
        at: NOW,
    };
    let everything = [i64::MAX, i64::MAX];
    assert_eq!(proposed(&external_value(1), 3, &ready, &series(&everything)), i32::MAX);
    assert_eq!(proposed(&queue(1), 3, &ready, &series(&everything)), i32::MAX);
    // Upstream's: a negative sum is taken for an overflow.
    assert_eq!(proposed(&queue(1), 3, &ready, &series(&[-1, 5])), i32::MAX);
    for value in [i64::MIN, i64::MAX] {
        let _ = ask(&cpu_utilization(50), 3, &ready, &alike(3, value));
        let _ = ask(&cpu_utilization(0), 3, &ready, &alike(3, value));
        let _ = ask(&pods_metric(0), 3, &ready, &alike(u32::MAX, value));
        let _ = ask(&external_value(0), 3, &ready, &series(&[value]));
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let ready = pods(2, ready_pod());
    let unusable = PodSample { value: None, ..sample(0) };
    let unusable = vec![Run { count: 2, item: Some(unusable) }];
    let unusable = Reading::Pods(PodSamples { of_pods: unusable, of_others: Vec::new() });
    let none =
        |units| Reading::External { values: Vec::new(), at: NOW - Duration::from_secs(units) };
    let invalid = |invalid| MetricSpec::Invalid(invalid);
    let cases = [
        (queue(1), none(1), MetricError::NoSamples),
        (cpu_utilization(50), samples(&[None, None]), MetricError::NoSamples),
        (cpu_utilization(50), external(1), MetricError::WrongReading),
        (queue(1), alike(2, 1), MetricError::WrongReading),
        (cpu_utilization(50), unusable, MetricError::NoUsableSamples),
        (
            invalid(InvalidMetric::NoTarget(MetricSource::Object)),
            failed(),
            MetricError::InvalidTarget(MetricSource::Object),
        ),
        (
            invalid(InvalidMetric::SourceType("Cheese".to_owned())),
            failed(),
            MetricError::InvalidSourceType("Cheese".to_owned()),
        ),
    ];
    for (metric, reading, expected) in cases {
        assert_eq!(ask(&metric, 2, &ready, &reading), Err(expected));
    }
    let error = ask(&queue(1), 2, &ready, &failed()).unwrap_err();
    assert_eq!(error.to_string(), "the metric could not be read: no answer");
    assert_eq!(ask(&cpu_utilization(50), 2, &[], &alike(2, 1)), Err(MetricError::NoPods));
}
