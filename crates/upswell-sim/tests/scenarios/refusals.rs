//! A harness that cannot fail proves nothing: what is wrong is said, with its line.

use std::path::Path;

use crate::{facts, language};
use upswell_engine::reason::Reason;

/// A hundred jobs for two minutes, then none; ten of them a replica, in one file.
const SCENARIO: &str = "\
# A comment.
load 15s queue 100x8 0x32
by 30s desired 10
at 1m desired 10
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: worker, image: worker}]}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: worker}
spec:
  scaleTargetRef: {name: worker}
  minReplicaCount: 1
  maxReplicaCount: 20
  triggers:
  - type: redis
    metadata: {address: \"redis:6379\", listName: jobs, listLength: \"10\"}
";

/// Nodes that take nobody.
const POOL: &str = "\
---
apiVersion: container.cnrm.cloud.google.com/v1beta1
kind: ContainerNodePool
metadata: {name: batch}
spec:
  clusterRef: {name: cluster}
  location: us-central1-a
  autoscaling: {totalMaxNodeCount: 3}
  nodeConfig:
    machineType: n2-standard-4
    taint: [{key: batch, value: only, effect: NO_SCHEDULE}]
";

/// What is said of the scenario with its fourth line replaced.
fn said(line: &str) -> Vec<String> {
    said_of(&SCENARIO.replace("at 1m desired 10", line))
}

fn said_of(text: &str) -> Vec<String> {
    crate::faults(text, Path::new("x.scenario"), "x.scenario")
}

#[test]
fn a_scenario_that_holds_is_silent() {
    let lines = [
        "at 1m desired 10 # and so on",
        "at 1m desired >= 10 because within-tolerance",
        "at 4m desired 9..11 because held-by-window",
        "from 30s to 6m59s desired 10",
        "by end desired 1",
        "end writes 4",
        "end requests 0",
    ];
    for line in lines {
        assert_eq!(said(line), [""; 0], "{line}");
    }
}

#[test]
fn a_line_that_does_not_hold_says_where_it_stands_and_what_was_seen() {
    for (line, seen) in [
        ("at 1m desired 9", "it was 10, because still-active, within-tolerance"),
        ("at 1m desired < 10", "it was 10"),
        ("at 1m desired > 10", "it was 10"),
        ("at 1m desired <= 9", "it was 10"),
        ("at 1m desired >= 11", "it was 10"),
        ("at 1m desired 11..20", "it was 10"),
        ("at 1m ready 20", "it was "),
        ("at 1m queued 1", "it was 0"),
        ("at 1m nodes 1", "it was 0"),
        ("at 1m desired 10 because cooling-down", "it was 10, because still-active"),
        ("at 4m desired 10 because within-tolerance", "held-by-window"),
        ("from 0s to 1m desired 10", "it was 4 at 0s"),
        ("from 1m to end desired 10", "it was 1 at 7m"),
        ("from 2m to 1m desired 10", "it ends before it begins"),
        ("by 6m59s desired 1", "it was still 10"),
        ("by 1s desired 10", "the line above held only at"),
        ("at 20m desired 1", "the run ends at 10m"),
        ("end writes 3", "it was 4"),
        ("end requests > 0", "it was 0"),
        ("end replica-hours > 2", "it was 1"),
        ("end within >= 1%", "it was 0%"),
        ("end goal reached", "0% of the requests"),
        // What a run does not have is neither small nor large.
        ("end cost < $3", "the run has no such number"),
        ("end saved > 1%", "the run has no such number"),
        ("end first-ready < 1h", "the run has no such number"),
        ("end p95 wait < 3s", "the run has no such number"),
    ] {
        let said = said(line);
        assert_eq!(said.len(), 2, "{line}: once in each mode: {said:?}");
        for (said, mode) in said.iter().zip(["stock", "upswell"]) {
            let start = format!("x.scenario:4: `{line}`: as {mode}, seed 1: ");
            assert!(said.starts_with(&start) && said.contains(seen), "{line}: {said}");
        }
    }
}

#[test]
fn by_looks_no_further_back_than_the_line_above() {
    // One replica is what it starts with.
    let said = said("at 4m desired 10\nby 5m desired 1");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("x.scenario:5: `by 5m desired 1`"), "{said:?}");
}

