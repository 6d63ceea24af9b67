//! `upswell rehearse` on good input: what it prints, in which form, and with which exit code.

mod command;

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use command::{Ran, upswell_in};
use serde_json::Value;

/// Three minutes of calm with a surge of half a minute in it.
const SURGE: &str = "crates/upswell/tests/data/surge.csv";

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn upswell(arguments: &[&str]) -> Ran {
    upswell_in(&root(), arguments, "")
}

fn rehearse(bundle: &str, options: &[&str]) -> Ran {
    upswell(&[&["rehearse", bundle, "--traffic", SURGE], options].concat())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).expect("the output is JSON")
}

fn modes(outcome: &Value) -> Vec<&str> {
    let runs = outcome["runs"].as_array().expect("runs are a list");
    runs.iter().filter_map(|run| run["mode"].as_str()).collect()
}

/// The commands of a text: its lines that start with the name of the program.
fn commands(text: &str) -> Vec<Vec<String>> {
    let arguments = text.lines().filter_map(|line| {
        // Two blanks stand before a command in help, four in Markdown.
        let line = line.strip_prefix("    ").or(line.strip_prefix("  "))?;
        let of_cargo = line.strip_prefix("cargo run --release -- ");
        of_cargo.or_else(|| line.strip_prefix("upswell "))
    });
    arguments.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn the_commands_of_the_documents_run_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("decisions.redb");
    let records = records.to_str().unwrap();
    let mut texts: Vec<String> = ["README.md", "examples/llm-worker/README.md"]
        .map(|path| std::fs::read_to_string(root().join(path)).unwrap())
        .into();
    texts.push(upswell(&["rehearse", "--help"]).stdout);
    let counts = texts.iter().map(|text| {
        let commands = commands(text);
        for command in &commands {
            // The one file that the commands write does not belong into the repository.
            let moved = command.iter().map(|argument| match argument.as_str() {
                "decisions.redb" => records,
                other => other,
            });
            let arguments: Vec<&str> = moved.collect();
            let ran = upswell(&arguments);
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command:?}");
            assert!(!ran.stdout.is_empty(), "{command:?}");
        }
        commands.len()
    });
    assert_eq!(counts.collect::<Vec<_>>(), [5, 1, 1], "commands in each text");
}

