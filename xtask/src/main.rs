//! What CI runs is what you run: the tasks of this repository behind `cargo xtask`.
//!
//! | task | what it does |
//! | --- | --- |
//! | `test` | formatting, lints, documentation, every test; one table of suites at the end |
//! | `bless` | runs the tests and rewrites the snapshots that differ |
//! | `fuzz` | runs each fuzz target for a while |

mod bless;
mod components;
mod fuzz;
mod stage;
mod suites;
mod table;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask TASK

  test                 formatting, lints, documentation and all tests, with a table at the end
  bless                run the tests and rewrite the snapshots that differ; then read the diff
  fuzz [--minutes N]   run each target of fuzz/ for N minutes (default 10), on nightly

example: cargo xtask test
exit status: 0 all well, 1 something failed, 2 wrong usage
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Test,
    Bless,
    Fuzz { minutes: u32 },
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = match parse(&arguments) {
        Ok(task) => task,
        Err(error) => {
            eprint!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let finished = match task {
        Task::Help => {
            print!("{USAGE}");
            Ok(true)
        }
        Task::Test => test::run(),
        Task::Bless => bless::run(),
        Task::Fuzz { minutes } => fuzz::run(minutes),
    };
    match finished {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn parse(arguments: &[String]) -> Result<Task> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["help" | "--help" | "-h"] => Ok(Task::Help),
        ["test"] => Ok(Task::Test),
        ["bless"] => Ok(Task::Bless),
        ["fuzz"] => Ok(Task::Fuzz { minutes: fuzz::MINUTES_DEFAULT }),
        ["fuzz", "--minutes", minutes] => match minutes.parse() {
            Ok(minutes) if minutes > 0 => Ok(Task::Fuzz { minutes }),
            _ => bail!("`--minutes` wants a whole number above zero, not `{minutes}`"),
        },
        [] => bail!("which task?"),
        words => bail!("unknown task or option: `{}`", words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_names_one_task() {
        let cases: [(&[&str], Option<Task>); 10] = [
            (&["test"], Some(Task::Test)),
            (&["bless"], Some(Task::Bless)),
            (&["--help"], Some(Task::Help)),
            (&["fuzz"], Some(Task::Fuzz { minutes: 10 })),
            (&["fuzz", "--minutes", "3"], Some(Task::Fuzz { minutes: 3 })),
            (&["fuzz", "--minutes", "0"], None),
            (&["fuzz", "--minutes"], None),
            (&["test", "--fast"], None),
            (&["tset"], None),
            (&[], None),
        ];
        for (words, expected) in cases {
            let arguments: Vec<String> = words.iter().map(ToString::to_string).collect();
            assert_eq!(parse(&arguments).ok(), expected, "{words:?}");
        }
    }
}
