//! Finds and reads the files of a bundle, within limits.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use upswell_units::Diagnostic;

use super::Bundle;
use super::documents::{Found, Loader};
use crate::yaml::limits::TEXT_BYTES_MAX;

/// Files of one bundle; the walk ends there.
pub const FILES_MAX: usize = 10_000;

/// Bytes of all files of one bundle; the walk ends there.
pub const BUNDLE_BYTES_MAX: usize = 64 << 20;

/// The path that stands for stdin.
pub const STDIN: &str = "-";

/// Folders within folders.
const FOLDERS_DEPTH_MAX: usize = 64;

/// What has been read so far.
#[derive(Default)]
struct Walk {
    loader: Loader,
    /// Files and folders that were seen, by their real paths: no link leads to them twice.
    seen: BTreeSet<PathBuf>,
    files: usize,
    bytes: usize,
    is_exhausted: bool,
}

/// Reads all paths.
pub(super) fn read<P: AsRef<Path>>(paths: &[P], stdin: &mut dyn Read) -> Bundle {
    let mut walk = Walk::default();
    let mut stdin = Some(stdin);
    for path in paths.iter().map(AsRef::as_ref) {
        if path.as_os_str() == STDIN {
            if let Some(stdin) = stdin.take() {
                walk.read_text("<stdin>", stdin, Found::Named);
            }
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let files_before = walk.files;
                walk.folder(path, 0);
                if walk.files == files_before {
                    walk.report(no_manifests(path));
                }
            }
            Ok(_) => walk.file(path, Found::Named),
            Err(error) => walk.report(unreadable(path, &error)),
        }
    }
    walk.loader.into_bundle()
}

impl Walk {
    fn report(&mut self, problem: Diagnostic) {
        self.loader.report(problem);
    }

    /// Whether a file or folder comes for the first time.
    fn is_new(&mut self, path: &Path) -> bool {
        // A pipe has no real path, and what cannot be found at all says so when it is read.
        fs::canonicalize(path).map_or(true, |real| self.seen.insert(real))
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        if depth > FOLDERS_DEPTH_MAX || !self.is_new(folder) {
            return;
        }
        let mut paths = match list(folder) {
            Ok(paths) => paths,
            Err(error) => return self.report(unreadable(folder, &error)),
        };
        paths.sort();
        if let Some(chart) = paths.iter().find(|path| path.ends_with("Chart.yaml")) {
            // Its templates are no manifests yet.
            self.files += 1;
            return self.report(helm_chart(chart));
        }
        for path in paths {
            if self.is_exhausted || self.loader.is_full() {
                return;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.folder(&path, depth + 1),
                Ok(metadata) if metadata.is_file() && is_manifest(&path) => {
                    self.file(&path, Found::InFolder);
                }
                Err(error) if is_manifest(&path) => self.report(unreadable(&path, &error)),
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn file(&mut self, path: &Path, found: Found) {
        if !self.is_new(path) {
            return;
        }
        if self.files == FILES_MAX {
            self.is_exhausted = true;
            let message = format!("more than {FILES_MAX} files");
            self.report(
                Diagnostic::error("too-many-files", message).help("name fewer folders at a time"),
            );
            return;
        }
        self.files += 1;
        let name = path.display().to_string();
        match File::open(path) {
            Ok(mut file) => {
                // A regular file says how large it is before it is read.
                let size = file.metadata().map_or(0, |metadata| metadata.len());
                if size > TEXT_BYTES_MAX as u64 {
                    return self.report(too_large(&name, size));
                }
                self.read_text(&name, &mut file, found);
            }
            Err(error) => self.report(unreadable(path, &error)),
        }
    }

    /// Reads a text of unknown size, never more of it than one text may have.
    fn read_text(&mut self, name: &str, reader: &mut dyn Read, found: Found) {
        let mut bytes = Vec::new();
        let limit = TEXT_BYTES_MAX as u64 + 1;
        if let Err(error) = reader.take(limit).read_to_end(&mut bytes) {
            return self.report(unreadable(Path::new(name), &error));
        }
        if bytes.len() > TEXT_BYTES_MAX {
            return self.report(too_large(name, limit));
        }
        self.bytes += bytes.len();
        if self.bytes > BUNDLE_BYTES_MAX {
            self.is_exhausted = true;
            let limit = BUNDLE_BYTES_MAX >> 20;
            let message = format!("{name}: the files of a bundle have more than {limit} MiB");
            return self.report(
                Diagnostic::error("bundle-too-large", message).help("name fewer folders at a time"),
            );
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.loader.add_text(name, &text, found),
            Err(error) => {
                let bytes = error.as_bytes();
                let good = &bytes[..error.utf8_error().valid_up_to()];
                self.report(not_utf8(name, good, bytes));
            }
        }
    }
}

/// The entries of a folder that are not hidden.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| matches!(extension, "yaml" | "yml" | "json"))
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let message = format!("{}: cannot be read: {error}", path.display());
    Diagnostic::error("unreadable-file", message).help("check the path and its permissions")
}

fn no_manifests(folder: &Path) -> Diagnostic {
    let message = format!("{}: no manifests in this folder", folder.display());
    Diagnostic::error("no-manifests", message).help("manifests end in .yaml, .yml or .json")
}

fn too_large(name: &str, bytes: u64) -> Diagnostic {
    let mut problem = crate::yaml::too_large(bytes);
    problem.message = format!("{name}: {}", problem.message);
    problem
}

fn helm_chart(chart: &Path) -> Diagnostic {
    let folder = chart.parent().unwrap_or(chart).display();
    Diagnostic::note("helm-chart", format!("{folder}: a Helm chart is not rendered")).help(format!(
        "read its outcome from stdin instead: `helm template {folder} | upswell rehearse - …`"
    ))
}

fn not_utf8(name: &str, good: &[u8], bytes: &[u8]) -> Diagnostic {
    let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if is_utf16 {
        "the file is UTF-16: save it as UTF-8"
    } else {
        "save the file as UTF-8, or leave binary files out"
    };
    Diagnostic::error("not-utf8", format!("{name}: line {line} is not UTF-8")).help(help)
}
