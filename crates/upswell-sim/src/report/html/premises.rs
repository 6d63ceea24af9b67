//! What the answer rests on: what was found, every assumption, what was left out.

use std::fmt;

use super::escape::Escaped;
use super::page::Html;
use crate::found::{Fault, Found, ScaledBy};
use crate::outcome::Assumption;
use crate::report::numbers::of;

impl Html<'_> {
    pub(super) fn write_premises(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_found(f)?;
        f.write_str("<section>\n<h2>What was assumed</h2>\n<table>\n<thead><tr>")?;
        f.write_str("<th>What</th><th>Value</th><th>Source</th></tr></thead>\n<tbody>\n")?;
        for Assumption { what, value, source } in &self.rehearsal.assumptions {
            let (what, value, source) = (Escaped(what), Escaped(value), Escaped(source));
            writeln!(f, "<tr><td>{what}</td><td>{value}</td><td>{source}</td></tr>")?;
        }
        f.write_str("</tbody>\n</table>\n</section>\n")?;
        let left_out = &self.rehearsal.not_simulated;
        if left_out.is_empty() {
            return Ok(());
        }
        f.write_str("<section>\n<h2>What was not simulated</h2>\n")?;
        write_list(f, left_out)?;
        f.write_str("</section>\n")
    }

    fn write_found(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { files, admitted, unknown, refused, failing, scaled_by } = &self.rehearsal.found;
        f.write_str("<section>\n<h2>What was found</h2>\n")?;
        let (objects, files) = (of(admitted.len() as u64, "object"), of(*files as u64, "file"));
        writeln!(f, "<p>{objects} in {files}: {}.</p>", Escaped(admitted.join(", ")))?;
        if !unknown.is_empty() {
            writeln!(f, "<p>Of no effect here: {}.</p>", Escaped(unknown.join(", ")))?;
        }
        write_faults(f, "Refused by the cluster", refused)?;
        write_faults(f, "Taken in by the cluster, and without effect", failing)?;
        let target = Escaped(&self.rehearsal.target);
        match scaled_by {
            Some(ScaledBy { object, min, max, metrics, behavior }) => {
                let object = Escaped(object);
                writeln!(f, "<p>{object} scales {target} from {min} to {max} replicas:</p>")?;
                write_list(f, metrics.iter().chain(behavior))?;
            }
            None => writeln!(f, "<p>No autoscaler works on {target}.</p>")?,
        }
        f.write_str("</section>\n")
    }
}

fn write_list<'a>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = &'a String>,
) -> fmt::Result {
    f.write_str("<ul>\n")?;
    for item in items {
        writeln!(f, "<li>{}</li>", Escaped(item))?;
    }
    f.write_str("</ul>\n")
}

fn write_faults(f: &mut fmt::Formatter<'_>, meaning: &str, faults: &[Fault]) -> fmt::Result {
    if faults.is_empty() {
        return Ok(());
    }
    writeln!(f, "<p class=\"goal bad\"><b>✗</b> {meaning}:</p>\n<ul>")?;
    for Fault { object, at, message } in faults {
        let object = object.as_ref().map_or_else(String::new, |object| format!("{object}: "));
        let at = at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
        writeln!(f, "<li>{}</li>", Escaped(format!("{object}{message}{at}")))?;
    }
    f.write_str("</ul>\n")
}
