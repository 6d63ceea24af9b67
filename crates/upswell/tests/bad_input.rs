//! Bad input of every class: each says what is wrong, where, and how to mend it, and ends with 2,
//! or with 1 where the cluster would refuse a part and the rest is rehearsed.

mod command;

use std::fmt::Write;
use std::fs;

use command::{Ran, upswell_in};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  selector:
    matchLabels: {app: worker}
  template:
    metadata:
      labels: {app: worker}
    spec:
      containers:
      - name: worker
        image: worker
";

const SCALED_OBJECT: &str = "\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: worker
spec:
  scaleTargetRef: {name: worker}
  minReplicaCount: 1
  maxReplicaCount: 20
  triggers:
  - type: redis
    metadata:
      address: redis:6379
      listName: jobs
      listLength: \"5\"
";

const TRACE: &str = "\
timestamp_s,prompt_tokens,output_tokens
0.000,10,100
1.500,10,100
2.000,10,50
";

/// Files by their paths in the folder where the program runs.
type Files<'a> = &'a [(&'a str, &'a [u8])];

/// Runs `upswell rehearse` with these arguments in a folder with these files.
fn rehearse(files: Files<'_>, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder to work in");
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        fs::write(path, bytes).expect("it can be written");
    }
    upswell_in(folder.path(), &[&["rehearse"], arguments].concat(), "")
}

/// Rehearses `bundle/worker.yaml` on a sound trace.
fn rehearse_manifest(manifest: &str) -> Ran {
    let files: Files<'_> =
        &[("bundle/worker.yaml", manifest.as_bytes()), ("trace.csv", TRACE.as_bytes())];
    rehearse(files, &["bundle", "--traffic", "trace.csv"])
}

/// Rehearses a sound bundle on `trace.csv`.
fn rehearse_trace(trace: &[u8]) -> Ran {
    let files: Files<'_> = &[("worker.yaml", DEPLOYMENT.as_bytes()), ("trace.csv", trace)];
    rehearse(files, &["worker.yaml", "--traffic", "trace.csv"])
}

/// What holds for every refusal; adds the case to a snapshot.
fn shows(all: &mut String, case: &str, code: i32, ran: &Ran) {
    let Ran { code: own_code, stdout, stderr } = ran;
    assert_eq!(*own_code, code, "{case}: {stderr}");
    assert_eq!(stdout.is_empty(), code == 2, "{case}: data only where something was rehearsed");
    for problem in stderr.split("\n\n").filter(|problem| problem.starts_with("error[")) {
        assert!(problem.contains("= help: "), "{case}: no mend in {problem}");
    }
    let _ = write!(all, "=== {case}: exit code {code}\n{stderr}\n");
}

