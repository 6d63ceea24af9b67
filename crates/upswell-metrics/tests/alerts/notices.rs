//! What Alertmanager is told, and when.

use upswell_metrics::Labels;
use upswell_metrics::rules::{External, GroupText, Notice, RuleText, Rules};
use upswell_units::Duration;

use crate::given::{World, at, deep, depth_of, group, parsed};

const RESEND: Duration = Duration::from_secs(60);

fn world(rule: RuleText) -> World {
    let external = External {
        labels: Labels::new([("cluster", "gpu-east"), ("pod", "none")]),
        url: "http://metrics.example/base".to_owned(),
    };
    World::of(Rules::new(vec![parsed(&GroupText { rules: vec![rule], ..group() })], external))
}

fn told(world: &mut World, secs: i64, depth: f64) -> Vec<Notice> {
    world.step(secs, Some(depth));
    world.rules.notices(0, at(secs), RESEND)
}

#[test]
fn a_notice_names_the_installation_and_the_expression() {
    let mut world = world(deep("15s", ""));
    assert_eq!(told(&mut world, 0, 20.0), [], "a pending alert is nobody's business");
    let notices = told(&mut world, 15, 20.0);
    let labels = [("alertname", "Deep"), ("cluster", "gpu-east"), ("pod", "p-0")];
    assert_eq!(notices[0].labels, Labels::new(labels));
    assert_eq!(
        notices[0].generator_url,
        "http://metrics.example/base/graph?g0.expr=depth+%3E+10&g0.tab=1"
    );
    // It fired at 15 s; four times the minute to the next notice, and it is over by itself.
    assert_eq!((notices[0].starts_at, notices[0].ends_at), (at(15), at(15 + 4 * 60)));
}

#[test]
fn a_firing_alert_is_told_again_after_the_delay() {
    let mut world = world(deep("", ""));
    let times = (0..=12).map(|step| step * 15);
    let told = times.filter(|secs| !told(&mut world, *secs, 20.0).is_empty());
    assert_eq!(told.collect::<Vec<_>>(), [0, 75, 150]);
}

#[test]
fn a_resolved_alert_is_told_at_once_and_for_a_quarter_of_an_hour() {
    let mut world = world(deep("", ""));
    told(&mut world, 0, 20.0);
    let resolved = told(&mut world, 15, 1.0);
    assert_eq!((resolved[0].starts_at, resolved[0].ends_at), (at(0), at(15)));
    let later: Vec<i64> = (2..120)
        .map(|step| step * 15)
        .filter(|secs| told(&mut world, *secs, 1.0).iter().any(|notice| notice.ends_at == at(15)))
        .collect();
    assert_eq!((later.first(), later.last()), (Some(&90), Some(&915)));
}

#[test]
fn nothing_is_told_of_a_rule_that_failed() {
    let all = RuleText { labels: [("pod".to_owned(), "all".to_owned())].into(), ..deep("", "") };
    let mut world = world(all);
    assert_eq!(told(&mut world, 0, 20.0).len(), 1);
    world.sample(&depth_of("p-1"), 90, 20.0);
    assert_eq!(told(&mut world, 90, 20.0), []);
}
