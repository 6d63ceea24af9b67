//! Reads the golden vectors and reports how many of them a crate passes; for tests only.
//!
//! A vector file is JSON Lines under `vectors/FOLDER/`. The environment variable `UPSWELL_VECTORS`
//! names another root. A record is judged by its own content: never by its id, its tags or the
//! name of its file. `vectors/disputed.toml` lists, with the argument, records whose answer we
//! hold to be wrong; they are printed and not counted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The kinds of records in folders that several crates judge, by the crate whose they are.
const JUDGES: [(&str, &[&str]); 3] = [
    (
        "upswell-engine",
        &[
            "container_average_value",
            "container_utilization",
            "external_average_value",
            "external_value",
            "fallback",
            "fallback-validity",
            "formula",
            "group_pods",
            "limit_default",
            "limit_rules",
            "normalize_default",
            "normalize_rules",
            "object_average_value",
            "object_value",
            "pause",
            "pod_requests",
            "pods_average_value",
            "reconcile",
            "resource_average_value",
            "resource_utilization",
            "scale-decision",
            "scaledjob-decision",
            "scaledjob-limits",
            "scaledjob-metrics",
            "stabilize_default",
            "stabilize_rules",
            "store_event",
        ],
    ),
    (
        "upswell-manifests",
        &[
            "admission",
            "crd-schema",
            "hpa",
            "name-validity",
            "quantity",
            "replica-bounds",
            "triggerauth-validity",
            "triggers-validity",
        ],
    ),
    (
        "upswell-triggers",
        &[
            "cron-value",
            "kafka-even-distribution",
            "kafka-factors",
            "kafka-lag",
            "kafka-partition-limitation",
            "metric-name",
            "metric-quantity",
            "rabbitmq-aggregate",
            "rabbitmq-value",
            "rabbitmq-vhost",
            "trigger-parse",
        ],
    ),
];

/// What a crate says to one record.
#[derive(Debug)]
pub enum Verdict {
    /// The record's answer is ours.
    Passed,
    /// It is not; says what differs.
    Failed(String),
    /// The record is of a known kind that another crate's test judges.
    Elsewhere,
    /// The record's kind is not known to anybody.
    UnknownKind(String),
}

impl Verdict {
    /// What the crate `here` says to a kind that its test does not know: [`Self::Elsewhere`] if
    /// another crate's test judges it.
    #[must_use]
    pub fn not_here(here: &str, kind: &str) -> Self {
        let is_judge = |(judge, kinds): &(&str, &[&str])| *judge != here && kinds.contains(&kind);
        if JUDGES.iter().any(is_judge) {
            return Self::Elsewhere;
        }
        Self::UnknownKind(kind.to_owned())
    }

    /// Passes if `ours` equals `theirs`, and otherwise shows both.
    pub fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Self {
        if ours == theirs {
            return Self::Passed;
        }
        Self::Failed(format!("{what}: ours {ours:?}, recorded {theirs:?}"))
    }
}

/// Judges every record of one folder and prints a line for each file with records of this crate.
///
/// # Panics
///
/// On a missing folder, an unreadable line, an unknown kind, no record at all, or a failed record:
/// this is the body of a test.
pub fn judge(folder: &str, mut verdict: impl FnMut(&Value) -> Verdict) {
    let files = files(&root().join(folder));
    let disputed = disputed();
    let (mut judged, mut failures) = (0_usize, Vec::new());
    for file in files {
        let name = format!("{folder}/{}", file.file_name().unwrap_or_default().display());
        let (mut passed, mut records) = (0_usize, 0_usize);
        for (number, record) in records_of(&file) {
            let id = record["id"].as_str().unwrap_or("?");
            match verdict(&record) {
                Verdict::Elsewhere => continue,
                Verdict::Passed => passed += 1,
                Verdict::UnknownKind(kind) => {
                    failures.push(format!("{name}:{number} {id}: unknown kind {kind}"));
                }
                Verdict::Failed(difference) => match disputed.get(id) {
                    Some(argument) => {
                        println!("vectors: disputed {id}: {argument}");
                        continue;
                    }
                    None => failures.push(format!("{name}:{number} {id}: {difference}")),
                },
            }
            records += 1;
        }
        if records > 0 {
            println!("vectors: {name} {passed} of {records}");
        }
        judged += records;
    }
    for failure in failures.iter().take(SHOWN_FAILURES_MAX) {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} records failed", failures.len());
    assert!(judged > 0, "no record in {}", root().join(folder).display());
}

/// Returns all records of a folder: for what several records need, like the data of queries.
///
/// # Panics
///
/// On a missing folder or an unreadable line, as [`judge`].
#[must_use]
pub fn records(folder: &str) -> Vec<Value> {
    let files = files(&root().join(folder));
    files.iter().flat_map(|file| records_of(file)).map(|(_, record)| record).collect()
}

/// Failures beyond this number only add noise.
const SHOWN_FAILURES_MAX: usize = 40;

/// The folder that holds `hpa/`, `keda/` and the others. A relative one counts from the repository,
/// because cargo runs each crate's tests in that crate's folder.
fn root() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("UPSWELL_VECTORS").map_or_else(own_root, |folder| repository.join(folder))
}

/// The repository's own copy.
fn own_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

/// The `.jsonl` files of a folder, sorted by name.
#[expect(clippy::panic, reason = "the body of a test ends in a panic when it fails")]
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("vectors missing: {}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files
}

/// The records of one file with their line numbers.
#[expect(clippy::panic, reason = "the body of a test ends in a panic when it fails")]
fn records_of(file: &Path) -> Vec<(usize, Value)> {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("unreadable: {}: {error}", file.display()));
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let record = serde_json::from_str(line).unwrap_or_else(|error| {
                panic!("{}:{}: not JSON: {error}", file.display(), index + 1)
            });
            (index + 1, record)
        })
        .collect()
}

/// Record id to the argument why its answer is wrong.
#[expect(clippy::panic, reason = "the body of a test ends in a panic when it fails")]
fn disputed() -> BTreeMap<String, String> {
    let Ok(text) = std::fs::read_to_string(own_root().join("disputed.toml")) else {
        return BTreeMap::new();
    };
    toml::from_str(&text).unwrap_or_else(|error| panic!("vectors/disputed.toml: {error}"))
}
