//! The golden queries asked of a real Prometheus 3 and of our API over the same samples, pushed by
//! remote write: both must say the same. The answers recorded beside the queries play no part.

mod answers;
mod apis;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use upswell_metrics::promql::Dialect;
use upswell_metrics::sample::STALE;
use upswell_metrics::{Labels, Sample, Time, store};
use upswell_peers::{PROMETHEUS_3, Server};
use upswell_prometheus::api;

/// Queries on which we differ on purpose, each with the reason.
const DISPUTED: [(&str, &str); 0] = [];

type Series = Vec<(Labels, Vec<Sample>)>;

/// What the folder of vectors holds: series and queries by the name of their set.
#[derive(Default)]
struct Vectors {
    series: BTreeMap<String, Series>,
    queries: BTreeMap<String, Vec<Value>>,
}

#[test]
fn every_golden_query_is_answered_as_prometheus_3_answers_it() {
    let Some(program) = PROMETHEUS_3.or_skip("the differential test") else { return };
    let Vectors { series, queries } = Vectors::read();
    assert!(!queries.is_empty(), "no queries");
    let (mut failures, mut disputed) = (Vec::new(), BTreeSet::new());
    for (set, queries) in &queries {
        let theirs = Server::start(&program, "/-/ready", |address, folder| {
            let mut arguments = apis::prometheus_arguments(address, folder)?;
            arguments.push("--enable-feature=promql-experimental-functions".to_owned());
            Ok(arguments)
        });
        let theirs = theirs.expect("Prometheus starts");
        wire::push(theirs.address(), &series[set]).expect("Prometheus takes the samples");
        let ours = serve_store(&series[set]);
        let (mut agreed, mut asked) = (0, 0);
        for record in queries {
            for (path, form) in requests(record) {
                let ask = |address| wire::ask_form(address, path, &form).expect("an answer");
                let (our_answer, their_answer) = (ask(ours), ask(theirs.address()));
                let mut same = answers::agree(&our_answer, &their_answer);
                if record["ordered"] == true {
                    let in_order = || agree_in_order(&our_answer.1, &their_answer.1);
                    same = same.and_then(|()| in_order());
                }
                asked += 1;
                let id = record["id"].as_str().unwrap_or("?");
                let argued = DISPUTED.iter().find(|(of, _)| *of == id);
                match (same, argued) {
                    (Ok(()), _) => agreed += 1,
                    (Err(_), Some((id, argument))) if disputed.insert(*id) => {
                        println!("differential: disputed {id}: {argument}");
                    }
                    (Err(_), Some(_)) => {}
                    (Err(difference), None) => {
                        failures.push(format!("{id} {}: {difference}", record["query"]));
                    }
                }
            }
        }
        println!("differential: {set} {agreed} of {asked}");
    }
    for failure in &failures {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} answers differ", failures.len());
}

/// Compares the values of two instant vectors in their order; which of equals comes first is not
/// said.
fn agree_in_order(ours: &Value, theirs: &Value) -> Result<(), String> {
    let values = |answer: &Value| -> Vec<Value> {
        let series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        series.into_iter().map(|series| series["value"].clone()).collect()
    };
    let (ours, theirs) = (values(ours), values(theirs));
    ours.iter()
        .zip(&theirs)
        .try_for_each(|(ours, theirs)| answers::same_point("order", ours, theirs))
}

/// The requests of a record, as paths and forms: the query as it was recorded, which 3.x may
/// refuse, and if it has a name that 3.x has changed also as it is written today.
fn requests(record: &Value) -> Vec<(&'static str, String)> {
    let query = record["query"].as_str().expect("a query").to_owned();
    let today = query.replace("holt_winters", "double_exponential_smoothing");
    let request = |query: String| match &record["range"] {
        Value::Null => {
            let (query, time) = (wire::encode(&query), &record["time"]);
            ("/api/v1/query", format!("query={query}&time={time}"))
        }
        range => {
            let (query, start, end) = (wire::encode(&query), &range["start"], &range["end"]);
            let form = format!("query={query}&start={start}&end={end}&step={}", range["step"]);
            ("/api/v1/query_range", form)
        }
    };
    BTreeSet::from([query, today]).into_iter().map(request).collect()
}

/// Serves a store with these series.
fn serve_store(series: &Series) -> std::net::SocketAddr {
    let (mut writer, reader) = store::new(store::Limits::default());
    for (labels, samples) in series {
        let series = writer.series(labels);
        for sample in samples {
            writer.append(series, sample.at, sample.value).expect("samples come in order");
        }
    }
    let (rules, targets) = (Arc::new(()), Arc::new(()));
    let options = api::Options { dialect: Dialect::Experimental, ..api::Options::default() };
    let api = api::Api { reader, rules, targets, alertmanagers: Vec::new(), options };
    apis::serve(api::router(api)).expect("a free port")
}

impl Vectors {
    /// Reads all files; a line is known by its fields.
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/promql");
        let mut vectors = Self::default();
        let entries = std::fs::read_dir(&folder).expect("the folder of vectors");
        let paths = entries.map(|entry| entry.expect("a file").path());
        let files = paths.filter(|path| path.extension().is_some_and(|of| of == "jsonl"));
        let mut files: Vec<_> = files.collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(file).expect("a file of text");
            text.lines().for_each(|line| vectors.take(line));
        }
        vectors
    }

    fn take(&mut self, line: &str) {
        let record: Value = serde_json::from_str(line).expect("a line of JSON");
        if record["query"].is_string() {
            let set = record["series"].as_str().expect("a set").to_owned();
            self.queries.entry(set).or_default().push(record);
        } else if record["samples"].is_array() {
            let set = record["set"].as_str().expect("a set").to_owned();
            self.series.entry(set).or_default().push(series(&record));
        }
    }
}

fn series(record: &Value) -> (Labels, Vec<Sample>) {
    let pairs = record["metric"].as_object().expect("labels").iter();
    let labels = pairs.map(|(name, value)| (name.as_str(), value.as_str().expect("a text")));
    let samples = record["samples"].as_array().expect("samples").iter();
    let samples = samples.map(|sample| Sample {
        at: Time::from_secs_f64(sample[0].as_f64().expect("a time")),
        value: match sample[1].as_str() {
            None => sample[1].as_f64().expect("a value"),
            Some("stale") => STALE,
            Some(text) => text.parse().expect("a value"),
        },
    });
    (Labels::new(labels), samples.collect())
}
