//! Files of recorded traffic and recorded interruptions: read within limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use upswell_units::{Diagnostic, FileId, Sources};

/// A recording that is larger is not read: its rows would not fit into memory either.
const BYTES_MAX: u64 = 1 << 30;

/// Reads a recording into the sources.
pub(crate) fn read(path: &Path, sources: &mut Sources) -> Result<FileId, Box<Diagnostic>> {
    let text = read_text(path)?;
    Ok(sources.add(path.display().to_string(), text))
}

fn read_text(path: &Path) -> Result<String, Box<Diagnostic>> {
    let unreadable = |error: io::Error| Box::new(unreadable(path, &error));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        let message = format!("{}: a folder is no recording", path.display());
        return Err(Box::new(
            Diagnostic::error("unreadable-file", message).help("name one of its files"),
        ));
    }
    // A regular file says how large it is before it is read; a pipe does not.
    if metadata.len() > BYTES_MAX {
        return Err(Box::new(too_large(path)));
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Box::new(too_large(path)));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        Box::new(not_utf8(path, good))
    })?;
    // Spreadsheets put a byte order mark before the header.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let message = format!("{}: cannot be read: {error}", path.display());
    Diagnostic::error("unreadable-file", message).help("check the path and its permissions")
}

fn too_large(path: &Path) -> Diagnostic {
    let limit = BYTES_MAX >> 20;
    let message = format!("{}: a recording of more than {limit} MiB", path.display());
    Diagnostic::error("file-too-large", message).help("cut it into parts, each with the header")
}

/// `good` is what comes before the first bad byte.
fn not_utf8(path: &Path, good: &[u8]) -> Diagnostic {
    let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = format!("{}: line {line} is not UTF-8", path.display());
    Diagnostic::error("not-utf8", message)
        .help("unpack it if it is compressed, or save it as UTF-8")
}
