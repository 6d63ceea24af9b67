//! A rehearsal made by hand, with something to say everywhere.

use upswell_engine::decision::StepName;
use upswell_engine::horizontal::Outcome;
use upswell_engine::record::{Record, VERSION as RECORD_VERSION};
use upswell_metrics::Labels;
use upswell_sim::exporters::{AlertHistory, Firing};
use upswell_sim::{
    Absence, Alert, Assumption, DemandToReady, ExpectationOutcome, Fault, Finding, Found, Goal,
    MissingSelector, Mode, Money, Nodes, Percentiles, Periods, Point, Rehearsal, Run, RunVerdict,
    Samples, ScaledBy, Summary, Surge, TimedRecord, TrafficFacts, VERSION, Verdict,
};
use upswell_units::{Duration, Replicas, ScaleTarget, Timestamp};

/// Stock meets a surge late and misses the goal; Upswell meets it, and costs more.
pub(crate) fn rehearsal() -> Rehearsal {
    let runs = vec![stock(), upswell()];
    Rehearsal {
        version: VERSION,
        seed: 7,
        target: "Deployment/worker".to_owned(),
        found: found(),
        traffic: TrafficFacts {
            source: "10/s for 10m, to 40/s over 1m, for 9m".to_owned(),
            requests: 29_100,
            span_s: 1200.0,
            busiest_second: 58,
        },
        goal: Some(Goal { latency: Duration::from_secs(20), share: 0.95 }),
        assumptions: vec![
            assumption("slots of a replica", "4", "upswell.yaml"),
            assumption("time per output token", "20ms", "upswell.yaml"),
            assumption("zones of NodePool/spot", "a, b", "a judgement"),
            assumption("requests of a killed pod", "requeue", "upswell.yaml"),
            assumption("zones of NodePool/base", "a, b", "a judgement"),
        ],
        not_simulated: vec!["PrometheusRule/alerts: alert rules are not evaluated yet".to_owned()],
        alerts: alerts(&runs),
        expectations: vec![
            expectation(
                "RequestsWaitForFarTooLong to fire by 20m",
                "it fired at 11m30s as stock",
                true,
            ),
            expectation("all others to be silent", "Full fired as upswell", false),
        ],
        runs,
    }
}

fn alerts(runs: &[Run]) -> Vec<Alert> {
    let alert = |alert: &str, line: u32, findings| Alert {
        alert: alert.to_owned(),
        object: "PrometheusRule/alerts".to_owned(),
        group: "scaling".to_owned(),
        at: format!("alerts.yaml:{line}:15"),
        hold: Duration::from_secs(300),
        findings,
        runs: runs
            .iter()
            .map(|run| {
                let history = run.alerts.iter().find(|history| history.alert == alert);
                let verdict = Verdict::of(history.expect("each run has all alerts"));
                RunVerdict { mode: run.mode, verdict }
            })
            .collect(),
    };
    let missing = |column: u32| MissingSelector {
        selector: "kube_hpa_status_current_replicas".to_owned(),
        at: format!("alerts.yaml:30:{column}"),
        absence: Absence::Renamed {
            today: Some("kube_horizontalpodautoscaler_status_current_replicas".to_owned()),
            since: "kube-state-metrics 2.0".to_owned(),
        },
    };
    let no_value = Finding::NoSuchValue {
        selector: "up".to_owned(),
        at: "alerts.yaml:40:20".to_owned(),
        label: "job=\"api\"".to_owned(),
        values: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
    };
    vec![
        alert("RequestsWaitForFarTooLong", 10, Vec::new()),
        alert("Full", 20, vec![Finding::TrueAtRest]),
        alert("Maxed", 30, vec![Finding::CannotFire { missing: vec![missing(15), missing(60)] }]),
        alert("Down", 40, vec![no_value]),
    ]
}

fn expectation(expected: &str, found: &str, is_met: bool) -> ExpectationOutcome {
    let (expected, found) = (expected.to_owned(), found.to_owned());
    ExpectationOutcome { alert: None, expected, found, is_met }
}

