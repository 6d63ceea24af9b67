//! Who comes first, and what a reader is told of it.

use upswell_manifests::bundle::Bundle;
use upswell_manifests::bundle::overrides::{Grid, parse};
use upswell_units::{Duration, Replicas};

use super::{Comparison, Cost, Played, Trials};
use crate::found::Fault;
use crate::outcome::{Assumption, Goal, Mode, Money};
use crate::statistics::Percentiles;
use crate::summary::Summary;

const BUNDLE: &str = "\
apiVersion: upswell.dev/v1alpha1
kind: Settings
goal: {latency: 20s, share: 0.9}
startup: {image: 8s, start: 2s}
";

/// A run that answers `within` of 100 requests in time, for so many dollars and replica-hours.
fn played(mode: Mode, within: f64, usd: Option<f64>, replica_hours: f64, p95_ms: f64) -> Played {
    let goal = Goal { latency: Duration::from_secs(20), share: 0.9 };
    let money = usd.map(|usd| Money {
        usd,
        on_demand_usd: usd,
        spot_usd: 0.0,
        per_1000_requests_usd: None,
        per_million_tokens_usd: None,
        idle_usd: 0.0,
        all_on_demand_usd: usd,
        saved: 0.0,
        unpriced_hours: 0.0,
    });
    Played {
        mode,
        target: "Deployment/worker".to_owned(),
        goal: Some(goal),
        reached: Some(within >= goal.share),
        summary: summary(within, replica_hours, p95_ms),
        nodes: None,
        money,
        assumptions: Vec::new(),
        not_simulated: Vec::new(),
    }
}

fn summary(within: f64, replica_hours: f64, p95_ms: f64) -> Summary {
    Summary {
        requests: 100,
        busiest_second: 3,
        completed: 100,
        unfinished: 0,
        queued: 0,
        in_flight: 0,
        backing_off: 0,
        lost: 0,
        timed_out: 0,
        retries: 0,
        throttled: 0,
        requeued: 0,
        queue_wait: Percentiles::default(),
        time_to_first_token: Percentiles::default(),
        latency: Percentiles { p95_ms: Some(p95_ms), ..Percentiles::default() },
        censored: 0,
        within_goal: Some(within),
        replicas_min: Replicas(1),
        replicas_mean: 1.0,
        replicas_max: Replicas(1),
        replica_hours,
        scale_ups: 0,
        scale_downs: 0,
    }
}

/// Ranks the trials of the grid that the arguments make.
fn compare(
    arguments: &[&str],
    modes: &[Mode],
    outcomes: Vec<Result<Played, Vec<Fault>>>,
) -> Comparison {
    let mut bundle = Bundle::from_text("upswell.yaml", BUNDLE);
    let read = parse(arguments, &mut bundle.sources).unwrap();
    let grid = Grid::new(read, &bundle).unwrap();
    assert_eq!(outcomes.len(), grid.combinations() * modes.len());
    let (source, span) = ("a trace".to_owned(), Duration::from_secs(60));
    let trials = Trials { modes: modes.to_vec(), outcomes, seed: 1, source, span };
    Comparison::new(trials, &grid, &bundle.sources)
}

/// One value for each outcome, all of them in one mode.
fn rank(outcomes: Vec<Result<Played, Vec<Fault>>>) -> Comparison {
    let values: Vec<String> =
        (0..outcomes.len()).map(|number| format!("{}s", number + 5)).collect();
    let argument = format!("Settings:startup.image={}", values.join(","));
    compare(&[&argument], &[Mode::Stock], outcomes)
}

fn order(comparison: &Comparison) -> Vec<usize> {
    comparison.outcomes.iter().map(|outcome| outcome.combination).collect()
}

fn fault(message: &str) -> Vec<Fault> {
    vec![Fault { object: None, at: None, message: message.to_owned() }]
}

#[test]
fn goal_comes_first_then_cost_then_latency_then_the_order_of_the_grid() {
    let stock = |within, usd, p95| Ok(played(Mode::Stock, within, Some(usd), 1.0, p95));
    for (rule, outcomes, expected) in [
        ("reached", vec![stock(0.5, 1.0, 1.0), stock(0.9, 9.0, 9.0)], vec![1, 0]),
        ("more than enough", vec![stock(0.99, 2.0, 1.0), stock(0.9, 1.0, 9.0)], vec![1, 0]),
        ("nearest", vec![stock(0.5, 1.0, 1.0), stock(0.8, 9.0, 9.0)], vec![1, 0]),
        ("cheap", vec![stock(0.5, 2.0, 1.0), stock(0.5, 1.0, 9.0)], vec![1, 0]),
        ("fast", vec![stock(0.9, 1.0, 9.0), stock(0.9, 1.0, 1.0)], vec![1, 0]),
        ("as cheap", vec![stock(0.9, 1.0, 9.0), stock(0.9, 1.004, 1.0)], vec![1, 0]),
        ("cheaper", vec![stock(0.9, 1.0, 9.0), stock(0.9, 1.01, 1.0)], vec![0, 1]),
        ("equal", vec![stock(0.9, 1.0, 1.0), stock(0.9, 1.0, 1.0)], vec![0, 1]),
    ] {
        assert_eq!(order(&rank(outcomes)), expected, "{rule}");
    }
}

#[test]
fn of_equal_outcomes_the_one_that_is_written_wins() {
    let run = || Ok(played(Mode::Stock, 0.95, Some(1.0), 1.0, 1.0));
    let outcomes = vec![run(), run(), run()];
    let comparison = compare(&["Settings:startup.image=4s,8s,9s"], &[Mode::Stock], outcomes);
    assert_eq!(order(&comparison), [1, 0, 2]);
}

