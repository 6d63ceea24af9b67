//! The text rehearsals of `scenarios/`: what a user wrote must be so, in every mode that it names.
//!
//! ```text
//! *.scenario --language--> Scenario --play--> Run in each mode --judge--> PASS | FAIL and why
//! ```
//!
//! `UPSWELL_SCENARIOS` names another folder, or a single file. `scenarios/README.md` is the
//! reference of the language.

mod facts;
mod judge;
mod language;
mod play;
#[cfg(test)]
mod refusals;
mod words;

use std::path::{Path, PathBuf};

use crate::language::Expected;

/// Fewer in the repository's own folder means that some were lost.
const SCENARIOS_MIN: usize = 50;

const FOLDER: &str = "scenarios";

#[test]
fn every_scenario_holds() {
    let own = std::env::var_os("UPSWELL_SCENARIOS");
    let chosen = own.clone().unwrap_or_else(|| FOLDER.into());
    let files = files(&repository().join(&chosen));
    let least = if own.is_some() { 1 } else { SCENARIOS_MIN };
    assert!(files.len() >= least, "{} scenarios in {}", files.len(), chosen.display());
    let mut failed = 0;
    for file in &files {
        let name = file.strip_prefix(repository()).unwrap_or(file).display().to_string();
        let faults = faults(&text(file), file, &name);
        println!("{} {name}", if faults.is_empty() { "PASS" } else { "FAIL" });
        for fault in &faults {
            println!("  {fault}");
        }
        if !faults.is_empty() {
            println!(
                "  again: UPSWELL_SCENARIOS={name} cargo test -p upswell-sim --test scenarios"
            );
            failed += 1;
        }
    }
    assert!(failed == 0, "{failed} of {} scenarios failed", files.len());
}

/// What is wrong with a scenario, or with what it asserts; nothing if all is well.
fn faults(text: &str, path: &Path, name: &str) -> Vec<String> {
    let scenario = match language::read(text) {
        Ok(scenario) => scenario,
        Err(faults) => {
            let show =
                |fault: &language::Fault| format!("{name}:{}: {}", fault.line, fault.message);
            return faults.iter().map(show).collect();
        }
    };
    let named = |faults: &[String]| {
        faults.iter().map(|fault| format!("{name}: {fault}")).collect::<Vec<_>>()
    };
    let (runs, assertions) = match (play::play(&scenario, path), &scenario.expected) {
        (Ok(runs), Expected::Assertions(assertions)) => (runs, assertions),
        (Ok(_), Expected::Refused(code)) => return named(&[format!("it is not refused: {code}")]),
        (Err(faults), Expected::Refused(code)) if is_refused(&faults, code) => return Vec::new(),
        (Err(faults), _) => return named(&faults),
    };
    let mut faults = Vec::new();
    for played in &runs {
        let (mode, seed) = (played.run.mode.as_str(), scenario.seed);
        for judge::Failure { line, text, seen } in judge::judge(assertions, played) {
            faults.push(format!("{name}:{line}: `{text}`: as {mode}, seed {seed}: {seen}"));
        }
    }
    faults
}

/// Whether one of the faults, as they are shown, has this code.
fn is_refused(faults: &[String], code: &str) -> bool {
    let code = format!("error[{code}]");
    faults.iter().any(|fault| fault.starts_with(&code))
}

fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the crate lies in its repository")
}

/// The scenarios of a folder by name, or the one that is named itself.
fn files(chosen: &Path) -> Vec<PathBuf> {
    if chosen.is_file() {
        return vec![chosen.to_owned()];
    }
    let entries = std::fs::read_dir(chosen).expect("the folder of scenarios can be read");
    let paths = entries.map(|entry| entry.expect("an entry of the folder can be read").path());
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|end| end == "scenario");
    let mut files: Vec<PathBuf> = paths.filter(is_scenario).collect();
    files.sort();
    files
}

#[expect(clippy::disallowed_methods, reason = "the test is the edge that reads the file")]
fn text(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a scenario is a text")
}
