//! `upswell explain` on the decisions of a rehearsal, as the README shows it.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn upswell(arguments: &[&str]) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::cargo_bin("upswell").expect("cargo builds it for its tests");
    command.current_dir(root).args(arguments);
    command
}

fn keep_decisions(file: &Path) {
    let file = file.to_str().expect("a temporary folder has a plain name");
    let trace = "traces/azure_code_2023_min30-58.csv";
    upswell(&["rehearse", "examples/llm-worker", "--traffic", trace, "--records", file])
        .assert()
        .code(0);
}

fn printed(arguments: &[&str]) -> String {
    let assert = upswell(arguments).assert().code(0);
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

#[test]
fn a_decision_of_a_rehearsal_is_explained_with_its_reasons_and_readings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.redb");
    keep_decisions(&path);
    let file = path.to_str().unwrap();
    let text =
        printed(&["explain", "llm-worker", "--records", file, "--run", "0", "--at", "13m15s"]);
    insta::assert_snapshot!("explain", text);
    let json = printed(&["explain", "Deployment/llm-worker", "--records", file, "-o", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["facts"]["world"], "rehearsal as upswell", "the last run unless told");
    assert_eq!(json["decision"]["version"], 1);
}

#[test]
fn a_second_rehearsal_appends_and_leaves_the_first_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.redb");
    keep_decisions(&path);
    keep_decisions(&path);
    let file = path.to_str().unwrap();
    let of_run = |run: &str| printed(&["explain", "llm-worker", "--records", file, "--run", run]);
    assert_eq!(of_run("0").replace("Run 0", ""), of_run("2").replace("Run 2", ""));
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.redb");
    keep_decisions(&path);
    let file = path.to_str().unwrap();
    for (arguments, message) in [
        (vec!["explain", "x", "--records", "none.redb"], "there is no file none.redb"),
        (vec!["explain", "x", "--records", file], "has no decision on x"),
        (vec!["explain", "llm-worker", "--records", file, "--run", "9"], "holds 2 runs"),
        (vec!["explain", "llm-worker", "--records", file, "--at", "soon"], "invalid value"),
        (vec!["explain", "llm-worker", "--records", "README.md"], "cannot be opened"),
    ] {
        let assert = upswell(&arguments).assert().code(2);
        let error = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(error.contains(message), "{arguments:?}: {error}");
    }
}