#[test]
fn replica_hours_decide_where_a_run_has_nodes_without_a_price() {
    let dear = || Ok(played(Mode::Stock, 0.9, Some(9.0), 1.0, 1.0));
    let cheap = |usd| played(Mode::Stock, 0.9, usd, 2.0, 1.0);
    let priced = rank(vec![dear(), Ok(cheap(Some(1.0)))]);
    assert_eq!((priced.cost, order(&priced)), (Cost::Usd, vec![1, 0]));
    let unpriced = rank(vec![dear(), Ok(cheap(None))]);
    assert_eq!((unpriced.cost, order(&unpriced)), (Cost::ReplicaHours, vec![0, 1]));
    let mut partly = cheap(Some(1.0));
    partly.money.as_mut().unwrap().unpriced_hours = 0.1;
    let partly = rank(vec![dear(), Ok(partly)]);
    assert_eq!((partly.cost, order(&partly)), (Cost::ReplicaHours, vec![0, 1]));
    assert!(partly.to_string().contains("not all nodes have a price"));
}

#[test]
fn a_refusal_is_told_once_and_ends_nothing() {
    let modes = [Mode::Stock, Mode::Upswell];
    let good = |mode| Ok(played(mode, 0.95, Some(1.0), 1.0, 1.0));
    let outcomes = vec![
        Err(fault("too small")),
        Err(fault("too small")),
        good(Mode::Stock),
        good(Mode::Upswell),
        Err(fault("too small")),
        Err(fault("too small")),
    ];
    let comparison = compare(&["Settings:startup.image=0s,8s,1s"], &modes, outcomes);
    assert_eq!(order(&comparison), [1, 1]);
    let refused: Vec<usize> = comparison.refused.iter().map(|it| it.combination).collect();
    assert_eq!(refused, [0, 2], "once, whatever the number of modes");
    let text = comparison.to_string();
    assert!(text.contains("Not played\n  2 combinations, as with image = 0s\n    too small\n"));
    assert!(text.ends_with("The manifests say so already: nothing to change\n"), "{text}");
}

#[test]
fn without_any_run_the_values_are_to_be_mended() {
    let comparison = rank(vec![Err(fault("too small")), Err(fault("too large"))]);
    assert_eq!((comparison.best(), comparison.traffic.requests), (None, 0));
    let text = comparison.to_string();
    assert!(text.ends_with("No combination can be played: mend the values above\n"), "{text}");
}

#[test]
fn assumptions_that_differ_are_in_the_values_and_nowhere_else() {
    let assumption = |what: &str, value: &str| Assumption {
        what: what.to_owned(),
        value: value.to_owned(),
        source: "a test".to_owned(),
    };
    let mut runs = [1.0, 2.0].map(|usd| played(Mode::Stock, 0.9, Some(usd), 1.0, 1.0));
    runs[0].assumptions = vec![assumption("image", "5s"), assumption("seats", "4")];
    runs[1].assumptions = vec![assumption("image", "6s"), assumption("seats", "4")];
    runs[1].not_simulated = vec!["a part".to_owned()];
    let comparison = rank(runs.map(Ok).into());
    assert_eq!(comparison.assumptions, [assumption("seats", "4")]);
    assert_eq!(comparison.not_simulated, Vec::<String>::new());
}

#[test]
fn the_lines_of_the_best_values_are_given_with_their_places() {
    let modes = [Mode::Stock, Mode::Upswell];
    let run = |mode, usd| Ok(played(mode, 0.95, Some(usd), 1.0, 1.0));
    let outcomes = vec![
        run(Mode::Stock, 4.0),
        run(Mode::Upswell, 3.0),
        run(Mode::Stock, 2.0),
        run(Mode::Upswell, 5.0),
    ];
    let arguments = ["Settings:startup.image=8s,4s", "Settings:goal.share=0.9"];
    let text = compare(&arguments, &modes, outcomes).to_string();
    let advice = text.rsplit("\n\n").next().unwrap();
    assert_eq!(
        advice,
        "Best: image = 4s, share = 0.9, as stock: 95.0% within 20s, $2.00\n\
         As written, as upswell: 95.0% within 20s, $3.00\n\
         Best as upswell: image = 8s, share = 0.9: 95.0% within 20s, $3.00\n\
         To have it, write\n  image: 4s  at upswell.yaml:4:18\n"
    );
}

#[test]
fn columns_of_equal_names_are_told_apart() {
    let outcomes = vec![Ok(played(Mode::Stock, 0.95, Some(1.0), 1.0, 1.0))];
    let arguments = ["Settings:startup.start={median: 1s}", "Settings:goal.latency=20s"];
    let text = compare(&arguments, &[Mode::Stock], outcomes.clone()).to_string();
    assert!(text.contains("Set       start: Settings:startup.start\n"), "{text}");
    let text = compare(&["Settings:startup.x=1", "Settings:goal.x=1"], &[Mode::Stock], outcomes);
    let text = text.to_string();
    assert!(text.contains("Set       startup.x: Settings:startup.x\n"), "{text}");
    assert!(text.contains("          goal.x: Settings:goal.x\n"), "{text}");
}

#[test]
fn the_best_of_many_are_shown_and_always_what_is_written() {
    let outcomes: Vec<_> = (0..60)
        .map(|number| {
            // The value of the file, 8s, is dearest.
            let usd = if number == 3 { 100.0 } else { f64::from(number) };
            Ok(played(Mode::Stock, 0.95, Some(usd), 1.0, 1.0))
        })
        .collect();
    let text = rank(outcomes).to_string();
    assert_eq!(text.lines().filter(|line| line.contains("reached")).count(), 41);
    assert_eq!(text.matches("as written\n").count(), 1);
    assert!(text.contains("and 19 more, with `-o json`"), "{text}");
}
