//! Alerts in a rehearsal: those that can never fire, and those that were expected.

mod command;

use std::fs;
use std::path::PathBuf;

use command::{Ran, upswell_in};
use serde_json::Value;

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const TRAFFIC: &str = "traces/servegen_surge_tenant_c5.csv";

fn rehearse(bundle: &str, options: &[&str]) -> Ran {
    upswell_in(&root(), &[&["rehearse", bundle], options].concat(), "")
}

/// The part of a report that starts at a head and ends at the next blank line.
fn part(report: &str, head: &str) -> String {
    let lines = report.lines().skip_while(|line| !line.starts_with(head));
    lines.take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_alerts_of_the_article_tell_nothing_and_the_report_says_why() {
    for bundle in ["article", "article-renamed"] {
        let ran = rehearse(&format!("examples/{bundle}"), &["--traffic", "1/s for 30m"]);
        assert_eq!(ran.code, 1, "objects are refused");
        insta::assert_snapshot!(bundle, part(&ran.stdout, "Alerts"));
        assert!(ran.stdout.contains("2 alerts would tell nothing of this"), "{bundle}");
    }
}

#[test]
fn the_example_expects_what_its_alerts_do() {
    let expect = "examples/llm-worker/expect.yaml";
    let ran = rehearse("examples/llm-worker", &["--traffic", TRAFFIC, "--expect", expect]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    insta::assert_snapshot!("expected", part(&ran.stdout, "Expected"));
}

#[test]
fn an_expectation_that_fails_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("expect.yaml");
    let written = fs::read_to_string(root().join("examples/llm-worker/expect.yaml")).unwrap();
    fs::write(&path, written.replace("by: 3h10m", "by: 3h")).unwrap();
    let options = ["--traffic", TRAFFIC, "--expect", path.to_str().unwrap(), "-o", "json"];
    let ran = rehearse("examples/llm-worker", &options);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let outcome: Value = serde_json::from_str(&ran.stdout).unwrap();
    let expectations = outcome["expectations"].as_array().unwrap();
    let met: Vec<bool> = expectations.iter().map(|own| own["is_met"].as_bool().unwrap()).collect();
    assert_eq!(met, [false, true, true, true], "{expectations:?}");
    assert_eq!(expectations[0]["expected"], "LlmSlow to fire by 3h");
}

#[test]
fn expectations_that_cannot_be_checked_are_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let head = "apiVersion: upswell.dev/v1alpha1\nkind: Expectations\n";
    for (name, text, told) in [
        ("typo", "alerts:\n- {alert: LlmSlo, fires: true}\n", "did you mean `LlmSlow`?"),
        ("stock", "alerts:\n- {alert: LlmSlow, fires: true, as: stock}\n", "does not play"),
        ("broken", "alerts: [\n", "error"),
        ("field", "alert: []\n", "unknown field `alert`"),
    ] {
        let path = folder.path().join(format!("{name}.yaml"));
        fs::write(&path, format!("{head}{text}")).unwrap();
        let path = path.to_str().unwrap();
        let options = ["--traffic", "1/s for 1m", "--as", "upswell", "--expect", path];
        let ran = rehearse("examples/llm-worker", &options);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{name}");
        assert!(ran.stderr.contains(told), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("{path}:")), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("nothing was rehearsed"), "{name}: {}", ran.stderr);
    }
    let missing = ["--traffic", "1/s for 1m", "--expect", "no-such-file.yaml"];
    let ran = rehearse("examples/llm-worker", &missing);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no-such-file.yaml: cannot be read"), "{}", ran.stderr);
    let set = "--set=Settings:workloads[0].slots=2,4";
    let grid = ["--traffic", "1/s for 1m", "--expect", "expect.yaml", set];
    assert_eq!(rehearse("examples/llm-worker", &grid).code, 2, "a grid has no one outcome");
}
