//! One command of a task: announced, run, timed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// It needs what an earlier stage failed to make.
    Skipped,
}

/// A stage that has run, or was skipped.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

impl Stage {
    /// Announces `name`, does `work` and reports how it went and how long it took.
    ///
    /// # Errors
    ///
    /// Those of `work`: a command that could not be started, not one that failed.
    pub(crate) fn run(name: &'static str, work: impl FnOnce() -> Result<bool>) -> Result<Self> {
        println!("== {name}");
        let start = Instant::now();
        let outcome = if work()? { Outcome::Passed } else { Outcome::Failed };
        let stage = Self { name, outcome, took: start.elapsed() };
        println!("== {name}: {} after {:.1} s\n", stage.outcome, stage.took.as_secs_f64());
        Ok(stage)
    }

    /// A stage that could not run because of an earlier failure.
    pub(crate) fn skipped(name: &'static str) -> Self {
        println!("== {name}: {}\n", Outcome::Skipped);
        Self { name, outcome: Outcome::Skipped, took: Duration::ZERO }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Passed => "ok",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        })
    }
}

/// The folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The cargo that runs this task, in the folder of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command with our own output and says whether it succeeded.
///
/// # Errors
///
/// If the program cannot be started.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    let program = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("could not start `{program}`"))?;
    Ok(status.success())
}
