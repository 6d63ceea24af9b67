//! `upswell rehearse --report`: the page is there whole, or not at all.

mod command;

use std::fs;
use std::path::Path;

use command::{Ran, upswell_in};

const MANIFEST: &str = "\
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
  triggers:
  - {type: redis, metadata: {address: 'redis:6379', listName: jobs, listLength: '5'}}
";

fn rehearse(folder: &Path, report: &str) -> Ran {
    fs::write(folder.join("all.yaml"), MANIFEST).expect("the folder is ours");
    let pattern = "2/s for 1m";
    upswell_in(folder, &["rehearse", "all.yaml", "--traffic", pattern, "--report", report], "")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let entries = entries.map(|entry| entry.expect("nobody else changes it").file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_report_takes_the_place_of_an_older_one_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.html"), "old").unwrap();
    let ran = rehearse(folder.path(), "report.html");
    assert_eq!(ran.stderr, "", "and no progress where stderr is no terminal");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    let command = "upswell rehearse all.yaml --traffic &#39;2/s for 1m&#39; --report report.html";
    assert!(page.contains(command));
    assert_eq!(names(folder.path()), ["all.yaml", "report.html"]);
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_report_without_a_place_is_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    for (report, said) in [
        ("missing/report.html", "missing: no such folder for the report: create it first"),
        ("there", "there: a folder is no report: name a file in it"),
        ("..", "..: a folder is no report: name a file in it"),
    ] {
        let ran = rehearse(folder.path(), report);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{report}");
        assert_eq!(ran.stderr, format!("error: {said}\n"));
    }
    assert_eq!(names(folder.path()), ["all.yaml", "there"]);
}
