//! The command line as a reader can paste it into a shell.

use crate::login;

/// Returns how this program was called: its name and its arguments, quoted where a shell needs it,
/// and without the logins of URLs.
pub(crate) fn of_this_run() -> String {
    let arguments = std::env::args_os()
        .skip(1)
        .map(|argument| quoted(&login::hidden(&argument.to_string_lossy())));
    std::iter::once("upswell".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn quoted(argument: &str) -> String {
    let is_plain = |own: char| own.is_ascii_alphanumeric() || "-_./:=,@%+".contains(own);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_differently_is_quoted() {
        for (argument, expected) in [
            ("examples/llm-worker", "examples/llm-worker"),
            ("10/s for 2m", "'10/s for 2m'"),
            ("a[0].b=1", "'a[0].b=1'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(argument), expected);
        }
    }
}
