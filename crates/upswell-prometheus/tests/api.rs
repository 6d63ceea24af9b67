//! The HTTP API beside a real Prometheus over the same samples, and with the programs that use it.

mod answers;
mod apis;
mod wire;

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use upswell_metrics::{Labels, Sample, Time, store};
use upswell_peers::{Component, PROMETHEUS_2, PROMETHEUS_3, PROMTOOL, Server};
use upswell_prometheus::api;

/// 1 h of samples at 15 s.
const SAMPLES: i64 = 240;

/// The last sample's instant; a fixed one, so that runs are alike.
const END_SECS: i64 = 1_750_000_000;

type Series = Vec<(Labels, Vec<Sample>)>;

/// Counters, gauges and a histogram of four pods.
fn series() -> Series {
    let mut all = Series::new();
    for pod in 0..4_i64 {
        let instance = format!("10.0.0.{pod}:8000");
        let labels = |name: &str, le: &str| {
            Labels::new([("__name__", name), ("job", "llm"), ("instance", &instance), ("le", le)])
        };
        let column = |value: &dyn Fn(i64) -> f64| -> Vec<Sample> {
            let at = |index| Time((END_SECS - 15 * (SAMPLES - 1 - index)) * 1000);
            (0..SAMPLES).map(|index| Sample { at: at(index), value: value(index) }).collect()
        };
        let counter = column(&|index| (index * (3 + pod)) as f64);
        all.push((labels("llm_requests_total", ""), counter));
        all.push((labels("llm_queue_depth", ""), column(&|index| ((index * 7 + pod) % 11) as f64)));
        for (le, share) in [("100", 1), ("500", 3), ("+Inf", 4)] {
            let bucket = column(&|index| (index * share) as f64);
            all.push((labels("llm_request_latency_ms_bucket", le), bucket));
        }
    }
    all
}

fn serve(options: api::Options) -> SocketAddr {
    let (mut writer, reader) = store::new(store::Limits::default());
    for (labels, samples) in series() {
        let series = writer.series(&labels);
        for sample in samples {
            writer.append(series, sample.at, sample.value).expect("samples come in order");
        }
    }
    let api = api::Api {
        reader,
        rules: Arc::new(()),
        targets: Arc::new(()),
        alertmanagers: Vec::new(),
        options,
    };
    apis::serve(api::router(api)).expect("a free port")
}

/// A real server with the same samples.
fn peer(component: Component, test: &str) -> Option<Server> {
    let program = component.or_skip(test)?;
    let server = Server::start(&program, "/-/ready", apis::prometheus_arguments);
    let server = server.expect("Prometheus starts");
    wire::push(server.address(), &series()).expect("Prometheus takes the samples");
    Some(server)
}

fn ask(address: SocketAddr, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let pairs = form.iter().map(|(name, value)| format!("{name}={}", wire::encode(value)));
    let form = pairs.collect::<Vec<_>>().join("&");
    wire::ask_form(address, path, &form).expect("an answer")
}

