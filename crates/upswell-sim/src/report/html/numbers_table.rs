//! All numbers of the runs, side by side.

use std::fmt;

use super::escape::Escaped;
use super::page::Html;
use crate::report::table::{Section, sections};
use crate::report::verdict::heading;

impl Html<'_> {
    pub(super) fn write_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<section>\n<h2>Numbers</h2>\n<div class=\"tables\">\n")?;
        for section in sections(self.rehearsal) {
            self.write_table(f, &section)?;
        }
        f.write_str("</div>\n")?;
        let is_bounded = self.rehearsal.runs.iter().any(|run| run.summary.censored > 0);
        if is_bounded {
            f.write_str("<p class=\"note\">Requests without an answer count with their age when ")?;
            f.write_str("the run ended: a time marked ≥ may lie among them.</p>\n")?;
        }
        f.write_str("</section>\n")
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>, section: &Section) -> fmt::Result {
        write!(f, "<table class=\"numbers\">\n<thead><tr><th>{}</th>", section.title)?;
        for run in &self.rehearsal.runs {
            write!(f, "<th>{}</th>", heading(run.mode))?;
        }
        f.write_str("</tr></thead>\n<tbody>\n")?;
        for row in &section.rows {
            let label = row.label.trim_start();
            let class = if label.len() < row.label.len() { " class=\"part\"" } else { "" };
            write!(f, "<tr><th scope=\"row\"{class}>{}</th>", Escaped(label))?;
            for cell in &row.cells {
                write!(f, "<td>{}</td>", Escaped(cell.replace(">= ", "≥ ")))?;
            }
            f.write_str("</tr>\n")?;
        }
        f.write_str("</tbody>\n</table>\n")
    }
}
