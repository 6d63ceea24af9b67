//! `--traffic prometheus:…`: a rate that a real Prometheus has recorded, and all that is none.
#![cfg(feature = "prometheus")]

mod command;

use std::fmt::Write;
use std::path::PathBuf;

use command::{Ran, upswell_in};
use serde_json::Value;
use upswell_peers::prometheus::filled;
use upswell_peers::{PROMETHEUS_2, PROMETHEUS_3, Server, free_address};

/// 2026-01-05T09:00:00Z.
const START: i64 = 1_767_603_600;

/// The end of two hours after that, as an option.
const END: &str = "2026-01-05T11:00:00Z";

/// Two hours of samples, once a minute: requests, at 2/s in the first hour and 5/s in the second,
/// but for ten minutes of which nothing is known; what falls; and what is no number.
fn page() -> String {
    let mut page = String::new();
    let mut family = |name: &str, kind: &str, value: &dyn Fn(i64) -> Option<String>| {
        let _ = writeln!(page, "# TYPE {} {kind}", name.trim_end_matches("_total"));
        for minute in 0..=120 {
            if let Some(value) = value(minute) {
                let at = START + minute * 60;
                let _ = writeln!(page, "{name}{{job=\"api\"}} {value} {at}");
                let _ = writeln!(page, "{name}{{job=\"batch\"}} 0 {at}");
            }
        }
    };
    let requests = |minute: i64| 120 * minute.min(60) + 300 * (minute - 60).max(0);
    family("http_requests_total", "counter", &|minute| Some(requests(minute).to_string()));
    let is_known = |minute: &i64| !(30..40).contains(minute);
    family("holes", "gauge", &|minute| Some(minute).filter(is_known).map(|_| "1".to_owned()));
    family("balance", "gauge", &|minute| Some((50 - minute).to_string()));
    page + "# EOF\n"
}

fn rehearse(traffic: &str, options: &[&str]) -> Ran {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let arguments = ["rehearse", "examples/llm-worker", "--traffic", traffic];
    upswell_in(&root, &[&arguments, options].concat(), "")
}

/// The traffic of a rehearsal, and how many requests it says there were.
fn traffic(ran: &Ran) -> (String, u64) {
    assert!(ran.code < 2, "{}", ran.stderr);
    let outcome: Value = serde_json::from_str(&ran.stdout).expect("the output is JSON");
    let source = outcome["traffic"]["source"].as_str().expect("a text").to_owned();
    (source, outcome["traffic"]["requests"].as_u64().expect("a number"))
}

const RATE: &str = "sum(rate(http_requests_total{job=\"api\"}[1m:1m]))";

#[test]
fn a_recorded_rate_is_rehearsed_with_every_request() {
    for component in [PROMETHEUS_2, PROMETHEUS_3] {
        let Some(server) = filled(&component, "a recorded rate", &page(), None) else { continue };
        // The increase of each minute: exact, where a rate over one step is an estimate.
        let query = "(http_requests_total{job=\"api\"} - http_requests_total offset 1m) / 60";
        let url = server.url();
        let text = format!("prometheus:{url}?query={query}&range=2h&end={END}");
        let one = ["--as", "upswell", "-o", "json"];
        let (source, requests) = traffic(&rehearse(&text, &one));
        assert_eq!(requests, 3600 * 2 + 3600 * 5);
        assert_eq!(source, format!("prometheus:{url}?query={query}&range=2h&step=1m&end={END}"));
        assert_eq!(
            traffic(&rehearse(&source, &one)),
            (source, requests),
            "it reads the same again"
        );

        let encoded =
            "%28http_requests_total%7Bjob%3D%22api%22%7D+-+http_requests_total+offset+1m%29+%2F+60";
        let text = format!("prometheus:{url}/?query={encoded}&range=2h&end={END}");
        let options = ["--window", "50m..70m", "--speed", "2", "--scale-traffic", "3"];
        let (source, requests) = traffic(&rehearse(&text, &[&one[..], &options].concat()));
        assert_eq!(requests, 3 * (600 * 2 + 600 * 5));
        assert!(
            source.ends_with("Z, 50m..1h10m, 2 times as fast, 3 times the requests"),
            "{source}"
        );
    }
}

