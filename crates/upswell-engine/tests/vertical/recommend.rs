//! From usage to target and bounds.

use proptest::prelude::*;
use upswell_engine::vertical::buckets::Buckets;
use upswell_engine::vertical::history::History;
use upswell_engine::vertical::policy::{ContainerPolicy, Policy, ScalingMode};
use upswell_engine::vertical::recommend::{Settings, recommend};
use upswell_engine::vertical::resources::{ContainerRecommendation, Resource, quantity_in};
use upswell_units::{Bytes, Millicores};

use super::given::{DAY, HOUR, MIB, cpu, entry_for, id, list, memory, policy, texts, tracked};

/// A sample a minute for a whole day, and the last one at its end: a confidence of one.
fn steady(containers: &[&str], millicores: i64, bytes: i64) -> History {
    let mut history = tracked(containers);
    for container in containers {
        for minute in 0..=1440 {
            for sample in [cpu(minute * 60, millicores), memory(minute * 60, bytes)] {
                let (settings, policy) = (Settings::default(), Policy::default());
                history.ingest(&settings, &policy, &id(container), sample).expect("a new sample");
            }
        }
    }
    history
}

fn target(settings: &Settings, policy: &Policy, history: &History) -> String {
    texts(recommend(settings, policy, history)[0].target.as_ref())
}

fn milli(recommendation: &ContainerRecommendation) -> [i64; 3] {
    [&recommendation.lower_bound, &recommendation.target, &recommendation.upper_bound]
        .map(|list| quantity_in(list.as_ref(), Resource::Cpu).milli_value())
}

#[test]
fn steady_usage_gets_its_bucket_and_a_margin() {
    let history = steady(&["app"], 1000, 1 << 30);
    let recommended = &recommend(&Settings::default(), &Policy::default(), &history)[0];
    let end_of = |buckets: Buckets, value: f64| buckets.start(buckets.find(value) + 1);
    let with_margin = |amount: i64| amount + (amount as f64 * 0.15) as i64;
    let cpu = with_margin((end_of(Buckets::Cpu, 1.0) * 1000.0) as i64);
    // A day at a sample a minute: the upper bound is twice the base, the lower hardly below it.
    let lower = (cpu as f64 / (1.001 * 1.001)) as i64;
    assert_eq!(milli(recommended), [lower, cpu, 2 * cpu]);
    let memory = with_margin(end_of(Buckets::Memory, (1 << 30) as f64) as i64);
    let found = recommended.target.as_ref().unwrap().get(Resource::Memory).unwrap().value();
    assert_eq!(found, memory);
}

#[test]
fn without_history_the_upper_bound_is_open_and_the_minimum_holds() {
    let mut history = tracked(&["app"]);
    let (settings, policy) = (Settings::default(), Policy::default());
    let recommended = |history: &History| recommend(&settings, &policy, history)[0].clone();
    assert_eq!(milli(&recommended(&history)), [25, 25, 25]);
    history.ingest(&settings, &policy, &id("app"), cpu(0, 1000)).unwrap();
    assert_eq!(milli(&recommended(&history))[0], 25);
    assert_eq!(milli(&recommended(&history))[2], 100_000_000_000_000);
}

#[test]
fn the_minimum_of_a_pod_is_shared_by_the_containers_that_are_not_off() {
    for (containers, off, minimum) in [
        (&["a"][..], None, "25m 250Mi"),
        (&["a", "b"], None, "12m 125Mi"),
        (&["a", "b", "c"], None, "8m 87381333"),
        (&["a", "b", "c"], Some("c"), "12m 125Mi"),
    ] {
        let policy = off.map_or_else(Policy::default, |container| {
            policy(ContainerPolicy { mode: ScalingMode::Off, ..entry_for(container) })
        });
        let recommended = recommend(&Settings::default(), &policy, &tracked(containers));
        assert!(recommended.iter().all(|r| Some(r.container.as_str()) != off));
        for recommendation in recommended {
            assert_eq!(texts(recommendation.target.as_ref()), minimum);
        }
    }
}

#[test]
fn the_policy_with_the_containers_name_wins_over_the_one_for_all_others() {
    let for_all = ContainerPolicy { min_allowed: list("2", ""), ..ContainerPolicy::default() };
    let own = ContainerPolicy { min_allowed: list("3", ""), ..entry_for("app") };
    for entries in [vec![for_all.clone(), own.clone()], vec![own, for_all]] {
        let policy = Policy { containers: Some(entries), ..Policy::default() };
        let recommended = recommend(&Settings::default(), &policy, &tracked(&["app", "other"]));
        let targets = recommended.iter().map(|r| texts(r.target.as_ref()));
        assert_eq!(targets.collect::<Vec<_>>(), ["3 125Mi", "2 125Mi"]);
    }
}