/// What became of the alerts: the first fires in these times, the others come near it.
fn histories(slow: &[(f64, Option<f64>)], full: Option<(f64, Option<f64>)>) -> Vec<AlertHistory> {
    let firing = |(from_s, to_s)| Firing {
        from_s,
        to_s,
        labels: Labels::new([("severity", "critical")]),
        annotations: [("summary".to_owned(), "It is slow.".to_owned())].into(),
        value: 25.5,
    };
    let history = |alert: &str, fired: Vec<Firing>, pending_longest_s| AlertHistory {
        alert: alert.to_owned(),
        evaluations: 60,
        failures: 0,
        failure: None,
        firings: fired.len() as u64,
        firing_s: fired.iter().map(|own| own.to_s.unwrap_or(1800.0) - own.from_s).sum(),
        fired,
        pending_longest_s,
    };
    vec![
        history("RequestsWaitForFarTooLong", slow.iter().copied().map(firing).collect(), None),
        history("Full", full.into_iter().map(firing).collect(), Some(120.0)),
        history("Maxed", Vec::new(), None),
        history("Down", Vec::new(), None),
    ]
}

fn assumption(what: &str, value: &str, source: &str) -> Assumption {
    Assumption { what: what.to_owned(), value: value.to_owned(), source: source.to_owned() }
}

fn found() -> Found {
    Found {
        files: 1,
        admitted: vec!["Deployment/worker".to_owned(), "ScaledObject/worker".to_owned()],
        unknown: vec!["Widget/w".to_owned()],
        refused: vec![Fault {
            object: Some("HorizontalPodAutoscaler/worker".to_owned()),
            at: Some("all.yaml:9:3".to_owned()),
            message: "the workload has a ScaledObject already".to_owned(),
        }],
        failing: Vec::new(),
        scaled_by: Some(ScaledBy {
            object: "ScaledObject/worker".to_owned(),
            min: Replicas(5),
            max: Replicas(60),
            metrics: vec!["s0-redis-jobs: 8 per replica".to_owned()],
            behavior: vec!["up and down by the HPA's built-in limits".to_owned()],
        }),
    }
}

fn stock() -> Run {
    let surge = Surge {
        first: Some(way([30.0, 0.0, 5.0, 3.0])),
        enough: None,
        t_s: 615.0,
        rate_before: 10.0,
        rate: 41.2,
        ready_before: Replicas(6),
        needed: Replicas(22),
    };
    Run {
        mode: Mode::Stock,
        periods: Some(periods(Duration::from_secs(15), false)),
        summary: summary(),
        surges: vec![surge],
        nodes: Some(nodes()),
        money: Some(money()),
        alerts: histories(&[(690.0, Some(1200.0)), (1500.0, None)], None),
        timeline: timeline(60.0),
        decisions: vec![timed(645, 6, 12, "external metric s0-redis-jobs asks for 30")],
        samples: Samples::default(),
    }
}

fn upswell() -> Run {
    let stock = stock();
    let [surge] = stock.surges[..] else { unreachable!("stock has one surge") };
    Run {
        mode: Mode::Upswell,
        periods: Some(periods(Duration::from_secs(1), true)),
        summary: Summary {
            completed: 29_100,
            unfinished: 0,
            queued: 0,
            in_flight: 0,
            timed_out: 0,
            retries: 0,
            censored: 0,
            queue_wait: percentiles(4.0),
            latency: percentiles(5.0),
            within_goal: Some(0.991),
            ..stock.summary
        },
        surges: vec![Surge { enough: Some(way([2.0, 90.0, 5.0, 3.0])), ..surge }],
        money: Some(Money { usd: 3.2, ..money() }),
        alerts: histories(&[(690.0, Some(720.0))], Some((0.0, None))),
        timeline: timeline(10.0),
        ..stock
    }
}

