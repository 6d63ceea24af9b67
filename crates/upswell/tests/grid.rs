//! `upswell rehearse --set`: grids of values, and runs on several threads.

mod command;

use std::path::PathBuf;

use command::{Ran, upswell_in};
use serde_json::Value;

const LIST_LENGTH: &str = "ScaledObject/llm-worker:spec.triggers[0].metadata.listLength";

fn rehearse(options: &[&str]) -> Ran {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let traffic = "crates/upswell/tests/data/surge.csv";
    let command = ["rehearse", "examples/llm-worker", "--traffic", traffic];
    upswell_in(&root, &[&command, options].concat(), "")
}

fn json(options: &[&str]) -> Value {
    let ran = rehearse(&[options, &["-o", "json"]].concat());
    serde_json::from_str(&ran.stdout).expect("the output is JSON")
}

#[test]
fn a_grid_for_people() {
    let lengths = format!("{LIST_LENGTH}=4,8,many");
    let ran = rehearse(&["--set", &lengths, "--set", "Settings:workloads[0].slots=4,8"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "eight slots reach the goal");
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_grid_for_scripts_is_versioned_and_has_every_run_as_it_is_alone() {
    let lengths = format!("{LIST_LENGTH}=4,8");
    let comparison = json(&["--set", &lengths]);
    assert_eq!(comparison["version"], 1);
    assert_eq!(comparison["places"][0]["own"], 1);
    let outcomes = comparison["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 4);
    let alone = json(&[]);
    for run in alone["runs"].as_array().unwrap() {
        let same = |outcome: &&Value| {
            outcome["mode"] == run["mode"] && outcome["is_as_written"] == Value::Bool(true)
        };
        let [outcome] = outcomes.iter().filter(same).collect::<Vec<_>>()[..] else {
            panic!("{comparison}")
        };
        for part in ["summary", "nodes", "money"] {
            assert_eq!(outcome[part], run[part], "{part}");
        }
        assert!(outcome.get("timeline").is_none() && outcome.get("decisions").is_none());
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let lengths = format!("{LIST_LENGTH}=4,8,16");
    for options in [&[][..], &["--set", &lengths]] {
        for output in ["text", "json"] {
            let run =
                |threads| rehearse(&[options, &["-o", output, "--threads", threads]].concat());
            let one = run("1");
            assert_eq!(one.stderr, "");
            assert_eq!(one, run("2"), "{output}");
            assert_eq!(one, run("5"), "{output}");
        }
    }
}

#[test]
fn one_combination_that_reaches_the_goal_is_enough() {
    let code = |values: &str| rehearse(&["--set", &format!("Settings:goal.latency={values}")]).code;
    assert_eq!(code("1s,10m"), 0);
    assert_eq!(code("1s,2s"), 1);
}

#[test]
fn values_that_are_all_refused_leave_the_reasons() {
    let ran = rehearse(&["--set", "ScaledObject/llm-worker:spec.minReplicaCount=200"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let reason = "`minReplicaCount` is 200, and `maxReplicaCount` only 100 (--set:1:";
    assert!(ran.stdout.contains(reason), "{}", ran.stdout);
}

#[test]
fn a_value_without_effect_is_said_before_the_runs() {
    let misspelt = LIST_LENGTH.replace("listLength", "activationListLenght");
    let ran = rehearse(&["--set", &format!("{misspelt}=1,2")]);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn bad_arguments_are_bad_input() {
    let whole = format!("{LIST_LENGTH}=4");
    for (options, fault) in [
        (&["--set", "ScaledObject/llm-worker"][..], "error[set-syntax]"),
        (&["--set", "ScaledObject/llm-wroker:spec.x=1"], "did you mean `ScaledObject/llm-worker`?"),
        (&["--set", &whole, "--set", &whole], "error[set-twice]"),
        (&["--set", &whole, "--records", "decisions.redb"], "cannot be used with"),
        (&["--threads", "0"], "not a whole number from 1 to 1024"),
        (&["--threads", "-1"], "not a whole number from 1 to 1024"),
    ] {
        let ran = rehearse(options);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{options:?}");
        assert!(ran.stderr.contains(fault), "{}", ran.stderr);
    }
}
