//! `--expect`: the file that says which alerts must fire, and which must not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Result, bail};
use upswell_manifests::expectations::Expectations;
use upswell_sim::{Alert, Mode, find_uncheckable};
use upswell_units::{Diagnostic, Sources};

use super::report;

/// A larger file is none that somebody wrote.
const BYTES_MAX: u64 = 1 << 20;

/// What is expected, with the text that it was read from.
pub(super) struct Expected {
    pub(super) expectations: Expectations,
    sources: Sources,
}

impl Expected {
    /// Reads the file, and prints what is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut sources = Sources::default();
        let name = path.display().to_string();
        let read = read_text(path).map_err(|error| vec![unreadable(&name, &error)]);
        match read.and_then(|text| Expectations::parse(&name, &text, &mut sources)) {
            Ok(expectations) => Ok(Self { expectations, sources }),
            Err(problems) => {
                report(&problems, &sources);
                bail!("nothing was rehearsed: mend `--expect` first");
            }
        }
    }

    /// Fails, and says why, if something cannot be checked in these runs.
    pub(super) fn check_before(&self, alerts: &[Alert], modes: &[Mode]) -> Result<()> {
        let problems = find_uncheckable(&self.expectations, alerts, modes);
        report(&problems, &self.sources);
        if problems.is_empty() {
            return Ok(());
        }
        bail!("nothing was rehearsed: mend `--expect` first");
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        let message = format!("more than {} MiB", BYTES_MAX >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error("unreadable-file", format!("{name}: cannot be read: {error}"))
        .help("name a file with `kind: Expectations`")
}
