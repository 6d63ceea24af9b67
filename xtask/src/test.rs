//! `test`: the one test command. Every stage runs even if one before it failed.
//!
//! ```text
//! components -> format -> clippy -> docs -> build -> test  =>  suites, vectors, stages, failures, the count
//! ```
//!
//! The last line stands alone and reads `N passed, N failed`. A failed stage counts as a failure
//! like a failed test, so that the exit status is zero exactly when that line ends in `0 failed`.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::components;
use crate::stage::{Outcome, Stage, cargo, succeeds};
use crate::suites::{Binaries, Log, Suite, VectorFile};
use crate::table;

/// Runs all stages and prints what came of them; true if nothing failed.
///
/// # Errors
///
/// If a program cannot be started or its output cannot be read.
pub(crate) fn run() -> Result<bool> {
    let mut stages = vec![
        Stage::run("components", components::provide)?,
        Stage::run("format", || {
            let ours = succeeds(&mut cargo(&["fmt", "--all", "--check"]))?;
            let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
            Ok(succeeds(&mut cargo(&fuzz))? && ours)
        })?,
        Stage::run("clippy", || {
            let lint = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
            succeeds(&mut cargo(&lint))
        })?,
        Stage::run("docs", || {
            succeeds(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
        })?,
    ];
    let mut binaries = Binaries::default();
    let build = Stage::run("build", || build(&mut binaries))?;
    let is_built = build.outcome == Outcome::Passed;
    stages.push(build);
    let mut log = Log::new(binaries);
    stages.push(if is_built {
        Stage::run("test", || test(&mut log))?
    } else {
        Stage::skipped("test")
    });
    let (suites, vectors, disputed) = log.finish();
    Ok(report(&stages, &suites, &vectors, &disputed))
}

/// Builds every test and notes which executable belongs to which package.
fn build(binaries: &mut Binaries) -> Result<bool> {
    let mut command = cargo(&["test", "--workspace", "--no-run"]);
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let mut child = command.spawn().context("could not start cargo")?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            binaries.read(&line.context("could not read cargo's messages")?);
        }
    }
    Ok(child.wait()?.success())
}

