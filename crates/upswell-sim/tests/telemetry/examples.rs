//! The bundles of the repository: which of their alerts fire, and what their triggers read.

use std::path::PathBuf;

use upswell_manifests::bundle::Bundle;
use upswell_sim::Mode::{Stock, Upswell};
use upswell_sim::Prepared;

use crate::world::{play, prepared_from, steady};

fn example(name: &str) -> Prepared {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let bundle = Bundle::load(&[folder], &mut std::io::empty());
    assert!(!bundle.items.is_empty(), "the example is there");
    // One request a second for twenty minutes.
    prepared_from(&bundle, steady(1200, 1000, 200)).expect("it has a workload")
}

#[test]
fn all_triggers_of_the_llm_worker_take_part() {
    let prepared = example("llm-worker");
    let left_out: Vec<_> =
        prepared.not_simulated.iter().filter(|why| why.contains("trigger")).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
    let namespace = prepared.assumptions.iter().find(|found| found.what.starts_with("namespace"));
    assert_eq!(namespace.map(|found| found.value.as_str()), Some("llm"));
    for mode in [Stock, Upswell] {
        let run = play(&prepared, mode);
        let reads_inflight = run.decisions.iter().any(|timed| {
            timed.record.readings.iter().any(|reading| reading.metric.0 == "s1-prometheus")
        });
        assert!(reads_inflight, "{mode:?}");
        assert_eq!(run.alerts.len(), 5);
        let fired: Vec<_> =
            run.alerts.iter().filter(|alert| alert.firings > 0).map(|alert| &alert.alert).collect();
        assert!(fired.is_empty(), "one request a second is no reason: {fired:?}");
        assert!(run.alerts.iter().all(|alert| alert.failures == 0));
    }
}

#[test]
fn the_alerts_of_the_article_never_fire_and_with_todays_names_one_always_does() {
    let article = play(&example("article"), Stock);
    assert_eq!(article.alerts.len(), 2);
    assert!(article.alerts.iter().all(|alert| alert.firings == 0));

    let renamed = play(&example("article-renamed"), Stock);
    let [maxed_out, errors] = &renamed.alerts[..] else { panic!("{:?}", renamed.alerts) };
    assert_eq!((maxed_out.alert.as_str(), maxed_out.firings), ("HPAMaxedOut", 1));
    let firing = &maxed_out.fired[0];
    assert!(firing.from_s < 700.0 && firing.to_s.is_none(), "for ever, at rest: {firing:?}");
    assert_eq!(
        firing.annotations["summary"], "llm-worker-hpa is at its maximum of 3 replicas.",
        "of 50"
    );
    assert_eq!((errors.alert.as_str(), errors.firings), ("HPAScalingErrors", 0));
}
