//! Runs the program as a user would: from a folder, with relative paths.

use std::path::Path;

use assert_cmd::Command;

/// What the user got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `upswell` in a folder.
pub(crate) fn upswell_in(folder: &Path, arguments: &[&str], stdin: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upswell"));
    // Both would change how clap prints.
    command.env_remove("COLUMNS").env_remove("CLICOLOR_FORCE");
    let output = command
        .current_dir(folder)
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .expect("the program starts");
    Ran {
        code: output.status.code().expect("no signal ended it"),
        stdout: String::from_utf8(output.stdout).expect("it prints UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("it prints UTF-8"),
    }
}
