//! Which series a reader finds.

use proptest::prelude::*;

use super::{contents, labels, limits, read};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::{MatchOp, Matcher};
use crate::sample::Time;
use crate::store::{self, Reader, Writer};

const ALL: (Time, Time) = (Time::MIN, Time::MAX);

fn store_of(series: &[Labels]) -> (Writer, Reader) {
    let (mut writer, reader) = store::new(limits(3600, 1 << 30));
    for labels in series {
        let series = writer.series(labels);
        writer.append(series, Time(1000), 1.0).unwrap();
    }
    (writer, reader)
}

fn jobs() -> Vec<Labels> {
    let pods = ["api-0", "api-1", "db-0", "worker-0", "a\nb"];
    let jobs = pods.map(|pod| labels([(METRIC_NAME, "up"), ("pod", pod)]));
    jobs.into_iter().chain([labels([(METRIC_NAME, "up")]), Labels::empty()]).collect()
}

#[test]
fn matchers_find_what_they_mean() {
    let (_writer, reader) = store_of(&jobs());
    let table: [(MatchOp, &str, &[&str]); 15] = [
        (MatchOp::Equal, "api-0", &["api-0"]),
        (MatchOp::Equal, "none", &[]),
        (MatchOp::Equal, "", &[""]),
        (MatchOp::NotEqual, "api-0", &["", "a\nb", "api-1", "db-0", "worker-0"]),
        (MatchOp::NotEqual, "", &["a\nb", "api-0", "api-1", "db-0", "worker-0"]),
        (MatchOp::Regex, "api-0|db-0|none", &["api-0", "db-0"]),
        (MatchOp::Regex, "api-.*", &["api-0", "api-1"]),
        (MatchOp::Regex, "a.*|ap.*|api-0", &["a\nb", "api-0", "api-1"]),
        (MatchOp::Regex, ".*-0", &["api-0", "db-0", "worker-0"]),
        (MatchOp::Regex, ".*", &["", "a\nb", "api-0", "api-1", "db-0", "worker-0"]),
        (MatchOp::Regex, "|db-0", &["", "db-0"]),
        (MatchOp::NotRegex, "api-.*", &["", "a\nb", "db-0", "worker-0"]),
        (MatchOp::NotRegex, ".+", &[""]),
        (MatchOp::NotRegex, "(?i)API-0", &["", "a\nb", "api-1", "db-0", "worker-0"]),
        (MatchOp::Regex, "[^\\x00-\\x{10FFFF}]", &[]),
    ];
    for (op, value, pods) in table {
        let matcher = Matcher::new("pod", op, value).unwrap();
        let up = Matcher::metric_name("up");
        let found = reader.series(&[matcher.clone(), up], ALL.0, ALL.1);
        assert_eq!(
            found.iter().map(|found| found.get("pod")).collect::<Vec<_>>(),
            pods,
            "{matcher}"
        );
    }
    assert_eq!(reader.series(&[], ALL.0, ALL.1).len(), jobs().len());
}

#[test]
fn a_range_of_time_holds_its_ends_and_nothing_else() {
    let (mut writer, reader) = store::new(limits(1 << 30, 1 << 30));
    let gapped = writer.series(&labels([("a", "gapped")]));
    for at in (0..100).chain(900..1000) {
        writer.append(gapped, Time(at), at as f64).unwrap();
    }
    let times = |from, to| -> Vec<i64> {
        let found = read(&reader, &[], Time(from), Time(to));
        found.iter().flat_map(|(_, samples)| samples.iter().map(|(at, _)| *at)).collect()
    };
    assert_eq!(times(98, 901), [98, 99, 900, 901]);
    assert_eq!(times(919, 920), [919, 920], "where one chunk ends and the next begins");
    assert_eq!(times(5, 5), [5]);
    assert_eq!(times(i64::MIN, 1), [0, 1]);
    assert_eq!(times(998, i64::MAX), [998, 999]);
    assert!(reader.select(&[], Time(100), Time(899)).is_empty(), "the gap");
    assert!(reader.label_names(&[], Time(100), Time(899)).is_empty());
    assert!(reader.select(&[], Time(5), Time(4)).is_empty());
    assert_eq!((reader.oldest(), reader.newest()), (Some(Time(0)), Some(Time(999))));
}

