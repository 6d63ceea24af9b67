//! Recorded series.

use upswell_metrics::Labels;
use upswell_metrics::rules::{GroupText, RuleError, RuleText};
use upswell_metrics::sample::{STALE, is_stale};

use crate::given::{World, depth_of, group};

fn record(name: &str, expr: &str, labels: &[(&str, &str)]) -> RuleText {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    RuleText {
        record: name.to_owned(),
        expr: expr.to_owned(),
        labels: labels.collect(),
        ..RuleText::default()
    }
}

#[test]
fn labels_of_group_and_rule_lie_over_those_of_the_result() {
    let rule = record("pod:depth", "depth", &[("team", "llm"), ("pod", ""), ("text", "{{ raw }}")]);
    let labels = [("team".to_owned(), "all".to_owned()), ("tier".to_owned(), "1".to_owned())];
    let mut world =
        World::new(&[GroupText { labels: labels.into(), rules: vec![rule], ..group() }]);
    assert_eq!(world.step(0, Some(3.0))[0].samples, 1);
    let expected =
        [("__name__", "pod:depth"), ("team", "llm"), ("tier", "1"), ("text", "{{ raw }}")];
    assert_eq!(world.written("pod:depth"), [(Labels::new(expected), vec![(0, 3.0)])]);
}

#[test]
fn a_number_is_recorded_without_labels_and_later_rules_see_it() {
    let rules = vec![record("one", "1", &[]), record("two", "one + 1", &[])];
    let mut world = World::new(&[GroupText { rules, ..group() }]);
    world.evaluate(0);
    assert_eq!(world.written("two"), [(Labels::new([("__name__", "two")]), vec![(0, 2.0)])]);
}

#[test]
fn a_series_that_is_no_longer_recorded_ends() {
    let rules = vec![record("pod:depth", "depth", &[])];
    let mut world = World::new(&[GroupText { rules, ..group() }]);
    world.step(0, Some(3.0));
    world.step(15, None);
    world.step(30, None);
    let written = world.written("pod:depth");
    let samples: Vec<(i64, bool)> =
        written[0].1.iter().map(|(secs, value)| (*secs, is_stale(*value))).collect();
    assert_eq!(samples, [(0, false), (15, true)], "one marker is enough");
}

#[test]
fn what_two_series_would_be_one_of_fails_and_so_does_too_much() {
    let rules = vec![record("all", "depth", &[("pod", "all")]), record("pod:depth", "depth", &[])];
    let mut world = World::new(&[GroupText { limit: 1, rules, ..group() }]);
    world.sample(&depth_of("p-1"), 0, 1.0);
    let reports = world.step(0, Some(3.0));
    assert_eq!(reports[0].error, Some(RuleError::DuplicateSeries));
    assert_eq!(reports[1].error, Some(RuleError::Limit { limit: 1, count: 2, what: "series" }));
    assert!(world.written("all").is_empty() && world.written("pod:depth").is_empty());
}

#[test]
fn an_offset_moves_what_is_read_and_what_is_written() {
    let rules = vec![record("pod:depth", "depth", &[])];
    let mut world = World::new(&[GroupText { query_offset: "1m".to_owned(), rules, ..group() }]);
    for (secs, depth) in [(0, 1.0), (60, 2.0)] {
        world.sample(&depth_of("p-0"), secs, depth);
    }
    world.evaluate(60);
    assert_eq!(world.written("pod:depth")[0].1, [(0, 1.0)]);
}

#[test]
fn a_sample_that_the_store_refuses_is_reported() {
    let rules = vec![record("depth", "vector(7)", &[("pod", "p-0")])];
    let mut world = World::new(&[GroupText { rules, ..group() }]);
    world.sample(&depth_of("p-0"), 15, STALE);
    let error = world.evaluate(0).remove(0).error.expect("an older sample");
    assert_eq!(error.to_string(), "the series has a newer sample: depth{pod=\"p-0\"}");
}

#[test]
fn groups_that_there_are_not_are_nothing() {
    let mut world = World::new(&[]);
    assert!(world.evaluate(0).is_empty());
    assert_eq!(world.rules.next_at(0, upswell_metrics::Time(0)), None);
}
