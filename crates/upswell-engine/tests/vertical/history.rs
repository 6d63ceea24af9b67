//! Which samples count: order, memory peaks, OOM kills.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use upswell_engine::vertical::aggregate::Refused;
use upswell_engine::vertical::buckets::Buckets;
use upswell_engine::vertical::checkpoint::{CheckpointError, restore, save};
use upswell_engine::vertical::history::{ContainerId, History, Sample};
use upswell_engine::vertical::policy::{OwnSettings, Policy};
use upswell_engine::vertical::recommend::{Settings, recommend};
use upswell_units::{Duration, PodName};

use super::given::{
    DAY, HOUR, MIB, at, cpu, entry_for, id, memory, oom, pod_name, policy, quantity, tracked,
};

fn ingest(history: &mut History, sample: Sample) -> Result<(), Refused> {
    history.ingest(&Settings::default(), &Policy::default(), &id("app"), sample)
}

/// The buckets in which the memory peaks of `app` lie, by weight.
fn peaks(history: &History) -> Vec<(usize, f64)> {
    history.by_container(&Settings::default())["app"].memory_peaks.weights().collect()
}

fn bucket(bytes: i64) -> usize {
    Buckets::Memory.find(bytes as f64)
}

#[test]
fn cpu_samples_must_be_new_and_memory_samples_not_old() {
    let mut history = tracked(&["app"]);
    for (sample, outcome) in [
        (cpu(60, 100), Ok(())),
        (cpu(60, 100), Err(Refused::OutOfOrder(at(60)))),
        (cpu(0, 100), Err(Refused::OutOfOrder(at(60)))),
        (cpu(61, -1), Err(Refused::Negative)),
        (memory(60, MIB), Ok(())),
        (memory(60, MIB), Ok(())),
        (memory(59, MIB), Err(Refused::OutOfOrder(at(60)))),
        (memory(61, -1), Err(Refused::Negative)),
        (oom(60 - DAY, MIB), Ok(())),
        // The kill is now the latest memory sample.
        (memory(0, MIB), Ok(())),
        (oom(-DAY - 1, MIB), Err(Refused::TooOld(at(0)))),
    ] {
        assert_eq!(ingest(&mut history, sample), outcome, "{sample:?}");
    }
    let aggregate = &history.by_container(&Settings::default())["app"];
    assert_eq!((aggregate.samples, aggregate.lifespan()), (1, Duration::ZERO));
}

#[test]
fn an_unknown_container_is_refused() {
    let mut history = tracked(&["app"]);
    let settings = Settings::default();
    for (pod, container) in [("app-0", "other"), ("app-1", "app")] {
        let id = ContainerId { pod: PodName(pod.to_owned()), container: container.to_owned() };
        let outcome = history.ingest(&settings, &Policy::default(), &id, cpu(0, 1));
        assert_eq!(outcome, Err(Refused::UnknownContainer));
    }
    history.forget(&pod_name());
    assert_eq!(ingest(&mut history, cpu(0, 1)), Err(Refused::UnknownContainer));
    assert!(history.by_container(&settings).contains_key("app"));
}

#[test]
fn one_memory_peak_counts_in_each_interval() {
    let mut history = tracked(&["app"]);
    for (secs, mib) in [(0, 100), (HOUR, 300), (2 * HOUR, 200), (DAY, 500), (DAY + HOUR, 50)] {
        ingest(&mut history, memory(secs, mib * MIB)).unwrap();
    }
    // The interval's end is the time of its peak: the second weighs twice as much.
    assert_eq!(peaks(&history), [(bucket(300 * MIB), 1.0), (bucket(500 * MIB), 2.0)]);
}

#[test]
fn intervals_without_samples_are_skipped_on_the_grid() {
    let mut history = tracked(&["app"]);
    ingest(&mut history, memory(0, 100 * MIB)).unwrap();
    ingest(&mut history, memory(3 * DAY + HOUR, 200 * MIB)).unwrap();
    // The windows end on days 1 and 4.
    assert_eq!(peaks(&history), [(bucket(100 * MIB), 1.0), (bucket(200 * MIB), 8.0)]);
}

#[test]
fn a_first_peak_of_zero_stays_for_its_interval() {
    let mut history = tracked(&["app"]);
    ingest(&mut history, memory(0, 0)).unwrap();
    ingest(&mut history, memory(HOUR, 900 * MIB)).unwrap();
    assert_eq!(peaks(&history), [(0, 1.0)]);
}

#[test]
fn an_oom_kill_counts_as_more_than_was_used() {
    for (used, requested, needed) in [
        // At least 100 MiB more ...
        (200 * MIB, 0, 300 * MIB),
        (200 * MIB, 300 * MIB, 400 * MIB),
        // ... or a fifth more, if that is more.
        (1000 * MIB, 0, 1200 * MIB),
        (1000 * MIB, 2000 * MIB, 2400 * MIB),
    ] {
        let mut history = tracked(&["app"]);
        ingest(&mut history, memory(0, used)).unwrap();
        ingest(&mut history, oom(60, requested)).unwrap();
        assert_eq!(peaks(&history), [(bucket(needed), 1.0)], "{used} {requested}");
        // A second kill starts from usage, not from the first.
        ingest(&mut history, oom(120, requested)).unwrap();
        assert_eq!(peaks(&history), [(bucket(needed), 1.0)], "{used} {requested}");
    }
}