#[test]
fn gaps_count_as_no_requests_and_are_said() {
    let Some(server) = filled(&PROMETHEUS_2, "gaps", &page(), None) else { return };
    // Every minute stands for itself: a gap must outlive the five minutes of the lookback.
    let query = "sum(sum_over_time(holes{job=\"api\"}[1ms]))";
    let text = format!("prometheus:{}?query={query}&range=2h&end={END}", server.url());
    let ran = rehearse(&text, &["--as", "upswell", "-o", "json"]);
    assert_eq!(traffic(&ran).1, 110 * 60);
    for expected in [
        "warning[recording-gaps]: 10 of 120 steps have no sample",
        "the longest stretch from 2026-01-05T09:29:00Z to 2026-01-05T09:39:00Z",
        "= help: ",
    ] {
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

/// What is refused says why, with a place and a mend, and where it is.
fn refusals(all: &mut String, server: &Server, cases: &[(&str, String)]) {
    for (case, traffic) in cases {
        let ran = rehearse(traffic, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{case}: {}", ran.stderr);
        let stderr = ran.stderr.replace(&server.address().to_string(), "HOST:PORT");
        for problem in stderr.split("\n\n").filter(|problem| problem.starts_with("error[")) {
            assert!(problem.contains("= help: ") && problem.contains(" --> "), "{case}: {problem}");
        }
        assert!(!stderr.contains("sesame"), "{case}: {stderr}");
        let _ = write!(all, "=== {case}\n{stderr}\n");
    }
}

#[test]
fn what_is_no_traffic_is_refused() {
    let Some(server) = filled(&PROMETHEUS_2, "refusals", &page(), None) else { return };
    let url = server.url();
    let rest = format!("&range=2h&end={END}");
    let ask = |query: &str| format!("prometheus:{url}?query={query}{rest}");
    let mut all = String::new();
    refusals(
        &mut all,
        &server,
        &[
            ("nothing asked", format!("prometheus:{url}")),
            ("misspelt parameter", format!("prometheus:{url}?query=up&rnage=7d")),
            ("no duration", format!("prometheus:{url}?query=up&range=a week&step=1.5m&end=noon")),
            ("another scheme", format!("prometheus:redis://ann:sesame@a?query=up{rest}")),
            ("no URL", format!("prometheus://ann:sesame@?query=up{rest}")),
            ("not the API", format!("prometheus:{url}/elsewhere?query=up{rest}")),
            ("broken query", ask("sum(rate(http_requests_total[1m])")),
            ("query of the wrong type", ask("http_requests_total[5m]")),
            ("query that fails", ask("http_requests_total / on() http_requests_total")),
            ("several series", ask("rate(http_requests_total[5m])")),
            ("misspelt metric", ask("sum(rate(http_request_total[5m]))")),
            ("unknown metric", ask("sum(rate(jobs_done_total[5m]))")),
            ("below zero", ask("sum(balance{job=\"api\"})")),
            ("not a number", ask("sum(balance) / sum(balance)")),
            ("silence", ask("sum(rate(http_requests_total{job=\"batch\"}[5m]))")),
            ("too many steps", format!("prometheus:{url}?query=up&range=30d&step=1s&end={END}")),
        ],
    );
    insta::assert_snapshot!(all);
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_login() {
    let address = free_address().unwrap();
    let text = format!("prometheus:http://ann:sesame@{address}?query={RATE}&range=1h");
    let ran = rehearse(&text, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let message = format!("http://{address} cannot be reached: Connection refused");
    assert!(ran.stderr.contains(&message), "{}", ran.stderr);
    assert!(ran.stderr.contains("prometheus:http://**********@"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("sesame"), "{}", ran.stderr);
}