#[test]
fn a_line_that_cannot_be_read_says_what_it_should_be() {
    for (line, message) in [
        ("lod 15s queue 1", "`lod` is not known; did you mean `load`?"),
        ("finally desired 1", "`finally` is none of"),
        ("at 2 desired 10", "`2`: a duration is a number with a unit"),
        ("at -2m desired 10", "`-2m` lies before the start"),
        ("at 2m desird 10", "did you mean `desired`?"),
        ("at 2m desired", "an amount is missing"),
        ("at 2m desired ten", "`ten` is not a whole number"),
        ("at 2m desired 1.5", "`1.5` is not a whole number"),
        ("at 2m desired <", "a number is missing"),
        ("at 2m desired 9..1", "`9..1` goes down"),
        ("at 2m desired 10 10", "`10` is too much"),
        ("at 2m desired 10 because held-by-windw", "did you mean `held-by-window`?"),
        ("at 2m desired 10 because", "a reason is missing"),
        ("by 2m desired 10 because activated", "`because` is too much"),
        ("from 2m desired 10", "`to` is missing"),
        ("end goal met", "`met` is none of reached, missed"),
        ("end complete 10", "did you mean `completed`?"),
        ("end p95 weight < 3s", "`weight` is none of wait, latency, first-token"),
        ("end p95 wait < 3", "a duration is a number with a unit"),
        ("end within >= 95", "`95` is not a share"),
        ("end cost < 3", "`3` is not a price"),
        ("load 15s queue 1", "this is said twice"),
        ("traffic x.csv", "this is said twice"),
        ("traffic \"10/s for 2m", "the pattern ends with"),
        ("interrupt", "a share or a file is missing"),
        ("interrupt 0% at 1m", "`0%` is no part of the nodes"),
        ("interrupt 120% at 1m", "`120%` is no part of the nodes"),
        ("interrupt 50%", "`at` is missing"),
        ("interrupt 50% at noon", "`noon`"),
        ("end node ready 1m", "`ready` is none of first-ready, enough-ready"),
        ("end node lost 1m", "`lost` is none of first-ready, enough-ready"),
        ("as keda", "`keda` is none of stock, upswell, both"),
        ("seed x", "`x` is no whole number"),
        ("start monday", "`monday` is no instant"),
        ("drain", "a time is missing"),
    ] {
        let said = said(line);
        assert_eq!(said.len(), 1, "{line}: {said:?}");
        assert!(said[0].starts_with("x.scenario:4: "), "{line}: {said:?}");
        assert!(said[0].contains(message), "{line}: {said:?}");
    }
}

#[test]
fn a_demand_that_cannot_be_read_says_what_it_should_be() {
    for (load, message) in [
        ("load 0s queue 1", "a step takes time"),
        ("load 15s jobs 1", "`jobs` is none of requests, queue"),
        ("load 15s queue", "its values are missing"),
        ("load 15s queue 100y8", "`100y8` is no run of values"),
        ("load 15s queue 100x0", "1 to 100000 values"),
        ("load 15s queue 1x99999999999", "1 to 100000 values"),
        ("load 15s requests failx3", "only a queue can fail"),
        ("traffic", "a file or a pattern is missing"),
    ] {
        let said = said_of(&SCENARIO.replace("load 15s queue 100x8 0x32", load));
        assert!(said[0].starts_with("x.scenario:2: "), "{load}: {said:?}");
        assert!(said[0].contains(message), "{load}: {said:?}");
    }
}

