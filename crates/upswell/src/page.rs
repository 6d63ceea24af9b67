//! The file of `--report`: written whole or not at all.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Writes a page to its file, over one that is there.
///
/// It goes to a file beside it first, which takes its place at the end: who reads the page
/// meanwhile reads the old one, and where the disk is full the old one stays.
///
/// # Errors
///
/// Where the folder is missing, or a file in it cannot be written.
pub(crate) fn write(path: &Path, page: impl Display) -> Result<()> {
    check(path)?;
    let draft = draft_of(path);
    let written = write_draft(&draft, page).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The fault is told below; a draft that cannot be removed changes nothing about it.
        let _ = fs::remove_file(&draft);
    }
    written.with_context(|| format!("{}: the report cannot be written", path.display()))
}

/// Checks that a page can have this path; asked before a long run, it saves the run.
///
/// # Errors
///
/// Where the folder is missing, or the path is a folder.
pub(crate) fn check(path: &Path) -> Result<()> {
    if path.is_dir() || path.file_name().is_none() {
        bail!("{}: a folder is no report: name a file in it", path.display());
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            bail!("{}: no such folder for the report: create it first", folder.display())
        }
        _ => Ok(()),
    }
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.draft", std::process::id()));
    path.with_file_name(name)
}

fn write_draft(draft: &Path, page: impl Display) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(draft)?);
    write!(file, "{page}")?;
    file.into_inner()?.sync_all()
}