#[test]
fn policies_cap_all_but_the_uncapped_target_and_keep_their_own_notation() {
    let history = tracked(&["app"]);
    for (min, max, capped) in [
        (list("0.5", "1.5Gi"), list("", ""), "500m 1536Mi"),
        (list("1", "1G"), list("100m", "500M"), "100m 500M"),
        (list("0", "0"), list("0", "0"), "25m 250Mi"),
        (list("500u", ""), list("0.0105", ""), "10500u 250Mi"),
    ] {
        let entry = ContainerPolicy { min_allowed: min, max_allowed: max, ..entry_for("app") };
        let recommended = &recommend(&Settings::default(), &policy(entry), &history)[0];
        assert_eq!(texts(recommended.target.as_ref()), capped);
        assert_eq!(texts(recommended.lower_bound.as_ref()), capped);
        assert_eq!(texts(recommended.uncapped_target.as_ref()), "25m 250Mi");
    }
}

#[test]
fn the_global_maximum_stands_in_only_where_the_policy_is_silent() {
    let settings = Settings { global_max_allowed: list("10m", "100Mi"), ..Settings::default() };
    let history = tracked(&["app"]);
    for (max, capped) in
        [(list("", ""), "10m 100Mi"), (list("20m", ""), "20m 100Mi"), (list("0", ""), "25m 100Mi")]
    {
        let entry = ContainerPolicy { max_allowed: max, ..entry_for("app") };
        assert_eq!(target(&settings, &policy(entry), &history), capped);
    }
    assert_eq!(target(&settings, &Policy::default(), &history), "10m 100Mi");
}

#[test]
fn only_controlled_resources_are_recommended() {
    let history = tracked(&["app"]);
    for (controlled, shown) in [
        (vec![Resource::Cpu], "25m"),
        (vec![Resource::Memory], "250Mi"),
        (vec![], ""),
        (vec![Resource::Memory, Resource::Cpu], "25m 250Mi"),
    ] {
        let controlled_resources = Some(controlled.into_iter().collect());
        let entry = ContainerPolicy { controlled_resources, ..entry_for("app") };
        let recommended = &recommend(&Settings::default(), &policy(entry), &history)[0];
        assert_eq!(texts(recommended.target.as_ref()), shown);
        assert_eq!(texts(recommended.upper_bound.as_ref()), shown);
    }
}

#[test]
fn amounts_round_up_before_they_are_capped() {
    let history = tracked(&["app"]);
    let round = |cpu, memory| Settings {
        round_cpu: Millicores(cpu),
        round_memory: Bytes(memory),
        ..Settings::default()
    };
    for (settings, shown) in [
        (round(10, 1), "30m 250Mi"),
        (round(1, 100 * MIB), "25m 300Mi"),
        (round(0, -5), "25m 250Mi"),
    ] {
        assert_eq!(target(&settings, &Policy::default(), &history), shown);
    }
    let whole_cores = Policy { integer_cpu: ["app".to_owned()].into(), ..Policy::default() };
    assert_eq!(target(&Settings::default(), &whole_cores, &history), "25m 250Mi");
    let settings = Settings { integer_cpu: true, ..Settings::default() };
    assert_eq!(target(&settings, &whole_cores, &history), "1 250Mi");
}

proptest! {
    #[test]
    fn the_target_lies_between_its_bounds(
        usage in prop::collection::vec(0..100_000_i64, 1..100), step in 1..6 * HOUR,
    ) {
        let (settings, policy) = (Settings::default(), Policy::default());
        let mut history = tracked(&["app"]);
        for (index, millicores) in usage.into_iter().enumerate() {
            let secs = index as i64 * step;
            history.ingest(&settings, &policy, &id("app"), cpu(secs, millicores)).unwrap();
        }
        let [lower, target, upper] = milli(&recommend(&settings, &policy, &history)[0]);
        prop_assert!(lower <= target && target <= upper);
    }

    #[test]
    fn more_usage_never_gives_less(
        usage in prop::collection::vec(0..10_000_i64, 1..60), more in 0..10_000_i64,
    ) {
        let (settings, policy) = (Settings::default(), Policy::default());
        let target = |more: i64| {
            let mut history = tracked(&["app"]);
            for (index, millicores) in usage.iter().enumerate() {
                let sample = cpu(index as i64 * 600, millicores + more);
                history.ingest(&settings, &policy, &id("app"), sample).unwrap();
            }
            milli(&recommend(&settings, &policy, &history)[0])[1]
        };
        prop_assert!(target(more) >= target(0));
    }

    #[test]
    fn the_maximum_is_never_exceeded(min in 1..5_000_i64, max in 1..5_000_i64, days in 1..3_i64) {
        let entry = ContainerPolicy {
            min_allowed: list(&format!("{min}m"), ""),
            max_allowed: list(&format!("{max}m"), ""),
            ..entry_for("app")
        };
        let mut history = tracked(&["app"]);
        let settings = Settings::default();
        for index in 0..20 {
            let sample = cpu(index * days * DAY / 20, index * 200);
            history.ingest(&settings, &Policy::default(), &id("app"), sample).unwrap();
        }
        let recommended = recommend(&settings, &policy(entry), &history);
        for amount in milli(&recommended[0]) {
            prop_assert!(amount <= max && (amount >= min || min > max));
        }
    }
}