#[test]
fn a_scenario_that_lacks_something_says_what() {
    for (text, message) in [
        ("", "no manifests"),
        ("bundle x.yaml\nat 1m desired 1", "no demand"),
        ("bundle x.yaml\nload 1s queue 1", "asserts nothing"),
        ("bundle x.yaml\nload 1s queue 1\nend writes 0", "x.yaml: cannot be read"),
        ("bundle x.yaml\ntraffic x.csv\nend writes 0", "x.yaml: cannot be read"),
    ] {
        let said = said_of(text);
        assert!(said.iter().any(|said| said.contains(message)), "{text}: {said:?}");
    }
    let traffic = SCENARIO.replace("load 15s queue 100x8 0x32", "traffic x.csv");
    assert!(said_of(&traffic)[0].contains("x.csv"));
}

#[test]
fn manifests_that_play_no_part_fail_the_scenario() {
    for (from, to, message) in [
        ("listLength: \"10\"", "listLength: ten", "--> x.scenario:24:67"),
        ("minReplicaCount: 1", "minReplicaCount: x", "--> x.scenario:20:20"),
        ("Ref: {name: worker}", "Ref: {name: wroker}", "the bundle does not have"),
        ("type: redis", "type: redis-streams", "`stream` is missing"),
        ("minReplicaCount: 1", "minReplicaCount: 30", "`maxReplicaCount` only 20"),
    ] {
        let text = SCENARIO.replace(from, to);
        assert_ne!(text, SCENARIO, "{from}");
        let said = said_of(&text);
        assert!(said.iter().any(|said| said.contains(message)), "{to}: {said:?}");
        assert!(said.iter().all(|said| !said.contains("it was")), "{to}: {said:?}");
    }
    let lists = "    metadata: {address: \"redis:6379\", listName: others, listLength: \"1\"}\n";
    let said = said_of(&format!("{SCENARIO}  - type: redis\n{lists}"));
    assert!(said.iter().any(|said| said.contains("not simulated")), "{said:?}");
}

#[test]
fn a_refusal_is_asserted_by_its_code_and_alone() {
    let refused = SCENARIO.replace("by 30s desired 10\nat 1m desired 10", "refused no-node-fits");
    assert_eq!(said_of(&refused), ["x.scenario: it is not refused: no-node-fits"]);
    let fits_nowhere = format!("{refused}{POOL}");
    assert_eq!(said_of(&fits_nowhere), [""; 0]);
    let other = said_of(&fits_nowhere.replace("refused no-node-fits", "refused no-node"));
    assert!(other[0].contains("error[no-node-fits]"), "{other:?}");
    let more = said_of(&fits_nowhere.replace("refused no-node-fits", "refused x\nend lost 0"));
    assert!(more[0].contains("nothing else can be asserted"), "{more:?}");
}

#[test]
fn spot_nodes_are_lost_as_the_lines_say_and_only_so() {
    for (line, message) in [
        ("interrupt 50% at 1m\ninterrupt 10% at 2m\nend lost 0", None),
        ("interrupt x.csv\nend lost 0", Some("x.csv")),
        ("interrupt x.csv\ninterrupt x.csv", Some("this is said twice")),
        ("interrupt 50% at 1m\ninterrupt x.csv", Some("this is said twice")),
        ("interrupt x.csv\ninterrupt 50% at 1m", Some("a file says it already")),
    ] {
        let said = said(line);
        match message {
            None => assert_eq!(said, [""; 0], "{line}"),
            Some(message) => assert!(said[0].contains(message), "{line}: {said:?}"),
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is the edge that reads the file")]
fn the_reference_shows_every_line_and_names_every_word() {
    let path = crate::repository().join("scenarios/README.md");
    let text = std::fs::read_to_string(path).expect("the reference can be read");
    let mut blocks = text.split("```scenario\n").skip(1);
    let example = blocks.next().expect("the reference has an example");
    let example = example.split("```").next().expect("a block ends");
    if let Err(faults) = language::read(example) {
        panic!("{faults:?}");
    }
    for keyword in language::KEYWORDS {
        let is_shown = text.lines().any(|line| line.split(' ').next() == Some(keyword));
        assert!(is_shown, "no example of `{keyword}`");
    }
    for word in facts::names().chain(Reason::codes()) {
        assert!(text.contains(&format!("`{word}`")), "`{word}` is not named");
    }
}
