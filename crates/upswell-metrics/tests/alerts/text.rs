//! Groups as they are written: all their faults at once, and when they are due.

use proptest::prelude::*;
use upswell_metrics::Time;
use upswell_metrics::rules::{Field, Group, GroupText, Problem, RuleText, Rules};
use upswell_units::Duration;

use crate::given::{World, deep, group, parsed};

const MINUTE: Duration = Duration::from_secs(60);

fn problems(text: &GroupText) -> Vec<Problem> {
    Group::parse(text, MINUTE).expect_err("a group with faults")
}

#[test]
fn all_faults_of_a_group_are_told_with_their_places() {
    let alert = RuleText {
        hold: "1.5m".to_owned(),
        labels: [("severity".to_owned(), "{{ $level }}".to_owned())].into(),
        annotations: [
            ("fine".to_owned(), "{{ $value }}".to_owned()),
            ("summary".to_owned(), "at {{ $value | humanise }}".to_owned()),
        ]
        .into(),
        expr: "sum(".to_owned(),
        ..deep("", "")
    };
    let recorded = RuleText {
        record: "sum(depth)".to_owned(),
        expr: "depth[5m]".to_owned(),
        hold: "1m".to_owned(),
        labels: [("__name__".to_owned(), "x".to_owned())].into(),
        ..RuleText::default()
    };
    let text = GroupText {
        name: String::new(),
        interval: "often".to_owned(),
        rules: vec![alert, recorded, RuleText::default()],
        ..group()
    };
    let told: Vec<(Option<usize>, Field, usize)> = problems(&text)
        .into_iter()
        .map(|problem| (problem.rule, problem.field, problem.at.start))
        .collect();
    let label = |name: &str| Field::Label(name.to_owned());
    assert_eq!(
        told,
        [
            (None, Field::Name, 0),
            (None, Field::Interval, 0),
            (Some(0), Field::Expr, told[2].2),
            (Some(0), Field::For, 0),
            (Some(0), label("severity"), 3),
            (Some(0), Field::Annotation("summary".to_owned()), 15),
            (Some(1), Field::For, 0),
            (Some(1), Field::Expr, 0),
            (Some(1), label("__name__"), 0),
            (Some(2), Field::Record, 0),
            (Some(2), Field::Expr, 0),
        ]
    );
}

#[test]
fn a_fault_says_how_to_mend_it() {
    let both = RuleText { record: "depth:max".to_owned(), ..deep("", "") };
    let braces =
        RuleText { record: "up{job=\"x\"}".to_owned(), alert: String::new(), ..deep("", "") };
    let unknown = RuleText {
        annotations: [("a".to_owned(), "{{ $labls.pod }}".to_owned())].into(),
        ..deep("", "")
    };
    for (rule, message, help) in [
        (both, "a rule has `record` or `alert`, not both", None),
        (
            braces,
            "the name of a series has no braces",
            Some("a rule's labels belong in `labels`, an expression in `expr`"),
        ),
        (unknown, "undefined variable `$labls`", Some("did you mean `$labels`?")),
    ] {
        let told = problems(&GroupText { rules: vec![rule], ..group() });
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].message.as_str(), told[0].help.as_deref()), (message, help));
    }
}

#[test]
fn what_a_group_does_not_say_takes_a_default() {
    let text = GroupText { rules: vec![deep("5m", "")], limit: 3, ..group() };
    let parsed = Group::parse(&text, MINUTE).expect("no fault");
    assert_eq!((parsed.interval, parsed.query_offset, parsed.limit), (MINUTE, Duration::ZERO, 3));
    assert!(parsed.rules[0].is_alerting());
}

#[test]
fn a_fault_in_a_label_of_the_group_is_told_once() {
    let labels = [("team".to_owned(), "{{ $nobody }}".to_owned())];
    let text =
        GroupText { labels: labels.into(), rules: vec![deep("", ""), deep("", "")], ..group() };
    let told: Vec<Option<usize>> = problems(&text).iter().map(|problem| problem.rule).collect();
    assert_eq!(told, [None]);
}

proptest! {
    #[test]
    fn a_group_is_due_once_in_every_interval(
        millis in 1_i64..100_000,
        after in -1_000_000_000_000_i64..4_000_000_000_000,
        name in "[a-z]{0,8}",
    ) {
        let text = GroupText { name: format!("g{name}"), interval: format!("{millis}ms"), ..group() };
        let rules = Rules::new(vec![parsed(&text)], Default::default());
        let first = rules.next_at(0, Time(after)).expect("a group");
        prop_assert!(first.0 > after && first.0 - after <= millis);
        prop_assert_eq!(rules.next_at(0, first), Some(Time(first.0 + millis)));
        prop_assert_eq!(rules.next_at(0, Time(first.0 - 1)), Some(first));
    }
}

#[test]
fn groups_of_other_names_are_due_at_other_times() {
    let named = |name: &str| GroupText { name: name.to_owned(), ..group() };
    let world = World::new(&[named("one"), named("two")]);
    let due = |group| world.rules.next_at(group, Time(0));
    assert_ne!(due(0), due(1));
}