type Request = (&'static str, Vec<(&'static str, &'static str)>);

/// Requests of clients, good and bad ones.
fn requests() -> Vec<Request> {
    let at = ("time", "1750000000");
    let grid = |step| vec![("start", "1749996400"), ("end", "1750000000"), ("step", step)];
    let range =
        |query, step| ("/api/v1/query_range", [vec![("query", query)], grid(step)].concat());
    vec![
        ("/api/v1/query", vec![("query", "llm_queue_depth"), at]),
        ("/api/v1/query", vec![("query", "llm_queue_depth[1m]"), at]),
        ("/api/v1/query", vec![("query", "sum(rate(llm_requests_total[5m]))"), at]),
        ("/api/v1/query", vec![("query", "1 / 0"), at]),
        ("/api/v1/query", vec![("query", "1e-7"), at]),
        ("/api/v1/query", vec![("query", "\"a\""), at]),
        ("/api/v1/query", vec![("query", "absent(nothing)"), at]),
        ("/api/v1/query", vec![("query", "nothing"), at]),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), ("time", "2025-06-15T15:06:40.000Z")]),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), ("time", "1749999990.123")]),
        (
            "/api/v1/query",
            vec![("query", "llm_queue_depth"), ("time", "1750000100"), ("lookback_delta", "1m")],
        ),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), ("time", "soon")]),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), at, ("timeout", "-1s")]),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), at, ("timeout", "fast")]),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), at, ("limit", "many")]),
        ("/api/v1/query", vec![("query", "llm_queue_depth"), at, ("limit", "-1")]),
        ("/api/v1/query", vec![("query", "sum(llm_queue_depth"), at]),
        ("/api/v1/query", vec![("query", "llm_queue_depth + on (job) llm_requests_total"), at]),
        ("/api/v1/query", vec![at]),
        range(
            "histogram_quantile(0.9, sum by (le) (rate(llm_request_latency_ms_bucket[5m])))",
            "60",
        ),
        range("llm_queue_depth", "15s"),
        range("llm_queue_depth > 5", "1m"),
        range("vector(1)", "0.5"),
        range("scalar(sum(llm_queue_depth))", "5m"),
        range("nothing", "60"),
        range("llm_queue_depth[5m]", "60"),
        range("\"a\"", "60"),
        range("llm_queue_depth", "0"),
        range("llm_queue_depth", "-1"),
        range("llm_queue_depth", "soon"),
        range("llm_queue_depth", "0.1"),
        range("1", "1e300"),
        ("/api/v1/query_range", vec![("query", "1"), ("start", "2"), ("end", "1"), ("step", "1")]),
        (
            "/api/v1/query_range",
            vec![("query", "1"), ("start", "0"), ("end", "11000"), ("step", "1")],
        ),
        (
            "/api/v1/query_range",
            vec![("query", "1"), ("start", "0"), ("end", "11001"), ("step", "1")],
        ),
        ("/api/v1/query_range", vec![("query", "1"), ("end", "1"), ("step", "1")]),
        ("/api/v1/series", vec![("match[]", "llm_queue_depth")]),
        (
            "/api/v1/series",
            vec![("match[]", "llm_queue_depth"), ("match[]", "{job=~\"l.*\",le=\"\"}")],
        ),
        ("/api/v1/series", vec![("match[]", "nothing")]),
        ("/api/v1/series", vec![("match[]", "llm_queue_depth"), ("end", "1")]),
        ("/api/v1/series", vec![]),
        ("/api/v1/series", vec![("match[]", "{")]),
        ("/api/v1/series", vec![("match[]", "{job=~\".*\"}")]),
        ("/api/v1/series", vec![("match[]", "sum(llm_queue_depth)")]),
        ("/api/v1/labels", vec![]),
        ("/api/v1/labels", vec![("match[]", "llm_queue_depth")]),
        ("/api/v1/labels", vec![("limit", "2")]),
        ("/api/v1/labels", vec![("start", "x")]),
        ("/api/v1/query_exemplars", vec![("query", "llm_queue_depth")]),
        ("/api/v1/query_exemplars", vec![("query", "{")]),
        ("/api/v1/format_query", vec![("query", "foo/bar")]),
        ("/api/v1/format_query", vec![("query", "{")]),
    ]
}

