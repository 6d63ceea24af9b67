//! The recording in the README is what the command prints today.

use std::path::PathBuf;

use assert_cmd::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_recording_in_the_readme_is_what_the_command_prints() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let command = readme.lines().find(|line| line.contains("-- rehearse")).unwrap();
    let arguments = command.split_once("-- ").unwrap().1.split_whitespace();
    let run = Command::cargo_bin("upswell").unwrap().current_dir(root()).args(arguments).unwrap();
    let output = String::from_utf8(run.stdout).unwrap();
    let mut printed = output.lines();
    let recording = readme.split_once("```text\n").unwrap().1.split_once("```").unwrap().0;
    // `…` stands for lines that are left out; all others come in this order.
    for line in recording.lines().filter(|line| *line != "…" && !line.is_empty()) {
        let found = printed.any(|own| own.trim_end() == line);
        assert!(found, "not printed, or not in this order: {line}");
    }
}