#[test]
fn a_policy_sets_its_own_bumps_only_with_the_gate() {
    let mut entry = entry_for("app");
    entry.own = OwnSettings {
        oom_bump_up_ratio: Some(quantity("3")),
        oom_min_bump_up: Some(quantity("1Mi")),
        memory_aggregation_interval: None,
    };
    let policy = policy(entry);
    for (per_vpa_config, needed) in [(false, 1200 * MIB), (true, 3000 * MIB)] {
        let settings = Settings { per_vpa_config, ..Settings::default() };
        let mut history = tracked(&["app"]);
        history.ingest(&settings, &policy, &id("app"), oom(0, 1000 * MIB)).unwrap();
        assert_eq!(peaks(&history), [(bucket(needed), 1.0)], "{per_vpa_config}");
    }
}

#[test]
fn pods_with_other_labels_count_together_and_a_rollout_forgets_nothing() {
    let settings = Settings::default();
    let mut history = History::default();
    for (pod, hash, millicores) in [("old", "1", 100), ("new", "2", 900)] {
        let name = PodName(pod.to_owned());
        let labels = BTreeMap::from([("hash".to_owned(), hash.to_owned())]);
        history.track(&settings, &name, &labels, &BTreeSet::from(["app".to_owned()]));
        let id = ContainerId { pod: name.clone(), container: "app".to_owned() };
        history.ingest(&settings, &Policy::default(), &id, cpu(0, millicores)).unwrap();
        history.forget(&name);
    }
    let aggregate = &history.by_container(&settings)["app"];
    assert_eq!(aggregate.samples, 2);
    assert!(aggregate.cpu.percentile(0.1) < 0.2 && aggregate.cpu.percentile(0.9) > 0.9);
}

#[test]
fn a_checkpoint_leaves_out_the_peak_of_the_open_interval() {
    let settings = Settings::default();
    let mut history = tracked(&["app"]);
    ingest(&mut history, memory(0, 100 * MIB)).unwrap();
    ingest(&mut history, memory(DAY, 700 * MIB)).unwrap();
    let saved = |now| save(&settings, &history, at(now))["app"].memory.bucket_weights.clone();
    assert_eq!(saved(DAY + 1), [(bucket(100 * MIB) as i64, 10_000)].into());
    assert_eq!(saved(2 * DAY).len(), 2);
}

#[test]
fn a_checkpoint_of_another_version_is_refused() {
    let settings = Settings::default();
    let mut checkpoint = save(&settings, &tracked(&["app"]), at(0))["app"].clone();
    checkpoint.version = "v2".to_owned();
    let mut history = History::default();
    let outcome = restore(&settings, &mut history, "app", &checkpoint);
    assert_eq!(outcome, Err(CheckpointError::UnsupportedVersion("v2".to_owned())));
    assert_eq!(history, History::default());
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let sample = (0..5 * DAY, 0..4000_i64, 0..3_u8).prop_map(|(secs, amount, kind)| match kind {
        0 => cpu(secs, amount),
        1 => memory(secs, amount * MIB),
        _ => oom(secs, amount * MIB),
    });
    prop::collection::vec(sample, 0..60)
}

proptest! {
    #[test]
    fn saving_as_text_changes_nothing(samples in samples()) {
        let mut history = tracked(&["app", "sidecar"]);
        for sample in samples {
            let _ = ingest(&mut history, sample);
        }
        let text = serde_json::to_string(&history).unwrap();
        prop_assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
    }

    #[test]
    fn a_restart_changes_no_recommendation_once_intervals_are_closed(samples in samples()) {
        let (settings, policy) = (Settings::default(), Policy::default());
        let mut history = tracked(&["app"]);
        for sample in samples {
            let _ = ingest(&mut history, sample);
        }
        let mut restarted = History::default();
        for (container, checkpoint) in save(&settings, &history, at(100 * DAY)) {
            restore(&settings, &mut restarted, &container, &checkpoint).unwrap();
        }
        let (before, after) =
            (history.by_container(&settings), restarted.by_container(&settings));
        prop_assert_eq!(before["app"].samples, after["app"].samples);
        prop_assert_eq!(before["app"].lifespan(), after["app"].lifespan());
        prop_assert_eq!(
            recommend(&settings, &policy, &history).len(),
            recommend(&settings, &policy, &restarted).len()
        );
    }

    #[test]
    fn no_sample_panics(secs in any::<i64>(), amount in any::<i64>(), kind in 0..3_u8) {
        let mut history = tracked(&["app"]);
        for _ in 0..2 {
            let _ = ingest(&mut history, match kind {
                0 => cpu(secs.saturating_sub(super::given::START), amount),
                1 => memory(secs.saturating_sub(super::given::START), amount),
                _ => oom(secs.saturating_sub(super::given::START), amount),
            });
        }
        let _ = recommend(&Settings::default(), &Policy::default(), &history);
    }
}