#[test]
fn requests_are_answered_as_prometheus_3_answers_them() {
    let Some(theirs) = peer(PROMETHEUS_3, "the comparison of the API") else { return };
    let ours = serve(api::Options::default());
    let mut failures = Vec::new();
    for (path, form) in requests() {
        let ask = |address| ask(address, path, &form);
        if let Err(difference) = answers::agree(&ask(ours), &ask(theirs.address())) {
            failures.push(format!("{path} {form:?}: {difference}"));
        }
    }
    let lists = [
        "/api/v1/label/job/values",
        "/api/v1/label/__name__/values?match[]=llm_queue_depth",
        "/api/v1/label/nothing/values",
        "/api/v1/label/instance/values?limit=1",
        "/api/v1/rules",
        "/api/v1/rules?type=alert",
        "/api/v1/rules?type=other",
        "/api/v1/alerts",
        "/api/v1/metadata",
        "/api/v1/metadata?limit=x",
        "/api/v1/targets/metadata",
        "/api/v1/targets",
        "/api/v1/targets?state=active",
    ];
    for path in lists {
        let ask = |address| get(address, path);
        if let Err(difference) = answers::agree(&ask(ours), &ask(theirs.address())) {
            failures.push(format!("{path}: {difference}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn get(address: SocketAddr, path: &str) -> (u16, Value) {
    let answer = upswell_peers::get(address, path).expect("an answer");
    (answer.status, serde_json::from_str(&answer.body).expect("an answer of JSON"))
}

#[test]
fn a_get_is_answered_as_a_post_of_the_same_form() {
    let ours = serve(api::Options::default());
    let posted =
        ask(ours, "/api/v1/query", &[("query", "llm_queue_depth"), ("time", "1750000000")]);
    let got = get(ours, "/api/v1/query?query=llm_queue_depth&time=1750000000");
    assert_eq!(posted, got);
    assert_eq!(got.1["data"]["result"].as_array().map(Vec::len), Some(4));
}

#[test]
fn promtool_prints_the_same_of_us_as_of_prometheus() {
    let test = "promtool on the API";
    let Some(promtool) = PROMTOOL.or_skip(test) else { return };
    let Some(theirs) = peer(PROMETHEUS_2, test) else { return };
    let ours = format!("http://{}", serve(api::Options::default()));
    let run = |url: &str, arguments: &[&str]| {
        let arguments = arguments.iter().map(|of| if *of == "URL" { url } else { of });
        let output = Command::new(&promtool).arg("query").args(arguments).output();
        let output = output.expect("promtool runs");
        let mut lines: Vec<String> =
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        (output.status.success(), lines)
    };
    let range = ["--start=1749999400", "--end=1750000000", "--step=1m"];
    let from = "--start=1749999400";
    let commands = [
        vec!["instant", "--time=1750000000", "URL", "sum by (job) (llm_queue_depth)"],
        vec!["instant", "--time=1750000000", "URL", "sum("],
        [&["range"][..], &range, &["URL", "max by (instance) (llm_queue_depth)"]].concat(),
        vec!["series", from, "--match=llm_queue_depth", "--match=llm_requests_total", "URL"],
        vec!["labels", from, "URL", "instance"],
        vec!["labels", "URL", "nothing"],
    ];
    for command in commands {
        let (our_output, their_output) = (run(&ours, &command), run(&theirs.url(), &command));
        assert_eq!(our_output, their_output, "{command:?}");
        assert!(!our_output.0 || !our_output.1.is_empty() || command.contains(&"nothing"));
    }
}

#[test]
fn grafanas_first_calls_are_answered_in_their_shapes() {
    let Some(theirs) = peer(PROMETHEUS_3, "the shapes of the API") else { return };
    let ours = serve(api::Options::default());
    for path in ["/api/v1/status/buildinfo", "/api/v1/status/config", "/api/v1/metadata"] {
        assert_eq!(shape(&get(ours, path).1), shape(&get(theirs.address(), path).1), "{path}");
    }
    let (status, version) = get(ours, "/api/v1/status/buildinfo");
    assert_eq!(status, 200);
    assert!(
        version["data"]["version"].as_str().is_some_and(|of| of.starts_with("3.")),
        "{version}"
    );
    for path in ["/api/v1/status/runtimeinfo", "/api/v1/status/flags"] {
        let (ours, theirs) = (get(ours, path).1, get(theirs.address(), path).1);
        let known = theirs["data"].as_object().expect("an object");
        for (name, value) in ours["data"].as_object().expect("an object") {
            assert_eq!(Some(shape(value)), known.get(name).map(shape), "{path} {name}");
        }
    }
    for path in ["/-/healthy", "/-/ready"] {
        let answer = upswell_peers::get(ours, path).expect("an answer");
        assert_eq!(answer.status, 200, "{path}");
    }
    let page = upswell_peers::get(ours, "/metrics").expect("an answer").body;
    assert!(page.contains("\nupswell_store_series 20\n"), "{page}");
}

/// The names and types of JSON without its values; of a list, what its first item looks like.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("text"),
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
        }
    }
}

#[test]
fn a_limit_cuts_the_answer_and_says_so() {
    let ours = serve(api::Options::default());
    let form = [("query", "llm_queue_depth"), ("time", "1750000000"), ("limit", "3")];
    let (_, cut) = ask(ours, "/api/v1/query", &form);
    assert_eq!(cut["data"]["result"].as_array().map(Vec::len), Some(3));
    assert_eq!(cut["warnings"], json!(["results truncated due to limit"]));
}

#[test]
fn a_query_that_takes_too_long_is_ended_and_harms_no_other() {
    let ours = serve(api::Options { concurrency: 1, ..api::Options::default() });
    let endless = "max_over_time(rate(llm_requests_total[1h:1s])[30d:1s])";
    let form = [("query", endless), ("time", "1750000000"), ("timeout", "100ms")];
    let start = Instant::now();
    let (status, answer) = ask(ours, "/api/v1/query", &form);
    assert_eq!((status, &answer["errorType"]), (503, &json!("timeout")), "{answer}");
    let next = [("query", "1 + 1"), ("time", "1750000000")];
    let (status, _) = ask(ours, "/api/v1/query", &next);
    assert_eq!(status, 200);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