#[test]
fn labels_are_listed_for_the_series_that_are_meant() {
    let (mut writer, reader) = store_of(&jobs());
    writer.series(&labels([("never", "written")]));
    let late = writer.series(&labels([(METRIC_NAME, "late"), ("pod", "late-0")]));
    writer.append(late, Time(5000), 1.0).unwrap();

    let names = |matchers: &[_], to| reader.label_names(matchers, Time(0), Time(to)).join(" ");
    let values = |matchers: &[_], to| reader.label_values("pod", matchers, Time(0), Time(to));
    let up = [Matcher::metric_name("up")];
    assert_eq!(names(&[], 9000), "__name__ pod");
    assert_eq!(names(&[Matcher::equal("pod", "")], 9000), "__name__");
    assert_eq!(
        values(&[], 9000),
        ["a\nb", "api-0", "api-1", "db-0", "late-0", "worker-0"].map(Into::into)
    );
    assert_eq!(values(&[], 1000), ["a\nb", "api-0", "api-1", "db-0", "worker-0"].map(Into::into));
    assert_eq!(values(&up, 9000), ["a\nb", "api-0", "api-1", "db-0", "worker-0"].map(Into::into));
    assert!(reader.label_values("never", &[], Time(0), Time(9000)).is_empty());
    assert!(reader.label_values("none", &[], Time(0), Time(9000)).is_empty());
}

#[test]
fn what_is_written_after_a_selection_does_not_show_in_it() {
    let (mut writer, reader) = store_of(&[labels([("a", "b")])]);
    let selected = reader.select(&[], ALL.0, ALL.1);
    let series = writer.series(&labels([("a", "b")]));
    for at in 0..500 {
        writer.append(series, Time(2000 + at), 2.0).unwrap();
    }
    let mut samples = store::Samples::default();
    selected[0].read(&mut samples);
    assert_eq!((samples.times, samples.values), (vec![1000], vec![1.0]));
    assert_eq!(contents(&reader)[0].1.len(), 501);
}

#[test]
fn numbers_of_series_grow_with_their_labels_wherever_new_ones_come() {
    let late = |number: usize| format!("b{:05}", number * 7919 % 3000);
    let names = ["z".to_owned()].into_iter();
    // Each comes right before the last, so that numbers between run out again and again.
    let names = names.chain((0..300).map(|number| format!("a{number:05}")));
    let names = names.chain((0..3000).map(late)).chain((0..300).rev().map(|n| format!("0{n:05}")));
    let series: Vec<Labels> = names.map(|name| labels([("name", &*name)])).collect();
    let (_writer, reader) = store_of(&series);
    let selected = reader.select(&[], ALL.0, ALL.1);
    assert_eq!(selected.len(), 3601);
    assert!(selected.is_sorted_by(|a, b| a.order() < b.order() && a.labels() < b.labels()));
}

fn any_labels() -> impl Strategy<Value = Labels> {
    let value = prop_oneof![Just(""), Just("a"), Just("ab"), Just("b"), Just("ba"), Just("é")];
    let labels = prop::collection::vec(value, 3);
    labels.prop_map(|values| Labels::new(["x", "y", "z"].into_iter().zip(values)))
}

fn any_matcher() -> impl Strategy<Value = Matcher> {
    let op = prop::sample::select(vec![
        MatchOp::Equal,
        MatchOp::NotEqual,
        MatchOp::Regex,
        MatchOp::NotRegex,
    ]);
    let name = prop::sample::select(vec!["x", "y", "z", "none"]);
    let patterns =
        vec!["", "a", "a|b", "a.*", ".*a", ".+", "a?", "(?i)A", "a|b.*|é", "[ab]+", "^b"];
    (name, op, prop::sample::select(patterns))
        .prop_map(|(name, op, value)| Matcher::new(name, op, value).unwrap())
}

proptest! {
    #[test]
    fn the_index_finds_what_looking_at_every_series_finds(
        mut series in prop::collection::vec(any_labels(), 0..60),
        matchers in prop::collection::vec(any_matcher(), 0..4),
    ) {
        let (_writer, reader) = store_of(&series);
        series.sort();
        series.dedup();
        series.retain(|labels| matchers.iter().all(|matcher| matcher.matches_labels(labels)));
        prop_assert_eq!(reader.series(&matchers, ALL.0, ALL.1), series.clone());
        let mut values: Vec<&str> = series.iter().map(|labels| labels.get("x")).collect();
        values.sort_unstable();
        values.dedup();
        values.retain(|value| !value.is_empty());
        let listed = reader.label_values("x", &matchers, ALL.0, ALL.1);
        prop_assert!(listed.iter().map(|value| &**value).eq(values));
    }
}
