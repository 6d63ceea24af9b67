//! The examples that are meant to work: nothing of them is refused, and all of it plays a part.

mod command;

use std::fs;
use std::path::PathBuf;

use command::upswell_in;
use serde_json::Value;

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The bundles that say how their requests behave. The others are there for their faults.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(root().join("examples")).expect("the examples are there");
    let folders = entries.map(|entry| entry.expect("they can be listed").path());
    let with_settings = folders.filter(|folder| folder.join("upswell.yaml").exists());
    let mut names: Vec<String> =
        with_settings.filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

#[test]
fn every_example_is_taken_in_whole_and_scales_on_nodes_with_prices() {
    assert_eq!(examples(), ["llm-worker", "surge"]);
    for name in examples() {
        let bundle = format!("examples/{name}");
        let traffic = "1/s for 1m, to 40/s over 30s, for 5m";
        let ran =
            upswell_in(&root(), &["rehearse", &bundle, "--traffic", traffic, "-o", "json"], "");
        assert_eq!(ran.stderr, "", "{name}");
        let outcome: Value = serde_json::from_str(&ran.stdout).expect("the output is JSON");
        let found = &outcome["found"];
        for faults in ["refused", "failing", "unknown"] {
            assert_eq!(found[faults], Value::Array(Vec::new()), "{name}: {faults}");
        }
        let scaler = found["scaled_by"]["object"].as_str().expect("something scales it");
        assert!(scaler.starts_with("ScaledObject/"), "{name}: {scaler}");
        for run in outcome["runs"].as_array().expect("runs are a list") {
            let number = |fact: &Value| fact.as_f64().expect("a number");
            let summary = &run["summary"];
            assert!(number(&summary["replicas_max"]) > number(&summary["replicas_min"]), "{name}");
            assert_eq!(summary["requests"], summary["completed"], "{name}");
            assert!(number(&run["nodes"]["max"]) > number(&run["nodes"]["min"]), "{name}");
            assert!(number(&run["money"]["usd"]) > 0.0, "{name}");
            assert_eq!(run["money"]["unpriced_hours"], 0.0, "{name}");
        }
    }
}
