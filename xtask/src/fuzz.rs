//! `fuzz`: runs each target of `fuzz/` for a while, starting from the committed seeds.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::stage::{Outcome, Stage, root, succeeds};

/// How long each target runs unless told.
pub(crate) const MINUTES_DEFAULT: u32 = 10;

/// A single input that takes longer is reported like a crash: bad input must be refused fast.
const SECONDS_PER_INPUT_MAX: u32 = 10;

/// Fuzzing needs the compiler's unstable sanitizer flags.
const TOOLCHAIN: &str = "nightly";

const INSTALL: &str = "\
cargo-fuzz and a nightly toolchain are needed; to install them:
  rustup toolchain install nightly --profile minimal
  cargo install cargo-fuzz --locked";

/// Runs every target for `minutes`; true if none of them found anything.
///
/// # Errors
///
/// If the tools are missing or `fuzz/` has no target.
pub(crate) fn run(minutes: u32) -> Result<bool> {
    if !is_installed() {
        bail!("{INSTALL}");
    }
    let mut all_well = true;
    for target in targets()? {
        println!("target {target}, {minutes} min");
        let stage = Stage::run("fuzz", || succeeds(&mut fuzz(&target, minutes)?))?;
        all_well &= stage.outcome == Outcome::Passed;
    }
    let found = if all_well { "nothing found" } else { "inputs that fail are in fuzz/artifacts/" };
    println!("{found}");
    Ok(all_well)
}

fn is_installed() -> bool {
    let mut version = Command::new("rustup");
    version.args(["run", TOOLCHAIN, "cargo", "fuzz", "--version"]);
    version.stdout(Stdio::null()).stderr(Stdio::null());
    succeeds(&mut version).unwrap_or(false)
}

/// The names of the targets, one file each, sorted.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("could not read {}", folder.display()))?;
    let mut targets = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let Some(name) = target_name(&path) {
            targets.push(name.to_owned());
        }
    }
    if targets.is_empty() {
        bail!("no target in {}", folder.display());
    }
    targets.sort();
    Ok(targets)
}

fn target_name(path: &Path) -> Option<&str> {
    if path.extension()? != "rs" {
        return None;
    }
    path.file_stem()?.to_str()
}

/// The command for one target: what it finds goes to `corpus/`, which is not committed; it starts
/// from `seeds/`, which is.
fn fuzz(target: &str, minutes: u32) -> Result<Command> {
    let corpus = root().join("fuzz/corpus").join(target);
    std::fs::create_dir_all(&corpus)
        .with_context(|| format!("could not make {}", corpus.display()))?;
    let mut command = Command::new("rustup");
    command.current_dir(root());
    command.args(["run", TOOLCHAIN, "cargo", "fuzz", "run", target]);
    command.arg(corpus).arg(root().join("fuzz/seeds").join(target)).arg("--");
    command.arg(format!("-max_total_time={}", u64::from(minutes) * 60));
    command.arg(format!("-timeout={SECONDS_PER_INPUT_MAX}"));
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_rust_file() {
        assert_eq!(
            target_name(Path::new("fuzz_targets/manifest_loader.rs")),
            Some("manifest_loader")
        );
        assert_eq!(target_name(Path::new("fuzz_targets/README.md")), None);
        assert_eq!(target_name(Path::new("fuzz_targets")), None);
    }

    #[test]
    fn the_targets_of_this_repository_are_found_in_order() {
        let all = ["exposition", "manifest_loader", "promql", "template", "trigger_metadata"];
        assert_eq!(targets().unwrap(), all);
    }

    #[test]
    fn every_target_has_seeds() {
        for target in targets().unwrap() {
            let seeds = root().join("fuzz/seeds").join(&target);
            assert!(std::fs::read_dir(&seeds).unwrap().next().is_some(), "{}", seeds.display());
        }
    }
}
