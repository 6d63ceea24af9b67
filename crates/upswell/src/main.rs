//! Scales LLM workloads on Kubernetes, and rehearses it before it happens.
//!
//! Wiring only: one file a subcommand under `commands/`, and the exit codes that scripts use.

mod command_line;
mod commands;
mod login;
mod page;
mod play;
mod progress;
mod recordings;
mod records;
mod screen;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Scales LLM workloads on Kubernetes, and rehearses it before it happens.
#[derive(Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Rehearse(commands::rehearse::Rehearse),
    Explain(commands::explain::Explain),
}

/// How a command ended, apart from bad usage and bad input.
pub(crate) enum Ending {
    /// All is well: exit code 0.
    Fine,
    /// There are findings, or a goal was missed: exit code 1.
    Findings,
}

fn main() -> ExitCode {
    // clap itself exits with 2 on bad usage and with 0 after --help.
    let Arguments { command } = Arguments::parse();
    let ending = match command {
        Command::Rehearse(rehearse) => rehearse.run(),
        Command::Explain(explain) => explain.run(),
    };
    match ending {
        Ok(Ending::Fine) => ExitCode::SUCCESS,
        Ok(Ending::Findings) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done where stderr is gone too.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// `upswell … | head` ends the reader first: that is no fault.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