#[test]
fn manifests() {
    let change = |from: &str, to: &str| DEPLOYMENT.replace(from, to);
    let both = |scaled_object: &str| format!("{DEPLOYMENT}---\n{scaled_object}");
    let workload = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n";
    let settings = "---\napiVersion: upswell.dev/v1alpha1\nkind: Settings\nworkloads:\n\
                    - target: {kind: Deployment, name: wroker}\n";
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: worker}\n";
    let of_rollout = SCALED_OBJECT.replace(
        "{name: worker}",
        "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: worker}",
    );
    let mut all = String::new();
    for (case, code, manifest) in [
        ("lost indentation", 2, change("  ", "")),
        ("one space less", 2, change("  template:", " template:")),
        ("tab", 2, change("  selector:", "\tselector:")),
        ("duplicate key", 2, change("  template:", "  selector: {}\n  template:")),
        ("unknown field", 2, change("  template:", "  replcias: 3\n  template:")),
        ("wrong type", 2, change("  template:", "  replicas: many\n  template:")),
        ("no workload", 2, workload.to_owned()),
        ("empty file", 2, String::new()),
        ("settings name an unknown workload", 2, format!("{DEPLOYMENT}{settings}")),
        ("autoscaler without its target", 2, SCALED_OBJECT.to_owned()),
        (
            "autoscaler of a refused target",
            2,
            both(SCALED_OBJECT).replace("  template:", "  replcias: 3\n  template:"),
        ),
        (
            "misspelt target",
            1,
            both(SCALED_OBJECT).replace("Ref: {name: worker", "Ref: {name: wroker"),
        ),
        (
            "trigger without its address",
            1,
            both(&SCALED_OBJECT.replace("      address: redis:6379\n", "")),
        ),
        (
            "trigger with a word for a number",
            1,
            both(&SCALED_OBJECT.replace("\"5\"", "five").replace("listName", "lisstName")),
        ),
        ("unknown trigger", 1, both(&SCALED_OBJECT.replace("type: redis", "type: rediss"))),
        (
            "polling without a pause",
            1,
            both(&SCALED_OBJECT.replace("  triggers:", "  pollingInterval: 0\n  triggers:")),
        ),
        (
            "bounds the wrong way round",
            1,
            both(&SCALED_OBJECT.replace("minReplicaCount: 1", "minReplicaCount: 30")),
        ),
    ] {
        shows(&mut all, case, code, &rehearse_manifest(&manifest));
    }
    insta::assert_snapshot!(all);
    let rollout = rehearse_manifest(&format!("{argo}---\n{of_rollout}"));
    assert_eq!((rollout.code, rollout.stderr.as_str()), (0, ""), "a target of an unread kind");
    assert!(rollout.stdout.contains("Scales    Rollout/worker, 1 to 20 replicas"));
}

/// Nine aliases of nine aliases and so on: 9⁸ values in 300 bytes.
fn alias_bomb() -> String {
    let levels = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for pair in levels.windows(2) {
        let aliases = vec![format!("*{}", pair[0]); 9].join(", ");
        let _ = writeln!(text, "{0}: &{0} [{aliases}]", pair[1]);
    }
    text
}