/// Runs every test, passing on the output as it comes.
fn test(log: &mut Log) -> Result<bool> {
    // One pipe for both streams keeps cargo's announcements (stderr) between the results (stdout).
    let (reader, writer) = std::io::pipe().context("could not open a pipe")?;
    // The counts of vectors are printed by tests that pass, which the harness hides by default.
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast", "--", "--show-output"]);
    command.env("CI", "true");
    // A snapshot that differs fails: it is neither rewritten nor waved through.
    command.env("INSTA_UPDATE", "no").env("INSTA_FORCE_PASS", "0");
    command.env_remove("INSTA_FORCE_UPDATE").env_remove("INSTA_FORCE_UPDATE_SNAPSHOTS");
    // The parser reads plain text.
    command.env("CARGO_TERM_COLOR", "never");
    command.stdout(writer.try_clone().context("could not share a pipe")?).stderr(writer);
    let mut child = command.spawn().context("could not start cargo")?;
    // The command still holds our ends of the pipe: while they are open, reading never ends.
    drop(command);

    let (mut reader, mut line) = (BufReader::new(reader), Vec::new());
    let mut stdout = std::io::stdout();
    while reader.read_until(b'\n', &mut line).context("could not read the tests' output")? > 0 {
        stdout.write_all(&line)?;
        stdout.flush()?;
        log.read(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(child.wait()?.success())
}

/// Prints the tables, the failures and the count; true if nothing failed.
fn report(stages: &[Stage], suites: &[Suite], vectors: &[VectorFile], disputed: &[String]) -> bool {
    println!("{}", suite_table(suites));
    if !vectors.is_empty() {
        println!("{}", vector_table(vectors));
    }
    for dispute in disputed {
        println!("disputed: {dispute}\n");
    }
    println!("{}", stage_table(stages));

    let failures = failures(stages, suites);
    for failure in &failures {
        println!("failed: {failure}");
    }
    let passed: u64 = suites.iter().map(|suite| suite.passed).sum();
    println!("{passed} passed, {} failed", failures.len());
    failures.is_empty()
}

fn suite_table(suites: &[Suite]) -> String {
    let row = |suite: &Suite| {
        let Suite { name, passed, failed, ignored, took, .. } = suite;
        let took = format!("{:.2}", took.as_secs_f64());
        [name.clone(), passed.to_string(), failed.to_string(), ignored.to_string(), took]
    };
    let rows: Vec<_> = suites.iter().map(row).collect();
    table::render(["suite", "passed", "failed", "ignored", "seconds"], &rows)
}

fn vector_table(vectors: &[VectorFile]) -> String {
    let row = |VectorFile { suite, file, passed, records }: &VectorFile| {
        [file.clone(), passed.to_string(), records.to_string(), suite.clone()]
    };
    let rows: Vec<_> = vectors.iter().map(row).collect();
    table::render(["vectors", "passed", "records", "judged by"], &rows)
}

fn stage_table(stages: &[Stage]) -> String {
    let row = |Stage { name, outcome, took }: &Stage| {
        [(*name).to_owned(), outcome.to_string(), format!("{:.1}", took.as_secs_f64())]
    };
    let rows: Vec<_> = stages.iter().map(row).collect();
    table::render(["stage", "result", "seconds"], &rows)
}

/// Every failed test by name, and every stage that failed for another reason than a failed test.
fn failures(stages: &[Stage], suites: &[Suite]) -> Vec<String> {
    let mut failures = Vec::new();
    for suite in suites {
        let names = suite.failed_tests.iter().map(|test| format!("{}: {test}", suite.name));
        failures.extend(names);
        // A name is lost when a test's own output runs into its line; the count is not.
        let named = u64::try_from(suite.failed_tests.len()).unwrap_or(u64::MAX);
        let unnamed = suite.failed.saturating_sub(named);
        failures.extend((0..unnamed).map(|_| format!("{}: a test, see above", suite.name)));
    }
    let tests_failed = !failures.is_empty();
    for stage in stages.iter().filter(|stage| stage.outcome != Outcome::Passed) {
        if stage.name != "test" || !tests_failed {
            failures.push(format!("stage {} ({})", stage.name, stage.outcome));
        }
    }
    let passed: u64 = suites.iter().map(|suite| suite.passed).sum();
    if passed == 0 && failures.is_empty() {
        failures.push("no test ran".to_owned());
    }
    failures
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stage(name: &'static str, outcome: Outcome) -> Stage {
        Stage { name, outcome, took: Duration::ZERO }
    }

    /// The suites of a run whose only binary printed `lines`.
    fn suites(lines: &str) -> Vec<Suite> {
        let mut binaries = Binaries::default();
        binaries.read(
            r#"{"package_id":"path+file:///src/room#0.1.0","target":{"kind":["lib"],"name":"room"},"profile":{"test":true},"executable":"/t/room-1"}"#,
        );
        let mut log = Log::new(binaries);
        log.read("     Running unittests src/lib.rs (/t/room-1)");
        lines.lines().for_each(|line| log.read(line));
        log.finish().0
    }

    #[test]
    fn nothing_failed_when_all_stages_and_tests_passed() {
        let suites = suites("test result: ok. 2 passed; 0 failed");
        assert!(failures(&[stage("test", Outcome::Passed)], &suites).is_empty());
    }

    #[test]
    fn a_failed_test_is_named_once_and_its_stage_not_at_all() {
        let suites = suites("test a::b ... FAILED\ntest result: FAILED. 2 passed; 1 failed");
        let failures = failures(&[stage("test", Outcome::Failed)], &suites);
        assert_eq!(failures, ["room unit: a::b"]);
    }

    #[test]
    fn a_failed_test_whose_name_was_lost_still_counts() {
        let suites = suites("test a ... chatter FAILED\ntest result: FAILED. 0 passed; 1 failed");
        let failures = failures(&[stage("test", Outcome::Failed)], &suites);
        assert_eq!(failures, ["room unit: a test, see above"]);
    }

    #[test]
    fn a_build_that_fails_is_a_failure_and_so_is_the_stage_it_stops() {
        let stages = [stage("build", Outcome::Failed), stage("test", Outcome::Skipped)];
        assert_eq!(failures(&stages, &[]), ["stage build (FAILED)", "stage test (skipped)"]);
    }

    #[test]
    fn a_test_stage_that_fails_without_a_failed_test_is_a_failure() {
        let suites = suites("test result: ok. 2 passed; 0 failed");
        let failures = failures(&[stage("test", Outcome::Failed)], &suites);
        assert_eq!(failures, ["stage test (FAILED)"]);
    }

    #[test]
    fn a_run_without_a_single_test_fails() {
        assert_eq!(failures(&[stage("test", Outcome::Passed)], &[]), ["no test ran"]);
    }
}