#[test]
fn a_surge_for_people() {
    let ran = rehearse("examples/llm-worker", &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "the goal is missed");
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_surge_for_scripts() {
    let ran = rehearse("examples/llm-worker", &["-o", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let mut outcome = json(&ran);
    for run in outcome["runs"].as_array().unwrap() {
        for list in ["timeline", "decisions"] {
            assert!(run[list].as_array().unwrap().len() > 3, "{list}");
        }
    }
    shorten(&mut outcome);
    insta::assert_snapshot!(serde_json::to_string_pretty(&outcome).unwrap());
}

/// Keeps two items of each list and says how many there were: the shape, not the bulk.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            let count = items.len();
            items.truncate(2);
            items.iter_mut().for_each(shorten);
            if count > items.len() {
                items.push(Value::from(format!("{count} in all")));
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

#[test]
fn the_outcome_for_scripts_is_versioned_and_counts_every_request() {
    let outcome = json(&rehearse("examples/llm-worker", &["-o", "json"]));
    assert_eq!(outcome["version"], 3);
    assert_eq!(modes(&outcome), ["stock", "upswell"]);
    for run in outcome["runs"].as_array().unwrap() {
        let summary = &run["summary"];
        let count = |field: &str| summary[field].as_u64().unwrap();
        assert_eq!(count("requests"), 465);
        assert_eq!(count("requests"), count("completed") + count("unfinished") + count("lost"));
        let points = run["timeline"].as_array().unwrap();
        let arrivals: u64 = points.iter().map(|point| point["arrivals"].as_u64().unwrap()).sum();
        assert_eq!(arrivals, 465, "the timeline has every arrival");
        for decision in run["decisions"].as_array().unwrap() {
            assert!(!decision["why"].as_str().unwrap().is_empty(), "{decision}");
        }
    }
}

#[test]
fn traffic_is_a_trace_of_requests_or_minutes_or_a_pattern_and_transformed() {
    let minutes = "traces/servegen_surge_tenant_c55_per_minute.csv";
    for (traffic, options, source, requests, span_s) in [
        (
            SURGE,
            &["--scale-traffic", "2"][..],
            format!("{SURGE}, 2 times the requests"),
            930,
            178.2,
        ),
        (
            minutes,
            &["--window", "1h..2h", "--speed", "60"],
            format!("{minutes}, 1h..2h, 60 times as fast"),
            352,
            60.0,
        ),
        ("constant 2/s for 1m", &[], "constant 2/s for 1m".to_owned(), 120, 60.0),
    ] {
        let arguments = ["rehearse", "examples/llm-worker", "-o", "json", "--traffic", traffic];
        let outcome = json(&upswell(&[&arguments[..], options].concat()));
        let facts = &outcome["traffic"];
        assert_eq!(facts["source"], source);
        assert_eq!((&facts["requests"], &facts["span_s"]), (&requests.into(), &span_s.into()));
        for run in outcome["runs"].as_array().unwrap() {
            assert_eq!(run["summary"]["requests"], requests, "{source}");
        }
    }
}

#[test]
fn each_mode_runs_alone_as_it_runs_beside_the_other() {
    let both = json(&rehearse("examples/llm-worker", &["-o", "json"]));
    assert_eq!(both, json(&rehearse("examples/llm-worker", &["-o", "json", "--as", "both"])));
    for (index, mode) in ["stock", "upswell"].into_iter().enumerate() {
        let alone = json(&rehearse("examples/llm-worker", &["-o", "json", "--as", mode]));
        assert_eq!(modes(&alone), [mode]);
        assert_eq!(alone["runs"][0], both["runs"][index], "{mode}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    for output in ["text", "json"] {
        let run = |seed| rehearse("examples/llm-worker", &["-o", output, "--seed", seed]);
        assert_eq!(run("7"), run("7"), "{output}");
        assert_ne!(run("7").stdout, run("8").stdout, "{output}");
    }
}

#[test]
fn the_articles_bundle_is_refused_in_parts_and_never_scales() {
    for bundle in ["examples/article", "examples/article-renamed"] {
        let ran = rehearse(bundle, &["--as", "upswell", "-o", "json"]);
        assert_eq!(ran.code, 1);
        let outcome = json(&ran);
        assert_eq!(outcome["found"]["scaled_by"], Value::Null);
        let refused = outcome["found"]["refused"].as_array().unwrap();
        let objects: Vec<&str> =
            refused.iter().map(|fault| fault["object"].as_str().unwrap()).collect();
        let pool = "ContainerNodePool/llm-worker-pool";
        assert_eq!(
            objects,
            ["ScaledObject/llm-worker-scaled", "Deployment/llm-worker", pool, pool, pool]
        );
        let summary = &outcome["runs"][0]["summary"];
        assert_eq!([&summary["replicas_min"], &summary["replicas_max"]], [3, 3]);
    }
}

#[test]
fn the_articles_refusals_are_shown() {
    let ran = rehearse("examples/article", &[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("article_refusals", ran.stderr);
    insta::assert_snapshot!("article_report", ran.stdout);
}

#[test]
fn manifests_come_from_stdin_and_from_several_paths() {
    let files = [
        "core/deployment.yaml",
        "core/poddisruptionbudget.yaml",
        "core/scaledobject.yaml",
        "monitoring/podmonitor.yaml",
        "nodes-gke/on-demand.yaml",
        "nodes-gke/spot.yaml",
    ];
    let read =
        |file| std::fs::read_to_string(root().join("examples/llm-worker").join(file)).unwrap();
    let manifests = files.map(read).join("---\n");
    let settings = "examples/llm-worker/upswell.yaml";
    let arguments = ["rehearse", "-", settings, "--traffic", SURGE, "--as", "stock", "-o", "json"];
    let ran = upswell_in(&root(), &arguments, &manifests);
    let mut outcome = json(&ran);
    assert_eq!(outcome["found"]["admitted"].as_array().unwrap().len(), 6);
    assert_eq!(outcome["found"]["files"], 2);
    assert_eq!(outcome["goal"]["latency_ms"], 20_000, "of the settings");
    let mut whole = json(&rehearse("examples/llm-worker", &["--as", "stock", "-o", "json"]));
    for run in [&mut outcome["runs"][0], &mut whole["runs"][0]] {
        let run = run.as_object_mut().unwrap();
        assert!(run.remove("alerts").is_some() && run.remove("samples").is_some());
    }
    assert_eq!(outcome["runs"], whole["runs"], "the other objects play no part");
}

/// Starts a rehearsal whose outcome does not fit into a pipe.
fn large_outcome() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upswell"));
    command.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.args(["rehearse", "examples/llm-worker", "--traffic", SURGE, "-o", "json"]);
    command
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = large_outcome().spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn bad_input_is_bad_input_also_where_nobody_reads_why() {
    let mut command = large_outcome();
    let mut child = command.arg("missing").spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn help_says_what_it_takes_and_shows_an_example() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help_of_rehearse", &["rehearse", "--help"]),
        ("help_of_rehearse_in_short", &["rehearse", "-h"]),
        ("help_of_explain", &["explain", "--help"]),
    ] {
        let ran = upswell(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        insta::assert_snapshot!(name, ran.stdout);
    }
}