fn summary() -> Summary {
    Summary {
        requests: 29_100,
        busiest_second: 58,
        completed: 26_100,
        unfinished: 2000,
        queued: 1950,
        in_flight: 50,
        backing_off: 0,
        lost: 0,
        timed_out: 1000,
        retries: 40,
        throttled: 0,
        requeued: 0,
        queue_wait: percentiles(60.0),
        time_to_first_token: percentiles(50.0),
        latency: percentiles(70.0),
        censored: 3000,
        within_goal: Some(0.62),
        replicas_min: Replicas(5),
        replicas_mean: 14.25,
        replicas_max: Replicas(30),
        replica_hours: 7.125,
        scale_ups: 4,
        scale_downs: 0,
    }
}

fn percentiles(p95_s: f64) -> Percentiles {
    let millis = |factor: f64| Some(p95_s * factor * 1000.0);
    Percentiles {
        mean_ms: millis(0.3),
        p50_ms: millis(0.1),
        p95_ms: millis(1.0),
        p99_ms: millis(1.5),
        max_ms: millis(2.0),
    }
}

fn periods(interval: Duration, is_own: bool) -> Periods {
    Periods {
        horizontal: interval,
        activation: interval,
        nodes: interval,
        resource_metrics: Duration::from_secs(15),
        shared_reads: is_own,
        strict_formulas: is_own,
    }
}

fn way([decision_s, node_s, image_s, start_s]: [f64; 4]) -> DemandToReady {
    let total_s = decision_s + node_s + image_s + start_s;
    DemandToReady { total_s, decision_s, node_s, image_s, start_s }
}

fn nodes() -> Nodes {
    Nodes {
        min: 2,
        mean: 5.5,
        max: 9,
        on_demand_hours: 1.0,
        spot_hours: 4.5,
        ordered: 8,
        stock_outs: 1,
        removed: 0,
        interrupted: 1,
        interrupted_pods: 3,
        interrupted_requests: 0,
        longest_pending_s: 130.0,
    }
}

fn money() -> Money {
    Money {
        usd: 2.5,
        on_demand_usd: 1.0,
        spot_usd: 1.5,
        per_1000_requests_usd: Some(0.0958),
        per_million_tokens_usd: None,
        idle_usd: 0.7,
        all_on_demand_usd: 5.0,
        saved: 0.5,
        unpriced_hours: 0.0,
    }
}

/// Half an hour, a point every 30 s; replicas follow the demand after `lag_s`.
fn timeline(lag_s: f64) -> Vec<Point> {
    let point = |number: u32| {
        let t_s = f64::from(number) * 30.0;
        let (is_busy, is_ready) = (t_s > 600.0 && t_s <= 1200.0, t_s > 600.0 + lag_s);
        let rate = if is_busy { 40 } else { u64::from(t_s <= 600.0) * 10 };
        let ready = Replicas(if is_ready { 24 } else { 6 });
        let nodes = if is_ready { 9 } else { 2 };
        Point {
            t_s,
            arrivals: if number == 0 { 0 } else { rate * 30 },
            queued: if is_busy && !is_ready { 900 } else { 0 },
            in_flight: rate * 2,
            wanted: Replicas(if is_busy || is_ready { 24 } else { 6 }),
            ready,
            pending: Replicas::ZERO,
            completed: if number == 0 { 0 } else { rate * 30 },
            nodes,
            nodes_spot: nodes - 1,
        }
    };
    (0..=60).map(point).collect()
}

fn timed(at_s: i64, from: u32, to: u32, why: &str) -> TimedRecord {
    let target = ScaleTarget {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: String::new(),
        name: "worker".to_owned(),
    };
    let record = Record {
        version: RECORD_VERSION,
        at: Timestamp::from_secs(at_s),
        target,
        step: StepName::Horizontal,
        from: Some(Replicas(from)),
        to: Some(Replicas(to)),
        outcome: Outcome::ScaleWritten,
        reasons: Vec::new(),
        readings: Vec::new(),
    };
    TimedRecord { t_s: at_s as f64, why: why.to_owned(), record }
}