#[test]
fn files_of_a_bundle() {
    let trace = ("trace.csv", TRACE.as_bytes());
    let bomb = alias_bomb();
    let mut all = String::new();
    for (case, code, files, bundle) in [
        ("missing folder", 2, &[trace][..], "bundle"),
        ("folder without manifests", 2, &[trace, ("bundle/notes.txt", b"notes")], "bundle"),
        ("not UTF-8", 2, &[trace, ("bundle/a.yaml", b"kind: x\nname: gr\xf6sse\n")], "bundle"),
        ("UTF-16", 2, &[trace, ("bundle/a.yaml", b"\xff\xfek\0i\0n\0d\0")], "bundle"),
        ("aliases that multiply", 2, &[trace, ("bundle/a.yaml", bomb.as_bytes())], "bundle"),
        ("nothing on stdin", 2, &[trace], "-"),
    ] {
        shows(&mut all, case, code, &rehearse(files, &[bundle, "--traffic", "trace.csv"]));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn traces() {
    let row = |row: &str| format!("timestamp_s,prompt_tokens,output_tokens\n0.5,1,1\n{row}\n");
    let mut all = String::new();
    for (case, trace) in [
        ("empty", String::new()),
        ("no request", "timestamp_s,prompt_tokens,output_tokens\n".to_owned()),
        ("no header", "0.5,1,1\n".to_owned()),
        ("a column too few", "minute,requests,mean_prompt_tokens\n0,12,100\n".to_owned()),
        (
            "bad minutes",
            "minute,requests,mean_prompt_tokens,mean_output_tokens\n0,12,,\n2,12,,\n3,many,-1,\n"
                .to_owned(),
        ),
        ("out of order", row("0.25,1,1")),
        ("bad rows", row("1.0,2\nsoon,1,1\n2.0,-3,50\n2.5,1,1.5\nNaN,1,1\n1e300,1,1\n-1,1,1")),
    ] {
        shows(&mut all, case, 2, &rehearse_trace(trace.as_bytes()));
    }
    shows(&mut all, "not UTF-8", 2, &rehearse_trace(b"timestamp_s\n\x1f\x8b\xff\n"));
    let worker = ("bundle/worker.yaml", DEPLOYMENT.as_bytes());
    let missing = rehearse(&[worker], &["bundle", "--traffic", "trace.csv"]);
    shows(&mut all, "missing", 2, &missing);
    shows(&mut all, "folder", 2, &rehearse(&[worker], &["bundle", "--traffic", "bundle"]));
    let nothing = rehearse(&[], &["bundle", "--traffic", "trace.csv"]);
    shows(&mut all, "missing, and so is the bundle", 2, &nothing);
    insta::assert_snapshot!(all);
}

#[test]
fn patterns() {
    let files: Files<'_> =
        &[("worker.yaml", DEPLOYMENT.as_bytes()), ("trace.csv", TRACE.as_bytes())];
    let mut all = String::new();
    for (case, traffic) in [
        ("words", "10/s fro 2m, ramp to 100/s over 3m"),
        ("rates and durations", "10 for 2m, to 100/sec over 3"),
        ("no comma", "10/s for 2m to 100/s over 3m"),
        ("no duration", "10/s"),
        ("no rate to start from", "for 2m, to 100/s over 3m"),
        ("too much of everything", "20000000/s for 8000h, 1/s for 800h, for 40h"),
        ("a file with a mistake in its name", "tracce.csv"),
        ("a file with blanks and a mistake in its name", "my trace, day 2.csv"),
        ("a file in a folder that is not there", "2024/day1.csv"),
        ("an ending alone", ".csv"),
    ] {
        shows(&mut all, case, 2, &rehearse(files, &["worker.yaml", "--traffic", traffic]));
    }
    for (case, options) in [
        ("window that holds nothing", &["--window", "8h..9h"][..]),
        ("window that is none", &["--window", "8h"]),
        ("window backwards", &["--window", "9h..8h"]),
        ("window before the start", &["--window", "-1h..1h"]),
        ("window without units", &["--window", "8..9"]),
        ("speed of nothing", &["--speed", "0"]),
        ("speed below zero", &["--speed", "-2"]),
        ("scale that is no number", &["--scale-traffic", "double"]),
    ] {
        let arguments = [&["worker.yaml", "--traffic", "trace.csv"], options].concat();
        shows(&mut all, case, 2, &rehearse(files, &arguments));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn usage() {
    let files: Files<'_> =
        &[("worker.yaml", DEPLOYMENT.as_bytes()), ("trace.csv", TRACE.as_bytes())];
    let mut all = String::new();
    for (case, options) in [
        ("unknown flag", &["--frobnicate"][..]),
        ("unknown mode", &["--as", "keda"]),
        ("unknown format", &["-o", "yaml"]),
        ("start that is no instant", &["--start", "yesterday"]),
        ("start without an hour", &["--start", "2026-01-05"]),
        ("start after time ends", &["--start", "9999-12-01T00:00:00Z"]),
        ("start before time begins", &["--start", "-009999-01-01T00:00:00Z"]),
        ("drain without a unit", &["--drain", "10"]),
        ("drain in days", &["--drain", "30d"]),
        ("drain of a fortnight", &["--drain", "336h"]),
        ("drain backwards", &["--drain", "-5m"]),
        ("seed that is no number", &["--seed", "abc"]),
        ("seed below zero", &["--seed", "-1"]),
    ] {
        let arguments = [&["worker.yaml", "--traffic", "trace.csv"], options].concat();
        shows(&mut all, case, 2, &rehearse(files, &arguments));
    }
    shows(&mut all, "no trace", 2, &rehearse(files, &["worker.yaml"]));
    shows(&mut all, "no bundle", 2, &rehearse(files, &["--traffic", "trace.csv"]));
    insta::assert_snapshot!(all);
}

#[test]
fn a_hundred_megabytes_are_refused_unread_or_at_the_first_row() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["large.yaml", "large.csv"] {
        let file = fs::File::create(folder.path().join(name)).unwrap();
        file.set_len(100 << 20).unwrap();
    }
    fs::write(folder.path().join("trace.csv"), TRACE).unwrap();
    let run =
        |bundle, trace| upswell_in(folder.path(), &["rehearse", bundle, "--traffic", trace], "");
    let manifest = run("large.yaml", "trace.csv");
    assert_eq!(manifest.code, 2);
    assert!(manifest.stderr.contains("large.yaml: 100 MiB are too much"), "{}", manifest.stderr);
    let trace = run("trace.csv", "large.csv");
    assert_eq!(trace.code, 2);
    assert!(trace.stderr.contains("large.csv:1:1"), "{}", trace.stderr);
    assert!(trace.stderr.len() < 10_000, "a line of 100 MiB is cut");
}

#[test]
fn what_is_asked_for_beyond_all_room_is_rehearsed_with_what_there_is() {
    let many = SCALED_OBJECT.replace(": 1\n", ": 2000000000\n").replace(": 20\n", ": 2000000000\n");
    let settings = "apiVersion: upswell.dev/v1alpha1\nkind: Settings\nworkloads:\n\
                    - target: {kind: Deployment, name: worker}\n  slots: 4000000000\n";
    let manifest = [DEPLOYMENT, &many, settings].join("---\n");
    let files: Files<'_> = &[("all.yaml", manifest.as_bytes()), ("trace.csv", TRACE.as_bytes())];
    let arguments = ["all.yaml", "--traffic", "trace.csv", "--as", "stock", "--drain", "0s"];
    let ran = rehearse(files, &arguments);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("room for 200,000 pods"), "{}", ran.stdout);
    assert!(ran.stdout.contains("200000 to 200000"), "{}", ran.stdout);
}

#[test]
fn what_a_secret_says_is_never_printed() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
    for (secret, code) in [
        ("data:\n  password: hunter2!\n", 1),
        ("data: {password: \"hunter2!\"}\n", 1),
        ("stringData: {password: [hunter2]}\n", 1),
        ("stringData: hunter2\n", 1),
        ("stringData:\n  password: hunter1\n  password: hunter2\n", 1),
        ("dta: {password: hunter2}\n", 1),
        ("stringData:\n  password: hunter1: hunter2\n", 2),
        ("stringData:\n  password: \"hunter2\n", 2),
        ("stringData:\n  password: {{ hunter2 }}\n", 2),
        ("stringData:\n\tpassword: hunter2\n", 2),
        ("stringData:\n  password: @hunter2\n", 2),
    ] {
        let manifest = format!("{DEPLOYMENT}---\n{SCALED_OBJECT}---\n{head}{secret}");
        let files: Files<'_> = &[("all.yaml", manifest.as_bytes()), ("t.csv", TRACE.as_bytes())];
        for output in ["text", "json"] {
            let ran = rehearse(files, &["all.yaml", "--traffic", "t.csv", "-o", output]);
            assert_eq!(ran.code, code, "{secret}");
            assert!(ran.stderr.contains("--> all.yaml:"), "{secret}: {}", ran.stderr);
            assert!(!ran.stderr.contains("hunter"), "{secret}: {}", ran.stderr);
            assert!(!ran.stdout.contains("hunter"), "{secret}: {}", ran.stdout);
        }
    }
}

#[test]
fn what_a_trigger_takes_from_a_secret_is_never_printed() {
    let authentication = "\
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {name: redis}
spec:
  secretTargetRef:
  - {parameter: address, name: redis, key: address}
  - {parameter: password, name: redis, key: password}
---
apiVersion: v1
kind: Secret
metadata: {name: redis}
stringData: {address: hunter1, password: hunter2}
";
    let object = SCALED_OBJECT.replace("      address: redis:6379\n", "")
        + "    authenticationRef: {name: redis}\n";
    let manifest = format!("{DEPLOYMENT}---\n{object}{authentication}");
    for output in ["text", "json"] {
        let files: Files<'_> = &[("all.yaml", manifest.as_bytes()), ("t.csv", TRACE.as_bytes())];
        let ran = rehearse(files, &["all.yaml", "--traffic", "t.csv", "-o", output]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(!ran.stdout.contains("hunter"), "{}", ran.stdout);
    }
}
